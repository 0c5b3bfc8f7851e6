"""`prove --live` says of an entry that a prefix list has by a resource of its own what `prove
--state` says: whoever answers for that resource answers for the range, and for no other one."""

from datetime import timedelta

import pytest

from automation.described.tables import KINDS
from proof.prove import prove
from rules.boundary import RuleException
from tests.automation.described.parity import Told, said
from tests.policies.mutations.stacks import ACCOUNT, TODAY, Of, stack

LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
ENTRY = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
OWN = [kind for kind in KINDS if kind.token in (LIST, ENTRY)]
ANSWERS = RuleException("CN-104", "partner", None, "net", "agreed", TODAY + timedelta(days=20))


def listing(answers, before, *more):
    """more: ranges that nobody has recorded."""
    (own,) = before.each(LIST)
    id_ = str(own.outputs()["id"])
    answers.lists("ec2", "DescribeManagedPrefixLists", "PrefixLists", {
        "PrefixListId": id_, "PrefixListName": "far", "AddressFamily": "IPv4", "MaxEntries": 5,
        "OwnerId": ACCOUNT,
    })  # fmt: skip
    ranges = [*(node.resource.props["cidr"] for node in before.each(ENTRY)), *more]
    entries = [{"Cidr": cidr} for cidr in ranges]
    answers.says("ec2", "GetManagedPrefixListEntries", lambda _: {"Entries": entries})


def real_id(node):
    props, own = node.resource.props, str(node.outputs()["id"])
    return f"{props['prefixListId']},{props['cidr']}" if node.resource.type == ENTRY else own


def told(*more):
    return Told(OWN, (lambda answers, before: listing(answers, before, *more),), real_id)


def with_entry(*exceptions):
    before = stack("dev", True)
    own = before.makes(LIST, "far", {"name": "far", "addressFamily": "IPv4", "maxEntries": 5})
    partner = before.makes(ENTRY, "partner", {"prefixListId": Of(own), "cidr": "198.51.100.0/24"})
    after = before.having(own, partner)
    return after.declaring(exceptions=(*after.boundary.exceptions, *exceptions))


@pytest.mark.parametrize(("exceptions", "verdict", "found"), [
    ((), "open", {("CN-104", "partner")}), ((ANSWERS,), "open, answered for", set()),
])  # fmt: skip
def test_an_entry_is_told_as_it_is_recorded(stubbed, monkeypatch, exceptions, verdict, found):
    assert told().same(stubbed, with_entry(*exceptions), monkeypatch, verdict) == found


def test_an_entry_that_somebody_has_put_beside_the_record_is_the_lists(stubbed, monkeypatch):
    before = with_entry(ANSWERS)
    deployment, described = told("203.0.113.0/24").read(stubbed, before, monkeypatch)
    by_aws = prove(deployment, before.boundary)
    assert described.missing == [] and by_aws.verdict == "open"
    assert said(by_aws) == {("CN-104", "far")}
