"""Each role of a control plane of our own: what it may, and whose it may not.

Judged by the pack's own evaluator of policies, which shares nothing with the plan.
"""

from functools import cache

import pytest

from iam.evaluate import Answer, evaluate
from iam.requests import Owner, Principal, Request
from plan.fact_files import load_facts
from plan.iam import document
from plan.names import ROLE_NAME_MAX
from plan.partitions import partition_of
from plan.policy_sizes import size_of
from plan.self_hosted.iam import Place, controller_role, etcd_role, worker_statements
from rules.documents import parse_document
from tests.plan.samples import ACCOUNT
from tests.plan.self_hosted.scopes import controllers, etcd, scope_of

REGION = "ap-northeast-1"
BUNDLE = f"bundles/{'0' * 64}.tar.gz"
TAG = "kubernetes.io/cluster/test"
FOREIGN = "210987654321"


def place(region=REGION, key_arn=None):
    return Place(partition_of(region), ACCOUNT, "test-bucket", scope_of().tags, key_arn)


@cache
def roles():
    members = etcd()[0].members
    found = {
        member.role: etcd_role(member, place(), [BUNDLE], etcd_cluster="test")
        for member in members.values()
    }
    return {**found, "controller": controller_role(controllers()[0], place(), [BUNDLE])}


def arn(service, rest, account=ACCOUNT):
    if service == "s3":
        return f"arn:aws:s3:::{rest}"
    return f"arn:aws:{service}:{REGION}:{account}:{rest}"


def may(statements, action, resource="*", owner=ACCOUNT, told=None):
    """Whether whoever carries the statements may. told: the keys that the request carries."""
    context = {"aws:resourceaccount": (owner,)}
    context |= {key.lower(): (value,) for key, value in (told or {}).items()}
    caller = Principal("AWS", f"arn:aws:iam::{ACCOUNT}:role/x", Owner(ACCOUNT))
    request = Request(caller, action, resource, Owner(owner), context=context)
    # A role's policy names nobody: it is about whoever carries the role.
    carried = document(tuple({**s, "Principal": {"AWS": "*"}} for s in statements))
    return evaluate(parse_document(carried), request).allowed is Answer.YES


def role_may(role, action, resource="*", owner=ACCOUNT, told=None):
    return may(roles()[role].statements, action, resource, owner, told)


def tagged(**tags):
    names = {"cluster": "heiiki:cluster", "member": "heiiki:etcd-member", "role": "heiiki:role"}
    return {f"aws:ResourceTag/{names[key]}": value for key, value in tags.items()}


VOLUME, INTERFACE = arn("ec2", "volume/vol-1"), arn("ec2", "network-interface/eni-1")
INSTANCE = arn("ec2", "instance/i-1")


@pytest.mark.parametrize(
    ("action", "resource"),
    [("ec2:AttachVolume", VOLUME), ("ec2:AttachNetworkInterface", INTERFACE)],
)
def test_a_member_attaches_what_bears_its_own_name_and_nothing_else(action, resource):
    for tags, allowed in (
        (tagged(cluster="test", member="1a"), True),
        (tagged(cluster="test", member="1c"), False),
        (tagged(cluster="other", member="1a"), False),
        (tagged(cluster="test"), False),
        ({}, False),
    ):
        assert role_may("etcd-1a", action, resource, told=tags) is allowed, tags


def test_a_member_attaches_to_machines_of_its_own_role_alone():
    for tags, allowed in (
        (tagged(cluster="test", role="etcd-1a"), True),
        (tagged(cluster="test", role="etcd-1c"), False),
        (tagged(cluster="test", role="controller"), False),
        (tagged(cluster="test", member="1a"), False),
    ):
        assert role_may("etcd-1a", "ec2:AttachVolume", INSTANCE, told=tags) is allowed, tags


def test_the_first_start_is_claimed_once_and_under_one_key():
    bootstrap = arn("s3", "test-bucket/bootstrap/test.json")
    once = {"s3:if-none-match": "*"}
    assert role_may("etcd-1a", "s3:PutObject", bootstrap, told=once)
    assert not role_may("etcd-1a", "s3:PutObject", bootstrap), "an unconditional write"
    first = arn("s3", "test-bucket/bootstrap/test/1a.json")
    assert role_may("etcd-1a", "s3:PutObject", first, told=once)
    assert not role_may("etcd-1a", "s3:PutObject", first), "an unconditional write"
    assert role_may("etcd-1a", "s3:GetObject", first)
    for action in ("s3:GetObject", "s3:PutObject"):
        theirs = arn("s3", "test-bucket/bootstrap/test/1c.json")
        assert not role_may("etcd-1a", action, theirs, told=once), "another member's"
    other = arn("s3", "test-bucket/bootstrap/other.json")
    assert not role_may("etcd-1a", "s3:PutObject", other, told=once)
    assert role_may("etcd-1a", "s3:GetObject", bootstrap)


def test_a_member_says_once_that_it_has_begun_and_looks_for_no_other():
    begun = "bootstrap/test/begun/1a.json"
    once = {"s3:if-none-match": "*"}
    assert role_may("etcd-1a", "s3:PutObject", arn("s3", f"test-bucket/{begun}"), told=once)
    assert not role_may("etcd-1a", "s3:PutObject", arn("s3", f"test-bucket/{begun}"))
    assert not role_may("etcd-1a", "s3:DeleteObject", arn("s3", f"test-bucket/{begun}"))
    bucket = arn("s3", "test-bucket")
    assert role_may("etcd-1a", "s3:ListBucket", bucket, told={"s3:prefix": begun})
    for prefix in ("bootstrap/test/begun/1c.json", "bootstrap/test/begun/", "bootstrap/"):
        assert not role_may("etcd-1a", "s3:ListBucket", bucket, told={"s3:prefix": prefix})


def test_a_member_says_when_it_was_well_over_its_own_word_alone():
    keys = [f"bootstrap/test/well/{name}.json" for name in ("1a", "1c")]
    mine, theirs = (arn("s3", f"test-bucket/{key}") for key in keys)
    over = {"s3:if-match": '"tag"'}
    for told in ({"s3:if-none-match": "*"}, over):
        assert role_may("etcd-1a", "s3:PutObject", mine, told=told)
        assert not role_may("etcd-1a", "s3:PutObject", theirs, told=told)
    assert not role_may("etcd-1a", "s3:PutObject", mine), "an unconditional write"
    assert not role_may("etcd-1a", "s3:DeleteObject", mine)
    assert role_may("etcd-1a", "s3:GetObject", mine)
    assert not role_may("etcd-1a", "s3:GetObject", theirs)
    bucket = arn("s3", "test-bucket")
    for key, listed in zip(keys, (True, False), strict=True):
        assert role_may("etcd-1a", "s3:ListBucket", bucket, told={"s3:prefix": key}) is listed
    for claim in ("test.json", "test/1a.json", "test/begun/1a.json"):
        once = arn("s3", f"test-bucket/bootstrap/{claim}")
        assert not role_may("etcd-1a", "s3:PutObject", once, told=over)


def test_snapshots_are_written_and_read_below_their_prefix_and_never_deleted():
    mine = arn("s3", "test-bucket/snapshots/test/1/2.db")
    theirs = arn("s3", "test-bucket/snapshots/other/1/2.db")
    once = {"s3:if-none-match": "*"}
    assert role_may("etcd-1a", "s3:PutObject", mine, told=once)
    assert not role_may("etcd-1a", "s3:PutObject", mine), "over one that is there"
    assert role_may("etcd-1a", "s3:GetObject", mine)
    assert not role_may("etcd-1a", "s3:PutObject", theirs, told=once)
    assert not role_may("controller", "s3:GetObject", mine), "it holds every Secret"
    assert not role_may("etcd-1a", "s3:DeleteObject", mine)
    assert not role_may("etcd-1a", "s3:DeleteObjectVersion", mine)
    bucket = arn("s3", "test-bucket")
    assert role_may("etcd-1a", "s3:ListBucket", bucket, told={"s3:prefix": "snapshots/test/1"})
    assert not role_may("etcd-1a", "s3:ListBucket", bucket, told={"s3:prefix": "bundles/"})
    assert not role_may("etcd-1a", "s3:ListBucket", bucket)


def test_a_generation_is_claimed_under_its_own_name_and_reads_snapshots_of_all():
    (member, *_) = etcd()[0].members.values()
    found = etcd_role(member, place(), [BUNDLE], etcd_cluster="test", bootstrap="test-2").statements
    once = {"s3:if-none-match": "*"}
    for key in ("test-2.json", "test-2/1a.json", "test-2/begun/1a.json"):
        assert may(found, "s3:PutObject", arn("s3", f"test-bucket/bootstrap/{key}"), told=once)
    for key in ("test.json", "test/1a.json", "test/begun/1a.json"):
        assert not may(found, "s3:PutObject", arn("s3", f"test-bucket/bootstrap/{key}"), told=once)
    assert may(found, "s3:GetObject", arn("s3", "test-bucket/snapshots/test/test-1/x.db"))


@pytest.mark.parametrize("role", ["etcd-1a", "controller"])
def test_a_machine_boots_from_its_own_bundle_and_no_other(role):
    assert role_may(role, "s3:GetObject", arn("s3", f"test-bucket/{BUNDLE}"))
    other = arn("s3", f"test-bucket/bundles/{'1' * 64}.tar.gz")
    assert not role_may(role, "s3:GetObject", other)
    mine = arn("s3", f"test-bucket/{BUNDLE}")
    assert not role_may(role, "s3:GetObject", mine, owner=FOREIGN), "a bucket that changed hands"


@pytest.mark.parametrize(("role", "group"), [("etcd-1a", "etcd-1a"), ("controller", "controller")])
def test_a_machine_ends_the_wait_of_its_own_group(role, group):
    def named(name):
        rest = f"autoScalingGroup:x:autoScalingGroupName/test-{REGION}-{name}"
        return arn("autoscaling", rest)

    assert role_may(role, "autoscaling:CompleteLifecycleAction", named(group))
    assert not role_may(role, "autoscaling:CompleteLifecycleAction", named("etcd-1c"))
    assert not role_may(role, "autoscaling:SetDesiredCapacity", named(group))


BALANCER = arn("elasticloadbalancing", "loadbalancer/net/a/1")
GROUP = arn("ec2", "security-group/sg-1")
OWN, ASKED = {f"aws:ResourceTag/{TAG}": "owned"}, {f"aws:RequestTag/{TAG}": "owned"}


NETWORK_WRITES = (
    "ec2:CreateRoute", "ec2:DeleteRoute", "ec2:ReplaceRoute", "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateSecurityGroup", "ec2:ModifyInstanceAttribute",
    "ec2:CreateTags", "ec2:AttachVolume", "elasticloadbalancing:CreateLoadBalancer",
    "elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeleteLoadBalancer",
)  # fmt: skip


def test_controllers_look_at_machines_and_zones_and_no_machine_says_what_is_the_clusters():
    """What serving certificates are approved by (docs/adr/0025), and what nodes are told by."""
    for action in ("DescribeInstances", "DescribeAvailabilityZones", "DescribeInstanceTopology"):
        assert role_may("controller", f"ec2:{action}")
    named = {"aws:RequestTag/heiiki:cluster": "test"}
    for made in ("RunInstances", "CreateSecurityGroup"):
        told = {**ASKED, **named, "ec2:CreateAction": made}
        for role in roles():
            for resource in (INSTANCE, GROUP):
                assert not role_may(role, "ec2:CreateTags", resource, told=told), role


def test_no_machine_writes_a_route_a_group_or_a_load_balancer():
    """Those of Services neither: nobody makes them (docs/adr/0034)."""
    everything = {**OWN, **ASKED, "elasticloadbalancing:Scheme": "internal"}
    for action in (one for one in NETWORK_WRITES if one != "ec2:AttachVolume"):
        for resource in ("*", GROUP, BALANCER, INSTANCE, arn("ec2", "route-table/rtb-1")):
            for role in roles():
                assert not role_may(role, action, resource, told=everything), (role, action)


def test_a_nodes_role_writes_nothing_of_the_network():
    statements = worker_statements(f"test-{REGION}-workers", place(), [BUNDLE])
    assert may(statements, "ecr:BatchGetImage", arn("ecr", "repository/pause")), "it is there"
    for action in ("ec2:DescribeInstances", "ec2:DescribeTags", "ec2:DescribeRegions"):
        assert not may(statements, action), "nobody on a node asks"
    everything = {**OWN, **ASKED, **tagged(cluster="test", member="1a", role="etcd-1a")}
    for action in NETWORK_WRITES:
        for resource in ("*", GROUP, BALANCER, INSTANCE, VOLUME, arn("ec2", "route-table/rtb-1")):
            assert not may(statements, action, resource, told=everything), (action, resource)


def test_no_role_writes_routes_and_none_may_do_everything():
    for role in roles().values():
        for statement in role.statements:
            actions = statement["Action"]
            assert not any("*" in action for action in actions), statement
            writes = [a for a in actions if not a.split(":")[1].startswith(("Describe", "Get"))]
            assert statement["Resource"] != "*" or writes == [], statement
        assert not may(role.statements, "ec2:CreateRoute", arn("ec2", "route-table/r"), told=OWN)


def test_statements_have_names_of_their_own():
    """IAM refuses a policy in which two have one."""
    workers = worker_statements("g", place(), [BUNDLE])
    for statements in (*(role.statements for role in roles().values()), workers):
        sids = [statement["Sid"] for statement in statements]
        assert sids and len(set(sids)) == len(sids)


def test_the_key_opens_what_is_the_clusters():
    key = arn("kms", "key/1")
    s3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com", "aws:ResourceTag/heiiki:cluster": "test",
          "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::test-bucket/{BUNDLE}"}  # fmt: skip
    assert role_may("controller", "kms:Decrypt", key, told=s3)
    for name in s3:
        assert not role_may("controller", "kms:Decrypt", key, told={**s3, name: "x"}), name
    grant = {"kms:ViaService": f"ec2.{REGION}.amazonaws.com", "kms:GrantIsForAWSResource": "true",
             "aws:ResourceTag/heiiki:cluster": "test"}  # fmt: skip
    assert role_may("etcd-1a", "kms:CreateGrant", key, told=grant)
    assert not role_may("etcd-1a", "kms:CreateGrant", key,
                        told={**grant, "kms:GrantIsForAWSResource": "false"})  # fmt: skip
    assert not role_may("controller", "kms:CreateGrant", key, told=grant)


def test_a_supplied_key_is_named():
    mine, other = arn("kms", "key/mine"), arn("kms", "key/other")
    member = etcd()[0].members["1a"]
    statements = etcd_role(
        member, place(key_arn=mine), [BUNDLE], etcd_cluster="test"
    ).statements  # fmt: skip
    grant = {"kms:ViaService": f"ec2.{REGION}.amazonaws.com", "kms:GrantIsForAWSResource": "true"}
    assert may(statements, "kms:CreateGrant", mine, told=grant)
    assert not may(statements, "kms:CreateGrant", other, told=grant)


def test_what_others_plan_for_a_role_is_added_to_it():
    more = {"Sid": "OwnFiles", "Effect": "Allow", "Action": ["ssm:GetParameter"],
            "Resource": arn("ssm", "parameter/heiiki/test/etcd-1a/*")}  # fmt: skip
    member = etcd()[0].members["1a"]
    found = etcd_role(member, place(), [BUNDLE], etcd_cluster="test", more=[more])
    assert may(found.statements, "ssm:GetParameter",
               arn("ssm", "parameter/heiiki/test/etcd-1a/x"))  # fmt: skip


@pytest.mark.parametrize("region", ["ap-northeast-1", "cn-north-1", "us-gov-west-1"])
def test_roles_fit_and_speak_of_their_own_partition(region):
    where = place(region)
    keys = [BUNDLE, *(f"binaries/{digit * 64}" for digit in "01234567")]
    role = etcd_role(etcd()[0].members["1a"], where, keys, etcd_cluster="test")
    whole = controller_role(controllers()[0], where, keys)
    limit = load_facts("policy_limits.yaml")["role"]["limit"]
    for made in (role, whole):
        assert len(made.role_name) <= ROLE_NAME_MAX and made.instance_profile
        assert made.trust["Statement"][0]["Principal"] == {
            "Service": [where.partition.ec2_principal]
        }
        text = str(made.statements)
        assert f"arn:{where.partition.name}:s3" in text
        assert where.partition.name == "aws" or "arn:aws:" not in text
        assert size_of("role", document(made.statements)) <= limit
