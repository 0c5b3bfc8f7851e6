"""What may be asked of an EKS control plane, reached from inside the network only."""

from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import Field

from spec.base import Spec, default_kind
from spec.fields import (
    KmsKeyArn,
    KubernetesVersion,
    Name,
    Once,
    PrivateCidr,
    RoleArn,
    WholeNumber,
)

LogType = Literal["api", "audit", "authenticator", "controllerManager", "scheduler"]
LOG_TYPES: tuple[LogType, ...] = ("api", "audit", "authenticator", "controllerManager", "scheduler")


class CreateKey(Spec):
    """A customer managed key with yearly rotation."""

    kind: Literal["create"] = "create"
    deletion_window_days: WholeNumber = Field(
        30, ge=7, le=30, description="Days between the request to delete the key and its end."
    )


class ExistingKey(Spec):
    """A supplied KMS key in the cluster's region and partition."""

    kind: Literal["existing"]
    key_arn: KmsKeyArn = Field(description="ARN of the key, not of an alias.")


KeySpec = Annotated[CreateKey | ExistingKey, Field(discriminator="kind"), default_kind("create")]


class CreateRole(Spec):
    """A role of its own, one per cluster."""

    kind: Literal["create"] = "create"


class ExistingRole(Spec):
    """A supplied role."""

    kind: Literal["existing"]
    role_arn: RoleArn = Field(description="ARN of the role.")


RoleSpec = Annotated[CreateRole | ExistingRole, Field(discriminator="kind"), default_kind("create")]


class EksSpec(Spec):
    """An EKS control plane whose API answers inside the network only."""

    kind: Literal["eks"] = "eks"
    version: KubernetesVersion | None = Field(
        None,
        description="Kubernetes minor version. Default: the one pinned in the lock file. "
        "One minor at a time.",
    )
    support: Literal["STANDARD", "EXTENDED"] = Field(
        "EXTENDED",
        description="STANDARD: EKS upgrades the cluster by force after 14 months. EXTENDED: after "
        "26, for more money.",
    )
    service_cidr: PrivateCidr = Field(
        IPv4Network("172.20.0.0/16"),
        description="Addresses of Services, /12 to /24, overlapping no network that pods talk to. "
        "Fixed for the cluster's life.",
    )
    subnets: tuple[Name, ...] = Field(
        (),
        description="Subnets of the control plane's interfaces, in two zones or more. Default: "
        "the /28 subnets, or every subnet of the nodes, in the zones of the first lock file.",
    )
    role: RoleSpec = Field(default_factory=CreateRole, description="The cluster's service role.")
    encryption_key: KeySpec = Field(
        default_factory=CreateKey,
        description="KMS key that encrypts Secrets, the logs and the nodes' volumes.",
    )
    log_types: Annotated[tuple[LogType, ...], Once] = Field(
        LOG_TYPES, description="Control-plane logs that EKS sends to the log group."
    )
    log_retention_days: Literal[30, 60, 90, 180, 365, 400, 731, 1096, 1827, 3653] = Field(
        365, description="How long the log group keeps them."
    )
    deletion_protection: bool = Field(
        True,
        description="EKS refuses to delete the cluster, and Route 53 to take the DNS Firewall off "
        "the VPC, until this is false. The engine refuses too, before it deletes what hangs on "
        "them, and to delete or replace the key.",
    )
    zonal_shift: bool = Field(
        False, description="Let Application Recovery Controller move traffic out of a zone."
    )
