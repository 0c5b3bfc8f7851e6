"""PKI plans that tests start from."""

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Any

from pydantic import TypeAdapter

from plan.pki.table import ClusterNames, PkiPlan, default_internal_domain, plan_pki
from spec.pki import PkiSpec

ADAPTER: TypeAdapter[Any] = TypeAdapter(PkiSpec)
MEMBERS = ("1a", "1c", "1c-2")


def pki_spec(**asked: Any) -> Any:
    """kind is generate unless told otherwise; keys as the stack file writes them."""
    return ADAPTER.validate_python(asked)


def names(
    cluster: str = "own", members: Sequence[str] = MEMBERS, cidr: str = "10.3.0.0/16", **more: Any
) -> ClusterNames:
    domain = more.pop("internal_domain", default_internal_domain(cluster))
    return ClusterNames(cluster, tuple(members), IPv4Network(cidr), domain, **more)


def pki_plan(of: ClusterNames | None = None, **asked: Any) -> PkiPlan:
    return plan_pki(pki_spec(**asked), of or names())
