"""Who may reach the cluster, as whom, and by which machine."""

from typing import Annotated, Literal

from pydantic import Field

from spec.base import Spec
from spec.connections import MachineSpec
from spec.control_plane import CreateRole, RoleSpec
from spec.fields import InstanceProfileArn, Name, PrincipalArn, Text

Username = Annotated[
    str,
    Text(
        r"(?!system:|eks:|aws:|amazon:|iam:)[^\s]{1,128}",
        "must be 1 to 128 characters without spaces, not starting with system:, eks:, aws:, "
        "amazon: or iam:",
    ),
]
Group = Annotated[
    str,
    Text(
        r"(?!eks:|aws:|amazon:|iam:)[^\s]{1,128}",
        "must be 1 to 128 characters without spaces, not starting with eks:, aws:, amazon: or iam:",
    ),
]
AccessPolicy = Literal[
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
]


class OperatorSpec(Spec):
    """A machine inside the network that runs kubectl as the administrator role."""

    subnet: Name | None = Field(
        None,
        description="Its subnet. Default: a subnet named operator, else the first of the nodes.",
    )
    machine: MachineSpec = Field(default_factory=MachineSpec, description="The machine itself.")
    instance_profile_arn: InstanceProfileArn | None = Field(
        None,
        description="For a supplied administrator role: the instance profile that holds it.",
    )


class PrincipalSpec(Spec):
    """An IAM role or user that may use the Kubernetes API."""

    principal_arn: PrincipalArn = Field(description="ARN of the role or user, own account only.")
    username: Username | None = Field(
        None, description="Name in the audit log. Default: the ARN with the session's name."
    )
    groups: tuple[Group, ...] = Field((), description="Kubernetes groups, for own RBAC rules.")
    policy: AccessPolicy | None = Field(None, description="EKS access policy to associate.")
    namespaces: tuple[Name, ...] = Field(
        (), description="Namespaces that the policy is limited to. Default: the whole cluster."
    )


class AccessSpec(Spec):
    """Authentication, administrators and the operator's machine."""

    authentication_mode: Literal["API", "API_AND_CONFIG_MAP"] = Field(
        "API",
        description="API: access entries only. API_AND_CONFIG_MAP: entries do the job, and the "
        "aws-auth ConfigMap is rendered as well.",
    )
    apply_config_map: bool = Field(
        False,
        description="Apply aws-auth in `up`. Only from inside the network; otherwise it is handed "
        "over as an output.",
    )
    administrator: RoleSpec = Field(
        default_factory=CreateRole,
        description="The role that administers the cluster: people of the own account assume it, "
        "and the operator's machine carries it.",
    )
    operator: OperatorSpec | None = Field(
        None, description="The operator's machine inside the network. Default: none."
    )
    session_manager: bool = Field(
        False, description="Reach machines through Session Manager and its endpoints, without SSH."
    )
    principals: dict[Name, PrincipalSpec] = Field(
        default_factory=dict, description="Further roles and users, by name."
    )
