"""The cluster, whole or one part of it: wires the folders, decides nothing."""

from datetime import datetime
from typing import Any

import pulumi
import pulumi_aws as aws

from components.access.config_map import AwsAuth
from components.access.entries import AccessEntries
from components.access.people import PeopleMachines
from components.add_ons.eks_add_ons import EksAddOns
from components.control_plane.eks import Eks
from components.delivery.carry_in import CarryIn
from components.iam.key import Key
from components.iam.roles import Roles
from components.network.network import Network
from components.node_pools.pools import NodePools
from components.parts import (
    PART_OUTPUT,
    ClusterGives,
    NetworkGives,
    cluster_of,
    network_of,
)
from machines.kubeconfig import render_kubeconfig
from plan.cluster import ClusterPlan
from plan.control_plane import ControlPlane
from plan.iam import supplied_role_arns
from plan.log_groups import CONTROL_PLANE
from plan.parts import Share
from plan.pki.material import Supplied
from spec.control_plane import EksSpec, ExistingRole
from spec.part import PartSpec


class Cluster(pulumi.ComponentResource):
    """A closed cluster: network, keys, roles, control plane, access, nodes.

    The order is AWS's: whoever needs something waits for it, and access comes before nodes, so
    that a node's first request is already known.

    Args:
        part: makes one part only, by the table in plan/parts.py, and reads what it needs of the
            earlier ones from their stacks. None makes the whole.
        supplied: what the operator has supplied of the PKI of a control plane of our own.
        today: by which certificates' ends are judged.
    """

    outputs: dict[str, Any]

    def __init__(
        self,
        name: str,
        plan: ClusterPlan,
        part: PartSpec | None = None,
        *,
        supplied: Supplied,
        today: datetime,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:index:Cluster", name, None, opts)
        provider = aws.Provider(
            "aws",
            region=plan.spec.region,
            allowed_account_ids=[plan.account_id],  # another account's credentials are refused
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._plan, self._part = plan, part
        self._share = Share(part.name if part else None)
        self._child = pulumi.ResourceOptions(parent=self, provider=provider)
        self._roles = Roles(
            "roles", self._share.of("roles", plan.roles), tags=plan.tags, opts=self._child
        )
        others = self._share.of("roles", supplied_role_arns(plan.spec))
        self.outputs = {"roleArns": {**others, **self._roles.arns}}
        network = self._network()
        if not isinstance(plan.control_plane, ControlPlane):
            self._self_hosted(network, supplied, today)
        elif part is None or part.name != "network":
            cluster = self._cluster(network)
            if self._share.makes("node-pools"):
                self._pools(network, cluster)
        if part is not None:
            self.outputs[PART_OUTPUT] = {"of": part.of, "name": part.name}
        self.register_outputs(self.outputs)

    def _network(self) -> NetworkGives:
        plan = self._plan
        if self._part is not None and not self._share.makes("network"):
            return network_of(plan, self._part, pulumi.ResourceOptions(parent=self))
        key = Key(
            "cluster", plan.spec.control_plane.encryption_key, policy=plan.key_policy,
            protected=plan.control_plane.deletion_protection, tags=plan.tags, opts=self._child,
        )  # fmt: skip
        network = Network(
            "network", plan, key_arn=key.arn,
            flow_logs_role_arn=self._roles.arns.get("flow-logs"), opts=self._child,
        )  # fmt: skip
        given = NetworkGives(network.view, key.arn, (network,))
        self.outputs |= network.outputs | given.outputs
        if plan.spec.carry_in is not None:
            carry_in = CarryIn(
                "carry-in", plan.buckets, plan.repositories, key_arn=key.arn, tags=plan.tags,
                opts=self._child,
            )  # fmt: skip
            self.outputs |= carry_in.outputs
        return given

    def _self_hosted(self, network: NetworkGives, supplied: Supplied, today: datetime) -> None:
        from components.self_hosted import SelfHosted  # loads another SDK, which EKS has no use of

        own = SelfHosted(
            "self-hosted", self._plan, supplied=supplied, today=today, network=network.view,
            vpc_id=network.view.vpc_id, key_arn=network.key_arn, roles=self._roles,
            opts=pulumi.ResourceOptions.merge(
                self._child, pulumi.ResourceOptions(depends_on=[*network.made])
            ),
        )  # fmt: skip
        people = self._people(network)
        self.outputs |= own.outputs | people.outputs

    def _people(self, network: NetworkGives) -> PeopleMachines:
        return PeopleMachines(
            "people", self._plan, network=network.view, key_arn=network.key_arn,
            operator_instance_profile_arn=self._roles.instance_profile_arns.get("administrator"),
            opts=self._child,
        )  # fmt: skip

    def _cluster(self, network: NetworkGives) -> ClusterGives:
        plan = self._plan
        if self._part is not None and not self._share.makes("control-plane"):
            return cluster_of(plan, self._part, pulumi.ResourceOptions(parent=self))
        eks = self._control_plane(network)
        access = self._access_entries(eks.name)
        people = self._people(network)
        base = self._add_ons("add-ons-before-nodes", eks.name, before_nodes=True)
        given = ClusterGives(
            name=eks.name,
            endpoint=eks.endpoint,
            certificate_authority=eks.certificate_authority,
            cluster_security_group_id=eks.cluster_security_group_id,
            kubeconfig=pulumi.Output.secret(self._kubeconfig(eks, access)),
            principal_arns=access.principal_arns,
            made=(base, access),
            resource=eks.cluster,
        )
        self.outputs |= {"kubernetesVersion": plan.control_plane.version}
        self.outputs |= given.outputs | people.outputs
        return given

    def _pools(self, network: NetworkGives, cluster: ClusterGives) -> None:
        plan, earlier = self._plan, [*cluster.made, *network.made]
        principal_arns = dict(cluster.principal_arns)
        if not self._share.makes("control-plane"):  # else all entries are made with it
            access = self._access_entries(cluster.name)
            earlier.append(access)
            principal_arns |= access.principal_arns
            self.outputs["principalArns"] = access.principal_arns
        pools = NodePools(
            "node-pools", plan, eks=cluster, network=network.view, key_arn=network.key_arn,
            roles=self._roles,
            opts=pulumi.ResourceOptions.merge(
                self._child, pulumi.ResourceOptions(depends_on=earlier)
            ),
        )  # fmt: skip
        self._add_ons("add-ons-on-nodes", cluster.name, before_nodes=False, depends_on=[pools])
        self.outputs["nodePools"] = pools.group_names
        if plan.spec.access.authentication_mode == "API_AND_CONFIG_MAP":
            aws_auth = AwsAuth(
                "aws-auth",
                plan.principals,
                principal_arns=principal_arns,
                kubeconfig=cluster.kubeconfig if plan.spec.access.apply_config_map else None,
                cluster=cluster.resource,
                opts=self._child,
            )
            self.outputs["awsAuthConfigMap"] = aws_auth.manifest

    def _control_plane(self, network: NetworkGives) -> Eks:
        plan = self._plan
        asked = plan.spec.control_plane
        assert isinstance(asked, EksSpec), "asked for by the kind"
        return Eks(
            "control-plane",
            plan.eks,
            role_arn=asked.role.role_arn
            if isinstance(asked.role, ExistingRole)
            else self._roles.arns["cluster"],
            key_arn=network.key_arn,
            subnet_ids=[network.view.subnet_ids[s] for s in plan.eks.subnets],
            security_group_id=network.view.security_group_ids["control-plane"],
            log_group=plan.log_groups[CONTROL_PLANE],
            log_retention_days=asked.log_retention_days,
            tags=plan.tags,
            opts=self._child,
        )

    def _access_entries(self, cluster_name: pulumi.Output[str]) -> AccessEntries:
        return AccessEntries(
            "access", self._share.of("access", self._plan.principals), cluster_name=cluster_name,
            role_arns=self._roles.arns, tags=self._plan.tags, opts=self._child,
        )  # fmt: skip

    def _add_ons(
        self,
        name: str,
        cluster_name: pulumi.Output[str],
        *,
        before_nodes: bool,
        depends_on: list[pulumi.Resource] | None = None,
    ) -> EksAddOns:
        chosen = [a for a in self._plan.add_ons.values() if a.before_nodes is before_nodes]
        return EksAddOns(
            name, chosen, cluster_name=cluster_name, role_arns=self._roles.arns,
            tags=self._plan.tags,
            opts=pulumi.ResourceOptions.merge(
                self._child, pulumi.ResourceOptions(depends_on=depends_on)
            ),
        )  # fmt: skip

    def _kubeconfig(self, eks: Eks, access: AccessEntries) -> pulumi.Output[str]:
        plan = self._plan
        known = pulumi.Output.all(
            eks.endpoint, eks.certificate_authority, *self._administrator(access)
        )
        return known.apply(
            lambda v: render_kubeconfig(
                cluster_name=plan.spec.name,
                api_server_endpoint=v[0],
                certificate_authority_base64=v[1],
                region=plan.spec.region,
                role_arn=v[2] if len(v) > 2 else None,
            )
        )

    def _administrator(self, access: AccessEntries) -> list[pulumi.Output[str]]:
        """The role to take on; the operator's machine carries it already and takes on none."""
        if self._plan.spec.access.operator is not None:
            return []
        return [access.principal_arns["administrator"]]
