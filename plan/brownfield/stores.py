"""Whether supplied buckets and repositories hold what is carried in through them.

`heiiki lock` read them; nothing of them is changed. Each Deny that a created one would have must
be in the owner's policy, at least as wide: that much is certain, and no evaluation of what else
stands there is needed, since a Deny wins over everything.
"""

import re
from typing import Any

from plan.brownfield.checks import RUN_LOCK
from plan.brownfield.policies import is_everybody, listed
from plan.carry_in import BUCKETS, REPOSITORIES, CarriedBucket, CarriedRepository
from plan.errors import Faults
from spec.lock import Lock
from spec.supplied import SuppliedBucket, SuppliedRepository

Statement = dict[str, Any]


def check_supplied_stores(
    region: str, lock: Lock, buckets: dict[str, CarriedBucket],
    repositories: dict[str, CarriedRepository], faults: Faults, warnings: list[str],
) -> None:  # fmt: skip
    """Note what the owners must mend, and warn of what they may."""
    for name, bucket in buckets.items():
        path = f"{BUCKETS}.{name}.bucketName"
        found = lock.supplied.buckets.get(bucket.bucket_name)
        if bucket.supplied and found is None:
            faults.add(path, RUN_LOCK, bucket.bucket_name)
        elif found is not None and bucket.supplied:
            _check_bucket(path, bucket, found, region, faults, warnings)
    for name, repository in repositories.items():
        path = f"{REPOSITORIES}.{name}.repositoryName"
        row = lock.supplied.repositories.get(repository.repository_name)
        if repository.supplied and row is None:
            faults.add(path, RUN_LOCK, repository.repository_name)
        elif row is not None and repository.supplied:
            _check_repository(path, repository, row, faults, warnings)


def _check_bucket(
    path: str, bucket: CarriedBucket, found: SuppliedBucket, region: str, faults: Faults,
    warnings: list[str],
) -> None:  # fmt: skip
    name = bucket.bucket_name
    if found.region != region:
        faults.add(path, f"lies in {found.region}, where no endpoint of {region} leads; take a "
                   f"bucket of {region}", name)  # fmt: skip
    if not found.public_access_blocked:
        faults.add(path, "may become public; have its owner switch on all four of S3's public "
                   "access blocks", name)  # fmt: skip
    _check_policy(path, name, found.policy, bucket.policy, faults)
    if not (found.encryption or "").startswith("aws:kms"):
        warnings.append(f"{path}: {name} is not encrypted with a KMS key")
    if not found.versioned:
        warnings.append(f"{path}: {name} keeps no old versions")


def _check_repository(
    path: str, repository: CarriedRepository, found: SuppliedRepository, faults: Faults,
    warnings: list[str],
) -> None:  # fmt: skip
    name = repository.repository_name
    _check_policy(path, name, found.policy, repository.policy, faults)
    if not found.encryption.startswith("KMS"):
        warnings.append(f"{path}: {name} is not encrypted with a KMS key")
    if found.tag_mutability != "IMMUTABLE":
        warnings.append(f"{path}: tags of {name} may be moved to other images")


def _check_policy(
    path: str, name: str, found: dict[str, Any] | None, wanted: dict[str, Any], faults: Faults
) -> None:
    theirs = listed((found or {}).get("Statement", ()))
    missing = [
        own["Sid"]
        for own in wanted["Statement"]
        if own["Effect"] == "Deny" and not any(_covers(statement, own) for statement in theirs)
    ]
    if missing:
        faults.add(path, f"has no policy that does what {', '.join(missing)} of a created one "
                   "do; have its owner add these statements (docs/carry-in.md), or switch "
                   "carryIn.throughEndpointsOnly or carryIn.oneWay off", name)  # fmt: skip


def _covers(statement: Statement, own: Statement) -> bool:
    """Whether a statement denies all that our own denies: no less actions, no more conditions."""
    return (
        statement.get("Effect") == "Deny"
        and is_everybody(statement.get("Principal"))
        and not {"NotAction", "NotResource"} & set(statement)
        and _all_within(_lower(own["Action"]), _lower(statement.get("Action", ())))
        and _all_within(listed(own.get("Resource", "*")), listed(statement.get("Resource", "*")))
        and _same(statement.get("Condition", {}), own["Condition"])
    )


def _all_within(wanted: list[str], patterns: list[str]) -> bool:
    return all(any(_pattern(p).fullmatch(w) for p in patterns) for w in wanted)


def _pattern(text: str) -> re.Pattern[str]:
    """What a pattern covers, other patterns among it: a wildcard is within * only."""
    parts = {"*": ".*", "?": "[^*?]"}
    return re.compile("".join(parts.get(c) or re.escape(c) for c in text), re.DOTALL)


def _lower(value: Any) -> list[str]:
    """Actions: IAM heeds no case in them, as it does in resources and in values."""
    return [str(action).lower() for action in listed(value)]


def _same(theirs: dict[str, Any], own: dict[str, Any]) -> bool:
    """The same condition, however lists and the case of operators and keys are written."""
    return _flat(theirs) == _flat(own)


def _flat(condition: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    """Operators, keys and values in order. A key that is written twice is there twice."""
    return sorted(
        (operator.lower(), key.lower(), sorted({_value(operator, v) for v in listed(values)}))
        for operator, block in condition.items()
        for key, values in block.items()
    )


def _value(operator: str, value: Any) -> str:
    """Truth is written as JSON's own or as text, in any case."""
    truth = operator.lower().startswith(("bool", "null"))
    return str(value).lower() if truth else str(value)
