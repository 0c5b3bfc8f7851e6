"""Gateways to the internet, translation of addresses, and public addresses."""

from collections.abc import Iterator

from model.deployment import Node
from tests.policies.mutations.mutation import ABSENT, Change, add, build, edit, opens
from tests.policies.mutations.parts import (
    EIP,
    EIP_ASSOCIATION,
    EVERYWHERE,
    INSTANCE,
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    SUBNET,
    TEMPLATE,
    VPC,
    cluster_subnets,
    cluster_vpc,
    filtered,
    gateway,
    leads,
    machine,
    public_subnet,
    route,
    table_of,
    translator,
    way_by_nat,
)
from tests.policies.mutations.stacks import REGION, Of, Stack

EGRESS_ONLY = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
CARRIER = "aws:ec2/carrierGateway:CarrierGateway"
OPTIONS = "aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions"


def _default_vpc(stack: Stack) -> list[Node]:
    vpc = stack.makes("aws:ec2/defaultVpc:DefaultVpc", "door")
    return [vpc, filtered(stack, vpc)]


def _private_nat(stack: Stack) -> list[Node]:
    subnet = cluster_subnets(stack)[0]
    props = {"subnetId": Of(subnet), "connectivityType": "private"}
    return [stack.makes(NAT_GATEWAY, "door", props)]


def _joined_gateway(stack: Stack) -> list[Node]:
    door = stack.makes(INTERNET_GATEWAY, "door")
    joined = {"internetGatewayId": Of(door), "vpcId": Of(cluster_vpc(stack))}
    type_ = "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment"
    return [door, stack.makes(type_, "joint", joined)]


def _egress_only(stack: Stack) -> list[Node]:
    door = stack.makes(EGRESS_ONLY, "door", {"vpcId": Of(cluster_vpc(stack))})
    way = leads(stack, "egressOnlyGatewayId", door, destinationIpv6CidrBlock="::/0")
    return [door, way]


def _ipv6(stack: Stack) -> list[Node]:
    """Everything that IPv6 needs: blocks of the VPC and a subnet, a gateway and a route."""
    vpc, subnet = cluster_vpc(stack), cluster_subnets(stack)[0]
    return [
        stack.edited(vpc, {"assignGeneratedIpv6CidrBlock": True}),
        stack.edited(
            subnet, {"ipv6CidrBlock": "2600:1f18::/64", "assignIpv6AddressOnCreation": True}
        ),
        *_egress_only(stack),
    ]


def _by_nat(stack: Stack) -> list[Node]:
    """The control plane's packets go by a NAT gateway, as in most networks."""
    nodes = way_by_nat(stack)
    return [*nodes, leads(stack, "natGatewayId", nodes[-1])]


def _by_private_nat_to_gateway(stack: Stack) -> list[Node]:
    """AWS drops it, but the next edit of the NAT gateway does not."""
    (nat,) = _private_nat(stack)
    return [nat, gateway(stack), leads(stack, "natGatewayId", nat)]


def _nat_in_sight(**given: object) -> Change:
    return build(
        lambda s: [s.makes(NAT_GATEWAY, "door", {"subnetId": Of(cluster_subnets(s)[0]), **given})]
    )


def _carrier(stack: Stack) -> list[Node]:
    door = stack.makes(CARRIER, "door", {"vpcId": Of(cluster_vpc(stack))})
    return [door, leads(stack, "carrierGatewayId", door)]


def _machine_behind(stack: Stack, **given: object) -> list[Node]:
    """A machine, a gateway, and a route between them."""
    subnet, door = cluster_subnets(stack)[0], gateway(stack)
    way = route(stack, table_of(stack, subnet), gatewayId=Of(door))
    return [door, way, *machine(stack, subnet, **given)]


def _by_elastic_ip(stack: Stack) -> list[Node]:
    nodes = _machine_behind(stack)
    address = stack.makes(EIP, "door", {"domain": "vpc"})
    joined = {"allocationId": Of(address, "allocationId"), "instanceId": Of(nodes[-1])}
    return [*nodes, address, stack.makes(EIP_ASSOCIATION, "door", joined)]


def _by_elastic_ip_at_once(stack: Stack) -> list[Node]:
    nodes = _machine_behind(stack)
    return [*nodes, stack.makes(EIP, "door", {"domain": "vpc", "instance": Of(nodes[-1])})]


def _address_by_subnet(stack: Stack) -> list[Node]:
    subnet = cluster_subnets(stack)[0]
    public = stack.edited(subnet, {"mapPublicIpOnLaunch": True})
    nodes = _machine_behind(stack, associatePublicIpAddress=None)
    return [public, *nodes]


def _address_of_interface(stack: Stack) -> list[Node]:
    """A network interface of its own with an address, at a machine."""
    subnet, door = cluster_subnets(stack)[0], gateway(stack)
    group, rule, _ = machine(stack, subnet)
    card = stack.makes(
        "aws:ec2/networkInterface:NetworkInterface",
        "door",
        {"subnetId": Of(subnet), "securityGroups": [Of(group)]},
    )
    address = stack.makes(EIP, "door", {"networkInterface": Of(card)})
    way = route(stack, table_of(stack, subnet), gatewayId=Of(door))
    return [group, rule, door, way, card, address]


def _regional_nat(stack: Stack) -> list[Node]:
    return [
        stack.makes(
            NAT_GATEWAY, "door", {"vpcId": Of(cluster_vpc(stack)), "availabilityMode": "regional"}
        )
    ]


def _second_gate(stack: Stack) -> Iterator[Stack]:
    """The way of a public subnet is opened for one more: by the table of the control plane."""
    door = gateway(stack)
    yield stack.having(door, *public_subnet(stack, door))


def _on_its_interface(stack: Stack) -> Iterator[Stack]:
    for node in stack.each(INSTANCE):
        place = {"subnetId": Of(cluster_subnets(stack)[0])}
        own = stack.makes("aws:ec2/networkInterface:NetworkInterface", "own", place)
        asked = {
            "primaryNetworkInterface": {"networkInterfaceId": Of(own)},
            "associatePublicIpAddress": True,
        }
        yield stack.having(own, stack.edited(node, asked))


MUTATIONS = (
    opens("an internet gateway", "CN-010", build(lambda s: [gateway(s)])),
    opens(
        "an internet gateway, attached by a resource of its own", "CN-010", build(_joined_gateway)
    ),
    opens("a public subnet", "CN-010 CN-030 CN-032", _second_gate),
    opens(
        "a way by NAT and internet gateway",
        "CN-010 CN-012 CN-014 CN-030 CN-032 reach",
        build(_by_nat),
    ),
    opens("an egress-only internet gateway", "CN-011", build(lambda s: _egress_only(s)[:1])),
    opens(
        "an egress-only internet gateway with its route",
        "CN-011 CN-030 CN-032",
        build(_egress_only),
    ),
    opens(
        "IPv6 with an egress-only internet gateway",
        "CN-011 CN-030 CN-032 CN-041 CN-043 reach",
        build(_ipv6),
    ),
    opens(
        "a NAT gateway with an address",
        "CN-012 CN-014",
        build(lambda s: translator(s, cluster_subnets(s)[0])),
    ),
    opens("a NAT gateway that does not say it is private", "CN-012", _nat_in_sight()),
    opens(
        "a private NAT gateway with an Elastic IP",
        "CN-012",
        _nat_in_sight(connectivityType="private", allocationId="eipalloc-0a1b2c3d4e5f60718"),
        "CN-004",
    ),
    opens("a NAT gateway of a whole region", "CN-012", build(_regional_nat)),
    opens(
        "an Elastic IP joined to a private NAT gateway",
        "CN-012 CN-014",
        build(
            lambda s: [
                *(n := _private_nat(s)),
                a := s.makes(EIP, "door"),
                s.makes(
                    "aws:ec2/natGatewayEipAssociation:NatGatewayEipAssociation",
                    "joint",
                    {"natGatewayId": Of(n[0]), "allocationId": Of(a, "allocationId")},
                ),
            ]
        ),
    ),
    opens(
        "a route to a private NAT gateway beside an internet gateway",
        "CN-010 CN-030 CN-032",
        build(_by_private_nat_to_gateway),
    ),
    opens("a carrier gateway", "CN-013", build(lambda s: _carrier(s)[:1])),
    opens("a carrier gateway with its route", "CN-013 CN-030 CN-032 reach", build(_carrier)),
    opens(
        "a local gateway's route",
        "CN-013",
        add(
            "aws:ec2/localGatewayRoute:LocalGatewayRoute",
            {
                "destinationCidrBlock": EVERYWHERE,
                "localGatewayRouteTableId": "lgw-rtb-0a1b2c3d4e5f60718",
                "localGatewayVirtualInterfaceGroupId": "lgw-vif-grp-0a1b2c3d",
            },
        ),
        "CN-004",
    ),
    opens(
        "a local gateway's table joined to the VPC",
        "CN-013",
        add(
            "aws:ec2/localGatewayRouteTableVpcAssociation:LocalGatewayRouteTableVpcAssociation",
            lambda s: {
                "vpcId": Of(cluster_vpc(s)),
                "localGatewayRouteTableId": "lgw-rtb-0a1b2c3d4e5f60718",
            },
        ),
        "CN-004",
    ),
    opens("an Elastic IP", "CN-014", add(EIP, {"domain": "vpc"})),
    opens(
        "an Elastic IP with a name",
        "CN-014",
        add("aws:ec2/eipDomainName:EipDomainName", {"domainName": "x.example"}),
    ),
    opens(
        "an Elastic IP joined to a machine with a route out",
        "CN-010 CN-014 CN-030 CN-032 CN-100 reach",
        build(_by_elastic_ip),
    ),
    opens(
        "an Elastic IP that names its machine itself",
        "CN-010 CN-014 CN-030 CN-032 CN-100 reach",
        build(_by_elastic_ip_at_once),
    ),
    opens(
        "an Elastic IP at a network interface",
        "CN-010 CN-014 CN-030 CN-032 CN-100 reach",
        build(_address_of_interface),
    ),
    opens(
        "a machine that asks for a public address",
        "CN-010 CN-030 CN-032 CN-050 CN-100 reach",
        build(lambda s: _machine_behind(s, associatePublicIpAddress=True)),
    ),
    opens(
        "a machine that leaves its address to a public subnet",
        "CN-010 CN-030 CN-032 CN-040 CN-050 CN-100 reach",
        build(_address_by_subnet),
    ),
    opens(
        "a subnet that gives public addresses", "CN-040", edit(SUBNET, "mapPublicIpOnLaunch", True)
    ),
    opens(
        "a subnet that gives customer-owned addresses",
        "CN-042",
        edit(SUBNET, "mapCustomerOwnedIpOnLaunch", True),
    ),
    opens(
        "a subnet whose machines have a second interface behind an Outpost",
        "CN-042",
        edit(SUBNET, "enableLniAtDeviceIndex", 1),
    ),
    opens("a subnet with IPv6", "CN-041", edit(SUBNET, "ipv6CidrBlock", "2600:1f18::/64")),
    opens("a subnet with DNS64", "CN-041", edit(SUBNET, "enableDns64", True)),
    opens("a VPC with IPv6", "CN-043", edit(VPC, "assignGeneratedIpv6CidrBlock", True)),
    opens(
        "a block of IPv6 given to a VPC",
        "CN-043",
        add(
            "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation",
            lambda s: {"vpcId": Of(cluster_vpc(s)), "assignGeneratedIpv6CidrBlock": True},
        ),
    ),
    opens(
        "a launch template whose machines get public addresses",
        "CN-050",
        edit(TEMPLATE, "networkInterfaces.0.associatePublicIpAddress", "true"),
    ),
    opens(
        "a launch template that leaves addresses to the subnet",
        "CN-050",
        edit(TEMPLATE, "networkInterfaces.0.associatePublicIpAddress", ABSENT),
    ),
    opens(
        "a launch template without interfaces",
        "CN-050",
        edit(TEMPLATE, "networkInterfaces", ABSENT),
    ),
    opens(
        "a launch template with a second, public interface",
        "CN-050",
        edit(
            TEMPLATE, "networkInterfaces.1", {"deviceIndex": 1, "associatePublicIpAddress": "true"}
        ),
    ),
    opens(
        "a launch template whose machines get carrier addresses",
        "CN-050",
        edit(TEMPLATE, "networkInterfaces.0.associateCarrierIpAddress", "true"),
    ),
    opens(
        "a launch template whose machines get IPv6",
        "CN-051",
        edit(TEMPLATE, "networkInterfaces.0.ipv6AddressCount", 1),
    ),
    opens("a machine with IPv6", "CN-051", edit(INSTANCE, "ipv6AddressCount", 1)),
    opens("a machine that is public", "CN-050", edit(INSTANCE, "associatePublicIpAddress", True)),
    opens(
        "a machine on an interface of its own that asks for a public address besides",
        "CN-050",
        _on_its_interface,
    ),
    opens("the default VPC", "CN-016 names", add("aws:ec2/defaultVpc:DefaultVpc")),
    opens("the default VPC behind a DNS Firewall", "CN-016", build(_default_vpc)),
    opens(
        "a default subnet",
        "CN-016",
        add("aws:ec2/defaultSubnet:DefaultSubnet", {"availabilityZone": "ap-northeast-1a"}),
        "reach names",
    ),
    opens(
        "a classic load balancer in the default VPC",
        "CN-016",
        add(
            "aws:elb/loadBalancer:LoadBalancer",
            {"internal": True, "availabilityZones": [f"{REGION}a"]},
        ),
    ),
    opens(
        "a VPC exempt from Block Public Access",
        "CN-017",
        add(
            "aws:ec2/vpcBlockPublicAccessExclusion:VpcBlockPublicAccessExclusion",
            lambda s: {
                "vpcId": Of(cluster_vpc(s)),
                "internetGatewayExclusionMode": "allow-bidirectional",
            },
        ),
    ),
    opens(
        "Block Public Access switched off",
        "CN-018",
        add(OPTIONS, {"internetGatewayBlockMode": "off"}),
    ),
    opens(
        "Block Public Access of one direction",
        "CN-018",
        add(OPTIONS, {"internetGatewayBlockMode": "block-ingress"}),
    ),
)
