"""What is carried in and what gets out: concrete requests, judged as IAM would."""

from typing import Any

import pytest

from plan.carry_in import bucket_names, own_buckets
from spec.errors import SpecError
from tests.iam_evaluator import Call, decided
from tests.plan.brownfield.test_checks import WATCHED
from tests.plan.samples import ACCOUNT, lock_keys, locked, plan, refused
from tests.spec.stack_files import stack

FOREIGN = "999999999999"
IMPORTER = f"arn:aws:iam::{ACCOUNT}:role/carrier"
OTHER_IMPORTER = f"arn:aws:iam::{ACCOUNT}:user/people/importer"
NODE = f"arn:aws:iam::{ACCOUNT}:role/test-ap-northeast-1-node-workers"
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/account-admin"
BUCKET = f"test-{ACCOUNT}-ap-northeast-1-material"
OBJECT, ITSELF = f"arn:aws:s3:::{BUCKET}/tools/kubectl", f"arn:aws:s3:::{BUCKET}"
REPOSITORY = f"arn:aws:ecr:ap-northeast-1:{ACCOUNT}:repository/test/base"
CARRY_IN: dict[str, Any] = {
    "importerArns": [IMPORTER, OTHER_IMPORTER],
    "buckets": {"material": {"nodePools": ["workers"]}},
    "repositories": {"base": {}},
}
EVERYTHING = ({"Effect": "Allow", "Action": "*", "Resource": "*"},)  # an administrator's own policy
TLS = {"aws:SecureTransport": "true"}
VPCE = {"aws:SourceVpce": "vpce-0a", "aws:SourceVpc": "vpc-0a", "aws:VpceAccount": ACCOUNT}
OUTSIDE, INSIDE = TLS, {**TLS, **VPCE}
STRANGERS = {**INSIDE, "aws:SourceVpce": "vpce-0f", "aws:SourceVpc": "vpc-0f",
             "aws:VpceAccount": FOREIGN}  # fmt: skip
UNTOLD = {k: v for k, v in INSIDE.items() if k != "aws:VpceAccount"}  # as ECR tells it
READ, LIST, PULL, MANIFEST = (
    "s3:GetObject", "s3:ListBucket", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage",
)  # fmt: skip
PUSH = ("ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart",
        "ecr:CompleteLayerUpload", "ecr:PutImage")  # fmt: skip


def asked(**more: Any) -> dict[str, Any]:
    return {"carryIn": {**CARRY_IN, **more}}


def judged(
    action: str, who: str | None, context: dict[str, str], *own: Any, changes: Any = None
) -> str:
    """The decision on an action on the bucket, an object in it, or the repository."""
    planned = plan(changes or asked())
    if action.startswith("ecr:"):
        return decided(
            Call(action, REPOSITORY, who, context), planned.repositories["base"].policy, own
        )
    objects = ("Object", "Upload")
    resource = OBJECT if any(word in action for word in objects) else ITSELF
    return decided(Call(action, resource, who, context), planned.buckets["material"].policy, own)


def node_policies(changes: Any = None) -> tuple[Any, ...]:
    """What a node's role may do: its own statements, and the pull of its managed policy."""
    actions = [MANIFEST, PULL, "ecr:BatchCheckLayerAvailability", "ecr:GetAuthorizationToken"]
    pull = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    role = plan(changes or asked()).roles["node-workers"]
    assert any(arn.endswith("ContainerRegistryPullOnly") for arn in role.managed_policy_arns)
    return (role.statements, (pull,))


@pytest.mark.parametrize("who", [IMPORTER, OTHER_IMPORTER])
@pytest.mark.parametrize("action", ["s3:PutObject", "s3:AbortMultipartUpload", *PUSH, MANIFEST])
def test_importers_write_from_wherever_they_are_and_need_no_policy_of_their_own(who, action):
    assert judged(action, who, OUTSIDE) == "allowed"
    assert judged(action, who, STRANGERS) == "allowed"


@pytest.mark.parametrize("context", [OUTSIDE, INSIDE, UNTOLD])
@pytest.mark.parametrize("action", [READ, "s3:GetObjectVersion", "s3:GetObjectTagging", PULL])
def test_importers_read_no_contents_back_whatever_else_they_may(action, context):
    assert judged(action, IMPORTER, context, EVERYTHING) == "denied"


@pytest.mark.parametrize("context", [INSIDE, UNTOLD])
def test_nodes_pull_through_an_endpoint_whether_it_tells_its_owner_or_not(context):
    assert judged(PULL, NODE, context, *node_policies()) == "allowed"
    assert judged(MANIFEST, NODE, context, *node_policies()) == "allowed"


def test_nodes_read_objects_through_an_endpoint_of_the_own_account():
    for action, resource in ((READ, OBJECT), ("s3:ListBucket", ITSELF)):
        call = Call(action, resource, NODE, {**INSIDE, "aws:ResourceAccount": ACCOUNT})
        policy = plan(asked()).buckets["material"].policy
        assert decided(call, policy, node_policies()) == "allowed"
        assert decided(call, policy) == "not allowed", "the bucket itself lets nobody read"


@pytest.mark.parametrize("who", [NODE, ADMIN, IMPORTER])
@pytest.mark.parametrize("context", [OUTSIDE, STRANGERS])
@pytest.mark.parametrize("action", [READ, "s3:GetObjectVersion", PULL])
def test_nobody_reads_contents_by_another_way(who, context, action):
    """Not with a node's stolen credentials, not as administrator, not through strangers' VPCs."""
    assert judged(action, who, context, EVERYTHING) == "denied"


@pytest.mark.parametrize("who", [NODE, ADMIN])
@pytest.mark.parametrize("context", [OUTSIDE, STRANGERS])
def test_manifests_are_read_from_outside_by_importers_alone(who, context):
    assert judged(MANIFEST, who, context, EVERYTHING) == "denied"
    assert judged(MANIFEST, IMPORTER, context) == "allowed"


@pytest.mark.parametrize("who", [NODE, ADMIN])
@pytest.mark.parametrize("context", [OUTSIDE, INSIDE, UNTOLD])
@pytest.mark.parametrize(
    "action", ["s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging", "s3:ReplicateObject",
               *PUSH[1:]]
)  # fmt: skip
def test_nobody_but_importers_writes(who, context, action):
    assert judged(action, who, context, EVERYTHING) == "denied"


@pytest.mark.parametrize("who", [f"arn:aws:iam::{FOREIGN}:role/carrier", None])
@pytest.mark.parametrize("context", [OUTSIDE, INSIDE, STRANGERS])
@pytest.mark.parametrize(
    "action", [READ, "s3:PutObject", "s3:ListBucket", "s3:PutBucketPolicy", PULL, *PUSH,
               "ecr:SetRepositoryPolicy"]
)  # fmt: skip
def test_no_foreign_account_and_nobody_unsigned_does_anything(who, context, action):
    assert judged(action, who, context, EVERYTHING) == "denied"


@pytest.mark.parametrize("switches", [{}, {"throughEndpointsOnly": False}, {"oneWay": False}])
@pytest.mark.parametrize("context", [OUTSIDE, INSIDE, STRANGERS])
@pytest.mark.parametrize(
    "action",
    ["s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucket",
     "s3:ListBucket", "s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion",
     "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration", "s3:GetBucketVersioning",
     "s3:PutBucketPublicAccessBlock", "ecr:SetRepositoryPolicy", "ecr:GetRepositoryPolicy",
     "ecr:DeleteRepositoryPolicy", "ecr:DeleteRepository", "ecr:DescribeRepositories",
     "ecr:BatchDeleteImage", "ecr:ListImages", "ecr:PutImageTagMutability"],
)  # fmt: skip
def test_the_account_s_administrators_are_never_locked_out(switches, context, action):
    """All that `up` and `destroy` call, from wherever they run."""
    changes = asked(**switches)
    assert judged(action, ADMIN, context, EVERYTHING, changes=changes) == "allowed"


def test_nothing_is_done_without_tls():
    plain = {**INSIDE, "aws:SecureTransport": "false"}
    assert judged("s3:PutObject", IMPORTER, plain) == "denied"
    assert judged(READ, ADMIN, plain, EVERYTHING) == "denied"


def test_without_the_first_switch_contents_are_read_as_iam_allows_and_still_not_by_importers():
    changes = asked(throughEndpointsOnly=False)
    for action in (READ, PULL, MANIFEST):
        assert judged(action, ADMIN, OUTSIDE, EVERYTHING, changes=changes) == "allowed"
    for action in (READ, PULL):
        assert judged(action, IMPORTER, OUTSIDE, EVERYTHING, changes=changes) == "denied"


def test_without_the_second_switch_others_write_and_importers_read_through_endpoints_only():
    changes = asked(oneWay=False)
    for action in ("s3:PutObject", *PUSH):
        assert judged(action, ADMIN, INSIDE, EVERYTHING, changes=changes) == "allowed"
    for action in (READ, PULL, MANIFEST):
        assert judged(action, IMPORTER, INSIDE, EVERYTHING, changes=changes) == "allowed"
        assert judged(action, IMPORTER, OUTSIDE, EVERYTHING, changes=changes) == "denied"


SUPPLIED_VPC = {
    "network.vpc": {"kind": "existing", "vpcId": "vpc-0123456789abcdef0", "cidr": "10.0.0.0/16"},
    "network.subnets": {
        "a": {"kind": "create", "availabilityZone": "ap-northeast-1a", "cidr": "10.0.0.0/20"},
        "c": {"kind": "create", "availabilityZone": "ap-northeast-1c", "cidr": "10.0.16.0/20"},
    },
}
ENDPOINTS = {"s3": "vpce-0123456789abcdef0", "ecr.api": "vpce-0123456789abcdef1",
             "ecr.dkr": "vpce-0123456789abcdef2"}  # fmt: skip


def supplied_vpc(**more: Any) -> Any:
    keys = lock_keys()
    keys["supplied"] = {
        "vpcs": {
            "vpc-0123456789abcdef0": {
                "cidrs": ["10.0.0.0/16"], "dnsSupport": True, "dnsHostnames": True,
                "watch": {**WATCHED, "dnsFirewall": {"failOpen": False, "rules": [
                    {"action": "ALLOW", "domains": list(plan(asked()).allowed_domains)},
                    {"action": "BLOCK", "domains": ["*"]},
                ]}},
            }
        },
        "endpoints": {
            i: {"vpcId": "vpc-0123456789abcdef0", "state": "available", "privateDns": s != "s3",
                "serviceName": keys["endpointServices"][s]["serviceName"], "policy": None,
                "type": keys["endpointServices"][s]["type"],
                "availabilityZones": list(keys["availabilityZones"])}
            for s, i in more.items()
        },
    }  # fmt: skip
    return locked(keys)


def ways(service: str, changes: dict[str, Any]) -> list[Any]:
    """The conditions by which contents are held to endpoints, as the plan's own function gives."""
    from plan.endpoint_keys import not_through_our_endpoints
    from plan.partitions import partition_of

    spec = stack(changes)
    return list(
        not_through_our_endpoints(service, spec, partition_of(spec.region), ACCOUNT).values()
    )


def test_what_is_supplied_is_named():
    vpc = [{"StringNotEquals": {"aws:SourceVpc": "vpc-0123456789abcdef0"}}]
    assert ways("s3", SUPPLIED_VPC) == ways("ecr", SUPPLIED_VPC) == vpc
    endpoints = {**SUPPLIED_VPC, "network.endpoints.existing": ENDPOINTS}
    assert ways("s3", endpoints) == [{"StringNotEquals": {"aws:SourceVpce": [ENDPOINTS["s3"]]}}]
    both = [ENDPOINTS["ecr.api"], ENDPOINTS["ecr.dkr"]]
    assert ways("ecr", endpoints) == [{"StringNotEquals": {"aws:SourceVpce": both}}]
    half = {**SUPPLIED_VPC, "network.endpoints.existing": {"ecr.api": ENDPOINTS["ecr.api"]}}
    assert ways("ecr", half) == vpc, "one of two would shut the other out"


def test_through_a_supplied_vpc_the_own_account_s_other_vpcs_read_nothing():
    planned = plan({**SUPPLIED_VPC, **asked()}, supplied_vpc())
    inside = {**INSIDE, "aws:SourceVpc": "vpc-0123456789abcdef0"}
    for resource, action, policy in (
        (OBJECT, READ, planned.buckets["material"].policy),
        (REPOSITORY, PULL, planned.repositories["base"].policy),
    ):
        ours = Call(action, resource, ADMIN, inside)
        assert decided(ours, policy, (EVERYTHING,)) == "allowed"
        assert decided(Call(action, resource, ADMIN, INSIDE), policy, (EVERYTHING,)) == "denied"
        assert decided(Call(action, resource, ADMIN, OUTSIDE), policy, (EVERYTHING,)) == "denied"


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
def test_where_s3_is_not_known_to_tell_the_owner_nobody_is_shut_out_by_it(region):
    changes = {"region": region, "availabilityZones": [f"{region}a", f"{region}b"]}
    conditions = ways("s3", changes)
    assert conditions == ways("ecr", changes) and len(conditions) == 2
    policy = {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": READ,
                             "Condition": c} for c in conditions]}  # fmt: skip
    for context, decision in ((UNTOLD, "allowed"), (INSIDE, "allowed"), (OUTSIDE, "denied"),
                              (STRANGERS, "denied")):  # fmt: skip
        assert decided(Call(READ, OBJECT, ADMIN, context), policy, (EVERYTHING,)) == decision


def test_the_key_is_used_by_importers_and_readers_through_s3_and_for_these_buckets_only():
    planned = plan(asked())
    resource = f"arn:aws:kms:ap-northeast-1:{ACCOUNT}:key/1"
    via = {"kms:ViaService": "s3.ap-northeast-1.amazonaws.com", "kms:CallerAccount": ACCOUNT,
           "kms:EncryptionContext:aws:s3:arn": ITSELF}  # fmt: skip
    carried = {"Statement": [s for s in planned.key_policy["Statement"] if s["Sid"] == "CarryIn"]}
    encrypt = Call("kms:GenerateDataKey", resource, IMPORTER, via)
    assert decided(encrypt, carried) == "allowed"
    nobody = {"Statement": []}
    assert decided(Call("kms:Decrypt", resource, NODE, via), nobody, node_policies()) == "allowed"
    for more in ({"kms:ViaService": "ec2.ap-northeast-1.amazonaws.com"},
                 {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::other"}):  # fmt: skip
        context = {**via, **more}
        call = Call("kms:GenerateDataKey", resource, IMPORTER, context)
        assert decided(call, carried) == "not allowed"
        call = Call("kms:Decrypt", resource, NODE, context)
        assert decided(call, nobody, node_policies()) == "not allowed"
    assert decided(Call("kms:GenerateDataKey", resource, NODE, via), carried) == "not allowed"


def test_only_who_is_asked_for_reads_a_bucket():
    none = plan(asked(buckets={"material": {}}))
    operator = plan({**asked(buckets={"material": {"operator": True}}), "access.operator": {}})
    for planned, readers in ((none, ()), (operator, ("administrator",)),
                             (plan(asked()), ("node-workers",))):  # fmt: skip
        assert planned.buckets["material"].readers == readers
        reading = {
            name
            for name, role in planned.roles.items()
            if any(BUCKET in str(statement) for statement in role.statements)
        }
        assert reading == set(readers)


def test_the_endpoint_and_the_names_that_resolve_include_the_buckets():
    planned = plan(asked())
    (reading,) = [
        s for s in planned.endpoints["s3"].policy["Statement"]
        if s["Sid"] == "OwnPrincipalsReadOwnBuckets"
    ]  # fmt: skip
    assert f"arn:aws:s3:::{BUCKET}/*" in reading["Resource"]
    assert f"{BUCKET}.s3.ap-northeast-1.amazonaws.com" in planned.allowed_domains
    nothing = plan()
    assert nothing.buckets == nothing.repositories == {}
    assert not any("material" in name for name in nothing.allowed_domains)


def test_names_are_ours_unless_they_are_given():
    given = asked(
        buckets={"a": {"name": "tools"}, "b": {"kind": "existing", "bucketName": "shared.tools"}},
        repositories={"a": {"name": "team/app"}, "b": {}},
    )
    spec = stack(given)
    assert bucket_names(spec, ACCOUNT) == {"a": "tools", "b": "shared.tools"}
    assert own_buckets(spec, ACCOUNT) == ("tools", "shared.tools")
    long = {"name": "a" * 30, "carryIn": {**CARRY_IN, "buckets": {"b" * 24: {}}}}
    (name,) = bucket_names(stack(long), ACCOUNT).values()
    assert len(name) == 63 and name.startswith("a" * 30)
    assert plan(asked()).repositories["base"].url == (
        f"{ACCOUNT}.dkr.ecr.ap-northeast-1.amazonaws.com/test/base"
    )


@pytest.mark.parametrize("name", ["s3alias", "a--ol-s3", "a--x-s3", "a--table-s3"])
def test_a_key_that_makes_a_name_which_s3_keeps_for_others_is_refused(name):
    ((path, told, value),) = refused(asked(buckets={name: {}}))
    assert path == f"carryIn.buckets.{name}" and "S3 keeps for others" in told
    assert value == repr(f"test-{ACCOUNT}-ap-northeast-1-{name}")
    assert plan(asked(buckets={name: {"name": "another"}, "s3aliases": {}})).buckets


def test_every_fault_of_what_is_asked_is_told_at_once():
    changes = asked(
        importerArns=[NODE, f"arn:aws:iam::{FOREIGN}:role/carrier"],
        buckets={
            "a": {"name": "tools", "nodePools": ["absent"]},
            "b": {"name": "tools", "operator": True},
        },
        repositories={"a": {"name": "test/b"}, "b": {}},
    )
    assert {(path, message.split(";")[0]) for path, message, _ in refused(changes)} == {
        ("carryIn.importerArns.1", f"lies outside the own account {ACCOUNT}"),
        ("carryIn.importerArns", "is a role that this stack makes for machines and people inside"),
        ("carryIn.buckets.b", "is the name that carryIn.buckets.a has too"),
        ("carryIn.repositories.b", "is the name that carryIn.repositories.a has too"),
        ("carryIn.buckets.a.nodePools", "is no pool of this file"),
        ("carryIn.buckets.b.operator", "lets the operator's machine read, and there is none"),
    }


@pytest.mark.parametrize("kind", ["create", "named", "existing"])
def test_material_does_not_come_in_where_flow_logs_go(kind):
    to_logs = {"kind": "existing", "bucketArn": "arn:aws:s3:::archive"}
    logs = {"create": {}, "named": {"name": "archive"}, "existing": to_logs}[kind]
    destination = {"network.flowLogs.destination": {"kind": "bucket", "bucket": logs}}
    name, given = ("flow-logs", {}) if kind == "create" else ("anything", {"name": "archive"})
    assert plan(asked(buckets={name: given})).buckets
    ((path, message, _),) = refused({**destination, **asked(buckets={name: given})})
    assert (path, message.partition(";")[0]) == (
        f"carryIn.buckets.{name}",
        "is the name that network.flowLogs.destination.bucket has too",
    )


INSIDE_ROLES = {
    "controlPlane.role": {
        "kind": "existing", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/control-plane",
    },
    "access.administrator": {
        "kind": "existing", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/teams/admins",
    },
    "nodePools.workers.instanceProfile": {
        "kind": "existing",
        "instanceProfileArn": f"arn:aws:iam::{ACCOUNT}:instance-profile/nodes",
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/nodes",
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "key"),
    [
        ("role", "nodes", "nodePools.workers.instanceProfile.roleArn"),
        ("role", "people/nodes", "nodePools.workers.instanceProfile.roleArn"),
        ("role", "admins", "access.administrator.roleArn"),
        ("role", "control-plane", "controlPlane.role.roleArn"),
        ("role", "Control-Plane", "controlPlane.role.roleArn"),
        ("user", "nodes", None),
        ("role", "nodes2", None),
    ],
)
def test_no_supplied_role_of_the_inside_carries_in(kind, name, key):
    arn = f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"
    changes = {**INSIDE_ROLES, **asked(importerArns=[arn])}
    if key is None:
        assert plan(changes).buckets
        return
    ((path, message, value),) = refused(changes)
    assert (path, value) == ("carryIn.importerArns", repr(arn))
    assert message.startswith(f"is the role of {key}, which is used inside")


def test_a_role_that_we_make_is_known_under_any_path():
    arn = NODE.replace(":role/", ":role/people/")
    ((path, message, _),) = refused(asked(importerArns=[arn]))
    assert path == "carryIn.importerArns" and message.startswith("is a role that this stack makes")


SEGMENT = "a" * 127


@pytest.mark.parametrize(
    ("arn", "taken"),
    [
        (f"arn:aws:iam::{ACCOUNT}:user/a/{'a' * 64}", True),
        (f"arn:aws:iam::{ACCOUNT}:role/{f'{SEGMENT}/' * 3}{SEGMENT[1:]}/a", True),
        (f"arn:aws:iam::{ACCOUNT}:role/{f'{SEGMENT}/' * 4}{'a' * 64}", False),
        (f"arn:aws:iam::{ACCOUNT}:user/{'a' * 65}", False),
        *((f"arn:aws:iam::{ACCOUNT}:{end}", False) for end in (
            "role//", "role/a/", "role//a", "role/", "role", "role/*", "role/a*", "role/a?",
            "role/*/a", "role/${aws:username}", "root", "group/carriers", "instance-profile/a",
            "assumed-role/carrier/session", "federated-user/a", "role/a\n",
        )),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/carrier/session", False),
        (f"arn:aws:iam:ap-northeast-1:{ACCOUNT}:role/a", False),
        ("arn:aws:iam::12345678901:role/a", False),
        ("arn:aws:iam::*:role/a", False),
        ("arn:*:iam::123456789012:role/a", False),
        (ACCOUNT, False),
        ("*", False),
    ],
)  # fmt: skip
def test_an_importer_is_one_role_or_user_written_out(arn, taken):
    if taken:
        assert plan(asked(importerArns=[arn])).buckets
        return
    with pytest.raises(SpecError, match=r"carryIn\.importerArns") as caught:
        stack(asked(importerArns=[arn]))
    (fault,) = caught.value.faults
    assert fault.message == (
        "must be the ARN of an IAM role or user, such as arn:aws:iam::123456789012:role/admin"
    )


def test_an_importer_is_of_the_partition_and_the_account_of_the_stack():
    changes = asked(importerArns=["arn:aws-cn:iam::999999999999:role/carrier"])
    assert [(path, message) for path, message, _ in refused(changes)] == [
        ("carryIn.importerArns.0", "is of partition aws-cn; region ap-northeast-1 is of aws"),
        ("carryIn.importerArns.0", f"lies outside the own account {ACCOUNT}"),
    ]


@pytest.mark.parametrize("again", [IMPORTER, IMPORTER.replace("role/", "role/people/"),
                                   IMPORTER.replace("carrier", "Carrier")])  # fmt: skip
def test_an_importer_is_named_once(again):
    ((path, message, value),) = refused(asked(importerArns=[IMPORTER, again]))
    assert (path, value) == ("carryIn.importerArns", repr(again))
    assert message.startswith(f"is named before, as {IMPORTER}: IAM has a name only once")
    user = IMPORTER.replace("role/", "user/")
    assert plan(asked(importerArns=[IMPORTER, user])).buckets


def test_nothing_to_carry_in_through_is_a_fault():
    ((path, message, _),) = refused({"carryIn": {"importerArns": [IMPORTER]}})
    assert path == "carryIn" and message.startswith("names neither a bucket nor a repository")


def test_what_only_the_owner_of_a_supplied_role_or_key_can_do_is_said():
    key = f"arn:aws:kms:ap-northeast-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    planned = plan(
        {
            **asked(buckets={"material": {"nodePools": ["workers"], "operator": True}}),
            "access.operator": {
                "instanceProfileArn": f"arn:aws:iam::{ACCOUNT}:instance-profile/admins"
            },
            "access.administrator": {
                "kind": "existing", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/admins",
            },
            "controlPlane.encryptionKey": {"kind": "existing", "keyArn": key},
            "nodePools.workers.instanceProfile": {
                "kind": "existing",
                "instanceProfileArn": f"arn:aws:iam::{ACCOUNT}:instance-profile/nodes",
                "roleArn": f"arn:aws:iam::{ACCOUNT}:role/nodes",
            },
        }
    )  # fmt: skip
    said = [w for w in planned.warnings if w.startswith("carryIn")]
    assert [w.split(":")[0] for w in said] == [
        "carryIn.buckets", "carryIn.buckets.material.nodePools",
        "carryIn.buckets.material.operator",
    ]  # fmt: skip
    assert not any(w.startswith("carryIn") for w in plan(asked()).warnings)
