"""What a killed run was about to make: found in the embedded AWS, or known not to be there.

Each kind is made by the API itself, so that the finder's question and the answer's form are real.
"""

import json
from typing import Any

import pytest

from automation.aws_calls import Account
from automation.errors import RefusedError
from automation.pending import _EC2, _KEY, _LISTED, _NAMED, Finder, settle
from automation.state import Resource
from tests.automation.conftest import REGION, refuse_expected_owner

TAGS = {"Name": "dev-x", "heiiki:cluster": "dev"}
PAIRS = [{"Key": k, "Value": v} for k, v in TAGS.items()]
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
]})  # fmt: skip


def resource(type_token: str, **inputs: Any) -> Resource:
    inputs.setdefault("tags", TAGS)
    return Resource(f"urn:pulumi:dev::heiiki::{type_token}::x", type_token, "x", "", inputs, {})


@pytest.fixture
def find(account: Account):
    def run(wanted: Resource, *known: str) -> str | None:
        return Finder(account, REGION, frozenset(known)).find(wanted)

    return run


def specification(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": PAIRS}]


class Makers:
    """Makes one resource of a kind, with our tags, and returns its id."""

    def __init__(self, account: Account) -> None:
        self.account, self.ec2 = account, account.client("ec2", REGION)
        self.cluster_subnets: list[str] = []

    def vpc(self) -> str:
        made = self.ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=specification("vpc"))
        return made["Vpc"]["VpcId"]

    def subnet(self, vpc_id: str | None = None) -> str:
        made = self.ec2.create_subnet(
            VpcId=vpc_id or self.vpc(),
            CidrBlock="10.0.0.0/24",
            TagSpecifications=specification("subnet"),
        )
        return made["Subnet"]["SubnetId"]

    def route_table(self) -> str:
        made = self.ec2.create_route_table(
            VpcId=self.vpc(), TagSpecifications=specification("route-table")
        )
        return made["RouteTable"]["RouteTableId"]

    def security_group(self) -> str:
        made = self.ec2.create_security_group(
            GroupName="x", Description="x", VpcId=self.vpc(),
            TagSpecifications=specification("security-group"),
        )  # fmt: skip
        return made["GroupId"]

    def security_group_rule(self) -> str:
        made = self.ec2.authorize_security_group_ingress(
            GroupId=self.security_group(),
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
                            "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}],
            TagSpecifications=specification("security-group-rule"),
        )  # fmt: skip
        return made["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    def egress_rule(self) -> str:
        made = self.ec2.authorize_security_group_egress(
            GroupId=self.security_group(),
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
                            "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}],
            TagSpecifications=specification("security-group-rule"),
        )  # fmt: skip
        return made["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    def instance(self) -> str:
        made = self.ec2.run_instances(
            ImageId=self.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"],
            InstanceType="t3.small", MinCount=1, MaxCount=1, SubnetId=self.subnet(),
            TagSpecifications=specification("instance"),
        )  # fmt: skip
        return made["Instances"][0]["InstanceId"]

    def attachment(self) -> str:
        gateway = self.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
        vpc_id = self.vpc()
        made = self.ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway, VpcId=vpc_id, SubnetIds=[self.subnet(vpc_id)],
            TagSpecifications=specification("transit-gateway-attachment"),
        )  # fmt: skip
        return made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]

    def internet_gateway(self) -> str:
        made = self.ec2.create_internet_gateway(TagSpecifications=specification("internet-gateway"))
        return made["InternetGateway"]["InternetGatewayId"]

    def eip(self) -> str:
        made = self.ec2.allocate_address(
            Domain="vpc", TagSpecifications=specification("elastic-ip")
        )
        return made["AllocationId"]

    def nat_gateway(self) -> str:
        vpc_id = self.vpc()
        self.ec2.attach_internet_gateway(InternetGatewayId=self.internet_gateway(), VpcId=vpc_id)
        subnet, address = self.subnet(vpc_id), self.eip()
        made = self.ec2.create_nat_gateway(
            SubnetId=subnet, AllocationId=address, TagSpecifications=specification("natgateway")
        )
        return made["NatGateway"]["NatGatewayId"]

    def vpc_endpoint(self) -> str:
        made = self.ec2.create_vpc_endpoint(
            VpcId=self.vpc(), VpcEndpointType="Gateway",
            ServiceName=f"com.amazonaws.{REGION}.s3",
            TagSpecifications=specification("vpc-endpoint"),
        )  # fmt: skip
        return made["VpcEndpoint"]["VpcEndpointId"]

    def vpn_gateway(self) -> str:
        made = self.ec2.create_vpn_gateway(
            Type="ipsec.1", TagSpecifications=specification("vpn-gateway")
        )
        return made["VpnGateway"]["VpnGatewayId"]

    def launch_template(self) -> str:
        made = self.ec2.create_launch_template(
            LaunchTemplateName="x", LaunchTemplateData={"InstanceType": "m7i.large"},
            TagSpecifications=specification("launch-template"),
        )  # fmt: skip
        return made["LaunchTemplate"]["LaunchTemplateId"]

    def key(self) -> str:
        tags = [{"TagKey": k, "TagValue": v} for k, v in TAGS.items()]
        made = self.account.client("kms", REGION).create_key(Tags=tags)
        return made["KeyMetadata"]["KeyId"]

    def domain_list(self) -> str:
        made = self.account.client("route53resolver", REGION).create_firewall_domain_list(
            CreatorRequestId="x", Name="dev-x"
        )
        return made["FirewallDomainList"]["Id"]

    def rule_group(self) -> str:
        made = self.account.client("route53resolver", REGION).create_firewall_rule_group(
            CreatorRequestId="x", Name="dev-x"
        )
        return made["FirewallRuleGroup"]["Id"]

    def role(self, tags: list[dict[str, str]] = PAIRS) -> str:
        self.account.client("iam", REGION).create_role(
            RoleName="dev-x", AssumeRolePolicyDocument=TRUST, Tags=tags
        )
        return "dev-x"

    def instance_profile(self) -> str:
        self.account.client("iam", REGION).create_instance_profile(
            InstanceProfileName="dev-x", Tags=PAIRS
        )
        return "dev-x"

    def log_group(self) -> str:
        self.account.client("logs", REGION).create_log_group(logGroupName="dev-x", tags=TAGS)
        return "dev-x"

    def flow_log(self) -> str:
        made = self.ec2.create_flow_logs(
            ResourceIds=[self.vpc()], ResourceType="VPC", TrafficType="ALL",
            LogDestinationType="cloud-watch-logs", LogGroupName=self.log_group(),
            DeliverLogsPermissionArn=self._role_arn(),
            TagSpecifications=specification("vpc-flow-log"),
        )  # fmt: skip
        return made["FlowLogIds"][0]

    def peering(self) -> str:
        other = self.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        made = self.ec2.create_vpc_peering_connection(
            VpcId=self.vpc(), PeerVpcId=other,
            TagSpecifications=specification("vpc-peering-connection"),
        )  # fmt: skip
        return made["VpcPeeringConnection"]["VpcPeeringConnectionId"]

    def query_log_config(self) -> str:
        made = self.account.client("route53resolver", REGION).create_resolver_query_log_config(
            Name="dev-x", CreatorRequestId="x",
            DestinationArn=f"arn:aws:logs:{REGION}:123456789012:log-group:{self.log_group()}:*",
        )  # fmt: skip
        return made["ResolverQueryLogConfig"]["Id"]

    def cluster(self) -> str:
        vpc_id = self.vpc()
        self.cluster_subnets = [
            self.ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.0.{i}.0/24",
                                   AvailabilityZone=f"{REGION}{zone}")["Subnet"]["SubnetId"]
            for i, zone in enumerate("ac")
        ]  # fmt: skip
        self.account.client("eks", REGION).create_cluster(
            name="dev-x", roleArn=self._role_arn(), tags=TAGS,
            resourcesVpcConfig={"subnetIds": self.cluster_subnets},
            accessConfig={"authenticationMode": "API"},
        )  # fmt: skip
        return "dev-x"

    def access_entry(self) -> str:
        arn = "arn:aws:iam::123456789012:role/dev-x"
        self.account.client("eks", REGION).create_access_entry(
            clusterName=self.cluster(), principalArn=arn, tags=TAGS
        )
        return f"dev-x:{arn}"

    def addon(self) -> str:
        self.account.client("eks", REGION).create_addon(
            clusterName=self.cluster(), addonName="vpc-cni", tags=TAGS
        )
        return "dev-x:vpc-cni"

    def group(self) -> str:
        self.account.client("autoscaling", REGION).create_auto_scaling_group(
            AutoScalingGroupName="dev-x", MinSize=0, MaxSize=1,
            VPCZoneIdentifier=self.subnet(),
            LaunchTemplate={"LaunchTemplateId": self.launch_template(), "Version": "$Latest"},
            Tags=[{**pair, "PropagateAtLaunch": True} for pair in PAIRS],
        )  # fmt: skip
        return "dev-x"

    def node_group(self) -> str:
        cluster = self.cluster()
        nodes = self.account.client("iam", REGION).create_role(
            RoleName="nodes", AssumeRolePolicyDocument=TRUST.replace("eks.", "ec2.")
        )
        self.account.client("eks", REGION).create_nodegroup(
            clusterName=cluster, nodegroupName="workers", subnets=self.cluster_subnets[:1],
            nodeRole=nodes["Role"]["Arn"], tags=TAGS,
        )  # fmt: skip
        return "dev-x:workers"

    def bucket(self, tags: list[dict[str, str]] = PAIRS) -> str:
        s3 = self.account.client("s3", REGION)
        s3.create_bucket(
            Bucket="dev-x", CreateBucketConfiguration={"LocationConstraint": REGION}
        )  # fmt: skip
        if tags:
            s3.put_bucket_tagging(Bucket="dev-x", Tagging={"TagSet": tags})
        return "dev-x"

    def repository(self, tags: list[dict[str, str]] = PAIRS) -> str:
        self.account.client("ecr", REGION).create_repository(repositoryName="dev-x", tags=tags)
        return "dev-x"

    def _role_arn(self) -> str:
        return f"arn:aws:iam::123456789012:role/{self.role()}"


KINDS = {
    "vpc": "aws:ec2/vpc:Vpc",
    "subnet": "aws:ec2/subnet:Subnet",
    "route_table": "aws:ec2/routeTable:RouteTable",
    "security_group": "aws:ec2/securityGroup:SecurityGroup",
    "security_group_rule": "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "egress_rule": "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "instance": "aws:ec2/instance:Instance",
    "attachment": "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
    "internet_gateway": "aws:ec2/internetGateway:InternetGateway",
    "eip": "aws:ec2/eip:Eip",
    "nat_gateway": "aws:ec2/natGateway:NatGateway",
    "vpc_endpoint": "aws:ec2/vpcEndpoint:VpcEndpoint",
    "vpn_gateway": "aws:ec2/vpnGateway:VpnGateway",
    "launch_template": "aws:ec2/launchTemplate:LaunchTemplate",
    "key": "aws:kms/key:Key",
    "domain_list": "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList",
    "rule_group": "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup",
    "role": "aws:iam/role:Role",
    "instance_profile": "aws:iam/instanceProfile:InstanceProfile",
    "log_group": "aws:cloudwatch/logGroup:LogGroup",
    "flow_log": "aws:ec2/flowLog:FlowLog",
    "peering": "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
    "query_log_config": "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig",
    "cluster": "aws:eks/cluster:Cluster",
    "access_entry": "aws:eks/accessEntry:AccessEntry",
    "addon": "aws:eks/addon:Addon",
    "group": "aws:autoscaling/group:Group",
    "node_group": "aws:eks/nodeGroup:NodeGroup",
    "bucket": "aws:s3/bucket:Bucket",
    "repository": "aws:ecr/repository:Repository",
}
NAMES = {
    "name": "dev-x", "bucket": "dev-x", "clusterName": "dev-x", "addonName": "vpc-cni",
    "nodeGroupName": "workers",
    "principalArn": "arn:aws:iam::123456789012:role/dev-x",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_made_is_found_under_its_id(account, find, kind):
    listed = [{"key": k, "value": v, "propagateAtLaunch": True} for k, v in TAGS.items()]
    wanted = resource(KINDS[kind], tags=listed if kind == "group" else TAGS, **NAMES)
    assert find(wanted) is None
    made = getattr(Makers(account), kind)()
    assert find(wanted) == made


def test_what_is_recorded_already_is_not_found_again(account, find):
    made = Makers(account).vpc()
    assert find(resource(KINDS["vpc"]), made) is None


def test_two_that_fit_are_left_to_the_operator(account, find):
    makers = Makers(account)
    made = sorted([makers.vpc(), makers.vpc()])
    with pytest.raises(RefusedError) as raised:
        find(resource(KINDS["vpc"]))
    assert list(raised.value.details) == made


def test_anothers_role_of_the_same_name_is_not_taken_over(account, find):
    Makers(account).role(tags=[])
    assert find(resource(KINDS["role"], name="dev-x")) is None


@pytest.mark.parametrize("kind", ["bucket", "repository"])
def test_anothers_bucket_or_repository_of_the_same_name_is_not_taken_over(account, find, kind):
    getattr(Makers(account), kind)(tags=[])
    assert find(resource(KINDS[kind], **NAMES)) is None


def test_a_strangers_bucket_with_our_tags_on_it_is_not_taken_over(account, find):
    Makers(account).bucket()
    wanted = resource(KINDS["bucket"], **NAMES)
    assert find(wanted) == "dev-x"
    refused = refuse_expected_owner(account)
    assert find(wanted) is None and refused == ["GetBucketTagging"]


def test_a_key_that_waits_for_its_deletion_is_gone(account, find):
    made = Makers(account).key()
    account.client("kms", REGION).schedule_key_deletion(KeyId=made)
    assert find(resource(KINDS["key"])) is None


def test_a_terminated_instance_is_gone(account, find):
    made = Makers(account).instance()
    account.client("ec2", REGION).terminate_instances(InstanceIds=[made])
    assert find(resource(KINDS["instance"])) is None


def test_every_kind_that_can_be_found_is_made_here():
    assert {*_EC2, *_NAMED, *_LISTED, _KEY} == set(KINDS.values())


def test_another_clusters_vpc_is_not_ours(account, find):
    Makers(account).vpc()
    other = {**TAGS, "heiiki:cluster": "other"}
    assert find(resource(KINDS["vpc"], tags=other)) is None


def record(name: str, type_token: str = "aws:ec2/vpc:Vpc") -> dict[str, Any]:
    return {
        "urn": f"urn:pulumi:dev::heiiki::{type_token}::{name}", "type": type_token,
        "custom": True, "inputs": {"tags": TAGS},
    }  # fmt: skip


def exported(*pending: tuple[str, str]) -> str:
    operations = [{"resource": record(name), "type": kind} for name, kind in pending]
    deployment = {"resources": [record("there")], "pending_operations": operations}
    return json.dumps({"version": 3, "deployment": deployment})


def test_what_is_found_is_recorded_and_what_is_not_is_forgotten():
    text = exported(("made", "creating"), ("never", "creating"), ("half", "updating"))
    settled, done = settle(text, lambda r: "vpc-1" if r.name == "made" else None)
    deployment = json.loads(settled)["deployment"]
    assert deployment["pending_operations"] == []
    assert [r["urn"].rsplit("::")[-1] for r in deployment["resources"]] == ["there", "made"]
    made = deployment["resources"][1]
    assert made["id"] == "vpc-1" and made["outputs"] == made["inputs"] == {"tags": TAGS}
    assert done == [
        "made: was made, and is recorded as vpc-1",
        "never: was not made",
        "half: updating was cut off; reading it anew",
    ]
