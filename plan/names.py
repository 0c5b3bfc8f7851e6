"""Names computed once: stable, within AWS's limits, and unique across clusters."""

import hashlib

ROLE_NAME_MAX = 64
GROUP_NAME_MAX = 255
BUCKET_NAME_MAX = 63
HASH_CHARACTERS = 8


def zone_suffix(availability_zone: str) -> str:
    """The short name of a zone, "1a", unique inside a region."""
    return availability_zone.rsplit("-", 1)[-1]


def shortened(name: str, limit: int) -> str:
    """The name, or a part of it and a hash of all of it where it is longer than `limit`."""
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:HASH_CHARACTERS]
    return f"{name[: limit - HASH_CHARACTERS - 1].rstrip('-')}-{digest}"


def role_name(cluster: str, region: str, role: str) -> str:
    """A role's name that others can predict and trust: <cluster>-<region>-<role>.

    IAM is global, so the region keeps the names of two clusters apart; 64 characters at most.
    """
    return shortened(f"{cluster}-{region}-{role}", ROLE_NAME_MAX)


def group_name(cluster: str, region: str, pool: str) -> str:
    """The name of a pool's Auto Scaling group: <cluster>-<region>-<pool>.

    Known before the group exists, since its machines' role may act on this group alone and they
    are told its name in user data. The region stands between two names that may hold hyphens.
    """
    return shortened(f"{cluster}-{region}-{pool}", GROUP_NAME_MAX)


def bucket_name(cluster: str, region: str, account_id: str, purpose: str) -> str:
    """A bucket's name: <cluster>-<purpose>-<account>-<region>.

    Known before the bucket exists, since its policy names it. All accounts of a partition share
    one space of names, so account and region are in it.
    """
    return shortened(f"{cluster}-{purpose}-{account_id}-{region}", BUCKET_NAME_MAX)
