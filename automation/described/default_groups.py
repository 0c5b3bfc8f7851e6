"""The group that comes with a VPC: AWS tells its rules with it. Those that a stack puts there by
resources of their own are told as these, as of any other group, and are not the group's."""

from collections.abc import Collection
from typing import Any, Final

from automation.described.spread import RULES, without

_GROUP: Final = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
_FROM: Final = ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups")


def told_apart(told: Collection[dict[str, Any]], unrecorded: Collection[str]) -> None:
    """Take from such groups the rules that are recorded. One that nobody has recorded, and that is
    otherwise as it comes, is nobody's to judge.

    unrecorded: the URNs of what nobody has recorded.
    """
    rules = [resource for resource in told if resource["type"] in RULES]
    for group in told:
        id_ = group["outputs"]["id"]
        own = [rule for rule in rules if rule["inputs"].get("securityGroupId") == id_]
        if group["type"] != _GROUP or not own:
            continue
        group["inputs"] = without(group["inputs"], id_, own)
        let_in = [
            who for item in group["inputs"]["ingress"] for n in _FROM for who in item.get(n, ())
        ]
        if group["urn"] in unrecorded and let_in in ([], [id_]):
            group["described"] = True
