"""Equal meaning is equal, in whatever order the engine and AWS tell it."""

import itertools

from local.aws.translate.compare import same

ROWS = (("instance", "a"), ("volume", "b"), ("network-interface", "a"))


def test_a_set_of_objects_is_equal_whatever_the_order_of_entries_and_keys() -> None:
    """The engine's messages have no order of keys, so two runs may tell the same differently."""
    asked = [{"resourceType": kind, "tags": {"Name": name, "x": "1"}} for kind, name in ROWS]
    for order in itertools.permutations(ROWS):
        told = [{"tags": {"x": "1", "Name": name}, "resourceType": kind} for kind, name in order]
        mixed = [told[0], *({k: row[k] for k in reversed(row)} for row in told[1:])]
        assert same(asked, told, "set") and same(asked, mixed, "set")
    other = [{**row, "tags": {"Name": "other", "x": "1"}} for row in asked]
    assert not same(asked, other, "set")


def test_statements_of_a_policy_are_equal_whatever_the_order_of_their_keys() -> None:
    first = '{"Statement": [{"Sid": "a", "Effect": "Allow"}, {"Effect": "Deny", "Sid": "b"}]}'
    second = '{"Statement": [{"Sid": "b", "Effect": "Deny"}, {"Effect": "Allow", "Sid": "a"}]}'
    assert same(first, second, "policy")
    assert not same(first, second.replace("Deny", "Allow"), "policy")
