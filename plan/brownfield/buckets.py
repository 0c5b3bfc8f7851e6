"""What must be true of the supplied bucket that flow logs go to. Nothing of it is changed."""

import json
from typing import Any

from plan.brownfield.policies import listed, missing_calls
from plan.brownfield.principals import allowing, for_anybody, named, services, strangers
from plan.brownfield.services import for_us, shut_by
from plan.endpoint_policies import Boundary
from plan.errors import Faults
from plan.log_buckets import LOG_DELIVERY, delivery_statements, plan_flow_log_bucket
from plan.partitions import Partition
from spec.cluster import ClusterSpec
from spec.lock import Lock

PATH = "network.flowLogs.destination.bucket.bucketArn"
RUN_LOCK = "was not read; run heiiki lock"


def check_supplied_bucket(
    spec: ClusterSpec, lock: Lock, partition: Partition, faults: Faults, warnings: list[str]
) -> None:
    """Note whatever keeps the log delivery service from the bucket, or lets strangers in."""
    bucket = plan_flow_log_bucket(spec, partition, lock.account_id)
    if bucket is None or not bucket.supplied:
        return
    found = lock.supplied.log_buckets.get(bucket.arn)
    if found is None:
        faults.add(PATH, RUN_LOCK, bucket.arn)
        return
    policy = found.policy or {}
    least = {"Statement": list(delivery_statements(bucket.arn, partition, lock.account_id))}
    for_delivery = [
        s
        for s in allowing(policy)
        if LOG_DELIVERY in services(s) and for_us(s, partition, lock.account_id)
    ]
    if missing := missing_calls({"Statement": for_delivery}, least):
        faults.add(PATH, f"has a policy that does not let flow logs in: {LOG_DELIVERY} may not do "
                   f"{', '.join(missing)} for account {lock.account_id}; ask its owner for "
                   f"{json.dumps(least['Statement'], sort_keys=True)}", bucket.arn)  # fmt: skip
    _check_denies(bucket.arn, policy, lock.account_id, faults, warnings)
    boundary = Boundary(spec.boundary, lock.account_id)
    for number, statement in enumerate(allowing(policy)):
        if outside := strangers(statement, boundary):
            faults.add(PATH, f"has a policy whose {named(statement, number)} lets "
                       f"{', '.join(outside)} in, held to the own account {lock.account_id} by no "
                       "condition that is understood; have its owner take that out",
                       bucket.arn)  # fmt: skip
        elif for_anybody(statement):
            warnings.append(
                f"{PATH}: {bucket.arn} has a policy whose {named(statement, number)} lets "
                f"{', '.join(services(statement))} in for whoever asks it to (a confused deputy); "
                f"have its owner hold that to aws:SourceAccount {lock.account_id} and aws:SourceArn"
            )
    if not found.public_access_blocked:
        warnings.append(f"{PATH}: {bucket.arn} does not block public access in all four ways; have "
                        "its owner do so")  # fmt: skip
    if found.region != spec.region:
        warnings.append(f"{PATH}: {bucket.arn} lies in {found.region}, so records of this network "
                        f"leave {spec.region}; see that this is meant")  # fmt: skip


def _check_denies(
    arn: str, policy: dict[str, Any], account_id: str, faults: Faults, warnings: list[str]
) -> None:
    """A Deny for everybody is one for the log delivery service, too."""
    calls = {
        "s3:PutObject": f"{arn}/AWSLogs/{account_id}/vpcflowlogs/x",
        "s3:GetBucketAcl": arn,
        "s3:ListBucket": arn,
    }
    for number, statement in enumerate(listed(policy.get("Statement", []))):
        how = shut_by(statement, LOG_DELIVERY, calls)
        said = f"has a policy whose {named(statement, number)} denies {LOG_DELIVERY} what it needs"
        if how == "always":
            faults.add(PATH, f"{said}, so it does not let flow logs in; have its owner except it",
                       arn)  # fmt: skip
        elif how is not None:
            warnings.append(
                f"{PATH}: {arn} {said}, since its requests come by no endpoint and in no account's "
                "name; have its owner add BoolIfExists aws:PrincipalIsAWSService false to it"
            )
