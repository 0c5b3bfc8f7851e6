"""Instances, launch templates, network interfaces, volumes and Auto Scaling groups.

What is asked of a launch template is asked of Karpenter's node classes, too (node_classes.py), and
what is asked of an address, of databases, caches and brokers (data_services.py), and of tasks.
"""

from collections.abc import Iterator
from typing import Any

from rules import data_services, node_classes, tasks
from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import UNKNOWN, at, each, false, is_set, says, true

IPV6 = (
    "ipv6AddressCount",
    "ipv6Addresses",
    "ipv6AddressLists",
    "ipv6PrefixCount",
    "ipv6Prefixes",
    "enablePrimaryIpv6",
    "primaryIpv6",
)


def _public_ip(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.type in data_services.ADDRESSED:
        yield from data_services.public_address(resource)
        return
    if resource.type in (*tasks.RUNNING, tasks.JOB):
        yield from tasks.public_address(resource)
        return
    if resource.noun == "EventTarget":
        yield from _task_public_ip(resource)
        return
    if resource.noun == "Instance":
        yield from _instance_public_ip(resource)
        return
    interfaces = resource.props.get("networkInterfaces")
    if not is_set(interfaces):
        yield "has no networkInterfaces, so the subnet decides about public addresses"
    for index, interface in each(interfaces):
        if interface is UNKNOWN:
            yield f"networkInterfaces{index} is unknown in preview"
            continue
        # An interface that exists already cannot be given an address at launch.
        if is_set(at(interface, "networkInterfaceId")):
            continue
        value = at(interface, "associatePublicIpAddress")
        if not false(value):
            yield f"networkInterfaces{index}.associatePublicIpAddress is {says(value)}, not false"
        carrier = at(interface, "associateCarrierIpAddress")
        if is_set(carrier) and not false(carrier):
            yield f"networkInterfaces{index} sets associateCarrierIpAddress"


def _instance_public_ip(resource: Resource) -> Iterator[str]:
    supplied = ("networkInterfaces", "primaryNetworkInterface")
    value = resource.props.get("associatePublicIpAddress")
    # An interface that exists already takes no address at launch; who asks for one all the same
    # shall not rely on that.
    if any(is_set(resource.props.get(key)) for key in supplied) and not is_set(value):
        return
    if not false(value):
        yield f"associatePublicIpAddress is {says(value)}, not false"


def _task_public_ip(resource: Resource) -> Iterator[str]:
    """Of a task that a rule starts: ECS gives it a public address only where it is asked to."""
    value = at(resource.props, "ecsTarget", "networkConfiguration", "assignPublicIp")
    if is_set(value) and not false(value):
        yield f"ecsTarget.networkConfiguration.assignPublicIp is {says(value)}, not false"


def _ipv6(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.type in data_services.FAMILIES:
        yield from data_services.another_family(resource)
        return
    holders: list[tuple[str, Any]] = [("", resource.props)]
    if resource.noun == "LaunchTemplate":
        holders = [
            (f"networkInterfaces{index}.", item)
            for index, item in each(resource.props.get("networkInterfaces"))
        ]
    for where, holder in holders:
        for key in IPV6:
            value = at(holder, key) if holder is not UNKNOWN else None
            if is_set(value) and not false(value) and value != 0:
                yield f"has IPv6: it sets {where}{key}"


def _metadata(resource: Resource, key: str) -> Any:
    if resource.noun == "InstanceMetadataDefaults":
        return resource.props.get(key)
    return at(resource.props, "metadataOptions", key)


def _metadata_off(resource: Resource) -> bool:
    return bool(_metadata(resource, "httpEndpoint") == "disabled")


def _imdsv2(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.type.startswith("kubernetes:"):
        yield from node_classes.metadata_without_tokens(resource)
        return
    value = _metadata(resource, "httpTokens")
    if value != "required" and not _metadata_off(resource):
        yield f"metadata httpTokens is {says(value)}, not required"


def _hop_limit(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.type.startswith("kubernetes:"):
        yield from node_classes.metadata_that_travels(resource)
        return
    value = _metadata(resource, "httpPutResponseHopLimit")
    if value != 1 and not _metadata_off(resource):
        yield f"metadata httpPutResponseHopLimit is {says(value)}, not 1"


def _metadata_tags(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = _metadata(resource, "instanceMetadataTags")
    whole = at(resource.props, "metadataOptions") is UNKNOWN
    if is_set(value) and value not in ("disabled", "no-preference") and not whole:
        yield f"metadata instanceMetadataTags is {says(value)}, not disabled"


def _encryption(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.type.startswith("kubernetes:"):
        yield from node_classes.volumes_in_clear(resource)
        return
    for where, value in _encrypted(resource):
        if not true(value):
            yield f"{where} is {says(value)}, not true"


def _encrypted(resource: Resource) -> Iterator[tuple[str, Any]]:
    props = resource.props
    if resource.noun == "Volume":
        yield "encrypted", props.get("encrypted")
    elif resource.noun == "EncryptionByDefault":
        value = props.get("enabled")
        yield "enabled", value if is_set(value) else True
    elif resource.noun == "Instance":
        yield "rootBlockDevice.encrypted", at(props, "rootBlockDevice", "encrypted")
        for index, device in each(props.get("ebsBlockDevices")):
            yield f"ebsBlockDevices{index}.encrypted", at(device, "encrypted")
    else:
        yield from _template_encrypted(props.get("blockDeviceMappings"))


def _template_encrypted(mappings: Any) -> Iterator[tuple[str, Any]]:
    if not is_set(mappings):
        yield "blockDeviceMappings of the root device", None
    for index, mapping in each(mappings):
        removed = is_set(at(mapping, "noDevice")) or is_set(at(mapping, "virtualName"))
        if mapping is UNKNOWN or not removed:
            yield f"blockDeviceMappings{index}.ebs.encrypted", at(mapping, "ebs", "encrypted")


def _image(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.type.startswith("kubernetes:"):
        yield from node_classes.images_that_move(resource)
        return
    key = "ami" if resource.noun == "Instance" else "imageId"
    value = resource.props.get(key)
    # A template without an image takes the one its node group or instance names.
    if is_set(value) and not (isinstance(value, str) and value.startswith("ami-")):
        yield f"{key} is {says(value)}, not an image id"


def _ssh_key(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for path in ("keyName", "computeResources.ec2KeyPair"):
        if is_set(at(resource.props, *path.split("."))):
            yield f"sets {path}"


def _launch_configuration(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if is_set(resource.props.get("launchConfiguration")):
        yield "sets launchConfiguration"


CHECKS: dict[str, Check] = {
    "CN-050": _public_ip,
    "CN-051": _ipv6,
    "CN-052": _imdsv2,
    "CN-053": _hop_limit,
    "CN-054": _metadata_tags,
    "CN-055": _encryption,
    "CN-056": _image,
    "CN-057": _ssh_key,
    "CN-058": _launch_configuration,
}
