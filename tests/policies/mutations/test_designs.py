"""Closed networks as others draw them are not flagged; each is proved with and without ids."""

import pytest

from tests.policies.mutations.designs import DESIGNS, FAR
from tests.policies.mutations.parts import ROUTE, ROUTE_TABLE, VPC, route
from tests.policies.mutations.runs import proved
from tests.policies.mutations.stacks import Of, stack


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("name", DESIGNS)
def test_a_closed_design_is_proved_closed(name, known):
    made = 0
    for scenario in ("dev", "two-vpc"):
        before = stack(scenario, known)
        try:
            after = DESIGNS[name](before)
        except (LookupError, StopIteration):
            continue  # an example without a bucket
        run = proved(scenario, after)
        assert run.counted == [], [(f.rule, f.resource, f.what) for f in run.counted]
        assert run.proof.verdict == ("open, answered for" if scenario == "two-vpc" else "closed")
        assert run.proof.resources > len(before.deployment.nodes)
        made += 1
    assert made


@pytest.mark.parametrize("known", [True, False])
def test_what_a_firewall_passes_on_is_followed(known):
    """The hub's firewall stands where a virtual private gateway is the way on."""
    hub = DESIGNS["a hub with a firewall"](stack("dev", known))
    table = hub.first(ROUTE_TABLE, lambda node: node.resource.name == "guard")
    (on,) = (r for r in hub.each(ROUTE) if r.resource.name == "hub-guard")
    vpc = hub.first(VPC, lambda node: node.resource.name == "hub")
    door = hub.makes("aws:ec2/vpnGateway:VpnGateway", "door-out", {"vpcId": Of(vpc)})
    way = route(hub, table, "way-out", destinationCidrBlock=FAR, gatewayId=Of(door))
    run = proved("dev", hub.lacking(on).having(door, way))
    shown = [f.witness for f in run.counted if f.claim == "reach" and f.decided]
    # What enters the hub is routed to the firewall alone, so it leaves by no other way.
    assert any("door-out" in w and "of any machine in entry" in w for w in shown), shown
