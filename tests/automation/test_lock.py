"""`heiiki lock` against the embedded AWS: what is written, and what is refused."""

import json
from pathlib import Path
from typing import Any, ClassVar

import botocore.session
import pytest
import yaml
from botocore.exceptions import ClientError

from automation.aws_calls import Account
from automation.errors import AutomationError, CredentialsError
from automation.lock.facts import ADD_ONS, Aws, _service
from automation.lock.resolve import resolve_lock
from automation.lock.supplied_network import DESTINATIONS, TARGETS, route_table
from automation.lock.supplied_stores import read_stores
from automation.lock.text import lock_diff, lock_text, write_whole
from plan.carry_in import plan_buckets, plan_repositories
from plan.cluster import plan_cluster
from plan.errors import Faults
from plan.instance_types import InstanceType, instance_type
from plan.partitions import partition_of
from spec.errors import SpecError
from spec.lock import parse_lock
from spec.stack_file import parse_stack_file
from tests.automation.conftest import REGION
from tests.plan import own
from tests.scenarios import read
from tests.spec.stack_files import stack

SMALLEST = {
    "name": "dev",
    "region": REGION,
    "availabilityZones": [f"{REGION}a", f"{REGION}c"],
    "nodePools": {"workers": {"instanceType": "m7i.large", "maxSize": 3}},
}


def spec(**more):
    config = {f"heiiki:{key}": value for key, value in {**SMALLEST, **more}.items()}
    return parse_stack_file(yaml.safe_dump({"config": config}), where="Pulumi.dev.yaml")


@pytest.fixture
def resolve(aws_environment):
    def run(asked, old=None, **more):
        return resolve_lock(asked, old, environment=aws_environment, **more)

    return run


def faults(resolve, asked) -> dict[str, str]:
    with pytest.raises(SpecError) as raised:
        resolve(asked)
    return {fault.path: fault.message for fault in raised.value.faults}


def test_it_holds_all_that_every_feature_could_ask_for(resolve):
    machines = {
        "access": {"sessionManager": True, "operator": {}},
        "nodePools": {
            "workers": {"instanceType": "m7i.large", "maxSize": 3, "subnets": ["nodes-1a"]},
            "arm": {
                "instanceType": "m7g.large", "maxSize": 3, "subnets": ["nodes-1a"],
                "image": {"kind": "optimized", "family": "bottlerocket"},
            },
        },
    }  # fmt: skip
    lock = resolve(spec(**machines))
    features = ("irsa", "ebsCsi", "clusterAutoscaler", "containerLogs")
    everything = spec(**machines, addOns=dict.fromkeys(features, True))
    plan_cluster(everything, lock)  # another feature needs no other lock file
    assert lock.account_id == "123456789012" and lock.partition == "aws"
    assert lock.availability_zones == {f"{REGION}a": "apne1-az4", f"{REGION}c": "apne1-az1"}
    assert set(lock.add_ons) == set(ADD_ONS)


def test_an_accelerated_pool_has_the_image_with_its_drivers_pinned_beside_the_others(resolve):
    bottlerocket = {"kind": "optimized", "family": "bottlerocket"}
    pools = {
        name: {"instanceType": kind, "maxSize": 3, "subnets": ["nodes-1a"], **more}
        for name, kind, more in (("gpu", "g5.xlarge", {}), ("neuron", "inf2.xlarge", {}),
                                 ("rocket", "g5.xlarge", {"image": bottlerocket}))
    }  # fmt: skip
    asked = spec(nodePools=pools)
    lock = resolve(asked)
    version = lock.kubernetes_version
    added = {f"al2023/{version}/x86_64/nvidia", f"al2023/{version}/x86_64/neuron",
             f"bottlerocket/{version}/x86_64/nvidia"}  # fmt: skip
    assert set(lock.images) - set(resolve(spec()).images) == added
    assert len({lock.images[key] for key in added}) == 3
    assert lock.images[f"al2023/{version}/x86_64"] not in {lock.images[key] for key in added}
    plan_cluster(asked, lock)


def test_a_control_plane_of_ones_own_asks_eks_for_no_add_on(resolve, monkeypatch):
    """There may be no EKS in the region; and what is locked, is enough for the plan."""
    monkeypatch.setattr(Aws, "add_ons", None)
    own, before = read("self-hosted")
    lock = resolve(own)
    assert before.add_ons == lock.add_ons == {} and lock.images
    assert plan_cluster(own, lock).add_ons == {}


def test_the_text_is_read_back_as_the_same_lock_and_written_the_same_again(resolve):
    lock = resolve(spec())
    text = lock_text(lock)
    assert parse_lock(text, where="x") == lock
    assert lock_text(resolve(spec(), lock)) == text
    assert "supplied" not in text
    assert lock_diff(text, text, name="x") == []


def test_s3_is_reached_by_its_gateway_and_everything_else_by_interfaces(resolve):
    services = resolve(spec()).endpoint_services
    assert {name for name, s in services.items() if s.type == "Gateway"} == {"s3"}
    assert services["ecr.api"].service_name == f"com.amazonaws.{REGION}.ecr.api"
    assert services["ecr.api"].policy_supported


def test_types_are_written_down_with_the_zones_that_offer_them(resolve):
    bastion = {"kind": "bastionVpc", "vpcCidr": "172.24.0.0/24", "subnetCidr": "172.24.0.0/25",
               "availabilityZone": f"{REGION}a", "allowedCidrs": ["203.0.113.7/32"],
               "machine": {"instanceType": "t3.nano"}}  # fmt: skip
    lock = resolve(spec(access={"operator": {}}, network={"connections": {"b": bastion}}))
    assert list(lock.instance_types) == ["m7i.large", "t3.nano", "t3.small"]
    for offered in lock.instance_types.values():
        assert offered.availability_zones == (f"{REGION}a", f"{REGION}c", f"{REGION}d")
        assert offered.limits is None
    assert "limits" not in lock_text(lock)


def test_a_type_that_the_region_does_not_have_is_refused_at_once(resolve):
    pools = {"workers": {"instanceType": "m7i.huge", "maxSize": 3}}
    told = faults(resolve, spec(nodePools=pools))
    assert list(told) == ["nodePools.workers.instanceType"]
    message = told["nodePools.workers.instanceType"]
    assert message.startswith(f"is offered nowhere in {REGION}; of its kind there are m7i.")


def test_the_limits_of_a_type_that_the_table_lacks_are_asked_of_aws(resolve, monkeypatch):
    known = resolve(spec())
    plan_cluster(spec(), known)
    monkeypatch.setattr("automation.lock.instance_types.has_limits", lambda name: False)
    monkeypatch.setattr("plan.instance_offers.has_limits", lambda name: False)
    lock = resolve(spec())
    limits = lock.instance_types["m7i.large"].limits
    row = instance_type("m7i.large", {}, path="x")
    assert limits is not None
    assert instance_type("m7i.large", lock.instance_types, path="x") == row
    assert InstanceType("m7i.large", **limits.model_dump()) == row
    assert parse_lock(lock_text(lock), where="x") == lock


def test_a_type_that_boots_none_of_our_images_is_refused(resolve, monkeypatch):
    monkeypatch.setattr("automation.lock.instance_types.has_limits", lambda name: False)
    asked = Aws.paged

    def paged(self, service, action, key, **arguments):
        rows = asked(self, service, action, key, **arguments)
        if action == "describe_instance_types":
            for row in rows:
                row["ProcessorInfo"]["SupportedArchitectures"] = ["i386"]
        return rows

    monkeypatch.setattr(Aws, "paged", paged)
    told = faults(resolve, spec())
    assert told["nodePools.workers.instanceType"] == (
        "is neither x86_64 nor arm64, so no image boots on it; choose another type"
    )


def test_a_local_zone_is_no_zone_for_nodes(resolve, monkeypatch):
    asked = Aws.paged

    def paged(self, service, action, key, **arguments):
        rows = asked(self, service, action, key, **arguments)
        local = {"InstanceType": "m7i.large", "Location": f"{REGION}-tpe-1a"}
        return [*rows, local] if action == "describe_instance_type_offerings" else rows

    monkeypatch.setattr(Aws, "paged", paged)
    assert resolve(spec()).instance_types["m7i.large"].availability_zones == (
        f"{REGION}a", f"{REGION}c", f"{REGION}d",
    )  # fmt: skip


CHINA = {"region": "cn-north-1", "availabilityZones": ["cn-north-1a", "cn-north-1b"]}


def test_china_is_a_partition_of_its_own(resolve):
    lock = resolve(spec(**CHINA))
    assert lock.partition == "aws-cn"
    assert all(".cn-north-1." in s.service_name for s in lock.endpoint_services.values())
    plan_cluster(spec(**CHINA), lock)


def test_credentials_of_another_partition_are_refused(resolve, monkeypatch):
    monkeypatch.setattr(Aws, "account", lambda self: ("123456789012", "aws"))
    assert "take credentials of aws-cn" in faults(resolve, spec(**CHINA))["region"]


def test_names_that_begin_in_their_own_way_are_matched_by_their_end():
    rows = [
        {"ServiceName": name, "ServiceType": [{"ServiceType": "Interface"}],
         "VpcEndpointPolicySupported": False, "AvailabilityZones": ["cn-north-1b", "cn-north-1a"]}
        for name in ("cn.com.amazonaws.cn-north-1.ec2", "cn.com.amazonaws.cn-north-1.not-ec2")
    ]  # fmt: skip
    found = _service(rows, ".cn-north-1.ec2", gateway=False)
    assert found is not None
    assert found.service_name == "cn.com.amazonaws.cn-north-1.ec2"
    assert found.availability_zones == ("cn-north-1a", "cn-north-1b")
    assert _service(rows, ".cn-north-1.ec2", gateway=True) is None


def test_additional_services_are_looked_up_and_a_wrong_one_is_named(resolve):
    asked = spec(network={"endpoints": {"additional": {"sqs": "queues", "logz": "typing error"}}})
    told = faults(resolve, asked)
    assert list(told) == ["network.endpoints.additional.logz"]
    assert "logs" in told["network.endpoints.additional.logz"]


def test_a_zone_that_is_not_there_is_answered_with_those_that_are(resolve):
    told = faults(resolve, spec(availabilityZones=[f"{REGION}a", f"{REGION}z"]))
    assert f"it has {REGION}a, {REGION}c, {REGION}d" in told["availabilityZones"]


def test_the_control_planes_zones_are_those_of_the_first_lock(resolve):
    first = resolve(spec())
    assert first.control_plane_zones == (f"{REGION}a", f"{REGION}c")
    three = spec(availabilityZones=[f"{REGION}a", f"{REGION}c", f"{REGION}d"])
    later = resolve(three, first)
    assert later.control_plane_zones == first.control_plane_zones
    assert f"{REGION}d" in later.availability_zones
    assert resolve(three).control_plane_zones == (f"{REGION}a", f"{REGION}c", f"{REGION}d")
    assert resolve(spec(**CHINA), first).control_plane_zones == ("cn-north-1a", "cn-north-1b")


def test_a_layout_that_does_not_fit_is_a_fault_beside_the_others(resolve):
    asked = spec(
        availabilityZones=[f"{REGION}a", f"{REGION}z"],
        network={"vpc": {"kind": "create", "cidr": "10.0.0.0/26"}},
    )
    assert set(faults(resolve, asked)) == {"availabilityZones", "network.vpc.cidr"}


def test_an_image_that_a_pool_needs_and_aws_lacks_is_a_fault(resolve, monkeypatch):
    monkeypatch.setattr(Aws, "_parameters", lambda self, names: {})
    told = faults(resolve, spec())
    assert "AWS has no image al2023/1.35/x86_64" in told["nodePools.workers.image"]
    assert "al2023-ami-kernel-default-x86_64" in told["access.operator"]


def test_another_account_is_refused_before_anything_else_is_asked(resolve):
    told = faults(resolve, spec(boundary={"accountId": "999999999999"}))
    assert list(told) == ["boundary.accountId"]


def test_the_lock_of_another_account_is_not_written_over_unless_that_is_said(resolve):
    found = resolve(spec())
    old = found.model_copy(update={"account_id": "999999999999"})
    with pytest.raises(SpecError) as raised:
        resolve(spec(), old)
    (fault,) = raised.value.faults
    assert fault.path == "boundary.accountId"
    assert fault.message.startswith("the lock file was written for account 999999999999")
    named = spec(boundary={"accountId": found.account_id})
    assert resolve(named, old).account_id == found.account_id


def test_the_kubernetes_version_stays_until_it_is_moved(resolve):
    old = resolve(spec(controlPlane={"version": "1.33"}))
    assert old.kubernetes_version == "1.33"
    assert resolve(spec(), old).kubernetes_version == "1.33"
    moved = resolve(spec(), old, upgrade=True)
    assert moved.kubernetes_version == "1.34"
    assert "al2023/1.34/x86_64" in moved.images
    assert moved.add_ons["kube-proxy"].startswith("v1.34.")


def test_no_credentials_is_said_and_not_traced(aws_environment, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del aws_environment[name]
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(CredentialsError, match="AWS_PROFILE"):
        resolve_lock(spec(), None, environment=aws_environment)


def test_an_aws_that_does_not_answer_is_said_and_not_traced(aws_environment):
    aws_environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
    with pytest.raises(AutomationError, match="AWS did not answer sts:GetCallerIdentity"):
        resolve_lock(spec(), None, environment=aws_environment)


def use_name_servers(ec2, vpc_id: str, *servers: str) -> None:
    """What every VPC has that AWS makes; a new VPC of the embedded AWS has no DHCP options."""
    configuration = {"Key": "domain-name-servers", "Values": list(servers)}
    options = ec2.create_dhcp_options(DhcpConfigurations=[configuration])["DhcpOptions"]
    ec2.associate_dhcp_options(DhcpOptionsId=options["DhcpOptionsId"], VpcId=vpc_id)


S3_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*",
    }],
}  # fmt: skip


class SuppliedNetwork:
    """A VPC of somebody else: one subnet with a table of its own, one on the main table."""

    more: ClassVar[dict[str, str]] = {}
    group: ClassVar[dict[str, Any]] = {}

    def __init__(self, account: Account) -> None:
        ec2 = self.ec2 = account.client("ec2", REGION)
        self.vpc_id = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=self.vpc_id, EnableDnsHostnames={"Value": True})
        use_name_servers(ec2, self.vpc_id, "AmazonProvidedDNS")
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc_id, CidrBlock=f"10.40.{16 * i}.0/20",
                              AvailabilityZone=f"{REGION}{zone}")["Subnet"]["SubnetId"]
            for i, zone in enumerate("ac")
        ]  # fmt: skip
        tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [self.vpc_id]}])
        self.main_table = tables["RouteTables"][0]["RouteTableId"]
        self.own_table = ec2.create_route_table(VpcId=self.vpc_id)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(SubnetId=self.subnets[0], RouteTableId=self.own_table)
        self.s3 = ec2.create_vpc_endpoint(
            VpcId=self.vpc_id, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway",
            RouteTableIds=[self.own_table, self.main_table], PolicyDocument=json.dumps(S3_POLICY),
        )["VpcEndpoint"]["VpcEndpointId"]  # fmt: skip
        tags = [{"Key": "kubernetes.io/cluster/dev", "Value": "shared"}]
        ec2.create_tags(Resources=[*self.subnets, self.own_table, self.main_table], Tags=tags)

    def shut(self, account: Account) -> None:
        """Its owner's DNS Firewall: names of AWS, and nothing else."""
        resolver = account.client("route53resolver", REGION)
        group = resolver.create_firewall_rule_group(Name="g", CreatorRequestId="g")
        group_id = group["FirewallRuleGroup"]["Id"]
        names = ["*.amazonaws.com", "*.api.aws", "*.internal"]
        for action, domains in (("ALLOW", names), ("BLOCK", ["*"])):
            made = resolver.create_firewall_domain_list(Name=action, CreatorRequestId=action)
            list_id = made["FirewallDomainList"]["Id"]
            resolver.update_firewall_domains(
                FirewallDomainListId=list_id, Operation="ADD", Domains=domains
            )
            resolver.create_firewall_rule(
                CreatorRequestId=action, FirewallRuleGroupId=group_id, Action=action, Name=action,
                FirewallDomainListId=list_id, Priority=2 - len(domains) // 3,
                **({"BlockResponse": "NXDOMAIN"} if action == "BLOCK" else {}),
            )  # fmt: skip
        resolver.associate_firewall_rule_group(
            CreatorRequestId="g", FirewallRuleGroupId=group_id, VpcId=self.vpc_id, Priority=101,
            Name="g",
        )  # fmt: skip

    def asked(self, **wrong: str):
        subnets = {
            f"core-1{zone}": {
                "kind": "existing", "subnetId": subnet_id, "availabilityZone": f"{REGION}{zone}",
                "cidr": f"10.40.{16 * i}.0/20",
                "routeTableId": wrong.get("table", (self.own_table, self.main_table)[i]),
            }
            for i, (zone, subnet_id) in enumerate(zip("ac", self.subnets, strict=True))
        }  # fmt: skip
        vpc = {"kind": "existing", "vpcId": wrong.get("vpc", self.vpc_id), "cidr": "10.40.0.0/16"}
        endpoints = {"existing": {"s3": wrong.get("s3", self.s3), **self.more}, **self.group}
        return spec(network={"vpc": vpc, "subnets": subnets, "endpoints": endpoints})


@pytest.fixture
def supplied(account: Account) -> SuppliedNetwork:
    return SuppliedNetwork(account)


def test_supplied_resources_are_read_as_the_plan_needs_them(resolve, supplied, account):
    supplied.shut(account)
    asked = supplied.asked()
    lock = resolve(asked)
    found = lock.supplied
    assert found.vpcs[supplied.vpc_id].dns_support and found.vpcs[supplied.vpc_id].dns_hostnames
    assert [str(c) for c in found.vpcs[supplied.vpc_id].cidrs] == ["10.40.0.0/16"]
    first, second = (found.subnets[s] for s in supplied.subnets)
    assert (first.route_table_id, second.route_table_id) == (
        supplied.own_table, supplied.main_table,
    )  # fmt: skip
    assert first.tags == {"kubernetes.io/cluster/dev": "shared"}
    assert parse_lock(lock_text(lock), where="x") == lock
    plan_cluster(asked, lock)


def test_free_addresses_of_a_subnet_are_those_of_its_first_reading(resolve, supplied):
    """Later on, machines of this very cluster are among those that have taken some."""
    first = resolve(supplied.asked())
    subnet_id = supplied.subnets[0]
    at_first = first.supplied.subnets[subnet_id].available_addresses
    assert at_first == 4096 - 5
    supplied.ec2.create_network_interface(SubnetId=subnet_id)
    again = resolve(supplied.asked(), first)
    assert again.supplied.subnets[subnet_id].available_addresses == at_first
    assert resolve(supplied.asked()).supplied.subnets[subnet_id].available_addresses == at_first - 1
    keys = first.model_dump(mode="json", by_alias=True)
    keys["supplied"]["subnets"][subnet_id]["availableAddresses"] = None
    unknown = parse_lock(yaml.safe_dump(keys), where="x")  # of a heiiki that did not read them
    assert (
        resolve(supplied.asked(), unknown).supplied.subnets[subnet_id]
        == (unknown.supplied.subnets[subnet_id])
    )


def routes(lock, table_id) -> list[tuple[str, str]]:
    return [(r.destination, r.target) for r in lock.supplied.route_tables[table_id].routes
            if r.target != "local" and r.target != supplied_s3(lock)]  # fmt: skip


def supplied_s3(lock) -> str:
    return next(i for i, e in lock.supplied.endpoints.items() if e.type == "Gateway")


def test_every_route_of_a_supplied_table_is_seen_and_judged(resolve, supplied):
    gateway = supplied.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    supplied.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=supplied.vpc_id)
    asked = supplied.asked()
    before = resolve(asked)
    assert routes(before, supplied.own_table) == [] == routes(before, supplied.main_table)
    halves = ("0.0.0.0/1", "128.0.0.0/1")
    for half in halves:
        supplied.ec2.create_route(
            RouteTableId=supplied.main_table, DestinationCidrBlock=half, GatewayId=gateway
        )
    supplied.ec2.create_route(
        RouteTableId=supplied.own_table, DestinationIpv6CidrBlock="::/0", GatewayId=gateway
    )
    lock = resolve(asked)
    assert routes(lock, supplied.main_table) == [(half, gateway) for half in halves]
    assert routes(lock, supplied.own_table) == [("::/0", gateway)]
    tables = lock.supplied.route_tables
    assert tables[supplied.main_table].main and not tables[supplied.own_table].main
    assert lock.supplied.vpcs[supplied.vpc_id].internet_gateway_ids == (gateway,)
    assert parse_lock(lock_text(lock), where="x") == lock
    with pytest.raises(SpecError) as raised:
        plan_cluster(asked, lock)
    outward = [
        fault.message for fault in raised.value.faults if "internet gateway" in fault.message
    ]
    assert [m.split(";")[0] for m in outward] == [
        f"leads {destination} to {gateway} (an internet gateway)"
        for destination in ("::/0", *halves)
    ]


def test_prefix_lists_and_peerings_of_routes_are_read(resolve, supplied):
    ec2, table = supplied.ec2, supplied.own_table
    peer = ec2.create_vpc(CidrBlock="10.50.0.0/16")["Vpc"]["VpcId"]
    peering = ec2.create_vpc_peering_connection(
        VpcId=supplied.vpc_id, PeerVpcId=peer,
        TagSpecifications=[{"ResourceType": "vpc-peering-connection",
                            "Tags": [{"Key": "heiiki:cluster", "Value": "dev"}]}],
    )["VpcPeeringConnection"]["VpcPeeringConnectionId"]  # fmt: skip
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    backwards = ec2.create_vpc_peering_connection(VpcId=peer, PeerVpcId=supplied.vpc_id)
    other = backwards["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    entries = [{"Cidr": "10.50.1.0/24"}, {"Cidr": "10.50.0.0/24"}]
    prefix_list = ec2.create_managed_prefix_list(
        PrefixListName="far", MaxEntries=5, AddressFamily="IPv4", Entries=entries
    )["PrefixList"]["PrefixListId"]
    ec2.create_route(
        RouteTableId=table, DestinationPrefixListId=prefix_list, VpcPeeringConnectionId=peering
    )
    ec2.create_route(
        RouteTableId=table, DestinationCidrBlock="10.50.9.0/24", VpcPeeringConnectionId=other
    )
    found = resolve(supplied.asked()).supplied
    assert found.prefix_lists == {prefix_list: ("10.50.0.0/24", "10.50.1.0/24")}
    assert {i: (p.peer_vpc_id, p.made_by) for i, p in found.peerings.items()} == {
        peering: (peer, "dev"), other: (peer, None),
    }  # fmt: skip


ROUTE_MEMBERS = {
    *DESTINATIONS, *TARGETS, "InstanceOwnerId", "Origin", "State",
}  # fmt: skip


def test_no_member_of_a_route_is_overlooked():
    model = botocore.session.Session().get_service_model("ec2")
    assert set(model.shape_for("Route").members) == ROUTE_MEMBERS


def test_dead_routes_strange_routes_and_propagation_are_written_down():
    table = {
        "VpcId": "vpc-1",
        "PropagatingVgws": [{"GatewayId": "vgw-1"}],
        "Routes": [
            {"DestinationCidrBlock": "10.0.0.0/8", "NatGatewayId": "nat-1", "State": "blackhole"},
            {"DestinationCidrBlock": "10.1.0.0/16", "GatewayId": "local", "State": "active"},
            {"State": "active"},
        ],
    }
    found = route_table(table)
    assert found["propagatingGateways"] == ["vgw-1"]
    assert [tuple(route.values()) for route in found["routes"]] == [
        ("10.1.0.0/16", "local", False),
        ("10.0.0.0/8", "nat-1", True),
        ("unknown", "unknown", False),
    ]


@pytest.mark.parametrize("servers", [["AmazonProvidedDNS"], ["10.9.0.2", "AmazonProvidedDNS"], []])
def test_name_servers_of_a_supplied_vpc_are_read(resolve, supplied, servers):
    if servers:
        use_name_servers(supplied.ec2, supplied.vpc_id, *servers)
    else:
        supplied.ec2.associate_dhcp_options(DhcpOptionsId="default", VpcId=supplied.vpc_id)
    assert resolve(supplied.asked()).supplied.vpcs[supplied.vpc_id].domain_name_servers == (
        *servers,
    )


def test_ipv6_of_a_supplied_vpc_is_seen(resolve, supplied):
    supplied.ec2.associate_vpc_cidr_block(VpcId=supplied.vpc_id, AmazonProvidedIpv6CidrBlock=True)
    (cidr,) = resolve(supplied.asked()).supplied.vpcs[supplied.vpc_id].ipv6_cidrs
    assert cidr.endswith("::/56")


def test_supplied_endpoints_and_their_groups_are_read_and_judged(resolve, supplied, account):
    supplied.shut(account)
    ec2 = supplied.ec2
    group = ec2.create_security_group(GroupName="e", Description="-", VpcId=supplied.vpc_id)
    group_id = group["GroupId"]
    ranges = {"IpRanges": [{"CidrIp": "10.40.0.0/16"}], "Ipv6Ranges": [{"CidrIpv6": "fd00::/8"}]}
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **ranges}
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[https])
    endpoint = ec2.create_vpc_endpoint(
        VpcId=supplied.vpc_id, ServiceName=f"com.amazonaws.{REGION}.ec2",
        VpcEndpointType="Interface", SubnetIds=supplied.subnets[:1], SecurityGroupIds=[group_id],
        PrivateDnsEnabled=True,
    )["VpcEndpoint"]["VpcEndpointId"]  # fmt: skip
    supplied.more = {"ec2": endpoint}
    supplied.group = {"securityGroup": {"kind": "existing", "securityGroupId": group_id}}
    asked = supplied.asked()
    lock = resolve(asked)
    found = lock.supplied.endpoints[endpoint]
    assert (found.vpc_id, found.type, found.state) == (supplied.vpc_id, "Interface", "available")
    assert found.private_dns and found.security_group_ids == (group_id,)
    assert found.availability_zones == (f"{REGION}a",)
    s3 = lock.supplied.endpoints[supplied.s3]
    assert s3.policy == S3_POLICY
    assert set(s3.route_table_ids) == {supplied.own_table, supplied.main_table}
    (rule,) = lock.supplied.security_groups[group_id].ingress
    assert (rule.protocol, rule.ports, rule.cidrs) == (
        "tcp", (443, 443), ("10.40.0.0/16", "fd00::/8"),
    )  # fmt: skip
    (out,) = lock.supplied.security_groups[group_id].egress
    assert (out.protocol, out.ports, out.cidrs) == ("-1", None, ("0.0.0.0/0",))
    assert parse_lock(lock_text(lock), where="x") == lock
    with pytest.raises(SpecError) as raised:  # AWS's own default policy is the open one
        plan_cluster(asked, lock)
    assert [f.path for f in raised.value.faults] == ["network.endpoints.existing.ec2"]
    assert "ask its owner for" in raised.value.faults[0].message


def test_a_security_group_that_is_not_there_is_a_fault(resolve, supplied):
    group = {"kind": "existing", "securityGroupId": "sg-00000000000000000"}
    supplied.group = {"securityGroup": group}
    path = "network.endpoints.securityGroup.securityGroupId"
    assert "is not in this account" in faults(resolve, supplied.asked())[path]


def test_groups_of_controllers_and_members_are_looked_for_too(resolve):
    groups = {"controllers": "sg-00000000000000001", "etcd": "sg-00000000000000002"}
    changes = {f"controlPlane.{part}": {"securityGroupIds": [group]}
               for part, group in groups.items()}  # fmt: skip
    told = faults(resolve, stack(own.asked(changes)))
    for part in groups:
        assert "is not in this account" in told[f"controlPlane.{part}.securityGroupIds"]


def test_dns_switched_off_in_a_supplied_vpc_is_seen(resolve, supplied):
    supplied.ec2.modify_vpc_attribute(VpcId=supplied.vpc_id, EnableDnsHostnames={"Value": False})
    found = resolve(supplied.asked()).supplied.vpcs[supplied.vpc_id]
    assert (found.dns_support, found.dns_hostnames) == (True, False)


def test_ids_that_are_not_there_are_faults_at_their_keys(resolve, supplied):
    told = faults(
        resolve, supplied.asked(vpc="vpc-00000000000000000", table="rtb-00000000000000000",
                                s3="vpce-00000000000000000")
    )  # fmt: skip
    assert "is not in this account" in told["network.endpoints.existing.s3"]
    assert "is not in this account" in told["network.vpc.vpcId"]
    assert any(path.endswith(".routeTableId") for path in told)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path):
    path = tmp_path / "kubeconfig"
    write_whole(path, "one", mode=0o600)
    assert path.read_text() == "one" and path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\ud800")
    assert path.read_text() == "one"
    assert [p.name for p in tmp_path.iterdir()] == ["kubeconfig"]


def test_a_link_stays_one_and_its_target_is_written(tmp_path: Path):
    target, link, far = tmp_path / "shared" / "lock", tmp_path / "near", tmp_path / "far"
    target.parent.mkdir()
    target.write_text("one")
    link.symlink_to("shared/lock")
    far.symlink_to(link)
    write_whole(far, "two")
    assert far.is_symlink() and link.is_symlink() and target.read_text() == "two"
    assert [p.name for p in target.parent.iterdir()] == ["lock"], "and nothing beside it"
    target.unlink()
    write_whole(link, "three")
    assert link.is_symlink() and target.read_text() == "three"


STORES = {
    "importerArns": ["arn:aws:iam::123456789012:role/carrier"],
    "buckets": {"material": {"kind": "existing", "bucketName": "shared-material"}},
    "repositories": {"base": {"kind": "existing", "repositoryName": "shared/base"}},
}


@pytest.fixture
def stores(account):
    """A bucket and a repository of the own account, as their owner left them: open."""
    s3, ecr = account.client("s3", REGION), account.client("ecr", REGION)
    s3.create_bucket(
        Bucket="shared-material", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    ecr.create_repository(repositoryName="shared/base")
    return s3, ecr


def test_supplied_buckets_and_repositories_are_read_and_judged_by_their_policies(resolve, stores):
    s3, ecr = stores
    asked = spec(carryIn=STORES)
    before = resolve(asked)
    assert before.supplied.buckets["shared-material"].policy is None
    assert not before.supplied.buckets["shared-material"].public_access_blocked
    with pytest.raises(SpecError) as raised:
        plan_cluster(asked, before)
    assert {fault.path for fault in raised.value.faults} == {
        "carryIn.buckets.material.bucketName", "carryIn.repositories.base.repositoryName",
    }  # fmt: skip
    partition = partition_of(REGION)
    bucket = plan_buckets(asked, partition, before.account_id)["material"]
    repository = plan_repositories(asked, partition, before.account_id)["base"]
    s3.put_bucket_policy(Bucket="shared-material", Policy=json.dumps(bucket.policy))
    blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(
        Bucket="shared-material", PublicAccessBlockConfiguration=dict.fromkeys(blocks, True)
    )
    s3.put_bucket_versioning(
        Bucket="shared-material", VersioningConfiguration={"Status": "Enabled"}
    )
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    s3.put_bucket_encryption(
        Bucket="shared-material", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    ecr.set_repository_policy(
        repositoryName="shared/base", policyText=json.dumps(repository.policy)
    )
    lock = resolve(asked)
    found = lock.supplied.buckets["shared-material"]
    assert (found.region, found.versioned, found.encryption) == (REGION, True, "aws:kms")
    assert found.policy == bucket.policy and found.public_access_blocked
    planned = plan_cluster(asked, lock)
    assert planned.buckets["material"].supplied and planned.repositories["base"].supplied
    assert parse_lock(lock_text(lock), where="x") == lock


def test_what_is_not_there_is_told_at_its_key(resolve):
    assert set(faults(resolve, spec(carryIn=STORES))) == {
        "carryIn.buckets.material.bucketName", "carryIn.repositories.base.repositoryName",
    }  # fmt: skip


class Elsewhere:
    """S3 and ECR where both are another account's; the embedded AWS looks at no expected owner."""

    def client(self, service: str, region: str) -> "Elsewhere":
        return self

    def head_bucket(self, *, Bucket: str, ExpectedBucketOwner: str):
        assert ExpectedBucketOwner == "123456789012", "its name alone tells nobody whose it is"
        raise ClientError({"Error": {"Code": "403"}}, "HeadBucket")

    def describe_repositories(self, *, registryId: str, **_: object):
        assert registryId == "123456789012"
        raise ClientError({"Error": {"Code": "RepositoryNotFoundException"}}, "x")


def test_a_bucket_of_another_account_is_not_taken():
    aws = Aws(Elsewhere(), REGION, Faults(), lambda _: None)  # type: ignore[arg-type]
    read_stores(aws, spec(carryIn=STORES), "123456789012")
    assert [fault.path for fault in aws.faults.found] == [
        "carryIn.buckets.material.bucketName", "carryIn.repositories.base.repositoryName",
    ]  # fmt: skip
    told = aws.faults.found[0].message
    assert "is another account's" in told and "lack s3:ListBucket" in told


def test_a_refusal_of_another_kind_is_no_bucket_that_is_not_there():
    class Busy(Elsewhere):
        def head_bucket(self, **_: object):
            raise ClientError({"Error": {"Code": "SlowDown", "Message": "later"}}, "HeadBucket")

    aws = Aws(Busy(), REGION, Faults(), lambda _: None)  # type: ignore[arg-type]
    with pytest.raises(AutomationError, match="s3:ListBucket: SlowDown"):
        read_stores(aws, spec(carryIn=STORES), "123456789012")
