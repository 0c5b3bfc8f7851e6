"""How many rules security groups get, and how many groups a machine, beside what AWS allows."""

from collections import Counter
from collections.abc import Iterable

from plan.errors import Faults
from plan.firewall import Allow
from plan.self_hosted.needs import security_groups
from spec.cluster import ClusterSpec

# Each way; a quota that AWS raises on request. VPC user guide, amazon-vpc-limits.html (read
# 2026-11-29). A rule of a prefix list counts as many times as that list may have entries, which
# nobody knows here, so it counts once.
RULES_PER_GROUP = 60
# Of one network interface, by default and at most; the same page.
GROUPS_PER_INTERFACE, MOST_GROUPS_PER_INTERFACE = 5, 16


def rule_warnings(table: Iterable[Allow]) -> list[str]:
    """A sentence for each group that would have more rules than AWS allows by default."""
    rows = list(table)
    counted = (
        ("in", Counter(row.target for row in rows if isinstance(row.target, str))),
        ("out", Counter(row.source for row in rows if isinstance(row.source, str))),
    )
    return [
        f"the security group of {role} gets {count} rules {way}, and AWS allows {RULES_PER_GROUP} "
        'until the quota "Inbound or outbound rules per security group" is raised; `up` would '
        "break at the next one. Write fewer and wider CIDRs, or have the quota raised"
        for way, by_role in counted
        for role, count in by_role.items()
        if count > RULES_PER_GROUP
    ]


def check_groups(spec: ClusterSpec, faults: Faults, warnings: list[str]) -> None:
    """Note machines that would carry more security groups than an interface takes."""
    named = {
        f"nodePools.{name}.securityGroupIds": (pool.security_group_ids, pool.kind == "managed")
        for name, pool in spec.node_pools.items()
    }
    named |= {path: (groups, False) for path, groups in security_groups(spec).items()
              if ".endpoints." not in path}  # fmt: skip
    for path, (groups, has_eks_own) in named.items():
        ours = 2 if has_eks_own else 1
        count = len(groups) + ours
        if count > MOST_GROUPS_PER_INTERFACE:
            most = MOST_GROUPS_PER_INTERFACE - ours
            faults.add(path, f"are {len(groups)}; write at most {most}, AWS takes "
                       f"{MOST_GROUPS_PER_INTERFACE} of a machine with ours")  # fmt: skip
        elif groups and count > GROUPS_PER_INTERFACE:
            warnings.append(
                f"{path}: with ours {count} security groups, and AWS gives an interface "
                f'{GROUPS_PER_INTERFACE} until the quota "Security groups per network interface" '
                "is raised; no machine would start"
            )
