"""What others supply of the examples `existing` and `external-etcd`, made through boto3 by nobody's
provider. The tests of the engine begin with it, too."""

import json
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import boto3
import yaml

from automation.stack_files import find_stack_files, read_plan
from plan.cluster import ClusterPlan
from plan.kms import key_policy
from plan.partitions import partition_of

CLUSTER_TAG = {"Key": "kubernetes.io/cluster/existing", "Value": "shared"}
PREFIX_LIST = "pl-0a1b2c3d4e5f60740"
TRANSIT_GATEWAY = "tgw-0123456789abcdef1"
ACCOUNT = "123456789012"
ROLES = {  # who takes each on, and AWS's own policies
    "eks-cluster": ({"Service": "eks.amazonaws.com"}, ["AmazonEKSClusterPolicy"]),
    "eks-nodes": (
        {"Service": "ec2.amazonaws.com"},
        ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"],
    ),
    "platform-admins": ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, []),
}
SERVICES = ("ec2", "ecr.api", "ecr.dkr", "eks-auth", "s3")


class World(Protocol):
    """An embedded AWS, and the command beside it."""

    @property
    def aws_endpoint_url(self) -> str: ...

    def heiiki(self, *arguments: str) -> str:
        """What `heiiki` prints there; it must succeed."""


class _Region:
    """Clients of the embedded AWS in one region, each made once."""

    def __init__(self, world: World, name: str) -> None:
        self.name = name
        self._client = partial(
            boto3.client, region_name=name, endpoint_url=world.aws_endpoint_url,
            aws_access_key_id="embedded", aws_secret_access_key="embedded",
        )  # fmt: skip
        self._made: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self._made:
            self._made[service] = self._client(service)
        return self._made[service]


def supply(world: World, folder: Path) -> None:
    """Make all that `existing` takes as supplied, write its ids into the copied files, and lock
    them."""
    path = folder / "Pulumi.existing.yaml"
    plan = read_plan(find_stack_files(None, path))
    region = _Region(world, plan.spec.region)
    ids = _network(region, plan) | _identities(region, plan)
    _watch(region, plan, ids["vpc-0a1b2c3d4e5f60718"])
    _renamed(path, ids, ids)
    world.heiiki("lock", "--file", str(path))
    lock = yaml.safe_load((folder / "heiiki.existing.lock.yaml").read_text(encoding="utf-8"))
    ids[PREFIX_LIST] = lock["endpointServices"]["s3"]["prefixListId"]
    _renamed(folder / "heiiki.existing.policy.json", ids)


def supply_transit_gateway(world: World, folder: Path) -> None:
    """Make the one that leads to the data centre of `external-etcd`, and write its id into the
    copied files."""
    path = folder / "Pulumi.external-etcd.yaml"
    plan = read_plan(find_stack_files(None, path))
    ec2 = _Region(world, plan.spec.region).client("ec2")
    made = ec2.create_transit_gateway(Description="to the data centre")["TransitGateway"]
    ids = {TRANSIT_GATEWAY: made["TransitGatewayId"]}
    for name in (path.name, "heiiki.external-etcd.lock.yaml", "heiiki.external-etcd.policy.json"):
        _renamed(folder / name, ids, ids)


def _renamed(path: Path, ids: Mapping[str, str], must: Iterable[str] = ()) -> None:
    """The ids of AWS in the place of those that the example has."""
    text = path.read_text(encoding="utf-8")
    for written in must:
        assert written in text, written
    for written, real in ids.items():
        text = text.replace(written, real)
    path.write_text(text, encoding="utf-8")


def _network(region: _Region, plan: ClusterPlan) -> dict[str, str]:
    ec2 = region.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    for switch in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{switch: {"Value": True}})
    servers = {"Key": "domain-name-servers", "Values": ["AmazonProvidedDNS"]}
    options = ec2.create_dhcp_options(DhcpConfigurations=[servers])["DhcpOptions"]
    ec2.associate_dhcp_options(DhcpOptionsId=options["DhcpOptionsId"], VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    group = ec2.create_security_group(GroupName="endpoints", Description="-", VpcId=vpc)["GroupId"]
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
             "IpRanges": [{"CidrIp": "10.40.0.0/16"}]}  # fmt: skip
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[https])
    ids = {
        "vpc-0a1b2c3d4e5f60718": vpc,
        "rtb-0a1b2c3d4e5f60719": table,
        "sg-0a1b2c3d4e5f60720": group,
    }
    subnets = []
    for number, (zone, cidr) in enumerate((("a", "10.40.0.0/20"), ("b", "10.40.16.0/20")), 1):
        subnet = ec2.create_subnet(
            VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{region.name}{zone}"
        )
        subnets.append(subnet["Subnet"]["SubnetId"])
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[-1])
        ids[f"subnet-0a1b2c3d4e5f6071{number}"] = subnets[-1]
    ec2.create_tags(Resources=[table, *subnets], Tags=[CLUSTER_TAG])
    policies = {e.service: json.dumps(e.policy) for e in plan.endpoints.values()}
    for number, service in enumerate(SERVICES, 1):
        name = f"com.amazonaws.{region.name}.{service}"
        lies = (
            {"VpcEndpointType": "Gateway", "RouteTableIds": [table]}
            if service == "s3"
            else {
                "VpcEndpointType": "Interface",
                "SubnetIds": subnets,
                "SecurityGroupIds": [group],
                "PrivateDnsEnabled": True,
            }
        )
        made = ec2.create_vpc_endpoint(
            VpcId=vpc, ServiceName=name, PolicyDocument=policies[service], **lies
        )["VpcEndpoint"]
        ids[f"vpce-0a1b2c3d4e5f6073{number}"] = made["VpcEndpointId"]
    return ids


def _watch(region: _Region, plan: ClusterPlan, vpc: str) -> None:
    """Flow logs and query logs in a bucket, and a DNS Firewall that ends in BLOCK *."""
    ec2, s3 = region.client("ec2"), region.client("s3")
    resolver = region.client("route53resolver")
    s3.create_bucket(
        Bucket="archive", CreateBucketConfiguration={"LocationConstraint": region.name}
    )
    ec2.create_flow_logs(
        ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", LogDestinationType="s3",
        LogDestination="arn:aws:s3:::archive",
    )  # fmt: skip
    config = resolver.create_resolver_query_log_config(
        Name="queries", DestinationArn="arn:aws:s3:::archive", CreatorRequestId="queries"
    )["ResolverQueryLogConfig"]
    resolver.associate_resolver_query_log_config(
        ResolverQueryLogConfigId=config["Id"], ResourceId=vpc
    )
    group = resolver.create_firewall_rule_group(Name="closed", CreatorRequestId="closed")
    group_id = group["FirewallRuleGroup"]["Id"]
    block = {"BlockResponse": "NXDOMAIN"}
    allowed = list(plan.allowed_domains)
    for priority, (action, domains, more) in enumerate(
        (("ALLOW", allowed, {}), ("BLOCK", ["*"], block)), 1
    ):
        listed = resolver.create_firewall_domain_list(Name=action, CreatorRequestId=action)
        list_id = listed["FirewallDomainList"]["Id"]
        resolver.update_firewall_domains(
            FirewallDomainListId=list_id, Operation="ADD", Domains=domains
        )
        resolver.create_firewall_rule(
            CreatorRequestId=action, FirewallRuleGroupId=group_id, FirewallDomainListId=list_id,
            Priority=priority, Action=action, Name=action, **more,
        )  # fmt: skip
    resolver.associate_firewall_rule_group(
        CreatorRequestId="closed", FirewallRuleGroupId=group_id, VpcId=vpc, Priority=101,
        Name="closed",
    )  # fmt: skip


def _identities(region: _Region, plan: ClusterPlan) -> dict[str, str]:
    iam, kms = region.client("iam"), region.client("kms")
    for role, (principal, policies) in ROLES.items():
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
        for policy in policies:
            iam.attach_role_policy(RoleName=role, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    iam.create_instance_profile(InstanceProfileName="eks-nodes")
    iam.add_role_to_instance_profile(InstanceProfileName="eks-nodes", RoleName="eks-nodes")
    of_key = key_policy(plan.spec, partition_of(region.name), ACCOUNT)
    key = kms.create_key(Policy=json.dumps(of_key))["KeyMetadata"]["Arn"]
    kms.enable_key_rotation(KeyId=key)
    return {"arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab": key}
