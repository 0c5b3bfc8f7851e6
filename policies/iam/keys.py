"""What the keys of a request's context are tied to: the facts about the request they repeat.

A key that is not here is free: the caller may send it with any value, or leave it out.
Source: IAM User Guide, AWS global condition context keys (docs.aws.amazon.com/IAM/latest/
UserGuide/reference_policies_condition-keys.html), and of KMS, S3 and EC2 the Service Authorization
Reference (read 2026-11-28).
"""

import re
from dataclasses import dataclass
from typing import Literal

from iam.requests import Kind
from rules.aws_owned import ENCRYPTION_CONTEXTS

Presence = Literal["always", "maybe", "never", "endpoint", "maybe endpoint", "no endpoint"]
Fact = Literal["account", "organization", "path", "arn", "name"]
Party = Literal["principal", "source", "resource", "endpoint"]

_MULTIVALUED = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
        "aws:vpceorgpaths",
        "dynamodb:attributes",
        "dynamodb:leadingkeys",
        "kms:encryptioncontextkeys",
        "kms:grantoperations",
    }
)


def multivalued(key: str) -> bool:
    """Whether a request may carry several values of the key; an operator without a set operator
    then has no documented meaning."""
    return key in _MULTIVALUED


def several(key: str) -> bool:
    """Whether a request could carry several: of the keys of services not all are listed here."""
    return multivalued(key) or not key.startswith("aws:")


@dataclass(frozen=True)
class Tie:
    """When a key is present, and what its value is: a fact of a party, or one of `values`.

    With neither it is free. An organization's keys are there only for members.
    """

    presence: Presence = "maybe"
    party: Party | None = None
    fact: Fact | None = None
    values: tuple[str, ...] = ()


def carries_several(key: str, found: Tie) -> bool:
    """Whether a request may carry several values of a key that is tied so: what repeats one fact of
    the request, such as a claim of its token, is there once."""
    return multivalued(key) or (found == Tie() and several(key))


@dataclass(frozen=True)
class Shape:
    """What kind of request is asked about. service: the name that the principal's begins with,
    of a service whose encryption context names for whom it acts. issuer: of a token."""

    kind: Kind
    through_endpoint: bool = False  # through an endpoint of the boundary's own
    service: str | None = None
    issuer: str | None = None


_FREE = Tie()
_NEVER = Tie("never")
_BOTH = ("true", "false")

_ENDPOINT: dict[str, Tie] = {
    "aws:sourcevpce": Tie("endpoint"),
    "aws:sourcevpc": Tie("endpoint"),
    "aws:vpcsourceip": Tie("endpoint"),
    "aws:sourcevpcarn": Tie("maybe endpoint"),
    "aws:vpceaccount": Tie("maybe endpoint", "endpoint", "account"),
    "aws:vpceorgid": Tie("maybe endpoint", "endpoint", "organization"),
    "aws:vpceorgpaths": Tie("maybe endpoint", "endpoint", "path"),
    "aws:sourceip": Tie("no endpoint"),
}
_RESOURCE: dict[str, Tie] = {
    "aws:resourceaccount": Tie("maybe", "resource", "account"),
    "s3:resourceaccount": Tie("maybe", "resource", "account"),
    "aws:resourceorgid": Tie("maybe", "resource", "organization"),
    "aws:resourceorgpaths": Tie("maybe", "resource", "path"),
    # An alias in place of an account stands for AWS and for sellers.
    "ec2:owner": Tie("maybe", "resource", "account", ("amazon", "aws-marketplace", "self")),
}
_ALWAYS: dict[str, Tie] = {
    "aws:securetransport": Tie("always", values=_BOTH),
    "aws:currenttime": Tie("always"),
    "aws:epochtime": Tie("always"),
    "aws:requestedregion": Tie("always"),
}
# Through a mount target come packets, which are the network's to let pass, as where a file system
# has no policy. Calls and clients from outside do not (EFS User Guide, condition keys for clients).
_FILE_SYSTEM: dict[str, Tie] = {
    "elasticfilesystem:accessedviamounttarget": Tie("maybe", values=("false",)),
}
_OF_SOURCE: dict[str, Tie] = {
    "aws:sourceaccount": Tie("maybe", "source", "account"),
    "aws:sourcearn": Tie("maybe", "source", "arn"),
    "aws:sourceorgid": Tie("maybe", "source", "organization"),
    "aws:sourceorgpaths": Tie("maybe", "source", "path"),
}
_OF_KIND: dict[Kind, dict[str, Tie]] = {
    "AWS": {
        "aws:principalaccount": Tie("always", "principal", "account"),
        "aws:principalarn": Tie("always", "principal", "name"),
        "aws:principalorgid": Tie("always", "principal", "organization"),
        "aws:principalorgpaths": Tie("always", "principal", "path"),
        "aws:principalisawsservice": Tie("always", values=("false",)),
        "aws:principaltype": Tie(
            "always", values=("AssumedRole", "User", "Account", "FederatedUser")
        ),
        "kms:calleraccount": Tie("maybe", "principal", "account"),
        "aws:sourceowner": Tie("maybe", "principal", "account"),  # of SNS (rules/bounds.py)
        "aws:viaawsservice": Tie("always", values=_BOTH),
        "aws:principalservicename": _NEVER,
        "aws:principalservicenameslist": _NEVER,
        **dict.fromkeys(_OF_SOURCE, _NEVER),
    },
    "Service": {
        "aws:principalisawsservice": Tie("always", values=("true",)),
        "aws:principalservicename": Tie("always", "principal", "name"),
        "aws:viaawsservice": Tie("always", values=("false",)),
        "kms:calleraccount": Tie("maybe", "source", "account"),
        "aws:sourceowner": Tie("maybe", "source", "account"),
        # The accounts of AWS itself are nobody's.
        "aws:principalaccount": _NEVER,
        "aws:principalarn": _NEVER,
        "aws:principalorgid": _NEVER,
        "aws:principalorgpaths": _NEVER,
        "aws:username": _NEVER,
        **_OF_SOURCE,
    },
    "Federated": {
        "aws:principalaccount": Tie("maybe", values=("anonymous",)),
        "aws:principalarn": _NEVER,
        "aws:principalorgid": _NEVER,
        "aws:principalorgpaths": _NEVER,
        "aws:principalisawsservice": _NEVER,
        "aws:principalservicename": _NEVER,
        "aws:principalservicenameslist": _NEVER,
        "aws:sourceowner": _NEVER,
        "aws:username": _NEVER,
        "aws:viaawsservice": Tie("always", values=("false",)),
        **dict.fromkeys(_OF_SOURCE, _NEVER),
    },
    "Anonymous": {
        "aws:principalaccount": Tie("always", values=("anonymous",)),
        "aws:principaltype": Tie("always", values=("Anonymous",)),
        "aws:userid": Tie("always", values=("anonymous",)),
        "aws:principalarn": _NEVER,
        "aws:principalorgid": _NEVER,
        "aws:principalorgpaths": _NEVER,
        "aws:principalisawsservice": _NEVER,
        "aws:principalservicename": _NEVER,
        "aws:principalservicenameslist": _NEVER,
        "aws:username": _NEVER,
        "kms:calleraccount": _NEVER,
        "aws:sourceowner": _NEVER,
        "aws:viaawsservice": Tie("always", values=("false",)),
        **dict.fromkeys(_OF_SOURCE, _NEVER),
    },
}
_CLAIM = re.compile(
    r"([a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[a-z0-9._/-]+)?):(aud|sub|amr|oaud|azp|email|iss)"
)


def tie(key: str, shape: Shape) -> Tie:
    """What a lower-case key is tied to in requests of a shape."""
    for table in (_OF_KIND[shape.kind], _ENDPOINT, _RESOURCE, _ALWAYS, _FILE_SYSTEM):
        if key in table:
            return table[key]
    if key.startswith("aws:principaltag/") and shape.kind in ("Anonymous", "Service"):
        return _NEVER
    if key == ENCRYPTION_CONTEXTS.get(shape.service or ""):
        return Tie("maybe", "source", "arn")
    claim = _CLAIM.fullmatch(key)
    if claim is not None:
        if shape.kind == "AWS":
            return _FREE  # a session that was made with a token keeps its claims
        if claim[1] != shape.issuer:
            return _NEVER
        return Tie("always" if claim[2] in ("aud", "sub") else "maybe")
    return _FREE
