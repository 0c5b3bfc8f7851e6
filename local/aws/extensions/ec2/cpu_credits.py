"""CPU credits of burstable instances: as asked, or as EC2 gives them by family."""

from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES

from local.aws.extensions.ec2.kept import Record, ec2
from local.aws.extensions.registry import Call, Refused, extends

NOT_SUPPORTED = "InstanceCreditSpecification.NotSupported"


def burstable(instance_type: str) -> bool:
    """Whether instances of the type have CPU credits."""
    return bool(INSTANCE_TYPES.get(instance_type, {}).get("BurstablePerformanceSupported"))


def choose(instance: Any, cpu_credits: str | None) -> None:
    """Keep what was asked; without it an instance goes by its family, whatever that becomes."""
    instance.kept_cpu_credits = cpu_credits


def _of(instance: Any) -> str:
    by_family = "standard" if instance.instance_type.startswith("t2.") else "unlimited"
    return getattr(instance, "kept_cpu_credits", None) or by_family


@extends("ec2", "DescribeInstanceCreditSpecifications", "moto tells standard of every instance")
def describe_instance_credit_specifications(call: Call) -> Record:
    asked = call.params.get("InstanceIds")
    found = [i for i in ec2(call).all_instances() if not asked or i.id in asked]
    for instance_id in asked or []:
        if not burstable(ec2(call).get_instance(instance_id).instance_type):
            raise Refused(NOT_SUPPORTED, f"The instance '{instance_id}' is not burstable")
    told = [
        {"InstanceId": instance.id, "CpuCredits": _of(instance)}
        for instance in found
        if burstable(instance.instance_type) and (asked or _of(instance) == "unlimited")
    ]
    return {"InstanceCreditSpecifications": told}


@extends("ec2", "ModifyInstanceCreditSpecification", "absent from moto")
def modify_instance_credit_specification(call: Call) -> Record:
    done: list[Record] = []
    failed: list[Record] = []
    for row in call.params["InstanceCreditSpecifications"]:
        instance = ec2(call).get_instance(row["InstanceId"])
        if burstable(instance.instance_type):
            choose(instance, row.get("CpuCredits"))
            done.append({"InstanceId": instance.id})
        else:
            why = "Only burstable instances have a credit specification"
            error = {"Code": NOT_SUPPORTED, "Message": why}
            failed.append({"InstanceId": instance.id, "Error": error})
    return {
        "SuccessfulInstanceCreditSpecifications": done,
        "UnsuccessfulInstanceCreditSpecifications": failed,
    }
