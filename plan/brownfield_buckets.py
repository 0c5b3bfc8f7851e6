"""What must be true of the supplied bucket that flow logs go to. Nothing of it is changed."""

import json

from plan.brownfield_policies import missing_calls
from plan.brownfield_principals import allowing, named, services, strangers
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
    for_delivery = [s for s in allowing(policy) if LOG_DELIVERY in services(s)]
    if missing := missing_calls({"Statement": for_delivery}, least):
        faults.add(PATH, f"has a policy that does not let {LOG_DELIVERY} do {', '.join(missing)}; "
                   f"ask its owner for {json.dumps(least['Statement'], sort_keys=True)}",
                   bucket.arn)  # fmt: skip
    boundary = Boundary(spec.boundary, lock.account_id)
    for number, statement in enumerate(allowing(policy)):
        if outside := strangers(statement, boundary):
            faults.add(PATH, f"has a policy whose {named(statement, number)} lets "
                       f"{', '.join(outside)} in, held to the own account {lock.account_id} by no "
                       "condition that is understood; have its owner take that out",
                       bucket.arn)  # fmt: skip
    if not found.public_access_blocked:
        warnings.append(f"{PATH}: {bucket.arn} does not block public access in all four ways; have "
                        "its owner do so")  # fmt: skip
    if found.region != spec.region:
        warnings.append(f"{PATH}: {bucket.arn} lies in {found.region}, so records of this network "
                        f"leave {spec.region}; see that this is meant")  # fmt: skip
