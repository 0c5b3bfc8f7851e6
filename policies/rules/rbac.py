"""Who may change what the API server asks: webhooks and aggregated APIs, by roles and bindings.

A role alone gives nobody anything, so it is the binding that is told. `cluster-admin` is a door by
its name: people who are bound to it are the cluster's administrators, and a program is not.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from model.deployment import Node
from rules.kubernetes_objects import of_kind
from rules.model import Resource
from rules.shell_words import words_of
from rules.unknowns import UNKNOWN, at, each, is_set, listed

GROUP: Final = "rbac.authorization.k8s.io"
ADMINISTRATOR: Final = "cluster-admin"
# What the API server sends requests to, or asks about them, by API group.
ASKED: Final = {
    "mutatingwebhookconfigurations": "admissionregistration.k8s.io",
    "validatingwebhookconfigurations": "admissionregistration.k8s.io",
    "apiservices": "apiregistration.k8s.io",
    "customresourcedefinitions": "apiextensions.k8s.io",  # conversion.webhook
}
_CHANGES: Final = words_of("create update patch *")
# The control plane's own users, and its administrators. The other names that Kubernetes keeps for
# itself stand for whoever comes along, for nodes, or for what runs on them.
_OWN: Final = {
    "User": words_of(
        "system:apiserver system:kube-controller-manager system:kube-scheduler "
        "system:cloud-controller-manager"
    ),
    "Group": words_of("system:masters"),
}
# Roles that Kubernetes makes for its controllers, each for the account of its name in kube-system.
# Some may change every object there is (generic-garbage-collector).
_CONTROLLERS: Final = "system:controller:"
# Roles of Kubernetes into which others are folded by this label (User-facing roles).
_FOLDED: Final = "rbac.authorization.k8s.io/aggregate-to-"
_INTO: Final = ("admin", "edit", "view")


class _Role(NamedTuple):
    """A ClusterRole, and where it stands."""

    resource: Resource
    where: str
    body: Any


def changing(nodes: Mapping[str, Node]) -> Iterator[tuple[Resource, str]]:
    """Bindings that let somebody make or change webhooks or aggregated APIs."""
    objects = [node for node in nodes.values() if node.resource.type.startswith("kubernetes:")]
    roles = [
        _Role(node.resource, where, body)
        for node in objects
        for where, body in of_kind(node.resource, "ClusterRole", GROUP)
    ]
    gives = [(role, _given(role, roles)) for role in roles]
    for role, given in gives:
        into = [name for name in _INTO if _labelled(role.body, f"{_FOLDED}{name}")]
        if given and into:
            what = f"is folded into {' and '.join(into)}, and lets its holders create or change"
            yield role.resource, f"{role.where}{what} {', '.join(given)}"
    for node in objects:
        for where, binding in of_kind(node.resource, "ClusterRoleBinding", GROUP):
            for what in _bound(binding, node.sources.get("roleRef", frozenset()), gives):
                yield node.resource, f"{where}{what}"


def _bound(
    binding: Any, sources: frozenset[str], gives: list[tuple[_Role, list[str]]]
) -> Iterator[str]:
    """Whom a binding lets change what. sources: what the role's name comes from."""
    name, role = at(binding, "roleRef", "name"), "a role"
    administers = name == ADMINISTRATOR
    controls = isinstance(name, str) and name.startswith(_CONTROLLERS)
    if name is UNKNOWN and (meant := [g for r, g in gives if r.resource.urn in sources]):
        given = sorted({what for listed in meant for what in listed})
    elif administers or name is UNKNOWN:
        given, role = sorted(ASKED), ADMINISTRATOR if administers else "a role unknown in preview"
    elif controls:
        given, role = sorted(ASKED), "a role of Kubernetes' own controllers"
    else:
        named = (g for r, g in gives if at(r.body, "metadata", "name") == name)
        given = sorted({what for listed in named for what in listed})
    subjects = at(binding, "subjects")
    for index, subject in [("", UNKNOWN)] if subjects is UNKNOWN else each(subjects):
        own = _is_own(subject) or (administers and _is_person(subject))
        if given and not own and not (controls and _is_its_controller(subject, name)):
            whom = f"subjects{index} binds {_called(subject)} to {role}"
            lets = "may let" if controls else "lets"
            yield f"{whom}, which {lets} it create or change {', '.join(given)}"


def _given(role: _Role, roles: list[_Role]) -> list[str]:
    """What a role lets its holders make or change, by its own rules and those folded into it."""
    folded = [other for other in roles if other is not role and _folds(role.body, other.body)]
    rules = [rule for one in (role, *folded) for _, rule in _rules(one.body)]
    return [
        what for what, group in sorted(ASKED.items()) if any(_lets(r, what, group) for r in rules)
    ]


def _rules(body: Any) -> list[tuple[str, Any]]:
    rules = UNKNOWN if body is UNKNOWN else at(body, "rules")
    return [("", UNKNOWN)] if rules is UNKNOWN else list(each(rules))


def _lets(rule: Any, resource: str, group: str) -> bool:
    """Whether a rule lets its holders make or change such objects, whatever they are called.

    By name nothing can be created, and what is changed has been looked at here.
    """

    def names(key: str, wanted: frozenset[str]) -> bool:
        given = UNKNOWN if rule is UNKNOWN else at(rule, key)
        listed = [UNKNOWN] if given is UNKNOWN else [value for _, value in each(given)]
        return any(value is UNKNOWN or str(value).lower() in wanted for value in listed)

    named = [] if rule is UNKNOWN else [name for _, name in each(at(rule, "resourceNames"))]
    return (
        names("apiGroups", frozenset((group, "*")))
        and names("resources", frozenset((resource, "*")))
        and names("verbs", _CHANGES)
        and (not named or UNKNOWN in named)
    )


def _folds(role: Any, other: Any) -> bool:
    """Whether a role takes up another one's rules, by its labels."""
    for _, selector in each(at(role, "aggregationRule", "clusterRoleSelectors")):
        wanted = at(selector, "matchLabels")
        if not isinstance(wanted, dict) or is_set(at(selector, "matchExpressions")):
            return True  # any role, as far as is known
        if all(at(other, "metadata", "labels", key) in (v, UNKNOWN) for key, v in wanted.items()):
            return True
    return False


def _labelled(role: Any, label: str) -> bool:
    return at(role, "metadata", "labels", label) in ("true", UNKNOWN)


def _is_own(subject: Any) -> bool:
    """Whether a subject is of Kubernetes itself."""
    name, kind = at(subject, "name"), at(subject, "kind")
    return isinstance(kind, str) and listed(name, _OWN.get(kind, frozenset()))


def _is_its_controller(subject: Any, role: str) -> bool:
    """Whether a subject is the account that Kubernetes has made a controller's role for."""
    said = [at(subject, key) for key in ("kind", "namespace", "name")]
    return said == ["ServiceAccount", "kube-system", role.removeprefix(_CONTROLLERS)]


def _is_person(subject: Any) -> bool:
    """A user or a group that somebody has named, and no program."""
    name = at(subject, "name")
    named = isinstance(name, str) and not name.startswith("system:")
    return named and at(subject, "kind") in ("User", "Group")


def _called(subject: Any) -> str:
    kind = at(subject, "kind")
    known = kind if kind in ("User", "Group", "ServiceAccount") else "a subject"
    name = at(subject, "name")
    shown = name if isinstance(name, str) and set(name).isdisjoint("\"'\n \\") else "unknown"
    return f"{known} {shown}"
