"""Whether the policies on a call's way let it pass: that of the endpoint, and those of the role."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from iam.evaluate import Answer
from model.deployment import Node
from model.identities import Permission, Role
from model.network import Endpoint, Hole, Key
from proof.asking import Asking, Stopped
from proof.doubts import Doubt
from proof.passing import ANY, Calling, all_of, lets_pass
from rules.aws_owned import EKS_REGISTRY_ACCOUNTS, partition_of, suffixes_of
from rules.boundary import Boundary
from rules.documents import DocumentError, Statement, parse_document
from rules.features import MANAGED
from rules.table import POLICY_OF_CALL, ROLE_OF_CALL

_ANYBODY: Final = (("AWS", "*"),)
_BY_ECR: Final = ", for anybody, since ECR signs the URL with an account of its own"


class Policies:
    """The policies of a deployment, each read once."""

    def __init__(
        self, nodes: Mapping[str, Node], roles: Mapping[Key, Role], boundary: Boundary
    ) -> None:
        self._nodes = nodes
        self._roles = roles
        self._boundary = boundary
        self._read: dict[Key, tuple[Statement, ...] | Doubt] = {}
        self._given: dict[Key, tuple[Statement, ...] | None] = {}
        self._known: dict[tuple[object, ...], tuple[list[str], list[str]]] = {}

    def of_endpoint(self, asking: Asking, endpoint: Endpoint) -> Iterator[Stopped]:
        """What the endpoint's policy stops; without one everything passes."""
        if endpoint.policy is None:
            return
        if endpoint.key not in self._read:
            self._read[endpoint.key] = _statements(endpoint.policy)
        known = self._read[endpoint.key]
        if isinstance(known, Doubt):
            yield asking.doubted(endpoint.key, known)
            return
        denied, unsure = self._asked(asking, known, endpoint.key)
        if denied:
            of = _BY_ECR if asking.call.caller == "registry" else ""
            yield asking.stopped(
                POLICY_OF_CALL, endpoint.key, "has a policy that does not let these calls pass",
                f"Allow {_listed(denied)} in its policy{of}.", denied,
            )  # fmt: skip
        if unsure:
            why = f"whether the policy of endpoint {endpoint.name} lets {_listed(unsure)} pass"
            yield asking.doubted(endpoint.key, Doubt(why))

    def of_role(self, asking: Asking) -> Iterator[Stopped]:
        """What the role is not given, where all that it is given is known."""
        role = asking.role
        if not isinstance(role, str) or asking.call.caller not in ("machine", "pod"):
            return
        if role not in self._given:
            self._given[role] = self._grants(self._roles.get(role))
        known = self._given[role]
        if known is None:
            return
        denied, _ = self._asked(asking, known, role)
        if denied:
            yield asking.stopped(
                ROLE_OF_CALL, role, "is not given these calls",
                f"Allow {_listed(denied)} in a policy of the role.", denied,
            )  # fmt: skip

    def filled(self, template: str, asking: Asking, account: str, objects: str = "") -> str:
        """A template of a name or an ARN in the words of this call."""
        suffix, dual = suffixes_of(asking.region)
        return template.format(
            p=partition_of(asking.region), r=asking.region, s=suffix, d=dual, a=account,
            e=EKS_REGISTRY_ACCOUNTS.get(asking.region, ""), b=asking.use.bucket,
            o=objects,
        )  # fmt: skip

    def _asked(
        self, asking: Asking, statements: tuple[Statement, ...], key: Key
    ) -> tuple[list[str], list[str]]:
        """The actions that surely do not pass, and those of which nobody knows."""
        about = (asking.use.bucket, asking.use.objects)
        question = (key, asking.call, asking.role, about, asking.region)
        if question not in self._known:
            self._known[question] = self._answered(asking, statements)
        return self._known[question]

    def _answered(
        self, asking: Asking, statements: tuple[Statement, ...]
    ) -> tuple[list[str], list[str]]:
        denied: list[str] = []
        unsure: list[str] = []
        for action in asking.call.actions:
            answer = self._answer(asking, statements, action)
            if answer is not Answer.YES:
                (denied if answer is Answer.NO else unsure).append(action)
        return denied, unsure

    def _answer(self, asking: Asking, statements: tuple[Statement, ...], action: str) -> Answer:
        """Whether it passes for all that it is about, whichever own account is meant."""
        found: dict[tuple[str, str], list[Answer]] = {}
        for account in sorted(self._boundary.accounts):
            arn = self._arn(asking, account)
            own = self._boundary.organization_id
            who = Calling(asking.call.caller, account, arn, own, asking.region)
            for about in _about(asking):
                resource = self.filled(about[0], asking, account, about[1])
                owner = None if asking.call.bare else _owner(resource, account)
                answer = lets_pass(statements, action, resource, owner, who)
                found.setdefault(about, []).append(answer)
        answers = {all_of(listed) for listed in found.values()}
        if Answer.NO in answers:
            return Answer.NO
        return Answer.YES if answers == {Answer.YES} else Answer.MAYBE

    def _arn(self, asking: Asking, account: str) -> str | None:
        """The ARN of a role of this deployment, as far as it is known."""
        node = self._nodes.get(asking.role) if isinstance(asking.role, str) else None
        if node is None:
            return None
        known, name = node.outputs().get("arn"), node.resource.props.get("name")
        if isinstance(known, str):
            return known
        path = node.resource.props.get("path") or "/"
        if not isinstance(name, str) or not isinstance(path, str):
            return None
        return f"arn:{partition_of(asking.region)}:iam::{account}:role{path}{name}"

    def _grants(self, role: Role | None) -> tuple[Statement, ...] | None:
        """All that a role is given; None where a part of that is not known."""
        if role is None or not role.complete or role.boundary is not None:
            return None
        found: list[Statement] = []
        for permission in role.permissions:
            given = _granted(permission)
            if given is None:
                return None
            found += [replace(statement, principals=_ANYBODY) for statement in given]
        return tuple(found)


def _about(asking: Asking) -> Iterator[tuple[str, str]]:
    """The templates of what a call is about, each with the objects that are meant."""
    for template in asking.call.on:
        objects = asking.use.objects or (f"{asking.use.bucket}/{ANY}",)
        yield from ((template, one) for one in (objects if "{o}" in template else ("",)))


def _granted(permission: Permission) -> tuple[Statement, ...] | None:
    name = (permission.managed or "").rsplit("/", 1)[-1]
    if name in MANAGED:
        return (Statement(name, True, (), MANAGED[name], ("*",), (), ()),)
    read = _statements(permission.document)
    return None if isinstance(read, Doubt) else read


def _statements(document: object) -> tuple[Statement, ...] | Doubt:
    if isinstance(document, Hole):
        return Doubt(document.what, document)
    try:
        return parse_document(document)
    except DocumentError as fault:
        return Doubt(f"a policy that {fault}")


def _owner(resource: str, account: str) -> str:
    """Whose a resource is: its ARN says it, or it is the caller's own."""
    parts = resource.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4] else account


def _listed(actions: list[str], most: int = 3) -> str:
    more = f" and {len(actions) - most} more" if len(actions) > most else ""
    return ", ".join(actions[:most]) + more
