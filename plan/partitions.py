"""Partition, DNS suffix and principals of a region: no ARN is written with a literal "aws"."""

import difflib
import re
from dataclasses import dataclass

from plan.errors import PlanError
from plan.fact_files import load_facts
from spec.errors import Fault
from spec.shown import shown_value

_FACTS = "partitions.yaml"


@dataclass(frozen=True, slots=True)
class Partition:
    """Where a region lies."""

    name: str  # "aws", "aws-cn", …
    region: str
    dns_suffix: str  # "amazonaws.com"
    api_dns_suffix: str  # "api.aws", of dual-stack endpoints
    ec2_principal: str  # "ec2.amazonaws.com", in China with ".cn"
    eks_image_account: str  # owner of the registry that EKS add-on images come from

    def arn(self, service: str, resource: str, *, account_id: str = "", region: str = "") -> str:
        """An ARN in this partition."""
        return f"arn:{self.name}:{service}:{region}:{account_id}:{resource}"

    def managed_policy_arn(self, name: str) -> str:
        """The ARN of an IAM policy that AWS keeps."""
        return self.arn("iam", f"policy/{name}", account_id="aws")


def _accounts() -> dict[str, str]:
    """The account that EKS add-on images come from, by region."""
    rows = load_facts(_FACTS)["eks_image_accounts"]
    return {region: account for account, regions in rows.items() for region in regions}


def is_known(region: str) -> bool:
    """Whether the tables have the region."""
    return region in _accounts()


def partition_of(region: str) -> Partition:
    """The partition of a region; PlanError for a region that no table knows."""
    facts = load_facts(_FACTS)
    accounts = _accounts()
    found = [
        (name, row)
        for name, row in facts["partitions"].items()
        if re.fullmatch(row["region"], region)
    ]
    if len(found) != 1 or region not in accounts:
        close = difflib.get_close_matches(region, sorted(accounts), n=1)
        meant = f"did you mean {close[0]}? " if close else ""
        known = ", ".join(sorted(accounts))
        message = f"is in no table of heiiki; {meant}known: {known}"
        raise PlanError([Fault("region", message, shown_value(region))])
    name, row = found[0]
    return Partition(
        name=name,
        region=region,
        dns_suffix=row["dns_suffix"],
        api_dns_suffix=row["api_dns_suffix"],
        ec2_principal=row.get("ec2_principal", "ec2.amazonaws.com"),
        eks_image_account=accounts[region],
    )


def eks_bars_zone(zone_id: str) -> bool:
    """Whether EKS places no control-plane interface in the zone of this id."""
    return zone_id in load_facts(_FACTS)["eks_barred_zone_ids"]
