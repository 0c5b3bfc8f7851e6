"""Which requests exist, and which of them come from or lead to the outside, in plain values.

`iam.encode` says the same in z3; the tests hold one against the other.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from iam.exemptions import Exemption, exempted
from iam.keys import Party, Shape, Tie, carries_several, tie
from iam.patterns import covers, parse_pattern
from iam.requests import NO_RESOURCE, Outside, Owner, Principal, Request
from rules.aws_owned import (
    ARN_ACCOUNTS,
    ENCRYPTION_CONTEXTS,
    PARTITIONS,
    UNDIVIDED,
)
from rules.boundary import Boundary
from rules.identities import own_bucket_arn, parse_arn
from rules.moments import NOW, is_over
from rules.unknowns import ACCOUNT

# Calls that carry a token in place of credentials.
WEB_IDENTITY = "sts:assumerolewithwebidentity"
TOKEN_CALLS = (WEB_IDENTITY, "sts:assumerolewithsaml")
TOKEN_EXTRAS = ("sts:tagsession", "sts:setsourceidentity")


@dataclass(frozen=True)
class Tokens:
    """The tokens that a trust policy names by its conditions: audiences and subjects.

    folded: subjects that are service accounts of Kubernetes, in small letters, and compared without
    case. Their names know no other, so no other token has such a subject.
    """

    audiences: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()  # patterns
    folded: tuple[str, ...] = ()

    def name(self, audience: str, subject: str) -> bool:
        """Whether a token is one of them."""
        patterns = (parse_pattern(s, wildcards=True, variables=False) for s in self.subjects)
        named = subject.lower() in self.folded or any(covers(p, subject) for p in patterns)
        return audience in self.audiences and named


@dataclass(frozen=True)
class Question:
    """What is asked of a policy: what stands behind an endpoint, at a resource or at a role.

    service: the one whose actions the policy is about, as they are prefixed; None for any.
    arn: of the resource that carries the policy, where it is known. shown: the service a call of
    which shows best what a policy lets pass; others' calls count all the same.
    """

    subject: Literal["endpoint", "resource", "trust"]
    boundary: Boundary
    service: str | None = None
    region: str | None = None
    arn: str | None = None
    shown: str | None = None
    tokens: Tokens = Tokens()
    exempt: tuple[Exemption, ...] = ()


def own(owner: Owner | None, boundary: Boundary) -> bool:
    """Whether an account is inside: by itself, or as a member of the own organization."""
    if owner is None:
        return False
    member = boundary.organization_id is not None and owner.organization is not None
    return owner.account in boundary.accounts or (
        member and owner.organization == boundary.organization_id
    )


def outside(request: Request, question: Question) -> Outside | None:
    """What about a request is outside; None when nothing is."""
    if question.subject == "endpoint":
        return _beyond_endpoint(request, question)
    if request.principal.kind == "Federated":
        return _stranger(request, question)
    return _foreign(request.principal, question)


def _foreign(principal: Principal, question: Question) -> Outside | None:
    if principal.kind in ("Anonymous", "Federated"):
        return "anybody, without credentials"
    if own(principal.owner, question.boundary):
        return None
    if principal.kind == "Service":
        # A role is passed to a service by its own account only (iam:PassRole).
        return None if question.subject == "trust" else "a service acting for another account"
    return "a principal of another account"


def _stranger(request: Request, question: Question) -> Outside | None:
    """Whose token it is: an own provider's for a named audience and subject is inside."""
    provider = request.principal.name
    if not own_provider(provider, question.boundary):
        return "an identity provider outside the boundary"
    if not token_provider(provider):
        return None
    issuer = issuer_of(provider)
    (audience, *_), (subject, *_) = (
        request.context.get(f"{issuer}:{claim}", ("",)) for claim in ("aud", "sub")
    )
    if question.tokens.name(audience, subject):
        return None
    return "a token that the policy does not name"


def own_provider(provider: str, boundary: Boundary) -> bool:
    """Whether a provider of identities is set up in an own account."""
    arn = parse_arn(provider)
    return arn is not None and arn.account in boundary.accounts


def token_provider(provider: str) -> bool:
    """Whether it is of OpenID Connect, whose issuer may sign tokens for others as well."""
    arn = parse_arn(provider)
    return arn is not None and arn.resource.startswith("oidc-provider/")


def _beyond_endpoint(request: Request, question: Question) -> Outside | None:
    if request.principal.kind == "Service":
        return None  # AWS itself is nobody whose credentials are carried in
    exempt = [e for e in question.exempt if exempted(request, e)]
    foreign = not own_resource(request, question.boundary)
    token = request.action == WEB_IDENTITY and not foreign
    who = _foreign(request.principal, question)
    if who is not None and not token and not any(e.anybody for e in exempt):
        return who
    return "a resource of another account" if foreign and not exempt else None


def own_resource(request: Request, boundary: Boundary) -> bool:
    """Whether the resource is of an own account, or a bucket that somebody answers for."""
    return own(request.resource_owner, boundary) or own_bucket_arn(request.resource, boundary)


def shape_of(request: Request, question: Question) -> Shape:
    """What kind of request this is."""
    name = request.principal.name
    services = (s for s in ENCRYPTION_CONTEXTS if name.startswith(f"{s}."))
    kind = request.principal.kind
    return Shape(
        kind,
        question.subject == "endpoint",
        next(services, None) if kind == "Service" else None,
        issuer_of(name) if kind == "Federated" else None,
    )


def issuer_of(provider: str) -> str:
    """What the keys of a provider's tokens begin with."""
    arn = parse_arn(provider)
    return (arn.resource.removeprefix("oidc-provider/") if arn else provider).lower()


def possible(request: Request, question: Question, keys: Collection[str]) -> bool:
    """Whether AWS could ever see the request, by what is documented of its parts.

    keys: those that the policy asks for; of the others the request need not speak.
    """
    return (
        _principal_possible(request.principal)
        and _action_possible(request, question)
        and _resource_possible(request, question)
        and all(_context_possible(request, question, keys))
    )


def _principal_possible(principal: Principal) -> bool:
    if principal.kind != "AWS":
        return True
    arn, session = parse_arn(principal.name), parse_arn(principal.session or "")
    account = principal.owner.account if principal.owner else ""
    return (
        arn is not None
        and arn.partition in PARTITIONS
        and arn.service in ("iam", "sts")
        and (arn.region, arn.account) == ("", account)
        and ACCOUNT.fullmatch(account) is not None
        and (principal.session is None or (session is not None and session.account == account))
    )


def _action_possible(request: Request, question: Question) -> bool:
    service, _, name = request.action.partition(":")
    if (
        question.service not in (None, service)
        or not name
        or request.action.lower() != request.action
    ):
        return False
    if request.principal.kind == "Federated":
        return request.action in (*TOKEN_CALLS, *TOKEN_EXTRAS)
    return question.subject == "endpoint" or request.action not in TOKEN_CALLS


def _resource_possible(request: Request, question: Question) -> bool:
    arn = parse_arn(request.resource)
    if question.subject == "trust":
        return request.resource == NO_RESOURCE
    if question.arn is not None:
        return request.resource == question.arn or request.resource.startswith(f"{question.arn}/")
    if arn is None:
        return request.resource == NO_RESOURCE
    if arn.partition not in PARTITIONS or (arn.service in UNDIVIDED and ":" in arn.resource):
        return False
    if request.action.startswith("ecr:") and arn.service != "ecr":
        return False
    if question.subject == "resource":
        return True
    owner = request.resource_owner
    return arn.account in ("", *ARN_ACCOUNTS) or (
        owner is not None and arn.account == owner.account
    )


def _context_possible(
    request: Request, question: Question, keys: Collection[str]
) -> Iterator[bool]:
    shape, through = shape_of(request, question), request.through_endpoint
    yield through or not shape.through_endpoint
    for key in {*keys, *request.context}:
        found, values = tie(key, shape), request.context.get(key, ())
        yield _present(found, request, bool(values))
        yield len(values) < 2 or carries_several(key, found)
        yield all(_tied(v, found, request, question) for v in values)
        yield key not in NOW or not any(map(is_over, values))


def _present(found: Tie, request: Request, given: bool) -> bool:
    """Whether a key may be there, or may be left out."""
    through = request.through_endpoint
    if found.presence == "always":
        return given is _has(found, request)
    if found.presence == "endpoint":
        return given is through
    if found.presence == "maybe endpoint":
        return through or not given
    if found.presence == "no endpoint":
        return not (through and given)
    return found.presence == "maybe" or not given


def _has(found: Tie, request: Request) -> bool:
    """Whether there is such a fact: only members have an organization."""
    owner = _owner(found.party, request)
    member = owner is not None and owner.organization is not None
    return member or found.fact not in ("organization", "path")


def _owner(party: Party | None, request: Request) -> Owner | None:
    return request.resource_owner if party == "resource" else request.principal.owner


def _tied(value: str, found: Tie, request: Request, question: Question) -> bool:
    if found.values and value in found.values:
        return True
    if found.party is None:
        return not found.values
    if found.party == "endpoint":
        return _of_endpoint(value, found, question)
    owner = _owner(found.party, request)
    if found.fact == "name":
        return value == request.principal.name
    if owner is None:
        return False
    if found.fact == "arn":
        return _of_source(value, owner, question)
    if found.fact == "account":
        return value == owner.account
    if owner.organization is None:
        return False
    if found.fact == "path":
        return value.startswith(f"{owner.organization}/")
    return value == owner.organization


def _of_source(value: str, owner: Owner, question: Question) -> bool:
    """The ARN of what a service acts for: it names the account, or none, as a bucket's."""
    arn = parse_arn(value)
    if arn is None or arn.account not in ("", owner.account):
        return False
    if arn.service in UNDIVIDED and ":" in arn.resource:
        return False
    return own(owner, question.boundary) or not own_bucket_arn(value, question.boundary)


def _of_endpoint(value: str, found: Tie, question: Question) -> bool:
    """Whose endpoint it is: an own one's keys are own; of another nothing is known."""
    if question.subject != "endpoint" or not question.boundary.accounts:
        return True
    organization = question.boundary.organization_id
    if found.fact == "account":
        return organization is not None or value in question.boundary.accounts
    if organization is None:
        return True
    return value == organization or value.startswith(f"{organization}/")
