"""The aws-auth ConfigMap: rendered for whoever is inside, applied only where asked."""

from collections.abc import Mapping

import pulumi

from machines.access_mappings import access_mappings
from machines.aws_auth import render_aws_auth_data, render_aws_auth_manifest
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
        mappings = arns.apply(lambda known: access_mappings(principals, known))
        self.manifest = mappings.apply(
            lambda both: render_aws_auth_manifest(roles=both[0], users=both[1])
        )
        if kubeconfig is not None:
            import pulumi_kubernetes as kubernetes  # here, since few stacks wait for it

            provider = kubernetes.Provider(
                name,
                kubeconfig=kubeconfig,
                enable_config_map_mutable=True,  # else a change deletes it for a moment
                opts=pulumi.ResourceOptions(parent=self),
            )
            kubernetes.core.v1.ConfigMap(
                name,
                metadata={"name": "aws-auth", "namespace": "kube-system"},
                data=mappings.apply(
                    lambda both: render_aws_auth_data(roles=both[0], users=both[1])
                ),
                opts=pulumi.ResourceOptions(parent=self, provider=provider),
            )
        self.register_outputs({"manifest": self.manifest})
