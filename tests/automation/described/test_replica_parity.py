"""`prove --live` says of a copy that a table has by a resource of its own what `--state` says: of
that resource, and not of the table once more."""

from datetime import timedelta

import pytest

from automation.described import stores
from proof.prove import prove
from rules.boundary import RuleException
from tests.automation.described.parity import Told, said
from tests.policies.mutations.stacks import ACCOUNT, REGION, TODAY, Of, stack

TABLE = "aws:dynamodb/table:Table"
REPLICA = "aws:dynamodb/tableReplica:TableReplica"
OWN = [kind for kind in stores.KINDS if kind.token == TABLE]
ELSEWHERE = "us-east-1"
KEY = f"arn:aws:kms:{ELSEWHERE}:{ACCOUNT}:key/1"
ANSWERS = RuleException("CN-003", "copy", REPLICA, "data", "agreed", TODAY + timedelta(days=20))


def copied(**more):
    return {"RegionName": ELSEWHERE, "ReplicaStatus": "ACTIVE", **more}


def told(*copies):
    def tell(answers, before):
        (own,) = before.each(TABLE)
        answers.says("dynamodb", "ListTables", lambda _: {"TableNames": ["orders"]})
        answers.says("dynamodb", "DescribeTable", lambda _: {"Table": {
            "TableName": "orders", "TableArn": own.outputs()["arn"], "Replicas": [*copies],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        }})  # fmt: skip

    return Told(OWN, (tell,), lambda node: (
        "orders" if node.resource.type == TABLE else str(node.outputs()["id"])
    ))  # fmt: skip


def with_copy(*exceptions, **more):
    before = stack("dev", True)
    table = before.makes(TABLE, "orders", {"name": "orders", "hashKey": "id"})
    props = {"globalTableArn": Of(table, "arn"), "region": ELSEWHERE, **more}
    after = before.having(table, before.makes(REPLICA, "copy", props))
    return after.declaring(exceptions=(*after.boundary.exceptions, *exceptions))


@pytest.mark.parametrize("key", [{}, {"kmsKeyArn": KEY}])
@pytest.mark.parametrize(("exceptions", "verdict", "found"), [
    ((), "open", {("CN-003", "copy")}), ((ANSWERS,), "closed", set()),
])  # fmt: skip
def test_a_copy_is_told_as_it_is_recorded(
    stubbed, monkeypatch, exceptions, verdict, found, key
):  # fmt: skip
    before = with_copy(*exceptions, **key)
    aws_says = {"KMSMasterKeyId": KEY} if key else {}
    assert told(copied(**aws_says)).same(stubbed, before, monkeypatch, verdict) == found


@pytest.mark.parametrize("copy", [
    copied(RegionName="eu-west-3"), copied(KMSMasterKeyId=KEY.replace(ACCOUNT, "999988887777")),
])  # fmt: skip
def test_another_copy_and_another_key_are_the_tables(stubbed, monkeypatch, copy):
    before = with_copy(ANSWERS)
    deployment, _ = told(copy).read(stubbed, before, monkeypatch)
    by_aws = prove(deployment, before.boundary)
    assert by_aws.verdict == "open" and ("CN-003", "orders") in said(by_aws)


def test_a_copy_of_a_table_that_is_called_alike_elsewhere_is_another_one(stubbed, monkeypatch):
    before = with_copy(ANSWERS)
    (copy,) = before.each(REPLICA)
    other = {"globalTableArn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/others"}
    before = before.having(before.edited(copy, other))
    deployment, _ = told(copied()).read(stubbed, before, monkeypatch)
    assert ("CN-003", "orders") in said(prove(deployment, before.boundary))
