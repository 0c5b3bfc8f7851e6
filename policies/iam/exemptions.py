"""What of AWS's own an endpoint may reach: the facts of rules/aws_owned.py as sets of requests."""

from collections.abc import Collection
from dataclasses import dataclass

from iam.patterns import covers, parse_pattern
from iam.requests import Request
from rules.aws_owned import (
    ACCOUNT_SCOPED,
    BUCKETS,
    EKS_REGISTRY_ACCOUNTS,
    OTHERS,
    REGISTRY_READS,
    registry_accounts,
)
from rules.identities import parse_arn


@dataclass(frozen=True)
class Exemption:
    """What of AWS's own may be reached: which actions on which ARNs; all where `service` is None.

    owners: whose the resource must be, where its ARN is not what tells.
    anybody: also without credentials, or with somebody else's.
    """

    actions: tuple[str, ...]
    service: str | None = None
    accounts: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    anybody: bool = False


def exemptions(region: str | None, texts: Collection[str]) -> tuple[Exemption, ...]:
    """The facts of rules/aws_owned.py as sets of requests.

    Of the buckets those that the texts of the policy name: whoever names none exempts none.
    """
    regions = (region,) if region else tuple(EKS_REGISTRY_ACCOUNTS)
    buckets = tuple(
        f"{name}/"
        for name in dict.fromkeys(b.replace("{region}", r) for b in BUCKETS for r in regions)
        if any(f":{name}/" in text for text in texts)
    )
    return (
        Exemption(("s3:GetObject",), "s3", ("",), buckets, anybody=True),
        Exemption(REGISTRY_READS, owners=tuple(sorted(registry_accounts(region)))),
        *(Exemption(o.actions, o.service, (o.account,), (o.beginning,)) for o in OTHERS),
        Exemption(ACCOUNT_SCOPED),
    )


def exempted(request: Request, exemption: Exemption) -> bool:
    patterns = (parse_pattern(a, wildcards=True, variables=False) for a in exemption.actions)
    if not any(covers(p, request.action, ignore_case=True) for p in patterns):
        return False
    arn, owner = parse_arn(request.resource), request.resource_owner
    if exemption.owners:
        return owner is not None and owner.account in exemption.owners
    if exemption.service is None:
        return True
    return (
        arn is not None
        and arn.service == exemption.service
        and arn.account in exemption.accounts
        and arn.resource.startswith(exemption.beginnings)
    )
