"""Who may reach the cluster, as whom, and by which machine."""

from typing import Annotated, Literal

from pydantic import Field

from spec.base import Spec
from spec.connections import MachineSpec
from spec.control_plane import CreateRole, RoleSpec
from spec.fields import (
    InstanceProfileArn,
    Name,
    Once,
    PrincipalArn,
    Text,
)

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
LinuxUser = Annotated[
    str,
    Text(
        r"[a-z_][a-z0-9_-]{0,31}",
        "must be a Linux user name, such as ec2-user or ubuntu: 1 to 32 lower-case letters, "
        "digits, '-' and '_'",
    ),
]
KeyFile = Annotated[
    str,
    Text(
        r"(?!.*\$\{)~?/[ !#-\[\]-~]{1,1000}",
        'must be the path of a private key, from ~/ or / on, in ASCII and without ", \\ and ${, '
        "such as ~/.ssh/id_ed25519",
    ),
]
# RFC 1123's labels, as Kubernetes names namespaces (Object Names and IDs, read 2026-11-29), and
# wildcards of EKS in them (EKS user guide, access-policies, read 2026-11-29). Not * alone: whoever
# means the whole cluster writes no namespaces, and counts as its administrator.
Namespace = Annotated[
    str,
    Text(
        r"[a-z0-9](?:[a-z0-9*-]{0,61}[a-z0-9*])?",
        "must be a Kubernetes namespace, such as web, or several, such as dev-*: 1 to 63 "
        "lower-case letters, digits and hyphens, with * after the first of them",
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
        description="Its subnet. Default: a subnet named operator, else the nodes' first by name.",
    )
    machine: MachineSpec = Field(default_factory=MachineSpec, description="The machine itself.")
    instance_profile_arn: InstanceProfileArn | None = Field(
        None,
        description="For a supplied administrator role: the instance profile that holds it.",
    )


class SshSpec(Spec):
    """Who logs in at machines by SSH, and with which key, as the handed-over configuration says."""

    user: LinuxUser = Field(
        "ec2-user",
        description="User of the bastion, the operator's machine and the nodes. Amazon Linux has "
        "ec2-user, Ubuntu ubuntu; where they differ, `ssh -l` names another one.",
    )
    identity_file: KeyFile = Field(
        "~/.ssh/id_ed25519",
        description="Private key on the machine of whoever logs in: its path, never the key.",
    )


class PrincipalSpec(Spec):
    """An IAM role or user that may use the Kubernetes API."""

    principal_arn: PrincipalArn = Field(description="ARN of the role or user, own account only.")
    username: Username | None = Field(
        None, description="Name in the audit log. Default: the ARN with the session's name."
    )
    groups: Annotated[tuple[Group, ...], Once] = Field(
        (), description="Kubernetes groups, for own RBAC rules; none of Kubernetes' own (system:…)."
    )
    policy: AccessPolicy | None = Field(None, description="EKS access policy to associate.")
    namespaces: Annotated[tuple[Namespace, ...], Once] = Field(
        (),
        description="Namespaces that the policy is limited to, such as web, or dev-* for all that "
        "begin so. Default: the whole cluster.",
    )


class AccessSpec(Spec):
    """Authentication, administrators and the operator's machine."""

    authentication_mode: Literal["API", "API_AND_CONFIG_MAP"] = Field(
        "API",
        description="API: access entries only. API_AND_CONFIG_MAP: entries do the job, and the "
        "aws-auth ConfigMap is rendered as well. A cluster may go from API_AND_CONFIG_MAP to API, "
        "and EKS never lets it back.",
    )
    apply_config_map: bool = Field(
        False,
        description="Apply aws-auth in `up`, which must then run inside the network; otherwise it "
        "is handed over as an output. An aws-auth of somebody else is never overwritten.",
    )
    administrator: RoleSpec = Field(
        default_factory=CreateRole,
        description="The role that administers the cluster: people of the own account assume it, "
        "and the operator's machine carries it.",
    )
    deployer_arn: PrincipalArn | None = Field(
        None,
        description="The role or user that runs `heiiki up` and `destroy`; to anybody else they "
        "refuse. It gets no right in the cluster, and another one changes nothing there. Default: "
        "whoever has the credentials.",
    )
    operator: OperatorSpec | None = Field(
        None, description="The operator's machine inside the network. Default: none."
    )
    ssh: SshSpec = Field(
        default_factory=SshSpec,
        description="How people log in, for the output sshConfig; no machine is changed by it.",
    )
    session_manager: bool = Field(
        False, description="Reach machines through Session Manager and its endpoints, without SSH."
    )
    principals: dict[Name, PrincipalSpec] = Field(
        default_factory=dict, description="Further roles and users, by name."
    )
