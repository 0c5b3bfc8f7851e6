"""What must be true of supplied endpoints and of the security groups in front of them."""

import json
from ipaddress import IPv4Network

from plan.brownfield.policies import missing_calls, open_statements
from plan.brownfield.uses import ENDPOINTS_GROUP, security_group_uses
from plan.endpoint_policies import Boundary
from plan.endpoints import Endpoint
from plan.errors import Faults
from plan.subnets import SubnetLayout, machine_subnets
from spec.cluster import ClusterSpec
from spec.lock import Lock
from spec.network import ExistingEndpointSecurityGroup, ExistingVpc
from spec.supplied import SuppliedEndpoint, SuppliedRule, SuppliedSecurityGroup

RUN_LOCK = "was not read; run heiiki lock"
HTTPS = 443


def check_supplied_endpoints(
    spec: ClusterSpec, lock: Lock, layout: SubnetLayout, endpoints: dict[str, Endpoint],
    faults: Faults, warnings: list[str],
) -> None:  # fmt: skip
    """Note whatever keeps nodes from a supplied endpoint, or lets strangers through it.

    One in a VPC that we make was added to it later: that VPC's id, groups and tables are known to
    no stack file, so only what does not need them is judged.
    """
    vpc = spec.network.vpc
    supplied_vpc = vpc.vpc_id if isinstance(vpc, ExistingVpc) else None
    for service, endpoint in endpoints.items():
        if endpoint.endpoint_id is None:
            continue
        path = f"network.endpoints.existing.{service}"
        found = lock.supplied.endpoints.get(endpoint.endpoint_id)
        if found is None:
            faults.add(path, RUN_LOCK, endpoint.endpoint_id)
            continue
        _check_identity(path, endpoint, found, supplied_vpc, faults)
        _check_policy(path, spec, lock, endpoint, found, faults)
        if endpoint.type == "Interface":
            _check_interface(path, spec, layout, endpoint, found, faults, warnings)
        if supplied_vpc and endpoint.type == "Interface":
            _check_its_group(path, spec, endpoint, found, faults)
        elif supplied_vpc:
            _check_tables(path, spec, layout, endpoint, found, faults)
    _check_groups(spec, lock, layout, faults, warnings)


def _check_identity(
    path: str, endpoint: Endpoint, found: SuppliedEndpoint, vpc_id: str | None, faults: Faults
) -> None:
    value = endpoint.endpoint_id
    if vpc_id not in (None, found.vpc_id):
        message = f"lies in {found.vpc_id}, not in network.vpc.vpcId {vpc_id}"
        faults.add(path, message, value)
    if found.service_name != endpoint.service_name:
        faults.add(path, f"is of {found.service_name}, not of {endpoint.service_name}; give the "
                   "endpoint of that service", value)  # fmt: skip
    if found.type != endpoint.type:
        message = f"is of type {found.type}, and nodes use one of type {endpoint.type}"
        faults.add(path, message, value)
    if found.state != "available":
        faults.add(path, f"is {found.state}, not available; have its owner mend it", value)


def _check_policy(
    path: str, spec: ClusterSpec, lock: Lock, endpoint: Endpoint, found: SuppliedEndpoint,
    faults: Faults,
) -> None:  # fmt: skip
    """Only where AWS takes a policy; whoever supplies another has accepted what passes it."""
    least = endpoint.policy
    if least is None:
        return
    ask = f"ask its owner for {json.dumps(least, sort_keys=True)}"
    if found.policy is None:
        faults.add(path, f"has no policy, so everybody's credentials pass; {ask}",
                   endpoint.endpoint_id)  # fmt: skip
        return
    boundary = Boundary(spec.boundary, lock.account_id)
    wide = open_statements(found.policy, least, boundary)
    if wide and spec.network.egress.kind == "none":
        faults.add(path, f"has a policy whose {', '.join(wide)} is held to our own principals and "
                   f"resources by no condition that is understood; {ask}",
                   endpoint.endpoint_id)  # fmt: skip
    if missing := missing_calls(found.policy, least):
        faults.add(path, f"has a policy that does not allow {', '.join(missing)}; {ask}",
                   endpoint.endpoint_id)  # fmt: skip


def _check_tables(
    path: str, spec: ClusterSpec, layout: SubnetLayout, endpoint: Endpoint,
    found: SuppliedEndpoint, faults: Faults,
) -> None:  # fmt: skip
    for name in layout.tables_of(machine_subnets(spec, layout)):
        table_id = layout.route_tables[name].route_table_id
        if table_id is None:
            faults.add(path, f"is not in route table {name}, which is made anew and which only its "
                       "owner could add; give the subnets a supplied table that it is in, or do "
                       "not supply it", endpoint.endpoint_id)  # fmt: skip
        elif table_id not in found.route_table_ids:
            faults.add(path, f"is not in route table {table_id}, in which machines lie; have its "
                       "owner add the table", endpoint.endpoint_id)  # fmt: skip


def _check_interface(
    path: str, spec: ClusterSpec, layout: SubnetLayout, endpoint: Endpoint,
    found: SuppliedEndpoint, faults: Faults, warnings: list[str],
) -> None:  # fmt: skip
    value = endpoint.endpoint_id
    if not found.private_dns:
        faults.add(path, "has private DNS off, so its service's name leads out of the VPC; have "
                   "its owner switch it on", value)  # fmt: skip
    zones = {layout.subnets[n].availability_zone for n in machine_subnets(spec, layout)}
    if missing := sorted(zones - set(found.availability_zones)):
        said = f"has no interface in {', '.join(missing)}, where machines lie, and fails with "
        said += "another zone; have its owner add a subnet there"
        if spec.profile == "highlyAvailable":
            faults.add(path, f"{said} (profile highlyAvailable)", value)
        else:
            warnings.append(f"{path}: {value} {said}")


def _check_its_group(
    path: str, spec: ClusterSpec, endpoint: Endpoint, found: SuppliedEndpoint, faults: Faults
) -> None:
    """Nodes' rules name one group of endpoints, so every endpoint must have that one."""
    group, value = spec.network.endpoints.security_group, endpoint.endpoint_id
    groups = ", ".join(found.security_group_ids) or "none"
    if not isinstance(group, ExistingEndpointSecurityGroup):
        faults.add(path, f"has security group {groups}, and nodes may speak to that of our own "
                   "endpoints only; give it as network.endpoints.securityGroup, kind existing",
                   value)  # fmt: skip
    elif group.security_group_id not in found.security_group_ids:
        faults.add(path, f"has security group {groups}, not {group.security_group_id} of "
                   "network.endpoints.securityGroup, the only one that nodes may speak to; have "
                   "its owner add it", value)  # fmt: skip


def _check_groups(
    spec: ClusterSpec, lock: Lock, layout: SubnetLayout, faults: Faults, warnings: list[str]
) -> None:
    """Supplied groups lie in the VPC; the endpoints' lets 443 in from wherever machines lie."""
    for path, group, _ in security_group_uses(spec):
        found = lock.supplied.security_groups.get(group)
        if found is None:
            faults.add(path, RUN_LOCK, group)
            continue
        vpc = spec.network.vpc
        if isinstance(vpc, ExistingVpc) and found.vpc_id != vpc.vpc_id:
            message = f"lies in {found.vpc_id}, not in network.vpc.vpcId {vpc.vpc_id}"
            faults.add(path, message, group)
        if path == ENDPOINTS_GROUP:
            _check_ingress(path, group, found.ingress, spec, layout, faults, warnings)
        _warn_of_everybody(path, group, found, warnings)


def _warn_of_everybody(
    path: str, group: str, found: SuppliedSecurityGroup, warnings: list[str]
) -> None:
    """Routes alone then decide who is heard and who is spoken to. Endpoints speak to nobody."""
    if everybody := _named_everybody(found.ingress):
        warnings.append(f"{path}: {group} lets in whoever a route leads here ({everybody}); have "
                        "its owner name networks or groups")  # fmt: skip
    if path != ENDPOINTS_GROUP and (everybody := _named_everybody(found.egress)):
        warnings.append(f"{path}: {group} lets out to wherever a route leads ({everybody}); have "
                        "its owner name networks or groups")  # fmt: skip


def _named_everybody(rules: tuple[SuppliedRule, ...]) -> str:
    every = (cidr for rule in rules for cidr in rule.cidrs if cidr.endswith("/0"))
    return ", ".join(dict.fromkeys(every))


def _check_ingress(
    path: str, group: str, rules: tuple[SuppliedRule, ...], spec: ClusterSpec,
    layout: SubnetLayout, faults: Faults, warnings: list[str],
) -> None:  # fmt: skip
    https = [r for r in rules if _lets_https(r)]
    cidrs = [IPv4Network(c) for r in https for c in r.cidrs if ":" not in c]
    shut = [n for n in machine_subnets(spec, layout)
            if not any(layout.subnets[n].cidr.subnet_of(cidr) for cidr in cidrs)]  # fmt: skip
    if not shut:
        return
    named = ", ".join(f"{n} {layout.subnets[n].cidr}" for n in shut)
    sources = ", ".join(sorted({g for r in https for g in r.security_group_ids}))
    if sources:
        said = f"lets TCP 443 in from {sources}, not from the CIDRs of subnets {named}; see that "
        warnings.append(f"{path}: {group} {said}nodes carry one of these groups")
    else:
        faults.add(path, f"lets no TCP 443 in from subnets {named}, so no node reaches an "
                   "endpoint; have its owner add a rule", group)  # fmt: skip


def _lets_https(rule: SuppliedRule) -> bool:
    if rule.protocol == "-1":
        return True
    return (
        rule.protocol == "tcp"
        and rule.ports is not None
        and (rule.ports[0] <= HTTPS <= rule.ports[1])
    )
