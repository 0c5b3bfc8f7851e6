"""What the grants of a role show: features that call by it, and the objects that it is about."""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from model.identities import Permission, Role
from model.network import Hole
from rules.documents import DocumentError, Statement, parse_document
from rules.features import (
    API_GRANTS,
    GRANTS,
    MACHINE_GRANTS,
    MANAGED,
    NODE_POLICIES,
    OBJECT_GRANTS,
)

_OBJECTS: Final = re.compile(r"arn:[a-z-]+:s3:::([a-z0-9][a-z0-9.-]+)(/.+)?")
_ANY_NAME: Final = re.compile(r"\$\{[^}]*\}|[*?]+")
_VIA: Final = "kms:viaservice"  # a service calls then, and no machine


class Granted(NamedTuple):
    """A feature that a grant shows. shown_by: the permission's name. objects: of the bucket that
    the grant is about, with ~ for what it leaves open."""

    feature: str
    shown_by: str
    bucket: str = ""
    objects: tuple[str, ...] = ()


def granted(role: Role | None, *, member: bool = False, api: bool = False) -> Iterator[Granted]:
    """Features by what a role is given. member: it is held by machines that are no nodes, so what
    they attach is no volume or address of pods. api: by machines on which API servers run."""
    wanted = GRANTS | (MACHINE_GRANTS if member else {})
    for permission in role.permissions if role is not None else ():
        shown = {a.lower() for a in MANAGED.get(managed_name(permission), ())} & GRANTS.keys()
        yield from (Granted(GRANTS[action], permission.name) for action in sorted(shown))
        for statement in _allowing(permission):
            actions = {str(a).lower() for a in statement.actions}
            for action in sorted(actions & wanted.keys()):
                yield from _shown(action, wanted[action], permission.name, statement)
            if api and not any(c.key.lower() == _VIA for c in statement.conditions):
                for action in sorted(actions & API_GRANTS.keys()):
                    yield Granted(API_GRANTS[action], permission.name)


def for_nodes(role: Role) -> bool:
    """Whether it is given what AWS gives to nodes of EKS."""
    return any(managed_name(permission) in NODE_POLICIES for permission in role.permissions)


def managed_name(permission: Permission) -> str:
    """The name of the AWS managed policy that it is, if it is one."""
    arn = permission.managed or ""
    return arn.rsplit("/", 1)[-1] if ":iam::aws:policy/" in arn else ""


def _allowing(permission: Permission) -> Iterator[Statement]:
    """Its statements that allow by name, as far as they can be read."""
    if isinstance(permission.document, Hole) or permission.document is None:
        return
    try:
        statements = parse_document(permission.document)
    except DocumentError:
        return
    yield from (s for s in statements if s.allows and not s.negated)


def _shown(action: str, feature: str, name: str, statement: Statement) -> Iterator[Granted]:
    """The feature; one about objects once for each bucket that is named."""
    if action not in OBJECT_GRANTS:
        yield Granted(feature, name)
        return
    buckets: dict[str, list[str]] = {}
    for resource in statement.resources:
        found = _named(resource)
        if found is not None and bool(found[1]) is OBJECT_GRANTS[action]:
            buckets.setdefault(found[0], []).append("".join(found))
    for bucket, objects in buckets.items():
        yield Granted(feature, name, bucket, tuple(objects))


def _named(resource: Any) -> tuple[str, str] | None:
    """The bucket and what follows it; a statement for any bucket shows no use of one."""
    found = _OBJECTS.fullmatch(resource) if isinstance(resource, str) else None
    if found is None:
        return None
    return found[1], _ANY_NAME.sub("~", found[2] or "")
