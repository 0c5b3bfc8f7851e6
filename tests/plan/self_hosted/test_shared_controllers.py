"""Controllers that members of etcd live on: how many, where, how large, and who says so."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam.evaluate import Answer, evaluate
from iam.requests import Owner, Principal, Request
from plan.errors import Faults
from plan.fact_files import load_facts
from plan.firewall import allowed
from plan.iam import document
from plan.policy_sizes import size_of
from plan.self_hosted.places import CONTROLLER, ROLE_TAG
from plan.self_hosted.shared_controllers import plan_shared_controllers
from rules.documents import parse_document
from spec.controllers import ControllersSpec
from spec.errors import parse
from spec.etcd import CreateEtcd
from spec.lock import OfferedInstanceType
from tests.plan.own import ARTIFACTS, faults, own, planned
from tests.plan.samples import ACCOUNT
from tests.plan.self_hosted.scopes import scope_of
from tests.spec.strategies import FAST

ON = "controllers"
IMAGE = {"kind": "custom", "imageId": "ami-0fffffffffffffff0"}


def asked(etcd=None, controllers=None, **changes):
    return {
        "controlPlane.etcd": {"placement": ON, **(etcd or {})},
        "controlPlane.controllers": controllers or {},
        **changes,
    }


def test_each_is_a_group_of_one_with_what_a_member_keeps():
    found = own(asked())
    assert found.on_controllers and not own().on_controllers
    member = found.members["1a"]
    assert (member.role, member.machine_role, member.machine_wall) == (
        "etcd-1a", "controller-1a", CONTROLLER,
    )  # fmt: skip
    assert member.group_name == "test-ap-northeast-1-controller-1a"
    assert member.kept_tags == own().members["1a"].kept_tags, "what outlives machines is the same"
    assert member.machine_tags[ROLE_TAG] == "controller-1a"
    assert member.machine_tags["kubernetes.io/cluster/test"] == "owned", "it is a node"
    assert (found.controllers.min_size, found.controllers.max_size) == (3, 3)
    assert found.controllers.health_check_type == "EC2"


def test_what_machines_are_controllers_say():
    more = {
        "instanceType": "m7i.large", "rootVolume": {"sizeGib": 77}, "timeoutSeconds": 600,
        "securityGroupIds": ["sg-0123456789abcdef0"], "health": {"kind": "instance",
                                                               "graceSeconds": 900},
    }  # fmt: skip
    etcd = own(asked({"securityGroupIds": ["sg-11111111111111111"]}, more)).etcd
    assert (etcd.instance_type, etcd.root_volume.size_gib) == ("m7i.large", 77)
    assert (etcd.readiness.timeout_seconds, etcd.grace_seconds) == (600, 900)
    assert etcd.readiness.hook_name == "heiiki-controller-ready"
    assert etcd.machine_security_group_ids == ("sg-0123456789abcdef0",)
    assert etcd.security_group_ids == ("sg-11111111111111111",), "of the interface that is kept"
    found = own(asked(None, {"image": IMAGE, "labels": {"rack": "a"}}))
    assert (found.controller_image_id, found.etcd_image_id) == (IMAGE["imageId"], "")
    assert found.controllers.labels == {"rack": "a"}, "that of the group is each one's own"


@pytest.mark.parametrize(
    ("etcd", "controllers", "key"),
    [
        ({"instanceType": "m6i.large"}, {}, "etcd.instanceType"),
        ({"rootVolume": {"sizeGib": 30}}, {}, "etcd.rootVolume"),
        ({"image": IMAGE}, {}, "etcd.image"),
        ({"custom": {"files": {"/etc/motd": {"content": "x\n"}}}}, {}, "etcd.custom"),
        ({"rollout": {"timeoutSeconds": 600}}, {}, "etcd.rollout.timeoutSeconds"),
        ({}, {"subnets": ["nodes-1a", "nodes-1c"]}, "controllers.subnets"),
        ({}, {"health": {"kind": "loadBalancer"}}, "controllers.health.kind"),
        ({}, {"minSize": 2, "maxSize": 3}, "controllers.minSize"),
        ({}, {"minSize": 3, "maxSize": 4}, "controllers.maxSize"),
        ({"members": 5}, {"minSize": 3, "maxSize": 5}, "controllers.minSize"),
        ({}, {"minSize": 3, "minInService": 1}, "controllers.minInService"),
    ],
)
def test_a_key_that_nothing_would_follow_from_is_refused(etcd, controllers, key):
    told = faults(asked(etcd, controllers))
    assert [one.partition(":")[0] for one in told] == [f"controlPlane.{key}"], told


@FAST
@given(st.sampled_from((1, 3, 5, 7)), st.sampled_from((1, 2, 3, 4, 5, 6, 7, 8)))
def test_as_many_as_members_may_be_said_and_no_other_number(members, said):
    told = faults_or_none(asked({"members": members}, {"minSize": said, "maxSize": said}))
    assert bool(told) is (members != said), told
    found = own(asked({"members": members}))
    assert len(found.members) == found.controllers.min_size == found.controllers.max_size
    assert len({m.machine_role for m in found.members.values()}) == members


def faults_or_none(changes):
    try:
        own(changes)
    except Exception as error:
        return str(error)
    return ""


def test_an_even_number_is_no_quorum():
    with pytest.raises(Exception, match="must be 1, 3, 5 or 7"):
        parse(CreateEtcd, {"placement": ON, "members": 4}, where="test")


def test_a_machine_is_large_enough_for_both_at_once():
    pools = {"nodePools": {"workers": {"instanceType": "m7i.large", "minSize": 2, "maxSize": 3}}}
    told = faults(asked(profile="highlyAvailable", **pools))
    assert told == [
        "controlPlane.controllers.instanceType: m6i.large has 2 vCPU and 8192 MiB; an API server "
        "and a member of etcd beside it want 4 and 12288 (profile highlyAvailable)"
    ]


def test_a_machine_with_one_interface_takes_no_member():
    """The second one is the member's, and outlives it. No type that is offered now has one only."""
    limits = {"architecture": "x86_64", "vcpus": 8, "memoryMib": 32768, "networkInterfaces": 1,
              "ipv4AddressesPerInterface": 10}  # fmt: skip
    told, warnings = Faults(), []  # type: tuple[Faults, list[str]]
    for interfaces in (1, 2):
        offer = {"availabilityZones": [], "limits": {**limits, "networkInterfaces": interfaces}}
        offered = {"z9.xlarge": OfferedInstanceType.model_validate(offer)}
        plan_shared_controllers(
            parse(CreateEtcd, {"placement": ON}, where="test"),
            parse(ControllersSpec, {"instanceType": "z9.xlarge"}, where="test"),
            replace(scope_of(), offered=offered), "controlPlane", told, warnings,
        )  # fmt: skip
    assert [(one.path, one.message) for one in told.found] == [(
        "controlPlane.controllers.instanceType",
        "takes 1 network interface, and a member has one more that outlives its machine; choose a "
        "larger type",
    )]  # fmt: skip
    assert warnings == []


def test_pools_are_not_called_as_such_a_controller():
    pool = {"instanceType": "m7i.large", "minSize": 1, "maxSize": 2}
    told = faults(asked(nodePools={"controller-1a": pool}))
    assert [one.partition(":")[0] for one in told] == ["nodePools.controller-1a"]
    assert own({"nodePools": {"controller-1a": pool}}), "where nothing else is called so"


@FAST
@given(st.sampled_from((1, 3, 5, 7)))
def test_controllers_alone_reach_members_and_members_call_nobody(members):
    table = planned(asked({"members": members})).firewall
    roles = {member.role for member in own(asked({"members": members})).members.values()}
    for role in roles:
        assert allowed(table, CONTROLLER, role, "tcp", 2379)
        assert allowed(table, CONTROLLER, role, "tcp", 2380)
        assert not allowed(table, "worker", role, "tcp", 2379)
    into = {(row.source, row.protocol, row.ports) for row in table if row.target in roles}
    assert into == {(CONTROLLER, "tcp", (2379, 2379)), (CONTROLLER, "tcp", (2380, 2380)),
                    (CONTROLLER, "icmp", (3, -1))}  # fmt: skip
    out = {(row.target, row.protocol) for row in table if row.source in roles}
    assert out == {(CONTROLLER, "icmp")}
    assert not [row for row in table if row.target == CONTROLLER and row.ports in
                ((2379, 2379), (2380, 2380))], "no machine's own address answers"  # fmt: skip


def may(role, action, resource, told=None):
    context = {"aws:resourceaccount": (ACCOUNT,)}
    context |= {key.lower(): (value,) for key, value in (told or {}).items()}
    caller = Principal("AWS", f"arn:aws:iam::{ACCOUNT}:role/x", Owner(ACCOUNT))
    request = Request(caller, action, resource, Owner(ACCOUNT), context=context)
    carried = document(tuple({**s, "Principal": {"AWS": "*"}} for s in role.statements))
    return evaluate(parse_document(carried), request).allowed is Answer.YES


def test_the_role_reads_both_stores_and_no_third_and_attaches_its_own_alone():
    roles = planned(asked()).roles
    assert {"controller-1a", "controller-1c", "controller-1d"} <= roles.keys()
    assert not {"controller", "etcd-1a"} & roles.keys()
    role, base = roles["controller-1a"], f"arn:aws:ssm:ap-northeast-1:{ACCOUNT}:parameter"
    for store, expected in (("controller", True), ("etcd-1a", True), ("etcd-1c", False),
                            ("etcd-1a-2", False), ("worker", False)):  # fmt: skip
        name = f"{base}/heiiki/test/{store}/x.key"
        assert may(role, "ssm:GetParameter", name) is expected, store
        decrypts = {"kms:ViaService": "ssm.ap-northeast-1.amazonaws.com",
                    "kms:EncryptionContext:PARAMETER_ARN": name}  # fmt: skip
        key = f"arn:aws:kms:ap-northeast-1:{ACCOUNT}:key/k"
        assert may(role, "kms:Decrypt", key, decrypts) is expected, store
    volume = f"arn:aws:ec2:ap-northeast-1:{ACCOUNT}:volume/vol-1"
    machine = f"arn:aws:ec2:ap-northeast-1:{ACCOUNT}:instance/i-1"
    for name, expected in (("1a", True), ("1c", False)):
        tags = {"aws:ResourceTag/heiiki:cluster": "test"}
        member = {**tags, "aws:ResourceTag/heiiki:etcd-member": name}
        own_role = {**tags, "aws:ResourceTag/heiiki:role": f"controller-{name}"}
        assert may(role, "ec2:AttachVolume", volume, member) is expected
        assert may(role, "ec2:AttachVolume", machine, own_role) is expected
    assert len({s["Sid"] for s in role.statements}) == len(role.statements), "IAM refuses a second"


def granted(role):
    """Each action on each resource with one value of each condition: however statements divide
    them, since any one of several is enough."""
    return {
        (s["Effect"], action, resource, held)
        for s in role.statements
        for action in listed(s["Action"])
        for resource in listed(s["Resource"])
        for held in product(*(
            [f"{operator} {key} {value}" for value in listed(values)]
            for operator, block in sorted(s.get("Condition", {}).items())
            for key, values in sorted(block.items())
        ))
    }  # fmt: skip


def listed(values):
    return [values] if isinstance(values, str) else values


def test_the_role_is_that_of_a_controller_and_of_its_member_and_nothing_besides():
    """So no call that either makes of a machine of its own is refused here, and none is new. What
    differs is the machine's own name: in its group, and in the tag of what volumes go to."""
    apart, joint = planned({}).roles, planned(asked()).roles
    told = "autoscaling:CompleteLifecycleAction"
    for member in ("1a", "1c", "1d"):
        own, shared = f"etcd-{member}", f"controller-{member}"
        tag = "StringEquals aws:ResourceTag/heiiki:role "
        members = {
            (effect, action, resource.replace(own, shared) if action == told else resource,
             tuple(one.replace(tag + own, tag + shared) for one in held))
            for effect, action, resource, held in granted(apart[own])
        }  # fmt: skip
        controllers = {one for one in granted(apart[CONTROLLER]) if one[1] != told}
        assert members - controllers and controllers - members, "each has something of its own"
        assert granted(joint[shared]) == members | controllers


def test_such_machines_join_as_nodes():
    nodes = own(asked()).nodes
    assert sorted(arn.rpartition("-1-")[2] for arn in nodes) == [
        "controller-1a", "controller-1c", "controller-1d", "node-workers",
    ]  # fmt: skip


@pytest.mark.parametrize("key", [None, "arn:aws:kms:ap-northeast-1:123456789012:key/" + "1" * 36])
def test_the_longest_names_fit_into_what_iam_takes(key):
    changes = asked({"members": 7}, name="n" * 30)
    changes["controlPlane.artifacts"] = {**ARTIFACTS, "bucket": "b" * 63}
    if key:
        changes["controlPlane.encryptionKey"] = {"kind": "existing", "keyArn": key}
    roles = planned(changes).roles
    sizes = {n: size_of("role", document(r.statements)) for n, r in roles.items()}
    assert max(sizes.values()) < load_facts("policy_limits.yaml")["role"]["limit"], sizes
