"""What must be true of supplied resources, each with the mend in the message."""

from typing import Any

import pytest

from tests.plan.samples import lock_keys, locked, plan, refused

VPC, OTHER_VPC = "vpc-0123456789abcdef0", "vpc-0fffffffffffffff0"
TABLE, SUBNETS = "rtb-0123456789abcdef0", ("subnet-0123456789abcdef1", "subnet-0123456789abcdef2")
ENDPOINT = "vpce-0123456789abcdef0"


def supplied(i: int, zone: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "existing", "subnetId": SUBNETS[i], "availabilityZone": f"ap-northeast-1{zone}",
        "cidr": f"10.0.{16 * i}.0/20", "routeTableId": TABLE, **more,
    }  # fmt: skip


EXISTING: dict[str, Any] = {
    "network.vpc": {"kind": "existing", "vpcId": VPC, "cidr": "10.0.0.0/16",
                    "secondaryCidrs": ["10.1.0.0/16"]},
    "network.subnets": {"a": supplied(0, "a"), "c": supplied(1, "c")},
    "network.endpoints.existing": {"s3": ENDPOINT},
}  # fmt: skip


WATCHED: dict[str, Any] = {  # as in a VPC of ours
    "flowLogs": ["ALL"], "queryLogs": True,
    "dnsFirewall": {"failOpen": False, "rules": [
        {"action": "ALLOW", "domains": list(plan().allowed_domains)},
        {"action": "BLOCK", "domains": ["*"]},
    ]},
}  # fmt: skip


def existing_lock() -> dict[str, Any]:
    """A lock whose supplied VPC, subnets and table are as they should be."""
    tags = {"kubernetes.io/cluster/test": "shared"}
    keys = lock_keys()
    keys["supplied"] = {
        "vpcs": {VPC: {"cidrs": ["10.0.0.0/16", "10.1.0.0/16"], "dnsSupport": True,
                       "dnsHostnames": True, "watch": WATCHED}},
        "subnets": {
            SUBNETS[i]: {"vpcId": VPC, "availabilityZone": f"ap-northeast-1{zone}",
                         "cidr": f"10.0.{16 * i}.0/20", "routeTableId": TABLE, "tags": tags,
                         "mapPublicIpOnLaunch": False}
            for i, zone in enumerate("ac")
        },
        "routeTables": {TABLE: {"vpcId": VPC, "tags": tags, "routes": [
            {"destination": "10.0.0.0/16", "target": "local"},
            {"destination": "10.1.0.0/16", "target": "local"},
            {"destination": "pl-0123456789abcdef0", "target": ENDPOINT},
        ]}},
    }  # fmt: skip
    keys["supplied"]["endpoints"] = {ENDPOINT: {
        "vpcId": VPC, "serviceName": "com.amazonaws.ap-northeast-1.s3", "type": "Gateway",
        "state": "available", "privateDns": False, "routeTableIds": [TABLE],
        "policy": {"Statement": [{
            "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::prod-ap-northeast-1-starport-layer-bucket/*",
        }]},
    }}  # fmt: skip
    return keys


def test_a_sound_supplied_network_is_taken_as_it_is():
    found = plan(EXISTING, locked(existing_lock()))
    assert [s.subnet_id for s in found.layout.subnets.values()] == list(SUBNETS)
    assert {t.route_table_id for t in found.layout.route_tables.values()} == {TABLE}
    assert found.routes == ()
    assert all(s.tags == {} for s in found.layout.subnets.values())


MUST_HAVE_TAG = "needs the tag kubernetes.io/cluster/test = shared"
TABLE_MUST_HAVE_TAG = (
    f"{MUST_HAVE_TAG}, since nodes lie in a, c: by it the AWS cloud provider finds the table for "
    "routes to pods"
)
DNS = (
    "needs DNS support and DNS hostnames on, else private names of endpoints do not resolve and "
    "no node joins; switch on enableDnsSupport and enableDnsHostnames"
)
RUN_LOCK = "was not read; run heiiki lock"
IN_VPC = f"lies in {OTHER_VPC}, not in network.vpc.vpcId {VPC}"
UNSOUND = [  # a change of what the lock says, and the faults (without those of the second subnet)
    (("vpcs", VPC, "dnsHostnames"), False, [("network.vpc.vpcId", DNS, VPC)]),
    (("vpcs", VPC, "dnsSupport"), False, [("network.vpc.vpcId", DNS, VPC)]),
    (("vpcs", VPC, "cidrs"), ["10.0.0.0/16"],
     [("network.vpc.secondaryCidrs.0", "is not of the VPC, which has 10.0.0.0/16", "10.1.0.0/16")]),
    (("vpcs", VPC, "cidrs"), ["10.1.0.0/16"],
     [("network.vpc.cidr", "is not of the VPC, which has 10.1.0.0/16", "10.0.0.0/16")]),
    (("vpcs", VPC, "cidrs"), ["10.0.0.0/16", "10.1.0.0/16", "52.0.0.0/16"],
     [("network.vpc.secondaryCidrs", "leaves out a CIDR that the VPC has, so nothing keeps "
       "Services and connections apart from it; add it", "52.0.0.0/16")]),
    (("vpcs", VPC, "ipv6Cidrs"), ["2600:1f14::/56"],
     [("network.vpc.vpcId", "has IPv6 addresses 2600:1f14::/56, which are public and which no rule "
       "here covers; have its owner take them off", VPC)]),
    *((("vpcs", VPC, "domainNameServers"), servers,
       [("network.vpc.vpcId", f"has DHCP options with {named}; nodes need AmazonProvidedDNS "
         "and may ask nobody else, since others pass DNS Firewall and query logs by; have its "
         "owner set domain-name-servers = AmazonProvidedDNS", VPC)])
      for servers, named in ((["8.8.8.8"], "8.8.8.8"), ([], "no name server"),
                             (["AmazonProvidedDNS", "10.9.0.2"], "10.9.0.2"))),
    (("subnets", SUBNETS[0], "ipv6Cidrs"), ["2600:1f14::/64"],
     [("network.subnets.a.subnetId", "has IPv6 addresses 2600:1f14::/64, which are public; have "
       "its owner take them off", SUBNETS[0])]),
    (("vpcs",), {}, [("network.vpc.vpcId", RUN_LOCK, VPC)]),
    (("subnets", SUBNETS[0], "vpcId"), OTHER_VPC,
     [("network.subnets.a.subnetId", IN_VPC, SUBNETS[0])]),
    (("subnets", SUBNETS[0], "availabilityZone"), "ap-northeast-1d",
     [("network.subnets.a.availabilityZone", "is not of the subnet, which has ap-northeast-1d",
       "ap-northeast-1a")]),
    (("subnets", SUBNETS[0], "cidr"), "10.0.32.0/20",
     [("network.subnets.a.cidr", "is not of the subnet, which has 10.0.32.0/20", "10.0.0.0/20")]),
    (("subnets", SUBNETS[0], "routeTableId"), None,
     [("network.subnets.a.routeTableId", "is not of the subnet, which has None", TABLE)]),
    (("subnets", SUBNETS[0], "tags"), {},
     [("network.subnets.a.subnetId", f"{MUST_HAVE_TAG}, else Services of type LoadBalancer get no "
       "load balancer", SUBNETS[0])]),
    (("subnets", SUBNETS[0], "tags"), {"kubernetes.io/cluster/test": "true"},
     [("network.subnets.a.subnetId", f"{MUST_HAVE_TAG}, else Services of type LoadBalancer get no "
       "load balancer", SUBNETS[0])]),
    (("subnets", SUBNETS[0], "mapPublicIpOnLaunch"), True,
     [("network.subnets.a.subnetId", "gives machines public addresses; switch off "
       "mapPublicIpOnLaunch", SUBNETS[0])]),
    (("routeTables", TABLE, "tags"), {},
     [("network.subnets.a.routeTableId", TABLE_MUST_HAVE_TAG, TABLE)]),
    (("routeTables", TABLE, "vpcId"), OTHER_VPC,
     [("network.subnets.a.routeTableId", IN_VPC, TABLE)]),
    (("routeTables",), {}, [("network.subnets.a.routeTableId", RUN_LOCK, TABLE)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "faults"), UNSOUND, ids=[str(i) for i in range(len(UNSOUND))]
)
def test_what_is_unsound_is_told_with_the_mend(path, value, faults):
    keys = existing_lock()
    here = keys["supplied"]
    for part in path[:-1]:
        here = here[part]
    here[path[-1]] = value
    assert refused(EXISTING, locked(keys)) == [(p, m, f"'{v}'") for p, m, v in faults]


def test_a_subnet_that_was_not_read_is_told():
    keys = existing_lock()
    del keys["supplied"]["subnets"][SUBNETS[1]]
    assert refused(EXISTING, locked(keys)) == [
        ("network.subnets.c.subnetId", RUN_LOCK, f"'{SUBNETS[1]}'")
    ]


def test_an_owned_tag_serves_as_well_as_a_shared_one():
    keys = existing_lock()
    for kind in ("subnets", "routeTables"):
        for row in keys["supplied"][kind].values():
            row["tags"] = {"kubernetes.io/cluster/test": "owned"}
    assert plan(EXISTING, locked(keys)).routes == ()


OTHER_TABLE, OTHER_SUBNETS = "rtb-0123456789abcdef9", {
    name: f"subnet-0123456789abcdea{i}" for i, name in enumerate(("operator", "cp-a", "cp-c"))
}  # fmt: skip


def beside_nodes(tags: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The stack with an operator's and a control plane's own subnets, in a table of their own."""
    blocks = {"operator": ("a", "10.0.64.0/24"), "cp-a": ("a", "10.0.65.0/28"),
              "cp-c": ("c", "10.0.65.16/28")}  # fmt: skip
    changes, keys = {**EXISTING, "access.operator": {}}, existing_lock()
    changes["controlPlane.subnets"] = ["cp-a", "cp-c"]
    changes["network.subnets"] = {**EXISTING["network.subnets"]}
    for name, (zone, cidr) in blocks.items():
        changes["network.subnets"][name] = {
            "kind": "existing", "subnetId": OTHER_SUBNETS[name], "cidr": cidr,
            "availabilityZone": f"ap-northeast-1{zone}", "routeTableId": OTHER_TABLE,
        }  # fmt: skip
        keys["supplied"]["subnets"][OTHER_SUBNETS[name]] = {
            "vpcId": VPC, "availabilityZone": f"ap-northeast-1{zone}", "cidr": cidr,
            "routeTableId": OTHER_TABLE, "tags": tags, "mapPublicIpOnLaunch": False,
        }  # fmt: skip
    table = {**keys["supplied"]["routeTables"][TABLE], "tags": tags}
    keys["supplied"]["routeTables"][OTHER_TABLE] = table
    keys["supplied"]["endpoints"][ENDPOINT]["routeTableIds"].append(OTHER_TABLE)
    return changes, keys


@pytest.mark.parametrize("tags", [{}, {"kubernetes.io/cluster/test": "shared"}])
def test_the_tag_is_not_asked_for_where_neither_nodes_nor_load_balancers_lie(tags):
    changes, keys = beside_nodes(tags)
    found = plan(changes, locked(keys)).layout
    assert (found.nodes, found.operator) == (("a", "c"), "operator")
    assert found.control_plane == ("cp-a", "cp-c")


def test_the_tag_is_asked_for_where_a_pool_lies_though_no_load_balancer_may():
    """A /28 has no room for one; nodes in it still need the table."""
    changes, keys = beside_nodes({})
    changes["nodePools.workers.subnets"] = ["cp-a", "a"]
    assert refused(changes, locked(keys)) == [
        ("network.subnets.cp-a.routeTableId", f"{MUST_HAVE_TAG}, since nodes lie in cp-a: by "
         "it the AWS cloud provider finds the table for routes to pods", f"'{OTHER_TABLE}'"),
    ]  # fmt: skip


def test_the_tag_is_asked_for_once_of_a_table_that_two_exposures_share():
    changes, keys = dict(EXISTING), existing_lock()
    changes["network.subnets"] = {"a": supplied(0, "a"), "c": supplied(1, "c", exposure="public")}
    keys["supplied"]["routeTables"][TABLE]["tags"] = {}
    told = [m for _, m, _ in refused(changes, locked(keys)) if m.startswith(MUST_HAVE_TAG)]
    assert told == [TABLE_MUST_HAVE_TAG.replace("lie in a, c", "lie in a")]


def test_a_public_front_needs_the_tag_for_its_load_balancers_and_its_table_does_not():
    changes, keys = beside_nodes({})
    front = changes["network.subnets"]["operator"]
    del changes["access.operator"]
    front["exposure"] = "public"
    told = {(p, m) for p, m, _ in refused(changes, locked(keys)) if m.startswith(MUST_HAVE_TAG)}
    assert told == {
        ("network.subnets.operator.subnetId",
         f"{MUST_HAVE_TAG}, else Services of type LoadBalancer get no load balancer"),
    }  # fmt: skip


NEW_SUBNETS = {
    "n1": {"kind": "create", "availabilityZone": "ap-northeast-1a", "cidr": "10.0.64.0/20",
           "routeTable": "theirs"},
    "n2": {"kind": "create", "availabilityZone": "ap-northeast-1c", "cidr": "10.0.80.0/20",
           "routeTable": "theirs"},
}  # fmt: skip
TABLES = {"theirs": {"kind": "existing", "routeTableId": TABLE}}


def test_new_subnets_may_join_a_supplied_table_of_the_same_vpc():
    changes = EXISTING | {"network.subnets": NEW_SUBNETS, "network.routeTables": TABLES}
    found = plan(changes, locked(existing_lock()))
    assert found.layout.route_tables["theirs"].route_table_id == TABLE
    assert found.routes == ()
    keys = existing_lock()
    keys["supplied"]["routeTables"][TABLE]["vpcId"] = OTHER_VPC
    assert refused(changes, locked(keys)) == [
        ("network.routeTables.theirs.routeTableId", IN_VPC, f"'{TABLE}'")
    ]


def test_supplied_subnets_and_tables_need_a_supplied_vpc():
    changes = EXISTING | {"network.vpc": {"kind": "create", "cidr": "10.0.0.0/16"}}
    assert refused(changes, locked(existing_lock())) == [
        (f"network.subnets.{n}", "a supplied subnet needs a supplied VPC", None) for n in "ac"
    ]
    changes = {"network.subnets": NEW_SUBNETS, "network.routeTables": TABLES,
               "network.endpoints.existing": {"s3": ENDPOINT}}  # fmt: skip
    assert refused(changes, locked(existing_lock())) == [
        ("network.routeTables.theirs.routeTableId",
         "a supplied table needs a supplied VPC, which it lies in", f"'{TABLE}'"),
    ]  # fmt: skip


def test_subnets_of_a_supplied_vpc_are_listed_and_never_laid_out():
    changes = EXISTING | {"network.subnets": {}, "network.endpoints.existing": {}}
    assert refused(changes, locked(existing_lock())) == [
        ("network.subnets", "is needed: only its owner knows what is free in a supplied VPC, so "
         "list the subnets", None),
    ]  # fmt: skip


def test_a_supplied_vpcs_gateway_is_supplied_too():
    changes = EXISTING | {"network.egress": {"kind": "internetGateway"}}
    assert refused(changes, locked(existing_lock())) == [
        (
            "network.egress.kind",
            "would open a gateway that nothing uses, since no subnet is public; give one in "
            "network.subnets exposure public, or write none", "'internetGateway'",
        ),
        (
            "network.egress.internetGateway",
            "a supplied VPC is not changed; give its gateway as existing", None,
        ),
    ]  # fmt: skip
