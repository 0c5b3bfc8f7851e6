"""Statements and policies by themselves: what concerns a call, what cannot be told, what wins."""

from typing import Any

import pytest

from local.aws.authorization.decisions import Caller, refusal
from local.aws.authorization.statements import Asked, Doubt, concerns, every, negated, some

ARN = "arn:aws:s3:::bucket/a/b"
ROLE = "arn:aws:iam::111111111111:role/worker"
DOUBT = Doubt("why")
ASKED = Asked(
    "s3:GetObject", ARN,
    {"aws:principalarn": (ROLE,), "aws:tagkeys": ("a", "b"), "s3:missing": (),
     "aws:vpcsourceip": ("10.0.1.10",), "aws:resourceaccount": ("111111111111",),
     "aws:viaawsservice": ("false",)},
    {"aws:resourcetag/": {"Team/One": "red"}},
)  # fmt: skip


def holds(condition: dict[str, Any]) -> Any:
    return concerns({"Action": "*", "Resource": "*", "Condition": condition}, ASKED)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Action": "s3:GetObject", "Resource": ARN}, True),
        ({"Action": "S3:get*", "Resource": "arn:aws:s3:::bucket/*"}, True),
        ({"Action": ["s3:PutObject", "s3:Get?bject"], "Resource": "*"}, True),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/a"}, False),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/A/b"}, False),
        ({"Action": "s3:GetObjectTagging", "Resource": "*"}, False),
        ({"NotAction": "s3:Put*", "Resource": "*"}, True),
        ({"NotAction": "s3:*", "Resource": "*"}, False),
        ({"Action": "*", "NotResource": "arn:aws:s3:::bucket/a/*"}, False),
        ({"Action": "*", "NotResource": "arn:aws:s3:::bucket/c/*"}, True),
        ({"Action": "*"}, True),
        ({"Action": "*", "Resource": "arn:aws:s3:::${aws:username}"}, DOUBT),
        ({"Action": "*", "NotResource": "arn:aws:s3:::${aws:username}"}, DOUBT),
        ({"Action": "ec2:*", "Resource": "arn:aws:s3:::${aws:username}"}, False),
        ({"Action": "*", "Resource": "*", "NotPrincipal": "*"}, DOUBT),
        ({"Resource": "*"}, DOUBT),
    ],
)
def test_a_statement_concerns_its_actions_and_resources(
    statement: dict[str, Any], expected: Any
) -> None:
    found = concerns(statement, ASKED)
    assert isinstance(found, Doubt) if expected is DOUBT else found is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"AWS:PrincipalArn": ROLE}}, True),
        ({"StringEquals": {"aws:PrincipalArn": [ROLE, "b"]}}, True),
        ({"StringEquals": {"aws:PrincipalArn": ROLE.upper()}}, False),
        ({"StringEqualsIgnoreCase": {"aws:PrincipalArn": ROLE.upper()}}, True),
        ({"StringNotEquals": {"aws:PrincipalArn": [ROLE, "b"]}}, False),
        ({"StringNotEquals": {"aws:PrincipalArn": "b"}}, True),
        ({"StringLike": {"aws:PrincipalArn": "arn:*:role/wor?er"}}, True),
        ({"StringNotLike": {"aws:PrincipalArn": "arn:*"}}, False),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:*:role/*"}}, False),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam*"}}, False),
        ({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}, False),
        ({"Bool": {"aws:ViaAWSService": False}}, True),
        ({"Bool": {"aws:ViaAWSService": "true"}}, False),
        ({"IpAddress": {"aws:VpcSourceIp": ["10.0.2.0/24", "10.0.1.0/24"]}}, True),
        ({"NotIpAddress": {"aws:VpcSourceIp": "10.0.1.0/24"}}, False),
        ({"StringEquals": {"aws:ResourceTag/team/one": "red"}}, True),
        ({"StringEquals": {"aws:ResourceTag/team": "red"}}, False),
        ({"StringEquals": {"s3:missing": "a"}}, False),
        ({"StringEqualsIfExists": {"s3:missing": "a"}}, True),
        ({"StringEqualsIfExists": {"aws:PrincipalArn": "a"}}, False),
        ({"StringNotEquals": {"s3:missing": "a"}}, True),
        ({"ForAllValues:StringEquals": {"s3:missing": "a"}}, True),
        ({"ForAnyValue:StringEquals": {"s3:missing": "a"}}, False),
        ({"ForAnyValue:StringNotEquals": {"s3:missing": "a"}}, False),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b", "c"]}}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}, False),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["b"]}}, True),
        ({"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["b"]}}, True),
        ({"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a", "b"]}}, False),
        ({"Null": {"s3:missing": "true"}}, True),
        ({"Null": {"s3:missing": "false"}}, False),
        ({"Null": {"aws:PrincipalArn": False}}, True),
        ({"Null": {"aws:Other": "true"}}, DOUBT),
        ({"StringEquals": {"aws:Other": "a"}}, DOUBT),
        ({"StringNotEqualsIfExists": {"aws:Other": "a"}}, DOUBT),
        ({"NumericLessThan": {"aws:PrincipalArn": "1"}}, DOUBT),
        ({"StringEquals": {"aws:PrincipalArn": "${aws:PrincipalTag/a}"}}, DOUBT),
        ({"StringEquals": {"aws:PrincipalArn": ROLE, "aws:Other": "a"}}, DOUBT),
        ({"StringEquals": {"aws:PrincipalArn": "b", "aws:Other": "a"}}, False),
    ],
)
def test_a_condition_holds_or_not_or_cannot_be_told(
    condition: dict[str, Any], expected: Any
) -> None:
    found = holds(condition)
    assert isinstance(found, Doubt) if expected is DOUBT else found is expected


def test_a_doubt_is_less_sure_than_what_decides() -> None:
    assert every([True, DOUBT, False]) is False and some([False, DOUBT, True]) is True
    assert every([True, DOUBT]) is DOUBT and some([False, DOUBT]) is DOUBT
    assert every([]) is True and some([]) is False
    assert negated(DOUBT) is DOUBT and negated(False) is True


def statement(effect: str, **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "*", "Resource": "*", **more}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Statement": list(statements)}


ALLOW, DENY = policy(statement("Allow")), policy(statement("Deny"))
NOTHING = policy()
UNKNOWN = " (the embedded AWS: the condition key aws:Other is not known here)"
MAYBE = {"Condition": {"StringEquals": {"aws:Other": "a"}}}
TO_ALL, TO_ROLE, TO_ACCOUNT, TO_OTHER = (
    policy(statement("Allow", Principal=principal))
    for principal in ("*", {"AWS": ROLE}, {"AWS": "arn:aws:iam::111111111111:root"},
                      {"AWS": ["222222222222"], "Service": "ec2.amazonaws.com"})
)  # fmt: skip


def decided(
    *identity: dict[str, Any], own: Any = None, delegates: bool = False, account: str = "1" * 12,
    boundary: Any = None, session: Any = None, endpoint: Any = None, by_service: bool = False,
) -> str:  # fmt: skip
    """The reason of a refusal; "" where there is none."""
    arn = "arn:aws:sts::111111111111:assumed-role/worker/i-1"
    caller = Caller(arn, ROLE, "1" * 12, "A:i-1", identity, boundary, session)
    keys = {"aws:resourceaccount": (account,)}
    asked = Asked("s3:GetObject", ARN, keys, {}, own, delegates, by_service)
    found = refusal(caller, asked, endpoint)
    begins = f"User: {arn} is not authorized to perform: s3:GetObject on resource: {ARN} "
    assert found is None or found.startswith(begins)
    return (found or begins).removeprefix(begins)


def no(kind: str) -> str:
    return f"because no {kind} policy allows the s3:GetObject action"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, no("identity-based")),
        ({"identity": [ALLOW]}, ""),
        ({"identity": [NOTHING, ALLOW]}, ""),
        ({"identity": [ALLOW, DENY]}, "with an explicit deny in an identity-based policy"),
        ({"identity": [policy(statement("Allow", **MAYBE))]},
         no("identity-based") + UNKNOWN),
        ({"identity": [ALLOW, policy(statement("Deny", **MAYBE))]},
         "with an explicit deny in an identity-based policy" + UNKNOWN),
        # A resource's own policy.
        ({"own": TO_ALL}, ""),
        ({"own": TO_ROLE}, ""),
        ({"own": TO_ACCOUNT}, no("identity-based")),
        ({"own": TO_OTHER}, no("identity-based")),
        ({"identity": [ALLOW], "own": TO_OTHER}, ""),
        ({"identity": [ALLOW], "own": policy(statement("Deny", Principal="*"))},
         "with an explicit deny in a resource-based policy"),
        ({"identity": [ALLOW], "own": policy(statement("Deny", Principal={"AWS": "1" * 12}))},
         "with an explicit deny in a resource-based policy"),
        # One that has to leave it to IAM: a key's, a role's.
        ({"identity": [ALLOW], "delegates": True}, no("resource-based")),
        ({"identity": [ALLOW], "own": TO_ACCOUNT, "delegates": True}, ""),
        ({"own": TO_ACCOUNT, "delegates": True}, no("identity-based")),
        ({"own": TO_ROLE, "delegates": True}, ""),
        # Across accounts.
        ({"identity": [ALLOW], "account": "2" * 12}, no("resource-based")),
        ({"own": TO_ROLE, "account": "2" * 12}, no("identity-based")),
        ({"identity": [ALLOW], "own": TO_ROLE, "account": "2" * 12}, ""),
        # Limits.
        ({"identity": [ALLOW], "boundary": NOTHING},
         "because no permissions boundary allows the s3:GetObject action"),
        ({"identity": [ALLOW], "boundary": ALLOW}, ""),
        ({"boundary": ALLOW}, no("identity-based")),
        ({"identity": [ALLOW], "session": NOTHING}, no("session")),
        ({"identity": [ALLOW], "endpoint": NOTHING}, no("VPC endpoint")),
        ({"identity": [ALLOW], "endpoint": TO_OTHER}, no("VPC endpoint")),
        ({"identity": [ALLOW], "endpoint": TO_ALL}, ""),
        ({"endpoint": TO_ALL}, no("identity-based")),
        ({"identity": [ALLOW], "endpoint": policy(statement("Allow", Principal="*", **MAYBE))},
         no("VPC endpoint") + UNKNOWN),
        ({"identity": [ALLOW], "endpoint": policy(statement("Deny", Principal="*"))},
         "with an explicit deny in a VPC endpoint policy"),
        ({"identity": [ALLOW], "endpoint": NOTHING, "by_service": True}, ""),
    ],
)  # fmt: skip
def test_who_has_a_say_and_who_wins(given: dict[str, Any], why: str) -> None:
    more = {key: value for key, value in given.items() if key != "identity"}
    assert decided(*given.get("identity", []), **more) == why
