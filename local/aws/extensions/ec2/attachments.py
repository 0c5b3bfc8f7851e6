"""Volumes and network interfaces: each with one machine at a time, in its own zone."""

from typing import Any

from moto.ec2.models.instances import Instance

from local.aws.extensions.ec2.kept import ec2
from local.aws.extensions.registry import Call, Passed, Refused, extends, patch

STOPPABLE = ("pending", "running", "stopping", "stopped")
_terminate = Instance.terminate


def install() -> None:
    patch(Instance, terminate=_terminate_and_release)


def _terminate_and_release(instance: Any) -> Any:
    """moto keeps an interface that is not deleted with its machine with that machine for ever."""
    kept = [nic for nic in instance.nics.values() if not nic.delete_on_termination]
    before = _terminate(instance)
    for nic in kept:
        instance.detach_eni(nic)
    return before


def _instance(call: Call) -> Any:
    instance = ec2(call).get_instance(call.params["InstanceId"])
    if instance.state not in STOPPABLE:
        raise Refused(
            "IncorrectState",
            f"Instance '{instance.id}' is not 'running', 'stopping' or 'stopped'",
        )
    return instance


@extends("ec2", "AttachVolume", "moto gives a volume to a second machine, and to another zone's")
def attach_volume(call: Call) -> Passed:
    volume: Any = ec2(call).get_volume(call.params["VolumeId"])
    instance, device = _instance(call), call.params["Device"]
    if volume.attachment is not None:
        raise Refused("VolumeInUse", f"{volume.id} is already attached to an instance")
    zone = str(getattr(volume.zone, "name", volume.zone))
    if zone != instance.placement.zone:
        raise Refused(
            "InvalidVolume.ZoneMismatch",
            f"The volume '{volume.id}' is not in the same availability zone as instance "
            f"'{instance.id}'",
        )
    if device in instance.block_device_mapping:
        raise Refused(
            "InvalidParameterValue",
            f"Invalid value '{device}' for unixDevice. Attachment point {device} is already in use",
        )
    return call.pass_on()


@extends(
    "ec2",
    "AttachNetworkInterface",
    "moto gives an interface to a second machine, to another zone's, and in place of another",
)
def attach_network_interface(call: Call) -> Passed:
    interface: Any = ec2(call).get_network_interface(call.params["NetworkInterfaceId"])
    instance, index = _instance(call), int(call.params["DeviceIndex"])
    if interface.attachment_id is not None:
        raise Refused("InvalidNetworkInterface.InUse", f"Interface: [{interface.id}] in use.")
    if interface.availability_zone != instance.placement.zone:
        raise Refused(
            "InvalidParameterCombination",
            "You may not attach a network interface to an instance if they are not in the same "
            "availability zone",
        )
    if index in instance.nics:
        raise Refused(
            "InvalidParameterValue",
            f"Instance '{instance.id}' already has an interface attached at device index "
            f"'{index}'.",
        )
    return call.pass_on()
