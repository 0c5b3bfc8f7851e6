"""The aws-auth ConfigMap: rendered for whoever is inside, applied only where asked."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as kubernetes

from machines.aws_auth import (
    RoleMapping,
    UserMapping,
    node_role_mapping,
    render_aws_auth_data,
    render_aws_auth_manifest,
)
from plan.access import Principal


class AwsAuth(pulumi.ComponentResource):
    """aws-auth beside the access entries, which do the job by themselves.

    Args:
        kubeconfig: given only where `up` runs inside the network and is to apply the ConfigMap;
            None hands it over as text. An aws-auth that exists already is never overwritten.
    Outputs:
        manifest: YAML with the guidance how to apply it.
    """

    manifest: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        principals: Mapping[str, Principal],
        *,
        principal_arns: Mapping[str, pulumi.Output[str]],
        kubeconfig: pulumi.Output[str] | None,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:access:AwsAuth", name, None, opts)
        arns = pulumi.Output.all(**principal_arns)
        self.manifest = arns.apply(
            lambda known: render_aws_auth_manifest(
                roles=_roles(principals, known), users=_users(principals, known)
            )
        )
        if kubeconfig is not None:
            provider = kubernetes.Provider(
                name,
                kubeconfig=kubeconfig,
                enable_config_map_mutable=True,  # else a change deletes it for a moment
                opts=pulumi.ResourceOptions(parent=self),
            )
            kubernetes.core.v1.ConfigMap(
                name,
                metadata={"name": "aws-auth", "namespace": "kube-system"},
                data=arns.apply(
                    lambda known: render_aws_auth_data(
                        roles=_roles(principals, known), users=_users(principals, known)
                    )
                ),
                opts=pulumi.ResourceOptions(parent=self, provider=provider),
            )
        self.register_outputs({"manifest": self.manifest})


def _roles(principals: Mapping[str, Principal], arns: Mapping[str, str]) -> list[RoleMapping]:
    mappings = []
    for name, principal in principals.items():
        if ":role/" not in arns[name]:
            continue
        if principal.type == "EC2_LINUX":
            mappings.append(node_role_mapping(role_arn=arns[name], instance_id_node_name=False))
        else:
            mappings.append(RoleMapping(arns[name], *_identity(name, principal)))
    return mappings


def _users(principals: Mapping[str, Principal], arns: Mapping[str, str]) -> list[UserMapping]:
    return [
        UserMapping(arns[name], *_identity(name, principal))
        for name, principal in principals.items()
        if ":user/" in arns[name]
    ]


def _identity(name: str, principal: Principal) -> tuple[str, tuple[str, ...]]:
    """An own username for everybody, so that the audit log tells people apart."""
    groups = ("system:masters",) if principal.administers_cluster else principal.groups
    return principal.username or name, groups
