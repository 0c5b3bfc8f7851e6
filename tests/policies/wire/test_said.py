"""What the pack says is held against the proof sentence by sentence, and no difference is lost."""

from dataclasses import replace

import pytest

from tests.policies.analyzer import TODAY
from tests.policies.mutations.apis import OF_API_GATEWAY, designed
from tests.policies.mutations.runs import proved
from tests.policies.mutations.stacks import CLOSED, Of, stack
from tests.policies.wire.declarations import written
from tests.policies.wire.said import Expected, Statement, differences, expected
from tests.policies.wire.sent import CircleError, sent, struct

DOOR = Statement(True, "CN-010 InternetGateway 'door' is a way to the internet")
SAID = replace(DOOR, text=f"{DOOR.text}. Take it away.")
LOGS = Statement(False, "CN-240 Vpc 'main' has no flow log")
WANTED = Expected(frozenset({DOOR, LOGS}), frozenset())
TOLD = [SAID, replace(LOGS, text=f"{LOGS.text}: main.")]


def test_the_same_is_no_difference():
    assert differences(WANTED, TOLD) == [] and WANTED.refused


@pytest.mark.parametrize(
    ("said", "difference"),
    [
        (TOLD[:1], f"not told: warned: {LOGS.text}"),
        (TOLD[1:], f"not told: refused: {DOOR.text}"),
        ([*TOLD, replace(SAID, text="CN-012 Eip 'x' is one.")], "told besides: refused: CN-012"),
        ([*TOLD, SAID], "told 2 times: refused: CN-010"),
        ([*TOLD, replace(SAID, mandatory=False)], "told besides: warned: CN-010"),
        ([*TOLD, replace(SAID, text=f"{DOOR.text}s. So.")], "told besides: refused: CN-010"),
    ],
)
def test_each_difference_is_told(said, difference):
    (found,) = differences(WANTED, said)
    assert found.startswith(difference)


def test_of_two_sentences_that_begin_alike_each_is_found():
    longer = replace(DOOR, text=f"{DOOR.text}: by the main table")
    both = Expected(frozenset({DOOR, longer}), frozenset())
    said = [SAID, replace(longer, text=f"{longer.text}. So.")]
    assert differences(both, said) == []
    assert len(differences(both, said[:1])) == len(differences(both, said[1:])) == 1


@pytest.mark.parametrize("scenario", CLOSED)
def test_of_a_closed_example_nothing_is_expected_that_fails(scenario):
    closed = stack(scenario, known=False)
    wanted = expected(closed, proved(scenario, closed).proof)
    assert not wanted.refused and wanted.waits == frozenset()


def test_what_a_declaration_does_not_say_is_noticed():
    boundary = stack("two-vpc", known=True).boundary
    assert boundary.exceptions and boundary.accounts
    assert written(boundary, TODAY)["accounts"] == sorted(boundary.accounts)
    with pytest.raises(ValueError, match="regions: declared"):
        written(replace(boundary, regions=frozenset({"nowhere"})), TODAY)


def test_every_key_of_a_connection_is_declared():
    boundary = designed(stack("dev", known=True)).boundary
    (of_link,) = written(boundary, TODAY)["connections"]
    assert of_link["accounts"] == [OF_API_GATEWAY] and "cidrs" not in of_link
    (of_route,) = written(stack("on-premises", known=True).boundary, TODAY)["connections"][:1]
    assert of_route["cidrs"] and "accounts" not in of_route


def test_resources_stand_behind_what_they_take_something_from():
    closed = stack("dev", known=True)
    made = sent(closed, "s")
    place = {one.urn: number for number, one in enumerate(made)}
    pairs = [(place[urn], place[one.urn]) for one in made for urns in one.sources.values()
             for urn in urns if urn != one.urn]  # fmt: skip
    assert len(made) == len(closed.deployment.nodes) and len(pairs) > 50
    assert all(before < after for before, after in pairs)


def test_what_two_resources_wait_for_each_other_for_is_no_program():
    closed = stack("dev", known=True)
    kind = "aws:ec2/route:Route"
    first, second = closed.makes(kind, "first"), closed.makes(kind, "second")
    one = closed.makes(kind, "first", {"routeTableId": Of(second)})
    other = closed.makes(kind, "second", {"routeTableId": Of(first)})
    with pytest.raises(CircleError, match=r"they wait for each other: .*::first, .*::second"):
        sent(closed.having(one, other), "s")


def test_an_id_that_nobody_knows_is_none():
    known, unknown = (sent(stack("dev", known=known), "s") for known in (True, False))
    assert all(one.id for one in known if one.custom)
    assert not any(one.id for one in unknown if one.type == "aws:ec2/vpc:Vpc")
    assert struct({"a": [{"b": None}]})["a"][0]["b"] is None
