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
}


def mentioned(document):
    """The keys that a policy speaks of, in lower case."""
    conditions = [s.get("Condition", {}) for s in document["Statement"]]
    keys = {key.lower() for c in conditions for block in c.values() for key in block}
    for text in texts(document["Statement"]):
        keys |= {part.split("}")[0].split(",")[0].lower() for part in text.split("${")[1:]}
    return keys


def facts(principal, resource):
    """What the context says of both."""
    kind, name, account, organization = principal
    _, owner, owners = resource
    found = {"aws:resourceaccount": (owner,), "aws:resourceorgid": (owners,) if owners else ()}
    found["aws:principalisawsservice"] = {"AWS": ("false",), "Service": ("true",)}.get(kind, ())
    if kind == "AWS":
        found["aws:principalaccount"] = (account,)
        found["aws:principalarn"] = (name,)
        if organization:
            found["aws:principalorgid"] = (organization,)
            found["aws:principalorgpaths"] = (f"{organization}/r-ab12/",)
    if kind == "Anonymous":
        found["aws:principalaccount"] = ("anonymous",)
    return found


def requests(document, seed):
    """Pairs of a request for the pack and the same for the oracle."""
    keys = sorted(mentioned(document) & set(FREE))
    choices = list(itertools.product(*(FREE[key] for key in keys)))
    chosen = random.Random(seed)
    if len(choices) > 6:
        choices = chosen.sample(choices, 6)
    for principal, resource in itertools.product(PRINCIPALS, RESOURCES):
        kind, name, account, organization = principal
        fixed = facts(principal, resource)
        for free in choices:
            action = chosen.choice(ACTIONS)
            context = {**fixed, **dict(zip(keys, free, strict=True))}
            if kind != "AWS":
                context.pop("aws:username", None)
                context.pop("aws:principaltag/team", None)
            context = {key: values for key, values in context.items() if values}
            owner = None if account is None else Owner(account, organization)
            arn, *owned = resource
            yield (
                Request(Principal(kind, name, owner), action, arn, Owner(*owned), True, context),
                as_facts(kind, name, account, action, arn, context),
            )


def as_facts(kind, name, account, action, arn, context):
    """A request as the oracle reads it."""
    who = {"kind": kind, "name": name, "account": account}
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
