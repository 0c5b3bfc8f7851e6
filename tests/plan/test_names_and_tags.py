"""Names within AWS's limits, unique, and the same for ever; tags on everything."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.names import (
    BUCKET_NAME_MAX,
    GROUP_NAME_MAX,
    ROLE_NAME_MAX,
    bucket_name,
    group_name,
    role_name,
    shortened,
    zone_suffix,
)
from plan.subnets import plan_subnets
from plan.tags import MOST_OWN_TAGS, Tags
from tests.plan.samples import LISTED, plan, refused, subnet
from tests.spec.stack_files import stack
from tests.spec.strategies import FAST

LONG = "a" * 30
CLUSTER_FORM = r"[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?"
POOL_FORM = r"[a-z](?:[a-z0-9-]{0,22}[a-z0-9])?"
CLUSTER = st.from_regex(CLUSTER_FORM, fullmatch=True)
POOL = st.from_regex(POOL_FORM, fullmatch=True)
REGIONS = st.sampled_from(("eu-west-1", "ap-northeast-1", "us-isob-east-1"))
ACCOUNTS = st.sampled_from(("1" * 12, "123456789012"))
# Names that hold, whole or in part, what stands between the two halves of a bucket's name.
LOOKALIKE = st.from_regex(r"[a-z]{1,3}(-1{12})?(-eu-west-1)?(-[a-z]{1,3})?", fullmatch=True)
ASKED = st.tuples(CLUSTER, st.sampled_from(("ap-northeast-1", "us-isob-east-1")), POOL)


def test_zones_have_short_names():
    assert zone_suffix("ap-northeast-1a") == "1a"
    assert zone_suffix("us-gov-west-1b") == "1b"


def test_role_names_are_pinned_because_others_trust_them():
    assert role_name("dev", "ap-northeast-1", "cluster") == "dev-ap-northeast-1-cluster"
    long = role_name(LONG, "ap-northeast-1", f"node-{'b' * 24}")
    assert long == f"{LONG}-ap-northeast-1-node-bbbb-7597af97"
    assert len(long) == ROLE_NAME_MAX


@FAST
@given(st.lists(ASKED, min_size=2, max_size=6, unique_by=lambda asked: "-".join(asked)))
def test_role_names_fit_and_differ_where_what_is_asked_differs(asked):
    names = [role_name(cluster, region, f"node-{pool}") for cluster, region, pool in asked]
    assert all(len(name) <= ROLE_NAME_MAX for name in names)
    assert len(set(names)) == len(names)


@FAST
@given(st.lists(ASKED, min_size=2, max_size=6, unique_by=lambda asked: "-".join(asked)))
def test_group_names_fit_and_differ_where_what_is_asked_differs(asked):
    names = [group_name(*one) for one in asked]
    assert all(len(name) <= GROUP_NAME_MAX for name in names)
    assert len(set(names)) == len(names)


@FAST
@given(
    st.tuples(
        CLUSTER | LOOKALIKE, REGIONS, ACCOUNTS, POOL | LOOKALIKE.filter(lambda n: n[24:] == "")
    )
)
def test_a_bucket_s_name_is_read_back_in_one_way_or_holds_a_hash_of_it(asked):
    """So no two clusters, of whatever accounts and regions, give one name."""
    cluster, region, account, purpose = asked
    name, whole = bucket_name(*asked), f"{cluster}-{account}-{region}-{purpose}"
    assert len(name) <= BUCKET_NAME_MAX and name.startswith(cluster)
    middles = re.finditer(r"(?=-([0-9]{12})-([a-z]{2,4}(?:-[a-z]+)+-[0-9])-)", whole)
    read = {
        (whole[: m.start()], m[2], m[1], whole[m.end(2) + 1 :])
        for m in middles
        if re.fullmatch(CLUSTER_FORM, whole[: m.start()])
        and re.fullmatch(POOL_FORM, whole[m.end(2) + 1 :])
    }
    assert read == {asked}
    assert name == whole or re.search("-[0-9a-f]{16}$", name)


@FAST
@given(st.lists(st.tuples(CLUSTER, REGIONS, ACCOUNTS, POOL), min_size=2, max_size=6, unique=True))
def test_bucket_names_fit_and_differ_where_what_is_asked_differs(asked):
    names = [bucket_name(*one) for one in asked]
    assert all(len(name) <= BUCKET_NAME_MAX for name in names)
    assert len(set(names)) == len(names)


def test_a_hyphen_that_moves_from_the_cluster_to_the_bucket_makes_another_name():
    one, other = (
        bucket_name(cluster, "eu-west-1", "1" * 12, purpose)
        for cluster, purpose in (("prod", "eu-tools"), ("prod-eu", "tools"))
    )
    assert one == "prod-111111111111-eu-west-1-eu-tools" != other


def test_two_long_names_with_one_beginning_stay_apart():
    one, other = (shortened(f"{'x' * 80}{end}", 64) for end in "ab")
    assert one != other
    assert one[:55] == other[:55]
    assert shortened("short", 64) == "short"
    assert shortened("a" * 54 + "-" * 12, 64).count("--") == 0


def test_own_tags_never_hide_what_kubernetes_looks_for():
    tags = Tags("dev", {"owner": "x", "Name": "y", "heiiki:cluster": "z"})
    assert tags.named("vpc") == {"Name": "dev-vpc", "heiiki:cluster": "dev", "owner": "x"}
    assert tags.for_kubernetes("vpc", "owned")["kubernetes.io/cluster/dev"] == "owned"


def test_subnets_carry_the_cluster_and_the_load_balancers_role():
    public = {"kind": "create", "availabilityZone": "ap-northeast-1a", "cidr": "10.0.0.0/24",
              "exposure": "public"}  # fmt: skip
    isolated = {**public, "exposure": "isolated"}
    layout = plan(
        {
            "network.egress": {"kind": "internetGateway"},
            "network.subnets": {
                "front": public,
                "a": {**isolated, "cidr": "10.0.1.0/24"},
                "c": {**isolated, "cidr": "10.0.2.0/24", "availabilityZone": "ap-northeast-1c"},
            },
            "tags": {"owner": "me"},
        }
    ).layout
    assert layout.subnets["front"].tags == {
        "Name": "test-front", "heiiki:cluster": "test", "kubernetes.io/cluster/test": "owned",
        "kubernetes.io/role/elb": "1", "owner": "me",
    }  # fmt: skip
    assert layout.subnets["a"].tags["kubernetes.io/role/internal-elb"] == "1"
    assert "kubernetes.io/role/elb" not in layout.subnets["a"].tags


def test_only_subnets_with_room_for_load_balancers_invite_them():
    subnets = plan({"access.operator": {}}).layout.subnets
    invited = {n for n, s in subnets.items() if "kubernetes.io/role/internal-elb" in s.tags}
    assert invited == {"nodes-1a", "nodes-1c"}
    assert {"control-plane-1a", "operator"} <= set(subnets)


def invited(changes):
    """By subnet, the role that it invites load balancers in, if any."""
    roles = "kubernetes.io/role/"
    subnets = plan(changes).layout.subnets
    return {
        name: "".join(key.removeprefix(roles) for key in s.tags if key.startswith(roles))
        for name, s in subnets.items()
    }


LISTED_FOR_ALL = {
    "front": subnet("a", "10.0.0.0/24", exposure="public"),
    "a": subnet("a", "10.0.16.0/20"),
    "c": subnet("c", "10.0.32.0/20"),
    "small": subnet("c", "10.0.48.0/28"),
    "just-right": subnet("c", "10.0.48.32/27"),
    "control-a": subnet("a", "10.0.64.0/24"),
    "control-c": subnet("c", "10.0.65.0/24"),
    "operator": subnet("a", "10.0.66.0/24"),
}


def test_listed_subnets_invite_load_balancers_where_nodes_lie_and_there_is_room():
    changes = {
        "network.egress": {"kind": "internetGateway"},
        "network.subnets": LISTED_FOR_ALL,
        "controlPlane": {"kind": "eks", "subnets": ["control-a", "control-c"]},
        "access.operator": {},
    }
    assert invited(changes) == {
        "front": "elb", "a": "internal-elb", "c": "internal-elb", "small": "",
        "just-right": "internal-elb", "control-a": "", "control-c": "", "operator": "",
    }  # fmt: skip


def test_a_pools_own_subnet_invites_load_balancers_unless_it_is_the_operators():
    changes = {
        "network.subnets": {**LISTED_FOR_ALL, "front": subnet("a", "10.0.0.0/24")},
        "controlPlane": {"kind": "eks", "subnets": ["control-a", "control-c"]},
        "access.operator": {},
        "nodePools.workers.subnets": ["a", "control-c", "operator"],
    }
    found = invited(changes)
    assert found["control-c"] == found["a"] == found["front"] == "internal-elb"
    assert found["control-a"] == found["operator"] == ""


def test_a_public_subnet_of_the_control_plane_alone_or_without_room_invites_none():
    changes = {
        "network.egress": {"kind": "internetGateway"},
        "network.subnets": {
            "a": subnet("a", "10.0.0.0/20"),
            "control-a": subnet("a", "10.0.64.0/24", exposure="public"),
            "control-c": subnet("c", "10.0.65.0/24", exposure="public"),
            "front": subnet("a", "10.0.66.0/24", exposure="public"),
            "small": subnet("a", "10.0.67.0/28", exposure="public"),
        },
        "controlPlane": {"kind": "eks", "subnets": ["control-a", "control-c"]},
    }
    assert invited(changes) == {
        "a": "internal-elb", "control-a": "", "control-c": "", "front": "elb", "small": "",
    }  # fmt: skip


def test_an_operator_who_shares_a_subnet_with_nodes_takes_no_load_balancers_away():
    assert invited({**LISTED, "access.operator": {}}) == dict.fromkeys(("a", "c"), "internal-elb")


def tables_of_the_cluster(changes):
    """By route table of our own, whether it bears the tag that the cloud provider looks for."""
    tables = plan(changes).layout.route_tables
    assert all(t.tags["Name"] == f"test-{name}" for name, t in tables.items())
    return {n: t.tags.get("kubernetes.io/cluster/test") for n, t in tables.items()}


def test_the_tables_of_nodes_bear_the_clusters_tag_and_no_others():
    assert tables_of_the_cluster({"access.operator": {}}) == {
        "nodes-1a": "owned", "nodes-1c": "owned",
        "control-plane-1a": None, "control-plane-1c": None, "operator": None,
    }  # fmt: skip
    changes = {
        "network.egress": {"kind": "internetGateway"},
        "network.routeTables": {"workers": {"kind": "create"}},
        "network.subnets": {
            name: {**asked, "routeTable": "workers"} if name in ("a", "c") else asked
            for name, asked in LISTED_FOR_ALL.items()
        },
        "controlPlane": {"kind": "eks", "subnets": ["control-a", "control-c"]},
        "access.operator": {},
        "nodePools.workers.subnets": ["a", "control-c"],
    }
    assert tables_of_the_cluster(changes) == {
        "workers": "owned", "control-c": "owned", "small": "owned", "just-right": "owned",
        "front": None, "control-a": None, "operator": None,
    }  # fmt: skip


def test_a_supplied_table_is_given_no_tags():
    table = {"kind": "existing", "routeTableId": "rtb-0123456789abcdef0"}
    spec = stack({
        "network.routeTables": {"theirs": table},
        "network.subnets": {
            "a": subnet("a", "10.0.0.0/20", routeTable="theirs"), "c": subnet("c", "10.0.16.0/20"),
        },
    })  # fmt: skip
    tables = plan_subnets(spec, Tags("test", {})).route_tables
    assert tables["theirs"].route_table_id == "rtb-0123456789abcdef0"
    assert tables["theirs"].tags == {}
    assert tables["c"].tags["kubernetes.io/cluster/test"] == "owned"


@pytest.mark.parametrize(
    "key", ["Name", "name", "heiiki:pool", "Heiiki:cluster", "kubernetes.io/cluster/test",
            "kubernetes.io/role/elb", "eks:x"]
)  # fmt: skip
def test_a_tag_that_would_be_overwritten_is_refused(key):
    assert refused({"tags": {key: "x"}}) == [
        (f"tags.{key}", "is a key that heiiki or EKS sets; choose another", "'x'")
    ]


def test_tags_that_are_one_key_to_iam_are_refused():
    """Its tag keys are not case sensitive, those of other services are."""
    assert refused({"tags": {"Owner": "a", "cost": "b", "owner": "c"}}) == [
        ("tags.owner", "differs from tags.Owner by case alone, and IAM takes them for one key; "
         "keep one", "'c'")
    ]  # fmt: skip


def test_more_tags_than_fit_are_refused():
    tags = {f"key-{i}": "x" for i in range(MOST_OWN_TAGS)}
    assert plan({"tags": tags}).tags.own == tags
    assert refused({"tags": {**tags, "one-more": "x"}}) == [
        ("tags", "are 41; write at most 40, AWS takes 50 with ours", None)
    ]
