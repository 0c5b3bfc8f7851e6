"""What AWS does not move as it is asked: an `up` that would try fails halfway, so it is refused."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from automation.errors import RefusedError
from automation.results import Preview, ResourceChange
from automation.state import Resource, State
from plan.upgrades import misstep

_KINDS = {
    "aws:eks/nodeGroup:NodeGroup": "managed",
    "aws:autoscaling/group:Group": "selfManaged",
}
_CLUSTER = "aws:eks/cluster:Cluster"
_ACCESS = "accessConfig"
_FIELD = "authenticationMode"
_VERSION = "version"
_NO_WAY_BACK = "API"  # EKS goes from CONFIG_MAP to API_AND_CONFIG_MAP to API


def may_be_refused(preview: Preview) -> tuple[ResourceChange, ...]:
    """Clusters of which something changes in place that EKS moves one way only, or by steps. A
    replaced one begins anew."""
    return _changed(preview, _ACCESS, _FIELD) + _changed(preview, _VERSION)


def one_way_refusals(
    preview: Preview, state: State, version: Callable[[], str]
) -> Iterator[RefusedError]:
    """What `up` would say of a preview that asks for what EKS does not do. Nothing allows it.

    state: the record before the change. version: the Kubernetes version that is asked for, looked
    up where another one is.
    """
    if refusal := _turning_back(preview, state):
        yield refusal
    moved = _changed(preview, _VERSION)
    if moved and (refusal := _misstepping(moved, state, version())):
        yield refusal


def changed_kind_refusal(preview: Preview) -> RefusedError | None:
    """What `up` would say of node pools that change their kind and keep their name.

    Both kinds have one role, and EKS knows a role by one access entry. A managed node group takes
    the entry that is there; heiiki removes it as its own afterwards, and no node is let in any
    more. The other way round, the entry that EKS made is in the way of heiiki's.
    """
    kinds: dict[str, dict[str, str]] = {}
    for c in preview.changes:
        if c.type in _KINDS and c.operation in ("create", "delete"):
            kinds.setdefault(c.name, {})[c.operation] = _KINDS[c.type]
    turned = {name: kind for name, kind in kinds.items() if len(set(kind.values())) == 2}
    if not turned:
        return None
    return RefusedError(
        "a node pool would change its kind under its name, which cuts its nodes off",
        details=[
            f"{name} is {kind['delete']} and would be {kind['create']}: both are let in by the one "
            "access entry of their role, which goes with the former"
            for name, kind in sorted(turned.items())
        ],
        advice="Nothing was changed. Write nodePools.<name>.kind back, add a pool of the other "
        "kind under another name (with another role, where the role is supplied), run heiiki up, "
        "and remove this pool afterwards.",
    )


def _changed(preview: Preview, name: str, part: str | None = None) -> tuple[ResourceChange, ...]:
    """Clusters whose property differs in place. A provider may name a block alone."""
    paths = (name,) if part is None else (name, f"{name}.{part}")
    return tuple(
        c
        for c in preview.changes
        if c.type == _CLUSTER
        and c.operation == "update"
        and any(p.path in paths for p in c.properties)
    )


def _turning_back(preview: Preview, state: State) -> RefusedError | None:
    left = {r.urn for r in state.of_type(_CLUSTER) if _mode(r) == _NO_WAY_BACK}
    stuck = [c for c in _changed(preview, _ACCESS, _FIELD) if c.urn in left]
    if not stuck:
        return None
    return RefusedError(
        "EKS would refuse to change how the cluster authenticates",
        details=[
            f"{c.name} (Cluster) has access.authenticationMode: {_NO_WAY_BACK}, which EKS never "
            "changes: a cluster that does not read aws-auth cannot be made to read it later"
            for c in stuck
        ],
        advice=f"Nothing was changed. Write access.authenticationMode: {_NO_WAY_BACK} again, and "
        "name the roles and users of aws-auth under access.principals, where access entries give "
        "them user name and groups. Only a new cluster can begin with API_AND_CONFIG_MAP.",
    )


def _misstepping(
    moved: tuple[ResourceChange, ...], state: State, asked: str
) -> RefusedError | None:
    """Lock files are compared with lock files; here what is asked meets what is up."""
    up = {r.urn: str(v) for r in state.of_type(_CLUSTER) if (v := _told(r, _VERSION))}
    wrong = [(c, why) for c in moved if c.urn in up and (why := misstep(up[c.urn], asked))]
    if not wrong:
        return None
    return RefusedError(
        "EKS would refuse the Kubernetes version",
        details=[f"{c.name} (Cluster) {why}" for c, why in wrong],
        advice="Nothing was changed. A lock file behind what is up goes on with heiiki lock "
        "--upgrade; of one that is ahead, take the last one that was up from your repository, and "
        "controlPlane.version with it where that is set. Then heiiki lock --upgrade and heiiki "
        "up, minor by minor.",
    )


def _told(resource: Resource, name: str) -> Any:
    """As AWS told it last, else as it was asked for."""
    return resource.outputs.get(name) or resource.inputs.get(name)


def _mode(resource: Resource) -> object:
    blocks = (properties.get(_ACCESS) for properties in (resource.outputs, resource.inputs))
    modes = (b.get(_FIELD) for b in blocks if isinstance(b, Mapping))
    return next((mode for mode in modes if mode), None)
