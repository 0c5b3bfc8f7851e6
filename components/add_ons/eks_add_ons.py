"""EKS add-ons at pinned versions, and the roles of their pods."""

from collections.abc import Iterable, Mapping

import pulumi
import pulumi_aws as aws

from plan.control_plane import AddOn
from plan.tags import Tags


class EksAddOns(pulumi.ComponentResource):
    """Some of the cluster's add-ons. Those that nodes need come before the nodes, others after.

    Args:
        role_arns: by logical name; an add-on with a role gets it by Pod Identity.
    Outputs:
        names: of every add-on, known only when it exists.
    """

    names: list[pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        add_ons: Iterable[AddOn],
        *,
        cluster_name: pulumi.Input[str],
        role_arns: Mapping[str, pulumi.Input[str]],
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:addOns:EksAddOns", name, None, opts)
        self.names = []
        for add_on in add_ons:
            identity = None
            if add_on.role is not None and add_on.service_account is not None:
                identity = [
                    aws.eks.AddonPodIdentityAssociationArgs(
                        role_arn=role_arns[add_on.role], service_account=add_on.service_account
                    )
                ]
            created = aws.eks.Addon(
                add_on.name,
                cluster_name=cluster_name,
                addon_name=add_on.name,
                addon_version=add_on.version,
                configuration_values=add_on.configuration or None,
                resolve_conflicts_on_create="OVERWRITE",
                resolve_conflicts_on_update="PRESERVE",
                pod_identity_associations=identity,
                tags=tags.named(add_on.name),
                # Its id is its name. Cut off within a replacement, the engine would else make the
                # new one and then delete "the old one", which is the same (automation/pending).
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            )
            self.names.append(created.addon_name)
        self.register_outputs({"names": self.names})
