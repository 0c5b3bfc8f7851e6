"""Policies as findings: for each document whether it lets somebody or something outside pass."""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from iam.perimeter import endpoint_reaches_outside, resource_admits_outside, trust_admits_outside
from iam.requests import Closed, Open, Principal, Request
from model.build import Model
from model.build_endpoints import POLICY
from model.deployment import Deployment, Node
from model.identities import RESOURCE_POLICIES, ROLE
from model.network import Hole
from proof.findings import Finding, answered_by
from proof.remembering import Ask, Decisions
from rules.boundary import Boundary, RuleException
from rules.documents import DocumentError, parse_document
from rules.endpoints import service_named
from rules.exceptions import exceptions_of
from rules.table import BY_ID, OPEN_POLICY, UNDECIDED_POLICY
from rules.unknowns import UNKNOWN, at, is_set

# What each kind of document is about, by the type that it is written in.
_KINDS = {
    "Bucket": "bucket",
    "BucketV2": "bucket",
    "BucketPolicy": "bucket",
    "Key": "key",
    "ReplicaKey": "key",
    "ExternalKey": "key",
    "KeyPolicy": "key",
    "Repository": "repository",
    "RepositoryPolicy": "repository",
    "RepositoryCreationTemplate": "repository",
    "RegistryPolicy": "registry",
    "Queue": "queue",
    "QueuePolicy": "queue",
    "Topic": "topic",
    "TopicPolicy": "topic",
    "Secret": "secret",
    "SecretPolicy": "secret",
    "FileSystem": "file system",
    "FileSystemPolicy": "file system",
    "LogResourcePolicy": "log",
    "LogDestinationPolicy": "log",
    "EventBusPolicy": "event bus",
    "VaultPolicy": "vault",
    "AuthPolicy": "service of VPC Lattice",
    "ResourcePolicy": "service of VPC Lattice",
    "AccessPoint": "bucket",
    "AccessPointPolicy": "bucket",
    "AccessGrantsInstanceResourcePolicy": "bucket",
    "Domain": "search domain",
    "DomainPolicy": "search domain",
}
# Nouns that several services use.
_KINDS_OF_TYPES = {
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "table",
    "aws:lambda/resourcePolicy:ResourcePolicy": "function",
}


class Rules(NamedTuple):
    """The rules that look for the same openings in one document: who answers for a breach of one
    answers for what is found here. special: of one kind of opening; others: of all else.
    unread: of what cannot be read."""

    others: str
    special: tuple[str, str]
    unread: str


ENDPOINT = Rules("CN-085", ("a resource of another account", "CN-086"), "CN-083")
TRUST = Rules("CN-130", ("a token that the policy does not name", "CN-161"), "CN-130")
DOCUMENT = Rules("CN-131", ("a service acting for another account", "CN-160"), "CN-131")
# A document that one of them refuses is refused: the same need not be said twice.
SAME_FAULT = frozenset(
    {
        "CN-084",
        *(id_ for r in (ENDPOINT, TRUST, DOCUMENT) for id_ in (r.others, r.special[1], r.unread)),
    }
)


def policies_found(
    deployment: Deployment, model: Model, boundary: Boundary, decisions: Decisions
) -> Iterator[list[Finding]]:
    """For each policy document what it lets in or out; one list each, most of them empty.

    decisions: by this boundary, of other deployments."""
    yield from _endpoints(deployment, model, boundary, decisions)
    for node in deployment.of_type(ROLE):
        document = node.resource.props.get("assumeRolePolicy")
        ask = decisions.asking(partial(trust_admits_outside, boundary=boundary), "trust")
        yield list(_decided(ask, document, [node], TRUST, boundary))
    for type_, (path, _, _) in RESOURCE_POLICIES.items():
        for node in deployment.of_type(type_):
            document = at(node.resource.props, path)
            if is_set(document):  # without one AWS's own holds: the own account
                kind = _KINDS_OF_TYPES.get(type_) or _KINDS[node.resource.noun]
                admits = partial(resource_admits_outside, boundary=boundary, kind=kind)
                ask = decisions.asking(admits, "resource", kind)
                yield list(_decided(ask, document, [node], DOCUMENT, boundary))


def _endpoints(
    deployment: Deployment, model: Model, boundary: Boundary, decisions: Decisions
) -> Iterator[list[Finding]]:
    apart = list(deployment.of_type(POLICY))
    for endpoint in model.network.endpoints.values():
        if endpoint.policy is not None:  # without one: CN-083
            node = deployment.nodes[endpoint.key]
            document = UNKNOWN if isinstance(endpoint.policy, Hole) else endpoint.policy
            service = service_named(endpoint.service)
            name, region = (service.name, service.region) if service else (None, None)
            reaches = partial(
                endpoint_reaches_outside, boundary=boundary, service=name, region=region
            )
            ask = decisions.asking(reaches, "endpoint", name, region)
            yield list(_decided(ask, document, [node, *apart], ENDPOINT, boundary))


def _decided(
    ask: Ask, document: Any, nodes: list[Node], rules: Rules, boundary: Boundary
) -> Iterator[Finding]:
    """nodes: the resource that carries the policy, and others that it may be written in."""
    decision = ask(document)
    if isinstance(decision, Closed):
        return
    resource, opened = nodes[0].resource, isinstance(decision, Open)
    rule = OPEN_POLICY if opened else UNDECIDED_POLICY
    witness, same, of = "", rules.unread, partial(_closed_but, ask, document)
    if isinstance(decision, Open):
        same = rules.special[1] if decision.outside == rules.special[0] else rules.others
        what = f"lets {decision.outside} pass, by {decision.statement}"
        witness = _request(decision.request)
    else:
        why = "; ".join(decision.reasons)
        what = f"has a policy of which nobody can say whom it lets pass: {why}"
    yield Finding(
        "perimeter", rule.id, resource.name, resource.type, what, witness, rule.remedy,
        decided=opened, answered=answered_by(_exception((rule.id, same), nodes, boundary, of)),
        urn=resource.urn,
    )  # fmt: skip


def _exception(
    rules: Iterable[str], nodes: list[Node], boundary: Boundary, closed: Callable[[set[str]], bool]
) -> RuleException | None:
    """The exception of the document's own resource that covers the opening.

    Those of parts do where nothing else is open: one request alone is shown of what may be many.
    closed: whether the document is, without the statements that are named.
    """
    found = [e for id_ in rules for e in exceptions_of(BY_ID[id_], nodes[0].resource, boundary)]
    whole = next((exception for exception in found if not exception.only), None)
    if whole is not None or not found:
        return whole
    return found[0] if closed({part for exception in found for part in exception.only}) else None


def _closed_but(ask: Ask, document: Any, named: set[str]) -> bool:
    try:
        labels = [statement.label for statement in parse_document(document)]
    except DocumentError:
        return False
    held = json.loads(document) if isinstance(document, str) else document
    listed = held["Statement"] if isinstance(held["Statement"], list) else [held["Statement"]]
    rest = [item for label, item in zip(labels, listed, strict=True) if label not in named]
    denied = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    return isinstance(ask({**held, "Statement": rest or [denied]}), Closed)


def _request(request: Request) -> str:
    """A request in one line."""
    held = ", ".join(f"{key} {' '.join(values)}" for key, values in sorted(request.context.items()))
    by = "" if not held else f" with {held}"
    return f"{_who(request.principal)} calls {request.action} on {request.resource}{by}"


def _who(principal: Principal) -> str:
    acting = f" for account {principal.owner.account}" if principal.owner else ""
    return f"{principal.name or principal.kind}{acting}"
