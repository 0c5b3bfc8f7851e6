"""What the `existing` example takes as supplied, made through boto3 by nobody's provider."""

import json
from pathlib import Path

import yaml

from plan.kms import key_policy
from plan.partitions import partition_of
from tests.engine.aws_side import client
from tests.engine.world import World
from tests.scenarios import planned, read

CLUSTER_TAG = {"Key": "kubernetes.io/cluster/existing", "Value": "shared"}
PREFIX_LIST = "pl-0a1b2c3d4e5f60740"
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


def supply(world: World, folder: Path, region: str) -> None:
    """Make everything, write its ids into the copied stack file, and lock it."""
    ids = _network(world, region) | _identities(world, region)
    _watch(world, region, ids["vpc-0a1b2c3d4e5f60718"])
    path = folder / "Pulumi.existing.yaml"
    text = path.read_text(encoding="utf-8")
    for written, real in ids.items():
        assert written in text, written
        text = text.replace(written, real)
    path.write_text(text, encoding="utf-8")
    world.heiiki("lock", "--file", str(path))
    lock = yaml.safe_load((folder / "heiiki.existing.lock.yaml").read_text(encoding="utf-8"))
    ids[PREFIX_LIST] = lock["endpointServices"]["s3"]["prefixListId"]
    policy = folder / "heiiki.existing.policy.json"
    text = policy.read_text(encoding="utf-8")
    for written, real in ids.items():
        text = text.replace(written, real)
    policy.write_text(text, encoding="utf-8")


def _network(world: World, region: str) -> dict[str, str]:
    ec2 = client(world, "ec2", region)
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
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{region}{zone}")
        subnets.append(subnet["Subnet"]["SubnetId"])
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[-1])
        ids[f"subnet-0a1b2c3d4e5f6071{number}"] = subnets[-1]
    ec2.create_tags(Resources=[table, *subnets], Tags=[CLUSTER_TAG])
    policies = {e.service: json.dumps(e.policy) for e in planned("existing").endpoints.values()}
    for number, service in enumerate(SERVICES, 1):
        name = f"com.amazonaws.{region}.{service}"
        where = (
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
            VpcId=vpc, ServiceName=name, PolicyDocument=policies[service], **where
        )["VpcEndpoint"]
        ids[f"vpce-0a1b2c3d4e5f6073{number}"] = made["VpcEndpointId"]
    return ids


def _watch(world: World, region: str, vpc: str) -> None:
    """Flow logs and query logs in a bucket, and a DNS Firewall that ends in BLOCK *."""
    ec2, s3 = client(world, "ec2", region), client(world, "s3", region)
    resolver = client(world, "route53resolver", region)
    s3.create_bucket(Bucket="archive", CreateBucketConfiguration={"LocationConstraint": region})
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
    allowed = list(planned("existing").allowed_domains)
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


def _identities(world: World, region: str) -> dict[str, str]:
    iam, kms = client(world, "iam", region), client(world, "kms", region)
    for role, (principal, policies) in ROLES.items():
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
        for policy in policies:
            iam.attach_role_policy(RoleName=role, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    iam.create_instance_profile(InstanceProfileName="eks-nodes")
    iam.add_role_to_instance_profile(InstanceProfileName="eks-nodes", RoleName="eks-nodes")
    spec, _ = read("existing")
    policy = key_policy(spec, partition_of(region), ACCOUNT)
    key = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    kms.enable_key_rotation(KeyId=key)
    return {"arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab": key}
