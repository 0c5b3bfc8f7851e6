"""One row for each resource type: what to create, what to change, and what replaces.

Texts of the form ${row.output} stand for an output of another row, which is created first; {n}
stands for a number that no two creations share. `update` and `replace` are inputs laid over
`inputs` (None takes one away). `import_id` is what an import names, where it is not the id.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["eks.amazonaws.com", "ec2.amazonaws.com"]},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


POD_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "pods.eks.amazonaws.com"},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
            }
        ],
    }
)


def policy(action: str) -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def permissions(action: str) -> str:
    statement = {"Effect": "Allow", "Action": [action], "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass(frozen=True)
class Case:
    token: str
    inputs: Mapping[str, Any]
    update: Mapping[str, Any] = field(default_factory=dict)
    replace: Mapping[str, Any] = field(default_factory=dict)
    import_id: str = ""
    importable: bool = True
    needs: tuple[str, ...] = ()  # rows that must be there without being referred to
    survives: bool = False  # deleting leaves it with its owner


NETWORK = {
    "vpc": Case(
        "aws:ec2/vpc:Vpc",
        {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "tags": {"Name": "core"}},
        update={"enableDnsSupport": False, "enableDnsHostnames": False, "tags": {"Team": "net"}},
        replace={"cidrBlock": "10.1.0.0/16"},
    ),
    "peer": Case("aws:ec2/vpc:Vpc", {"cidrBlock": "10.9.0.0/16"}),
    "cidr": Case(
        "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
        {"vpcId": "${vpc.id}", "cidrBlock": "100.64.0.0/16"},
        replace={"cidrBlock": "100.65.0.0/16"},
    ),
    "subnet": Case(
        "aws:ec2/subnet:Subnet",
        {
            "vpcId": "${vpc.id}",
            "cidrBlock": "10.0.1.0/24",
            "availabilityZone": "eu-central-1a",
            "tags": {"Name": "isolated-1a"},
        },
        update={"mapPublicIpOnLaunch": True},
        replace={"availabilityZone": "eu-central-1b"},
    ),
    "subnet_b": Case(
        "aws:ec2/subnet:Subnet",
        {
            "vpcId": "${vpc.id}",
            "cidrBlock": "10.0.2.0/24",
            "availabilityZone": "eu-central-1b",
        },
    ),
    "dhcp": Case(
        "aws:ec2/vpcDhcpOptions:VpcDhcpOptions",
        {"domainName": "corp.example", "domainNameServers": ["10.0.0.2", "10.0.0.3"]},
        replace={"domainName": "other.example"},
    ),
    "dhcp_association": Case(
        "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation",
        {"vpcId": "${vpc.id}", "dhcpOptionsId": "${dhcp.id}"},
        import_id="${vpc.id}",
    ),
    "route_table": Case(
        "aws:ec2/routeTable:RouteTable",
        {"vpcId": "${vpc.id}", "tags": {"Name": "isolated"}},
        update={"tags": {"Name": "renamed"}},
        replace={"vpcId": "${peer.id}"},
    ),
    "route_table_inline": Case(
        "aws:ec2/routeTable:RouteTable",
        {
            "vpcId": "${vpc.id}",
            "routes": [
                {"cidrBlock": "10.9.0.0/16", "vpcPeeringConnectionId": "${peering.id}"},
                {"cidrBlock": "10.8.0.0/16", "gatewayId": "${vpn_gateway.id}"},
            ],
        },
        update={
            "routes": [{"cidrBlock": "10.9.0.0/16", "gatewayId": "${vpn_gateway.id}"}],
        },
    ),
    "default_route_table": Case(
        "aws:ec2/defaultRouteTable:DefaultRouteTable",
        {"defaultRouteTableId": "${vpc.defaultRouteTableId}", "routes": []},
        update={"routes": [{"cidrBlock": "10.8.0.0/16", "gatewayId": "${vpn_gateway.id}"}]},
        survives=True,
    ),
    "route": Case(
        "aws:ec2/route:Route",
        {
            "routeTableId": "${route_table.id}",
            "destinationCidrBlock": "10.9.0.0/16",
            "vpcPeeringConnectionId": "${peering.id}",
        },
        update={"vpcPeeringConnectionId": None, "gatewayId": "${vpn_gateway.id}"},
        replace={"destinationCidrBlock": "10.9.1.0/24"},
        import_id="${route_table.id}_10.9.0.0/16",
    ),
    "route_table_association": Case(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        {"routeTableId": "${route_table.id}", "subnetId": "${subnet.id}"},
        update={"routeTableId": "${route_table_inline.id}"},
        replace={"subnetId": "${subnet_b.id}"},
        import_id="${subnet.id}/${route_table.id}",
    ),
    "main_route_table_association": Case(
        "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation",
        {"routeTableId": "${route_table.id}", "vpcId": "${vpc.id}"},
        importable=False,
    ),
    "peering": Case(
        "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
        {
            "vpcId": "${vpc.id}",
            "peerVpcId": "${peer.id}",
            "autoAccept": True,
            "requester": {"allowRemoteVpcDnsResolution": True},
        },
        update={"accepter": {"allowRemoteVpcDnsResolution": True}},
        replace={"vpcId": "${peer.id}", "peerVpcId": "${vpc.id}"},
    ),
    "peering_requested": Case(
        "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
        {"vpcId": "${vpc.id}", "peerVpcId": "${peer.id}"},
    ),
    "peering_accepter": Case(
        "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
        {"vpcPeeringConnectionId": "${peering_requested.id}", "autoAccept": True},
        survives=True,
    ),
    "peering_options": Case(
        "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions",
        {
            "vpcPeeringConnectionId": "${peering.id}",
            "accepter": {"allowRemoteVpcDnsResolution": True},
        },
        update={"accepter": {"allowRemoteVpcDnsResolution": False}},
        survives=True,
    ),
    "security_group": Case(
        "aws:ec2/securityGroup:SecurityGroup",
        {"vpcId": "${vpc.id}", "description": "endpoints", "tags": {"Name": "endpoints"}},
        update={"tags": {"Name": "other"}},
        replace={"description": "changed"},
    ),
    "security_group_inline": Case(
        "aws:ec2/securityGroup:SecurityGroup",
        {
            "vpcId": "${vpc.id}",
            "ingress": [
                {
                    "protocol": "tcp",
                    "fromPort": 443,
                    "toPort": 443,
                    "cidrBlocks": ["10.0.0.0/16", "10.9.0.0/16"],
                    "securityGroups": ["${security_group.id}"],
                    "self": True,
                    "description": "API",
                }
            ],
            "egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}],
        },
        update={
            "ingress": [
                {"protocol": "udp", "fromPort": 53, "toPort": 53, "cidrBlocks": ["10.0.0.0/16"]}
            ]
        },
    ),
    "default_security_group": Case(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        {"vpcId": "${vpc.id}", "tags": {"Name": "closed"}},
        survives=True,
    ),
    "default_network_acl": Case(
        "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
        {
            "defaultNetworkAclId": "${vpc.defaultNetworkAclId}",
            "ingress": [
                {
                    "ruleNo": 100,
                    "protocol": "-1",
                    "action": "allow",
                    "cidrBlock": "10.0.0.0/8",
                    "fromPort": 0,
                    "toPort": 0,
                }
            ],
        },
        update={"ingress": []},
        survives=True,
    ),
    "ingress_rule": Case(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {
            "securityGroupId": "${security_group.id}",
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "10.0.0.0/16",
            "description": "nodes",
            "tags": {"Name": "from-nodes"},
        },
        update={"cidrIpv4": "10.0.1.0/24"},
        replace={"securityGroupId": "${security_group_inline.id}"},
    ),
    "egress_rule": Case(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        {
            "securityGroupId": "${security_group.id}",
            "ipProtocol": "-1",
            "referencedSecurityGroupId": "${security_group_inline.id}",
        },
        update={"description": "to endpoints"},
    ),
    "old_rule": Case(
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        {
            "type": "ingress",
            "securityGroupId": "${security_group.id}",
            "protocol": "tcp",
            "fromPort": 22,
            "toPort": 22,
            "cidrBlocks": ["10.0.3.0/24"],
        },
        replace={"toPort": 23},
        import_id="${security_group.id}_ingress_tcp_22_22_10.0.3.0/24",
    ),
    "internet_gateway": Case(
        "aws:ec2/internetGateway:InternetGateway",
        {"vpcId": "${vpc.id}", "tags": {"Name": "door"}},
        update={"vpcId": "${peer.id}"},
    ),
    "internet_gateway_alone": Case("aws:ec2/internetGateway:InternetGateway", {}),
    "internet_gateway_attachment": Case(
        "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment",
        {"internetGatewayId": "${internet_gateway_alone.id}", "vpcId": "${vpc.id}"},
        replace={"vpcId": "${peer.id}"},
    ),
    "egress_only_gateway": Case(
        "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",
        {"vpcId": "${vpc.id}"},
        replace={"vpcId": "${peer.id}"},
    ),
    "nat_gateway": Case(
        "aws:ec2/natGateway:NatGateway",
        {"subnetId": "${subnet.id}", "allocationId": "${eip.id}", "tags": {"Name": "nat"}},
        needs=("internet_gateway",),
        update={"tags": {"Name": "renamed"}},
        replace={"subnetId": "${subnet_b.id}"},
    ),
    "nat_gateway_private": Case(
        "aws:ec2/natGateway:NatGateway",
        {"subnetId": "${subnet.id}", "connectivityType": "private"},
    ),
    "eip": Case(
        "aws:ec2/eip:Eip",
        {"domain": "vpc", "tags": {"Name": "nat"}},
        update={"tags": {"Name": "spare"}},
    ),
    "eip_b": Case("aws:ec2/eip:Eip", {}),
    "eip_association": Case(
        "aws:ec2/eipAssociation:EipAssociation",
        {"allocationId": "${eip_b.id}", "networkInterfaceId": "${network_interface.id}"},
        needs=("internet_gateway",),
    ),
    "vpn_gateway": Case(
        "aws:ec2/vpnGateway:VpnGateway",
        {"vpcId": "${vpc.id}", "amazonSideAsn": "65001", "tags": {"Name": "on-premises"}},
        update={"vpcId": "${peer.id}"},
        replace={"amazonSideAsn": "65002"},
    ),
    "vpn_gateway_alone": Case("aws:ec2/vpnGateway:VpnGateway", {}),
    "vpn_gateway_attachment": Case(
        "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment",
        {"vpnGatewayId": "${vpn_gateway_alone.id}", "vpcId": "${peer.id}"},
        importable=False,
    ),
    "vpn_propagation": Case(
        "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation",
        {"vpnGatewayId": "${vpn_gateway.id}", "routeTableId": "${route_table.id}"},
    ),
    "interface_endpoint": Case(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        {
            "vpcId": "${vpc.id}",
            "serviceName": "com.amazonaws.eu-central-1.ecr.api",
            "vpcEndpointType": "Interface",
            "privateDnsEnabled": True,
            "subnetIds": ["${subnet.id}"],
            "securityGroupIds": ["${security_group.id}"],
            "policy": policy("ecr:GetAuthorizationToken"),
            "tags": {"Name": "ecr-api"},
        },
        update={
            "subnetIds": ["${subnet.id}", "${subnet_b.id}"],
            "policy": policy("ecr:BatchGetImage"),
        },
        replace={"serviceName": "com.amazonaws.eu-central-1.ecr.dkr"},
    ),
    "gateway_endpoint": Case(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        {
            "vpcId": "${vpc.id}",
            "serviceName": "com.amazonaws.eu-central-1.s3",
            "routeTableIds": ["${route_table.id}"],
            "policy": policy("s3:GetObject"),
        },
        update={"routeTableIds": []},
    ),
    "network_interface": Case(
        "aws:ec2/networkInterface:NetworkInterface",
        {
            "subnetId": "${subnet.id}",
            "privateIps": ["10.0.1.20"],
            "securityGroups": ["${security_group.id}"],
            "description": "etcd",
        },
        update={"securityGroups": ["${security_group_inline.id}"]},
        replace={"privateIps": ["10.0.1.21"]},
    ),
    "prefix_list": Case(
        "aws:ec2/managedPrefixList:ManagedPrefixList",
        {
            "name": "corporate-{n}",
            "addressFamily": "IPv4",
            "maxEntries": 5,
            "entries": [{"cidr": "10.20.0.0/16", "description": "main"}],
        },
        update={"entries": [{"cidr": "10.21.0.0/16"}]},
        replace={"addressFamily": "IPv6"},
    ),
    "flow_log": Case(
        "aws:ec2/flowLog:FlowLog",
        {
            "vpcId": "${vpc.id}",
            "trafficType": "ALL",
            "logDestination": "${log_group.arn}",
            "iamRoleArn": "${role.arn}",
            "maxAggregationInterval": 60,
        },
        replace={"trafficType": "REJECT"},
    ),
    "tag": Case(
        "aws:ec2/tag:Tag",
        {"resourceId": "${subnet.id}", "key": "kubernetes.io/role/internal-elb", "value": "1"},
        update={"value": "0"},
        replace={"key": "other"},
    ),
    "transit_gateway": Case(
        "aws:ec2transitgateway/transitGateway:TransitGateway",
        {"description": "core", "dnsSupport": "enable"},
        update={"description": "edge"},
        replace={"multicastSupport": "enable"},
    ),
    "transit_attachment": Case(
        "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
        {
            "transitGatewayId": "${transit_gateway.id}",
            "vpcId": "${vpc.id}",
            "subnetIds": ["${subnet.id}"],
            "tags": {"Name": "core"},
        },
        update={"subnetIds": ["${subnet.id}", "${subnet_b.id}"]},
        replace={"vpcId": "${peer.id}"},
    ),
    "transit_route_table": Case(
        "aws:ec2transitgateway/routeTable:RouteTable",
        {"transitGatewayId": "${transit_gateway.id}", "tags": {"Name": "core"}},
    ),
    "transit_route": Case(
        "aws:ec2transitgateway/route:Route",
        {
            "transitGatewayRouteTableId": "${transit_route_table.id}",
            "transitGatewayAttachmentId": "${transit_attachment.id}",
            "destinationCidrBlock": "10.30.0.0/16",
        },
        replace={"destinationCidrBlock": "10.31.0.0/16"},
    ),
}

IDENTITY = {
    "role": Case(
        "aws:iam/role:Role",
        {
            "assumeRolePolicy": TRUST,
            "description": "nodes",
            "tags": {"Name": "nodes"},
        },
        update={"description": "workers", "maxSessionDuration": 7200},
        replace={"path": "/heiiki/"},
    ),
    "role_policy": Case(
        "aws:iam/rolePolicy:RolePolicy",
        {"role": "${role.id}", "policy": permissions("s3:GetObject")},
        update={"policy": permissions("s3:ListBucket")},
    ),
    "managed_policy": Case(
        "aws:iam/policy:Policy",
        {"policy": permissions("s3:GetObject"), "path": "/heiiki/", "description": "read"},
        update={"policy": permissions("s3:ListBucket")},
        replace={"description": "other"},
    ),
    "role_attachment": Case(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        {"role": "${role.id}", "policyArn": "${managed_policy.arn}"},
        replace={"policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"},
    ),
    "instance_profile": Case(
        "aws:iam/instanceProfile:InstanceProfile",
        {"role": "${role.id}", "tags": {"Name": "nodes"}},
        update={"role": "${role_b.id}"},
    ),
    "role_b": Case("aws:iam/role:Role", {"assumeRolePolicy": TRUST}),
    "pod_role": Case("aws:iam/role:Role", {"assumeRolePolicy": POD_TRUST}),
    "pod_role_b": Case("aws:iam/role:Role", {"assumeRolePolicy": POD_TRUST}),
    "oidc_provider": Case(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        {
            "url": "https://oidc.eks.eu-central-1.amazonaws.com/id/ABC{n}",
            "clientIdLists": ["sts.amazonaws.com"],
            "thumbprintLists": ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"],
        },
        update={"clientIdLists": ["sts.amazonaws.com", "other"]},
    ),
    "kms_key": Case(
        "aws:kms/key:Key",
        {
            "description": "secrets",
            "enableKeyRotation": True,
            "deletionWindowInDays": 7,
            "policy": policy("kms:*"),
            "tags": {"Name": "secrets"},
        },
        update={"description": "etcd", "enableKeyRotation": False},
        replace={"keyUsage": "SIGN_VERIFY", "customerMasterKeySpec": "RSA_2048"},
    ),
    "kms_alias": Case(
        "aws:kms/alias:Alias",
        {"name": "alias/heiiki-{n}", "targetKeyId": "${kms_key.id}"},
        update={"targetKeyId": "${kms_key_b.id}"},
        replace={"name": "alias/other"},
    ),
    "kms_key_b": Case("aws:kms/key:Key", {}),
    "log_group": Case(
        "aws:cloudwatch/logGroup:LogGroup",
        {"name": "/heiiki/flow-{n}", "retentionInDays": 30, "tags": {"Name": "flow"}},
        update={"retentionInDays": 90, "tags": {"Name": "other"}},
        replace={"name": "/heiiki/other"},
    ),
    "log_policy": Case(
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        {"policyName": "resolver", "policyDocument": policy("logs:PutLogEvents")},
        update={"policyDocument": policy("logs:CreateLogStream")},
    ),
}

RESOLVER = {
    "query_log": Case(
        "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig",
        {"destinationArn": "${log_group.arn}", "tags": {"Name": "queries"}},
        update={"tags": {}},
        replace={"destinationArn": "arn:aws:s3:::queries"},
    ),
    "query_log_association": Case(
        "aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation",
        {"resolverQueryLogConfigId": "${query_log.id}", "resourceId": "${vpc.id}"},
    ),
    "domain_list": Case(
        "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList",
        {"domains": ["*.amazonaws.com", "corp.example."], "tags": {"Name": "allowed"}},
        update={"domains": ["corp.example."]},
    ),
    "rule_group": Case(
        "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup",
        {"tags": {"Name": "closed"}},
        replace={"name": "other"},
    ),
    "firewall_rule": Case(
        "aws:route53/resolverFirewallRule:ResolverFirewallRule",
        {
            "firewallRuleGroupId": "${rule_group.id}",
            "firewallDomainListId": "${domain_list.id}",
            "priority": 100,
            "action": "BLOCK",
            "blockResponse": "NXDOMAIN",
        },
        update={"action": "ALLOW", "blockResponse": None},
    ),
    "rule_group_association": Case(
        "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation",
        {
            "firewallRuleGroupId": "${rule_group.id}",
            "vpcId": "${vpc.id}",
            "priority": 101,
            "mutationProtection": "DISABLED",
        },
        update={"priority": 102},
        replace={"vpcId": "${peer.id}"},
    ),
    "firewall_config": Case(
        "aws:route53/resolverFirewallConfig:ResolverFirewallConfig",
        {"resourceId": "${vpc.id}", "firewallFailOpen": "DISABLED"},
        update={"firewallFailOpen": "ENABLED"},
        survives=True,
    ),
    "resolver_endpoint": Case(
        "aws:route53/resolverEndpoint:ResolverEndpoint",
        {
            "direction": "OUTBOUND",
            "securityGroupIds": ["${security_group.id}"],
            "ipAddresses": [{"subnetId": "${subnet.id}"}, {"subnetId": "${subnet_b.id}"}],
        },
        update={"name": "outbound"},
        replace={"direction": "INBOUND"},
    ),
    "inbound_endpoint": Case(
        "aws:route53/resolverEndpoint:ResolverEndpoint",
        {
            "direction": "INBOUND",
            "protocols": ["Do53"],
            "resolverEndpointType": "IPV4",
            "securityGroupIds": ["${security_group.id}"],
            "ipAddresses": [
                {"subnetId": "${subnet.id}", "ip": "10.0.1.20"},
                {"subnetId": "${subnet_b.id}", "ip": "10.0.2.20"},
            ],
        },
        update={
            "ipAddresses": [
                {"subnetId": "${subnet.id}", "ip": "10.0.1.21"},
                {"subnetId": "${subnet_b.id}", "ip": "10.0.2.20"},
            ],
        },
    ),
    "resolver_rule": Case(
        "aws:route53/resolverRule:ResolverRule",
        {
            "domainName": "corp.example.",
            "ruleType": "FORWARD",
            "resolverEndpointId": "${resolver_endpoint.id}",
            "targetIps": [{"ip": "10.20.0.2", "port": 53}],
        },
        replace={"domainName": "other.example."},
    ),
    "resolver_rule_association": Case(
        "aws:route53/resolverRuleAssociation:ResolverRuleAssociation",
        {"resolverRuleId": "${resolver_rule.id}", "vpcId": "${vpc.id}"},
    ),
}

CLUSTER = {
    "cluster": Case(
        "aws:eks/cluster:Cluster",
        {
            "roleArn": "${role.arn}",
            "version": "1.34",
            "vpcConfig": {
                "subnetIds": ["${subnet.id}", "${subnet_b.id}"],
                "securityGroupIds": ["${security_group.id}"],
                "endpointPrivateAccess": True,
                "endpointPublicAccess": False,
                "controlPlaneEgressMode": "CUSTOMER_ROUTED",
            },
            "accessConfig": {
                "authenticationMode": "API",
                "bootstrapClusterCreatorAdminPermissions": False,
            },
            "enabledClusterLogTypes": [
                "api",
                "audit",
                "authenticator",
                "controllerManager",
                "scheduler",
            ],
            "encryptionConfig": {
                "provider": {"keyArn": "${kms_key.arn}"},
                "resources": ["secrets"],
            },
            "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16"},
            "upgradePolicy": {"supportType": "STANDARD"},
            "bootstrapSelfManagedAddons": False,
            "tags": {"Name": "core"},
        },
        update={
            "deletionProtection": False,
            "enabledClusterLogTypes": ["audit"],
            "upgradePolicy": {"supportType": "EXTENDED"},
            "tags": {"Name": "other"},
        },
        replace={"kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.21.0.0/16"}},
    ),
    "addon": Case(
        "aws:eks/addon:Addon",
        {
            "clusterName": "${cluster.name}",
            "addonName": "coredns",
            "configurationValues": '{"replicaCount": 2}',
            "resolveConflictsOnCreate": "OVERWRITE",
            "resolveConflictsOnUpdate": "PRESERVE",
        },
        update={"configurationValues": '{"replicaCount": 3}'},
        replace={"addonName": "kube-proxy"},
    ),
    "access_entry": Case(
        "aws:eks/accessEntry:AccessEntry",
        {
            "clusterName": "${cluster.name}",
            "principalArn": "${role_b.arn}",
            "kubernetesGroups": ["operators"],
            "tags": {"Name": "operators"},
        },
        update={"kubernetesGroups": ["viewers", "operators"]},
        replace={"type": "EC2_LINUX", "kubernetesGroups": None},
    ),
    "access_policy": Case(
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        {
            "clusterName": "${access_entry.clusterName}",
            "principalArn": "${access_entry.principalArn}",
            "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
            "accessScope": {"type": "cluster"},
        },
        replace={"accessScope": {"type": "namespace", "namespaces": ["default"]}},
    ),
    "pod_identity": Case(
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        {
            "clusterName": "${cluster.name}",
            "namespace": "kube-system",
            "serviceAccount": "ebs-csi",
            "roleArn": "${pod_role.arn}",
        },
        update={"roleArn": "${pod_role_b.arn}"},
        replace={"serviceAccount": "other"},
        import_id="${cluster.name},${pod_identity.id}",
    ),
    "identity_provider": Case(
        "aws:eks/identityProviderConfig:IdentityProviderConfig",
        {
            "clusterName": "${cluster.name}",
            "oidc": {
                "clientId": "kubernetes",
                "identityProviderConfigName": "corp",
                "issuerUrl": "https://login.corp.example",
            },
        },
    ),
    "node_group": Case(
        "aws:eks/nodeGroup:NodeGroup",
        {
            "clusterName": "${cluster.name}",
            "nodeRoleArn": "${role.arn}",
            "subnetIds": ["${subnet.id}", "${subnet_b.id}"],
            "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 2},
            "labels": {"pool": "general"},
            "taints": [{"key": "dedicated", "value": "system", "effect": "NO_SCHEDULE"}],
            "launchTemplate": {"id": "${node_template.id}", "version": "1"},
            "tags": {"Name": "general"},
        },
        update={
            "scalingConfig": {"minSize": 1, "maxSize": 5, "desiredSize": 2},
            "labels": {"pool": "other"},
        },
        replace={"subnetIds": ["${subnet.id}"]},
    ),
    "launch_template": Case(
        "aws:ec2/launchTemplate:LaunchTemplate",
        {
            "imageId": "${image}",
            "instanceType": "m6i.large",
            "updateDefaultVersion": True,
            "userData": "IyEvYmluL3NoCg==",
            "vpcSecurityGroupIds": ["${security_group.id}"],
            "metadataOptions": {
                "httpEndpoint": "enabled",
                "httpTokens": "required",
                "httpPutResponseHopLimit": 1,
            },
            "blockDeviceMappings": [
                {
                    "deviceName": "/dev/xvda",
                    "ebs": {
                        "volumeSize": 50,
                        "volumeType": "gp3",
                        "encrypted": "true",
                        "deleteOnTermination": "true",
                    },
                }
            ],
            "iamInstanceProfile": {"arn": "${instance_profile.arn}"},
            "tagSpecifications": [{"resourceType": "instance", "tags": {"Name": "node"}}],
            "tags": {"Name": "general"},
        },
        update={"instanceType": "m6i.xlarge"},
        replace={"name": "other"},
    ),
    "node_template": Case(
        "aws:ec2/launchTemplate:LaunchTemplate",
        {"metadataOptions": {"httpTokens": "required"}, "description": "managed nodes"},
        update={"description": "all nodes"},
    ),
    "group": Case(
        "aws:autoscaling/group:Group",
        {
            "minSize": 1,
            "maxSize": 3,
            "desiredCapacity": 2,
            "vpcZoneIdentifiers": ["${subnet.id}", "${subnet_b.id}"],
            "launchTemplate": {"id": "${launch_template.id}", "version": "$Latest"},
            "healthCheckType": "EC2",
            "tags": [
                {
                    "key": "kubernetes.io/cluster/core",
                    "value": "owned",
                    "propagateAtLaunch": True,
                }
            ],
        },
        update={
            "maxSize": 4,
            "suspendedProcesses": ["AZRebalance"],
            "tags": [{"key": "pool", "value": "general", "propagateAtLaunch": False}],
        },
        replace={"name": "other"},
    ),
    "lifecycle_hook": Case(
        "aws:autoscaling/lifecycleHook:LifecycleHook",
        {
            "autoscalingGroupName": "${group.name}",
            "lifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
            "heartbeatTimeout": 300,
            "defaultResult": "CONTINUE",
        },
        update={"heartbeatTimeout": 600},
        import_id="${group.name}/${lifecycle_hook.id}",
    ),
    "instance": Case(
        "aws:ec2/instance:Instance",
        {
            "ami": "${image}",
            "instanceType": "t3.small",
            "subnetId": "${subnet.id}",
            "vpcSecurityGroupIds": ["${security_group.id}"],
            "iamInstanceProfile": "${instance_profile.name}",
            "associatePublicIpAddress": False,
            "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
            "rootBlockDevice": {"encrypted": True, "volumeSize": 20},
            "creditSpecification": {"cpuCredits": "standard"},
            "userData": "#!/bin/sh",
            "tags": {"Name": "bastion"},
        },
        update={
            "vpcSecurityGroupIds": ["${security_group_inline.id}"],
            "creditSpecification": {"cpuCredits": "unlimited"},
        },
        replace={"subnetId": "${subnet_b.id}"},
    ),
    "key_pair": Case(
        "aws:ec2/keyPair:KeyPair",
        {
            "publicKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGw+vGZ3lTqYHqG7tQkV1nxkU9lq7dAb1m8o"
            "3n7x3gAq operator"
        },
    ),
}

NAMES = {
    "zone": Case(
        "aws:route53/zone:Zone",
        {
            "name": "corp{n}.example",
            "comment": "inside",
            "vpcs": [{"vpcId": "${vpc.id}"}],
            "tags": {"Name": "inside"},
        },
        update={"vpcs": [{"vpcId": "${vpc.id}"}, {"vpcId": "${peer.id}"}]},
        replace={"name": "other.example"},
    ),
    "record": Case(
        "aws:route53/record:Record",
        {
            "zoneId": "${zone.zoneId}",
            "name": "etcd.${zone.name}",
            "type": "A",
            "ttl": 60,
            "records": ["10.0.1.5", "10.0.1.6"],
        },
        update={"records": ["10.0.1.5"]},
        replace={"name": "other.${zone.name}"},
    ),
}

EXPIRING = {
    "id": "expire",
    "status": "Enabled",
    "filter": {"prefix": ""},
    "expiration": {"days": 365},
    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
}

STORES = {
    "bucket": Case(
        "aws:s3/bucket:Bucket",
        {"forceDestroy": True, "tags": {"Name": "logs"}},
        update={"tags": {"Name": "other"}},
        replace={"bucket": "other"},
    ),
    "bucket_policy": Case(
        "aws:s3/bucketPolicy:BucketPolicy",
        {"bucket": "${bucket.id}", "policy": policy("s3:GetObject")},
        update={"policy": policy("s3:PutObject")},
    ),
    "bucket_public_access": Case(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        {"bucket": "${bucket.id}", "blockPublicAcls": True, "blockPublicPolicy": True},
        update={"ignorePublicAcls": True},
    ),
    "bucket_versioning": Case(
        "aws:s3/bucketVersioning:BucketVersioning",
        {"bucket": "${bucket.id}", "versioningConfiguration": {"status": "Enabled"}},
        update={"versioningConfiguration": {"status": "Suspended"}},
        survives=True,
    ),
    "bucket_encryption": Case(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        {
            "bucket": "${bucket.id}",
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {
                        "sseAlgorithm": "aws:kms",
                        "kmsMasterKeyId": "${kms_key.arn}",
                    },
                    "bucketKeyEnabled": True,
                }
            ],
        },
        update={
            "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
        },
    ),
    "bucket_lifecycle": Case(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        {"bucket": "${bucket.id}", "rules": [EXPIRING]},
        update={"rules": [{**EXPIRING, "expiration": {"days": 30}}]},
    ),
    "bucket_ownership": Case(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        {"bucket": "${bucket.id}", "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        update={"rule": {"objectOwnership": "BucketOwnerPreferred"}},
    ),
    "bucket_old_versions": Case(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        {
            "bucket": "${bucket.id}",
            "rules": [
                {
                    "id": "old-versions",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "noncurrentVersionExpiration": {"noncurrentDays": 90},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
                }
            ],
        },
        update={
            "rules": [
                {
                    "id": "old-versions",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "noncurrentVersionExpiration": {"noncurrentDays": 30},
                }
            ],
        },
    ),
    "repository": Case(
        "aws:ecr/repository:Repository",
        {
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": "${kms_key.arn}"}],
            "tags": {"Name": "mirror"},
        },
        update={"imageTagMutability": "MUTABLE"},
        replace={"encryptionConfigurations": [{"encryptionType": "AES256"}]},
    ),
    "repository_policy": Case(
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        {"repository": "${repository.name}", "policy": policy("ecr:BatchGetImage")},
        update={"policy": policy("ecr:*")},
    ),
    "parameter": Case(
        "aws:ssm/parameter:Parameter",
        {"name": "/heiiki/{n}/token", "type": "SecureString", "value": "hunter2"},
        update={"value": "hunter3"},
        replace={"name": "/heiiki/other"},
    ),
    "load_balancer": Case(
        "aws:lb/loadBalancer:LoadBalancer",
        {
            "internal": True,
            "loadBalancerType": "network",
            "subnets": ["${subnet.id}", "${subnet_b.id}"],
            "tags": {"Name": "api"},
        },
        update={"enableDeletionProtection": False, "tags": {"Name": "other"}},
        replace={"internal": False},
    ),
    "target_group": Case(
        "aws:lb/targetGroup:TargetGroup",
        {
            "vpcId": "${vpc.id}",
            "port": 6443,
            "protocol": "TCP",
            "preserveClientIp": "false",
            "connectionTermination": True,
            "proxyProtocolV2": True,
            "healthCheck": {"protocol": "HTTPS", "path": "/readyz", "matcher": "200"},
            "tags": {"Name": "api"},
        },
        update={
            "deregistrationDelay": 60,
            "proxyProtocolV2": None,
            "healthCheck": {
                "protocol": "HTTPS",
                "path": "/livez",
                "matcher": "200-299",
                "interval": 10,
            },
            "tags": {"Name": "other"},
        },
        replace={"port": 443},
    ),
    "listener": Case(
        "aws:lb/listener:Listener",
        {
            "loadBalancerArn": "${load_balancer.arn}",
            "port": 443,
            "protocol": "TCP",
            "defaultActions": [{"type": "forward", "targetGroupArn": "${target_group.arn}"}],
            "tags": {"Name": "api"},
        },
        update={"port": 6443, "tags": {"Name": "other"}},
        replace={"loadBalancerArn": "${load_balancer_old.arn}"},
    ),
    "load_balancer_old": Case(
        "aws:lb/loadBalancer:LoadBalancer",
        {
            "internal": True,
            "loadBalancerType": "network",
            "subnets": ["${subnet.id}"],
        },
    ),
    "object": Case(
        "aws:s3/bucketObjectv2:BucketObjectv2",
        {
            "bucket": "${bucket.id}",
            "key": "bundles/{n}.tar.gz",
            "contentBase64": "aGVpaWtp",
            "sourceHash": "6865696b69",
            "contentType": "application/gzip",
            "checksumAlgorithm": "SHA256",
            "kmsKeyId": "${kms_key.arn}",
            "serverSideEncryption": "aws:kms",
            "tags": {"Name": "bundle"},
        },
        update={"contentBase64": "aWFrYXRh", "sourceHash": "0001", "tags": {"Name": "other"}},
        replace={"key": "bundles/other.tar.gz"},
        import_id="s3://${bucket.id}/${object.key}",
    ),
    "volume": Case(
        "aws:ebs/volume:Volume",
        {
            "availabilityZone": "eu-central-1a",
            "type": "gp3",
            "size": 50,
            "iops": 3000,
            "throughput": 125,
            "encrypted": True,
            "kmsKeyId": "${kms_key.arn}",
            "tags": {"Name": "etcd-1a"},
        },
        update={"size": 60, "throughput": 250, "iops": 4000, "tags": {"Name": "other"}},
        replace={"availabilityZone": "eu-central-1b"},
    ),
    "volume_of_provisioned_iops": Case(
        "aws:ebs/volume:Volume",
        {"availabilityZone": "eu-central-1a", "type": "io2", "size": 50, "iops": 1000},
        update={"type": "gp3", "iops": 5000},
        replace={"encrypted": True},
    ),
}

CASES: dict[str, Case] = {**NETWORK, **IDENTITY, **RESOLVER, **CLUSTER, **NAMES, **STORES}
