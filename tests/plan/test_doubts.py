"""What may be made and is hardly meant is told as a warning, and the usual is not."""

import pytest

from plan.doubts import doubts
from tests.plan.samples import plan
from tests.scenarios import OF_EKS, planned

ROLE = "arn:aws:iam::123456789012:role/ops"
BASTION = {
    "kind": "bastionVpc", "vpcCidr": "172.24.0.0/24", "subnetCidr": "172.24.0.0/25",
    "availabilityZone": "ap-northeast-1a",
}  # fmt: skip


def bastion(*cidrs):
    return {"network.connections": {"b": {**BASTION, "allowedCidrs": list(cidrs)}}}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"controlPlane": {"kind": "eks", "logTypes": []}},
         "controlPlane.logTypes: leaves out api, audit, authenticator, controllerManager, "
         "scheduler, so nobody can tell later what was done there; the policy pack refuses that"),
        ({"controlPlane": {"kind": "eks", "logTypes": ["scheduler", "api", "authenticator",
                                                       "controllerManager"]}},
         "controlPlane.logTypes: leaves out audit, so nobody can tell later what was done there; "
         "the policy pack refuses that"),
        ({"access.principals": {"ops": {"principalArn": ROLE}}},
         "access.principals.ops: has neither policy nor groups, so it logs in and may do nothing"),
        (bastion("203.0.113.7/32", "203.0.0.0/8"),
         "network.connections.b.allowedCidrs.1: 203.0.0.0/8 lets 16777216 addresses of the "
         "internet at SSH; write your own alone"),
        (bastion("10.0.0.0/8"),
         "network.connections.b.allowedCidrs.0: 10.0.0.0/8 is private, and the bastion is reached "
         "at its public address alone; write the addresses that your network has on the internet"),
    ],
)  # fmt: skip
def test_it_is_told_once(changes, told):
    found = plan(changes)
    assert doubts(found.spec) == [told]
    assert found.warnings.count(told) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"access.principals": {"ops": {"principalArn": ROLE, "groups": ["ops"]}}},
        {"access.principals": {"ops": {"principalArn": ROLE, "policy": "AmazonEKSViewPolicy"}}},
        bastion("203.0.113.7/32", "198.51.100.0/24"),
    ],
)
def test_what_is_usual_is_not_told(changes):
    assert doubts(plan(changes).spec) == []


@pytest.mark.parametrize("scenario", OF_EKS)
def test_no_example_is_doubted(scenario):
    assert doubts(planned(scenario).spec) == []
