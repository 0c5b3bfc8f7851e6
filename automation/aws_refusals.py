"""What AWS refuses in the middle of an `up`, and what a person does about it."""

import re
from collections.abc import Iterable

# The first that fits a message decides. As the SDKs hand on what AWS says: EC2 API reference, error
# codes; EKS API reference, CreateAccessEntry; IAM user guide, troubleshoot access denied (read
# 2026-11-29).
_CAUSES = (
    (
        r"Throttl|RequestLimitExceeded|Rate exceeded|TooManyRequests|SlowDown",
        "AWS was asked too much at once, by this or by others in the account.",
    ),
    (
        r"principalArn is invalid",
        "EKS knows no such role or user: create it, or correct its ARN in access.principals.",
    ),
    (
        r"LimitExceeded|QuotaExceeded|[Mm]aximum number of|exceed\w* (?:the|your) (?:limit|quota)",
        "The account has as many of these as AWS gives it: ask for more in Service Quotas, or "
        "remove what nobody uses.",
    ),
    (
        r"explicit deny|SCPs? |service control policy",
        "A policy forbids that to whoever runs this, such as one of the organization: let its "
        "owner make an exception for the deployer, or take the credentials of another one.",
    ),
    (
        r"AccessDenied|UnauthorizedOperation|not authorized to perform",
        "The credentials may not do that: give their role the right that AWS names, or take "
        "others.",
    ),
    (
        r"InsufficientInstanceCapacity|InsufficientCapacity",
        "AWS has no machine of this type left there: wait, or choose another instanceType.",
    ),
)  # fmt: skip
_GOES_ON = "What was made is recorded. Run the same command again then: it goes on from there."


def about_refusals(messages: Iterable[str]) -> str | None:
    """What to do about them, each cause once; None where one of them is not known."""
    causes: dict[str, None] = {}
    for message in messages:
        found = next((text for pattern, text in _CAUSES if re.search(pattern, message)), None)
        if found is None:
            return None
        causes[found] = None
    return f"{' '.join(causes)} {_GOES_ON}" if causes else None
