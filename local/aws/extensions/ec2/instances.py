"""Instances: what they are started with, from a launch template too, and what goes with them."""

import base64
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface

from local.aws.extensions import interfaces
from local.aws.extensions.ec2 import cpu_credits
from local.aws.extensions.ec2.kept import Record, ec2
from local.aws.extensions.registry import Call, Refused, extends, patch

# No machine boots here, so none could complete a launch hook: it is kept, and machines are in
# service at once. With this tag on their group they never are, as if none of them had joined.
NEVER_READY = "embedded-aws:never-ready"


def launch(backend: EC2Backend, subnet_id: str, template: Any, **settings: Any) -> Any:
    """One instance in a subnet from a launch template version, with everything the version says."""
    data = template.data
    asked = data.get("NetworkInterfaces") or [{}]
    group_ids = data.get("SecurityGroupIds") or asked[0].get("Groups") or []
    for group_id in group_ids:
        if backend.get_security_group_from_id(group_id) is None:
            raise Refused(
                "InvalidGroup.NotFound", f"The security group '{group_id}' does not exist"
            )
    subnet = backend.get_subnet(subnet_id)
    devices = data.get("BlockDeviceMappings") or []
    if devices:  # without any, moto adds a root volume of its own
        settings["block_device_mappings"] = [_without_type(device) for device in devices]
    reservation = backend.run_instances(
        data.get("ImageId", ""),
        1,
        template.user_data,
        [],
        security_group_ids=list(group_ids),
        placement=subnet.availability_zone,
        launch_template={
            "LaunchTemplateId": template.template.id,
            "Version": str(template.number),
        },
        is_instance_type_default=False,
        associate_public_ip=asked[0].get("AssociatePublicIpAddress", False),
        subnet_id=subnet_id,
        metadata_options=data.get("MetadataOptions") or {},
        ebs_optimized=data.get("EbsOptimized", False),
        monitoring_state="enabled" if (data.get("Monitoring") or {}).get("Enabled") else "disabled",
        region_name=backend.region_name,
        **settings,
    )
    instance = reservation.instances[0]
    _set_performance(backend, instance, devices)
    instance.placement.tenancy = (data.get("Placement") or {}).get("Tenancy", "default")
    profile = data.get("IamInstanceProfile") or {}
    if profile:
        backend.associate_iam_instance_profile(instance.id, profile.get("Name"), profile.get("Arn"))
    bind_interfaces(instance, asked)
    return instance


def _without_type(device: Record) -> Record:
    """moto refuses io1 and io2 here, since it forgets their IOPS on the way."""
    ebs = {key: value for key, value in device.get("Ebs", {}).items() if key != "VolumeType"}
    return {**device, "Ebs": ebs}


def _set_performance(backend: EC2Backend, instance: Any, devices: list[Record]) -> None:
    for device in devices:
        made = instance.block_device_mapping.get(device["DeviceName"])
        ebs = device.get("Ebs", {})
        if made is not None and ebs.get("VolumeType"):
            volume = backend.get_volume(made.volume_id)
            volume.volume_type = ebs["VolumeType"]
            volume.iops, volume.throughput = ebs.get("Iops"), ebs.get("Throughput")


def bind_interfaces(instance: Any, asked: list[Record]) -> None:
    """Interfaces made for an instance go with it unless the request says otherwise."""
    kept = {entry.get("DeviceIndex", 0): entry.get("DeleteOnTermination", True) for entry in asked}
    existing = {entry.get("DeviceIndex", 0) for entry in asked if entry.get("NetworkInterfaceId")}
    for index, interface in instance.nics.items():
        if index not in existing:
            interface.delete_on_termination = kept.get(index, True)


@extends(
    "ec2",
    "RunInstances",
    "moto leaves the primary interface behind after termination and forgets DisableApiTermination, "
    "CreditSpecification and the tenancy",
)
def run_instances(call: Call) -> Any:
    credits = (call.params.get("CreditSpecification") or {}).get("CpuCredits")
    asked_type = call.params.get("InstanceType")
    if credits and asked_type and not cpu_credits.burstable(asked_type):
        raise Refused(
            "InvalidParameterCombination",
            f"The instance type '{asked_type}' does not support CreditSpecification",
        )
    reservation = call.moto()
    tenancy = (call.params.get("Placement") or {}).get("Tenancy", "default")
    for instance in reservation.instances:
        instance.placement.tenancy = tenancy
        cpu_credits.choose(instance, credits)
        bind_interfaces(instance, call.params.get("NetworkInterfaces") or [])
        instance.disable_api_termination = call.params.get("DisableApiTermination", False)
    return reservation


def install() -> None:
    """An interface is in its own groups; moto adds those that its instance once had."""
    patch(NetworkInterface, group_set=property(lambda interface: interface._group_set))


@extends("ec2", "ModifyInstanceAttribute", "moto leaves the interface in the former groups too")
def modify_instance_attribute(call: Call) -> Record:
    group_ids = call.params.get("Groups")
    for group_id in group_ids or []:
        if ec2(call).get_security_group_from_id(group_id) is None:
            raise Refused(
                "InvalidGroup.NotFound", f"The security group '{group_id}' does not exist"
            )
    call.moto()
    instance = ec2(call).get_instance(call.params["InstanceId"])
    if group_ids and 0 in instance.nics:
        interfaces.set_groups(ec2(call), [instance.nics[0].id], group_ids)
    return {}


OPTIONS = {
    "HttpTokens": "http_tokens",
    "HttpPutResponseHopLimit": "http_put_response_hop_limit",
    "HttpEndpoint": "http_endpoint",
    "HttpProtocolIpv6": "http_protocol_ipv6",
    "InstanceMetadataTags": "instance_metadata_tags",
}


@extends("ec2", "ModifyInstanceMetadataOptions", "moto forgets the options that are not sent")
def modify_instance_metadata_options(call: Call) -> Record:
    instance = ec2(call).get_instance(call.params["InstanceId"])
    for member, attribute in OPTIONS.items():
        if call.params.get(member) is not None:
            setattr(instance.metadata_options, attribute, call.params[member])
    return {"InstanceId": instance.id, "InstanceMetadataOptions": instance.metadata_options}


@extends("ec2", "GetConsoleOutput", "moto tells the boot of a machine of its own, of 2006")
def get_console_output(call: Call) -> Record:
    instance = ec2(call).get_instance(call.params["InstanceId"])
    lines = [f"heiiki: {instance.id} is a record of the embedded AWS, and no machine boots here"]
    if NEVER_READY in {tag["key"] for tag in instance.get_tags()}:
        lines.append("heiiki: gave up: node is not Ready: its group says that it never is")
    output = base64.b64encode("\r\n".join([*lines, ""]).encode()).decode()
    return {"InstanceId": instance.id, "Timestamp": utcnow(), "Output": output}
