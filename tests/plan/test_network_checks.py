"""Every check of addresses, zones, references and exposures, each with its exact sentence."""

from typing import Any

import pytest

from spec.lock import Lock
from tests.plan.samples import LISTED, lock_keys, locked, plan, refused, subnet

A, C = subnet("a", "10.0.0.0/20"), subnet("c", "10.0.16.0/20")
PUBLIC = subnet("a", "10.0.32.0/24", exposure="public")
PRIVATE = {"a": {**A, "exposure": "private"}, "c": {**C, "exposure": "private"}, "front": PUBLIC}
ONE_NAT = {"kind": "nat", "natGateways": {"n": {"kind": "create", "subnet": "front"}}}
OPEN = {"kind": "internetGateway"}
KNOWN = "names no subnet; known: a, c"
APART = "choose addresses of its own"
OFFICE = {"kind": "transitGateway", "transitGatewayId": "tgw-0123456789abcdef0"}
PEER = {"kind": "vpcPeering", "peerVpcId": "vpc-0123456789abcdef0", "peerCidrs": ["10.9.0.0/16"]}
TGW, VGW = "tgw-0123456789abcdef0", "vgw-0123456789abcdef0"
HUB = {**OFFICE, "onPremisesCidrs": ["10.9.0.0/16"]}
LINE = {"kind": "virtualPrivateGateway", "onPremisesCidrs": ["10.9.0.0/16"]}
SUPPLIED_GATEWAY = {"kind": "existing", "vpnGatewayId": VGW}
JOIN = "write all its addresses there"
KEEP = "write all addresses there, or name one gateway"
BASTION = {
    "kind": "bastionVpc", "vpcCidr": "172.24.0.0/24", "subnetCidr": "172.24.0.0/25",
    "availabilityZone": "ap-northeast-1a", "allowedCidrs": ["203.0.113.7/32"],
}  # fmt: skip
CHECKS: list[tuple[str, dict[str, Any], list[tuple[str, str, Any]]]] = [
    # prefixes
    (
        "a VPC wider than AWS takes",
        {**LISTED, "network.vpc": {"kind": "create", "cidr": "10.0.0.0/15"}},
        [("network.vpc.cidr", "must be /16 to /28, as AWS takes it", "'10.0.0.0/15'")],
    ),
    (
        "a secondary CIDR narrower than AWS takes",
        {
            **LISTED,
            "network.vpc": {
                "kind": "create",
                "cidr": "10.0.0.0/16",
                "secondaryCidrs": ["100.64.0.0/16", "10.1.0.0/29"],
            },
        },
        [("network.vpc.secondaryCidrs.1", "must be /16 to /28, as AWS takes it", "'10.1.0.0/29'")],
    ),
    (
        "a subnet narrower than AWS takes",
        {"network.subnets": {"a": A, "c": C, "x": subnet("a", "10.0.64.0/29")}},
        [("network.subnets.x.cidr", "must be /16 to /28, as AWS takes it", "'10.0.64.0/29'")],
    ),
    (
        "a bastion VPC wider than AWS takes",
        {"network.connections": {"b": {**BASTION, "vpcCidr": "172.24.0.0/15"}}},
        [
            (
                "network.connections.b.vpcCidr",
                "must be /16 to /28, as AWS takes it",
                "'172.24.0.0/15'",
            )
        ],
    ),
    (
        "a service CIDR narrower than EKS takes",
        {"controlPlane.serviceCidr": "172.20.0.0/25"},
        [("controlPlane.serviceCidr", "must be /12 to /24, as EKS takes it", "'172.20.0.0/25'")],
    ),
    (
        "the narrowest service CIDR of all",
        {"controlPlane.serviceCidr": "172.20.0.0/32"},
        [("controlPlane.serviceCidr", "must be /12 to /24, as EKS takes it", "'172.20.0.0/32'")],
    ),
    (
        "a service CIDR outside the blocks that EKS takes",
        {"controlPlane.serviceCidr": "100.64.0.0/16"},
        [
            (
                "controlPlane.serviceCidr",
                "must lie inside one of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, as EKS takes it",
                "'100.64.0.0/16'",
            )
        ],
    ),
    # overlaps
    (
        "services in the VPC",
        {"controlPlane.serviceCidr": "10.0.128.0/20"},
        [
            (
                "controlPlane.serviceCidr",
                f"overlaps network.vpc.cidr 10.0.0.0/16; {APART}",
                "'10.0.128.0/20'",
            )
        ],
    ),
    (
        "a secondary CIDR over services",
        {
            "network.vpc": {
                "kind": "create",
                "cidr": "172.16.0.0/16",
                "secondaryCidrs": ["172.20.0.0/20"],
            }
        },
        [
            (
                "controlPlane.serviceCidr",
                f"overlaps network.vpc.secondaryCidrs.0 172.20.0.0/20; {APART}",
                "'172.20.0.0/16'",
            )
        ],
    ),
    # what AWS refuses beside the first CIDR
    *(
        (
            what,
            {
                **LISTED,
                "network.vpc": {"kind": "create", "cidr": "10.0.0.0/16", "secondaryCidrs": [cidr]},
            },
            [
                (
                    "network.vpc.secondaryCidrs.0",
                    "is refused by AWS beside network.vpc.cidr "
                    "10.0.0.0/16; write one inside 10.0.0.0/8 or 100.64.0.0/10",
                    f"'{cidr}'",
                )
            ],
        )
        for what, cidr in (
            ("a secondary CIDR of another private range", "192.168.0.0/20"),
            ("a secondary CIDR of the third private range", "172.16.0.0/20"),
        )
    ),
    (
        "a private secondary CIDR beside a shared one",
        {
            "network.vpc": {
                "kind": "create",
                "cidr": "100.64.0.0/16",
                "secondaryCidrs": ["10.2.0.0/16"],
            }
        },
        [
            (
                "network.vpc.secondaryCidrs.0",
                "is refused by AWS beside network.vpc.cidr "
                "100.64.0.0/16; write one inside 100.64.0.0/10",
                "'10.2.0.0/16'",
            )
        ],
    ),
    (
        "a secondary CIDR of AWS's own networks",
        {
            "network.vpc": {
                "kind": "create",
                "cidr": "10.1.0.0/16",
                "secondaryCidrs": ["10.0.64.0/20"],
            }
        },
        [
            (
                "network.vpc.secondaryCidrs.0",
                "is refused by AWS beside 10.1.0.0/16: of 10.0.0.0/16 it adds nothing to a VPC "
                "with addresses of 10.0.0.0/15; write one from 10.1.0.0/16 on",
                "'10.0.64.0/20'",
            )
        ],
    ),
    (
        "a secondary CIDR of default VPCs",
        {
            "network.vpc": {
                "kind": "create",
                "cidr": "172.16.0.0/16",
                "secondaryCidrs": ["172.31.0.0/20"],
            }
        },
        [
            (
                "network.vpc.secondaryCidrs.0",
                "is refused by AWS: of 172.31.0.0/16 it adds nothing to "
                "a VPC with addresses of 172.16.0.0/12; write another one inside 172.16.0.0/12",
                "'172.31.0.0/20'",
            )
        ],
    ),
    (
        "two secondary CIDRs over each other",
        {
            "network.vpc": {
                "kind": "create",
                "cidr": "10.0.0.0/16",
                "secondaryCidrs": ["10.1.0.0/16", "10.1.64.0/20"],
            }
        },
        [
            (
                "network.vpc.secondaryCidrs.1",
                f"overlaps network.vpc.secondaryCidrs.0 10.1.0.0/16; {APART}",
                "'10.1.64.0/20'",
            )
        ],
    ),
    (
        "a secondary CIDR inside the first",
        {
            "network.vpc": {
                "kind": "create",
                "cidr": "10.0.0.0/16",
                "secondaryCidrs": ["10.0.64.0/20"],
            }
        },
        [
            (
                "network.vpc.secondaryCidrs.0",
                f"overlaps network.vpc.cidr 10.0.0.0/16; {APART}",
                "'10.0.64.0/20'",
            )
        ],
    ),
    (
        "a peer over the VPC",
        {"network.connections": {"p": {**PEER, "peerCidrs": ["10.0.0.0/8"]}}},
        [
            (
                "network.connections.p.peerCidrs.0",
                f"overlaps network.vpc.cidr 10.0.0.0/16; {APART}",
                "'10.0.0.0/8'",
            )
        ],
    ),
    (
        "on-premises addresses over services",
        {"network.connections": {"o": {**OFFICE, "onPremisesCidrs": ["172.20.5.0/24"]}}},
        [
            (
                "network.connections.o.onPremisesCidrs.0",
                f"overlaps controlPlane.serviceCidr 172.20.0.0/16; {APART}",
                "'172.20.5.0/24'",
            )
        ],
    ),
    (
        "two connections over each other",
        {"network.connections": {"o": {**OFFICE, "onPremisesCidrs": ["10.9.0.0/24"]}, "p": PEER}},
        [
            (
                "network.connections.p.peerCidrs.0",
                f"overlaps network.connections.o.onPremisesCidrs.0 10.9.0.0/24; {APART}",
                "'10.9.0.0/16'",
            )
        ],
    ),
    # subnets
    (
        "a subnet outside the VPC",
        {"network.subnets": {"a": A, "c": C, "x": subnet("a", "10.9.0.0/24")}},
        [("network.subnets.x.cidr", "lies outside the VPC's 10.0.0.0/16", "'10.9.0.0/24'")],
    ),
    (
        "a subnet in a zone that is not used",
        {"network.subnets": {"a": A, "c": C, "x": subnet("d", "10.0.64.0/24")}},
        [
            (
                "network.subnets.x.availabilityZone",
                "is not in availabilityZones: ap-northeast-1a, ap-northeast-1c",
                "'ap-northeast-1d'",
            )
        ],
    ),
    (
        "two subnets over each other",
        {"network.subnets": {"a": A, "c": C, "x": subnet("a", "10.0.0.0/24")}},
        [("network.subnets.x.cidr", "overlaps network.subnets.a 10.0.0.0/20", "'10.0.0.0/24'")],
    ),
    # references
    (
        "the control plane in an unknown subnet",
        {**LISTED, "controlPlane.subnets": ["a", "c", "x"]},
        [("controlPlane.subnets", KNOWN, "'x'")],
    ),
    (
        "a pool in an unknown subnet",
        {**LISTED, "nodePools.workers.subnets": ["x", "a", "c"]},
        [("nodePools.workers.subnets", KNOWN, "'x'")],
    ),
    (
        "a pool in a subnet twice",
        {**LISTED, "nodePools.workers.subnets": ["a", "c", "a"]},
        [("nodePools.workers.subnets", "names a subnet twice; name it once", "'a'")],
    ),
    (
        "a connection from an unknown subnet",
        {**LISTED, "network.connections": {"p": {**PEER, "subnets": ["x"]}}},
        [("network.connections.p.subnets", KNOWN, "'x'")],
    ),
    (
        "the operator in an unknown subnet",
        {**LISTED, "access.operator": {"subnet": "x"}},
        [("access.operator.subnet", KNOWN, "'x'")],
    ),
    (
        "a NAT gateway in an unknown subnet",
        {
            **LISTED,
            "network.egress": {
                "kind": "nat",
                "natGateways": {"n": {"kind": "create", "subnet": "x"}},
            },
        },
        [("network.egress.natGateways.n.subnet", KNOWN, "'x'")],
    ),
    (
        "an unknown table",
        {"network.subnets": {"a": {**A, "routeTable": "t"}, "c": C}},
        [
            (
                "network.subnets.a.routeTable",
                "names no table in network.routeTables; known: none yet",
                "'t'",
            )
        ],
    ),
    (
        "unknown subnets where none is listed",
        {"controlPlane.subnets": ["x"], "access.operator": {"subnet": "y"}},
        [
            (
                "controlPlane.subnets",
                "names no subnet; known: nodes-1a, nodes-1c, control-plane-1a, control-plane-1c",
                "'x'",
            ),
            (
                "access.operator.subnet",
                "names no subnet; known: nodes-1a, nodes-1c, control-plane-1a, control-plane-1c",
                "'y'",
            ),
            (
                "controlPlane.subnets",
                "must lie in two Availability Zones or more; they lie in none",
                None,
            ),
        ],
    ),
    (
        "no subnet left for nodes",
        {
            "network.egress": OPEN,
            "controlPlane.subnets": ["front", "back"],
            "network.subnets": {
                "front": PUBLIC,
                "back": subnet("c", "10.0.33.0/24", exposure="public"),
                "operator": subnet("a", "10.0.34.0/24"),
            },
            "access.operator": {},
        },
        [
            (
                "nodePools.workers.subnets",
                "is needed: every subnet is public or the operator's, so none "
                "is for nodes; known: back, front, operator",
                None,
            )
        ],
    ),
    # exposures
    (
        "a public subnet in a closed network",
        {"network.subnets": {"a": A, "c": C, "front": PUBLIC}},
        [
            (
                "network.subnets.front.exposure",
                "needs a way out, but network.egress.kind is none; write "
                "isolated, or choose egress nat or internetGateway",
                "'public'",
            )
        ],
    ),
    (
        "a private subnet without NAT",
        {
            "network.egress": OPEN,
            "network.subnets": {"a": A, "c": {**C, "exposure": "private"}, "front": PUBLIC},
        },
        [
            (
                "network.subnets.c.exposure",
                "needs a way out, but network.egress.kind is "
                "internetGateway; write isolated, or choose egress nat or internetGateway",
                "'private'",
            )
        ],
    ),
    (
        "a gateway that nothing uses",
        {"network.egress": OPEN},
        [
            (
                "network.egress.kind",
                "would open a gateway that nothing uses, since no subnet is public; give one in "
                "network.subnets exposure public, or write none",
                "'internetGateway'",
            )
        ],
    ),
    (
        "a NAT gateway in a subnet without a way out",
        {
            "network.subnets": {"a": A, "c": C, "front": {**PUBLIC, "exposure": "isolated"}},
            "network.egress": ONE_NAT,
        },
        [
            (
                "network.egress.natGateways.n.subnet",
                "must be a public subnet, else it has no way out",
                "'isolated'",
            )
        ],
    ),
    (
        "a NAT gateway of an isolated subnet",
        {"network.subnets": {"a": {**A, "natGateway": "n"}, "c": C}},
        [
            (
                "network.subnets.a.natGateway",
                "is for exposure private, and the subnet is isolated; leave it out",
                "'n'",
            )
        ],
    ),
    (
        "a closed network whose resolver answers everything",
        {"network.dns": {"firewall": False}},
        [
            (
                "network.dns.firewall",
                "must be true while network.egress.kind is none: the resolver "
                "answers public names without any gateway",
                "false",
            )
        ],
    ),
    # shared tables
    (
        "a table of several exposures",
        {
            "network.egress": OPEN,
            "network.routeTables": {"t": {"kind": "create"}},
            "network.subnets": {
                "a": {**A, "routeTable": "t"},
                "c": C,
                "front": {**PUBLIC, "routeTable": "t"},
            },
        },
        [
            (
                "network.routeTables.t",
                "serves subnets of exposures isolated, public; subnets that share "
                "a table share its routes, so give them tables of their own",
                None,
            )
        ],
    ),
    (
        "a table that has a subnet's name",
        {
            "network.routeTables": {"a": {"kind": "create"}},
            "network.subnets": {"a": A, "c": {**C, "routeTable": "a"}},
        },
        [
            (
                "network.subnets.a.routeTable",
                "is needed: a table in network.routeTables has the subnet's "
                "name; write a, or rename one of the two",
                None,
            )
        ],
    ),
    # zones
    (
        "a control plane in one zone",
        {
            "network.subnets": {"a": A, "a2": subnet("a", "10.0.32.0/20"), "c": C},
            "controlPlane.subnets": ["a", "a2"],
        },
        [
            (
                "controlPlane.subnets",
                "must lie in two Availability Zones or more; they lie in ap-northeast-1a",
                None,
            )
        ],
    ),
    # connections
    (
        "two bastion VPCs",
        {
            "network.connections": {
                "b": BASTION,
                "b2": {**BASTION, "vpcCidr": "172.25.0.0/24", "subnetCidr": "172.25.0.0/25"},
            }
        },
        [
            (
                "network.connections.b2.kind",
                "stands beside b: one bastion VPC is what a cluster has; keep one",
                "'bastionVpc'",
            )
        ],
    ),
    *(
        (
            f"two {what}",
            {"network.connections": {"a": one, "b": other}},
            [
                (
                    f"network.connections.b.{key}",
                    f"is a second way to {far}, beside a, and AWS gives a VPC one; {keep}",
                    f"'{value}'",
                )
            ],
        )
        for what, one, other, key, value, far, keep in (
            (
                "peerings with one VPC",
                PEER,
                {**PEER, "peerCidrs": ["10.10.0.0/16"]},
                "peerVpcId",
                PEER["peerVpcId"],
                PEER["peerVpcId"],
                JOIN,
            ),
            (
                "attachments to one transit gateway",
                HUB,
                {**HUB, "onPremisesCidrs": ["10.10.0.0/16"]},
                "transitGatewayId",
                TGW,
                TGW,
                JOIN,
            ),
            (
                "gateways for lines",
                LINE,
                {**LINE, "onPremisesCidrs": ["10.10.0.0/16"]},
                "gateway",
                "create",
                "a virtual private gateway",
                KEEP,
            ),
            (
                "gateways for lines, of which one is supplied",
                LINE,
                {**LINE, "onPremisesCidrs": ["10.10.0.0/16"], "gateway": SUPPLIED_GATEWAY},
                "gateway.vpnGatewayId",
                VGW,
                "a virtual private gateway",
                KEEP,
            ),
            (
                "kinds of way to one transit gateway",
                HUB,
                {"kind": "existing", "targetId": TGW, "cidrs": ["10.10.0.0/16"]},
                "targetId",
                TGW,
                TGW,
                JOIN,
            ),
        )
    ),
    (
        "a peering with another partition",
        {"network.connections": {"p": {**PEER, "peerRegion": "cn-north-1"}}},
        [
            (
                "network.connections.p.peerRegion",
                "lies in partition aws-cn, and no peering leads there from aws; correct the "
                "region, or connect through virtualPrivateGateway",
                "'cn-north-1'",
            )
        ],
    ),
    (
        "a bastion's subnet outside its VPC",
        {"network.connections": {"b": {**BASTION, "subnetCidr": "172.25.0.0/25"}}},
        [
            (
                "network.connections.b.subnetCidr",
                "lies outside vpcCidr 172.24.0.0/24",
                "'172.25.0.0/25'",
            )
        ],
    ),
    (
        "a bastion in another region",
        {"network.connections": {"b": {**BASTION, "availabilityZone": "us-east-1a"}}},
        [
            (
                "network.connections.b.availabilityZone",
                "lies outside region ap-northeast-1; write a zone such as ap-northeast-1a",
                "'us-east-1a'",
            )
        ],
    ),
    (
        "a bastion open to everybody",
        {
            "network.connections": {
                "b": {**BASTION, "allowedCidrs": ["203.0.113.7/32", "0.0.0.0/0", "128.0.0.0/1"]}
            }
        },
        [
            (
                f"network.connections.b.allowedCidrs.{i}",
                "opens SSH to more than one owner has; write "
                "your own addresses, such as 203.0.113.7/32",
                f"'{cidr}'",
            )
            for i, cidr in ((1, "0.0.0.0/0"), (2, "128.0.0.0/1"))
        ],
    ),
    *(
        (
            f"route tables of another {what}",
            {
                "network.connections": {
                    "p": {**PEER, key: value, "peerRouteTableIds": ["rtb-0123456789abcdef0"]}
                }
            },
            [
                (
                    "network.connections.p.peerRouteTableIds",
                    "are of another account or region, which is "
                    "not ours to change; leave them out, and let their owner route back",
                    None,
                )
            ],
        )
        for what, key, value in (
            ("account", "peerAccountId", "999999999999"),
            ("region", "peerRegion", "us-east-1"),
        )
    ),
    (
        "a worker subnet that shares the operator's table",
        {
            "network.routeTables": {"t": {"kind": "create"}},
            "network.connections": {"b": BASTION},
            "access.operator": {},
            "network.subnets": {
                "a": {**A, "routeTable": "t"},
                "c": C,
                "operator": subnet("a", "10.0.64.0/24", routeTable="t"),
            },
        },
        [
            (
                "network.connections.b.subnets",
                "would let subnet a out as well, since it shares the table "
                "t; name it too, or give it a table of its own",
                None,
            )
        ],
    ),
]


@pytest.mark.parametrize(("changes", "found"), [c[1:] for c in CHECKS], ids=[c[0] for c in CHECKS])
def test_a_fault_of_the_network_is_told(changes, found):
    assert refused(changes) == found


SOUND: list[tuple[str, dict[str, Any]]] = [  # what the checks must let through
    ("listed subnets", LISTED),
    ("NAT for private subnets", {"network.subnets": PRIVATE, "network.egress": ONE_NAT}),
    (
        "public subnets",
        {"network.egress": OPEN, "network.subnets": {"a": A, "c": C, "front": PUBLIC}},
    ),
    (
        "an open network may resolve everything",
        {
            "network.egress": OPEN,
            "network.dns": {"firewall": False},
            "network.subnets": {"a": A, "c": C, "front": PUBLIC},
        },
    ),
    (
        "a subnet in a secondary CIDR",
        {
            "network.vpc": {
                "kind": "create",
                "cidr": "10.0.0.0/16",
                "secondaryCidrs": ["100.64.0.0/16"],
            },
            "network.subnets": {"a": A, "c": C, "x": subnet("a", "100.64.0.0/20")},
        },
    ),
    (
        "own route tables of a peer in the same account and region",
        {
            "network.connections": {
                "p": {
                    **PEER,
                    "peerAccountId": "123456789012",
                    "peerRegion": "ap-northeast-1",
                    "peerRouteTableIds": ["rtb-0123456789abcdef0"],
                }
            }
        },
    ),
    (
        "one connection's own addresses may nest",
        {"network.connections": {"p": {**PEER, "peerCidrs": ["10.9.0.0/16", "10.9.1.0/24"]}}},
    ),
    (
        "a bastion for a /8 of one owner",
        {"network.connections": {"b": {**BASTION, "allowedCidrs": ["11.0.0.0/8"]}}},
    ),
    (
        "a shared table whose subnets are all named",
        {
            "network.routeTables": {"t": {"kind": "create"}},
            "network.subnets": {"a": {**A, "routeTable": "t"}, "c": {**C, "routeTable": "t"}},
            "network.connections": {"p": {**PEER, "subnets": ["a", "c"]}},
        },
    ),
    (
        "one supplied gateway under two names, each with addresses of its own",
        {
            "network.connections": {
                "a": {**LINE, "gateway": SUPPLIED_GATEWAY},
                "b": {**LINE, "gateway": SUPPLIED_GATEWAY, "onPremisesCidrs": ["10.10.0.0/16"]},
            }
        },
    ),
    (
        "ways of each kind beside each other",
        {
            "network.connections": {
                "a": {**LINE, "onPremisesCidrs": ["10.8.0.0/16"]},
                "b": {**HUB, "onPremisesCidrs": ["10.10.0.0/16"]},
                "c": PEER,
                "d": {**PEER, "peerVpcId": "vpc-0123456789abcdef1", "peerCidrs": ["10.11.0.0/16"]},
                "e": {
                    **PEER,
                    "peerVpcId": "vpc-0123456789abcdef2",
                    "peerCidrs": ["10.12.0.0/16"],
                    "peerRegion": "us-east-1",
                },
            }
        },
    ),
    ("the widest service CIDR", {"controlPlane.serviceCidr": "172.16.0.0/12"}),
    ("the narrowest service CIDR", {"controlPlane.serviceCidr": "172.20.0.0/24"}),
    (
        "no NAT gateway key with NAT supplied",
        {
            "network.subnets": PRIVATE,
            "network.egress": {
                "kind": "nat",
                "natGateways": {"n": {"kind": "existing", "natGatewayId": "nat-01234567"}},
            },
        },
    ),
]


@pytest.mark.parametrize("changes", [s[1] for s in SOUND], ids=[s[0] for s in SOUND])
def test_a_sound_network_is_planned(changes):
    assert plan(changes).layout.subnets


def test_a_peering_leads_to_a_region_that_there_is():
    ((path, message, value),) = refused(
        {"network.connections": {"p": {**PEER, "peerRegion": "us-eas-1"}}}
    )
    assert (path, value) == ("network.connections.p.peerRegion", "'us-eas-1'")
    assert message.startswith("is in no table of heiiki; did you mean us-east-1? known: ")


def test_zones_in_which_eks_places_no_control_plane_are_refused():
    keys = lock_keys("us-east-1")
    keys["availabilityZones"]["us-east-1b"] = "use1-az3"
    base = {"region": "us-east-1", "availabilityZones": ["us-east-1a", "us-east-1b", "us-east-1c"]}
    sentence = "EKS takes no control-plane subnet in zone id use1-az3; use another"
    assert refused(base, locked(keys)) == [("availabilityZones", sentence, "'us-east-1b'")]
    listed = {
        zone: {"kind": "create", "availabilityZone": f"us-east-1{zone}", "cidr": f"10.0.{i}.0/24"}
        for i, zone in enumerate("abc")
    }
    assert refused({**base, "network.subnets": listed}, locked(keys)) == [
        ("network.subnets.b.availabilityZone", sentence, "'us-east-1b'")
    ]
    around = {**base, "network.subnets": listed, "controlPlane.subnets": ["a", "c"]}
    assert plan(around, locked(keys)).node_pools["workers"].subnets == ("b",)


def _made_in(*letters: str) -> Lock:
    return locked({**lock_keys(), "controlPlaneZones": [f"ap-northeast-1{z}" for z in letters]})


THREE = {"availabilityZones": [f"ap-northeast-1{z}" for z in "acd"]}


def test_an_appended_zone_is_for_nodes_and_the_control_plane_stays_where_it_was_made():
    layout = plan(THREE, _made_in("a", "c")).layout
    assert layout.nodes == ("nodes-1a", "nodes-1c", "nodes-1d")
    assert layout.control_plane == ("control-plane-1a", "control-plane-1c")
    assert "control-plane-1d" not in layout.subnets
    first = plan(THREE).layout  # nothing is recorded yet
    assert first.control_plane == ("control-plane-1a", "control-plane-1c", "control-plane-1d")
    listed = {z: subnet(z, f"10.0.{i}.0/24") for i, z in enumerate("acd")}
    layout = plan({**THREE, "network.subnets": listed}, _made_in("a", "c")).layout
    assert layout.control_plane == ("a", "c") and layout.nodes == ("a", "c", "d")


@pytest.mark.parametrize(
    ("changes", "made_in", "path", "into"),
    [
        ({"availabilityZones": ["ap-northeast-1a", "ap-northeast-1d"], **LISTED,
          "network.subnets": {"a": subnet("a", "10.0.0.0/20"), "d": subnet("d", "10.0.16.0/20"),
                              "e": subnet("d", "10.0.32.0/20")},
          "controlPlane.subnets": ["a", "d"]},
         "ac", "controlPlane.subnets", "ap-northeast-1a, ap-northeast-1d"),
        ({**THREE, "controlPlane.subnets": ["control-plane-1a", "control-plane-1c"]},
         "acd", "controlPlane.subnets", "ap-northeast-1a, ap-northeast-1c"),
        ({"availabilityZones": [f"ap-northeast-1{z}" for z in "ac"]},
         "acd", "availabilityZones", "ap-northeast-1a, ap-northeast-1c"),
    ],
    ids=["another zone", "one zone fewer", "a zone that was taken out"],
)  # fmt: skip
def test_a_control_plane_is_not_moved_to_other_zones(changes, made_in, path, into):
    zones = ", ".join(f"ap-northeast-1{z}" for z in made_in)
    assert refused(changes, _made_in(*made_in)) == [
        (
            path,
            f"put the control plane into {into}, but by the lock file it was made in {zones}, "
            "which EKS never changes; keep a subnet for it in each of these and in no other. If "
            "the cluster does not exist yet, remove controlPlaneZones from the lock file and run "
            "heiiki lock",
            None,
        )
    ]


def test_explicit_subnets_of_the_control_plane_and_the_operator_win_over_the_layout():
    layout = plan(
        {
            "controlPlane.subnets": ["nodes-1a", "nodes-1c"],
            "access.operator": {"subnet": "nodes-1c"},
        }
    ).layout
    assert layout.control_plane == ("nodes-1a", "nodes-1c")
    assert layout.operator == "nodes-1c"
    assert "operator" not in layout.subnets


def test_the_operator_shares_the_first_node_subnet_without_one_of_its_own():
    layout = plan({**LISTED, "access.operator": {}}).layout
    assert (layout.operator, layout.nodes) == ("a", ("a", "c"))


def test_nodes_keep_off_public_subnets_the_operators_and_the_control_planes_own():
    layout = plan(
        {
            "network.egress": OPEN,
            "network.subnets": {
                "a": A, "c": C, "front": PUBLIC, "operator": subnet("a", "10.0.64.0/24"),
                "cp-a": subnet("a", "10.0.65.0/28"), "cp-c": subnet("c", "10.0.65.16/28"),
            },
            "controlPlane.subnets": ["cp-a", "cp-c"],
            "access.operator": {},
        }
    ).layout  # fmt: skip
    assert layout.nodes == ("a", "c")
    assert layout.operator == "operator"


def test_the_default_control_plane_is_where_nodes_are():
    assert plan(LISTED).layout.control_plane == ("a", "c")


def test_a_bastion_vpc_is_not_called_as_the_clusters_own():
    assert refused({**LISTED, "network.connections": {"cluster": BASTION}}) == [
        (
            "network.connections.cluster",
            "is what the cluster's own VPC is called in its logs; give the bastion VPC another "
            "name",
            "'cluster'",
        )
    ]
    assert plan(
        {
            **LISTED,
            "network.connections": {"cluster": OFFICE | {"onPremisesCidrs": ["10.9.0.0/16"]}},
        }
    )


def test_a_bastion_vpc_is_not_called_as_the_operators_machine():
    assert refused({**LISTED, "network.connections": {"operator": BASTION}}) == [
        (
            "network.connections.operator",
            "is what the operator's machine is called; give the bastion VPC another name",
            "'operator'",
        )
    ]


def test_nothing_is_called_as_a_supplied_route_table_is():
    """A table of that name would take the supplied one's place, and with it its checks."""
    table = "rtb-0123456789abcdef0"
    called = {
        "network.routeTables": {table: {}},
        "network.subnets": {"a": {**A, "routeTable": table}, "rtb-01234567": C},
        "network.connections": {"x-rtb-01234567": {**OFFICE, "onPremisesCidrs": ["10.9.0.0/16"],
                                                   "subnets": ["a"]}},
    }  # fmt: skip
    ours = "is the id of a route table, by which supplied tables are called here; choose another "
    back = "holds the id of a route table, by which routes back from peerings are called here; "
    assert refused(called) == [
        (f"network.routeTables.{table}", f"{ours}name", f"'{table}'"),
        ("network.subnets.rtb-01234567", f"{ours}name", "'rtb-01234567'"),
        (
            "network.connections.x-rtb-01234567",
            f"{back}choose another name",
            "'x-rtb-01234567'",
        ),
    ]


def routes_of_nodes(changes):
    """What is said of nodes that have routes to another network."""
    planned = plan(changes)
    assert planned.connections
    return [w for w in planned.warnings if w.startswith("network.connections")]


def leads(name, subnets):
    return (
        f"network.connections.{name}.subnets: nodes lie in {subnets}, whose tables lead to the "
        "other side, so that security groups alone keep nodes and pods from it; unless they are "
        "meant to go there, name subnets without nodes, such as one of the operator's own"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"network.connections": {"b": BASTION}, "access.operator": {}}, []),
        ({"network.connections": {"b": BASTION}}, []),  # the control plane's own subnets
        (
            {"network.connections": {"b": {**BASTION, "subnets": ["operator", "nodes-1c"]}},
             "access.operator": {}},
            [leads("b", "nodes-1c")],
        ),
        (
            {"network.connections": {"p": {**PEER, "subnets": ["control-plane-1a"]}},
             "nodePools.workers.subnets": ["control-plane-1a", "nodes-1c"]},
            [leads("p", "control-plane-1a")],
        ),
        ({**LISTED, "network.connections": {"b": BASTION}}, [leads("b", "a, c")]),
        ({**LISTED, "network.connections": {"b": BASTION}, "access.operator": {}},
         [leads("b", "a")]),
    ],
    ids=["the operator's", "none named", "of nodes", "a pool's own", "where nodes are",
         "shared with the operator"],
)  # fmt: skip
def test_nodes_with_routes_to_another_network_are_told(changes, said):
    assert routes_of_nodes(changes) == said


def test_secondary_cidrs_that_aws_takes_are_taken_and_the_doubtful_are_told():
    def warnings(*further: str) -> list[str]:
        vpc = {"kind": "create", "cidr": "10.2.0.0/16", "secondaryCidrs": list(further)}
        return [w for w in plan({"network.vpc": vpc}).warnings if "secondaryCidrs" in w]

    tens = [f"10.{i}.0.0/16" for i in range(3, 7)]
    assert warnings("10.0.0.0/16", "100.64.0.0/16", "198.18.0.0/16") == []
    assert warnings(*tens) == []
    assert warnings(*tens, "10.7.0.0/16") == [
        "network.vpc.secondaryCidrs: with network.vpc.cidr 6 CIDRs, and AWS gives a VPC 5 until "
        'the quota "IPv4 CIDR blocks per VPC" is raised'
    ]
    assert warnings("198.19.0.0/16") == [
        "network.vpc.secondaryCidrs.0: AWS's VPC guide has 198.19.0.0/16 among what it refuses "
        "beside other blocks, and its EKS guide proposes it; 100.64.0.0/10 is in both as taken"
    ]


def test_records_that_are_switched_off_are_told_of():
    off = {"network.flowLogs": {"enabled": False}, "network.dns.queryLogs": False}
    told = [w for w in plan(off).warnings if "who tried to get out" in w]
    assert [warning.partition(",")[0] for warning in told] == [
        "network.flowLogs.enabled: false", "network.dns.queryLogs: false",
    ]  # fmt: skip
    assert not any("who tried" in warning for warning in plan().warnings)
