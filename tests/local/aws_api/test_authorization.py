"""What a role's policies allow, and no more, of calls that are signed with a session of it.

Through boto3, over loopback. Each refusal stands beside a call that passes.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from local.aws.arriving import ALLOWED, FROM_VPC, session_in
from local.machines.pulling import Asking, refusal
from tests.local.aws_api.conftest import REGION, Aws, Network

ACCOUNT = "123456789012"
ROLE, SESSION = "worker", "i-0123456789abcdef0"
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
         "Action": "sts:AssumeRole"}  # fmt: skip
WHO = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/{SESSION} is not authorized to perform: "
Session = Callable[..., Any]
# moto's serializer warns of codes that no service's model has, though all services use them.
pytestmark = pytest.mark.filterwarnings("ignore:Exception.Refused. with code")


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | list[str], resource: Any = "*", **conditions: Any) -> dict[str, Any]:
    held = {"Condition": conditions} if conditions else {}
    return {"Effect": "Allow", "Action": action, "Resource": resource, **held}


def deny(action: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource), **more, "Effect": "Deny"}


@pytest.fixture
def session(aws: Aws, endpoint_url: str) -> Session:
    """Clients of a role with these statements, made anew by each call."""

    def made(*statements: dict[str, Any], vpc_id: str = "", **more: Any) -> Any:
        iam = aws("iam")
        if not [one for one in iam.list_roles()["Roles"] if one["RoleName"] == ROLE]:
            iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=document(TRUST), **more)
        if statements:
            text = document(*statements)
            iam.put_role_policy(RoleName=ROLE, PolicyName="own", PolicyDocument=text)
        elif iam.list_role_policies(RoleName=ROLE)["PolicyNames"]:
            iam.delete_role_policy(RoleName=ROLE, PolicyName="own")
        keys = aws("sts").assume_role(
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", RoleSessionName=SESSION
        )["Credentials"]

        def client(service: str) -> Any:
            found = boto3.client(
                service, region_name=REGION, endpoint_url=endpoint_url,
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys["SessionToken"],
            )  # fmt: skip
            if vpc_id:
                found.meta.events.register(
                    "before-send.*", lambda request, **_: request.headers.update({FROM_VPC: vpc_id})
                )
            return found

        return client

    return made


def refused(call: Callable[..., Any], **params: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    said = caught.value.response
    return (said["Error"]["Code"], said["ResponseMetadata"]["HTTPStatusCode"],
            said["Error"].get("Message", ""))  # fmt: skip


def parameter_arn(name: str) -> str:
    return f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}"


def test_each_action_that_a_role_has_used_is_told_once(
    aws: Aws, endpoint_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And one that it has not, or that it was refused, is not."""
    aws("iam").create_role(RoleName="tells", AssumeRolePolicyDocument=document(TRUST))
    aws("iam").put_role_policy(
        RoleName="tells", PolicyName="own",
        PolicyDocument=document(allow(["ec2:DescribeVolumes", "ec2:DescribeInstances"])),
    )  # fmt: skip
    keys = aws("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/tells", RoleSessionName=SESSION
    )["Credentials"]  # fmt: skip
    ec2 = boto3.client(
        "ec2", region_name=REGION, endpoint_url=endpoint_url,
        aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )  # fmt: skip
    for _ in range(2):
        ec2.describe_volumes()
    refused(ec2.describe_subnets)
    lines = [one for one in capsys.readouterr().err.splitlines() if one.startswith(ALLOWED)]
    assert [one for one in lines if "tells" in one] == [f"{ALLOWED}tells ec2:DescribeVolumes"]


def test_a_role_reads_its_own_parameter_and_no_other(
    aws: Aws, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("/a/worker/key", "/a/etcd/key"):
        aws("ssm").put_parameter(Name=name, Value=name, Type="String")
    resources = [parameter_arn("/a/worker"), parameter_arn("/a/worker/*")]
    own = session(allow(["ssm:GetParameter", "ssm:GetParametersByPath"], resources))("ssm")
    assert own.get_parameter(Name="/a/worker/key")["Parameter"]["Value"] == "/a/worker/key"
    assert len(own.get_parameters_by_path(Path="/a/worker/")["Parameters"]) == 1
    because = "because no identity-based policy allows the"
    code, status, said = refused(own.get_parameter, Name="/a/etcd/key")
    assert (code, status) == ("AccessDeniedException", 400)
    assert f"refused: {said}\n" in capsys.readouterr().err
    on = parameter_arn("/a/etcd/key")
    assert said == (f"{WHO}ssm:GetParameter on resource: {on} {because} ssm:GetParameter action")
    for path in ("/a", "/a/etcd"):
        assert refused(own.get_parameters_by_path, Path=path)[0] == "AccessDeniedException"
    put = {"Name": "/a/worker/key", "Value": "b", "Type": "String", "Overwrite": True}
    assert refused(own.put_parameter, **put)[0] == "AccessDeniedException"
    assert aws("ssm").get_parameter(Name="/a/worker/key")["Parameter"]["Value"] == "/a/worker/key"


def test_a_secret_is_decrypted_by_who_may_use_the_key_for_it(aws: Aws, session: Session) -> None:
    key_arn = aws("kms").create_key()["KeyMetadata"]["Arn"]
    for name in ("/a/worker", "/a/other"):
        aws("ssm").put_parameter(Name=name, Value="s", Type="SecureString", KeyId=key_arn)
    reads = allow("ssm:GetParameter", parameter_arn("/a/*"))
    opens = allow("kms:Decrypt", key_arn, StringEquals={
        "kms:ViaService": f"ssm.{REGION}.amazonaws.com",
        "kms:EncryptionContext:PARAMETER_ARN": parameter_arn("/a/worker"),
    })  # fmt: skip
    own = session(reads, opens)
    ssm = own("ssm")
    asked = {"Name": "/a/worker", "WithDecryption": True}
    assert ssm.get_parameter(**asked)["Parameter"]["Value"] == "s"
    assert ssm.get_parameter(Name="/a/other")["Parameter"]["Value"] != "s"
    said = refused(ssm.get_parameter, Name="/a/other", WithDecryption=True)[2]
    assert f"perform: kms:Decrypt on resource: {key_arn}" in said
    blob = aws("kms").encrypt(KeyId=key_arn, Plaintext=b"s")["CiphertextBlob"]
    assert refused(own("kms").decrypt, CiphertextBlob=blob)[0] == "AccessDeniedException"
    assert session(reads)("ssm").get_parameter(Name="/a/worker")
    assert "kms:Decrypt" in refused(session(reads)("ssm").get_parameter, **asked)[2]


def test_a_key_that_leaves_nothing_to_iam_is_opened_by_who_it_names(
    aws: Aws, session: Session
) -> None:
    named = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"},
             "Action": "kms:Encrypt", "Resource": "*"}  # fmt: skip
    key_id = aws("kms").create_key(Policy=document(named))["KeyMetadata"]["KeyId"]
    kms = session(allow("kms:*"))("kms")
    assert kms.encrypt(KeyId=key_id, Plaintext=b"s")["CiphertextBlob"]
    said = refused(kms.describe_key, KeyId=key_id)[2]
    assert said.endswith("because no resource-based policy allows the kms:DescribeKey action")
    own = session()("kms")
    assert own.encrypt(KeyId=key_id, Plaintext=b"s")["CiphertextBlob"], "the key names the role"


def bucket(aws: Aws, *keys: str, policy: str = "") -> str:
    s3, name = aws("s3"), "machines"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    for key in keys:
        s3.put_object(Bucket=name, Key=key, Body=key.encode())
    if policy:
        s3.put_bucket_policy(Bucket=name, Policy=policy)
    return f"arn:aws:s3:::{name}"


def test_objects_are_read_written_listed_and_deleted_as_the_role_may(
    aws: Aws, session: Session
) -> None:
    arn = bucket(aws, "own/a b", "others/a")
    s3 = session(
        allow("s3:GetObject", f"{arn}/own/*"),
        allow("s3:PutObject", f"{arn}/new/*", Null={"s3:if-none-match": "false"}),
        allow("s3:ListBucket", arn, StringLike={"s3:prefix": "own/*"}),
    )("s3")
    here = {"Bucket": "machines"}
    assert s3.get_object(**here, Key="own/a b")["Body"].read() == b"own/a b"
    assert s3.head_object(**here, Key="own/a b")["ContentLength"]
    code, status, said = refused(s3.get_object, **here, Key="others/a")
    assert (code, status) == ("AccessDenied", 403)
    assert f"s3:GetObject on resource: {arn}/others/a because" in said
    assert refused(s3.head_object, **here, Key="others/a")[1] == 403
    assert s3.put_object(**here, Key="new/a", Body=b"a" * 100_000, IfNoneMatch="*")
    assert len(aws("s3").get_object(**here, Key="new/a")["Body"].read()) == 100_000
    for key, more in (("new/b", {}), ("own/b", {"IfNoneMatch": "*"})):
        assert refused(s3.put_object, **here, Key=key, Body=b"b", **more)[1] == 403
    assert s3.list_objects_v2(**here, Prefix="own/")["KeyCount"] == 1
    assert refused(s3.list_objects_v2, **here)[1] == 403
    assert refused(s3.list_objects_v2, **here, Prefix="others/")[1] == 403
    assert refused(s3.delete_object, **here, Key="own/a b")[1] == 403
    gone = {"Objects": [{"Key": "own/a b"}]}
    assert refused(s3.delete_objects, **here, Delete=gone)[1] == 403
    assert refused(s3.list_buckets)[1] == 403
    assert refused(s3.get_bucket_encryption, **here)[1] == 403
    assert aws("s3").list_objects_v2(**here)["KeyCount"] == 3


def test_who_may_not_list_is_not_told_that_an_object_is_missing(aws: Aws, session: Session) -> None:
    arn = bucket(aws, "a")
    reads = allow("s3:GetObject", f"{arn}/*")
    missing = {"Bucket": "machines", "Key": "b"}
    assert refused(session(reads)("s3").get_object, **missing)[0] == "AccessDenied"
    told = session(reads, allow("s3:ListBucket", arn))("s3")
    assert refused(told.get_object, **missing)[:2] == ("NoSuchKey", 404)


def test_objects_of_an_encrypted_bucket_take_its_key_too(aws: Aws, session: Session) -> None:
    arn, key_arn = bucket(aws), aws("kms").create_key()["KeyMetadata"]["Arn"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms",
                                                   "KMSMasterKeyID": key_arn},
            "BucketKeyEnabled": True}  # fmt: skip
    aws("s3").put_bucket_encryption(
        Bucket="machines", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    objects = allow(["s3:GetObject", "s3:PutObject"], f"{arn}/*")
    held = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"},
            "ArnLike": {"kms:EncryptionContext:aws:s3:arn": arn}}  # fmt: skip
    writes = session(objects, allow("kms:GenerateDataKey", key_arn, **held))("s3")
    one = {"Bucket": "machines", "Key": "a"}
    writes.put_object(**one, Body=b"a")
    assert "kms:Decrypt on resource" in refused(writes.get_object, **one)[2]
    reads = session(objects, allow("kms:Decrypt", key_arn, **held))("s3")
    assert reads.get_object(**one)["Body"].read() == b"a"
    assert "kms:GenerateDataKey on resource" in refused(reads.put_object, **one, Body=b"b")[2]


def test_a_deny_of_the_bucket_s_or_the_role_s_wins(aws: Aws, session: Session) -> None:
    arn = bucket(aws, "a", "b", "c")
    others = deny("s3:GetObject", f"{arn}/b", Principal="*")
    aws("s3").put_bucket_policy(Bucket="machines", Policy=document(others))
    s3 = session(allow("s3:GetObject", f"{arn}/*"), deny("s3:*", f"{arn}/c"))("s3")
    assert s3.get_object(Bucket="machines", Key="a")["Body"].read() == b"a"
    for key, kind in (("b", "a resource-based"), ("c", "an identity-based")):
        said = refused(s3.get_object, Bucket="machines", Key=key)[2]
        assert said.endswith(f"with an explicit deny in {kind} policy"), said


def test_a_bucket_may_let_in_a_role_that_has_no_policy_of_its_own(
    aws: Aws, session: Session
) -> None:
    arn = bucket(aws, "a")
    named = {**allow("s3:GetObject", f"{arn}/*"),
             "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"}}  # fmt: skip
    one = {"Bucket": "machines", "Key": "a"}
    s3 = session()("s3")
    assert refused(s3.get_object, **one)[0] == "AccessDenied"
    aws("s3").put_bucket_policy(Bucket="machines", Policy=document(named))
    assert s3.get_object(**one)["Body"].read() == b"a"


def test_both_ends_of_an_attachment_are_asked_for(
    aws: Aws, session: Session, network: Network
) -> None:
    ec2 = aws("ec2")
    ids = []
    for name in ("1a", "1c"):
        spec = [{"ResourceType": "volume", "Tags": [{"Key": "member", "Value": name}]}]
        made = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1, TagSpecifications=spec)
        ids.append(made["VolumeId"])
    instance = ec2.run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=network.subnet_ids[0],
        InstanceType="m5.large",
    )["Instances"][0]["InstanceId"]  # fmt: skip
    place = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
    own = {"aws:ResourceTag/member": "1a"}
    volumes = allow("ec2:AttachVolume", f"{place}:volume/*", StringEquals=own)
    asked = {"InstanceId": instance, "Device": "/dev/sdf"}
    half = session(volumes, allow("ec2:DescribeVolumes"))("ec2")
    assert len(half.describe_volumes()["Volumes"]) == 3
    code, status, said = refused(half.attach_volume, VolumeId=ids[0], **asked)
    assert (code, status) == ("UnauthorizedOperation", 403)
    assert f"ec2:AttachVolume on resource: {place}:instance/{instance} because" in said
    both = session(volumes, allow("ec2:AttachVolume", f"{place}:instance/*"))("ec2")
    said = refused(both.attach_volume, VolumeId=ids[1], **asked)[2]
    assert f"on resource: {place}:volume/{ids[1]} because" in said
    assert both.attach_volume(VolumeId=ids[0], **asked)["State"]
    assert refused(both.create_tags, Resources=[ids[1]], Tags=[{"Key": "member", "Value": "1a"}])
    assert refused(both.describe_volumes)[0] == "UnauthorizedOperation"
    assert refused(both.terminate_instances, InstanceIds=[instance])[1] == 403


def test_what_is_not_known_here_is_refused_and_said(aws: Aws, session: Session) -> None:
    """Of a key, an operator, and of an operation whose resource nobody has written down."""
    aws("ssm").put_parameter(Name="/a", Value="a", Type="String")
    for conditions, doubt in (
        ({"StringEquals": {"aws:NoSuchKey": "a"}}, "the condition key aws:NoSuchKey is not known"),
        ({"DateLessThan": {"aws:PrincipalArn": "2026-01-01T00:00:00Z"}}, "the operator DateLess"),
        ({"StringLike": {"aws:PrincipalArn": "${aws:username}"}}, "the variable in"),
    ):
        ssm = session(allow("ssm:GetParameter", "*", **conditions))("ssm")
        assert f"(the embedded AWS: {doubt}" in refused(ssm.get_parameter, Name="/a")[2]
        # A Deny that may hold does.
        both = (allow("ssm:GetParameter"), {**deny("ssm:*"), "Condition": conditions})
        said = refused(session(*both)("ssm").get_parameter, Name="/a")[2]
        assert "explicit deny" in said and doubt in said
    said = refused(session(allow("*"))("ssm").list_documents)[2]
    assert "what ssm:ListDocuments is about is not known here" in said
    assert session(allow("*"))("ssm").get_parameter(Name="/a")["Parameter"]["Value"] == "a"


def test_each_protocol_has_its_own_refusal_and_who_one_is_is_always_told(
    aws: Aws, session: Session
) -> None:
    own = session(deny("*"))
    arn = own("sts").get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/{SESSION}"
    none = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", "RoleSessionName": "other"}
    for service, method, params, code, status in (
        ("sts", "assume_role", none, "AccessDenied", 403),
        ("autoscaling", "describe_auto_scaling_groups", {}, "AccessDenied", 403),
        ("elbv2", "describe_load_balancers", {}, "AccessDenied", 403),
        ("elb", "describe_load_balancers", {}, "AccessDenied", 403),
        ("route53", "list_hosted_zones", {}, "AccessDenied", 403),
        ("ecr", "get_authorization_token", {}, "AccessDeniedException", 400),
        ("eks", "list_clusters", {}, "AccessDeniedException", 403),
        ("iam", "list_roles", {}, "AccessDenied", 403),
    ):
        assert refused(getattr(own(service), method), **params)[:2] == (code, status), service
    lists = session(allow(["elasticloadbalancing:Describe*", "autoscaling:Describe*"]))
    assert lists("elbv2").describe_load_balancers()["LoadBalancers"] == []
    assert lists("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []


def test_a_boundary_limits_what_policies_allow(aws: Aws, session: Session) -> None:
    iam = aws("iam")
    made = iam.create_policy(PolicyName="limit", PolicyDocument=document(allow("ec2:*")))
    ec2 = allow("ec2:DescribeVpcs")
    own = session(ec2, allow("autoscaling:Describe*"), PermissionsBoundary=made["Policy"]["Arn"])
    assert own("ec2").describe_vpcs()["Vpcs"]
    said = refused(own("autoscaling").describe_auto_scaling_groups)[2]
    assert "because no permissions boundary allows" in said
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=made["Policy"]["Arn"])
    assert own("ec2").describe_subnets()["Subnets"], "by an attached policy, too"


def test_the_endpoint_s_policy_limits_what_comes_from_a_vpc(
    aws: Aws, session: Session, endpoint_url: str
) -> None:
    ec2 = aws("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    passes = {**allow("ec2:DescribeVpcs", StringEquals={"aws:PrincipalAccount": ACCOUNT}),
              "Principal": "*"}  # fmt: skip
    end = ec2.create_vpc_endpoint(
        VpcId=vpc_id, ServiceName=f"com.amazonaws.{REGION}.ec2", VpcEndpointType="Interface",
        PolicyDocument=document(passes), PrivateDnsEnabled=False,
    )["VpcEndpoint"]["VpcEndpointId"]  # fmt: skip
    held = {"aws:SourceVpce": end, "aws:SourceVpc": vpc_id, "aws:VpceAccount": ACCOUNT}
    looks = allow(["ec2:Describe*", "ssm:*"], "*", StringEquals=held)
    inside = session(looks, vpc_id=vpc_id)
    assert inside("ec2").describe_vpcs()["Vpcs"]
    said = refused(inside("ec2").describe_subnets)[2]
    assert said.endswith("because no VPC endpoint policy allows the ec2:DescribeSubnets action")
    assert "VPC endpoint" in refused(inside("ssm").get_parameter, Name="/a")[2], "it has none"
    said = refused(session(looks)("ec2").describe_vpcs)[2]
    assert "no identity-based policy" in said, "from nowhere"


def test_from_a_vpc_nobody_calls_without_a_session_s_keys(
    aws: Aws, session: Session, endpoint_url: str
) -> None:
    """The keys that all of this is built with are none of AWS's."""
    from_vpc = {FROM_VPC: "vpc-0a"}

    def asked(service: str, key: str, headers: dict[str, str], token: str = "") -> tuple[int, str]:
        scope = f"AWS4-HMAC-SHA256 Credential={key}/20260101/{REGION}/{service}/aws4_request, a=b"
        signed = {"Authorization": scope} if key else {}
        more = {"X-Amz-Security-Token": token} if token else {}
        request = urllib.request.Request(f"{endpoint_url}/", headers={**signed, **headers, **more})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    assert asked("s3", "embedded", {})[0] == 200
    status, said = asked("s3", "embedded", from_vpc)
    assert status == 403 and "InvalidAccessKeyId" in said
    assert asked("s3", "", from_vpc)[0] == 403
    assert asked("ec2", "embedded", from_vpc)[0] == 401
    key = session(allow("s3:*"))("s3")._request_signer._credentials.access_key
    status, said = asked("s3", key, {}, "of another session")
    assert status == 403 and "InvalidAccessKeyId" in said
    assert asked("s3", key, {})[0] == 403, "without its token"


def test_a_pull_is_its_role_s_by_ecr_s_token(aws: Aws, session: Session, endpoint_url: str) -> None:
    """As the front asks it, of each request that comes to a registry's name."""
    pulls = allow(["ecr:BatchGetImage", "ecr:GetAuthorizationToken"])
    data = session(pulls)("ecr").get_authorization_token()["authorizationData"]
    keys = session_in(f"Basic {data[0]['authorizationToken']}")
    assert keys is not None
    parts = urlsplit(endpoint_url)
    asking = Asking(str(parts.hostname), parts.port or 0, REGION, "")
    manifest = "/v2/heiiki/a/manifests/sha256:0"
    assert refusal(asking, keys, "GET", "/v2/") == ""
    assert refusal(asking, keys, "GET", manifest) == ""
    said = refusal(asking, keys, "PUT", manifest)
    on = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/heiiki/a"
    assert said.startswith(f"{WHO}ecr:PutImage on resource: {on} because no identity-based")
    assert "token included in the request is invalid" in refusal(
        asking, (keys[0], "of another session"), "GET", manifest
    )
    there = Asking(asking.host, asking.port, REGION, "vpc-0a")
    assert "no VPC endpoint policy" in refusal(there, keys, "GET", manifest)
    nobody = aws("ecr").get_authorization_token()["authorizationData"][0]
    assert session_in(f"Basic {nobody['authorizationToken']}") is None


def test_what_balances_loads_is_made_with_the_cluster_s_tag_and_changed_by_it(
    aws: Aws, session: Session, network: Network
) -> None:
    """As the cloud controller may, whose policy has these statements."""
    place, elb = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:*", aws("elbv2")
    asked, owned = {"aws:RequestTag/c": "owned"}, {"aws:ResourceTag/c": "owned"}
    made = {"elasticloadbalancing:CreateAction": ["CreateTargetGroup", "CreateLoadBalancer"]}
    tags = {"Tags": [{"Key": "c", "Value": "owned"}]}
    group = {"Protocol": "TCP", "Port": 80, "VpcId": network.vpc_id, "TargetType": "instance"}
    prefix = "elasticloadbalancing:"
    creates = [f"{prefix}CreateTargetGroup", f"{prefix}CreateLoadBalancer"]
    half = session(allow(creates, place, StringEquals=asked))("elbv2")
    said = refused(half.create_target_group, Name="a", **group, **tags)[2]
    assert "elasticloadbalancing:AddTags on resource" in said
    own = session(
        allow(creates, place, StringEquals=asked),
        allow(f"{prefix}AddTags", place, StringEquals={**asked, **made}),
        allow(f"{prefix}CreateListener", place, StringEquals=owned),
        allow(f"{prefix}ModifyTargetGroup", place, StringEquals=owned),
    )("elbv2")
    assert refused(own.create_target_group, Name="a", **group)[0] == "AccessDenied"
    mine = own.create_target_group(Name="a", **group, **tags)["TargetGroups"][0]["TargetGroupArn"]
    other = elb.create_target_group(Name="b", **group)["TargetGroups"][0]["TargetGroupArn"]
    assert own.modify_target_group(TargetGroupArn=mine, HealthCheckIntervalSeconds=10)
    assert (
        f"ModifyTargetGroup on resource: {other}"
        in refused(own.modify_target_group, TargetGroupArn=other, HealthCheckIntervalSeconds=10)[2]
    )
    assert "AddTags" in refused(own.add_tags, ResourceArns=[other], **tags)[2], "by a call alone"
    balancer = {"Type": "network", "Subnets": network.subnet_ids[:1], "Scheme": "internal"}
    arns = [
        client.create_load_balancer(Name=name, **balancer, **more)["LoadBalancers"][0][
            "LoadBalancerArn"
        ]
        for client, name, more in ((own, "a", tags), (elb, "b", {}))
    ]
    listener = {"Protocol": "TCP", "Port": 80,
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": mine}]}  # fmt: skip
    assert own.create_listener(LoadBalancerArn=arns[0], **listener)["Listeners"]
    assert refused(own.create_listener, LoadBalancerArn=arns[1], **listener)[0] == "AccessDenied"
    classic = session(allow("*"))("elb")
    assert "is not known here" in refused(classic.delete_load_balancer, LoadBalancerName="a")[2]


def test_a_group_in_a_vpc_asks_for_the_vpc_and_for_its_tags(
    session: Session, network: Network
) -> None:
    """Each by itself: as whoever makes groups for load balancers may."""
    here = f"arn:aws:ec2:{REGION}:{ACCOUNT}:"
    tags = [{"Key": "c", "Value": "owned"}]
    asked = {"GroupName": "a", "Description": "a", "VpcId": network.vpc_id}
    tagged = {"TagSpecifications": [{"ResourceType": "security-group", "Tags": tags}]}
    made = allow("ec2:CreateSecurityGroup", f"{here}security-group/*",
                 StringEquals={"aws:RequestTag/c": "owned"})  # fmt: skip
    in_vpc = allow("ec2:CreateSecurityGroup", f"{here}vpc/{network.vpc_id}")
    tagging = allow("ec2:CreateTags", f"{here}security-group/*",
                    StringEquals={"ec2:CreateAction": "CreateSecurityGroup"})  # fmt: skip
    for rights, lacking in (((made, tagging), "vpc/"), ((made, in_vpc), "ec2:CreateTags"),
                            ((in_vpc, tagging), "security-group/")):  # fmt: skip
        said = refused(session(*rights)("ec2").create_security_group, **asked, **tagged)[2]
        assert lacking in said, said
    client = session(made, in_vpc, tagging)("ec2")
    assert refused(client.create_security_group, **asked)[0] == "UnauthorizedOperation"
    assert client.create_security_group(**asked, **tagged)["GroupId"]


def test_a_call_without_what_it_is_about_is_no_fault_of_the_server(
    session: Session, endpoint_url: str
) -> None:
    signer = session(allow("*"))("ec2")._request_signer._credentials
    scope = f"Credential={signer.access_key}/20260101/{REGION}/ec2/aws4_request"
    request = urllib.request.Request(
        endpoint_url, data=b"Action=CreateTags&Version=2016-11-15",
        headers={"Authorization": f"AWS4-HMAC-SHA256 {scope}, a=b",
                 "X-Amz-Security-Token": signer.token},
    )  # fmt: skip
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=20)
    assert caught.value.code == 400 and b"MissingParameter" in caught.value.read()


def test_across_accounts_both_sides_have_to_allow_it(
    aws: Aws, session: Session, endpoint_url: str
) -> None:
    """A bucket is its owner's, whoever asks for it."""
    other, arn = "210987654321", bucket(aws, "a")

    def client(service: str, keys: dict[str, str], account: str = "") -> Any:
        made = boto3.client(
            service, region_name=REGION, endpoint_url=endpoint_url,
            aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key="secret",
            aws_session_token=keys.get("SessionToken"),
        )  # fmt: skip
        if account:
            made.meta.events.register(
                "before-send.*",
                lambda request, **_: request.headers.update({"x-moto-account-id": account}),
            )
        return made

    iam = client("iam", {"AccessKeyId": "testing"}, other)
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=document(TRUST))["Role"]["Arn"]
    everything = document(allow("s3:GetObject", f"{arn}/*"))
    iam.put_role_policy(RoleName=ROLE, PolicyName="own", PolicyDocument=everything)
    keys = aws("sts").assume_role(RoleArn=role, RoleSessionName=SESSION)["Credentials"]
    s3, one = client("s3", keys), {"Bucket": "machines", "Key": "a"}
    assert f":{other}:" in client("sts", keys).get_caller_identity()["Arn"]
    assert "because no resource-based policy allows" in refused(s3.get_object, **one)[2]
    named = {**allow("s3:GetObject", f"{arn}/*"), "Principal": {"AWS": role}}
    aws("s3").put_bucket_policy(Bucket="machines", Policy=document(named))
    assert s3.get_object(**one)["Body"].read() == b"a"
    iam.delete_role_policy(RoleName=ROLE, PolicyName="own")
    assert "because no identity-based policy allows" in refused(s3.get_object, **one)[2]


def test_a_signature_in_the_query_counts_where_it_is_read(
    aws: Aws, session: Session, endpoint_url: str
) -> None:
    """Of S3: else a call that is allowed could be named for one that is not."""
    arn = bucket(aws, "a", "b")
    s3 = session(allow("s3:GetObject", f"{arn}/a"), allow("ec2:DescribeVpcs"))("s3")

    def asked(key: str, service: str = "s3", **more: str) -> int:
        signed = s3.generate_presigned_url("get_object", Params={"Bucket": "machines", "Key": key})
        url = signed.replace("%2Fs3%2F", f"%2F{service}%2F") + f"&{urlencode(more)}"
        request = urllib.request.Request(url, headers={FROM_VPC: vpc_id})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    vpc_id = str(aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])
    for name, kind in (("s3", "Gateway"), ("ec2", "Interface")):
        aws("ec2").create_vpc_endpoint(
            VpcId=vpc_id, ServiceName=f"com.amazonaws.{REGION}.{name}", VpcEndpointType=kind,
            PrivateDnsEnabled=False,
        )  # fmt: skip
    assert asked("a") == 200 and asked("b") == 403
    assert asked("b", "ec2", Action="DescribeVpcs") == 403
