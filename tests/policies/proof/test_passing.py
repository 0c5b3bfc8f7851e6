"""Whether one call passes a policy: yes, no, or not to be said; never a guess."""

from typing import Any

import pytest

from iam.evaluate import Answer
from proof.passing import Calling, lets_pass
from rules.documents import parse_document
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, ORGANIZATION, REGION

ROLE = f"arn:aws:iam::{ACCOUNT}:role/node"
SUBNET = f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/~"
EKS = f"arn:aws:ecr:{REGION}:602401143452:repository/~"
OWN = {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}
YES, NO, MAYBE = Answer.YES, Answer.NO, Answer.MAYBE


def asked(
    *statements: dict[str, Any], action: str = "ec2:CreateTags", resource: str = SUBNET,
    owner: str | None = ACCOUNT, caller: str = "machine", arn: str | None = ROLE,
    organization: str | None = None,
) -> Answer:  # fmt: skip
    read = parse_document({"Version": "2012-10-17", "Statement": list(statements)})
    who = Calling(caller, ACCOUNT, arn, organization, REGION)
    return lets_pass(read, action, resource, owner, who)


def allow(**parts: Any) -> dict[str, Any]:
    condition = parts.pop("condition", None)
    held = {"Condition": {"StringEquals": condition}} if condition else {}
    base = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    return {**base, **held, **parts}


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        (allow(), YES),
        (allow(condition=OWN), YES),
        (allow(condition={"aws:PrincipalAccount": FOREIGN}), NO),
        (allow(condition={"aws:PrincipalOrgID": ORGANIZATION}), MAYBE),
        (allow(condition={"aws:PrincipalTag/team": "x"}), MAYBE),
        (allow(condition={"aws:SourceVpce": "vpce-1"}), MAYBE),
        (allow(Principal={"AWS": ROLE}), YES),
        (allow(Principal={"AWS": f"{ROLE}-other"}), NO),
        (allow(Principal={"AWS": FOREIGN}), NO),
        (allow(Action=["ec2:Create*"]), YES),
        (allow(Action=["ec2:Describe*"]), NO),
        (allow(NotAction=["ec2:Describe*"], Action=None), YES),
        (allow(Resource=f"arn:aws:ec2:*:{ACCOUNT}:*"), YES),
        (allow(Resource=f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/subnet-1"), MAYBE),
        (allow(Resource=f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/*"), NO),
        (allow(Resource=f"arn:aws:ec2:{REGION}:{FOREIGN}:*"), NO),
    ],
)
def test_a_statement_lets_a_call_pass_as_it_is_written(statement, answer):
    written = {key: value for key, value in statement.items() if value is not None}
    assert asked(written) is answer


def test_a_denial_wins_where_it_surely_holds():
    assert asked(allow(), allow(Effect="Deny", Action="ec2:CreateTags")) is NO
    tagged = {"aws:PrincipalTag/team": "x"}
    assert asked(allow(), allow(Effect="Deny", condition=tagged)) is MAYBE
    assert asked(allow(), allow(Effect="Deny", Action="ec2:RunInstances")) is YES


def test_the_organization_is_that_of_the_boundary():
    held = {"aws:PrincipalOrgID": ORGANIZATION, "aws:ResourceOrgID": ORGANIZATION}
    assert asked(allow(condition=held), organization=ORGANIZATION) is YES
    assert asked(allow(condition=held), organization="o-another000") is NO
    eks = {"organization": ORGANIZATION, "resource": EKS, "owner": "602401143452"}
    assert asked(allow(condition=held), **eks) is NO, "EKS is of no own organization"


def test_images_of_eks_are_its_accounts():
    reads = {"action": "ecr:BatchGetImage", "resource": EKS, "owner": "602401143452"}
    assert asked(allow(condition=OWN), **reads) is NO
    theirs = {**OWN, "aws:ResourceAccount": "602401143452"}
    assert asked(allow(condition=theirs), **reads) is YES


def test_a_call_without_the_resources_account_meets_no_condition_on_it():
    assert asked(allow(condition=OWN), owner=None) is NO
    assert asked(allow(condition={"aws:PrincipalAccount": ACCOUNT}), owner=None) is YES


def test_ecr_signs_with_an_account_of_its_own_and_a_token_has_none():
    layers = {"action": "s3:GetObject", "resource": "arn:aws:s3:::layers/~"}
    own = allow(condition={"aws:PrincipalAccount": ACCOUNT})
    for caller in ("registry", "token"):
        assert asked(allow(), caller=caller, **layers) is YES
        assert asked(own, caller=caller, **layers) is NO


def test_a_role_whose_arn_is_not_known_is_no_reason_to_say_no():
    held = {"aws:PrincipalArn": ROLE}
    assert asked(allow(condition=held)) is YES
    assert asked(allow(condition=held), arn=None) is MAYBE
    assert asked(allow(Principal={"AWS": ROLE}), arn=None) is MAYBE
    assert asked(allow(Principal={"AWS": f"arn:aws:iam::{FOREIGN}:role/x"}), arn=None) is NO
