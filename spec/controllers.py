"""What may be asked of the machines that run the API servers and what stands beside them."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from spec.additions import AdditionsSpec
from spec.base import Spec, default_kind
from spec.fields import (
    InstanceType,
    Name,
    Once,
    SecurityGroupId,
    WholeNumber,
)
from spec.kubelets import KubeletSpec
from spec.machine_images import MachineImageSpec, OptimizedMachineImage
from spec.node_pools import Gp3Volume, LabelKey, LabelValue, RootVolumeSpec


class LoadBalancerHealth(Spec):
    """A machine whose API server does not answer the load balancers is replaced."""

    kind: Literal["loadBalancer"] = "loadBalancer"
    grace_seconds: WholeNumber = Field(
        600,
        ge=60,
        le=7200,
        description="Seconds after a machine is in service in which nobody asks.",
    )


class InstanceHealth(Spec):
    """A machine is replaced only when EC2 calls it broken, whatever its API server does."""

    kind: Literal["instance"]
    grace_seconds: WholeNumber = Field(
        600,
        ge=60,
        le=7200,
        description="Seconds after a machine is in service in which nobody asks.",
    )


HealthSpec = Annotated[
    LoadBalancerHealth | InstanceHealth,
    Field(discriminator="kind"),
    default_kind("loadBalancer"),
]


class ControllersSpec(Spec):
    """One group of machines over the zones, all alike."""

    instance_type: InstanceType = Field("m6i.large", description="EC2 instance type.")
    min_size: WholeNumber = Field(2, ge=1, le=9, description="Fewest machines.")
    max_size: WholeNumber | None = Field(
        None, ge=1, le=9, description="Most machines. Default: one more than minSize."
    )
    min_in_service: WholeNumber | None = Field(
        None,
        ge=0,
        le=9,
        description="Machines that stay in service while others are replaced. Default: one less "
        "than minSize.",
    )
    subnets: tuple[Name, ...] = Field(
        (), description="Their subnets. Default: every subnet for nodes."
    )
    image: MachineImageSpec = Field(
        default_factory=OptimizedMachineImage, description="The image that they boot."
    )
    labels: dict[LabelKey, LabelValue] = Field(
        default_factory=dict,
        description="Labels of their nodes, beside heiiki/group, the name of their group.",
    )
    kubelet: KubeletSpec = Field(default_factory=KubeletSpec, description="Limits of their nodes.")
    root_volume: RootVolumeSpec = Field(
        default_factory=Gp3Volume,
        description="The root volume, which holds the audit log too; always encrypted.",
    )
    security_group_ids: Annotated[tuple[SecurityGroupId, ...], Once] = Field(
        (), description="Further security groups of the controllers."
    )
    health: HealthSpec = Field(
        default_factory=LoadBalancerHealth, description="When a machine counts as broken."
    )
    timeout_seconds: WholeNumber = Field(
        900,
        ge=300,
        le=7000,
        description="Seconds from a machine's boot until it is given up; it then writes why to its "
        "console and is replaced.",
    )
    custom: AdditionsSpec | None = Field(
        None,
        description="Files, units and scripts of your own on the machines.",
    )

    @model_validator(mode="after")
    def _sizes_are_in_order(self) -> Self:
        most = self.min_size + 1 if self.max_size is None else self.max_size
        if self.min_size > most:
            raise ValueError(
                f"sizes must be in order: minSize {self.min_size} <= maxSize {self.max_size}"
            )
        if self.min_in_service is not None and self.min_in_service >= self.min_size:
            raise ValueError(
                f"minInService must be less than minSize, {self.min_size} here: one machine at "
                "least must be let go to be replaced"
            )
        return self
