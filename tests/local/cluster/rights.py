"""What credentials of a machine are good for, tried on it: against the plan's own tables.

What is refused is so by the embedded AWS's decision (local/aws/authorization); what was to be is
told by the plan's table of keys and, of objects, by an evaluator of policies that is no code of
ours (tests/iam_evaluator.py).
"""

import base64
from typing import Any

from local.cluster.stack import ACCOUNT
from plan.pki.files import StoredFile, parameter_path, plan_files
from plan.pki.table import ADMINISTRATOR
from plan.self_hosted.cluster import SelfHosted
from tests.iam_evaluator import Call, decided
from tests.local.cluster.aws_calls import Answered, AwsCall, asks, call_aws, of_object
from tests.local.cluster.booted import CLUSTER, MEMBERS, Booted

# One machine of each kind, with its role as the plan calls it.
ASKED = {"worker": "node-workers", "controller": "controller", "etcd-1a": "etcd-1a"}
OTHERS = {"worker": "etcd-1a", "controller": "etcd-1a", "etcd-1a": "controller"}
NOBODY = {"AccessKeyId": "embedded", "SecretAccessKey": "embedded"}


def call(booted: Booted, role: str, calls: list[AwsCall], **more: Any) -> list[Answered]:
    return call_aws(booted.machine(role), booted.cluster.stack.region, calls, **more)


def files_of(booted: Booted) -> list[StoredFile]:
    """Of machines. The administrator's are in the stack alone."""
    own = booted.plan().control_plane
    assert isinstance(own, SelfHosted)
    return [file for file in plan_files(own.pki, {}) if file.role != ADMINISTRATOR]


def unused(booted: Booted, logical: str) -> set[str]:
    """Actions that a role of the plan may and has not used until the cluster was whole."""
    name = booted.plan().roles[logical].role_name
    return actions_of(booted, logical) - {action for role, action in booted.used if role == name}


def actions_of(booted: Booted, logical: str) -> set[str]:
    """That a role of the plan may."""
    actions = [one["Action"] for one in booted.plan().roles[logical].statements]
    return {name for one in actions for name in ([one] if isinstance(one, str) else one)}


def keys_are_read_by_their_role_alone(booted: Booted) -> None:
    """Each role's path, and each secret by its name, with decryption."""
    files = files_of(booted)
    names = {file: f"{parameter_path(CLUSTER, file.role)}/{file.name}" for file in files}
    pages = booted.aws("ssm").get_paginator("get_parameters_by_path")
    stored = {one["Name"]
              for page in pages.paginate(Path=f"/heiiki/{CLUSTER}", Recursive=True)
              for one in page["Parameters"]}  # fmt: skip
    assert set(names.values()) <= stored
    paths = sorted({file.role for file in files})
    assert set(paths) == {"worker", "controller", *(f"etcd-{name}" for name in MEMBERS)}
    secrets = [file for file in files if file.secret]
    assert {file.role for file in secrets} == set(paths) - {"worker"}, "it joins by its identity"
    whole = [asks("ssm", "GetParametersByPath", Path=parameter_path(CLUSTER, role),
                  WithDecryption=True) for role in paths]  # fmt: skip
    single = [asks("ssm", "GetParameter", Name=names[file], WithDecryption=True)
              for file in secrets]  # fmt: skip
    before = len(booted.refusals())
    for role in ASKED:
        answers = call(booted, role, [*whole, *single])
        for owner, answer in zip(paths, answers, strict=False):
            if owner == role:
                assert answer.read()["Parameters"], role
            else:
                assert answer.is_refused, (role, owner, answer)
        for file, answer in zip(secrets, answers[len(paths) :], strict=True):
            if file.role == role:
                assert answer.read()["Parameter"]["Value"], file
            else:
                assert answer.is_refused, (role, file, answer)
    assert len(booted.refusals()) > before + len(paths), "each is a line of the log"


def the_key_opens_for_each_what_is_its_own(booted: Booted) -> None:
    """The cluster's secrets for controllers; for nobody by itself what others open for them."""
    kms = booted.aws("kms")
    key_id = kms.describe_key(KeyId=f"alias/heiiki/{CLUSTER}")["KeyMetadata"]["KeyId"]
    region, path = booted.cluster.stack.region, parameter_path(CLUSTER, "controller")
    contexts = ({"heiiki/cluster": CLUSTER},
                {"PARAMETER_ARN": f"arn:aws:ssm:{region}:{ACCOUNT}:parameter{path}/a"},
                {"aws:s3:arn": f"arn:aws:s3:::{booted.machines_bucket()}"})  # fmt: skip
    tried = []
    for context in contexts:
        made = kms.encrypt(KeyId=key_id, Plaintext=b"s", EncryptionContext=context)
        blob = base64.b64encode(made["CiphertextBlob"]).decode()
        tried.append(asks("kms", "Decrypt", CiphertextBlob=blob, EncryptionContext=context))
    grant = asks("kms", "CreateGrant", KeyId=key_id, Operations=["Decrypt"],
                 GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:root")  # fmt: skip
    for role in ASKED:
        answers = call(booted, role, [*tried, grant])
        if role == "controller":
            assert base64.b64decode(answers[0].read()["Plaintext"]) == b"s"
            answers = answers[1:]
        assert all(answer.is_refused for answer in answers), (role, answers)


def objects_are_each_role_s_as_the_plan_has_it(booted: Booted) -> None:
    """Claims, snapshots and a bundle: to read, to write once, to write over, to delete."""
    bucket, s3 = booted.machines_bucket(), booted.aws("s3")
    there = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    kinds = {kind: [key for key in there if key.startswith(f"{kind}/")]
             for kind in ("bundles", "bootstrap", "snapshots")}  # fmt: skip
    assert all(kinds.values()), kinds
    keys = [*kinds["bundles"][:1], *kinds["bootstrap"], *kinds["snapshots"]]
    once = {"If_None_Match": "*"}
    tries = (("s3:GetObject", "GET", {}, 200), ("s3:PutObject", "PUT", once, 412),
             ("s3:PutObject", "PUT", {}, 200), ("s3:DeleteObject", "DELETE", {}, 204))  # fmt: skip
    allowed: dict[str, set[str]] = {}
    for role, logical in ASKED.items():
        statements = booted.plan().roles[logical].statements
        rows = [(key, *one) for key in keys for one in tries]
        calls = [of_object(method, bucket, key, **heads) for key, _, method, heads, _ in rows]
        for (key, action, method, heads, status), answer in zip(
            rows, call(booted, role, calls), strict=True
        ):
            context = {
                "aws:ResourceAccount": ACCOUNT,
                **({"s3:if-none-match": "*"} if heads else {}),
            }
            asked = Call(action, f"arn:aws:s3:::{bucket}/{key}", None, context)
            if decided(asked, {"Statement": []}, (statements,)) == "allowed":
                assert answer.status == status, (role, method, key, answer)
                allowed.setdefault(role, set()).add(f"{method} {key.partition('/')[0]}")
            else:
                assert answer.is_refused, (role, method, key, answer)
    reads = {f"GET {kind}" for kind in kinds}
    assert allowed == {
        "worker": {"GET bundles"}, "controller": {"GET bundles"},
        "etcd-1a": {*reads, "PUT bootstrap", "PUT snapshots"},
    }  # fmt: skip
    assert {one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]} == {*there}


def volumes_and_interfaces_go_to_their_own_member(booted: Booted) -> None:
    """An own one is refused as taken, which is EC2's answer, after IAM's."""
    ec2 = booted.aws("ec2")
    ids = {role: booted.machine(role).status().instance_id for role in ASKED}
    kept = {}
    for member in MEMBERS:
        filters = [{"Name": "tag:heiiki:etcd-member", "Values": [member]}]
        (volume,) = ec2.describe_volumes(Filters=filters)["Volumes"]
        (interface,) = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
        kept[member] = (volume["VolumeId"], interface["NetworkInterfaceId"])
    for role, instance_id in ids.items():
        calls = [one for pair in kept.values() for one in _attaching(*pair, instance_id)]
        answers = call(booted, role, calls)
        for index, member in enumerate(kept):
            pair = answers[2 * index : 2 * index + 2]
            if role == f"etcd-{member}":
                assert "VolumeInUse" in pair[0].body, pair
                assert "InvalidNetworkInterface.InUse" in pair[1].body, pair
            else:
                assert all(answer.is_refused for answer in pair), (role, member, pair)
    elsewhere = call(booted, "etcd-1a", [*_attaching(*kept["1a"], ids["worker"])])
    assert all(answer.is_refused for answer in elsewhere), "its own, to another's machine"
    volume_id = kept["1a"][0]
    mine = {"Tag.1.Key": "heiiki:etcd-member", "Tag.1.Value": "1c", "ResourceId.1": volume_id}
    for role in ASKED:
        answers = call(booted, role, [
            asks("ec2", "DescribeInstances"), asks("ec2", "CreateTags", **mine),
            asks("ec2", "DetachVolume", VolumeId=volume_id),
            asks("ec2", "DeleteVolume", VolumeId=volume_id),
            asks("ec2", "TerminateInstances", **{"InstanceId.1": ids[OTHERS[role]]}),
        ])  # fmt: skip
        looks = "ec2:DescribeInstances" in actions_of(booted, ASKED[role])
        assert looks is (role == "controller"), "members ask of their own alone, nodes of nobody"
        assert answers[0].status == 200 if looks else answers[0].is_refused, (role, answers)
        assert all(answer.is_refused for answer in answers[1:]), (role, answers)


def _attaching(volume_id: str, interface_id: str, instance_id: str) -> tuple[AwsCall, AwsCall]:
    return (
        asks("ec2", "AttachVolume", VolumeId=volume_id, InstanceId=instance_id, Device="/dev/sdz"),
        asks("ec2", "AttachNetworkInterface", NetworkInterfaceId=interface_id,
             InstanceId=instance_id, DeviceIndex=5),
    )  # fmt: skip


def nobody_acts_as_another(booted: Booted) -> None:
    """Neither by taking on its role, nor for its group, nor with keys that are no role's."""
    groups = {
        tag["Value"]: group["AutoScalingGroupName"]
        for group in booted.aws("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        for tag in group["Tags"]
        if tag["Key"] == "heiiki:role"
    }
    for role in ASKED:
        other = OTHERS[role]
        arn = f"arn:aws:iam::{ACCOUNT}:role/{booted.plan().roles[ASKED[other]].role_name}"
        told = {"LifecycleHookName": "ready", "LifecycleActionResult": "CONTINUE",
                "InstanceId": booted.machine(other).status().instance_id}  # fmt: skip
        who, *answers = call(booted, role, [
            asks("sts", "GetCallerIdentity"),
            asks("sts", "AssumeRole", RoleArn=arn, RoleSessionName="other"),
            asks("autoscaling", "CompleteLifecycleAction", AutoScalingGroupName=groups[other],
                 **told),
            asks("autoscaling", "SetDesiredCapacity", AutoScalingGroupName=groups[role],
                 DesiredCapacity=0),
        ])  # fmt: skip
        assert booted.plan().roles[ASKED[role]].role_name in who.body and who.status == 200
        assert all(answer.is_refused for answer in answers), (role, answers)
    worker, region = booted.machine("worker"), booted.cluster.stack.region
    for name, known in ((f"ssm.{region}", True), ("route53", False), ("iam", False)):
        hosts = worker.run(["getent", "hosts", f"{name}.amazonaws.com"], check=False)
        assert bool(hosts.stdout) is known, name
    stranger = asks("ssm", "GetParametersByPath", Path=f"/heiiki/{CLUSTER}/controller")
    (answer,) = call(booted, "worker", [stranger], keys=NOBODY)
    assert answer.status == 400 and "UnrecognizedClientException" in answer.body


def registry_login(booted: Booted, role: str) -> str:
    """As `user:password`, of the role's own."""
    (answer,) = call(booted, role, [asks("ecr", "GetAuthorizationToken")])
    token = answer.read()["authorizationData"][0]["authorizationToken"]
    return base64.b64decode(token).decode()
