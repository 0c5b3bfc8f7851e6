"""`prove --live` says of web ACLs what `prove --state` says."""

import json

import pytest

from automation.described.tables import KINDS
from proof.prove import prove
from tests.automation.described import web_acls_of_aws as of
from tests.automation.described.parity import Told, said
from tests.policies.mutations.stacks import Of, Stack, stack

TOLD = Told([kind for kind in KINDS if kind.token in of.TYPES], (of.tell,), of.real_id)
BEFORE = stack("dev", True)
PAYS = {"monetize": {}}
OTHERS_GROUP = of.OTHERS.replace("webacl", "rulegroup")


def having(*made: tuple[str, str, dict[str, object]]) -> Stack:
    """With these, called by AWS's ARNs."""
    nodes = (BEFORE.makes(*each) for each in made)
    return BEFORE.having(*(
        BEFORE.makes(*each, arn=of.arn(node)) if each[0] in of.NOUNS else node
        for each, node in zip(made, nodes, strict=True)
    ))  # fmt: skip


def rule(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "priority": 1, "action": {"block": {}}, **more}


def referring(group: object) -> dict[str, object]:
    return rule("theirs", statement={"ruleGroupReferenceStatement": {"arn": group}})


COMMON = (of.GROUP, "common", {"scope": "REGIONAL", "rules": [rule("inside")]})
OWN_GROUP = Of(BEFORE.makes(*COMMON, arn=of.arn(BEFORE.makes(*COMMON))), "arn")
ACL = (of.ACL, "shop", {"scope": "REGIONAL", "rules": [rule("inside")]})
SHOP = of.arn(BEFORE.makes(*ACL))
CLOSED = {
    "a web ACL": (ACL,),
    "without rules": ((of.ACL, "shop", {"scope": "REGIONAL"}),),
    "a group": (COMMON,),
    "rules of their own": (
        (of.ACL, "shop", {"scope": "REGIONAL"}),
        (of.RULE, "one", {**rule("one"), "webAclArn": SHOP}),
        (of.RULE, "two", {**rule("two"), "webAclArn": SHOP}),
    ),
    "rules of a group of one's own": (
        COMMON, (of.ACL, "shop", {"rules": [referring(OWN_GROUP)]}),
    ),
    "a rule in a web ACL of others": ((of.RULE, "one", {**rule("one"), "webAclArn": of.OTHERS}),),
}  # fmt: skip
OPEN = {
    "rules of a group of others": ((of.ACL, "shop", {"rules": [referring(OTHERS_GROUP)]}),),
    "a rule of its own by a group of others": (
        ACL, (of.RULE, "one", {**referring(OTHERS_GROUP), "webAclArn": SHOP}),
    ),
    "a web ACL that is paid": ((of.ACL, "shop", {"monetizationConfig": {"cryptoConfig": {}}}),),
    "a group that is paid": ((of.GROUP, "common", {"monetizationConfig": {"cryptoConfig": {}}}),),
    "a rule that asks for payment": ((of.GROUP, "common", {"rules": [rule("pay", action=PAYS)]}),),
    "a rule of its own that asks for payment": (
        ACL, (of.RULE, "pay", {**rule("pay"), "action": PAYS, "webAclArn": SHOP}),
    ),
    "a rule for payment in a web ACL of others": (
        (of.RULE, "pay", {**rule("pay"), "action": PAYS, "webAclArn": of.OTHERS}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_one_is_closed_by_what_aws_says(stubbed, monkeypatch, name):
    assert TOLD.same(stubbed, having(*CLOSED[name]), monkeypatch, "closed") == set()


@pytest.mark.parametrize("name", OPEN)
def test_what_opens_one_is_found_by_what_aws_says(stubbed, monkeypatch, name):
    assert TOLD.same(stubbed, having(*OPEN[name]), monkeypatch, "open")


def test_a_rule_that_nobody_has_recorded_is_found_with_its_web_acl(stubbed, monkeypatch):
    """By hand, beside a rule that is recorded as a resource of its own."""
    own = (of.RULE, "one", {**rule("one"), "webAclArn": SHOP})
    opened = having((of.ACL, "shop", {"rules": [rule("pay", action=PAYS)]}), own)
    (acl,) = opened.each(of.ACL)
    recorded = opened.having(opened.edited(acl, {"rules": None}))
    monkeypatch.setattr(of, "tell", lambda answers, _: of_aws(answers, opened))
    of_aws = TOLD.tell[0]
    told = Told(TOLD.kinds, (of.tell,), TOLD.real_id)
    deployment, described = told.read(stubbed, recorded, monkeypatch)
    assert described.missing == []
    assert said(prove(deployment, recorded.boundary)) == {("CN-243", "shop")}
    assert said(prove(recorded.deployment, recorded.boundary)) == set()


def test_what_the_rules_look_for_can_be_told(stubbed, monkeypatch):
    """Bytes, which JSON has none of."""
    deployment, _ = TOLD.read(stubbed, having(ACL), monkeypatch)
    (acl,) = deployment.of_type(of.ACL)
    (found,) = acl.resource.props["rules"]
    assert "sql" in json.dumps(found["Statement"])
