"""What the operator reads: which rule, which resource, what instead; never a value's text."""

import pytest

from tests.policies.analyzer import judge
from tests.policies.cases import CASES, COMPLIANT, Case, changed

SECRET = "hunter2-correct-horse"


def poisoned(value):
    """Every text replaced by one that must not be seen; the rest as it is."""
    if isinstance(value, dict):
        return {key: poisoned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [poisoned(item) for item in value]
    return SECRET if isinstance(value, str) else value


@pytest.mark.parametrize("typ", COMPLIANT)
def test_no_message_echoes_a_value(typ):
    found = judge(typ, poisoned(COMPLIANT[typ]))
    assert not any(SECRET in d.message for d in found)


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_no_message_echoes_the_value_that_breaks_the_rule(case: Case):
    for bad in (SECRET, [SECRET], {"a": SECRET}, [{"a": SECRET}]):
        found = judge(case.type, changed(case, bad), case.name)
        assert not any(SECRET in d.message for d in found)


@pytest.mark.parametrize(
    ("typ", "props", "text"),
    [
        (
            "aws:eks/cluster:Cluster",
            {**COMPLIANT["aws:eks/cluster:Cluster"], "vpcConfig": {
                **COMPLIANT["aws:eks/cluster:Cluster"]["vpcConfig"],
                "endpointPublicAccess": True,
            }},
            "CN-060 Cluster 'to-hq' has a public endpoint: endpointPublicAccess is true, "
            "not false. Set vpcConfig.endpointPublicAccess to false.",
        ),
        (
            "aws:ec2/route:Route",
            {"destinationCidrBlock": "0.0.0.0/1", "vpcPeeringConnectionId": "pcx-1"},
            "CN-032 Route 'to-hq' destinationCidrBlock is 0.0.0.0/1, outside the boundary. Write "
            "one IPv4 CIDR block within the connection's cidrs.",
        ),
        (
            "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
            {"peerOwnerId": "999988887777"},
            "CN-021 VpcPeeringConnection 'to-hq' peers with an account, 999988887777, that "
            "boundary.accounts does not list. Set peerOwnerId to an account of "
            "boundary.accounts, or leave it out for the same account.",
        ),
    ],
)  # fmt: skip
def test_a_message_says_who_what_and_what_instead(typ, props, text):
    (found,) = judge(typ, props)
    assert found.message.partition("\n")[2] == text
