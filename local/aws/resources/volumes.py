"""EBS volumes that stand by themselves. Most of what can change of one changes in place."""

from collections.abc import Sequence
from typing import Final

from local.aws.resources.forms import CHOSEN, CHOSEN_ONCE, NAMING, NEVER_TOLD_ONCE, ec2_arn
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.aws.translate.tags import Ec2Tags, pairs
from local.provider_answers import Failure, ProviderError
from local.provider_values import UNKNOWN, Properties

CHANGEABLE: Final = frozenset({"size", "type", "iops", "throughput"})
PROVISIONED: Final = ("io1", "io2")  # whose operations a second are asked for
WITH_IOPS: Final = (*PROVISIONED, "gp3")


def _change(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    """Throughput goes with every change and iops with one of the type, else EC2 takes defaults."""
    names = changed & CHANGEABLE
    if not names:
        return
    names |= {"throughput"} if call.inputs.get("type") == "gp3" else frozenset()
    names |= {"iops"} if "type" in names and call.inputs.get("type") in WITH_IOPS else frozenset()
    request, failures = call.request("modify_volume", names)
    if failures:
        raise ProviderError(f"{call.what}: {failures[0].property}: {failures[0].reason}")
    call.send("modify_volume", VolumeId=call.id, **request)


def _delete(call: Call) -> None:
    if call.inputs.get("finalSnapshot"):
        tags = call.tags()
        specification = [{"ResourceType": "snapshot", "Tags": pairs(tags)}] if tags else []
        call.send("create_snapshot", VolumeId=call.id, TagSpecifications=specification)
    call.send("delete_volume", VolumeId=call.id)


def _check(inputs: Properties) -> Sequence[Failure]:
    """As the real provider, whose texts these are, and AWS."""
    kind, failures = inputs.get("type"), []
    if kind is UNKNOWN:
        return []
    if inputs.get("size") is None and inputs.get("snapshotId") is None:
        failures.append(Failure("size", "a volume needs size or snapshotId"))
    if kind in PROVISIONED and inputs.get("iops") is None:
        failures.append(Failure("iops", f"must be set when type is {kind}"))
    if kind not in WITH_IOPS and inputs.get("iops") is not None:
        failures.append(Failure("iops", f"must not be set when type is {kind or 'gp2'}"))
    if kind != "gp3" and inputs.get("throughput") is not None:
        failures.append(Failure("throughput", f"must not be set when type is {kind or 'gp2'}"))
    if kind not in PROVISIONED and inputs.get("multiAttachEnabled") is True:
        reason = f"must not be set when type is {kind or 'gp2'}"
        failures.append(Failure("multiAttachEnabled", reason))
    return failures


VOLUME = Resource(
    token="aws:ebs/volume:Volume",
    service="ec2",
    create="create_volume",
    id_path="VolumeId",
    id_member="VolumeId",
    describe="describe_volumes",
    described="Volumes[0]",
    update=_change,
    delete=_delete,
    missing=("InvalidVolume.NotFound",),
    tags=Ec2Tags("volume"),
    pending=("State", frozenset({"creating"})),
    properties={
        "availabilityZone": NAMING,
        "size": CHOSEN,
        "type": Property(member="VolumeType", computed=True),
        "iops": CHOSEN,
        "throughput": CHOSEN,
        "encrypted": CHOSEN_ONCE,
        "kmsKeyId": CHOSEN_ONCE,
        "snapshotId": CHOSEN_ONCE,
        "multiAttachEnabled": Property(replaces=True, default=False),
        "volumeInitializationRate": NEVER_TOLD_ONCE,
        "finalSnapshot": Property(local=True, default=False),
    },
    computed={"arn": ec2_arn("volume"), "createTime": "CreateTime"},
    check=_check,
)

TABLE = (VOLUME,)
