"""EC2 instances, as far as a bastion or a single machine needs them."""

import base64
from collections.abc import Mapping
from typing import Any, Final

from local.aws.resources.forms import CHOSEN_ONCE
from local.aws.translate.calls import Call
from local.aws.translate.shapes import from_api
from local.aws.translate.table import Property, Resource
from local.aws.translate.tags import Ec2Tags, pairs
from local.provider_values import Properties

# The device of the root volume where the image does not tell: that of Amazon's own images.
ROOT_DEVICE: Final = "/dev/xvda"
VOLUME_MEMBERS: Final = {
    "deleteOnTermination": "DeleteOnTermination",
    "encrypted": "Encrypted",
    "iops": "Iops",
    "kmsKeyId": "KmsKeyId",
    "snapshotId": "SnapshotId",
    "throughput": "Throughput",
    "volumeSize": "VolumeSize",
    "volumeType": "VolumeType",
}


def _members(call: Call) -> dict[str, Any]:
    inputs = call.inputs
    members: dict[str, Any] = {"MinCount": 1, "MaxCount": 1}
    if inputs.get("iamInstanceProfile"):
        members["IamInstanceProfile"] = {"Name": inputs["iamInstanceProfile"]}
    if inputs.get("userData") is not None:
        members["UserData"] = inputs["userData"]
    if inputs.get("userDataBase64") is not None:
        # botocore encodes this member itself.
        members["UserData"] = base64.b64decode(inputs["userDataBase64"])
    devices = _devices(call)
    if devices:
        members["BlockDeviceMappings"] = devices
    members |= _network(inputs) | _placement(inputs)
    if inputs.get("monitoring"):
        members["Monitoring"] = {"Enabled": True}
    specifications = [("instance", call.tags()), ("volume", inputs.get("volumeTags") or {})]
    rows = [{"ResourceType": kind, "Tags": pairs(tags)} for kind, tags in specifications if tags]
    return {**members, "TagSpecifications": rows} if rows else members


def _placement(inputs: Properties) -> dict[str, Any]:
    names = {
        "tenancy": "Tenancy",
        "availabilityZone": "AvailabilityZone",
        "placementGroup": "GroupName",
    }
    placement = {member: inputs[name] for name, member in names.items() if inputs.get(name)}
    return {"Placement": placement} if placement else {}


def _network(inputs: Properties) -> dict[str, Any]:
    """A public address can only be asked for, or refused, on an interface spelled out."""
    public = inputs.get("associatePublicIpAddress")
    groups, subnet, address = (
        inputs.get("vpcSecurityGroupIds"),
        inputs.get("subnetId"),
        inputs.get("privateIp"),
    )
    if public is None:
        plain = {"SecurityGroupIds": groups, "SubnetId": subnet, "PrivateIpAddress": address}
        return {member: value for member, value in plain.items() if value}
    interface = {"DeviceIndex": 0, "AssociatePublicIpAddress": public in (True, "true")}
    spelled = {"Groups": groups, "SubnetId": subnet, "PrivateIpAddress": address}
    return {"NetworkInterfaces": [{**interface, **{k: v for k, v in spelled.items() if v}}]}


def _devices(call: Call) -> list[dict[str, Any]]:
    rows = []
    root = call.inputs.get("rootBlockDevice")
    if root:
        image = call.find(
            "describe_images", "Images[0].RootDeviceName", ImageIds=[call.inputs["ami"]]
        )
        rows.append({"DeviceName": image or ROOT_DEVICE, "Ebs": _volume(root)})
    for device in call.inputs.get("ebsBlockDevices") or ():
        rows.append({"DeviceName": device["deviceName"], "Ebs": _volume(device)})
    return rows


def _volume(block: Mapping[str, Any]) -> dict[str, Any]:
    return {
        member: block[name]
        for name, member in VOLUME_MEMBERS.items()
        if block.get(name) is not None
    }


def _read(call: Call) -> Mapping[str, Any] | None:
    found = call.find("describe_instances", "Reservations[0].Instances[0]", InstanceIds=[call.id])
    if not found or found["State"]["Name"] in ("terminated", "shutting-down"):
        return None
    profile = (found.get("IamInstanceProfile") or {}).get("Arn", "")
    return {
        **found,
        "ProfileName": profile.rsplit("/", 1)[-1] or None,
        "RootBlockDevice": _root(call, found) if "rootBlockDevice" in call.inputs else None,
        "MonitoringOn": (found.get("Monitoring") or {}).get("State") == "enabled",
        **_credits(call, found["InstanceType"]),
    }


def _credits(call: Call, instance_type: str) -> Mapping[str, Any]:
    """AWS refuses to tell credits of a type that has none."""
    burstable = "InstanceTypes[0].BurstablePerformanceSupported"
    if not call.find("describe_instance_types", burstable, InstanceTypes=[instance_type]):
        return {}
    told = "InstanceCreditSpecifications[0].CpuCredits"
    found = call.find("describe_instance_credit_specifications", told, InstanceIds=[call.id])
    return {"CreditSpecification": {"CpuCredits": found}}


def _root(call: Call, found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for mapping in found.get("BlockDeviceMappings") or ():
        if mapping["DeviceName"] == found.get("RootDeviceName"):
            ebs = mapping["Ebs"]
            volume = call.find("describe_volumes", "Volumes[0]", VolumeIds=[ebs["VolumeId"]]) or {}
            return {
                "volumeId": ebs["VolumeId"],
                "deviceName": mapping["DeviceName"],
                "deleteOnTermination": ebs.get("DeleteOnTermination"),
                "volumeSize": volume.get("Size"),
                "volumeType": volume.get("VolumeType"),
                "encrypted": volume.get("Encrypted"),
                "iops": volume.get("Iops"),
            }
    return None


def _change(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    owner = {"InstanceId": call.id}
    if "instanceType" in changed:
        # EC2 changes the type of a stopped instance only.
        call.send("stop_instances", InstanceIds=[call.id])
        wanted = {"Value": call.inputs["instanceType"]}
        call.send("modify_instance_attribute", **owner, InstanceType=wanted)
        call.send("start_instances", InstanceIds=[call.id])
    cpu_credits = (call.inputs.get("creditSpecification") or {}).get("cpuCredits")
    if "creditSpecification" in changed and cpu_credits:
        row = {**owner, "CpuCredits": cpu_credits}
        call.send("modify_instance_credit_specification", InstanceCreditSpecifications=[row])
    if "vpcSecurityGroupIds" in changed:
        groups = list(call.inputs.get("vpcSecurityGroupIds") or ())
        call.send("modify_instance_attribute", **owner, Groups=groups)
    for name, member in (
        ("sourceDestCheck", "SourceDestCheck"),
        ("disableApiTermination", "DisableApiTermination"),
    ):
        if name in changed:
            value = {"Value": bool(call.inputs.get(name, name == "sourceDestCheck"))}
            call.send("modify_instance_attribute", **{**owner, member: value})
    if "metadataOptions" in changed:
        request, _ = call.request("modify_instance_metadata_options", {"metadataOptions"})
        options = from_api(call.inputs.get("metadataOptions") or {}, {})
        sent = {k[:1].upper() + k[1:]: v for k, v in options.items() if not k.startswith("__")}
        call.send("modify_instance_metadata_options", **{**request, **owner, **sent})
    if "iamInstanceProfile" in changed:
        _change_profile(call)


def _change_profile(call: Call) -> None:
    path = "IamInstanceProfileAssociations[0].AssociationId"
    filters = [{"Name": "instance-id", "Values": [call.id]}]
    association = call.find("describe_iam_instance_profile_associations", path, Filters=filters)
    name = call.inputs.get("iamInstanceProfile")
    if association and name:
        call.send(
            "replace_iam_instance_profile_association",
            AssociationId=association,
            IamInstanceProfile={"Name": name},
        )
    elif association:
        call.send("disassociate_iam_instance_profile", AssociationId=association)
    elif name:
        call.send(
            "associate_iam_instance_profile",
            InstanceId=call.id,
            IamInstanceProfile={"Name": name},
        )


def _first_settings(call: Call) -> None:
    if call.inputs.get("sourceDestCheck") is False:
        _change(call, {}, frozenset({"sourceDestCheck"}))


INSTANCE = Resource(
    token="aws:ec2/instance:Instance",
    service="ec2",
    create="run_instances",
    members=_members,
    id_path="Instances[0].InstanceId",
    id_member="InstanceIds",
    read=_read,
    after_create=_first_settings,
    update=_change,
    delete="terminate_instances",
    missing=("InvalidInstanceID.NotFound",),
    tags=Ec2Tags("instance"),
    pending=("State.Name", frozenset({"pending"})),
    properties={
        "ami": Property(member="ImageId", replaces=True),
        "instanceType": Property(computed=True),
        "subnetId": Property(hooked=True, computed=True, replaces=True, read="SubnetId"),
        "vpcSecurityGroupIds": Property(
            hooked=True, computed=True, kind="set", read="NetworkInterfaces[0].Groups[].GroupId"
        ),
        "availabilityZone": Property(
            hooked=True, computed=True, replaces=True, read="Placement.AvailabilityZone"
        ),
        "tenancy": Property(hooked=True, computed=True, replaces=True, read="Placement.Tenancy"),
        "placementGroup": Property(
            hooked=True, computed=True, replaces=True, read="Placement.GroupName"
        ),
        "associatePublicIpAddress": Property(hooked=True, unread=True, replaces=True),
        "privateIp": Property(hooked=True, computed=True, replaces=True, read="PrivateIpAddress"),
        "iamInstanceProfile": Property(hooked=True, read="ProfileName"),
        "keyName": CHOSEN_ONCE,
        "userData": Property(hooked=True, unread=True, replaces=True),
        "userDataBase64": Property(hooked=True, unread=True, replaces=True),
        "userDataReplaceOnChange": Property(local=True, default=False),
        "metadataOptions": Property(computed=True, kind="set", request="run_instances"),
        "rootBlockDevice": Property(
            hooked=True,
            when_asked=True,
            kind="set",
            computed_in=(
                "deleteOnTermination",
                "deviceName",
                "iops",
                "volumeId",
                "volumeSize",
                "volumeType",
                "encrypted",
            ),
            replaces=("encrypted", "kmsKeyId"),
        ),
        "ebsBlockDevices": Property(hooked=True, unread=True, replaces=True, kind="set"),
        "ebsOptimized": CHOSEN_ONCE,
        "monitoring": Property(hooked=True, computed=True, read="MonitoringOn"),
        "sourceDestCheck": Property(hooked=True, default=True),
        "disableApiTermination": Property(unread=True),
        "disableApiStop": Property(unread=True, replaces=True),
        "instanceInitiatedShutdownBehavior": Property(unread=True, replaces=True),
        # In place; leaving it out later changes nothing (ec2_instance.go, DiffSuppressFunc).
        "creditSpecification": Property(computed=True),
        "enclaveOptions": Property(computed=True, replaces=True),
        "hibernation": Property(hooked=True, unread=True, replaces=True),
        "launchTemplate": Property(
            unread=True,
            replaces=True,
            renames={"id": "LaunchTemplateId", "name": "LaunchTemplateName"},
        ),
        "maintenanceOptions": Property(unread=True, replaces=True),
        "privateDnsNameOptions": Property(computed=True, replaces=True),
        "volumeTags": Property(hooked=True, unread=True, replaces=True),
        "forceDestroy": Property(local=True, default=False),
    },
    computed={
        "arn": lambda call, found: call.arn("ec2", f"instance/{call.id}"),
        "instanceState": "State.Name",
        "primaryNetworkInterfaceId": "NetworkInterfaces[0].NetworkInterfaceId",
        "privateDns": "PrivateDnsName",
        "publicDns": "PublicDnsName",
        "publicIp": "PublicIpAddress",
    },
    volatile=("instanceState",),
)

TABLE = (INSTANCE,)
