"""The ways to the API servers: names, load balancers, records and the zones they stand in."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from plan.controllers import API_SERVER_PORT
from plan.errors import Faults
from plan.names import HASH_CHARACTERS
from plan.partitions import partition_of
from plan.self_hosted.places import Scope, known_subnets
from plan.subnets import LOAD_BALANCER_PREFIX, Subnet
from spec.api_endpoints import (
    ApiEndpointSpec,
    CreateLoadBalancer,
    CreateRecord,
    CreateZone,
    ExistingLoadBalancer,
    NamedLoadBalancer,
    NoRecord,
)

BALANCER_NAME_MAX = 32  # API reference, CreateLoadBalancer (read 2026-11-28)
HEALTH_PATH, HTTPS_PORT = "/readyz", 443
NAMES_OF_MACHINES = ("compute.internal", "ec2.internal", "cluster.local")  # and of Services
TRADED_SECONDS = 60  # for which a name that may come to lead elsewhere is remembered


@dataclass(frozen=True, slots=True)
class Record:
    """A record of an endpoint. One of zone_name and hosted_zone_id says where it stands.

    ttl_seconds: of a CNAME; None is an alias. leads_to: another endpoint's name; None is the
    endpoint's own load balancer. handed_over: taken over where it is there, and left at the end.
    """

    zone_name: str | None
    hosted_zone_id: str | None
    ttl_seconds: int | None
    leads_to: str | None = None
    handed_over: bool = False


@dataclass(frozen=True, slots=True)
class Balancer:
    """A load balancer of ours. internal: has no public address. allowed_cidrs: for whoever plans
    the firewall."""

    name: str  # physical
    internal: bool
    subnets: tuple[str, ...]
    port: int
    target_port: int
    allowed_cidrs: tuple[IPv4Network, ...]
    cross_zone: bool
    preserve_client_address: bool
    deletion_protection: bool


@dataclass(frozen=True, slots=True)
class ApiEndpoint:
    """One name of the API. balancer: None where it is supplied, with what it is known by, and
    where the name leads to another endpoint's."""

    name: str
    dns_name: str
    port: int
    url: str
    balancer: Balancer | None
    target_group_arn: str | None
    supplied_group_ids: tuple[str, ...]
    record: Record | None

    @property
    def leads_to(self) -> str | None:
        """The endpoint that answers at this name, where it is another."""
        return None if self.record is None else self.record.leads_to


@dataclass(frozen=True, slots=True)
class ApiEndpoints:
    """All of them by name. zones: private zones to be made for their records, each once.

    zone_vpc_ids: VPCs beside the cluster's that know a zone, where there are any.
    """

    endpoints: dict[str, ApiEndpoint]
    zones: tuple[str, ...]
    zone_vpc_ids: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def dns_names(self) -> tuple[str, ...]:
        """What the API's certificate is for."""
        return tuple(endpoint.dns_name for endpoint in self.endpoints.values())


def plan_api_endpoints(
    asked: Mapping[str, ApiEndpointSpec], scope: Scope, vpc_cidrs: tuple[IPv4Network, ...],
    path: str, faults: Faults,
) -> ApiEndpoints:  # fmt: skip
    """The endpoints. vpc_cidrs: who may ask where nothing is said. path: of their keys."""
    if not asked:
        faults.add(path, "names no way to the API, and nobody would find it; write one")
    found = {}
    for name, spec in asked.items():
        at = f"{path}.{name}"
        balancer, record = _balancer(name, spec, scope, vpc_cidrs, at, faults), _record(spec)
        if record is not None and record.zone_name is not None:
            _check_zone(record.zone_name, scope, at, faults)
        if _within(spec.dns_name, scope.members_domain):
            faults.add(f"{at}.dnsName", f"lies in {scope.members_domain}, where members of etcd "
                       "have their names; choose another name", spec.dns_name)  # fmt: skip
        port = spec.load_balancer.port
        found[name] = ApiEndpoint(
            name=name,
            dns_name=spec.dns_name,
            port=port,
            url=f"https://{spec.dns_name}" + ("" if port == HTTPS_PORT else f":{port}"),
            balancer=balancer,
            target_group_arn=spec.load_balancer.target_group_arn
            if isinstance(spec.load_balancer, ExistingLoadBalancer)
            else None,
            supplied_group_ids=spec.load_balancer.security_group_ids
            if isinstance(spec.load_balancer, ExistingLoadBalancer)
            else (),
            record=record,
        )
    _check_names(found, path, faults)
    _check_hidden(found, path, faults)
    zones = (e.record.zone_name for e in found.values() if e.record and e.record.zone_name)
    return ApiEndpoints(found, tuple(dict.fromkeys(zones)), _more_vpc_ids(asked, found))


def without_record(found: ApiEndpoints, path: str) -> list[str]:
    """Warnings of endpoints whose name leads nowhere until somebody else makes it."""
    told = []
    for name, endpoint in found.endpoints.items():
        if endpoint.record is None:
            inside = endpoint.balancer is None or endpoint.balancer.internal
            when, who = (" before machines start", "they and people") if inside else ("", "people")
            told.append(
                f"{path}.{name}.record: none is made, so {endpoint.dns_name} must lead to the load "
                f"balancer{when}; until it does, {who} find nothing there"
            )
    return told


def leading_nowhere(found: ApiEndpoints, more_zones: Iterable[str], path: str) -> list[str]:
    """Warnings of names that lead into a private zone that is made here, where nothing of that name
    is: the VPC asks no other zone for it, unless others have joined a nearer one to the VPC.

    more_zones: that are made here beside those of endpoints.
    """
    recorded = {e.dns_name for e in found.endpoints.values() if e.record is not None}
    told = []
    for name, endpoint in found.endpoints.items():
        target = endpoint.leads_to
        zones = [z for z in (*found.zones, *more_zones) if target and _within(target, z)]
        if zones and target not in recorded:
            told.append(
                f"{path}.{name}.loadBalancer.dnsName: {target} lies in {max(zones, key=len)}, a "
                "private zone that is made here and has no record of it, so the name leads nowhere "
                "in the VPC; name an endpoint with a record here, or one whose zone is another's"
            )
    return told


def balancer_name(cluster: str, endpoint: str, *, internal: bool = True) -> str:
    """A load balancer's name, unique in account and region: api-<cluster>-<endpoint>-<hash>.

    AWS takes 32 characters, no two hyphens in a row, and nothing that begins with internal-. Both
    ends may hold hyphens, so the hash of both keeps apart what would read the same. AWS never turns
    one inside out, so what faces the internet has another name, and is there before the other goes.
    """
    kept = f"{cluster}/{endpoint}" + ("" if internal else "/public")
    digest = hashlib.sha256(kept.encode()).hexdigest()[:HASH_CHARACTERS]
    text = re.sub("-+", "-", f"api-{cluster}-{endpoint}")
    return f"{text[: BALANCER_NAME_MAX - HASH_CHARACTERS - 1].rstrip('-')}-{digest}"


def _balancer(
    name: str, spec: ApiEndpointSpec, scope: Scope, vpc_cidrs: tuple[IPv4Network, ...], path: str,
    faults: Faults,
) -> Balancer | None:  # fmt: skip
    asked = spec.load_balancer
    if not isinstance(asked, CreateLoadBalancer):
        return None
    where = f"{path}.loadBalancer.subnets"
    by_zone = scope.node_subnets() if asked.internal else scope.public_subnets()
    first_of_each_zone = tuple(names[0] for names in by_zone.values())
    lying = known_subnets(asked.subnets or first_of_each_zone, scope, where, faults)
    if not asked.internal:
        _check_public(lying, path, faults)
    for zone, count in Counter(subnet.availability_zone for subnet in lying).items():
        if count > 1:
            faults.add(where, f"name {count} of {zone}, and a load balancer takes one of a zone; "
                       "leave one out")  # fmt: skip
    for subnet in lying:
        if subnet.cidr.prefixlen > LOAD_BALANCER_PREFIX:
            faults.add(where, f"{subnet.name} is {subnet.cidr}, and AWS asks for a "
                       f"/{LOAD_BALANCER_PREFIX} with eight free addresses; name a larger one",
                       subnet.name)  # fmt: skip
    return Balancer(
        name=balancer_name(scope.cluster, name, internal=asked.internal),
        internal=asked.internal,
        subnets=tuple(subnet.name for subnet in lying),
        port=asked.port,
        target_port=API_SERVER_PORT,
        allowed_cidrs=asked.allowed_cidrs or vpc_cidrs,
        cross_zone=asked.cross_zone,
        preserve_client_address=asked.preserve_client_address,
        deletion_protection=asked.deletion_protection,
    )


def _check_public(lying: Iterable[Subnet], path: str, faults: Faults) -> None:
    """An address that the internet reaches has to have a way back to it."""
    found = tuple(lying)
    if not found:
        faults.add(f"{path}.loadBalancer.internal", "is false, and the network has no public "
                   "subnet, so nothing of it is reached from the internet; leave it out, or list "
                   "network.subnets with some of exposure public")  # fmt: skip
    for subnet in found:
        if subnet.exposure != "public":
            faults.add(f"{path}.loadBalancer.subnets", f"{subnet.name} is {subnet.exposure}, and "
                       "the load balancer faces the internet; name subnets of exposure public",
                       subnet.name)  # fmt: skip


def _record(spec: ApiEndpointSpec) -> Record | None:
    asked, balancer = spec.record, spec.load_balancer
    if isinstance(balancer, ExistingLoadBalancer) or isinstance(asked, NoRecord):
        return None
    if spec.faces_the_internet and asked is None:
        return None  # whose public zone it is in, nobody has said
    asked = asked or CreateRecord()
    ttl, leads_to = asked.ttl_seconds, None
    if isinstance(balancer, NamedLoadBalancer):
        ttl, leads_to = ttl or TRADED_SECONDS, balancer.dns_name
    if isinstance(asked.zone, CreateZone):
        zone = asked.zone.name or spec.dns_name.partition(".")[2]
        return Record(zone, None, ttl, leads_to)
    return Record(None, asked.zone.hosted_zone_id, ttl, leads_to, asked.handed_over)


def _more_vpc_ids(
    asked: Mapping[str, ApiEndpointSpec], found: Mapping[str, ApiEndpoint]
) -> dict[str, tuple[str, ...]]:
    """By zone: endpoints that share one need not all name them."""
    named: dict[str, tuple[str, ...]] = {}
    for name, spec in asked.items():
        record, asked_record = found[name].record, spec.record
        if record is None or record.zone_name is None or not isinstance(asked_record, CreateRecord):
            continue
        if isinstance(asked_record.zone, CreateZone) and asked_record.zone.more_vpc_ids:
            there = named.get(record.zone_name, ())
            named[record.zone_name] = tuple(
                dict.fromkeys((*there, *asked_record.zone.more_vpc_ids))
            )
    return named


def _check_zone(zone: str, scope: Scope, path: str, faults: Faults) -> None:
    """A private zone answers for every name below it, and says no where it has none."""
    partition = partition_of(scope.region)
    others = (partition.dns_suffix, partition.api_dns_suffix, *NAMES_OF_MACHINES)
    if "." not in zone:
        faults.add(f"{path}.record.zone.name", f"a private zone {zone} would hide every other name "
                   "that ends so from the whole VPC; name a zone of your own", zone)  # fmt: skip
    elif hidden := [name for name in others if _within(zone, name) or _within(name, zone)]:
        faults.add(f"{path}.record.zone.name", f"a private zone {zone} would hide names of "
                   f"{hidden[0]}, which machines need, from the whole VPC; name a zone of your own",
                   zone)  # fmt: skip


def _check_hidden(found: Mapping[str, ApiEndpoint], path: str, faults: Faults) -> None:
    """Of two private zones that a name lies in, the longer one answers, and the other is not asked
    (Route 53 developer guide, private hosted zones, read 2026-11-29)."""
    zones = [e.record.zone_name for e in found.values() if e.record and e.record.zone_name]
    for name, endpoint in found.items():
        mine = endpoint.record.zone_name if endpoint.record else None
        if mine is None:
            continue
        nearer = [z for z in zones if _within(endpoint.dns_name, z) and len(z) > len(mine)]
        if nearer:
            zone = max(nearer, key=len)
            faults.add(f"{path}.{name}.record.zone.name", f"{endpoint.dns_name} would stand in "
                       f"{mine} and be looked for in {zone}, which another endpoint asks for; "
                       f"write {zone}", mine)  # fmt: skip


def _within(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")


def _check_names(found: Mapping[str, ApiEndpoint], path: str, faults: Faults) -> None:
    by_name: dict[str, str] = {}
    for name, endpoint in found.items():
        first = by_name.setdefault(endpoint.dns_name, name)
        if first != name:
            faults.add(f"{path}.{name}.dnsName", f"is that of {first} already; give each endpoint "
                       "a name of its own", endpoint.dns_name)  # fmt: skip
    for name, endpoint in found.items():
        target = by_name.get(endpoint.leads_to or "")
        if target is not None and found[target].leads_to is not None:
            faults.add(f"{path}.{name}.loadBalancer.dnsName", f"is that of {target}, which leads "
                       "elsewhere itself; name the endpoint that answers",
                       endpoint.leads_to)  # fmt: skip
