"""Who watches a supplied VPC. What would be on by default in one of ours is judged here as read.

A closed network needs a DNS Firewall that ends in BLOCK *: the resolver answers public names
without any gateway, and neither security groups nor flow logs see it. So its absence is a fault,
as `network.dns.firewall: false` is in a VPC of ours. Records that are missing open nothing, and
warn.
"""

from collections.abc import Iterable

from plan.errors import Faults
from spec.cluster import ClusterSpec
from spec.lock import Lock
from spec.network import ExistingVpc
from spec.supplied import SuppliedDnsFirewall, SuppliedDnsRule, SuppliedVpc

PATH = "network.vpc.vpcId"
RUN_LOCK = "was not read; run heiiki lock"
EVERYTHING = "*"
_SHOWN = 5


def check_watch(
    spec: ClusterSpec, lock: Lock, needed: tuple[str, ...], faults: Faults, warnings: list[str]
) -> None:
    """Note what nobody watches, and names that the VPC's DNS Firewall lets through or does not.

    needed: the names that machines must resolve.
    """
    vpc = spec.network.vpc
    found = lock.supplied.vpcs.get(vpc.vpc_id) if isinstance(vpc, ExistingVpc) else None
    if not isinstance(vpc, ExistingVpc) or found is None:
        return  # told of where the VPC is checked
    if found.watch is None:
        _check_unread(vpc.vpc_id, found, faults, warnings)
        return
    network, watch = spec.network, found.watch
    if network.flow_logs.enabled and not _records_all(watch.flow_logs):
        warnings.append(
            f"network.flowLogs.enabled: {vpc.vpc_id} has no flow log that records and delivers all "
            "traffic, and nothing in a supplied VPC is changed; have its owner make one"
        )
    if network.dns.query_logs and not watch.query_logs:
        warnings.append(
            f"network.dns.queryLogs: {vpc.vpc_id} records no queries of its resolver, and nothing "
            "in a supplied VPC is changed; have its owner associate a query log configuration"
        )
    if network.dns.firewall:
        _check_shut(spec, vpc.vpc_id, watch.dns_firewall, faults, warnings)
    if watch.dns_firewall is not None:
        _check_names(spec, vpc.vpc_id, watch.dns_firewall, needed, faults, warnings)


def _check_unread(vpc_id: str, found: SuppliedVpc, faults: Faults, warnings: list[str]) -> None:
    if found.owner_id is None:
        faults.add(PATH, f"has watchers that nobody has looked for: flow logs, query logs, DNS "
                   f"Firewall; each {RUN_LOCK}", vpc_id)  # fmt: skip
    else:
        warnings.append(
            f"{PATH}: {vpc_id} is of account {found.owner_id}, which alone sees who watches it; "
            "have it keep flow logs, query logs and a DNS Firewall that fails closed and ends in "
            "BLOCK *"
        )


def _records_all(traffic: tuple[str, ...]) -> bool:
    return "ALL" in traffic or {"ACCEPT", "REJECT"} <= set(traffic)


def _check_shut(
    spec: ClusterSpec, vpc_id: str, firewall: SuppliedDnsFirewall | None, faults: Faults,
    warnings: list[str],
) -> None:  # fmt: skip
    ask = "have its owner associate a rule group that allows what is needed and ends in BLOCK *"
    said = None
    if firewall is None:
        said = f"has no DNS Firewall, so its resolver answers public names; {ask}"
    elif not _ends_in_block(firewall.rules):
        said = f"has a DNS Firewall that does not end in BLOCK *, so other names resolve; {ask}"
    if said is not None:
        _tell(spec, vpc_id, said, faults, warnings)
    if firewall is not None and firewall.fail_open:
        _tell(spec, vpc_id, "has a DNS Firewall that fails open: what it cannot judge resolves; "
              "have its owner switch FirewallFailOpen off", faults, warnings)  # fmt: skip


def _tell(spec: ClusterSpec, vpc_id: str, said: str, faults: Faults, warnings: list[str]) -> None:
    """A fault of a closed network; an open one resolves names by other ways too."""
    if spec.network.egress.kind == "none":
        faults.add(PATH, said, vpc_id)
    else:
        warnings.append(f"{PATH}: {vpc_id} {said}")


def _ends_in_block(rules: Iterable[SuppliedDnsRule]) -> bool:
    """Whether no name is left that no rule blocks: the first rule that fits a query decides it."""
    for rule in rules:
        if EVERYTHING in (rule.domains or ()):
            if rule.action != "BLOCK":
                return False
            if rule.query_type is None:
                return True
    return False


def _check_names(
    spec: ClusterSpec, vpc_id: str, firewall: SuppliedDnsFirewall, needed: tuple[str, ...],
    faults: Faults, warnings: list[str],
) -> None:  # fmt: skip
    blocked = [name for name in needed if _action(name, firewall.rules) == "BLOCK"]
    if blocked:
        faults.add(PATH, f"has a DNS Firewall that blocks {', '.join(blocked)}, which machines "
                   "must resolve; have its owner allow them", vpc_id)  # fmt: skip
    let = [
        name
        for rule in firewall.rules
        for name in rule.domains or ()
        if rule.action != "BLOCK" and not any(_fits(name, n) for n in needed) and name != EVERYTHING
    ]
    if let and spec.network.egress.kind == "none":
        more = f" and {len(let) - _SHOWN} more" if len(let) > _SHOWN else ""
        warnings.append(
            f"network.dns.allowedDomains: the DNS Firewall of {vpc_id} lets "
            f"{', '.join(let[:_SHOWN])}{more} resolve too, which nothing here needs; list there "
            "what is meant, or have its owner take it off"
        )


def _action(name: str, rules: Iterable[SuppliedDnsRule]) -> str | None:
    """What the first rule that fits every kind of query for the name does."""
    return next(
        (
            rule.action
            for rule in rules
            if rule.query_type is None and any(_fits(name, d) for d in rule.domains or ())
        ),
        None,
    )


def _fits(name: str, domain: str) -> bool:
    """Whether a domain of a list holds the name, which may itself have a wildcard."""
    name, domain = name.lower(), domain.lower()
    return domain in (EVERYTHING, name) or (domain.startswith("*.") and name.endswith(domain[1:]))
