"""Which hosts settings have a program call: in every form of them, and no others."""

import base64
import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rules.setting_texts import called, is_silent
from tests.policies.analyzer import CONFIG, broken, configured, judge, used

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SECRET = "kubernetes:core/v1:Secret"


@pytest.mark.parametrize(
    ("key", "text", "hosts"),
    [
        ("url", "https://x.example/a", ["x.example"]),
        ("url", "postgres://user:pw@x.example:5432/db?a=b", ["x.example"]),
        ("url", "https://x.example,https://y.example", ["x.example", "y.example"]),
        ("a.yaml", "a: {b: [https://x.example]}", ["x.example"]),
        ("a.yaml", "a: one\n---\nb: https://x.example", ["x.example"]),
        ("a.json", '{"url": "https://x.example"}', ["x.example"]),
        ("a.properties", "url=jdbc:postgresql://x.example/db", ["x.example"]),
        ("a.properties", "a.b = https://x.example, https://y.example", ["x.example", "y.example"]),
        ("a.toml", '[a]\nurls = ["https://x.example"]', ["x.example"]),
        ("nginx.conf", "location / {\n  proxy_pass https://x.example;\n}", ["x.example"]),
        ("a.conf", "[OUTPUT]\n    URL  https://x.example", ["x.example"]),
        ("a.conf", "[OUTPUT]\n    Name  es\n    Host  x.example\n    Port 443\n", ["x.example"]),
        ("a.conf", "[INPUT]\n  Host y.example\n[Output]\n  host x.example:24224", ["x.example"]),
        ("a.conf", "[OUTPUT]\n  Name s3\n  endpoint x.example\n  sts_endpoint y.example",
         ["x.example", "y.example"]),
        ("a.conf", "[UPSTREAM]\n name a\n[NODE]\n  host 203.0.113.7", ["203.0.113.7"]),
        ("fluent-bit.yaml", "pipeline:\n  outputs: [{name: es, host: x.example}]", ["x.example"]),
        ("a.yaml", "upstream_servers: [{nodes: [{host: '2001:db8::1'}]}]", ["2001:db8::1"]),
        ("a.env", "export ENDPOINT=https://x.example", ["x.example"]),
        ("a.rb", 'config["url"] => "https://x.example"', ["x.example"]),
        ("a.xml", '<a><b url="https://x.example"/><c> https://y.example </c></a>',
         ["x.example", "y.example"]),
        ("run", "#!/bin/sh\ncurl x.example", ["x.example"]),
        ("run.sh", "wget x.example", ["x.example"]),
        ("a.yaml", "run: |\n  #!/bin/sh\n  curl x.example\n", ["x.example"]),
        ("a.yaml", "conf: |\n  [a]\n  url = https://x.example\n", ["x.example"]),
        ("a.yaml", "links: [{url: https://x.example}]", ["x.example"]),
        ("a.yaml", "targets: [{title: x, url: https://x.example}]", ["x.example"]),
        ("BROKERS", "x.example:9092,y.example:9092", ["x.example", "y.example"]),
        ("a.yaml", "exporters: {otlp: {endpoint: 'x.example.com:4317'}}", ["x.example.com"]),
        ("a.yaml", "static_configs: [{targets: ['x.example.com', 'y.svc:1']}]", ["x.example.com"]),
        ("a.yaml", "socket_address: {address: 8.8.8.8, port_value: 443}", ["8.8.8.8"]),
        ("a.ini", "smtp_host = x.example.com\n", ["x.example.com"]),
        ("a.toml", 'serverAddr = "x.example.com"\n', ["x.example.com"]),
        ("a.conf", "upstream b {\n  server x.example.com:443;\n}", ["x.example.com"]),
        ("a.cfg", "backend b\n  server s1 x.example.com:443 ssl\n", ["x.example.com"]),
        ("a.conf", "*.* @@x.evil.jp:514\n", ["x.evil.jp"]),
        ("a.ovpn", "client\nremote x.example 1194\n", ["x.example"]),
        ("resolv.conf", "nameserver 8.8.8.8\n", ["8.8.8.8"]),
        ("fluent.conf", "<match **>\n  @type forward\n  <server>\n    host x.example.com\n",
         ["x.example.com"]),
        ("fluent.conf", "<match **>\n  @type http\n  endpoint https://x.example/a\n</match>",
         ["x.example"]),
        ("nginx.conf", "location / { proxy_pass https://x.example; }", ["x.example"]),
        ("run.py", "import requests\nrequests.get('https://x.example')", ["x.example"]),
        ("run.js", "// https://y.example\nfetch('https://x.example')", ["x.example"]),
        ("url", "git@x.example:team/app.git", ["x.example"]),
        ("list.txt", "- https://x.example\n- https://y.example", ["x.example", "y.example"]),
    ],
)  # fmt: skip
def test_what_a_program_would_call(key, text, hosts):
    assert list(called(text, key)) == hosts


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("README.md", "https://x.example"),
        ("LICENSE", "https://x.example"),
        ("a.html", "https://x.example"),
        ("description", "https://x.example"),
        ("a.yaml", "# https://x.example\na: b  # https://x.example"),
        ("a.yaml", "description: https://x.example\nexternalDocs: {url: https://x.example}"),
        ("a.yaml", "annotations: {runbook_url: 'https://x.example'}"),
        ("a.yaml", "a: See https://x.example for more"),
        ("a.json", '{"panels": [{"links": [{"title": "x", "url": "https://x.example"}]}]}'),
        ("a.yaml", "apiVersion: apiextensions.k8s.io/v1\nkind: X"),
        ("a.json", '{"$schema": "https://x.example/s.json", "$id": "https://x.example/i"}'),
        ("a.json", '{"@context": ["https://x.example"], "$ref": "https://x.example#/a"}'),
        ("a.xml", '<a xmlns="http://x.example" xmlns:b="http://x.example"/>'),
        ("a.xml", '<a xsi:schemaLocation="http://x.example http://x.example/a.xsd"/>'),
        ("a.xml", "<a><!-- <b>https://x.example</b> --></a>"),
        ("a.ini", "; url = https://x.example\n# url = https://x.example"),
        ("a.txt", "See https://x.example\nMore: read https://x.example, or ask"),
        ("a.txt", "x.example\n1.2.3.4\nversion 8.8.8.8"),
        ("a.ini", "[database]\nhost x.example"),
        ("a.conf", "[OUTPUT]\n  # Host x.example\n  Host ${LOG_HOST}\n[PARSER]\n  host x.example"),
        ("a.yaml", "pipeline: {inputs: [{name: tcp, host: x.example}], outputs: [{host: '${H}'}]}"),
        ("a.yaml", "host: x.example.com\ndomain: x.example.com\nserver_name: x.example.com"),
        ("a.yaml", "listen_address: 8.8.8.8\nexternal_endpoint: x.example.com"),
        ("a.yaml", "version: 8.8.8.8\nmask: 255.255.255.0\nimage: x.example.com:5000/app"),
        ("a.yaml", "email: somebody@x.example.com\nendpoint: db.prod:5432"),
        ("a.conf", "# server x.example.com;\nserver_name x.example.com;"),
        ("a.txt", "server x.example.com is down"),
        ("a.yaml", "a: s3://bucket/key\nb: http://www.w3.org/2001/XMLSchema"),
    ],
)
def test_what_is_there_for_people_and_names_of_schemas_are_left_out(key, text):
    assert list(called(text, key)) == []


LABEL = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
HOSTS = st.builds(lambda a, b: f"{a}.{b}.example", LABEL, LABEL)
KEYS = st.from_regex(r"[a-z][a-z_]{1,10}", fullmatch=True).filter(lambda key: not is_silent(key))
LEAVES = st.one_of(st.integers(), st.booleans(), st.text("abc :/.", max_size=8))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
LINES = ("{}={}", "{} = {}", "{}: {}", '{} = "{}"', "{} {};", "  {} {}", "- {}: {}")


def planted(tree, host):
    """The tree with a URL as one of its values; in a mapping whose key is no word for people."""
    url = f"https://{host}/path"
    if isinstance(tree, list):
        return [*tree, url]
    return {**tree, "target": url} if isinstance(tree, dict) else {"target": url}


@given(TREES, HOSTS)
def test_a_url_anywhere_in_yaml_and_json_is_found(tree, host):
    it = planted(tree, host)
    assert host in list(called(json.dumps(it), "a.json"))
    assert host in list(called(yaml.safe_dump(it), "a.yaml"))
    assert host in list(called(yaml.safe_dump({"outer": yaml.safe_dump(it) + "\n"}), "a.yaml"))


@given(TREES, HOSTS, st.sampled_from(sorted(("$schema", "description", "xmlns:a", "docs"))))
def test_under_a_word_for_people_nothing_is(tree, host, key):
    it = {"a": 1, key: planted(tree, host)}
    assert list(called(json.dumps(it), "a.json")) == []
    assert list(called(yaml.safe_dump(it), "a.yaml")) == []


@given(KEYS, HOSTS, st.sampled_from(LINES), st.lists(KEYS, max_size=3))
def test_a_setting_on_a_line_is_found_and_in_a_comment_it_is_not(key, host, form, more):
    line = form.format(key, f"https://{host}/a")
    around = [f"[{name}]" for name in more]
    assert list(called("\n".join([*around, line, *around]), "a.conf")) == [host]
    commented = [f"# {line}", f"; {line}", f"// {line}"]
    assert list(called("\n".join([*around, *commented, *around, "x"]), "a.conf")) == []


@given(st.text(max_size=200), st.sampled_from(["a.yaml", "a.sh", "a", "a.xml"]))
def test_no_text_is_too_odd(text, key):
    for whole in (text, f"https://{text}", f"<{text}", f"#!{text}", f"a: |\n  https://{text}"):
        assert all(isinstance(host, str) and host for host in called(whole, key))


def test_entries_are_told_by_their_key_and_nothing_else_is_quoted():
    secret = base64.b64encode(b"postgres://user:hunter2@db.example/app").decode()
    (found,) = judge(SECRET, {"data": {"url": secret, "cert": "AAEC", "odd": "%"}})
    assert "data.url names db.example, which is a host outside the boundary." in found.message
    assert "hunter2" not in found.message
    props = {"stringData": {"a": "https://x.example"}, "data": {}}
    assert broken(SECRET, props) == {"CN-217"}
    assert broken(CONFIG_MAP, {"data": {"a": "https://x.example"}}) == {"CN-217"}
    encoded = {"data": {"a": base64.b64encode(b"https://x.example").decode()}}
    assert broken(CONFIG_MAP, encoded) == set(), "of a ConfigMap it is a text as it stands"
    assert broken("kubernetes:core/v1:Service", props) == set()


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("https://sts.eu-west-1.amazonaws.com", True),
        ("http://collector.tools.svc:4317", True),
        ("https://git.corp.example/x", True),
        ("https://10.0.0.9:8080", True),
        ("https://$HOST/", True),
        ("https://${HOST}.x.example/", False),
        ("https://8.8.8.8/", False),
        ("https://sts.amazonaws.com", False),
    ],
)
def test_what_is_inside(text, inside):
    judged = configured({**CONFIG, "hosts": ["git.corp.example"]})
    found = broken(CONFIG_MAP, {"data": {"a": text}}, servicer=judged)
    assert found == (set() if inside else {"CN-217"})


def test_schemas_in_objects_of_controllers_are_left_out_too():
    judged = configured({**CONFIG, "apiGroups": [used("corp.example")]})
    spec = {"$schema": "https://x.example/s", "description": "https://x.example"}
    assert broken("kubernetes:corp.example/v1:It", {"spec": spec}, servicer=judged) == set()
    spec = {**spec, "server": "https://x.example"}
    assert broken("kubernetes:corp.example/v1:It", {"spec": spec}, servicer=judged) == {"CN-200"}


def test_binary_data_is_read_as_a_secret_is():
    script = base64.b64encode(b"#!/bin/sh\ncurl https://x.example\n").decode()
    assert broken(CONFIG_MAP, {"binaryData": {"run": script}}) == {"CN-217"}
    assert broken(CONFIG_MAP, {"binaryData": {"a.bin": "AAEC"}}) == set()
