"""What EKS moves one way only, or by steps: an `up` that asks for else fails halfway, so it is
refused."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from automation.errors import RefusedError
from automation.results import Preview, ResourceChange
from automation.state import Resource, State
from plan.upgrades import misstep

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
