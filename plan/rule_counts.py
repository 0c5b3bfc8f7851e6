"""How many rules the security groups get, beside what AWS allows a group."""

from collections import Counter
from collections.abc import Iterable

from plan.firewall import Allow

# Each way; a quota that AWS raises on request. VPC user guide, amazon-vpc-limits.html (read
# 2026-11-29). A rule of a prefix list counts as many times as that list may have entries, which
# nobody knows here, so it counts once.
RULES_PER_GROUP = 60


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
