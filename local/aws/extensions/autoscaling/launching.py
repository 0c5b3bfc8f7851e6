"""How a group starts its machines: over its subnets, from its own version of the template."""

from typing import Any

from moto.autoscaling.models import (
    ASG_NAME_TAG,
    FakeAutoScalingGroup,
    InstanceState,
    autoscaling_backends,
)
from moto.ssm.models import ssm_backends

from local.aws.booting import BOOTING
from local.aws.extensions.ec2.instances import NEVER_READY, launch
from local.aws.extensions.registry import Call, Refused

Record = dict[str, Any]
WAITING = "Pending:Wait"
LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"


class Launched(InstanceState):
    """A machine with the version that it was started from, for which moto gives the template's
    default, whatever that is now."""

    def __init__(self, instance: Any, state: str, protected: bool | None, version: int) -> None:
        super().__init__(instance, state, protected_from_scale_in=protected)
        self._version = str(version)

    @property
    def launch_template(self) -> Record | None:
        found = super().launch_template
        return None if found is None else {**found, "Version": self._version}


def group_of(call: Call) -> FakeAutoScalingGroup:
    """The group that a call names."""
    name = call.params["AutoScalingGroupName"]
    groups = autoscaling_backends[call.account_id][call.region].autoscaling_groups
    if name not in groups:
        raise Refused("ValidationError", f"AutoScalingGroup name not found - {name}")
    return groups[name]


def _spread(group: FakeAutoScalingGroup) -> str:
    """The subnet with the fewest of the group's instances; the first of those."""
    subnet_ids = (group.vpc_zone_identifier or "").split(",")
    used = [state.instance.subnet_id for state in group.instance_states]
    return min(subnet_ids, key=used.count)


def launch_instances(group: FakeAutoScalingGroup, count: int, tags: dict[str, str]) -> None:
    """In place of moto's: every instance in the first subnet, from the default version."""
    assert group.ec2_launch_template is not None
    template = group.ec2_launch_template.get_version(group.launch_template_version)
    for _ in range(count):
        instance = launch(
            group.ec2_backend,
            _spread(group),
            template,
            instance_type=group.instance_type,
            tags={"instance": {**group.instance_tags, **tags, ASG_NAME_TAG: group.name}},
        )
        instance.autoscaling_group = group
        protected = group.new_instances_protected_from_scale_in
        state = WAITING if _waits(group) else "InService"
        group.instance_states.append(Launched(instance, state, protected, template.number))


def _waits(group: FakeAutoScalingGroup) -> bool:
    """Whether its machines wait until somebody completes their hook."""
    if NEVER_READY in group.get_propagated_tags():
        return True
    backend = autoscaling_backends[group.account_id][group.region]
    hooks: list[Any] = backend.describe_lifecycle_hooks(group.name)
    return boots(group) and any(hook.lifecycle_transition == LAUNCHING for hook in hooks)


def boots(group: FakeAutoScalingGroup) -> bool:
    """Whether somebody boots the machines of its VPC."""
    subnet = group.ec2_backend.get_subnet((group.vpc_zone_identifier or "").split(",")[0])
    parameter = ssm_backends[group.account_id][group.region].get_parameter(BOOTING)
    return parameter is not None and bool(parameter.value == subnet.vpc_id)


def version_of(state: InstanceState) -> str:
    """Of the template, that a machine was started from."""
    return str((state.launch_template or {}).get("Version"))
