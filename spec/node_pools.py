"""What may be asked of a node pool."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from spec.additions import AdditionsSpec
from spec.base import Spec, default_kind
from spec.fields import (
    DeviceName,
    ImageId,
    InstanceProfileArn,
    InstanceType,
    KeyName,
    KubernetesVersion,
    Name,
    Once,
    RoleArn,
    SecurityGroupId,
    Text,
    WholeNumber,
)
from spec.kubelets import KubeletSpec
from spec.shown import shown_path

LabelKey = Annotated[
    str,
    Text(
        r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?",
        "must be a Kubernetes label key, such as example.com/tier",
    ),
]
LabelValue = Annotated[
    str,
    Text(
        r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?",
        "must be a Kubernetes label value: at most 63 letters, digits, '-', '_', '.', in quotes",
    ),
]


class TaintSpec(Spec):
    """A taint that every node of the pool carries from its first moment."""

    key: LabelKey = Field(description="Key of the taint.")
    value: LabelValue = Field("", description="Value of the taint.")
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = Field(
        description="What it does to pods that do not tolerate it."
    )


class OptimizedImage(Spec):
    """An image of AWS for EKS, by family; the lock file pins its id."""

    kind: Literal["optimized"] = "optimized"
    family: Literal["al2023", "bottlerocket"] = Field(
        "al2023", description="Amazon Linux 2023 or Bottlerocket."
    )


class CustomImage(Spec):
    """An image of your own that boots as its family does."""

    kind: Literal["custom"]
    image_id: ImageId = Field(description="Id of the image.")
    family: Literal["al2023", "bottlerocket", "script"] = Field(
        description="al2023: nodeadm is in it. bottlerocket: reads TOML. script: your own script "
        "finds the cluster's facts in /etc/heiiki/cluster.env."
    )
    root_device: DeviceName = Field(
        "/dev/xvda",
        description="Device of its root volume, as the image names it: /dev/sda1 of Ubuntu. "
        "Encryption is asked for by this name.",
    )
    kubernetes_version: KubernetesVersion | None = Field(
        None,
        description="Minor version of the kubelet in it, such as '1.35'. A control plane that does "
        "not take it is refused; a warning tells where it is not given.",
    )
    script: str | None = Field(
        None,
        max_length=8192,
        description="For family script: the shell script that joins the node.",
    )

    @model_validator(mode="after")
    def _script_goes_with_its_family(self) -> Self:
        if (self.family == "script") != (self.script is not None):
            raise ValueError("script is needed with family script, and with no other family")
        return self


ImageSpec = Annotated[
    OptimizedImage | CustomImage, Field(discriminator="kind"), default_kind("optimized")
]


class _RootVolume(Spec):
    size_gib: WholeNumber = Field(50, ge=20, le=16384, description="Size in GiB.")


class Gp3Volume(_RootVolume):
    """General purpose; its performance is chosen apart from its size."""

    kind: Literal["gp3"] = "gp3"
    size_gib: WholeNumber = Field(50, ge=20, le=65536, description="Size in GiB.")
    iops: WholeNumber = Field(3000, ge=3000, le=80000, description="gp3 I/O operations per second.")
    throughput_mibps: WholeNumber = Field(
        125, ge=125, le=2000, description="gp3 throughput in MiB/s."
    )

    @model_validator(mode="after")
    def _performance_fits(self) -> Self:
        """Ratios of gp3: EBS user guide, General Purpose SSD volumes (read 2026-11-22). Limits: EC2
        API reference, EbsBlockDevice (read 2026-11-29); AWS raised them in 2025."""
        if self.iops > max(3000, 500 * self.size_gib):
            raise ValueError(f"gp3 gives at most 500 iops per GiB: {500 * self.size_gib} here")
        if self.throughput_mibps > self.iops // 4:
            raise ValueError(f"gp3 gives at most 1 MiB/s per 4 iops: {self.iops // 4} here")
        return self


class Gp2Volume(_RootVolume):
    """General purpose of the former generation; its performance follows from its size."""

    kind: Literal["gp2"]


class Io1Volume(_RootVolume):
    """Provisioned I/O operations, of the former generation."""

    kind: Literal["io1"]
    iops: WholeNumber = Field(ge=100, le=64000, description="I/O operations per second.")

    @model_validator(mode="after")
    def _performance_fits(self) -> Self:
        """EBS user guide, Provisioned IOPS SSD volumes (read 2026-11-28)."""
        if self.iops > 50 * self.size_gib:
            raise ValueError(f"io1 gives at most 50 iops per GiB: {50 * self.size_gib} here")
        return self


class Io2Volume(_RootVolume):
    """Provisioned I/O operations, the most durable."""

    kind: Literal["io2"]
    size_gib: WholeNumber = Field(50, ge=20, le=65536, description="Size in GiB.")
    iops: WholeNumber = Field(
        ge=100, le=256000, description="I/O operations per second; beyond 32000 on Nitro only."
    )

    @model_validator(mode="after")
    def _performance_fits(self) -> Self:
        """EBS user guide, Provisioned IOPS SSD volumes (read 2026-11-28)."""
        if self.iops > 1000 * self.size_gib:
            raise ValueError(f"io2 gives at most 1000 iops per GiB: {1000 * self.size_gib} here")
        return self


RootVolumeSpec = Annotated[
    Gp3Volume | Gp2Volume | Io1Volume | Io2Volume,
    Field(discriminator="kind"),
    default_kind("gp3"),
]


class CreateInstanceProfile(Spec):
    """A role and an instance profile of the pool's own."""

    kind: Literal["create"] = "create"


class ExistingInstanceProfile(Spec):
    """A supplied instance profile and the role in it."""

    kind: Literal["existing"]
    instance_profile_arn: InstanceProfileArn = Field(description="ARN of the instance profile.")
    role_arn: RoleArn = Field(description="ARN of the role in it, which access is given to.")


InstanceProfileSpec = Annotated[
    CreateInstanceProfile | ExistingInstanceProfile,
    Field(discriminator="kind"),
    default_kind("create"),
]


class NodeReady(Spec):
    """A machine counts as in service only when the Kubernetes API says that its node is Ready."""

    kind: Literal["nodeReady"]
    timeout_seconds: WholeNumber = Field(
        900,
        ge=300,
        le=7000,
        description="Seconds from a machine's boot until it is given up; it then writes why to its "
        "console and is replaced.",
    )


class NoReadiness(Spec):
    """A machine counts as in service as soon as EC2 runs it, whether or not its node ever joins."""

    kind: Literal["none"]


ReadinessSpec = Annotated[NodeReady | NoReadiness, Field(discriminator="kind")]


class NodePoolSpec(Spec):
    """Nodes of one kind. Pools are keys of the cluster's one file."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"instanceType": "m7i.large", "maxSize": 1000}]}
    )

    kind: Literal["selfManaged", "managed"] = Field(
        "selfManaged",
        description="selfManaged: an Auto Scaling group whose nodes join without any EKS call. "
        "managed: an EKS managed node group.",
    )
    instance_type: InstanceType = Field(examples=["m7i.large"], description="EC2 instance type.")
    min_size: WholeNumber = Field(1, ge=0, le=1000, description="Fewest nodes.")
    max_size: WholeNumber = Field(ge=1, le=1000, examples=[1000], description="Most nodes.")
    desired_size: WholeNumber | None = Field(
        None, ge=0, le=1000, description="Nodes at creation. Default: minSize."
    )
    subnets: tuple[Name, ...] = Field(
        (),
        description="Subnets. Default: every subnet for nodes. EKS never changes those of a "
        "managed node group: when they change, as by a zone more, a new group is made, then the "
        "old one is drained and goes. To keep it, name its subnets, and give the new zone a pool "
        "of its own.",
    )
    image: ImageSpec = Field(default_factory=OptimizedImage, description="The machine image.")
    root_volume: RootVolumeSpec = Field(
        default_factory=Gp3Volume,
        description="The root volume, by EBS volume type; always encrypted with the cluster's key.",
    )
    tenancy: Literal["default", "dedicated"] = Field(
        "default",
        description="dedicated: nodes run on hardware of the account's own, at a price. A change "
        "replaces the nodes one after the other.",
    )
    instance_profile: InstanceProfileSpec = Field(
        default_factory=CreateInstanceProfile, description="The nodes' own permissions."
    )
    security_group_ids: Annotated[tuple[SecurityGroupId, ...], Once] = Field(
        (), description="Further security groups of the nodes."
    )
    key_name: KeyName | None = Field(
        None, description="Existing EC2 key pair for SSH from the operator's machine."
    )
    labels: dict[LabelKey, LabelValue] = Field(default_factory=dict, description="Node labels.")
    taints: tuple[TaintSpec, ...] = Field((), description="Node taints.")
    max_pods: WholeNumber | None = Field(
        None,
        ge=4,
        le=250,
        description="Pods per node. Default: what the instance type can address.",
    )
    kubelet: KubeletSpec = Field(
        default_factory=KubeletSpec,
        description="Limits of the nodes, where the control plane is of kind selfHosted.",
    )
    max_unavailable_percentage: WholeNumber = Field(
        33, ge=1, le=100, description="Part of the pool that an update may take away at once."
    )

    readiness: ReadinessSpec | None = Field(
        None,
        description="When a machine of a selfManaged pool is in service, which is what `up` and "
        "each replacement wait for. nodeReady: when its node is Ready. Default: nodeReady where "
        "heiiki gives all that it needs (family al2023, instanceProfile of kind create, "
        "addOns.vpcCni), none elsewhere. With a supplied role, let that role call "
        "autoscaling:CompleteLifecycleAction on the pool's group. Bottlerocket runs no script that "
        "could say so, a script of your own has its own ways, and of managed node groups EKS "
        "itself waits for the nodes: there it is refused.",
    )
    custom: AdditionsSpec | None = Field(
        None,
        description="Files, units and scripts of your own on the nodes, where the control plane is "
        "of kind selfHosted.",
    )

    @field_validator("taints")
    @classmethod
    def _taints_differ(cls, taints: tuple[TaintSpec, ...]) -> tuple[TaintSpec, ...]:
        seen = set()
        for taint in taints:
            if (taint.key, taint.effect) in seen:
                named = shown_path([taint.key])
                raise ValueError(f"names {named} with {taint.effect} twice; keep one")
            seen.add((taint.key, taint.effect))
        return taints

    @model_validator(mode="after")
    def _readiness_can_be_told(self) -> Self:
        if self.readiness is not None and self.kind == "managed":
            raise ValueError(
                "readiness is for kind selfManaged: EKS itself waits until the nodes of a managed "
                "node group are Ready; leave readiness out"
            )
        family = self.image.family
        if isinstance(self.readiness, NodeReady) and family != "al2023":
            why = {
                "bottlerocket": "Bottlerocket runs no script of ours that could say so",
                "script": "your own script joins the node, and heiiki does not know how",
            }[family]
            raise ValueError(
                f"readiness nodeReady is for family al2023, and this is {family}: {why}; write "
                "readiness: {kind: none}, or leave it out"
            )
        return self

    @model_validator(mode="after")
    def _sizes_are_in_order(self) -> Self:
        desired = self.min_size if self.desired_size is None else self.desired_size
        if not self.min_size <= desired <= self.max_size:
            raise ValueError(
                f"sizes must be in order: minSize {self.min_size} <= desiredSize {desired} <= "
                f"maxSize {self.max_size}"
            )
        return self
