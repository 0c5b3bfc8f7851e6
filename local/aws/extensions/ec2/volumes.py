"""Volumes: they grow and never shrink."""

from local.aws.extensions.ec2.kept import ec2
from local.aws.extensions.registry import Call, Passed, Refused, extends


@extends("ec2", "ModifyVolume", "moto lets a volume shrink")
def modify_volume(call: Call) -> Passed:
    volume, size = ec2(call).get_volume(call.params["VolumeId"]), call.params.get("Size")
    if size is not None and int(size) < int(volume.size):
        raise Refused(
            "InvalidParameterValue",
            f"New size cannot be smaller than existing size ({volume.size} GiB)",
        )
    return call.pass_on()
