"""What AWS moves one way only: an `up` that would move it back fails halfway, so it is refused."""

from collections.abc import Iterable, Mapping
from typing import Any

from automation.errors import RefusedError
from automation.results import Preview, ResourceChange
from automation.state import State

_CLUSTER = "aws:eks/cluster:Cluster"
_ACCESS = "accessConfig"
_FIELD = "authenticationMode"
_NO_WAY_BACK = "API"  # EKS goes from CONFIG_MAP to API_AND_CONFIG_MAP to API


def may_turn_back(preview: Preview) -> tuple[ResourceChange, ...]:
    """Clusters whose authentication mode changes in place. A replaced one begins anew."""
    return tuple(
        c
        for c in preview.changes
        if c.type == _CLUSTER
        and c.operation == "update"
        # A provider may name the block alone.
        and any(p.path in (_ACCESS, f"{_ACCESS}.{_FIELD}") for p in c.properties)
    )


def turning_back_refusal(preview: Preview, state: State) -> RefusedError | None:
    """What `up` would say of a preview that asks for an authentication mode EKS has left.

    state: the record before the change. Nothing allows this, since EKS does not.
    """
    left = {r.urn for r in state.of_type(_CLUSTER) if _mode((r.outputs, r.inputs)) == _NO_WAY_BACK}
    stuck = [c for c in may_turn_back(preview) if c.urn in left]
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


def _mode(recorded: Iterable[Mapping[str, Any]]) -> object:
    """As AWS told it last, else as it was asked for."""
    blocks = (properties.get(_ACCESS) for properties in recorded)
    modes = (b.get(_FIELD) for b in blocks if isinstance(b, Mapping))
    return next((mode for mode in modes if mode), None)
