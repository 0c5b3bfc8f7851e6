"""What the IAM User Guide says of single cases, in our own words, each with its page.

Both evaluators are asked: the pack's and the tests' own.
"""

import pytest

from iam.evaluate import Answer, evaluate
from iam.requests import Owner, Principal, Request
from rules.documents import parse_document
from tests.policies.iam.oracle import allowed
from tests.policies.iam.universe import as_facts

GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
OPERATORS = f"{GUIDE}/reference_policies_elements_condition_operators.html"
SETS = f"{GUIDE}/reference_policies_condition-single-vs-multi-valued-context-keys.html"
VARIABLES = f"{GUIDE}/reference_policies_variables.html"
LOGIC = f"{GUIDE}/reference_policies_evaluation-logic_policy-eval-denyallow.html"
SEVERAL = f"{GUIDE}/reference_policies_condition-logic-multiple-context-keys-or-values.html"
PRINCIPAL = f"{GUIDE}/reference_policies_elements_principal.html"
NOT_ACTION = f"{GUIDE}/reference_policies_elements_notaction.html"
NOT_RESOURCE = f"{GUIDE}/reference_policies_elements_notresource.html"
NOT_PRINCIPAL = f"{GUIDE}/reference_policies_elements_notprincipal.html"
RESOURCE = f"{GUIDE}/reference_policies_elements_resource.html"
ACTION = f"{GUIDE}/reference_policies_elements_action.html"
KEY_NAMES = f"{GUIDE}/reference_policies_elements_condition.html"

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
OBJECT = "arn:aws:s3:::records/2026/january"


def when(**condition):
    """An allowance of everything under one condition."""
    name, block = next(iter(condition.items()))
    return {"Condition": {name.replace("_", ":"): block}}


# page, changes of a statement that allows everything, changes of the request, the answer
CASES = [
    (LOGIC, {}, {}, True),
    (LOGIC, {"Action": "s3:GetObject"}, {"action": "s3:putobject"}, False),
    (LOGIC, [{}, {"Effect": "Deny", "Action": "s3:Get*"}], {}, False),
    (LOGIC, [{"Effect": "Deny", "Action": "s3:Put*"}, {}], {}, True),
    (LOGIC, {"Effect": "Deny"}, {}, False),
    (ACTION, {"Action": "S3:getOBJECT"}, {}, True),
    (ACTION, {"Action": "s3:*Object"}, {}, True),
    (ACTION, {"Action": "s3:Get?bject"}, {}, True),
    (NOT_ACTION, {"NotAction": "iam:*"}, {}, True),
    (NOT_ACTION, {"NotAction": ["iam:*", "s3:GetObject"]}, {}, False),
    (RESOURCE, {"Resource": "arn:aws:s3:::records/*"}, {}, True),
    (RESOURCE, {"Resource": "arn:aws:s3:::records/????/january"}, {}, True),
    (RESOURCE, {"Resource": "arn:aws:s3:::records"}, {}, False),
    (RESOURCE, {"Resource": "arn:aws:s3:::Records/*"}, {}, False),
    (RESOURCE, {"Resource": "arn:aws:s3:*january"}, {}, True),
    (NOT_RESOURCE, {"NotResource": "arn:aws:s3:::secret/*"}, {}, True),
    (NOT_RESOURCE, {"NotResource": "arn:aws:s3:::records/*"}, {}, False),
    (PRINCIPAL, {"Principal": {"AWS": "*"}}, {"kind": "Anonymous"}, True),
    (PRINCIPAL, {"Principal": {"AWS": ACCOUNT}}, {}, True),
    (PRINCIPAL, {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}, {}, True),
    (PRINCIPAL, {"Principal": {"AWS": ROLE}}, {}, True),
    (PRINCIPAL, {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/writer"}}, {}, False),
    (PRINCIPAL, {"Principal": {"AWS": ACCOUNT}}, {"kind": "Anonymous"}, False),
    (PRINCIPAL, {"Principal": {"Service": "ec2.amazonaws.com"}}, {}, False),
    (NOT_PRINCIPAL, {"NotPrincipal": {"AWS": "444455556666"}}, {"kind": "Anonymous"}, True),
    (NOT_PRINCIPAL, {"NotPrincipal": {"AWS": ACCOUNT}}, {}, False),
    (
        NOT_PRINCIPAL,
        [{}, {"Effect": "Deny", "NotPrincipal": {"AWS": "444455556666"}}],
        {},
        False,
    ),
    (OPERATORS, when(StringEquals={"aws:username": "john"}), {"aws:username": "john"}, True),
    (OPERATORS, when(StringEquals={"aws:username": "john"}), {"aws:username": "John"}, False),
    (OPERATORS, when(StringEquals={"aws:username": "j*"}), {"aws:username": "john"}, False),
    (
        OPERATORS,
        when(StringEqualsIgnoreCase={"aws:username": "JOHN"}),
        {"aws:username": "john"},
        True,
    ),
    (OPERATORS, when(StringLike={"aws:username": "j?hn"}), {"aws:username": "john"}, True),
    (OPERATORS, when(StringLike={"aws:username": "J*"}), {"aws:username": "john"}, False),
    (OPERATORS, when(StringEquals={"aws:username": "john"}), {}, False),
    (OPERATORS, when(StringNotEquals={"aws:username": "john"}), {}, True),
    (OPERATORS, when(ArnNotLike={"aws:SourceArn": "arn:aws:sns:*:*:*"}), {}, True),
    (OPERATORS, when(StringEqualsIfExists={"aws:username": "john"}), {}, True),
    (OPERATORS, when(StringEqualsIfExists={"aws:username": "john"}), {"aws:username": "x"}, False),
    (OPERATORS, [{}, {"Effect": "Deny", **when(StringNotEqualsIfExists={"x:y": "z"})}], {}, False),
    (OPERATORS, when(Null={"aws:TokenIssueTime": "true"}), {}, True),
    (OPERATORS, when(Null={"aws:TokenIssueTime": "false"}), {}, False),
    (OPERATORS, when(Bool={"aws:SecureTransport": "true"}), {"aws:securetransport": "true"}, True),
    (OPERATORS, when(Bool={"aws:SecureTransport": "true"}), {}, False),
    (OPERATORS, when(Bool={"aws:SecureTransport": True}), {"aws:securetransport": "true"}, True),
    (OPERATORS, when(NumericLessThanEquals={"s3:max-keys": "10"}), {"s3:max-keys": "10"}, True),
    (OPERATORS, when(NumericLessThan={"s3:max-keys": "10"}), {"s3:max-keys": "9.5"}, True),
    (OPERATORS, when(NumericLessThan={"s3:max-keys": "9"}), {"s3:max-keys": "10"}, False),
    (OPERATORS, when(NumericEquals={"s3:max-keys": "10"}), {}, False),
    (
        OPERATORS,
        when(DateGreaterThan={"aws:CurrentTime": "2020-04-01T00:00:00Z"}),
        {"aws:currenttime": "2026-01-01T00:00:00Z"},
        True,
    ),
    (
        OPERATORS,
        when(DateLessThan={"aws:CurrentTime": "1767225600"}),
        {"aws:currenttime": "2026-01-01T00:00:00Z"},
        False,
    ),
    (OPERATORS, when(BinaryEquals={"x:key": "QmluYXJ5"}), {"x:key": "QmluYXJ5"}, True),
    (
        OPERATORS,
        when(IpAddress={"aws:SourceIp": "203.0.113.0/24"}),
        {"aws:sourceip": "203.0.113.9"},
        True,
    ),
    (
        OPERATORS,
        when(IpAddress={"aws:SourceIp": "203.0.113.7"}),
        {"aws:sourceip": "203.0.113.9"},
        False,
    ),
    (
        OPERATORS,
        when(IpAddress={"aws:SourceIp": "2001:db8::/32"}),
        {"aws:sourceip": "2001:db8::5"},
        True,
    ),
    (OPERATORS, when(IpAddress={"aws:SourceIp": "203.0.113.0/24"}), {}, False),
    (OPERATORS, when(NotIpAddress={"aws:SourceIp": "203.0.113.0/24"}), {}, True),
    (
        OPERATORS,
        when(ArnLike={"aws:SourceArn": f"arn:aws:sns:*:{ACCOUNT}:*"}),
        {"aws:sourcearn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:a:b"},
        True,
    ),
    (
        OPERATORS,  # a component's wildcard does not reach into the next
        when(ArnLike={"aws:SourceArn": f"arn:aws:sns:*:{ACCOUNT}:t"}),
        {"aws:sourcearn": f"arn:aws:sns:eu-west-1:999999999999:{ACCOUNT}:t"},
        False,
    ),
    (
        OPERATORS,  # a string operator's does
        when(StringLike={"aws:SourceArn": f"arn:aws:sns:*:{ACCOUNT}:t"}),
        {"aws:sourcearn": f"arn:aws:sns:eu-west-1:999999999999:{ACCOUNT}:t"},
        True,
    ),
    (OPERATORS, when(ArnEquals={"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}), {}, True),
    (KEY_NAMES, when(StringEquals={"AWS:UserName": "john"}), {"aws:username": "john"}, True),
    (
        SEVERAL,
        when(StringEquals={"aws:username": ["jane", "john"]}),
        {"aws:username": "john"},
        True,
    ),
    (
        SEVERAL,
        when(StringNotEquals={"aws:username": ["jane", "john"]}),
        {"aws:username": "john"},
        False,
    ),
    (
        SEVERAL,
        when(StringEquals={"aws:username": "john", "x:y": "z"}),
        {"aws:username": "john"},
        False,
    ),
    (
        SETS,
        when(ForAllValues_StringEquals={"aws:TagKeys": ["a", "b"]}),
        {"aws:tagkeys": "a b"},
        True,
    ),
    (SETS, when(ForAllValues_StringEquals={"aws:TagKeys": "a"}), {"aws:tagkeys": "a b"}, False),
    (SETS, when(ForAllValues_StringEquals={"aws:TagKeys": "a"}), {}, True),
    (SETS, when(ForAnyValue_StringEquals={"aws:TagKeys": "a"}), {"aws:tagkeys": "a b"}, True),
    (SETS, when(ForAnyValue_StringEquals={"aws:TagKeys": "a"}), {}, False),
    (SETS, when(ForAnyValue_StringNotEquals={"aws:TagKeys": "a"}), {"aws:tagkeys": "a b"}, True),
    (SETS, when(ForAllValues_StringNotEquals={"aws:TagKeys": "a"}), {"aws:tagkeys": "a b"}, False),
    (
        VARIABLES,
        {"Resource": "arn:aws:s3:::records/${aws:username}/*"},
        {"aws:username": "2026"},
        True,
    ),
    (
        VARIABLES,
        {"Resource": "arn:aws:s3:::records/${AWS:USERNAME}/*"},
        {"aws:username": "x"},
        False,
    ),
    (VARIABLES, {"Resource": "arn:aws:s3:::records/${aws:username}/*"}, {}, False),
    (VARIABLES, {"Resource": "arn:aws:s3:::records/${x:y, '2026'}/*"}, {}, True),
    (VARIABLES, {"Resource": "arn:aws:s3:::records/${x:y, '2026'}/*"}, {"x:y": "2025"}, False),
    (VARIABLES, when(StringLike={"x:y": "a${*}"}), {"x:y": "a*"}, True),
    (VARIABLES, when(StringLike={"x:y": "a${*}"}), {"x:y": "ab"}, False),
    (VARIABLES, when(StringLike={"x:y": "a${?}${$}"}), {"x:y": "a?$"}, True),
    (
        VARIABLES,
        when(StringEquals={"x:y": "${aws:username}"}),
        {"x:y": "a", "aws:username": "a"},
        True,
    ),
]


def stated(changes):
    whole = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **changes}
    for key in ("Principal", "Action", "Resource"):
        if f"Not{key}" in whole:
            del whole[key]
    return whole


@pytest.mark.parametrize("case", range(len(CASES)))
def test_the_guide_is_followed(case):
    page, changes, request, expected = CASES[case]
    listed = changes if isinstance(changes, list) else [changes]
    document = {"Version": "2012-10-17", "Statement": [stated(c) for c in listed]}
    kind = request.get("kind", "AWS")
    name, account = (ROLE, ACCOUNT) if kind == "AWS" else ("", None)
    context = {k: tuple(v.split()) for k, v in request.items() if ":" in k}
    if kind == "AWS":
        context.setdefault("aws:principalarn", (ROLE,))
    action = request.get("action", "s3:getobject")
    asked = Request(
        Principal(kind, name, Owner(account) if account else None),
        action,
        OBJECT,
        None,
        False,
        context,
    )
    found = evaluate(parse_document(document), asked).allowed
    assert found is (Answer.YES if expected else Answer.NO), page
    for statement in document["Statement"]:  # the oracle reads texts only
        for block in statement.get("Condition", {}).values():
            block.update({k: "true" for k, v in block.items() if v is True})
    assert allowed(document, as_facts(kind, name, account, action, OBJECT, context)) is expected


@pytest.mark.parametrize(
    ("condition", "context"),
    [
        ({"StringEquals": {"aws:TagKeys": "a"}}, {"aws:tagkeys": ("a",)}),
        ({"StringEquals": {"x:y": ["a", "b"]}}, {"x:y": ("a", "b")}),
        ({"StringMatches": {"x:y": "a"}}, {"x:y": ("a",)}),
        ({"NullIfExists": {"x:y": "true"}}, {}),
        ({"NumericEquals": {"x:y": "many"}}, {"x:y": ("1",)}),
        ({"DateEquals": {"x:y": "soon"}}, {"x:y": ("2026-01-01",)}),
        ({"IpAddress": {"x:y": "10.0.0.0/64"}}, {"x:y": ("10.0.0.1",)}),
        ({"ArnLike": {"x:y": "*"}}, {"x:y": ("arn:aws:s3:::b",)}),
        ({"StringLike": {"x:y": "${aws:username"}}, {"x:y": ("a",)}),
        ({"StringEquals": {"x:y": []}}, {"x:y": ("a",)}),
        ({"StringEquals": {"x:y": None}}, {"x:y": ("a",)}),
        ({"StringEquals": ["x:y"]}, {}),
        ({"StringNotEquals": {"x:y": "${aws:username}"}}, {"x:y": ("a",)}),
    ],
)
def test_what_the_guide_does_not_say_is_not_guessed(condition, context):
    document = {"Version": "2012-10-17", "Statement": [stated({"Condition": condition})]}
    asked = Request(
        Principal("AWS", ROLE, Owner(ACCOUNT)), "s3:getobject", OBJECT, None, False, context
    )
    assert evaluate(parse_document(document), asked).allowed is Answer.MAYBE
