"""Every fault of a configuration at once, each with its key, and no value that may be a secret."""

import json

import pytest

from machines.agent.configuration import HEAD, parse
from machines.agent.settings import (
    MODE,
    OWNER,
    PATH,
    REQUIRED,
    WITHIN,
    ConfigurationError,
    boolean,
    list_of,
    mapping_of,
    one_of,
    optional,
    rows,
    whole_number,
)
from machines.agent.steps.registry import KINDS

DOCUMENT = {
    "format": 1, "cluster": "dev", "role": "etcd-1a", "region": "ap-northeast-1",
    "dnsSuffix": "amazonaws.com", "steps": [{"step": "wait-for", "command": ["true"]}],
}  # fmt: skip


def faults(document) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        parse(json.dumps(document).encode())
    return list(caught.value.faults)


def of_steps(*steps, **head) -> list[str]:
    return faults({**DOCUMENT, "steps": list(steps), **head})


def test_what_is_left_out_has_its_default():
    found = parse(json.dumps(DOCUMENT).encode())
    assert (found.console, found.metadata) == ("/dev/console", "http://169.254.169.254")
    assert found.signal is None and found.deadline_seconds == 1800 and found.region.endpoints == {}
    (step,) = found.steps
    assert step.name == "wait-for" and step.settings["timeoutSeconds"] == 300


def test_every_fault_of_the_head_is_told():
    wrong = {"format": 2, "cluster": "a/b", "odd": 1, "region": 5, "signal": {"group": ""}}
    assert faults(wrong) == [
        "configuration.odd: is no setting; known are " + ", ".join(HEAD),
        "configuration.format: must be a whole number from 1 to 1; it is the form of this file, 1",
        "configuration.cluster: must be letters, digits, '.', '_' and '-'; it is the cluster's "
        "name",
        "configuration.role: is missing; it is the machine's role",
        "configuration.region: must be a region's name; it is the region",
        "configuration.dnsSuffix: is missing; it is amazonaws.com or its like",
        "configuration.signal: signal.group: must be letters, digits, '.', '_' and '-'; it is the "
        "Auto Scaling group's name, signal.hook: is missing; it is the lifecycle hook's name; it "
        "is who waits for the machine, by group and hook",
        "configuration.steps: is missing; it is the steps in their order",
    ]  # fmt: skip


@pytest.mark.parametrize("document", [[], "x", 5, None])
def test_a_document_that_is_no_mapping_is_told(document):
    assert faults(document)[0].startswith("configuration: must be a mapping of format, cluster")


def test_what_is_not_json_is_told_without_it():
    with pytest.raises(ConfigurationError, match=r"^the configuration is not JSON$"):
        parse(b"secret")


def test_faults_of_steps_name_the_step_and_the_key():
    assert of_steps(
        {"step": "wait"},
        "wait-for",
        {"step": "mount", "path": "var", "volume": "a", "cluster": "c"},
        {"step": "start-units", "units": [], "enable": "yes", "name": "a b"},
        {"step": "write-files", "files": [{"path": "/a", "source": "/b"}, {"mode": "0644"}]},
        {"step": "attach-volume", "tags": {}, "device": "/dev/sda"},
    ) == [
        f"steps[0].step: must be one of {', '.join(KINDS)}",
        f"steps[1].step: must be one of {', '.join(KINDS)}",
        "steps[2] (mount).path: must be an absolute path without . and ..; it is where it is "
        "mounted",
        "steps[2] (mount).member: is missing; it is whose volume it is",
        "steps[3] (start-units).name: must be letters, digits, '.', '_' and '-'",
        "steps[3] (start-units).units: must be a list of at least 1; it is units in the order of "
        "their start",
        "steps[3] (start-units).enable: must be true or false; it is whether they start by "
        "themselves after a boot",
        "steps[4] (write-files).files: [0].source: must be a path within the bundle; it is the "
        "file in the bundle, [1].path: is missing; it is where the file belongs, [1].source: is "
        "missing; it is the file in the bundle; it is rows of path, source, mode and owner",
        "steps[5] (attach-volume).tags: must be a mapping with at least one entry; it is tags that "
        "one volume alone has",
        "steps[5] (attach-volume).device: must be /dev/sdf or the like; it is its name",
    ]  # fmt: skip


def test_two_steps_of_one_name_are_told():
    wait = DOCUMENT["steps"][0]
    assert of_steps(wait, wait) == ["steps: two are called wait-for; give them a name each"]
    found = parse(json.dumps({**DOCUMENT, "steps": [wait, {**wait, "name": "again"}]}).encode())
    assert [step.name for step in found.steps] == ["wait-for", "again"]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"step": "signal"}, "steps[0] (signal): the configuration says no group (signal)"),
        ({"step": "wait-for"},
         "steps[0] (wait-for): must have exactly one of https, http, tcp, command"),
        ({"step": "wait-for", "tcp": "a:1", "command": ["a"]},
         "steps[0] (wait-for): must have exactly one of https, http, tcp, command"),
        ({"step": "wait-for", "https": "https://a", "key": "/k"},
         "steps[0] (wait-for): certificate and key belong together"),
        ({"step": "attach-interface", "tags": {"a": "b"}, "subnetCidr": "10.0.0.1/24"},
         "steps[0] (attach-interface).subnetCidr: 10.0.0.1/24 has host bits set"),
        ({"step": "attach-interface", "tags": {"a": "b"}, "subnetCidr": "10.0.0.0/29"},
         "steps[0] (attach-interface).subnetCidr: is smaller than /28"),
        ({"step": "claim-bootstrap", "bucket": "b", "cluster": "c", "member": "m",
          "members": {"n": "x"}, "token": "t", "path": "/p"},
         "steps[0] (claim-bootstrap).member: must be one of members"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_told(step, words):
    assert of_steps(step) == [words]


def test_steps_that_are_no_list_are_told():
    assert any("at least one step" in fault for fault in faults({**DOCUMENT, "steps": []}))
    assert any("at least one step" in fault for fault in faults({**DOCUMENT, "steps": {}}))


def test_no_value_is_shown():
    secret = "-----BEGIN PRIVATE KEY-----"
    told = faults(
        {**DOCUMENT, "region": secret, "endpoints": {"s3": secret}, "role": {"a": secret}}
    )
    assert len(told) == 3 and secret not in str(told)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (PATH, ["/a", "/a/b.c", "/.a/..b", "/閉 域"],
         ["", "a", "/", "/a/", "//a", "/a/../b", "/.", "/a\n"]),
        (WITHIN, ["a", "files/etc/x", ".a/b"], ["", "/a", "a/", "a//b", "../a", "a/..", "a/./b"]),
        (MODE, ["0644", "0000"], ["644", "0o644", "0899", 420, "06444"]),
        (OWNER, ["", "root:root", "0:0", "etcd:etcd"], ["root", ":", "a:b:c", "a b:c", None]),
        (one_of("a", "b"), ["a"], ["c", None]),
        (boolean, [True, False], [0, "true", None]),
        (whole_number(1, 5), [1, 5], [0, 6, True, 1.0, "1"]),
        (optional(boolean), [None, True], ["x"]),
        (list_of(boolean, least=2), [[True, False]], [[True], [1, True], {}, None]),
        (mapping_of(boolean), [{"a": True}], [{}, {"a": 1}, []]),
        (rows({}), [[{}]], [[], [1], [{"a": 1}], {}]),
    ],
)  # fmt: skip
def test_a_kind_takes_what_it_should_and_says_what_is_wrong(kind, good, bad):
    assert [value for value in good if kind(value)] == []
    assert [value for value in bad if not kind(value)] == []


def test_every_setting_says_what_it_is():
    for kind in KINDS.values():
        assert kind.does and not kind.does.endswith(".")
        for key, setting in kind.schema.items():
            assert setting.what and key[0].islower()
            assert setting.default is REQUIRED or setting.kind(setting.default) == ""
