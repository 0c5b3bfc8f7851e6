"""Supplied roles, profiles, key, bucket, images and key pairs: each fault with the mend in it."""

import json
from typing import Any

import pytest

from plan.brownfield.principals import gives_everything
from plan.cluster import plan_cluster
from plan.kms import key_policy
from plan.log_buckets import plan_flow_log_bucket
from plan.partitions import partition_of
from tests.plan.samples import ACCOUNT, completed, lock_keys, locked, plan, refused_as_read
from tests.spec.stack_files import stack

IAM = f"arn:aws:iam::{ACCOUNT}"
EKS, NODES, ADMIN = (f"{IAM}:role/{name}" for name in ("eks", "nodes", "admin"))
PROFILE, KEY = f"{IAM}:instance-profile/nodes", f"arn:aws:kms:ap-northeast-1:{ACCOUNT}:key/1"
IMAGE = "ami-0fffffffffffffff0"
BUCKET = "arn:aws:s3:::archive"
CHANGES: dict[str, Any] = {
    "nodePools.workers.minSize": 2,
    "controlPlane.role": {"kind": "existing", "roleArn": EKS},
    "controlPlane.encryptionKey": {"kind": "existing", "keyArn": KEY},
    "access.administrator": {"kind": "existing", "roleArn": ADMIN},
    "access.operator": {"instanceProfileArn": f"{IAM}:instance-profile/admin",
                        "machine": {"imageId": "ami-0eeeeeeeeeeeeeee0"}},
    "nodePools.workers.instanceProfile": {"kind": "existing", "roleArn": NODES,
                                          "instanceProfileArn": PROFILE},
    "nodePools.workers.image": {
        "kind": "custom", "imageId": IMAGE, "family": "al2023", "kubernetesVersion": "1.35",
    },
    "nodePools.workers.keyName": "ops",
    "network.flowLogs.destination": {"kind": "bucket", "bucket": {"kind": "existing",
                                                                  "bucketArn": BUCKET}},
}  # fmt: skip
CLUSTER, POOL = "controlPlane.role.roleArn", "nodePools.workers.instanceProfile.roleArn"
PATHS = {"roles": {EKS: CLUSTER, NODES: POOL, ADMIN: "access.administrator.roleArn"},
         "keys": {KEY: "controlPlane.encryptionKey.keyArn"},
         "images": {IMAGE: "nodePools.workers.image.imageId"},
         "logBuckets": {BUCKET: "network.flowLogs.destination.bucket.bucketArn"},
         "instanceProfiles": {PROFILE: "nodePools.workers.instanceProfile.instanceProfileArn"},
         }  # fmt: skip


def keys() -> dict[str, Any]:
    lock = completed(locked(lock_keys()), stack(CHANGES))
    return lock.model_dump(mode="json", by_alias=True)


def changed(noun: str, thing: str, **more: Any) -> dict[str, Any]:
    """The sound lock, one record of it changed."""
    found = keys()
    found["supplied"][noun][thing] |= more
    return found


def told(noun: str, thing: str, **more: Any) -> list[str]:
    """Messages at the thing's key, and at no other."""
    faults = refused_as_read(CHANGES, locked(changed(noun, thing, **more)))
    assert {path for path, _, _ in faults} == {PATHS[noun][thing]}
    return [message for _, message, _ in faults]


def warned(noun: str, thing: str, **more: Any) -> list[str]:
    start = f"{PATHS[noun][thing]}: {thing} "
    warnings = plan(CHANGES, locked(changed(noun, thing, **more))).warnings
    return [w.removeprefix(start) for w in warnings if w.startswith(start)]


def allow(principal: Any, action: Any = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def test_sound_ones_draw_no_word():
    assert plan(CHANGES, locked(keys())).warnings == ()


@pytest.mark.parametrize("noun", [*PATHS, "keyPairs"])
def test_what_was_not_read_is_read_by_the_lock(noun):
    found = keys()
    found["supplied"][noun] = type(found["supplied"][noun])()
    faults = refused_as_read(CHANGES, locked(found))
    assert faults and {message for _, message, _ in faults} == {"was not read; run heiiki lock"}


@pytest.mark.parametrize(
    ("role", "service"),
    [(EKS, "eks.amazonaws.com"), (NODES, "ec2.amazonaws.com"), (ADMIN, "ec2.amazonaws.com")],
)
def test_a_role_that_its_service_may_not_take_on_is_refused(role, service):
    other = allow({"Service": "lambda.amazonaws.com"})
    tagging = allow({"Service": service}, "sts:TagSession")
    denied = {**allow({"Service": service}), "Effect": "Deny"}
    assert told("roles", role, trust=document(other, tagging, denied)) == [
        f"has a trust policy that does not let {service} take it on; have its owner allow it "
        "sts:AssumeRole"
    ]


OIDC = f"{IAM}:oidc-provider/token.example.com"


@pytest.mark.parametrize(
    ("principal", "more", "who"),
    [
        ("*", {}, "*"),
        ({"AWS": "*"}, {}, "*"),
        ({"AWS": "arn:aws:iam::999999999999:root"}, {}, "arn:aws:iam::999999999999:root"),
        ({"AWS": [EKS, "999999999999"]}, {}, "999999999999"),
        ({"AWS": "*"}, {"Condition": {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}}, "*"),
        ({"AWS": "*"}, {"Condition": {"StringEquals": {"aws:PrincipalAccount": "9" * 12}}}, "*"),
        ({"Federated": "accounts.google.com"}, {}, "accounts.google.com"),
        ({"Federated": OIDC}, {}, OIDC),
    ],
)
def test_a_trust_in_strangers_is_refused(principal, more, who):
    trust = document(allow({"Service": "ec2.amazonaws.com"}), allow(principal, **more))
    assert told("roles", NODES, trust=trust) == [
        f"has a trust policy that lets {who} take it on, held to the own account {ACCOUNT} by no "
        "condition that is understood; have its owner take that out"
    ]


def test_not_principal_lets_in_whom_it_does_not_name():
    negated = {"Effect": "Allow", "NotPrincipal": {"AWS": EKS}, "Action": "sts:AssumeRole"}
    trust = document(allow({"Service": "ec2.amazonaws.com"}), negated)
    assert "lets all but some (NotPrincipal) take it on" in told("roles", NODES, trust=trust)[0]


@pytest.mark.parametrize(
    ("principal", "more"),
    [
        ({"AWS": f"{IAM}:root"}, {}),
        ({"AWS": ACCOUNT}, {}),
        ({"AWS": "*"}, {"Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}}),
        ({"AWS": "*"}, {"Condition": {"ArnLike": {"aws:PrincipalArn": f"{IAM}:role/x"}}}),
        ({"Federated": f"{IAM}:saml-provider/sso"}, {}),
        ({"Federated": OIDC}, {"Condition": {"StringEquals": {"token.example.com:sub": "me"}}}),
    ],
)
def test_own_principals_are_trusted(principal, more):
    trust = document(allow({"Service": "ec2.amazonaws.com"}), allow(principal, **more))
    assert plan(CHANGES, locked(changed("roles", NODES, trust=trust)))


def test_nodes_without_their_policies_are_refused_and_own_policies_are_left_to_see_to():
    lacks = "lacks AmazonEKSWorkerNodePolicy, AmazonEC2ContainerRegistryPullOnly, without which " \
            "its nodes cannot do their work; "  # fmt: skip
    assert told("roles", NODES, managedPolicyArns=[]) == [f"{lacks}have its owner attach it"]
    own = f"{IAM}:policy/nodes"
    assert warned("roles", NODES, managedPolicyArns=[own], inlinePolicies=["pull"]) == [
        f"{lacks}see that {own}, pull allows the same"
    ]


def test_a_wider_policy_of_aws_serves_as_well():
    names = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly")
    arns = [f"arn:aws:iam::aws:policy/{name}" for name in names]
    assert warned("roles", NODES, managedPolicyArns=arns) == []


def test_a_control_plane_without_its_policy_is_warned_of():
    assert warned("roles", EKS, managedPolicyArns=[]) == [
        "lacks AmazonEKSClusterPolicy, without which the control plane cannot do its work; have "
        "its owner attach it"
    ]


def test_nodes_with_everything_are_warned_of_and_boundaries_noted():
    more = {"administratorPolicies": ["all"], "permissionsBoundaryArn": f"{IAM}:policy/b"}
    assert warned("roles", NODES, **more) == [
        "gives every node administrator rights by all, and so whoever breaks out of a pod; have "
        "its owner take that off",
        f"has the permissions boundary {IAM}:policy/b: what that does not allow, the role may not "
        "do",
    ]


@pytest.mark.parametrize(
    ("statement", "everything"),
    [
        ({"Action": "*", "Resource": "*"}, True),
        ({"Action": ["s3:Get*", "iam:*"], "Resource": ["*"]}, True),
        ({"NotAction": "iam:*", "Resource": "*"}, True),
        ({"Action": "*", "Resource": "arn:aws:s3:::x"}, False),
        ({"Action": "ec2:*", "Resource": "*"}, False),
    ],
)
def test_what_gives_a_role_everything(statement, everything):
    assert gives_everything(document({"Effect": "Allow", **statement})) is everything
    assert not gives_everything(document({"Effect": "Deny", **statement}))


@pytest.mark.parametrize(("held", "shown"), [([], "no role"), ([EKS], EKS)])
def test_a_profile_holds_the_role_that_is_named(held, shown):
    assert told("instanceProfiles", PROFILE, roleArns=held) == [
        f"holds {shown}, not {NODES} of {POOL}; have its owner put that role in it, or name the "
        "one that it holds"
    ]


def test_the_operators_profile_holds_the_administrator():
    profile = f"{IAM}:instance-profile/admin"
    faults = refused_as_read(CHANGES, locked(changed("instanceProfiles", profile,
                                                     roleArns=[NODES])))  # fmt: skip
    assert [(p, m.split(";")[0]) for p, m, _ in faults] == [
        ("access.operator.instanceProfileArn",
         f"holds {NODES}, not {ADMIN} of access.administrator.roleArn"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"manager": "AWS"}, "is a key that AWS keeps, whose policy nobody changes; give a key of "
         "your own"),
        ({"usage": "SIGN_VERIFY", "spec": "RSA_2048"}, "is of RSA_2048 for SIGN_VERIFY; Secrets, "
         "logs and volumes need SYMMETRIC_DEFAULT for ENCRYPT_DECRYPT, give such a key"),
        ({"state": "PendingDeletion"}, "is PendingDeletion, not Enabled; have its owner enable it, "
         "or give another"),
    ],
)  # fmt: skip
def test_a_key_that_cannot_do_its_work_is_refused(more, message):
    assert told("keys", KEY, **more) == [message]


def test_a_key_that_is_not_rotated_is_warned_of():
    assert warned("keys", KEY, rotation=False) == [
        "is not rotated; have its owner switch rotation on"
    ]


def test_a_key_of_the_own_account_whose_policy_nobody_read_is_read_by_the_lock():
    assert told("keys", KEY, policy=None) == ["was not read; run heiiki lock"]


FOREIGN_KEY = "arn:aws:kms:ap-northeast-1:999999999999:key/1"


@pytest.mark.parametrize("read", [None, {"policy": None}, {"policy": None, "state": "Disabled"}])
def test_a_key_of_the_own_organization_is_judged_by_what_its_account_shows(read):
    """KMS need not show it at all, and never its policy: no lock file can do better."""
    changes = CHANGES | {
        "controlPlane.encryptionKey": {"kind": "existing", "keyArn": FOREIGN_KEY},
        "boundary.organizationId": "o-abcde12345",
    }
    found = keys()
    record = found["supplied"]["keys"].pop(KEY)
    if read is not None:
        found["supplied"]["keys"][FOREIGN_KEY] = record | read
    spec, lock = stack(changes), locked(found)
    if read is not None and "state" in read:
        assert refused_as_read(changes, lock) == [
            (PATHS["keys"][KEY], "is Disabled, not Enabled; have its owner enable it, or give "
             "another", f"'{FOREIGN_KEY}'"),
        ]  # fmt: skip
    else:
        (said,) = plan_cluster(spec, lock).warnings
        assert "is of account 999999999999, which alone sees its policy; have its owner" in said


def own_policy() -> list[dict[str, Any]]:
    spec = stack(CHANGES)
    statements: list[dict[str, Any]] = key_policy(spec, partition_of(spec.region), ACCOUNT)[
        "Statement"
    ]
    return statements


def test_a_keys_policy_lets_logs_and_auto_scaling_use_it():
    root, *rest = own_policy()
    messages = told("keys", KEY, policy=document(root))
    who = ("logs.ap-northeast-1.amazonaws.com", *["EC2 Auto Scaling's service-linked role"] * 2)
    flow = ["delivery.logs.amazonaws.com"] if len(rest) > 3 else []
    assert messages == [
        f"has a policy that does not let {name} use it; ask its owner for "
        f"{json.dumps(ask, sort_keys=True)}"
        for name, ask in zip((*who, *flow), rest, strict=True)
    ]


def test_the_role_of_auto_scaling_may_be_named_as_principal():
    root, logs, *_, last = own_policy()
    role = f"{IAM}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    named = allow({"AWS": role}, "kms:*", Resource="*")
    delivery = [last] if last["Sid"] == "LogDelivery" else []
    policy = document(root, logs, named, *delivery)
    assert plan(CHANGES, locked(changed("keys", KEY, policy=policy)))


@pytest.mark.parametrize(
    ("operator", "pattern", "lets"),
    [("ArnLike", "{}", True), ("ArnEquals", "*Scal?ng", True), ("StringLike", "arn:*", True),
     ("StringEquals", "{}", True), ("StringEquals", "*", False), ("StringNotEquals", "{}", False),
     ("ArnLike", "*[S]caling", False), ("ArnLike", "*autoscaling", False)],
)  # fmt: skip
def test_the_role_of_auto_scaling_passes_a_condition_as_iam_matches_it(operator, pattern, lets):
    root, logs, *scaling, last = own_policy()
    role = f"{IAM}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    own = {"StringEquals": {"kms:CallerAccount": ACCOUNT, "aws:PrincipalAccount": ACCOUNT}}
    its = {**own, operator: {**own.get(operator, {}), "aws:PrincipalArn": pattern.format(role)}}
    policy = document(root, logs, *({**s, "Condition": its} for s in scaling), last)
    if lets:
        assert plan(CHANGES, locked(changed("keys", KEY, policy=policy)))
    else:
        assert len(told("keys", KEY, policy=policy)) == 2


def test_strangers_and_services_for_anybody_are_told_of_a_keys_policy():
    foreign = allow({"AWS": "arn:aws:iam::999999999999:root"}, "kms:*", Sid="Partner")
    assert told("keys", KEY, policy=document(*own_policy(), foreign)) == [
        "has a policy whose Partner lets arn:aws:iam::999999999999:root use it, held to the own "
        f"account {ACCOUNT} by no condition that is understood; have its owner take that out"
    ]
    loose = allow({"Service": "sns.amazonaws.com"}, "kms:Decrypt", Sid="Topic")
    assert warned("keys", KEY, policy=document(*own_policy(), loose)) == [
        "has a policy whose Topic lets sns.amazonaws.com use it for anybody; have its owner hold "
        "that to aws:SourceAccount, or for logs to kms:EncryptionContext:aws:logs:arn"
    ]


def test_a_keys_policy_without_the_account_is_warned_of():
    assert warned("keys", KEY, policy=document(*own_policy()[1:])) == [
        "has a policy that leaves nothing to the account's IAM; see that it lets whoever runs "
        "heiiki, since EKS makes its grant in that one's name"
    ]


def test_the_supplied_bucket_lets_log_delivery_write_and_nobody_else():
    asked = stack(CHANGES)
    bucket = plan_flow_log_bucket(asked, partition_of(asked.region), ACCOUNT)
    assert bucket is not None
    least = json.dumps(bucket.policy["Statement"][:2], sort_keys=True)
    wanted = f"s3:PutObject on {BUCKET}/AWSLogs/{ACCOUNT}/*, s3:GetBucketAcl on {BUCKET}, " \
             f"s3:ListBucket on {BUCKET}"  # fmt: skip
    missing = "has a policy that does not let flow logs in: delivery.logs.amazonaws.com may not " \
              f"do {wanted} for account {ACCOUNT}; ask its owner for {least}"  # fmt: skip
    assert told("logBuckets", BUCKET, policy=None) == [missing]
    everybody = allow("*", "s3:*", Resource="*")
    assert told("logBuckets", BUCKET, policy=document(everybody)) == [
        missing, f"has a policy whose statement 0 lets * in, held to the own account {ACCOUNT} by "
        "no condition that is understood; have its owner take that out",
    ]  # fmt: skip
    assert warned("logBuckets", BUCKET, publicAccessBlocked=False, region="eu-central-1") == [
        "does not block public access in all four ways; have its owner do so",
        "lies in eu-central-1, so records of this network leave ap-northeast-1; see that this is "
        "meant",
    ]


def delivering(**condition: Any) -> list[dict[str, Any]]:
    """What lets the log delivery service in, under these conditions only."""
    asked = stack(CHANGES)
    bucket = plan_flow_log_bucket(asked, partition_of(asked.region), ACCOUNT)
    assert bucket is not None
    return [{**s, "Condition": condition} for s in bucket.policy["Statement"][:2]]


OWN_LOGS = f"arn:aws:logs:ap-northeast-1:{ACCOUNT}:*"
FOREIGN_LOGS = OWN_LOGS.replace(ACCOUNT, "999999999999")


@pytest.mark.parametrize(
    ("condition", "in_"),
    [
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, True),
        ({"StringEquals": {"AWS:sourceAccount": ["999999999999", ACCOUNT]}}, True),
        ({"StringLike": {"aws:SourceAccount": "1*"}}, True),
        ({"ArnLike": {"aws:SourceArn": OWN_LOGS}}, True),
        ({"StringLike": {"aws:SourceArn": "arn:aws:logs:*"}}, True),
        ({"ArnEquals": {"aws:SourceArn": f"{OWN_LOGS[:-1]}delivery-source:*"}}, True),
        ({"StringEquals": {"aws:SourceOrgID": "o-abcde12345"}}, True),  # that nobody has told us
        ({"StringEquals": {"aws:SourceAccount": "999999999999"}}, False),
        ({"StringEquals": {"aws:SourceAccount": "1*"}}, False),
        ({"ArnLike": {"aws:SourceArn": FOREIGN_LOGS}}, False),
        ({"ArnLike": {"aws:SourceArn": OWN_LOGS.replace("ap-northeast-1", "eu-west-1")}}, False),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT},
          "ArnLike": {"aws:SourceArn": FOREIGN_LOGS}}, False),
    ],
)  # fmt: skip
def test_a_bucket_lets_delivery_in_for_the_own_account(condition, in_):
    policy = document(*delivering(**condition))
    if in_:
        assert warned("logBuckets", BUCKET, policy=policy) == []
        return
    (message,) = told("logBuckets", BUCKET, policy=policy)
    assert message.startswith("has a policy that does not let flow logs in: delivery.logs")


def test_delivery_for_whoever_asks_is_warned_of():
    first, second = warned("logBuckets", BUCKET, policy=document(*delivering()))
    assert first == (
        "has a policy whose AWSLogDeliveryWrite lets delivery.logs.amazonaws.com in for whoever "
        f"asks it to (a confused deputy); have its owner hold that to aws:SourceAccount {ACCOUNT} "
        "and aws:SourceArn"
    )
    assert "AWSLogDeliveryAclCheck" in second


OBJECTS = f"{BUCKET}/*"
EXCEPTED = {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}


@pytest.mark.parametrize(
    ("deny", "how"),
    [
        ({"Principal": "*", "Action": "s3:*", "Resource": OBJECTS}, "fault"),
        ({"Principal": {"AWS": "*"}, "Action": "S3:Put*", "Resource": "*"}, "fault"),
        ({"Principal": {"Service": "delivery.logs.amazonaws.com"}, "Action": "s3:ListBucket",
          "Resource": BUCKET}, "fault"),
        ({"NotPrincipal": {"AWS": f"{IAM}:root"}, "Action": "*", "Resource": "*"}, "fault"),
        ({"Principal": "*", "NotAction": "s3:GetObject", "Resource": "*"}, "fault"),
        ({"Principal": "*", "Action": "*", "NotResource": f"{BUCKET}/other/*"}, "fault"),
        ({"Principal": "*", "Action": "s3:*", "Resource": OBJECTS,
          "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}, "warning"),
        ({"Principal": "*", "Action": "s3:*", "Resource": OBJECTS,
          "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}}, "warning"),
        ({"Principal": "*", "Action": "s3:*", "Resource": OBJECTS,
          "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}, **EXCEPTED}}, None),
        ({"Principal": "*", "Action": "s3:*", "Resource": OBJECTS,
          "Condition": {"Bool": {"aws:SecureTransport": "false"}}}, None),
        ({"Principal": "*", "Action": "s3:GetObject", "Resource": OBJECTS}, None),
        ({"Principal": "*", "Action": "s3:*", "Resource": f"{BUCKET}/other/*"}, None),
        ({"Principal": {"AWS": f"{IAM}:role/x"}, "Action": "*", "Resource": "*"}, None),
        ({"NotPrincipal": {"Service": "delivery.logs.amazonaws.com"}, "Action": "*",
          "Resource": "*"}, None),
        ({"NotPrincipal": "*", "Action": "*", "Resource": "*"}, None),
    ],
)  # fmt: skip
def test_a_deny_that_keeps_delivery_out_is_told(deny, how):
    held = delivering(StringEquals={"aws:SourceAccount": ACCOUNT})
    policy = document(*held, {"Sid": "Shut", "Effect": "Deny", **deny})
    said = "has a policy whose Shut denies delivery.logs.amazonaws.com what it needs"
    if how == "fault":
        assert told("logBuckets", BUCKET, policy=policy) == [
            f"{said}, so it does not let flow logs in; have its owner except it"
        ]
        return
    found = warned("logBuckets", BUCKET, policy=policy)
    assert [w.partition(", since")[0] for w in found] == ([said] if how == "warning" else [])


def test_a_key_that_denies_a_service_or_serves_it_for_others_only_is_refused():
    deny = {"Sid": "Shut", "Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt",
            "Resource": "*"}  # fmt: skip
    messages = told("keys", KEY, policy=document(*own_policy(), deny))
    who = ("logs.ap-northeast-1.amazonaws.com", "EC2 Auto Scaling's service-linked role")
    assert [m for m in messages if "denies" in m][:2] == [
        f"has a policy whose Shut denies {name} to use it; have its owner except it" for name in who
    ]
    others = {"StringEquals": {"aws:SourceAccount": "999999999999"}}
    root, logs, *rest = own_policy()
    (message,) = told("keys", KEY, policy=document(root, {**logs, "Condition": others}, *rest))
    assert message.startswith(f"has a policy that does not let {who[0]} use it")
    held = {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    assert warned("keys", KEY, policy=document(*own_policy(), held)) == []


def test_an_image_fits_the_machines_that_boot_from_it():
    assert told("images", IMAGE, state="failed") == ["is failed, not available; give another image"]
    assert told("images", IMAGE, architecture="arm64") == [
        "is of arm64, and m7i.large is x86_64; give an image of that, or another instanceType"
    ]
    faults = refused_as_read(CHANGES, locked(changed("images", IMAGE, rootDeviceName="/dev/sda1")))
    assert faults == [
        ("nodePools.workers.image.rootDevice", "is not the image's root device, which is "
         "/dev/sda1: encryption would be asked for another volume; write /dev/sda1",
         "'/dev/xvda'"),
    ]  # fmt: skip
    people = refused_as_read(
        CHANGES, locked(changed("images", "ami-0eeeeeeeeeeeeeee0", architecture="arm64"))
    )
    assert [path for path, _, _ in people] == ["access.operator.machine.imageId"]


def test_an_image_of_a_type_that_nobody_knows_is_not_compared_with_it():
    """That the type is unknown is told once, where it stands."""
    unknown = {"nodePools.workers.instanceType": "m7i.enormous"}
    paths = ["nodePools.workers.instanceType"]
    faults = refused_as_read(CHANGES | unknown, locked(keys()))
    assert [path for path, _, _ in faults] == paths and "no known instance type" in faults[0][1]
    other = locked(changed("images", IMAGE, rootDeviceName="/dev/sda1", architecture="arm64"))
    assert [path for path, _, _ in refused_as_read(CHANGES | unknown, other)] == paths


def test_an_image_of_somebody_else_is_warned_of_and_aws_own_is_not():
    assert warned("images", IMAGE, ownerId="9" * 12) == [
        "is an image of account 999999999999, whose programs run on every machine that boots from "
        "it; see that this account is yours"
    ]
    assert warned("images", IMAGE, ownerId="9" * 12, ownerAlias="amazon") == []
