"""The network as a whole: wires the nouns of this folder, decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.network.connections import Connections
from components.network.dns_firewall import DnsFirewall, ResolverQueryLogs
from components.network.endpoints import Endpoints
from components.network.flow_logs import FlowLogs
from components.network.gateways import Gateways
from components.network.inbound_endpoint import InboundEndpoint
from components.network.routes import Routes
from components.network.security_groups import (
    DESCRIPTIONS,
    SecurityGroupRules,
    SecurityGroups,
)
from components.network.subnets import Subnets
from components.network.vpc import Vpc
from plan.cluster import ClusterPlan
from plan.firewall import BASTION, DNS_INBOUND, ENDPOINT, OPERATOR
from plan.log_buckets import CLUSTER_VPC, flow_logs_to, made_vpcs
from plan.log_groups import DNS_QUERIES, FLOW_LOGS
from plan.routes import INTERNET_GATEWAY, Via
from spec.network import ExistingEndpointSecurityGroup


@dataclass(frozen=True, slots=True)
class BastionSubnet:
    """Where a bastion stands."""

    subnet_id: pulumi.Output[str]


@dataclass(frozen=True, slots=True)
class NetworkView:
    """What the other folders use of the network."""

    subnet_ids: Mapping[str, pulumi.Output[str]]
    security_group_ids: Mapping[str, pulumi.Output[str]]  # by role
    bastions: Mapping[str, BastionSubnet]
    vpc_id: pulumi.Output[str]


class Network(pulumi.ComponentResource):
    """VPC, subnets, gateways, connections, routes, firewall, endpoints, DNS Firewall, logs.

    Args:
        flow_logs_role_arn: None where no flow logs go to a log group.
    Outputs:
        view: for the other folders. outputs: for people.
    """

    view: NetworkView
    outputs: dict[str, Any]

    def __init__(
        self,
        name: str,
        plan: ClusterPlan,
        *,
        key_arn: pulumi.Output[str],
        flow_logs_role_arn: pulumi.Output[str] | None,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:Network", name, None, opts)
        self._plan, self._child = plan, pulumi.ResourceOptions(parent=self)
        spec, tags, child = plan.spec.network, plan.tags, self._child
        self._vpc = Vpc("cluster", spec.vpc, tags=tags, opts=child)
        vpc_id = self._vpc.vpc_id
        self._subnets = Subnets("subnets", plan.layout, vpc_id=vpc_id, opts=child)
        subnet_ids = self._subnets.subnet_ids
        gateways = Gateways(
            "gateways", spec.egress, vpc_id=vpc_id, subnet_ids=subnet_ids, tags=tags, opts=child
        )
        self._connections = Connections(
            "connections", plan.connections, vpc_id=vpc_id, subnet_ids=subnet_ids,
            account_id=plan.account_id, tags=tags, opts=child,
        )  # fmt: skip
        Routes(
            "routes", plan.routes, route_table_ids=self._subnets.route_table_ids,
            target_ids=_targets(gateways, self._connections), opts=child,
        )  # fmt: skip
        group_ids = self._firewall(vpc_id)
        self._watch(vpc_id, key_arn, flow_logs_role_arn)
        bastions = {n: BastionSubnet(b.subnet_id) for n, b in self._connections.bastions.items()}
        self.view = NetworkView(subnet_ids, group_ids, bastions, vpc_id)
        self.outputs = {
            "vpcId": vpc_id,
            "subnetIds": subnet_ids,
            "routeTableIds": self._subnets.route_table_ids,
            "securityGroupIds": group_ids,
            "endpointIds": self._endpoints.endpoint_ids,
        }
        if gateways.internet_gateway_id is not None:
            self.outputs["internetGatewayId"] = gateways.internet_gateway_id
        if gateways.nat_gateway_ids:
            self.outputs["natGatewayIds"] = gateways.nat_gateway_ids
        if plan.inbound_endpoint is not None:
            inbound = InboundEndpoint(
                plan.inbound_endpoint.name, plan.inbound_endpoint, subnet_ids=subnet_ids,
                security_group_id=group_ids[DNS_INBOUND], tags=tags, opts=child,
            )  # fmt: skip
            self.outputs["dnsInboundAddresses"] = inbound.addresses
        self.register_outputs(self.outputs)

    def _firewall(self, vpc_id: pulumi.Output[str]) -> dict[str, pulumi.Output[str]]:
        """Groups, then endpoints, then rules: the rules need the S3 endpoint's prefix list."""
        plan = self._plan
        supplied = plan.spec.network.endpoints.security_group
        roles = dict(plan.control_plane.security_groups)
        if plan.spec.access.operator is not None:
            roles[OPERATOR] = DESCRIPTIONS[OPERATOR]
        if plan.inbound_endpoint is not None:
            roles[DNS_INBOUND] = DESCRIPTIONS[DNS_INBOUND]
        if not isinstance(supplied, ExistingEndpointSecurityGroup):
            roles[ENDPOINT] = DESCRIPTIONS[ENDPOINT]
        groups = SecurityGroups(
            "security-groups", roles, vpc_id=vpc_id, node_roles=plan.control_plane.node_roles,
            tags=plan.tags, opts=self._child,
        )  # fmt: skip
        group_ids = dict(groups.group_ids)
        for name, bastion in self._connections.bastions.items():
            own = SecurityGroups(
                f"{name}-security-groups", {BASTION: DESCRIPTIONS[BASTION]},
                vpc_id=bastion.vpc_id, tags=plan.tags, opts=self._child,
            )  # fmt: skip
            group_ids |= own.group_ids
        made = dict(group_ids)
        if isinstance(supplied, ExistingEndpointSecurityGroup):
            group_ids[ENDPOINT] = pulumi.Output.from_input(supplied.security_group_id)
        self._endpoints = Endpoints(
            "endpoints", plan.endpoints, vpc_id=vpc_id, subnet_ids=self._subnets.subnet_ids,
            route_table_ids=self._subnets.route_table_ids, security_group_id=group_ids[ENDPOINT],
            tags=plan.tags, opts=self._child,
        )  # fmt: skip
        SecurityGroupRules(
            "security-group-rules", plan.firewall, own_roles=frozenset(made), group_ids=group_ids,
            s3_prefix_list_id=self._endpoints.s3_prefix_list_id, tags=plan.tags, opts=self._child,
        )  # fmt: skip
        return group_ids

    def _watch(
        self,
        vpc_id: pulumi.Output[str],
        key_arn: pulumi.Output[str],
        flow_logs_role_arn: pulumi.Output[str] | None,
    ) -> None:
        """Query logs, flow logs and the DNS Firewall of the VPCs that we make."""
        plan, spec = self._plan, self._plan.spec.network
        bastions = {name: b.vpc_id for name, b in self._connections.bastions.items()}
        known = {CLUSTER_VPC: vpc_id, **bastions}
        vpc_ids = {name: known[name] for name in made_vpcs(plan.spec)}
        if spec.dns.firewall and vpc_ids:
            DnsFirewall(
                "dns-firewall", plan.allowed_domains, vpc_ids=vpc_ids,
                protected=plan.control_plane.deletion_protection, tags=plan.tags, opts=self._child,
            )  # fmt: skip
        if spec.dns.query_logs and vpc_ids:
            ResolverQueryLogs(
                DNS_QUERIES, spec.dns, vpc_ids=vpc_ids, log_group=plan.log_groups[DNS_QUERIES],
                key_arn=key_arn, tags=plan.tags, opts=self._child,
            )  # fmt: skip
        if flow_logs_to(plan.spec) is not None:
            FlowLogs(
                FLOW_LOGS, spec.flow_logs, vpc_ids=vpc_ids,
                log_group=plan.log_groups[FLOW_LOGS], bucket=plan.flow_log_bucket,
                role_arn=flow_logs_role_arn, key_arn=key_arn, tags=plan.tags, opts=self._child,
            )  # fmt: skip


def _targets(gateways: Gateways, connections: Connections) -> dict[Via, pulumi.Output[str]]:
    """What routes lead to; gateways and connections may have the same name."""
    found = {Via("natGateway", name): id_ for name, id_ in gateways.nat_gateway_ids.items()}
    found |= {Via("connection", name): id_ for name, id_ in connections.target_ids.items()}
    if gateways.internet_gateway_id is not None:
        found[INTERNET_GATEWAY] = gateways.internet_gateway_id
    return found
