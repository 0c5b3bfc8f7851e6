"""Access entries: who the Kubernetes API knows, said through AWS's API, so from anywhere."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from plan.access import Principal
from plan.tags import Tags


class AccessEntries(pulumi.ComponentResource):
    """One access entry per principal, with its policy where it has one.

    Outputs:
        principal_arns: by name, known only when the entry exists, so that nodes come after.
    An entry is bound to the unique id of its role, and knows a role that others have made anew
    under the same ARN no more; nobody here sees that: docs/real-account.md says what to do.
    """

    principal_arns: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        principals: Mapping[str, Principal],
        *,
        cluster_name: pulumi.Input[str],
        role_arns: Mapping[str, pulumi.Input[str]],
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:access:AccessEntries", name, None, opts)
        self.principal_arns = {}
        for principal in principals.values():
            name = principal.logical_name
            # An id that is its names cannot be another's first: see EksAddOns. A stack of before
            # knows it by the key; found there, it is kept.
            known = None if name == principal.name else [pulumi.Alias(name=principal.name)]
            child = pulumi.ResourceOptions(parent=self, delete_before_replace=True, aliases=known)
            arn = principal.principal_arn or role_arns[principal.role or ""]
            entry = aws.eks.AccessEntry(
                name,
                cluster_name=cluster_name,
                principal_arn=arn,
                type=principal.type,
                user_name=principal.username,
                kubernetes_groups=list(principal.groups) or None,
                tags=tags.named(principal.name),
                opts=child,
            )
            self.principal_arns[principal.name] = entry.principal_arn
            if principal.policy_arn is not None:
                aws.eks.AccessPolicyAssociation(
                    name,
                    cluster_name=cluster_name,
                    principal_arn=entry.principal_arn,
                    policy_arn=principal.policy_arn,
                    access_scope={
                        "type": "namespace" if principal.namespaces else "cluster",
                        "namespaces": list(principal.namespaces) or None,
                    },
                    opts=child,
                )
        self.register_outputs({"principalArns": self.principal_arns})
