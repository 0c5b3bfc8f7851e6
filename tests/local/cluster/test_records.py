"""What is read of a VPC: machines, what they have, who may speak to whom, and names."""

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Any

import pytest

from local.cluster.records import ENDPOINTS, Attached, Reader
from tests.embedded_aws import serving_aws
from tests.local.cluster import stand_in

REGION = "us-west-2"


@pytest.fixture(scope="module")
def made() -> Iterator[stand_in.StandIn]:
    """A network with an endpoint and a machine, in a region that no other test is in: all tests of
    a process share what the embedded AWS holds."""
    with serving_aws() as url:
        found = stand_in.StandIn(url, REGION)
        found.network()
        found.endpoint()
        found.operator()
        yield found


@pytest.fixture
def reader(made: stand_in.StandIn) -> Reader:
    return Reader(made.url, REGION)


def allowed(reader: Reader, made: stand_in.StandIn) -> set[tuple[str, str, tuple[int, int]]]:
    names = {group: role for role, group in made.groups.items()} | {ENDPOINTS: ENDPOINTS}
    rows = reader.read(made.vpc_id).allow
    return {
        (names.get(r.source, r.source), names[r.target], r.ports)
        for r in rows
        if r.protocol == "tcp"
    }


def test_the_vpc_is_the_one_that_somebody_made(reader: Reader, made: stand_in.StandIn) -> None:
    assert reader.vpcs() == [made.vpc_id] and reader.has_machines(made.vpc_id)
    world = reader.world(made.vpc_id)
    assert {str(subnet.cidr) for subnet in world.subnets.values()} == set(
        stand_in.SUBNETS.values()
    )  # fmt: skip
    assert world.vpc_id == made.vpc_id, "by which its endpoints' policies are found"
    assert world.endpoints is not None
    assert world.endpoints.address == IPv4Address("172.25.255.254")


def test_a_row_stands_where_both_sides_have_it(reader: Reader, made: stand_in.StandIn) -> None:
    rows = allowed(reader, made)
    assert ("controller", "etcd-1a", (2379, 2379)) in rows
    assert ("worker", "etcd-1a", (2379, 2379)) not in rows
    assert ("worker", ENDPOINTS, (443, 443)) in rows
    told = {(r.source, r.target): r.ports
            for r in reader.read(made.vpc_id).allow if r.protocol == "icmp"}  # fmt: skip
    assert told[made.groups["controller"], made.groups["worker"]] == (3, 3), "of one type alone"
    out = {"IpProtocol": "tcp", "FromPort": 2379, "ToPort": 2379,
           "UserIdGroupPairs": [{"GroupId": made.groups["etcd-1a"]}]}  # fmt: skip
    ec2 = made.aws("ec2")
    ec2.revoke_security_group_egress(GroupId=made.groups["controller"], IpPermissions=[out])
    try:
        assert ("controller", "etcd-1a", (2379, 2379)) not in allowed(reader, made)
    finally:
        ec2.authorize_security_group_egress(GroupId=made.groups["controller"], IpPermissions=[out])


def test_a_machine_is_in_the_groups_of_its_interface(
    reader: Reader, made: stand_in.StandIn
) -> None:
    """As the provider asks for them, and people's machine is started."""
    (machine,) = reader.read(made.vpc_id).machines.values()
    assert machine.groups == (made.groups["operator"],)


def test_who_is_let_in_by_an_address_has_to_be_let_out_too(
    reader: Reader, made: stand_in.StandIn
) -> None:
    """Members lie in the VPC, whose addresses the load balancer lets in, and call nobody there."""
    ec2, balancer = made.aws("ec2"), made.groups["api-main"]
    rule = {"IpProtocol": "tcp", "FromPort": 6443, "ToPort": 6443,
            "IpRanges": [{"CidrIp": "172.25.0.0/16"}]}  # fmt: skip
    ec2.authorize_security_group_ingress(GroupId=balancer, IpPermissions=[rule])
    try:
        rows = reader.read(made.vpc_id).allow
        let_in = {row.source for row in rows if row.within == "172.25.0.0/16"}
        roles = {role for role, group in made.groups.items() if group in let_in}
        assert roles == {"controller", "worker", "operator"}
    finally:
        ec2.revoke_security_group_ingress(GroupId=balancer, IpPermissions=[rule])


def test_a_volume_is_where_ec2_says_and_a_machine_s_own_disk_is_none(
    reader: Reader, made: stand_in.StandIn
) -> None:
    ec2: Any = made.aws("ec2")
    (instance,) = reader.read(made.vpc_id).machines
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=2)["VolumeId"]
    before = reader.read(made.vpc_id)
    assert Attached(volume) in before.attached and before.volumes[volume].size_mib == 2048
    ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")
    after = reader.read(made.vpc_id)
    assert [one for one in after.attached if one.instance_id] == [
        Attached(volume, instance, "/dev/sdf")
    ]
    assert set(after.volumes) == {volume}


def test_a_name_leads_to_the_load_balancer(reader: Reader, made: stand_in.StandIn) -> None:
    elsewhere = made.aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made.aws("route53").create_hosted_zone(
        Name="elsewhere.internal", CallerReference="2",
        VPC={"VPCRegion": REGION, "VPCId": elsewhere}, HostedZoneConfig={"PrivateZone": True},
    )  # fmt: skip
    assert reader.read(elsewhere).names == {}
    assert sorted(reader.vpcs()) == sorted([made.vpc_id, elsewhere])
    records = reader.read(made.vpc_id)
    (balancer,) = records.balancers
    assert records.names[stand_in.API_NAME] == (str(balancer.address),)
    assert records.names[balancer.dns_name] == (str(balancer.address),)
    assert balancer.groups == (made.groups["api-main"],)
    assert balancer.listeners[0]["port"] == 6443 and balancer.listeners[0]["targets"] == []
    assert reader.read(made.vpc_id).balancers[0].address == balancer.address, "it stays"
    domain = stand_in.DOMAIN
    made.leads(f"people.{domain}", f"next.{domain}")
    made.leads(f"next.{domain}", stand_in.API_NAME)
    made.leads(f"lost.{domain}", f"nowhere.{domain}")
    made.leads(f"ring.{domain}", f"ring.{domain}")
    now = reader.read(made.vpc_id).names
    assert now[f"people.{domain}"] == now[f"next.{domain}"] == (str(balancer.address),)
    assert now.keys() - records.names.keys() == {f"people.{domain}", f"next.{domain}"}
