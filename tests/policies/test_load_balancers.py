"""Where load balancers send to: addresses inside, and of each it is known where it is."""

import pytest

from rules.load_balancers import TARGET, unknown_targets
from rules.unknowns import UNKNOWN
from tests.policies.analyzer import CONFIG, broken, configured
from tests.policies.model.deployments import node

INSTANCE = node("aws:ec2/instance:Instance", "machine")
GROUP = node("aws:lb/targetGroup:TargetGroup", "group")


@pytest.mark.parametrize(
    ("target", "inside"),
    [
        ("10.0.0.9", True),
        ("i-0a1b2c3d4e5f60718", True),
        ("arn:aws:lambda:eu-west-1::function:f", True),
        ("198.51.100.7", False),
        ("2001:db8::7", False),
        ("fd00::7", True),
        ("169.254.169.254", False),
    ],
)
def test_targets_have_addresses_inside(target, inside):
    props = {"targetGroupArn": "group", "targetId": target}
    assert broken(TARGET, props) == (set() if inside else {"CN-212"})


def test_declared_ranges_are_all_that_is_inside():
    judged = configured({**CONFIG, "cidrs": ["10.0.0.0/16"]})
    props = {"targetGroupArn": "group", "targetId": "10.77.0.9"}
    assert broken(TARGET, props) == set()
    assert broken(TARGET, props, servicer=judged) == {"CN-212"}


@pytest.mark.parametrize(
    ("sources", "known"),
    [
        (["machine"], True),
        ([], False),
        (["group"], False),
        (["machine", "group"], False),
        (["machine", "elsewhere"], False),
        (["elsewhere"], True),  # CN-004 says so
    ],
)
def test_an_unknown_target_comes_from_what_is_told(sources, known):
    it = node(TARGET, "it", {"targetId": UNKNOWN}, {"targetId": sources})
    nodes = {n.resource.urn: n for n in (INSTANCE, GROUP, it)}
    found = [resource.name for resource, _ in unknown_targets(nodes)]
    assert found == ([] if known else ["it"])
    told = node(TARGET, "it", {"targetId": "10.0.0.9"}, {"targetId": sources})
    assert list(unknown_targets({**nodes, "it": told})) == []
