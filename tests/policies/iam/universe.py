"""Every request of a small world that a policy can tell apart, written as plain facts."""

import itertools
import random

from iam.requests import Owner, Principal, Request
from tests.policies.iam.oracle import texts
from tests.policies.iam.strategies import FOREIGN, FOREIGN_ORGANIZATION, ORGANIZATION, OTHER, OWN

# kind, name, account, organization
PRINCIPALS = (
    ("AWS", f"arn:aws:iam::{OWN}:role/inside", OWN, ORGANIZATION),
    ("AWS", f"arn:aws:iam::{OTHER}:role/member", OTHER, ORGANIZATION),
    ("AWS", f"arn:aws:iam::{FOREIGN}:role/outside", FOREIGN, None),
    ("AWS", f"arn:aws:iam::{FOREIGN}:role/{OWN}", FOREIGN, FOREIGN_ORGANIZATION),
    ("Anonymous", "", None, None),
    ("Service", "logs.amazonaws.com", OWN, ORGANIZATION),
    ("Service", "logs.amazonaws.com", FOREIGN, None),
)
# ARN, and the account and organization of its owner
RESOURCES = (
    ("arn:aws:s3:::mine/key", OWN, ORGANIZATION),
    ("arn:aws:s3:::mine/red", FOREIGN, FOREIGN_ORGANIZATION),
    ("arn:aws:s3:::mine/bob/key", FOREIGN, None),
    (f"arn:aws:sqs:eu-west-1:{OWN}:q", OWN, ORGANIZATION),
    (f"arn:aws:sqs:eu-west-1:{FOREIGN}:q", FOREIGN, None),
    (f"arn:aws:sqs:eu-west-1:{FOREIGN}:{OWN}:q", FOREIGN, None),
)
ACTIONS = ("s3:getobject", "s3:putobject", "sqs:sendmessage", "sns:publish")
FREE = {
    "aws:sourcevpce": (("vpce-1",), ("vpce-2",), ("*",)),
    "aws:tagkeys": ((), ("a",), ("a", "b"), ("A",)),
    "s3:max-keys": ((), ("1",), ("2.5",), ("11",)),
    "aws:currenttime": (("2026-11-01T00:00:00Z",), ("1793491200",), ("2028-01-01T00:00:00Z",)),
    "aws:vpcsourceip": (("10.1.2.3",), ("192.0.2.1",), ("2001:db8::1",)),
    "aws:principaltag/team": ((), ("red",), ("Red",), ("bob",)),
    "aws:username": ((), ("bob",), ("red",)),
    "x:data": ((), ("eA==",), ("other",)),
    "aws:epochtime": (("1793491200",), ("1893456001",)),
    "aws:calledvia": (
        (),
        ("athena.amazonaws.com",),
        ("cloudformation.amazonaws.com", "athena.amazonaws.com"),
    ),
    "aws:viaawsservice": (("true",), ("false",)),
    "aws:vpceaccount": ((), (OWN,)),
    "aws:vpceorgid": ((), (ORGANIZATION,)),
    "aws:vpceorgpaths": ((), (f"{ORGANIZATION}/r-ab12/",)),
    "aws:sourcevpcarn": ((), (f"arn:aws:ec2:eu-west-1:{OWN}:vpc/vpc-1",)),
    "aws:principalservicenameslist": ((), ("logs.amazonaws.com", "logs.eu-west-1.amazonaws.com")),
}
# Of these, what only callers with credentials, and what only services carry.
OF_CALLERS = ("aws:username", "aws:principaltag/team", "aws:calledvia")
OF_SERVICES = ("aws:principalservicenameslist",)


def mentioned(document):
    """The keys that a policy speaks of, in lower case."""
    conditions = [s.get("Condition", {}) for s in document["Statement"]]
    keys = {key.lower() for c in conditions for block in c.values() for key in block}
    for text in texts(document["Statement"]):
        keys |= {part.split("}")[0].split(",")[0].lower() for part in text.split("${")[1:]}
    return keys


def facts(principal, resource):
    """What the context says of both, and what it may leave out."""
    kind, name, account, organization = principal
    _, owner, owners = resource
    always = {"aws:resourceaccount": (owner,), "aws:resourceorgid": (owners,) if owners else ()}
    maybe = {"aws:resourceorgpaths": (f"{owners}/r-ab12/",) if owners else ()}
    paths = (f"{organization}/r-ab12/",) if organization else ()
    if kind == "AWS":
        always |= {
            "aws:principalisawsservice": ("false",),
            "aws:principalaccount": (account,),
            "aws:principalarn": (name,),
            "aws:principaltype": ("AssumedRole",),
            "aws:principalorgid": (organization,) if organization else (),
            "aws:principalorgpaths": paths,
        }
        maybe["kms:calleraccount"] = (account,)
    if kind == "Service":
        always |= {"aws:principalisawsservice": ("true",), "aws:principalservicename": (name,)}
        maybe |= {
            "aws:sourceaccount": (account,),
            "aws:sourcearn": (f"arn:aws:sns:eu-west-1:{account}:t",),
            "aws:sourceorgid": (organization,) if organization else (),
            "aws:sourceorgpaths": paths,
        }
    if kind == "Anonymous":
        always |= {"aws:principalaccount": ("anonymous",), "aws:principaltype": ("Anonymous",)}
    if kind != "AWS":
        always["aws:viaawsservice"] = ("false",)
    return always, maybe


def requests(document, seed):
    """Pairs of a request for the pack and the same for the oracle."""
    asked = mentioned(document)
    keys = sorted(asked & set(FREE))
    choices = list(itertools.product(*(FREE[key] for key in keys)))
    chosen = random.Random(seed)
    if len(choices) > 6:
        choices = chosen.sample(choices, 6)
    for principal, resource in itertools.product(PRINCIPALS, RESOURCES):
        kind, name, account, organization = principal
        always, maybe = facts(principal, resource)
        for free in choices:
            action = chosen.choice(ACTIONS)
            context = dict(zip(keys, free, strict=True))
            for key in (*(OF_CALLERS if kind != "AWS" else ()),
                        *(OF_SERVICES if kind != "Service" else ())):  # fmt: skip
                context.pop(key, None)
            told = [key for key in maybe if key in asked and chosen.random() < 0.6]
            context |= {**always, **{key: maybe[key] for key in told}}
            context = {key: values for key, values in context.items() if values}
            owner = None if account is None else Owner(account, organization)
            session = session_of(name) if kind == "AWS" else None
            arn, *owned = resource
            yield (
                Request(
                    Principal(kind, name, owner, session),
                    action, arn, Owner(*owned), True, context,
                ),
                as_facts(kind, name, account, action, arn, context, session),
            )  # fmt: skip


def session_of(role):
    """The ARN of a session of a role."""
    return f"{role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/session"


def as_facts(kind, name, account, action, arn, context, session=None):
    """A request as the oracle reads it."""
    who = {"kind": kind, "name": name, "account": account, "session": session}
    return {"principal": who, "action": action, "resource": arn, "context": context}


def foreign(owner):
    """Whether an account of this world is outside."""
    return owner is None or (owner.account != OWN and owner.organization != ORGANIZATION)


def beyond_endpoint(request):
    """Whether a request of this world is from or to the outside; AWS itself is neither."""
    if request.principal.kind == "Service":
        return False
    return foreign(request.principal.owner) or foreign(request.resource_owner)


def foreign_caller(request):
    """Whether somebody outside asks, or a service for somebody outside."""
    return foreign(request.principal.owner)
