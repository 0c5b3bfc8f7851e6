"""ARNs of another partition, account or region are told before half of the stack stands."""

import pytest

from tests.plan.own import asked, lock
from tests.plan.samples import ACCOUNT, plan, refused

KEY = "controlPlane.encryptionKey"


def key(arn: str) -> dict[str, dict[str, str]]:
    return {KEY: {"kind": "existing", "keyArn": arn}}


def profile(account: str = ACCOUNT, partition: str = "aws") -> dict[str, str]:
    return {
        "kind": "existing",
        "instanceProfileArn": f"arn:{partition}:iam::{account}:instance-profile/nodes",
        "roleArn": f"arn:{partition}:iam::{account}:role/nodes",
    }


def role(account: str = ACCOUNT, partition: str = "aws", name: str = "x") -> dict[str, str]:
    return {"kind": "existing", "roleArn": f"arn:{partition}:iam::{account}:role/{name}"}


def test_a_key_of_another_region_is_refused():
    arn = f"arn:aws:kms:us-west-1:{ACCOUNT}:key/1234"
    assert refused(key(arn)) == [
        (f"{KEY}.keyArn", "is a key of us-west-1; a key serves its own region ap-northeast-1 only",
         f"'{arn}'"),
    ]  # fmt: skip


def test_a_key_of_another_partition_is_refused():
    arn = f"arn:aws-cn:kms:ap-northeast-1:{ACCOUNT}:key/1234"
    assert refused(key(arn)) == [
        (f"{KEY}.keyArn", "is of partition aws-cn; region ap-northeast-1 is of aws", f"'{arn}'")
    ]


FOREIGN = "arn:aws:kms:ap-northeast-1:999999999999:key/1234"
ALONE = "is of account 999999999999, which alone sees its policy"


def test_a_key_of_another_account_is_refused_since_nobody_has_judged_its_policy():
    assert refused(key(FOREIGN)) == [
        (f"{KEY}.keyArn", f"{ALONE}; give a key of the own account {ACCOUNT}, or write "
         "boundary.organizationId if that account is of your organization", f"'{FOREIGN}'"),
    ]  # fmt: skip


def test_a_key_of_the_own_organization_is_taken_with_a_word_to_its_owner():
    changes = {**key(FOREIGN), "boundary.organizationId": "o-abcde12345"}
    assert (
        f"{KEY}.keyArn: {FOREIGN} {ALONE}; have its owner see who may use it, and let this "
        "account's cluster, logs and Auto Scaling"
    ) in plan(changes).warnings


PLACES = {
    "controlPlane.role.roleArn": {"controlPlane.role": role},
    "access.administrator.roleArn": {"access.administrator": role},
    "nodePools.workers.instanceProfile.roleArn": {"nodePools.workers.instanceProfile": profile},
    "nodePools.workers.instanceProfile.instanceProfileArn": {
        "nodePools.workers.instanceProfile": profile
    },
    "access.deployerArn": {
        "access.deployerArn": lambda account=ACCOUNT, partition="aws": (
            f"arn:{partition}:iam::{account}:role/deploy"
        )
    },
    "access.principals.p.principalArn": {
        "access.principals": lambda account=ACCOUNT, partition="aws": {
            "p": {"principalArn": f"arn:{partition}:iam::{account}:role/p"}
        }
    },
}


@pytest.mark.parametrize(("path", "asked"), PLACES.items())
def test_another_account_or_partition_is_refused(path, asked):
    ((key_path, make),) = asked.items()
    found = {p: message for p, message, _ in refused({key_path: make("999999999999")})}
    assert found[path] == f"lies outside the own account {ACCOUNT}"
    found = {p: message for p, message, _ in refused({key_path: make(ACCOUNT, "aws-us-gov")})}
    assert found[path] == "is of partition aws-us-gov; region ap-northeast-1 is of aws"
    assert plan({key_path: make()})


def test_the_operators_profile_is_of_the_own_account():
    arn = "arn:aws:iam::999999999999:instance-profile/x"
    changes = {"access": {"administrator": role(), "operator": {"instanceProfileArn": arn}}}
    assert refused(changes) == [
        ("access.operator.instanceProfileArn", f"lies outside the own account {ACCOUNT}",
         f"'{arn}'"),
    ]  # fmt: skip


TARGETS = "controlPlane.endpoints.people.loadBalancer.targetGroupArn"


@pytest.mark.parametrize(
    ("partition", "region", "account", "told"),
    [
        ("aws", "us-east-1", ACCOUNT, "is a target group of us-east-1; machines of ap-northeast-1 "
         "are put into one of their own region only"),
        ("aws", "ap-northeast-1", "999999999999", f"lies outside the own account {ACCOUNT}"),
        ("aws-cn", "ap-northeast-1", ACCOUNT, "is of partition aws-cn; region ap-northeast-1 is of "
         "aws"),
    ],
)  # fmt: skip
def test_controllers_are_put_into_a_target_group_of_their_own_region_and_account(
    partition, region, account, told
):
    arn = f"arn:{partition}:elasticloadbalancing:{region}:{account}:targetgroup/api/{'0' * 16}"
    supplied = {
        "kind": "existing", "targetGroupArn": arn, "securityGroupIds": ["sg-0123456789abcdef0"],
    }  # fmt: skip
    changes = {"controlPlane.endpoints": {
        "main": {"dnsName": "api.k8s.example.com"},
        "people": {"dnsName": "people.k8s.example.com", "loadBalancer": supplied},
    }}  # fmt: skip
    found = refused(asked(changes), lock(changes))
    assert [(path, message) for path, message, _ in found] == [(TARGETS, told)]
