"""A lock file that does not fit itself or the plan is refused with what to do."""

from tests.plan.samples import lock_keys, locked, plan, refused


def test_a_lock_file_of_another_partition_is_refused():
    keys = lock_keys()
    assert plan(lock=locked(keys))
    assert refused({}, locked({**keys, "partition": "aws-cn"})) == [
        ("region", "lies in partition aws, and the lock file says aws-cn; run heiiki lock",
         "'ap-northeast-1'"),
    ]  # fmt: skip


def test_an_endpoint_service_of_another_type_than_the_plan_needs_is_refused():
    keys = lock_keys()
    keys["endpointServices"]["s3"]["type"] = "Interface"
    keys["endpointServices"]["ec2"]["type"] = "Gateway"
    again = "and the plan needs {}; run heiiki lock"
    assert sorted(refused({}, locked(keys))) == [
        ("nodePools", f"the lock file has ec2 as an endpoint of type Gateway, "
         f"{again.format('Interface')}", None),
        ("nodePools", f"the lock file has s3 as an endpoint of type Interface, "
         f"{again.format('Gateway')}", None),
    ]  # fmt: skip


def test_two_zones_of_one_id_are_refused():
    keys = lock_keys()
    ids = keys["availabilityZones"]
    ids["ap-northeast-1c"] = ids["ap-northeast-1a"]
    assert refused({}, locked(keys)) == [
        ("availabilityZones", "ap-northeast-1a and ap-northeast-1c have one zone id in the lock "
         f"file, {ids['ap-northeast-1a']}, and in no account have two zones one; the lock file is "
         "of another stack or out of date; run heiiki lock", None),
    ]  # fmt: skip
