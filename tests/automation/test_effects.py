"""What a change does to what is running, as it is said before it is done."""

import pytest

from automation.effects import effect_of

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
