"""Names computed once: stable, within AWS's limits, and unique across clusters."""

import hashlib

ROLE_NAME_MAX = 64
GROUP_NAME_MAX = 255
BUCKET_NAME_MAX = 63
HASH_CHARACTERS = 8
BUCKET_HASH_CHARACTERS = 16  # strangers' names are beside ours, so that chance must not do


def zone_suffix(availability_zone: str) -> str:
    """The short name of a zone, "1a", unique inside a region."""
    return availability_zone.rsplit("-", 1)[-1]


def shortened(name: str, limit: int, characters: int = HASH_CHARACTERS) -> str:
    """The name, or a part of it and a hash of all of it where it is longer than `limit`."""
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:characters]
    return f"{name[: limit - characters - 1].rstrip('-')}-{digest}"


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
    """A bucket's name: <cluster>-<account>-<region>-<purpose>.

    All accounts of a partition share one space of names, and both ends may hold hyphens. Account
    and region stand between them, as no purpose of 24 characters has room for such a middle: so
    two clusters never give one name, and where it is too long, a hash keeps them apart. The
    account is known before anything is created, since every plan has a lock file that names it; a
    stack file that is checked without one is checked with zeros, and nothing comes of that.
    """
    name = f"{cluster}-{account_id}-{region}-{purpose}"
    return shortened(name, BUCKET_NAME_MAX, BUCKET_HASH_CHARACTERS)


def iam_name(arn: str) -> tuple[str, str]:
    """Whether it is a role or a user, and its name. IAM has a name only once in an account,
    whatever the path before it and the case it is written in."""
    kind, _, name = arn.rpartition(":")[2].partition("/")
    return kind, name.rpartition("/")[2].lower()
