"""A VPC with one of nearly everything that may lie in one or be attached to it, made by boto3."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from automation.aws_calls import Account
from tests.automation.conftest import REGION

ACCOUNT = "123456789012"
Client = Callable[[str], Any]
EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
OPEN = json.dumps({"Version": "2012-10-17", "Statement": [EVERYBODY]})


def tagged(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


class Surroundings:
    """The ids of what was made, by what it is."""

    def __init__(self, account: Account) -> None:
        self.clients: Client = lambda service: account.client(service, REGION)
        self.ec2 = self.clients("ec2")
        self.ids: dict[str, str] = {}
        self._vpc()
        self._gateways()
        self._transit()
        self._routes()
        self._filters()
        self._machines()
        self._data()
        self._function()
        self._names()

    def _vpc(self) -> None:
        self.vpc = self.ids["vpc"] = self.ec2.create_vpc(
            CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc", "bastion")
        )["Vpc"]["VpcId"]
        self.other = self.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        self.ec2.associate_vpc_cidr_block(VpcId=self.vpc, CidrBlock="10.1.0.0/16")
        for index, zone in enumerate("ac"):
            self.ids[f"subnet {zone}"] = self.ec2.create_subnet(
                VpcId=self.vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"{REGION}{zone}"
            )["Subnet"]["SubnetId"]
        self.subnet = self.ids["subnet a"]
        servers = {"Key": "domain-name-servers", "Values": ["192.0.2.53"]}
        options = self.ec2.create_dhcp_options(DhcpConfigurations=[servers])["DhcpOptions"]
        self.ids["options"] = options["DhcpOptionsId"]
        self.ec2.associate_dhcp_options(DhcpOptionsId=self.ids["options"], VpcId=self.vpc)

    def _gateways(self) -> None:
        ec2, ids = self.ec2, self.ids
        ids["igw"] = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=ids["igw"], VpcId=self.vpc)
        ids["eigw"] = ec2.create_egress_only_internet_gateway(VpcId=self.vpc)[
            "EgressOnlyInternetGateway"
        ]["EgressOnlyInternetGatewayId"]
        ids["cagw"] = ec2.create_carrier_gateway(VpcId=self.vpc)["CarrierGateway"][
            "CarrierGatewayId"
        ]
        ids["eip"] = ec2.allocate_address(Domain="vpc")["AllocationId"]
        ids["nat"] = ec2.create_nat_gateway(SubnetId=self.subnet, AllocationId=ids["eip"])[
            "NatGateway"
        ]["NatGatewayId"]
        ids["vgw"] = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
        ec2.attach_vpn_gateway(VpcId=self.vpc, VpnGatewayId=ids["vgw"])
        ids["cgw"] = ec2.create_customer_gateway(
            BgpAsn=65000, Type="ipsec.1", IpAddress="198.51.100.7"
        )["CustomerGateway"]["CustomerGatewayId"]
        ids["vpn"] = ec2.create_vpn_connection(
            CustomerGatewayId=ids["cgw"], Type="ipsec.1", VpnGatewayId=ids["vgw"]
        )["VpnConnection"]["VpnConnectionId"]
        ids["peering"] = ec2.create_vpc_peering_connection(VpcId=self.vpc, PeerVpcId=self.other)[
            "VpcPeeringConnection"
        ]["VpcPeeringConnectionId"]
        ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=ids["peering"])

    def _transit(self) -> None:
        ec2, ids = self.ec2, self.ids
        ids["tgw"] = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
        ids["attachment"] = ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=ids["tgw"], VpcId=self.vpc, SubnetIds=[self.subnet]
        )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
        ids["tgw table"] = ec2.create_transit_gateway_route_table(TransitGatewayId=ids["tgw"])[
            "TransitGatewayRouteTable"
        ]["TransitGatewayRouteTableId"]
        table = {"TransitGatewayRouteTableId": ids["tgw table"]}
        attachment = {"TransitGatewayAttachmentId": ids["attachment"]}
        ec2.associate_transit_gateway_route_table(**table, **attachment)
        ec2.enable_transit_gateway_route_table_propagation(**table, **attachment)
        ec2.create_transit_gateway_route(DestinationCidrBlock="0.0.0.0/0", **table, **attachment)
        ec2.create_transit_gateway_route(
            DestinationCidrBlock="192.0.2.0/24", Blackhole=True, **table
        )

    def _routes(self) -> None:
        ec2, ids = self.ec2, self.ids
        ids["list"] = ec2.create_managed_prefix_list(
            PrefixListName="far", MaxEntries=5, AddressFamily="IPv4",
            Entries=[{"Cidr": "172.16.0.0/12"}],
        )["PrefixList"]["PrefixListId"]  # fmt: skip
        ids["table"] = ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        ids["association"] = ec2.associate_route_table(
            RouteTableId=ids["table"], SubnetId=self.subnet
        )["AssociationId"]
        to = {
            "0.0.0.0/0": {"GatewayId": ids["igw"]},
            "198.51.100.0/24": {"NatGatewayId": ids["nat"]},
            "10.9.0.0/16": {"VpcPeeringConnectionId": ids["peering"]},
            "192.168.0.0/16": {"TransitGatewayId": ids["tgw"]},
        }
        for cidr, target in to.items():
            ec2.create_route(RouteTableId=ids["table"], DestinationCidrBlock=cidr, **target)
        ec2.create_route(
            RouteTableId=ids["table"], DestinationPrefixListId=ids["list"],
            TransitGatewayId=ids["tgw"],
        )  # fmt: skip
        ec2.enable_vgw_route_propagation(RouteTableId=ids["table"], GatewayId=ids["vgw"])
        ids["endpoint"] = ec2.create_vpc_endpoint(
            VpcId=self.vpc, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway",
            RouteTableIds=[ids["table"]], PolicyDocument=OPEN,
        )["VpcEndpoint"]["VpcEndpointId"]  # fmt: skip

    def _filters(self) -> None:
        ec2, ids = self.ec2, self.ids
        ids["group"] = ec2.create_security_group(GroupName="web", Description="-", VpcId=self.vpc)[
            "GroupId"
        ]
        https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
        ec2.authorize_security_group_ingress(
            GroupId=ids["group"],
            IpPermissions=[{**https, "UserIdGroupPairs": [{"GroupId": ids["group"]}]}],
        )
        ids["acl"] = ec2.create_network_acl(VpcId=self.vpc)["NetworkAcl"]["NetworkAclId"]
        ec2.create_network_acl_entry(
            NetworkAclId=ids["acl"], RuleNumber=7, Protocol="6", RuleAction="deny", Egress=True,
            CidrBlock="192.0.2.0/24", PortRange={"From": 25, "To": 26},
        )  # fmt: skip

    def _machines(self) -> None:
        ec2, ids = self.ec2, self.ids
        ids["card"] = ec2.create_network_interface(
            SubnetId=self.subnet, Groups=[ids["group"]], PrivateIpAddress="10.0.0.77"
        )["NetworkInterface"]["NetworkInterfaceId"]
        made = ec2.run_instances(
            ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1, InstanceType="m7i.large",
            SubnetId=self.subnet, SecurityGroupIds=[ids["group"]],
            MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
        )  # fmt: skip
        ids["instance"] = made["Instances"][0]["InstanceId"]
        ids["template"] = ec2.create_launch_template(
            LaunchTemplateName="nodes",
            LaunchTemplateData={
                "ImageId": "ami-0123456789abcdef0",
                "InstanceType": "m7i.large",
                "NetworkInterfaces": [
                    {"DeviceIndex": 0, "AssociatePublicIpAddress": True, "Groups": [ids["group"]]}
                ],
            },
        )["LaunchTemplate"]["LaunchTemplateId"]
        self.clients("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName="nodes", MinSize=1, MaxSize=2, VPCZoneIdentifier=self.subnet,
            LaunchTemplate={"LaunchTemplateId": ids["template"], "Version": "$Latest"},
        )  # fmt: skip
        balancer = self.clients("elbv2").create_load_balancer(
            Name="web", Subnets=[self.subnet, ids["subnet c"]], SecurityGroups=[ids["group"]],
            Scheme="internet-facing",
        )["LoadBalancers"][0]  # fmt: skip
        ids["balancer"] = balancer["LoadBalancerArn"]
        self._targets()
        system = self.clients("efs").create_file_system(CreationToken="x")["FileSystemId"]
        ids["mount target"] = self.clients("efs").create_mount_target(
            FileSystemId=system, SubnetId=self.subnet, SecurityGroups=[ids["group"]]
        )["MountTargetId"]

    def _targets(self) -> None:
        balancing, ids = self.clients("elbv2"), self.ids
        spoken = {"Protocol": "HTTP", "Port": 80}
        ids["target group"] = balancing.create_target_group(
            Name="targets", TargetType="ip", VpcId=self.vpc, **spoken
        )["TargetGroups"][0]["TargetGroupArn"]
        sent = [{"Type": "forward", "TargetGroupArn": ids["target group"]}]
        ids["listener"] = balancing.create_listener(
            LoadBalancerArn=ids["balancer"], DefaultActions=sent, **spoken
        )["Listeners"][0]["ListenerArn"]
        ids["listener rule"] = balancing.create_rule(
            ListenerArn=ids["listener"], Priority=1, Actions=sent,
            Conditions=[{"Field": "path-pattern", "Values": ["/a"]}],
        )["Rules"][0]["RuleArn"]  # fmt: skip
        balancing.register_targets(
            TargetGroupArn=ids["target group"], Targets=[{"Id": "192.0.2.77", "Port": 8080}]
        )
        ids["target"] = f"{ids['target group']} 192.0.2.77 8080"

    def _data(self) -> None:
        """A database, an Aurora cluster with an instance, and brokers."""
        rds, ids = self.clients("rds"), self.ids
        subnets = [ids["subnet a"], ids["subnet c"]]
        who = {"MasterUsername": "nobody", "MasterUserPassword": "not-a-secret"}
        stands = {"DBSubnetGroupName": "data", "VpcSecurityGroupIds": [ids["group"]]}
        ids["database subnets"] = rds.create_db_subnet_group(
            DBSubnetGroupName="data", DBSubnetGroupDescription="-", SubnetIds=subnets
        )["DBSubnetGroup"]["DBSubnetGroupName"]
        ids["option group"] = rds.create_option_group(
            OptionGroupName="quiet", EngineName="mysql", MajorEngineVersion="8.0",
            OptionGroupDescription="-",
        )["OptionGroup"]["OptionGroupName"]  # fmt: skip
        ids["database"] = rds.create_db_instance(
            DBInstanceIdentifier="orders", DBInstanceClass="db.m7g.large", Engine="mysql",
            AllocatedStorage=20, PubliclyAccessible=True, OptionGroupName="quiet", **who, **stands,
        )["DBInstance"]["DbiResourceId"]  # fmt: skip
        ids["database cluster"] = rds.create_db_cluster(
            DBClusterIdentifier="aurora", Engine="aurora-mysql", **who, **stands
        )["DBCluster"]["DBClusterIdentifier"]
        ids["cluster instance"] = rds.create_db_instance(
            DBInstanceIdentifier="aurora-1", DBInstanceClass="db.r7g.large", Engine="aurora-mysql",
            DBClusterIdentifier="aurora", VpcSecurityGroupIds=[ids["group"]],
        )["DBInstance"]["DBInstanceIdentifier"]  # fmt: skip
        ids["cache subnets"] = self.clients("elasticache").create_cache_subnet_group(
            CacheSubnetGroupName="caches", CacheSubnetGroupDescription="-", SubnetIds=subnets
        )["CacheSubnetGroup"]["CacheSubnetGroupName"]
        nodes = {"ClientSubnets": subnets, "InstanceType": "kafka.m7g.large",
                 "SecurityGroups": [ids["group"]]}  # fmt: skip
        ids["brokers"] = self.clients("kafka").create_cluster_v2(
            ClusterName="events",
            Provisioned={
                "BrokerNodeGroupInfo": nodes, "KafkaVersion": "3.9.x", "NumberOfBrokerNodes": 2,
            },
        )["ClusterArn"]  # fmt: skip

    def _function(self) -> None:
        """One in the VPC that a queue feeds and a topic calls, with an address of its own."""
        functions, ids = self.clients("lambda"), self.ids
        self.clients("iam").create_role(RoleName="function", AssumeRolePolicyDocument=OPEN)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("main.py", "")
        ids["function"] = functions.create_function(
            FunctionName="orders", Runtime="python3.13", Handler="main.handle",
            Role=f"arn:aws:iam::{ACCOUNT}:role/function", Code={"ZipFile": packed.getvalue()},
            VpcConfig={"SubnetIds": [self.subnet], "SecurityGroupIds": [ids["group"]]},
            Environment={"Variables": {"HOST": "db.inside.example"}},
        )["FunctionName"]  # fmt: skip
        functions.add_permission(
            FunctionName="orders", StatementId="topic", Action="lambda:InvokeFunction",
            Principal="sns.amazonaws.com", SourceArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:orders",
        )  # fmt: skip
        ids["permission"] = "orders//topic"
        ids["function's address"] = functions.create_function_url_config(
            FunctionName="orders", AuthType="NONE"
        )["FunctionUrl"]
        self.clients("sqs").create_queue(QueueName="orders")
        ids["event source"] = functions.create_event_source_mapping(
            FunctionName="orders", EventSourceArn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
        )["UUID"]
        place = {"LocationConstraint": REGION}
        self.clients("s3").create_bucket(Bucket="orders", CreateBucketConfiguration=place)
        self.clients("s3control").create_access_point(
            AccountId=ACCOUNT, Name="orders", Bucket="orders", VpcConfiguration={"VpcId": self.vpc}
        )
        ids["access point"] = f"{ACCOUNT}:orders"

    def _names(self) -> None:
        resolver, ids = self.clients("route53resolver"), self.ids
        places = [{"SubnetId": self.ids[f"subnet {zone}"]} for zone in "ac"]
        ids["resolver endpoint"] = resolver.create_resolver_endpoint(
            CreatorRequestId="x", Direction="OUTBOUND", SecurityGroupIds=[ids["group"]],
            IpAddresses=places, Name="out",
        )["ResolverEndpoint"]["Id"]  # fmt: skip
        ids["resolver rule"] = resolver.create_resolver_rule(
            CreatorRequestId="x", RuleType="FORWARD", DomainName="corp.example", Name="corp",
            TargetIps=[{"Ip": "192.0.2.10", "Port": 53}],
            ResolverEndpointId=ids["resolver endpoint"],
        )["ResolverRule"]["Id"]  # fmt: skip
        resolver.associate_resolver_rule(ResolverRuleId=ids["resolver rule"], VPCId=self.vpc)
        ids["zone"] = self.clients("route53").create_hosted_zone(
            Name="inside.example", CallerReference="x",
            VPC={"VPCRegion": REGION, "VPCId": self.vpc}, HostedZoneConfig={"PrivateZone": True},
        )["HostedZone"]["Id"].rsplit("/", 1)[-1]  # fmt: skip
        self._profile()

    def _profile(self) -> None:
        """One that is joined to the VPC, and holds a rule group and a zone of another VPC."""
        profiles, ids = self.clients("route53profiles"), self.ids
        resolver = self.clients("route53resolver")
        ids["held group"] = resolver.create_firewall_rule_group(CreatorRequestId="x", Name="far")[
            "FirewallRuleGroup"
        ]["Id"]
        ids["held zone"] = self.clients("route53").create_hosted_zone(
            Name="far.example", CallerReference="y",
            VPC={"VPCRegion": REGION, "VPCId": self.other}, HostedZoneConfig={"PrivateZone": True},
        )["HostedZone"]["Id"].rsplit("/", 1)[-1]  # fmt: skip
        ids["profile"] = profiles.create_profile(Name="common")["Profile"]["Id"]
        profiles.create_profile(Name="of nobody here")
        ids["profile association"] = profiles.associate_profile(
            ProfileId=ids["profile"], ResourceId=self.vpc, Name="common"
        )["ProfileAssociation"]["Id"]
        account = f"{REGION}:123456789012"
        arns = {
            "held group": f"arn:aws:route53resolver:{account}:firewall-rule-group/"
            f"{ids['held group']}",
            "held zone": f"arn:aws:route53:::hostedzone/{ids['held zone']}",
        }
        for what, arn in arns.items():
            ids[f"{what}'s entry"] = profiles.associate_resource_to_profile(
                ProfileId=ids["profile"], ResourceArn=arn, Name=what.replace(" ", "-"),
                **({"ResourceProperties": '{"priority": 102}'} if "group" in what else {}),
            )["ProfileResourceAssociation"]["Id"]  # fmt: skip
