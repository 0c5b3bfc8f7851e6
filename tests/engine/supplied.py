"""What the `existing` example takes as supplied, made through boto3 by nobody's provider."""

import json
from pathlib import Path

import yaml

from tests.engine.aws_side import client
from tests.engine.world import World
from tests.scenarios import planned

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": ["ec2.amazonaws.com", "eks.amazonaws.com"]},
            }
        ],
    }
)
CLUSTER_TAG = {"Key": "kubernetes.io/cluster/existing", "Value": "shared"}
PREFIX_LIST = "pl-0a1b2c3d4e5f60740"
SERVICES = ("ec2", "ecr.api", "ecr.dkr", "eks-auth", "s3")


def supply(world: World, folder: Path, region: str) -> None:
    """Make everything, write its ids into the copied stack file, and lock it."""
    ids = _network(world, region) | _identities(world, region)
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


def _identities(world: World, region: str) -> dict[str, str]:
    iam, kms = client(world, "iam", region), client(world, "kms", region)
    for role in ("eks-cluster", "platform-admins", "eks-nodes"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="eks-nodes")
    iam.add_role_to_instance_profile(InstanceProfileName="eks-nodes", RoleName="eks-nodes")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    return {"arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab": key}
