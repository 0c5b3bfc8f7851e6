"""Scripts in buckets: what machines fetch and run is judged as what they are told at boot."""

import base64
import gzip
import io
import tarfile

import pytest
from pulumi import StringAsset

from machines.bundle import render_bundle
from machines.bundle_files import Additions, BundleScript
from rules.archives import told_by_object
from tests.machines.test_bundle import FILES, HEAD, STEPS
from tests.policies.analyzer import broken, judge
from tests.policies.told_cases import OWN_IMAGE, script

OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
PARAMETER = "aws:ssm/parameter:Parameter"
CURL = script("true", "curl https://x.example/a")


def archive(**files):
    """A tar archive, compressed, in base64."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as into:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            into.addfile(entry, io.BytesIO(data))
    return base64.b64encode(gzip.compress(made.getvalue(), mtime=0)).decode()


def bundle(text):
    """A role's bundle with a script of the operator's."""
    scripts = {"mine": BundleScript(text)}
    made = render_bundle(HEAD, STEPS, files=FILES, custom=Additions(scripts=scripts))
    return base64.b64encode(made.content).decode()


def hosts(**given):
    found = told_by_object(given.get("content"), given.get("contentBase64"), given.get("source"))
    return [(where, host) for _, what in found for where, host in what.hosts]


def test_a_script_in_a_bundle_is_judged():
    (told,) = judge(OBJECT, {"contentBase64": bundle(CURL)})
    assert told.policyName == "aws-ec2-user-data-disallow-outside-host"
    assert "contentBase64 files/" in told.message and "mine" in told.message
    assert "line 3 names x.example, which is a host outside the boundary" in told.message
    assert broken(OBJECT, {"contentBase64": bundle(script("exec /opt/join"))}) == set()


@pytest.mark.parametrize(
    "value",
    [
        "https://x.example/a",
        CURL,
        "#cloud-config\nruncmd: [curl x.example]\n",
        '{"mirror": "https://x.example"}',
        "MIRROR=https://x.example/a\n",
    ],
)
def test_a_parameter_in_clear_tells_machines_of_hosts(value):
    parameter = {"name": "/dev/mirror", "type": "String"}
    for key in ("value", "insecureValue"):
        (told,) = judge(PARAMETER, {**parameter, key: value})
        assert told.policyName == "aws-ec2-user-data-disallow-outside-host"
        assert "names x.example" in told.message
        assert broken(PARAMETER, {**parameter, key: value.replace("x.example", "x.internal")}) == (
            set()
        )
    secret = {**parameter, "type": "SecureString", "value": value}
    assert broken(PARAMETER, secret) == set()  # whose text nothing shows
    for words in ("see https in the handbook", "ami-0a1b2c3d4e5f60718", "1.34", "a.b-c"):
        assert broken(PARAMETER, {**parameter, "value": words}) == set()


@pytest.mark.parametrize(
    "text",
    [
        CURL,
        "#cloud-config\nruncmd: [curl x.example]\n",
        '{"ignition": {"config": {"merge": [{"source": "https://x.example"}]}}}',
        "[settings.ntp]\ntime-servers = ['x.example']\n",
    ],
)
def test_what_user_data_fetches_to_go_on_with_is_read_as_it_is(text):
    for given in ({"content": text}, {"source": {"text": text}}, {"source": StringAsset(text)}):
        assert "x.example" in {host for _, host in hosts(**given)}
    assert hosts(source={"path": "a"}) == hosts(content='{"a": "https://x.example"}') == []


def test_an_archive_is_read_file_by_file_and_what_is_no_text_is_left_alone():
    unit = "[Service]\nExecStart=/usr/bin/curl z.example\n"
    files = {"a": CURL, "b": b"\xff\xfe#!curl y.example", "c.service": unit, "d.json": unit}
    found = hosts(contentBase64=archive(**files))
    assert found == [("a line 3 ", "x.example"), ("c.service line 2 ", "z.example")]


KUBECONFIG = """apiVersion: v1
kind: Config
# of https://docs.example
clusters: [{name: c, cluster: {server: "https://api.x.example:6443"}}]
"""
MIRROR = 'server = "https://registry-1.x.example"\n[host."https://mirror.internal"]\n'
POD = """apiVersion: v1
kind: Pod
metadata: {annotations: {description: "see https://x.example"}}
spec: {containers: [{name: a, image: docker.io/library/redis}]}
"""
TEXTS = {  # name, text, the hosts that it names
    "a kubeconfig": ("files/etc/kubernetes/k.kubeconfig", KUBECONFIG, ["api.x.example"]),
    "one that lies elsewhere": ("files/opt/k.kubeconfig", KUBECONFIG, ["api.x.example"]),
    "containerd's hosts": ("etc/containerd/certs.d/_default/hosts.toml", MIRROR,
                           ["registry-1.x.example", "mirror.internal"]),
    "servers for names": ("files/etc/resolv.conf", "nameserver 198.51.100.7\n", ["198.51.100.7"]),
    "servers for names, as YAML": ("etc/netplan/a.yaml", "nameservers: {addresses: [8.8.8.8]}\n",
                                   ["8.8.8.8"]),
    "such a line in a file of its name": ("opt/resolv.conf", "nameserver 198.51.100.7\n",
                                          ["198.51.100.7"]),
    "such a line where no machine looks": ("opt/notes.txt", "nameserver 198.51.100.7\n", []),
    "packages": ("etc/yum.repos.d/a.repo", "[a]\nbaseurl=https://mirror.x.example/a\n",
                 ["mirror.x.example"]),
    "a setting anywhere": ("opt/app/a.json", '{"sink": "https://in.x.example"}', ["in.x.example"]),
    "words for people": ("opt/app/a.json", '{"description": "https://x.example"}', []),
    "words for people on the machine": ("etc/a.json", '{"homepage": "https://x.example"}', []),
    "a text for people": ("etc/README.md", "curl https://x.example", []),
    "an object's words": ("etc/kubernetes/manifests/pod.yaml", POD, []),
}  # fmt: skip


@pytest.mark.parametrize("what", TEXTS)
def test_other_texts_of_an_archive_are_read_for_what_they_set_up(what):
    name, text, found = TEXTS[what]
    given = archive(**{name: text})
    assert [host for _, host in hosts(contentBase64=given)] == found
    assert all(where.startswith(f"{name} ") for where, _ in hosts(contentBase64=given))


def test_a_proxy_in_an_archive_is_judged():
    proxy = script("export https_proxy=http://proxy.x.example:3128")
    assert broken(OBJECT, {"contentBase64": archive(a=proxy)}) == {"CN-202"}


def test_images_of_objects_in_an_archive_are_judged():
    given = {"contentBase64": archive(**{"opt/pod.yaml": POD})}
    assert "CN-145" in broken(OBJECT, given)
    own = POD.replace("docker.io/library/redis", f"{OWN_IMAGE}")
    assert broken(OBJECT, {"contentBase64": archive(**{"opt/pod.yaml": own})}) == set()


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"content": CURL}, True),
        ({"contentBase64": base64.b64encode(CURL.encode()).decode()}, True),
        ({"content": "see https://x.example"}, False),  # a text that nobody runs
        ({"contentBase64": base64.b64encode(b"see https://x.example").decode()}, False),
        ({"contentBase64": base64.b64encode(gzip.compress(CURL.encode())).decode()}, False),
        ({"contentBase64": archive(a=CURL)[:60]}, False),
        ({"contentBase64": "no base64"}, False),
        ({}, False),
    ],
)
def test_what_is_a_script_is_judged_and_what_is_none_is_not(given, found):
    assert (broken(OBJECT, given) == {"CN-201"}) is found
    assert bool(hosts(**given)) is found
