"""A deployment's network as a world of plain words, read from its properties without the model.

It knows as much of AWS as the examples and the mutations use, and fails on the rest. A world has no
doubts: what nobody describes (a foreign prefix list) is nothing in it, or everything where
`generous`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address, ip_network
from typing import Any

from model.deployment import Node
from model.network import Public, TargetKind
from rules.unknowns import UNKNOWN
from tests.policies.mutations.stacks import IMPLIED, Stack
from tests.policies.proof.making import EVERYBODY, OPEN
from tests.policies.proof.worlds import (
    ANY_PORT,
    WAttachment,
    WEntry,
    WInterface,
    WNat,
    World,
    WRoute,
    WRule,
    WSubnet,
    WTransitRoute,
    WTransitTable,
)

PROTOCOLS = {"-1": -1, "all": -1, "tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}
TARGETS = {
    "egressOnlyGatewayId": TargetKind.EGRESS_ONLY_INTERNET_GATEWAY,
    "natGatewayId": TargetKind.NAT_GATEWAY,
    "networkInterfaceId": TargetKind.NETWORK_INTERFACE,
    "vpcPeeringConnectionId": TargetKind.VPC_PEERING_CONNECTION,
    "transitGatewayId": TargetKind.TRANSIT_GATEWAY,
    # What leads into somebody else's network is all the same to a packet.
    "carrierGatewayId": TargetKind.CORE_NETWORK,
    "localGatewayId": TargetKind.CORE_NETWORK,
    "coreNetworkArn": TargetKind.CORE_NETWORK,
    "odbNetworkArn": TargetKind.CORE_NETWORK,
    "vpcEndpointId": TargetKind.UNKNOWN,
}
GATEWAYS = {
    "InternetGateway": TargetKind.INTERNET_GATEWAY,
    "VpnGateway": TargetKind.VPN_GATEWAY,
}
NOUNS = {
    "transitGatewayId": "TransitTransitGateway",
    "egressOnlyGatewayId": "EgressOnlyInternetGateway",
}
# Whose nouns are those of others, too.
DATA_SERVICES = (
    "rds", "docdb", "neptune", "elasticache", "memorydb", "msk", "redshift", "redshiftserverless",
    "dms", "mq", "fsx",
)  # fmt: skip
# What names what a data service stands in, or is a part of.
PLACES = (
    "dbSubnetGroupName", "neptuneSubnetGroupName", "subnetGroupName", "clusterSubnetGroupName",
    "replicationSubnetGroupId", "clusterIdentifier",
)  # fmt: skip
TASKS = ("TaskService", "TaskTaskSet", "TaskComputeEnvironment")  # of ECS and Batch
BY_PREFIX = {"igw": TargetKind.INTERNET_GATEWAY, "vgw": TargetKind.VPN_GATEWAY}


def _noun(node: Node) -> str:
    kinds = {
        "ec2transitgateway": "Transit",
        "ecs": "Task",
        "batch": "Task",
        **dict.fromkeys(DATA_SERVICES, "Data"),
    }
    return kinds.get(node.resource.type.split(":")[1].split("/")[0], "") + node.resource.noun


@dataclass
class Plain:
    """The reader of one stack. Things are called by their URNs, implied ones with what they are."""

    stack: Stack
    generous: bool

    @cached_property
    def by_noun(self) -> dict[str, list[Node]]:
        found: dict[str, list[Node]] = {}
        for node in self.stack.deployment.nodes.values():
            if node.resource.type.startswith("aws:"):
                found.setdefault(_noun(node), []).append(node)
        return found

    @cached_property
    def ids(self) -> dict[str, str]:
        """What each id is the id of."""
        found = {}
        for node in self.stack.deployment.nodes.values():
            outputs = node.outputs()
            for key in ("id", "arn", *IMPLIED.get(node.resource.noun, ())):
                if isinstance(outputs.get(key), str):
                    suffix = "" if key in ("id", "arn") else f"#{key}"
                    found.setdefault(outputs[key], node.resource.urn + suffix)
            made = outputs.get("vpcConfig")
            if isinstance(made, dict) and isinstance(made.get("clusterSecurityGroupId"), str):
                found[made["clusterSecurityGroupId"]] = f"{node.resource.urn}#group"
        return found

    def each(self, *nouns: str) -> Iterator[Node]:
        for noun in nouns:
            yield from self.by_noun.get(noun, ())

    def meant(self, node: Node, key: str, value: Any, *nouns: str) -> list[str]:
        """What a value refers to: by its id, or where that is unknown by where it comes from."""
        if isinstance(value, list):
            return [
                urn for item in dict.fromkeys(value) for urn in self.meant(node, key, item, *nouns)
            ]
        if value is None or value == "":
            return []
        if value is not UNKNOWN:
            return [self.ids.get(value, str(value))]
        return list(self._sources(node.sources.get(key, frozenset()), nouns))

    def _sources(self, urns: frozenset[str], nouns: tuple[str, ...]) -> Iterator[str]:
        for urn in sorted(urns):
            source = self.stack.deployment.nodes.get(urn)
            if source is None:
                continue
            if _noun(source) in nouns:
                yield urn
            elif _noun(source).endswith("Association"):  # which passes on what it joins
                yield from self._sources(frozenset().union(*source.sources.values()), nouns)
            elif "#defaultRouteTableId" in nouns and _noun(source) == "Vpc":
                yield f"{urn}#defaultRouteTableId"

    def one(self, node: Node, key: str, *nouns: str) -> str:
        found = self.meant(node, key, node.resource.props.get(key), *nouns)
        return found[0] if len(found) == 1 else ""

    @cached_property
    def described(self) -> World:
        """A world for whoever only reads it."""
        return self.world()

    def world(self) -> World:
        """Everything but the interfaces of machines, which `interface` adds."""
        world = World()
        for vpc in self.each("Vpc"):
            world.vpcs[vpc.resource.urn] = vpc.resource.props["cidrBlock"]
            if six := self._six(vpc):
                world.sixes[vpc.resource.urn] = six
        self._acls(world)
        self._gateways(world)
        self._tables(world)
        for node in self.each("Subnet"):
            world.subnets[node.resource.urn] = WSubnet(
                self.one(node, "vpcId", "Vpc"),
                str(node.resource.props.get("availabilityZone")),
                node.resource.props["cidrBlock"],
                self._table(node),
                self._acl(node),
                node.resource.props.get("ipv6CidrBlock", ""),
            )
        for subnet in world.subnets.values():
            if subnet.table not in world.tables:  # nobody describes it
                world.tables[subnet.table] = (subnet.vpc, ())
                world.holed.add(subnet.table)
        self._groups(world)
        self._transit(world)
        return world

    def _six(self, vpc: Node) -> str:
        """A VPC's block of IPv6; where AWS chooses it, the one that its subnets lie in."""
        props = vpc.resource.props
        if "ipv6CidrBlock" in props or not props.get("assignGeneratedIpv6CidrBlock"):
            return str(props.get("ipv6CidrBlock", ""))
        own = [s for s in self.each("Subnet") if self.one(s, "vpcId", "Vpc") == vpc.resource.urn]
        blocks = [b for s in own if (b := s.resource.props.get("ipv6CidrBlock"))]
        return str(ip_network(blocks[0]).supernet(new_prefix=56)) if blocks else ""

    def _table(self, subnet: Node) -> str:
        """Its own table, else the VPC's main one."""
        for joint in self.each("RouteTableAssociation"):
            if self.one(joint, "subnetId", "Subnet") == subnet.resource.urn:
                return self.one(joint, "routeTableId", "RouteTable")
        vpc = self.one(subnet, "vpcId", "Vpc")
        for main in self.each("MainRouteTableAssociation"):
            if self.one(main, "vpcId", "Vpc") == vpc:
                return self.one(main, "routeTableId", "RouteTable")
        return f"{vpc}#defaultRouteTableId"

    def _acl(self, subnet: Node) -> str:
        for joint in self.each("NetworkAclAssociation"):
            if self.one(joint, "subnetId", "Subnet") == subnet.resource.urn:
                return self.one(joint, "networkAclId", "NetworkAcl")
        return "open"

    def _acls(self, world: World) -> None:
        world.acls["open"] = OPEN
        for acl in self.each("NetworkAcl"):
            world.acls[acl.resource.urn] = ()
        for rule in self.each("NetworkAclRule"):
            props = rule.resource.props
            entry = WEntry(
                props["ruleNumber"], props["ruleAction"] == "allow", props["egress"],
                PROTOCOLS[props["protocol"]], ANY_PORT,
                props.get("cidrBlock") or props["ipv6CidrBlock"],
            )  # fmt: skip
            world.acls[self.one(rule, "networkAclId", "NetworkAcl")] += (entry,)

    def _gateways(self, world: World) -> None:
        for gateway in self.each("InternetGateway"):
            world.internet_gateways[gateway.resource.urn] = self.one(gateway, "vpcId", "Vpc")
        for gateway in self.each("EgressOnlyInternetGateway"):
            world.egress_only_gateways[gateway.resource.urn] = self.one(gateway, "vpcId", "Vpc")
        for gateway in self.each("VpnGateway"):
            world.vpn_gateways[gateway.resource.urn] = self.one(gateway, "vpcId", "Vpc")
        for joint in self.each("VpnGatewayAttachment"):
            attached = self.one(joint, "vpnGatewayId", "VpnGateway")
            world.vpn_gateways[attached] = self.one(joint, "vpcId", "Vpc")
        for nat in self.each("NatGateway"):
            subnet = self.one(nat, "subnetId", "Subnet")
            (at,) = (s for s in self.each("Subnet") if s.resource.urn == subnet)
            address = str(ip_network(at.resource.props["cidrBlock"])[5])
            public = nat.resource.props.get("connectivityType") != "private"
            world.nats[nat.resource.urn] = WNat(subnet, address, public)
        for peering in self.each("VpcPeeringConnection"):
            ends = tuple(self.one(peering, key, "Vpc") for key in ("vpcId", "peerVpcId"))
            if all(end in world.vpcs for end in ends):
                world.peerings[peering.resource.urn] = (ends[0], ends[1])

    def _tables(self, world: World) -> None:
        written: dict[str, list[WRoute]] = {}
        for vpc in self.each("Vpc"):
            written[f"{vpc.resource.urn}#defaultRouteTableId"] = []
        owners = {table: table.partition("#")[0] for table in written}
        for table in self.each("RouteTable"):
            owners[table.resource.urn] = self.one(table, "vpcId", "Vpc")
            written[table.resource.urn] = self._inline(table)
        for table in self.each("DefaultRouteTable"):
            key = self.one(table, "defaultRouteTableId", "#defaultRouteTableId")
            written[key] += self._inline(table)
        for route in self.each("Route"):
            table = self.one(route, "routeTableId", "RouteTable", "#defaultRouteTableId")
            written.setdefault(table, []).extend(self._route(route, route.resource.props, ""))
        for learnt in self.each("VpnGatewayRoutePropagation"):
            world.holed.add(self.one(learnt, "routeTableId", "RouteTable"))
        for key, routes in written.items():
            world.tables[key] = (owners.get(key, ""), tuple(routes))
        for table in self.each("RouteTable"):
            if table.resource.props.get("propagatingVgws"):
                world.holed.add(table.resource.urn)

    def _inline(self, table: Node) -> list[WRoute]:
        listed = table.resource.props.get("routes") or []
        return [found for route in listed for found in self._route(table, route, "routes")]

    def _route(self, node: Node, route: Any, key: str) -> Iterator[WRoute]:
        names = ("destinationCidrBlock", "cidrBlock", "destinationIpv6CidrBlock", "ipv6CidrBlock")
        block = next((route[name] for name in names if name in route), None)
        listed = route.get("destinationPrefixListId")
        if listed is not None:
            blocks = self._blocks(
                self.meant(node, "destinationPrefixListId", listed, "ManagedPrefixList")
            )
        elif block is UNKNOWN:
            blocks = EVERYBODY if self.generous else ()
        else:
            blocks = (block,) if block else ()
        if not blocks:
            return
        kind, to = self._target(node, route, key)
        yield WRoute(blocks, kind, to, prefix_list=listed is not None)

    def _target(self, node: Node, route: Any, key: str) -> tuple[TargetKind, str]:
        for name, kind in TARGETS.items():
            if name in route:
                noun = NOUNS.get(name) or name[0].upper() + name[1:-2]
                found = self.meant(node, key or name, route[name], noun)
                return kind, found[0] if found else ""
        (found,) = self.meant(node, key or "gatewayId", route["gatewayId"], *GATEWAYS)
        gateway = self.stack.deployment.nodes.get(found)
        if gateway is None:
            return BY_PREFIX[found.split("-")[0]], found
        return GATEWAYS[_noun(gateway)], found

    def _blocks(self, lists: list[str]) -> tuple[str, ...]:
        """The entries of own prefix lists; of one that nobody describes nothing, or everything."""
        found: list[str] = []
        for urn in lists:
            node = self.stack.deployment.nodes.get(urn)
            if node is None or _noun(node) != "ManagedPrefixList":
                found += EVERYBODY if self.generous else ()
                continue
            found += [entry["cidr"] for entry in node.resource.props.get("entries") or []]
            for entry in self.each("ManagedPrefixListEntry"):
                if self.one(entry, "prefixListId", "ManagedPrefixList") == urn:
                    found.append(entry.resource.props["cidr"])
        return tuple(found)

    def _groups(self, world: World) -> None:
        rules: dict[str, list[WRule]] = {}
        owners = {}
        for group in self.each("SecurityGroup"):
            rules[group.resource.urn] = []
            owners[group.resource.urn] = self.one(group, "vpcId", "Vpc")
            for key, egress in (("egress", True), ("ingress", False)):
                for rule in group.resource.props.get(key) or []:
                    rules[group.resource.urn] += [
                        WRule(egress, PROTOCOLS[rule["protocol"]], _ports(rule), block)
                        for block in _blocks_of(rule)
                    ]
        for cluster in self.each("Cluster"):  # EKS lets its own group out, and its members in
            key = f"{cluster.resource.urn}#group"
            outward = [WRule(True, -1, ANY_PORT, block) for block in EVERYBODY]
            rules[key] = [*outward, WRule(False, -1, ANY_PORT, peer=key)]
            owners[key] = "the cluster's"
        for node in self.each("SecurityGroupEgressRule", "SecurityGroupIngressRule"):
            egress = "Egress" in _noun(node)
            group = self.one(node, "securityGroupId", "SecurityGroup")
            rules.setdefault(group, []).extend(self._rule(node, egress))
        for node in self.each("SecurityGroupRule"):
            props = node.resource.props
            group = self.one(node, "securityGroupId", "SecurityGroup")
            for block in _blocks_of(props):
                egress, protocol = props["type"] == "egress", PROTOCOLS[props["protocol"]]
                rules.setdefault(group, []).append(WRule(egress, protocol, _ports(props), block))
        for key, listed in rules.items():
            world.groups[key] = (owners.get(key, ""), tuple(listed))

    def _rule(self, node: Node, egress: bool) -> Iterator[WRule]:
        props = node.resource.props
        protocol, ports = PROTOCOLS[props["ipProtocol"]], _ports(props)
        for name in ("cidrIpv4", "cidrIpv6"):
            if name in props:
                yield WRule(egress, protocol, ports, props[name])
        for peer in self.meant(
            node,
            "referencedSecurityGroupId",
            props.get("referencedSecurityGroupId"),
            "SecurityGroup",
        ):
            yield WRule(egress, protocol, ports, peer=peer)
        listed = self.meant(
            node, "prefixListId", props.get("prefixListId"), "ManagedPrefixList", "VpcEndpoint"
        )
        for block in self._blocks(listed):
            yield WRule(egress, protocol, ports, block)

    def _transit(self, world: World) -> None:
        for attachment in self.each("TransitVpcAttachment"):
            subnets = self.meant(
                attachment, "subnetIds", attachment.resource.props.get("subnetIds"), "Subnet"
            )
            vpc = self.one(attachment, "vpcId", "Vpc")
            if vpc in world.vpcs:
                world.attachments[attachment.resource.urn] = WAttachment(vpc, tuple(subnets))
        for other in self.each("TransitPeeringAttachment", "VpnConnection"):
            world.attachments[other.resource.urn] = WAttachment(None)
        kinds = ("TransitVpcAttachment", "TransitPeeringAttachment", "VpnConnection")
        joined: dict[str, list[str]] = {t.resource.urn: [] for t in self.each("TransitRouteTable")}
        routes: dict[str, list[WTransitRoute]] = {table: [] for table in joined}
        for joint in self.each("TransitRouteTableAssociation"):
            table = self.one(joint, "transitGatewayRouteTableId", "TransitRouteTable")
            joined[table].append(self.one(joint, "transitGatewayAttachmentId", *kinds))
        for route in self.each("TransitRoute"):
            table = self.one(route, "transitGatewayRouteTableId", "TransitRouteTable")
            to = self.one(route, "transitGatewayAttachmentId", *kinds).partition("#")[0] or None
            block = route.resource.props["destinationCidrBlock"]
            routes[table].append(WTransitRoute(block, to))
        for table, members in joined.items():
            world.transit_tables[table] = WTransitTable(tuple(members), tuple(routes[table]))
        for card in self.each("NetworkInterface"):
            self.add(world, card, None)

    def machines(self, name: str) -> list[Node]:
        """What may be meant by the name of an interface."""
        kinds = (
            "Instance", "Group", "Cluster", "NodeGroup", "NetworkInterface", "LoadBalancer",
            "DataInstance", "DataCluster", "DataClusterInstance", "DataReplicationGroup",
            "DataReplicationInstance", "DataWorkgroup", "DataBroker", "DataOntapFileSystem",
            "Function", "Project", *TASKS,
        )  # fmt: skip
        return [node for node in self.each(*kinds) if node.resource.name == name]

    def add(self, world: World, node: Node, address: str | None) -> str | None:
        """An interface of a machine at an address, if one of its subnets has that address.

        Where a subnet has both families, so has the interface.
        """
        subnets = self._subnets(node)
        for urn in subnets:
            subnet = world.subnets.get(urn)
            if subnet is None:
                continue
            blocks = [ip_network(block) for block in (subnet.block, subnet.six) if block]
            if address is None or any(ip_address(address) in block for block in blocks):
                given = [
                    address if address and ip_address(address) in block else str(block[6])
                    for block in blocks
                ]
                world.interfaces[node.resource.urn] = WInterface(
                    urn, given[0], tuple(self._groups_of(node)), self._public(node, urn),
                    node.resource.props.get("sourceDestCheck") is False, "".join(given[1:]),
                )  # fmt: skip
                return node.resource.urn
        return None

    def _subnets(self, node: Node) -> list[str]:
        props = node.resource.props
        if _noun(node) in ("Cluster", "Function", "Project"):
            listed = props["vpcConfig"].get("subnetIds", props["vpcConfig"].get("subnets"))
            return self.meant(node, "vpcConfig", listed, "Subnet")
        if _noun(node).startswith("Data"):
            return self._subnets_of_data(node)
        if _noun(node) in TASKS:
            key = "networkConfiguration" if "networkConfiguration" in props else "computeResources"
            return self.meant(node, key, props.get(key, {}).get("subnets"), "Subnet")
        named = ("subnetId", "subnetIds", "subnets", "vpcZoneIdentifiers")
        keys = [k for k in named if k in props]
        return [s for key in keys for s in self.meant(node, key, props[key], "Subnet")]

    def _subnets_of_data(self, node: Node) -> list[str]:
        """Those of its subnet group, or of its cluster's; what nobody describes as it is called."""
        found = []
        groups = ("DataSubnetGroup", "DataReplicationSubnetGroup", "DataCluster")
        for key in PLACES:
            for urn in self.meant(node, key, node.resource.props.get(key), *groups):
                other = self.stack.deployment.nodes.get(urn)
                found += [urn] if other is None else self._subnets_of_data(other)
        return found + self.meant(node, "subnetIds", node.resource.props.get("subnetIds"), "Subnet")

    def _groups_of(self, node: Node) -> list[str]:
        props = node.resource.props
        if _noun(node) == "DataClusterInstance":
            (cluster,) = self.meant(
                node, "clusterIdentifier", props["clusterIdentifier"], "DataCluster"
            )
            return self._groups_of(self.stack.deployment.nodes[cluster])
        if _noun(node).startswith("Data"):
            key = "securityGroupIds" if "securityGroupIds" in props else "vpcSecurityGroupIds"
            return self.meant(node, key, props.get(key), "SecurityGroup")
        if _noun(node) in ("Cluster", "Function", "Project"):
            own = [f"{node.resource.urn}#group"] if _noun(node) == "Cluster" else []
            return own + self.meant(
                node, "vpcConfig", props["vpcConfig"].get("securityGroupIds"), "SecurityGroup"
            )
        if _noun(node) in TASKS:
            if "computeResources" in props:
                listed = props["computeResources"]["securityGroupIds"]
                return self.meant(node, "computeResources", listed, "SecurityGroup")
            listed = props["networkConfiguration"].get("securityGroups")
            return self.meant(node, "networkConfiguration", listed, "SecurityGroup")
        if _noun(node) in ("Instance", "NetworkInterface", "LoadBalancer"):
            key = "vpcSecurityGroupIds" if "vpcSecurityGroupIds" in props else "securityGroups"
            return self.meant(node, key, props.get(key), "SecurityGroup")
        (template,) = (
            t for t in self.each("LaunchTemplate") if t.resource.name == node.resource.name
        )
        cards = template.resource.props["networkInterfaces"]
        return self.meant(
            template, "networkInterfaces", cards[0].get("securityGroups"), "SecurityGroup"
        )

    def _public(self, node: Node, subnet: str) -> Public:
        """Whether it has a public address: asked for, given by its subnet, or an Elastic IP."""
        urn = node.resource.urn
        for joint in self.each("EipAssociation"):
            if urn in (
                self.one(joint, "instanceId", "Instance"),
                self.one(joint, "networkInterfaceId", "NetworkInterface"),
            ):
                return Public.YES
        for address in self.each("Eip"):
            if urn in (
                self.one(address, "instance", "Instance"),
                self.one(address, "networkInterface", "NetworkInterface"),
            ):
                return Public.YES
        if _noun(node).startswith("Data"):
            return Public.YES if node.resource.props.get("publiclyAccessible") else Public.NO
        if _noun(node) in TASKS:
            if _noun(node) == "TaskComputeEnvironment":  # machines, by their subnet
                (at,) = (s for s in self.each("Subnet") if s.resource.urn == subnet)
                asked = at.resource.props.get("mapPublicIpOnLaunch")
            else:
                asked = node.resource.props["networkConfiguration"].get("assignPublicIp")
            return Public.YES if asked is True else Public.NO
        asked = node.resource.props.get("associatePublicIpAddress")
        if asked is None and _noun(node) == "Instance":
            (at,) = (s for s in self.each("Subnet") if s.resource.urn == subnet)
            asked = at.resource.props.get("mapPublicIpOnLaunch")
        return Public.YES if asked is True else Public.NO


def _blocks_of(rule: Any) -> list[str]:
    return [*rule.get("cidrBlocks", []), *rule.get("ipv6CidrBlocks", [])]


def _ports(rule: Any) -> tuple[int, int]:
    first, last = rule.get("fromPort"), rule.get("toPort")
    return (0, 65535) if first is None or last is None else (int(first), int(last))
