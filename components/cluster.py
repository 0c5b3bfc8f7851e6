"""The whole cluster: wires the folders, decides nothing."""

from typing import Any

import pulumi
import pulumi_aws as aws

from components.access.config_map import AwsAuth
from components.access.entries import AccessEntries
from components.access.people import PeopleMachines
from components.add_ons.eks_add_ons import EksAddOns
from components.control_plane.eks import Eks
from components.iam.key import Key
from components.iam.roles import Roles
from components.network.network import Network
from components.node_pools.pools import NodePools
from machines.kubeconfig import render_kubeconfig
from plan.cluster import ClusterPlan
from plan.log_groups import CONTROL_PLANE
from spec.control_plane import ExistingRole


class Cluster(pulumi.ComponentResource):
    """A closed EKS cluster: network, keys, roles, control plane, access, nodes.

    The order is AWS's: whoever needs something waits for it, and access comes before nodes, so
    that a node's first request is already known.
    """

    outputs: dict[str, Any]

    def __init__(self, name: str, plan: ClusterPlan, opts: pulumi.ResourceOptions | None = None):
        super().__init__("heiiki:index:Cluster", name, None, opts)
        provider = aws.Provider(
            "aws",
            region=plan.spec.region,
            allowed_account_ids=[plan.account_id],  # another account's credentials are refused
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._plan = plan
        self._child = pulumi.ResourceOptions(parent=self, provider=provider)
        self._key = Key(
            "cluster", plan.spec.control_plane.encryption_key, policy=plan.key_policy,
            tags=plan.tags, opts=self._child,
        )  # fmt: skip
        self._roles = Roles("roles", plan.roles, tags=plan.tags, opts=self._child)
        self._network = Network(
            "network", plan, key_arn=self._key.arn,
            flow_logs_role_arn=self._roles.arns.get("flow-logs"), opts=self._child,
        )  # fmt: skip
        self._eks = self._control_plane()
        self._access = AccessEntries(
            "access", plan.principals, cluster_name=self._eks.name, role_arns=self._roles.arns,
            tags=plan.tags, opts=self._child,
        )  # fmt: skip
        self._nodes()
        people = PeopleMachines(
            "people", plan, network=self._network.view, key_arn=self._key.arn,
            operator_instance_profile_arn=self._roles.instance_profile_arns.get("administrator"),
            opts=self._child,
        )  # fmt: skip
        self.outputs = self._outputs() | people.outputs
        self.register_outputs(self.outputs)

    def _control_plane(self) -> Eks:
        plan = self._plan
        role = plan.spec.control_plane.role
        return Eks(
            "control-plane",
            plan.control_plane,
            role_arn=role.role_arn
            if isinstance(role, ExistingRole)
            else self._roles.arns["cluster"],
            key_arn=self._key.arn,
            subnet_ids=[self._network.view.subnet_ids[s] for s in plan.control_plane.subnets],
            security_group_id=self._network.view.security_group_ids["control-plane"],
            log_group=plan.log_groups[CONTROL_PLANE],
            log_retention_days=plan.spec.control_plane.log_retention_days,
            tags=plan.tags,
            opts=self._child,
        )

    def _nodes(self) -> None:
        plan = self._plan
        first = [a for a in plan.add_ons.values() if a.before_nodes]
        later = [a for a in plan.add_ons.values() if not a.before_nodes]
        base = EksAddOns(
            "add-ons-before-nodes", first, cluster_name=self._eks.name,
            role_arns=self._roles.arns, tags=plan.tags, opts=self._child,
        )  # fmt: skip
        pools = NodePools(
            "node-pools", plan, eks=self._eks, network=self._network.view, key_arn=self._key.arn,
            roles=self._roles,
            opts=pulumi.ResourceOptions.merge(
                self._child, pulumi.ResourceOptions(depends_on=[base, self._access, self._network])
            ),
        )  # fmt: skip
        EksAddOns(
            "add-ons-on-nodes", later, cluster_name=self._eks.name, role_arns=self._roles.arns,
            tags=plan.tags,
            opts=pulumi.ResourceOptions.merge(
                self._child, pulumi.ResourceOptions(depends_on=[pools])
            ),
        )  # fmt: skip
        self._pools = pools

    def _outputs(self) -> dict[str, Any]:
        """What people and other stacks use; supplied ids too."""
        plan, eks = self._plan, self._eks
        kubeconfig: pulumi.Output[str] = pulumi.Output.secret(self._kubeconfig())
        found = {
            "clusterName": eks.name,
            "clusterEndpoint": eks.endpoint,
            "clusterCertificateAuthority": eks.certificate_authority,
            "kubernetesVersion": plan.control_plane.version,
            "roleArns": self._roles.arns,
            "keyArn": self._key.arn,
            "nodePools": self._pools.group_names,
            "kubeconfig": kubeconfig,
            **self._network.outputs,
        }
        if plan.spec.access.authentication_mode == "API_AND_CONFIG_MAP":
            aws_auth = AwsAuth(
                "aws-auth",
                plan.principals,
                principal_arns=self._access.principal_arns,
                kubeconfig=kubeconfig if plan.spec.access.apply_config_map else None,
                opts=self._child,
            )
            found["awsAuthConfigMap"] = aws_auth.manifest
        return found

    def _kubeconfig(self) -> pulumi.Output[str]:
        plan, eks = self._plan, self._eks
        known = pulumi.Output.all(eks.endpoint, eks.certificate_authority, *self._administrator())
        return known.apply(
            lambda v: render_kubeconfig(
                cluster_name=plan.spec.name,
                api_server_endpoint=v[0],
                certificate_authority_base64=v[1],
                region=plan.spec.region,
                role_arn=v[2] if len(v) > 2 else None,
            )
        )

    def _administrator(self) -> list[pulumi.Output[str]]:
        """The role to take on; the operator's machine carries it already and takes on none."""
        if self._plan.spec.access.operator is not None:
            return []
        return [self._access.principal_arns["administrator"]]
