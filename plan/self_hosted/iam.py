"""What the machines of a control plane of our own may do in AWS: a role each, its own and no more.

The path of the secret store is left to whoever plans the PKI: its statements come as `more`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from plan.controllers import ControllersPlan
from plan.etcd import EtcdMember
from plan.etcd_snapshots import SNAPSHOTS
from plan.fact_files import load_facts
from plan.iam import Role, document
from plan.names import role_name
from plan.partitions import Partition
from plan.self_hosted.places import MEMBER_TAG, ROLE_TAG
from plan.tags import Tags

Statement = dict[str, Any]
BUNDLES, BINARIES, BOOTSTRAP = "bundles", "binaries", "bootstrap"
# What a member's machine asks EC2 of its volume and its interface.
LOOKS = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeVolumes"]
PULLS = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


@dataclass(frozen=True, slots=True)
class Place:
    """The cluster's account, region and bucket. key_arn: of a supplied key; None: one of ours."""

    partition: Partition
    account_id: str
    bucket: str
    tags: Tags
    key_arn: str | None = None

    def arn(self, service: str, resource: str) -> str:
        return self.partition.arn(
            service, resource, account_id=self.account_id, region=self.partition.region
        )

    def objects(self, *keys: str) -> list[str]:
        return [self.partition.arn("s3", f"{self.bucket}/{key}") for key in keys]


def etcd_role(
    member: EtcdMember, place: Place, keys: Iterable[str], *, etcd_cluster: str,
    bootstrap: str | None = None, more: Iterable[Statement] = (),
) -> Role:  # fmt: skip
    """A member's role. keys: of the objects in the bucket that it boots from. bootstrap: what the
    claims of its generation are called; None: as the cluster.

    It attaches the volume and the interface that bear its name, to its own machine; claims the
    first start, says its first volume and that it has begun, once each, and looks whether it has;
    says when it was well, over its own earlier word alone; and writes snapshots, each once, which
    it can neither delete nor list elsewhere.
    """
    statements = (
        *member_statements(member, place, keys, etcd_cluster, bootstrap),
        _allow("Look", LOOKS, "*"),
        completion(member.group_name, place),
        *more,
    )
    return _role(member.machine_role, f"etcd member {member.name}", place, statements)


def member_controller_role(
    member: EtcdMember, place: Place, keys: Iterable[str], *, etcd_cluster: str,
    bootstrap: str | None = None, more: Iterable[Statement] = (),
) -> Role:  # fmt: skip
    """Of a controller that a member lives on: what either may, and no more. Of other members it may
    nothing: it attaches, claims and begins for its own alone."""
    statements = (
        *member_statements(member, place, keys, etcd_cluster, bootstrap),
        *pull_statements(place),
        *cloud_controller_statements(LOOKS),
        completion(member.group_name, place),
        *more,
    )
    what = f"API server and etcd member {member.name}"
    return _role(member.machine_role, what, place, statements)


def member_statements(
    member: EtcdMember, place: Place, keys: Iterable[str], etcd_cluster: str, bootstrap: str | None
) -> tuple[Statement, ...]:
    """What a member needs of its machine, wherever it lives, apart from LOOKS."""
    snapshots, bucket = f"{SNAPSHOTS}/{etcd_cluster}", place.partition.arn("s3", place.bucket)
    claim = f"{BOOTSTRAP}/{bootstrap or etcd_cluster}"
    begun, well = (f"{claim}/{what}/{member.name}.json" for what in ("begun", "well"))
    claims = [f"{claim}.json", f"{claim}/{member.name}.json", begun]
    once = {"Null": {"s3:if-none-match": "false"}}
    unchanged = {"Null": {"s3:if-match": "false"}}
    return (
        *boot_statements(place, [*keys, *claims, well, f"{snapshots}/*"], writes=True),
        *attach_statements(member, place),
        _allow("ClaimFirstStart", ["s3:PutObject"], place.objects(*claims, well), once),
        _allow("SayWell", ["s3:PutObject"], place.objects(well), unchanged),
        _allow("Snapshots", ["s3:PutObject"], place.objects(f"{snapshots}/*"), once),
        _allow("FindSnapshots", ["s3:ListBucket"], bucket,
               {"StringLike": {"s3:prefix": [f"{snapshots}/*", begun, well]}}),
    )  # fmt: skip


def controller_role(
    controllers: ControllersPlan, place: Place, keys: Iterable[str],
    more: Iterable[Statement] = (),
) -> Role:  # fmt: skip
    """The controllers' role: its boot, its group, images, and the cloud controller's part."""
    statements = (
        *boot_statements(place, keys),
        *pull_statements(place),
        *cloud_controller_statements(),
        completion(controllers.group_name, place),
        *more,
    )
    return _role(controllers.role, "API servers", place, statements)


def worker_statements(
    group_name: str, place: Place, keys: Iterable[str], more: Iterable[Statement] = ()
) -> tuple[Statement, ...]:
    """What a node needs: it pulls, and tells that it is ready. Its name is its machine's own, and
    it asks EC2 for nothing."""
    return (
        *boot_statements(place, keys),
        *pull_statements(place),
        completion(group_name, place),
        *more,
    )


def boot_statements(
    place: Place, keys: Iterable[str], *, writes: bool = False
) -> tuple[Statement, ...]:
    """The objects that a machine is started from, by their keys: digests, so nothing else.

    writes: whether it writes objects too, which takes a key of its own for each.
    """
    held = {"StringEquals": {"aws:ResourceAccount": place.account_id}}
    actions = ["kms:Decrypt", *(["kms:GenerateDataKey"] if writes else [])]
    return (
        _allow("Boot", ["s3:GetObject"], place.objects(*keys), held),
        _via_s3("CryptBoot" if writes else "DecryptBoot", actions, place),
    )


def attach_statements(member: EtcdMember, place: Place) -> tuple[Statement, ...]:
    """Only what bears the member's own name, and only to a machine of the member's own role.

    Both ends of an attachment are resources of the call, and each is held by its tags. No role of
    the cluster may set tags. An encrypted volume is attached by a grant, which EC2 asks for.
    """
    own = {f"aws:ResourceTag/{key}": member.kept_tags[key]
           for key in ("heiiki:cluster", MEMBER_TAG)}  # fmt: skip
    machine = {f"aws:ResourceTag/{key}": member.machine_tags[key]
               for key in ("heiiki:cluster", ROLE_TAG)}  # fmt: skip
    attach = ["ec2:AttachNetworkInterface", "ec2:AttachVolume"]
    ec2 = f"ec2.{place.partition.region}.{place.partition.dns_suffix}"
    key, held = _key(place)
    return (
        _allow("AttachOwn", attach,
               [place.arn("ec2", "network-interface/*"), place.arn("ec2", "volume/*")],
               {"StringEquals": own}),
        _allow("AttachToSelf", attach, place.arn("ec2", "instance/*"), {"StringEquals": machine}),
        _allow("OpenVolume", ["kms:CreateGrant"], key,
               {"StringEquals": {"kms:ViaService": ec2, **held},
                "Bool": {"kms:GrantIsForAWSResource": "true"}}),
    )  # fmt: skip


def pull_statements(place: Place) -> tuple[Statement, ...]:
    """Images of the own account's registry."""
    return (
        _allow("Registry", ["ecr:GetAuthorizationToken"], "*"),
        _allow("Pull", list(PULLS), place.arn("ecr", "repository/*")),
    )


def cloud_controller_statements(looks: Iterable[str] = ()) -> tuple[Statement, ...]:
    """The cloud controller's calls, which only look. looks: what else its machine asks of all."""
    reads = load_facts("cloud_controller.yaml")["reads"]
    return (_allow("CloudReads", sorted({*reads, *looks}), "*"),)


def completion(group_name: str, place: Place) -> Statement:
    """To end the wait of the own group's machines, no other's."""
    group = place.arn("autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{group_name}")
    return _allow("TellReady", ["autoscaling:CompleteLifecycleAction"], group)


def _role(name: str, what: str, place: Place, statements: tuple[Statement, ...]) -> Role:
    region, cluster = place.partition.region, place.tags.cluster
    trust = {"Effect": "Allow", "Principal": {"Service": [place.partition.ec2_principal]},
             "Action": "sts:AssumeRole"}  # fmt: skip
    return Role(
        name, role_name(cluster, region, name), f"{what} of {cluster}", document((trust,)),
        statements=statements, instance_profile=True,
    )  # fmt: skip


def _key(place: Place) -> tuple[str, dict[str, str]]:
    """The key as a resource, and what else holds it: one of ours is known by its tag alone."""
    if place.key_arn is not None:
        return place.key_arn, {}
    return place.arn("kms", "key/*"), {"aws:ResourceTag/heiiki:cluster": place.tags.cluster}


def _via_s3(sid: str, actions: list[str], place: Place) -> Statement:
    """S3 names the bucket in the encryption context, without a bucket key the object."""
    key, held = _key(place)
    contexts = [place.partition.arn("s3", name) for name in (place.bucket, f"{place.bucket}/*")]
    s3 = f"s3.{place.partition.region}.{place.partition.dns_suffix}"
    return _allow(sid, actions, key,
                  {"StringEquals": {"kms:ViaService": s3, **held},
                   "ArnLike": {"kms:EncryptionContext:aws:s3:arn": contexts}})  # fmt: skip


def _allow(
    sid: str, actions: list[str], resource: str | list[str],
    condition: dict[str, Any] | None = None,
) -> Statement:  # fmt: skip
    held = {} if condition is None else {"Condition": condition}
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource, **held}
