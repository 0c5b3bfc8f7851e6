"""How many pods a node may run, and what it is called: in each form, and as its role lets it."""

import pytest

from rules.machines import misnamed
from rules.unknowns import UNKNOWN
from tests.policies.analyzer import broken
from tests.policies.cases import COMPLIANT
from tests.policies.model.deployments import node
from tests.policies.told_cases import BOTTLEROCKET, NODE_CONFIG, TEMPLATE, encoded, script

LIMIT = "    config:\n      maxPods: 29\n"
BOOTSTRAP = "/etc/eks/bootstrap.sh c1 --apiserver-endpoint $A --b64-cluster-ca $B"


def bootstrap(more=""):
    return script(f"{BOOTSTRAP} --dns-cluster-ip $C {more}")


def told(text, **more):
    return {**COMPLIANT[TEMPLATE], "userData": encoded(text), **more}


def config(*lines):
    return NODE_CONFIG.replace(LIMIT, "".join(f"    {line}\n" for line in lines))


@pytest.mark.parametrize(
    ("text", "limited"),
    [
        (NODE_CONFIG, True),
        (config("config: {maxPods: 110}"), True),
        (config('maxPodsExpression: "max_pods - 1"'), True),
        (config("flags: ['--max-pods=29']"), True),
        (config("config: {podsPerCore: 4}", "flags: ['--v=2']"), False),
        (config("flags: --max-pods"), False),
        (f"{config('config: {}')}---\n{NODE_CONFIG}", True),
        (BOTTLEROCKET, True),
        (BOTTLEROCKET.replace("max-pods = 29\n", ""), False),
        (bootstrap("--use-max-pods false --kubelet-extra-args '--max-pods=9'"), True),
        (bootstrap('--use-max-pods=false --kubelet-extra-args "--max-pods 9"'), True),
        (bootstrap("--kubelet-extra-args '--max-pods=9'"), False),
        (bootstrap("--use-max-pods false"), False),
        (bootstrap(), False),
        (script("echo ready"), True),
    ],
)
def test_a_node_is_told_how_many_pods_it_may_run(text, limited):
    wanted = set() if limited else {"CN-218"}
    assert broken(TEMPLATE, told(text)) == wanted
    assert broken(TEMPLATE, told(text, imageId=None)) == set(), "EKS tells it"


GATE = NODE_CONFIG + "  featureGates:\n    InstanceIdNodeName: {}\n"


def rocket(line):
    return BOTTLEROCKET.replace("max-pods", f"{line}\nmax-pods")


def entry(type_, name="entry"):
    return node("aws:eks/accessEntry:AccessEntry", name, {"type": type_})


def found(text, *entries, **more):
    it = node(TEMPLATE, "it", told(text, **more))
    return [what for _, what in misnamed({n.resource.urn: n for n in (it, *entries)})]


@pytest.mark.parametrize(
    ("text", "by_id"),
    [
        (NODE_CONFIG, False),
        (GATE.format("false"), False),
        (GATE.format("true"), True),
        (BOTTLEROCKET, False),
        (rocket('hostname-override-source = "private-dns-name"'), False),
        (rocket('hostname-override-source = "instance-id"'), True),
        (bootstrap(), False),
    ],
)
def test_a_node_is_called_as_an_access_entry_lets_it(text, by_id):
    linux, auto = entry("EC2_LINUX"), entry("EC2", "auto")
    assert bool(found(text, linux)) is by_id
    assert bool(found(text, auto)) is not by_id
    assert found(text, linux, auto) == [], "one of them is its"
    assert found(text) == [] == found(text, entry("STANDARD"), entry("EC2_WINDOWS", "w"))
    assert found(text, linux, entry(UNKNOWN, "u")) == []
    assert found(text, linux, auto, imageId=None) == []


def test_it_is_told_what_is_missing():
    (what,) = found(GATE.format("true"), entry("EC2_LINUX"))
    assert what == (
        "userData has nodes called by the instance's id, and no access entry is of type EC2"
    )
    (what,) = found(rocket('hostname-override = "node"'), entry("EC2_LINUX"), entry("EC2", "a"))
    assert what == "userData gives every node the same name"
