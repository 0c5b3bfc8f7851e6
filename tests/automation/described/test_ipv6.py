"""What AWS tells of IPv6 is carried whole: from what is read of an account the proof finds the way
out that IPv6 alone takes, and none where its route is gone.
"""

import json
import os
from ipaddress import ip_network
from typing import Any

import pytest

from automation.aws_calls import Account, account_of
from automation.described.live import as_text, read_vpcs
from local.aws.api import forget
from model.build import build_network
from model.network import TargetKind
from model.sets import shown
from proof.reach import ways_out
from sources.recorded import read_recorded
from tests.automation.conftest import REGION


@pytest.fixture
def account(endpoint_url):
    forget()
    return account_of(
        {
            "AWS_ENDPOINT_URL": endpoint_url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
    )


class Dual:
    """A VPC with both families, of which IPv6 alone leads out: blocks, a list, a group, an ACL."""

    def __init__(self, ec2: Any) -> None:
        made = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
        self.vpc = made["VpcId"]
        told = ec2.describe_vpcs(VpcIds=[self.vpc])["Vpcs"][0]
        # moto draws its blocks by chance and writes leading zeros, which AWS does not.
        self.block = ip_network(told["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
        self.own = f"{self.block.network_address}/64"
        subnet = ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.0.0/24", Ipv6CidrBlock=self.own)[
            "Subnet"
        ]
        self.subnet = subnet["SubnetId"]
        gateway = ec2.create_egress_only_internet_gateway(VpcId=self.vpc)
        self.gateway = gateway["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
        self.table = ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=self.table, SubnetId=self.subnet)
        ec2.create_route(
            RouteTableId=self.table, DestinationIpv6CidrBlock="::/0",
            EgressOnlyInternetGatewayId=self.gateway,
        )  # fmt: skip
        self._filters(ec2)
        ec2.run_instances(
            ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=self.subnet,
            SecurityGroupIds=[self.group],
        )  # fmt: skip

    def _filters(self, ec2: Any) -> None:
        self.acl = ec2.create_network_acl(VpcId=self.vpc)["NetworkAcl"]["NetworkAclId"]
        ec2.create_network_acl_entry(
            NetworkAclId=self.acl, RuleNumber=100, Protocol="-1", RuleAction="allow", Egress=True,
            Ipv6CidrBlock="::/0",
        )  # fmt: skip
        (joined,) = ec2.describe_network_acls(
            Filters=[{"Name": "association.subnet-id", "Values": [self.subnet]}]
        )["NetworkAcls"]
        (joint,) = (a for a in joined["Associations"] if a["SubnetId"] == self.subnet)
        ec2.replace_network_acl_association(
            AssociationId=joint["NetworkAclAssociationId"], NetworkAclId=self.acl
        )
        self.group = ec2.create_security_group(
            GroupName="out", Description="IPv6 alone", VpcId=self.vpc
        )["GroupId"]
        (given,) = ec2.describe_security_groups(GroupIds=[self.group])["SecurityGroups"]
        ec2.revoke_security_group_egress(
            GroupId=self.group, IpPermissions=given["IpPermissionsEgress"]
        )
        tcp = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
        ec2.authorize_security_group_egress(
            GroupId=self.group, IpPermissions=[{**tcp, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}]
        )


def ways(account: Account, vpc: str) -> set[tuple[TargetKind, str, bool, str]]:
    """The ways out of a VPC, from what is read of it: kind, name, whether it is sure, ports."""
    read, _ = read_vpcs(account, REGION, [vpc])
    assert read.missing == []
    network = build_network(read_recorded(json.loads(as_text(read.resources))))
    return {
        (leak.kind, leak.name, leak.certain, str(leak.traffic.boxes[0].ports.spans))
        for leaks in ways_out(network).values()
        for leak in leaks
    }


def test_what_is_read_of_a_vpc_with_ipv6_shows_its_way_out(account):
    ec2 = account.client("ec2", REGION)
    dual = Dual(ec2)
    read, _ = read_vpcs(account, REGION, [dual.vpc])
    network = build_network(read_recorded(json.loads(as_text(read.resources))))
    (vpc,), (subnet,) = network.vpcs.values(), network.subnets.values()
    assert shown(vpc.addresses) == f"10.0.0.0/16, {dual.block}"
    assert shown(subnet.addresses) == f"10.0.0.0/24, {dual.own}"
    kind = TargetKind.EGRESS_ONLY_INTERNET_GATEWAY
    assert ways(account, dual.vpc) == {(kind, dual.gateway, True, "((443, 443),)")}
    ec2.delete_route(RouteTableId=dual.table, DestinationIpv6CidrBlock="::/0")
    assert ways(account, dual.vpc) == set()


@pytest.mark.parametrize("filter_", ["group", "acl"])
def test_a_filter_of_ipv6_that_is_read_closes_the_way(account, filter_):
    ec2 = account.client("ec2", REGION)
    dual = Dual(ec2)
    assert ways(account, dual.vpc)
    if filter_ == "acl":
        ec2.delete_network_acl_entry(NetworkAclId=dual.acl, RuleNumber=100, Egress=True)
    else:
        tcp = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
        ec2.revoke_security_group_egress(
            GroupId=dual.group, IpPermissions=[{**tcp, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}]
        )
    assert ways(account, dual.vpc) == set()


def test_a_prefix_list_of_ipv6_is_read_with_its_entries(account):
    ec2 = account.client("ec2", REGION)
    dual = Dual(ec2)
    ec2.delete_route(RouteTableId=dual.table, DestinationIpv6CidrBlock="::/0")
    listed = ec2.create_managed_prefix_list(
        PrefixListName="out", AddressFamily="IPv6", MaxEntries=3,
        Entries=[{"Cidr": "2600:9000::/28"}],
    )["PrefixList"]["PrefixListId"]  # fmt: skip
    ec2.create_route(
        RouteTableId=dual.table, DestinationPrefixListId=listed,
        EgressOnlyInternetGatewayId=dual.gateway,
    )  # fmt: skip
    read, _ = read_vpcs(account, REGION, [dual.vpc])
    network = build_network(read_recorded(json.loads(as_text(read.resources))))
    (route,) = (r for t in network.route_tables.values() for r in t.routes if r.prefix_list)
    assert [shown(where) for where, _ in route.destinations or ()] == ["2600:9000::/28"]
    assert {(name, sure) for _, name, sure, _ in ways(account, dual.vpc)} == {(dual.gateway, True)}
