"""The EKS control plane, reached from inside the network only."""

import pulumi
import pulumi_aws as aws

from plan.control_plane import ControlPlane
from plan.log_groups import LogGroup
from plan.tags import Tags


class Eks(pulumi.ComponentResource):
    """An EKS cluster whose API has no public endpoint and whose own calls go through the VPC.

    Creates   the log group (before EKS would make one without key and retention) and the cluster.
    Never     a public endpoint; control-plane egress outside the VPC; an administrator by accident.

    Outputs:
        endpoint, certificate_authority, cluster_security_group_id: known only after creation.
        name: known only when the cluster is active, so that whoever uses it comes after.
        cluster: the resource itself, for what goes when it goes.
    Replaces: changing the service CIDR, the role or the encryption key replaces the cluster, which
        the engine refuses before anything else goes, as long as deletion protection is on.
    Source: EKS user guide, control-plane-egress and cluster-endpoint pages (read 2026-11-22).
    """

    cluster: pulumi.Resource
    name: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    certificate_authority: pulumi.Output[str]
    cluster_security_group_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        plan: ControlPlane,
        *,
        role_arn: pulumi.Input[str],
        key_arn: pulumi.Input[str],
        subnet_ids: list[pulumi.Output[str]],
        security_group_id: pulumi.Input[str],
        log_group: LogGroup,
        log_retention_days: int,
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:controlPlane:Eks", name, None, opts)
        group = aws.cloudwatch.LogGroup(
            name,
            name=log_group.name,
            kms_key_id=key_arn,
            retention_in_days=log_retention_days,
            tags=tags.named("control-plane-logs"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        cluster = aws.eks.Cluster(
            name,
            name=tags.cluster,
            role_arn=role_arn,
            version=plan.version,
            vpc_config={
                "subnet_ids": subnet_ids,
                "security_group_ids": [security_group_id],
                "endpoint_private_access": True,
                "endpoint_public_access": False,
                "control_plane_egress_mode": "CUSTOMER_ROUTED",
            },
            enabled_cluster_log_types=list(plan.log_types),
            encryption_config={"provider": {"key_arn": key_arn}, "resources": ["secrets"]},
            kubernetes_network_config={
                "ip_family": "ipv4",
                "service_ipv4_cidr": str(plan.service_cidr),
            },
            access_config={
                "authentication_mode": plan.authentication_mode,
                "bootstrap_cluster_creator_admin_permissions": False,
            },
            bootstrap_self_managed_addons=False,
            upgrade_policy={"support_type": plan.support},
            zonal_shift_config={"enabled": plan.zonal_shift},
            deletion_protection=plan.deletion_protection,
            tags=tags.named("control-plane"),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[group], protect=plan.deletion_protection
            ),
        )
        self.cluster = cluster
        self.name, self.endpoint = cluster.name, cluster.endpoint
        self.certificate_authority = cluster.certificate_authority.apply(lambda ca: str(ca.data))
        self.cluster_security_group_id = cluster.vpc_config.apply(
            lambda config: str(config.cluster_security_group_id)
        )
        self.register_outputs({"name": self.name, "endpoint": self.endpoint})
