"""Flow logs in a bucket: its name, whom its policy and the key's let in, and for whom."""

import json

from plan.log_buckets import flow_logs_to
from plan.names import BUCKET_NAME_MAX, bucket_name
from tests.plan.samples import ACCOUNT, plan
from tests.spec.stack_files import faults, stack

KEY = "network.flowLogs.destination"
TO_BUCKET = {KEY: {"kind": "bucket"}}
ARN = f"arn:aws:s3:::test-{ACCOUNT}-ap-northeast-1-flow-logs"


def test_flow_logs_go_to_a_log_group_unless_a_bucket_is_asked_for():
    assert plan().flow_log_bucket is None and flow_logs_to(stack()) == "logGroup"
    assert plan({KEY: {}}).flow_log_bucket is None
    found = plan(TO_BUCKET)
    bucket = found.flow_log_bucket
    assert bucket is not None and (bucket.arn, bucket.supplied) == (ARN, False)
    assert bucket.retention_days == 365
    assert "flow-logs" in plan().roles and "flow-logs" not in found.roles


def test_a_bucket_keeps_an_older_name_that_is_written():
    older = "test-ap-northeast-1-flow-logs"
    found = plan({KEY: {"kind": "bucket", "bucket": {"name": older}}})
    bucket = found.flow_log_bucket
    assert bucket is not None and (bucket.name, bucket.supplied) == (older, False)
    assert ARN not in json.dumps(bucket.policy) and f"arn:aws:s3:::{older}/*" in (
        json.dumps(bucket.policy)
    )
    assert faults({KEY: {"kind": "bucket", "bucket": {"name": "with.dots"}}}) == [
        (f"{KEY}.bucket.name",
         "must be an S3 bucket's name of 3 to 63 lower-case letters, digits and hyphens that S3 "
         "takes: not beginning with xn--, sthree- or amzn-s3-demo-, nor ending with -s3alias, "
         "--ol-s3, --x-s3 or --table-s3",
         "'with.dots'"),
    ]  # fmt: skip


def test_without_flow_logs_there_is_no_bucket_for_them():
    off = {**TO_BUCKET, "network.flowLogs.enabled": False}
    assert plan(TO_BUCKET).flow_log_bucket is not None
    assert plan(off).flow_log_bucket is None and flow_logs_to(stack(off)) is None


def test_a_buckets_name_fits_and_tells_accounts_and_regions_apart():
    long = bucket_name("c" * 30, "ap-northeast-1", ACCOUNT, "flow-logs")
    other = bucket_name("c" * 30, "ap-northeast-2", ACCOUNT, "flow-logs")
    assert len(long) <= BUCKET_NAME_MAX and long != other


def test_the_bucket_admits_the_delivery_service_alone_for_the_own_account_by_tls():
    bucket = plan(TO_BUCKET).flow_log_bucket
    assert bucket is not None
    write, check, deny, others = bucket.policy["Statement"]
    held = {"aws:SourceArn": f"arn:aws:logs:ap-northeast-1:{ACCOUNT}:*"}
    for statement in (write, check):
        assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
        assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == ACCOUNT
        assert statement["Condition"]["ArnLike"] == held
    assert (write["Action"], write["Resource"]) == (
        "s3:PutObject", f"{ARN}/AWSLogs/{ACCOUNT}/*",
    )  # fmt: skip
    assert (check["Action"], check["Resource"]) == (["s3:GetBucketAcl", "s3:ListBucket"], ARN)
    assert (deny["Effect"], deny["Principal"], deny["Resource"]) == ("Deny", "*", [ARN, f"{ARN}/*"])
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert (others["Effect"], others["Principal"]) == ("Deny", "*")
    assert (others["Action"], others["Resource"]) == (
        ["s3:PutObject*", "s3:ReplicateObject"], f"{ARN}/*",
    )  # fmt: skip
    assert others["Condition"] == {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}


def test_the_key_admits_the_delivery_service_only_where_it_writes():
    def services(found):
        return [s["Principal"]["Service"] for s in found.key_policy["Statement"]
                if "Service" in s["Principal"]]  # fmt: skip

    assert services(plan()) == ["logs.ap-northeast-1.amazonaws.com"]
    (statement,) = [s for s in plan(TO_BUCKET).key_policy["Statement"] if s["Sid"] == "LogDelivery"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


def test_china_has_its_own_arns_and_the_same_service():
    china = {"region": "cn-north-1", "availabilityZones": ["cn-north-1a", "cn-north-1b"]}
    bucket = plan({**TO_BUCKET, **china}).flow_log_bucket
    assert bucket is not None and bucket.arn.startswith("arn:aws-cn:s3:::")
    text = json.dumps(bucket.policy)
    assert "arn:aws:" not in text and "delivery.logs.amazonaws.com" in text


def test_a_supplied_bucket_is_named_by_its_arn():
    existing = {"kind": "existing", "bucketArn": "arn:aws:s3:::archive"}
    bucket = plan({KEY: {"kind": "bucket", "bucket": existing}}).flow_log_bucket
    assert bucket is not None and (bucket.name, bucket.supplied) == ("archive", True)
    wrong = {KEY: {"kind": "bucket", "bucket": {**existing, "bucketArn": "archive"}}}
    assert faults(wrong) == [
        (f"{KEY}.bucket.bucketArn", "must be the ARN of an S3 bucket, such as "
         "arn:aws:s3:::flow-logs-of-the-bank", "'archive'"),
    ]  # fmt: skip


def test_queries_are_kept_as_long_as_their_own_key_says():
    asked = stack({"network.flowLogs.retentionDays": 30})
    assert asked.network.dns.query_log_retention_days == 365
    asked = stack({"network.dns.queryLogRetentionDays": 90})
    assert asked.network.dns.query_log_retention_days == 90
    assert asked.network.flow_logs.retention_days == 365
