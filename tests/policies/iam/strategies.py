"""Random policies over a small world: few accounts, keys and values, every operator."""

from hypothesis import strategies as st

OWN, FOREIGN, OTHER = "111122223333", "999999999999", "444455556666"
ORGANIZATION, FOREIGN_ORGANIZATION = "o-a1b2c3d4e5", "o-zzzzzzzzzz"

STRINGS = ("StringEquals", "StringEqualsIgnoreCase", "StringLike")
ARNS = ("ArnEquals", "ArnLike")
NUMBERS = tuple(f"Numeric{c}" for c in ("Equals", "NotEquals", "LessThan", "LessThanEquals",
                                        "GreaterThan", "GreaterThanEquals"))  # fmt: skip
DATES = tuple(name.replace("Numeric", "Date") for name in NUMBERS)
NEGATIVE = ("StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike")

# key -> (operators, values a policy may compare it with)
_ORGANIZATIONS = (ORGANIZATION, FOREIGN_ORGANIZATION, "o-*", "o-a1b2c3d4e?", "*", "O-A1B2C3D4E5")
_ACCOUNTS = (OWN, FOREIGN, "1111*", "*", "????????????", "${aws:ResourceAccount}")
_LIKE = ("StringLike", "StringEquals", "StringNotLike", "StringNotEquals")
_PATHS = (
    f"{ORGANIZATION}/*",
    f"{ORGANIZATION}/r-ab12/",
    "*/r-ab12/*",
    f"{FOREIGN_ORGANIZATION}/*",
)
KEYS = {
    "aws:PrincipalOrgID": ((*STRINGS, *NEGATIVE), _ORGANIZATIONS),
    "aws:ResourceOrgID": ((*STRINGS, *NEGATIVE), (*_ORGANIZATIONS, "${aws:PrincipalOrgID}")),
    "aws:PrincipalAccount": ((*STRINGS, *NEGATIVE), _ACCOUNTS),
    "aws:ResourceAccount": (
        (*STRINGS, *NEGATIVE),
        (OWN, FOREIGN, "1111*", "${aws:PrincipalAccount}", "${aws:username, '111122223333'}"),
    ),
    "aws:PrincipalArn": (
        (*ARNS, "ArnNotLike", "ArnNotEquals", *STRINGS, "StringNotLike"),
        (
            f"arn:aws:iam::{OWN}:role/inside",
            f"arn:aws:iam::{OWN}:*",
            f"arn:aws:iam::*:role/{OWN}",
            "arn:aws:iam::*:role/*",
            f"arn:*{OWN}*",
        ),
    ),
    "aws:PrincipalOrgPaths": (_LIKE, _PATHS),
    "aws:PrincipalIsAWSService": (("Bool",), ("true", "false")),
    "aws:SourceVpce": ((*STRINGS, *NEGATIVE), ("vpce-1", "vpce-*", "${*}")),
    "aws:TagKeys": ((*STRINGS, *NEGATIVE), ("a", "b", "A", "*")),
    "s3:max-keys": (NUMBERS, ("1", "10", "2.5")),
    "aws:CurrentTime": (
        DATES,
        ("2020-01-01", "2026-11-01T00:00:00Z", "1793491300", "2027-01-01T09:00:00+09:00"),
    ),
    "aws:EpochTime": (NUMBERS, ("1577836800", "1793491200", "1893456000")),
    "aws:VpcSourceIp": (
        ("IpAddress", "NotIpAddress"),
        ("10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "0.0.0.0/0"),
    ),
    "aws:PrincipalTag/team": ((*STRINGS, *NEGATIVE), ("red", "RED", "${aws:username}", "r*")),
    "x:data": (("BinaryEquals",), ("aGVpaWtp", "eA==")),
    # of services, and of whoever calls by one
    "aws:SourceAccount": (
        (*STRINGS, *NEGATIVE),
        (OWN, FOREIGN, "1111*", "*", "${aws:ResourceAccount}"),
    ),
    "aws:SourceArn": (
        (*ARNS, "ArnNotLike", *STRINGS, "StringNotLike"),
        (
            f"arn:aws:sns:eu-west-1:{OWN}:t",
            f"arn:aws:sns:*:{OWN}:*",
            "arn:aws:sns:*:*:t",
            "arn:aws:s3:::mine",
            f"*:{OWN}:*",
        ),
    ),
    "aws:SourceOrgID": ((*STRINGS, *NEGATIVE), _ORGANIZATIONS),
    "aws:SourceOrgPaths": (_LIKE, _PATHS),
    "aws:PrincipalServiceName": (
        (*STRINGS, *NEGATIVE),
        ("logs.amazonaws.com", "sns.amazonaws.com", "*.amazonaws.com"),
    ),
    "aws:PrincipalServiceNamesList": (_LIKE, ("logs.amazonaws.com", "logs.*", "sns.amazonaws.com")),
    "aws:ViaAWSService": (("Bool",), ("true", "false")),
    "aws:CalledVia": (_LIKE, ("athena.amazonaws.com", "*")),
    "aws:PrincipalType": ((*STRINGS, *NEGATIVE), ("User", "Account", "Anonymous", "*")),
    "kms:CallerAccount": ((*STRINGS, *NEGATIVE), (OWN, FOREIGN, "1111*")),
    # of an endpoint, and of a resource
    "aws:VpceAccount": ((*STRINGS, *NEGATIVE), (OWN, FOREIGN, "1111*")),
    "aws:VpceOrgID": ((*STRINGS, *NEGATIVE), _ORGANIZATIONS),
    "aws:VpceOrgPaths": (_LIKE, _PATHS),
    "aws:SourceVpcArn": (
        (*ARNS, "ArnNotLike", "StringLike"),
        (f"arn:aws:ec2:eu-west-1:{OWN}:vpc/vpc-1", f"arn:aws:ec2:*:{OWN}:vpc/*"),
    ),
    "aws:ResourceOrgPaths": (_LIKE, _PATHS),
}
# Keys that a request may carry several values of.
SEVERAL = {
    "aws:CalledVia", "aws:PrincipalOrgPaths", "aws:PrincipalServiceNamesList",
    "aws:ResourceOrgPaths", "aws:SourceOrgPaths", "aws:TagKeys", "aws:VpceOrgPaths",
}  # fmt: skip


_EITHER = ["true", "false"]


@st.composite
def conditions(draw):
    """Some operators, with IfExists, set operators and Null in between."""
    found = {}
    for key in draw(st.lists(st.sampled_from(sorted(KEYS)), max_size=2, unique=True)):
        operators, values = KEYS[key]
        chosen = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True))
        name = draw(st.sampled_from([*operators, "Null"]))
        if name == "Null":
            chosen = draw(
                st.sampled_from((["true"], ["false"], [True], [False], ["true", "false"]))
            )
        else:
            one = ("", "", "", "ForAnyValue:", "ForAllValues:")
            sets = ("ForAllValues:", "ForAnyValue:") if key in SEVERAL else one
            name = draw(st.sampled_from(sets)) + name + draw(st.sampled_from(("", "", "IfExists")))
        case = draw(st.sampled_from((str, str, str.lower, str.upper)))  # keys have none
        found.setdefault(name, {})[case(key)] = chosen
    return found


PRINCIPALS = (
    "*",
    {"AWS": "*"},
    {"AWS": OWN},
    {"AWS": [f"arn:aws:iam::{OWN}:role/inside", f"arn:aws:iam::{FOREIGN}:root"]},
    {"AWS": f"arn:aws:iam::{FOREIGN}:role/outside"},
    {"AWS": ["*"]},
    {"AWS": int(OWN)},
    {"AWS": f"arn:aws:sts::{OWN}:assumed-role/inside/session"},
    {"AWS": [f"arn:aws:iam::{OWN}:root", f"arn:aws:sts::{FOREIGN}:assumed-role/outside/session"]},
    {"Service": "logs.amazonaws.com"},
    {"Service": ["logs.amazonaws.com", "sns.amazonaws.com"], "AWS": OWN},
)
ACTIONS = (
    "*",
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "s3:PutObject",
    "sqs:SendMessage",
    "S3:getobject",
)
RESOURCES = (
    "*",
    "arn:aws:s3:::mine/*",
    "arn:aws:s3:::*",
    f"arn:aws:sqs:eu-west-1:{OWN}:q",
    f"arn:aws:sqs:*:{OWN}:q",
    f"arn:aws:sqs:*:{OWN}:?",
    "arn:aws:s3:::mine/${aws:username}/*",
    "arn:aws:s3:::mine/${aws:PrincipalTag/team, 'red'}",
)


@st.composite
def statements(draw):
    """One statement of any form."""
    found = {"Effect": draw(st.sampled_from(("Allow", "Allow", "Deny")))}
    chosen = draw(st.sampled_from(PRINCIPALS))
    # With Allow most services refuse NotPrincipal; with Deny its meaning differs by service.
    found["NotPrincipal" if draw(st.integers(0, 7)) == 0 and chosen != "*" else "Principal"] = (
        chosen
    )
    for key, values in (("Action", ACTIONS), ("Resource", RESOURCES)):
        name = f"Not{key}" if draw(st.integers(0, 5)) == 0 else key
        found[name] = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True))
    held = draw(conditions())
    return {**found, **({"Condition": held} if held else {})}


def documents():
    """A policy of one to three statements, the first of which allows."""
    first = statements().map(lambda s: {**s, "Effect": "Allow"})
    more = st.lists(statements(), max_size=2)
    return st.tuples(first, more).map(
        lambda pair: {"Version": "2012-10-17", "Statement": [pair[0], *pair[1]]}
    )
