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
            None hands it over as text.
        cluster: what the ConfigMap goes with, so that the cluster can be destroyed from outside;
            None where another stack made it.
    Never     overwrites an aws-auth, or entries, of somebody else: docs/adr/0011.
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
        cluster: pulumi.Resource | None,
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
                # Said here, since variables of whoever runs `up` would decide them otherwise.
                upsert_existing_objects=False,
                enable_patch_force=False,
                opts=pulumi.ResourceOptions(parent=self),
            )
            kubernetes.core.v1.ConfigMap(
                name,
                metadata={"name": "aws-auth", "namespace": "kube-system"},
                data=mappings.apply(
                    lambda both: render_aws_auth_data(roles=both[0], users=both[1])
                ),
                opts=pulumi.ResourceOptions(parent=self, provider=provider, deleted_with=cluster),
            )
        self.register_outputs({"manifest": self.manifest})
