"""What a change does to what is running, as it is said before it is done."""

import json

import pytest

from automation.effects import effect_of
from automation.events import EventLog
from automation.results import steps_of
from tests.automation.events import step

ROLLED = "the pool's machines are replaced, maxUnavailablePercentage of them at a time"
IN_PLACE = "in place; no machine is touched"


@pytest.mark.parametrize(
    ("token", "operation", "properties", "risk", "effect"),
    [
        ("aws:ec2/launchTemplate:LaunchTemplate", "update", ("userData",), "machines", ROLLED),
        ("aws:ec2/launchTemplate:LaunchTemplate", "update", ("tagSpecifications",), "machines",
         ROLLED),  # a new version, which the group follows
        ("aws:ec2/launchTemplate:LaunchTemplate", "update", ("placement.tenancy",), "machines",
         ROLLED),
        ("aws:ec2/launchTemplate:LaunchTemplate", "update", ("tags.owner",), "none", IN_PLACE),
        ("aws:autoscaling/group:Group", "update", ("launchTemplate.version",), "machines", ROLLED),
        ("aws:autoscaling/group:Group", "update", ("maxSize",), "none", IN_PLACE),
        ("aws:eks/nodeGroup:NodeGroup", "update", ("launchTemplate.version",), "machines", ROLLED),
        ("aws:eks/cluster:Cluster", "update", ("accessConfig.authenticationMode",), "none",
         "EKS goes from API_AND_CONFIG_MAP to API alone and never back; aws-auth counts no more "
         "then"),
        ("aws:eks/nodeGroup:NodeGroup", "update", ("scalingConfig.maxSize",), "none", IN_PLACE),
        ("aws:route53/record:Record", "update", ("records[0]",), "none",
         "the name leads elsewhere for who asks anew, at the latest when its TTL has ended; open "
         "connections stay"),
        ("aws:route53/record:Record", "update", ("ttl",), "none", IN_PLACE),
    ],
)  # fmt: skip
def test_a_change_that_rolls_machines_says_so(token, operation, properties, risk, effect):
    assert effect_of(token, operation, properties) == (risk, effect)


def test_addresses_that_eks_does_not_know_yet_are_told_of():
    """EKS user guide, network-reqs.html (read 2026-11-29)."""
    token = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
    risk, effect = effect_of(token, "create", ())
    assert (risk, "EKS knows the addresses within an hour" in effect) == ("none", True)
    assert effect_of(token, "delete", ()) == ("outage", "every subnet in it goes first")


@pytest.mark.parametrize("operation", ["replace", "create-replacement", "delete-replaced"])
@pytest.mark.parametrize("path", ["subnetIds", "subnetIds[2]"])
def test_why_a_zone_more_replaces_a_managed_pool_is_said_and_how_to_keep_it(operation, path):
    token = "aws:eks/nodeGroup:NodeGroup"
    risk, effect = effect_of(token, operation, (path, "tags.owner"))
    assert risk == "machines"
    assert effect.startswith("EKS never changes the subnets of a managed node group: a new one is")
    assert effect.endswith("nodePools.<name>.subnets, and give a new zone a pool of its own")
    gone = ("outage", "all machines of the pool go")
    assert effect_of(token, operation, ("nodeRoleArn",)) == gone
    assert effect_of(token, "delete", (path,)) == gone


@pytest.mark.parametrize(
    ("refresh", "effect"),
    [
        ({"instanceRefresh": {"strategy": "Rolling"}}, ("machines", ROLLED)),
        ({}, ("none", "its machine stays as it is, with the certificates that it has, until "
                      "`heiiki roll` replaces it")),
    ],
)  # fmt: skip
def test_a_member_s_machine_that_waits_for_somebody_is_told_so(refresh, effect):
    log, template = EventLog(), "aws:ec2/launchTemplate:LaunchTemplate"
    changed = {"detailedDiff": {"tagSpecifications[0]": {"diffKind": "update"}}}
    for raw in (
        step("etcd-1a", "update", template, **changed),
        step("etcd-1a", "update", "aws:autoscaling/group:Group", inputs=refresh,
             detailedDiff={"launchTemplate.version": {"diffKind": "update"}}),
        step("workers", "update", template, **changed),
    ):  # fmt: skip
        log.take(json.dumps(raw))
    *own, other = steps_of(log, "preview")
    assert [(one.risk, one.effect) for one in own] == [effect] * 2
    assert (other.risk, other.effect) == ("machines", ROLLED)


@pytest.mark.parametrize(
    ("versions", "moved"),
    [
        (("1.34", "1.35"), "from 1.34 to 1.35 and never back"),
        (("1.35", "1.33"), "from 1.35 to 1.33, which EKS refuses"),
        (("1.33", "1.35"), "from 1.33 to 1.35, which EKS refuses"),
        (None, "to another minor and never back"),
    ],
)
def test_which_way_a_control_plane_moves_is_said(versions, moved):
    whole = f"the control plane moves {moved}; the API stays up, nodes follow by their image"
    token = "aws:eks/cluster:Cluster"
    assert effect_of(token, "update", ("version",), versions) == ("none", whole)
    assert effect_of(token, "update", ("tags.owner",), versions) == ("none", IN_PLACE)


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        ({"outputs": {"version": "1.35"}, "inputs": {"version": "1.34"}}, "1.34", "from 1.35 to"),
        ({"inputs": {"version": "1.34"}}, "1.35", "from 1.34 to 1.35 and never back"),
        ({"inputs": {"version": "1.34"}}, "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "to another"),
        ({}, "1.35", "to another minor"),
    ],
)
def test_both_versions_are_those_of_the_engine_s_own_event(old, new, moved):
    log = EventLog()
    more = {"old": {"custom": True, **old}, "detailedDiff": {"version": {"diffKind": "update"}}}
    raw = step(
        "control-plane", "update", "aws:eks/cluster:Cluster", inputs={"version": new}, **more
    )
    log.take(json.dumps(raw))
    (change,) = steps_of(log, "preview")
    assert change.effect.startswith(f"the control plane moves {moved}")
