"""A proposal for heiiki.<stack>.policy.json: what a stack makes and uses, for people to sign.

Pure: from the stack file and the lock file. Owner and reason are left empty, and the policy pack
refuses an empty one, so nothing that is proposed here counts before somebody has signed it.
"""

import re
from collections.abc import Iterator
from typing import Any

from automation.boundary_hosts import hosts, registries
from automation.stack_files import StackFiles
from automation.texts import texts
from plan.cluster import ClusterPlan
from plan.connections import Connection
from plan.routes import Via
from plan.self_hosted.cluster import SelfHosted
from plan.self_hosted.needs import private_domains
from spec.connections import BastionVpcConnection, VpcPeeringConnection

Entry = dict[str, Any]
# What the stack file names by id and others have made.
_SUPPLIED = re.compile(r"(?:[a-z]+-)+[0-9a-f]{8,}")
_NOT_PROPOSED = ("ami-", "snap-", "vpce-")
_UNSIGNED = {"owner": "", "reason": ""}


def proposed(plan: ClusterPlan, files: StackFiles) -> dict[str, Any]:
    """The whole document, as the policy pack takes it."""
    boundary: dict[str, Any] = {"accounts": [plan.account_id]}
    if plan.spec.boundary.organization_id:
        boundary["organizationId"] = plan.spec.boundary.organization_id
    boundary["regions"] = [plan.spec.region]
    boundary["services"] = sorted(plan.endpoints)
    cidrs = _cidrs(plan)
    if cidrs:
        boundary["cidrs"] = cidrs
    domains = list(_domains(plan))
    names = [name for entry in domains for name in entry["names"]]
    boundary["registries"] = registries(plan, names)
    if own := hosts(plan, names):
        boundary["hosts"] = own
    connections, supplied = list(_connections(plan)), list(_supplied(plan, files))
    if connections:
        boundary["connections"] = connections
    if supplied:
        boundary["supplied"] = supplied
    if domains:
        boundary["domains"] = domains
    return {"boundary": boundary}


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """What people wrote, unchanged, and behind it what is missing there.

    Keys that narrow (regions, services, cidrs) are proposed in a new file only: whoever left them
    out of an old one may have meant it. So is the own account's registry, which `accounts` covers.
    """
    was, wanted = old.get("boundary", {}), new["boundary"]
    boundary = dict(was)
    for key in ("accounts", "organizationId"):
        if key in wanted:
            boundary.setdefault(key, wanted[key])
    for key, known in (("registries", wanted.get("registries", [])[:1]), ("hosts", [])):
        have = [*known, *was.get(key, [])]
        missing = [name for name in wanted.get(key, []) if not any(_covers(h, name) for h in have)]
        if missing:
            boundary[key] = [*was.get(key, []), *missing]
    named = [c.get("name", "") for c in was.get("connections", [])]
    connections = [
        c for c in wanted.get("connections", []) if not any(_same(n, c["name"]) for n in named)
    ]
    if connections:
        boundary["connections"] = [*was.get("connections", []), *connections]
    for kind in ("ids", "stacks"):
        known = {i for s in was.get("supplied", []) for i in s.get(kind, [])}
        for supply in wanted.get("supplied", []):
            missing = [i for i in supply.get(kind, []) if i not in known]
            if missing:
                added = [*boundary.get("supplied", []), {kind: missing, **_UNSIGNED}]
                boundary["supplied"] = added
    own = {name for entry in was.get("domains", []) for name in entry.get("names", [])}
    for entry in wanted.get("domains", []):
        names = [name for name in entry["names"] if name not in own]
        if names:
            boundary["domains"] = [*was.get("domains", []), {**entry, "names": names}]
    return {**old, "boundary": boundary}


def unsigned(document: dict[str, Any]) -> list[str]:
    """The entries that nobody answers for yet, by their path."""
    return [
        f"boundary.{key}[{index}].{field}"
        for key in ("connections", "supplied", "domains", "exceptions")
        for index, entry in enumerate(document["boundary"].get(key, []))
        for field in ("owner", "reason")
        if not str(entry.get(field, "")).strip()
    ]


def _same(written: str, wanted: str) -> bool:
    """Whether the name that people wrote covers the one that is wanted."""
    if written.endswith("*"):
        return wanted.startswith(written[:-1])
    return written == wanted


def _covers(written: str, wanted: str) -> bool:
    """Whether a host or a registry that people wrote covers the one that is wanted, or is a part of
    it: whoever wrote a path behind a registry meant no more of it."""
    below = written.startswith(".") and wanted.endswith(written)
    return below or written.partition("/")[0] == wanted


def _cidrs(plan: ClusterPlan) -> list[str]:
    vpc = plan.spec.network.vpc
    far = [cidr for c in plan.connections.values() for cidr in c.far_cidrs]
    return list(dict.fromkeys(str(cidr) for cidr in (vpc.cidr, *vpc.secondary_cidrs, *far)))


def _connections(plan: ClusterPlan) -> Iterator[Entry]:
    """Each connection's own resource, our routes to it, and the routes back from it, by the logical
    names that the program gives them."""
    for connection in plan.connections.values():
        far = [str(cidr) for cidr in connection.far_cidrs]
        near = [str(cidr) for cidr in connection.near_cidrs]
        via = Via("connection", connection.name)
        tables = [r.route_table for r in plan.routes if r.via == via]
        yield {"name": connection.name, "cidrs": far, **_UNSIGNED}
        for table in dict.fromkeys(tables):
            yield {"name": f"{table}-{connection.name}-*", "cidrs": far, **_UNSIGNED}
        for table in _far_tables(connection) if near else ():
            yield {"name": f"{table}-to-*", "cidrs": near, **_UNSIGNED}


def _far_tables(connection: Connection) -> list[str]:
    """The tables of the other side that get a route back, as their routes' names begin."""
    match connection.spec:
        case BastionVpcConnection():
            return [connection.name]
        case VpcPeeringConnection() as spec:
            return [f"{connection.name}-{table}" for table in spec.peer_route_table_ids]
    return []


def _domains(plan: ClusterPlan) -> Iterator[Entry]:
    """What the stack file lets machines ask for beyond AWS's own names and those of our zones."""
    asked = (
        d.lower().rstrip(".").removeprefix("*.")
        for d in (*plan.spec.network.dns.allowed_domains, *_of_others(plan))
    )
    ends = (f".{plan.partition.dns_suffix}", f".{plan.partition.api_dns_suffix}")
    names = [domain for domain in dict.fromkeys(asked) if not f".{domain}".endswith(ends)]
    if names:
        yield {"names": names, **_UNSIGNED}


def _of_others(plan: ClusterPlan) -> Iterator[str]:
    """Names that a control plane of our own needs and others answer for."""
    own = plan.control_plane
    if isinstance(own, SelfHosted):
        zones = (own.internal_domain, *own.endpoints.zones)
        for name in private_domains(plan.spec):
            if not any(f".{name}".endswith(f".{zone}") for zone in zones):
                yield name


def _supplied(plan: ClusterPlan, files: StackFiles) -> Iterator[Entry]:
    lists = [e.prefix_list_id for e in plan.endpoints.values() if e.prefix_list_id]
    named = (t for t in texts(plan.spec.model_dump(mode="json")) if _is_supplied(t))
    bucket = plan.flow_log_bucket
    buckets = [bucket.name] if bucket is not None and bucket.supplied else []
    ids = list(dict.fromkeys([*named, *lists, *buckets, *_zones(plan)]))
    if ids:
        yield {"ids": ids, **_UNSIGNED}
    if files.part is not None and files.part.earlier:
        yield {"stacks": list(files.part.earlier), **_UNSIGNED}


def _zones(plan: ClusterPlan) -> Iterator[str]:
    """Ids of hosted zones that others have made, which are of a form of their own."""
    if isinstance(plan.control_plane, SelfHosted):
        for endpoint in plan.control_plane.endpoints.endpoints.values():
            if endpoint.record is not None and endpoint.record.hosted_zone_id is not None:
                yield endpoint.record.hosted_zone_id


def _is_supplied(value: str) -> bool:
    return bool(_SUPPLIED.fullmatch(value)) and not value.startswith(_NOT_PROPOSED)
