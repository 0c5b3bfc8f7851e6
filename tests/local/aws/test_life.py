"""Each resource type through its life: the table's row against the embedded AWS.

What this proves: that our requests are ones the service models allow, and that what the embedded
AWS then tells agrees with what was asked. Not that AWS itself would accept them.
"""

from collections.abc import Iterator

import pytest

from local.aws.api import forget
from local.aws.resources import RESOURCES
from local.provider_values import UNKNOWN
from tests.local.aws.cases import CASES
from tests.local.aws.engine_side import EngineSide, Made, embedded_aws, engine_side
from tests.local.aws.world import World

NONE, SOME = 1, 2  # DiffResponse.DiffChanges


@pytest.fixture(scope="module")
def engine() -> Iterator[EngineSide]:
    with embedded_aws() as endpoint_url, engine_side(endpoint_url) as side:
        yield side


@pytest.fixture
def world(engine: EngineSide) -> World:
    forget()
    return World(engine)


def refreshed(engine: EngineSide, made: Made) -> Made:
    found = engine.refresh(made)
    assert found is not None, "a refresh right after does not find it"
    return found


@pytest.mark.parametrize("row", CASES)
def test_a_resource_lives_as_its_row_says(world: World, row: str) -> None:
    case, engine = CASES[row], world.engine
    made = world.need(row)
    assert made.id
    assert refreshed(engine, made) == made, "a refresh right after create changes it"
    same = engine.recheck(made, world.inputs(row))
    assert engine.diff(made, same).changes == NONE

    if case.replace:
        news = engine.recheck(made, world.inputs(row, case.replace))
        assert engine.diff(made, news).replaces, "the row says that this replaces"

    if case.importable:
        id_ = world.resolved(case.import_id) if case.import_id else made.id
        imported = engine.imported(case.token, "imported", id_)
        assert imported is not None
        assert imported.id == made.id
        difference = engine.diff(imported, {**same, **_names(row, imported)})
        unread = {n for n, p in RESOURCES[case.token].properties.items() if p.unread or p.local}
        assert set(difference.diffs) <= unread | set(_when_asked(case.token)) | {"tags", "tagsAll"}

    if case.update:
        made = _updated(world, row, made)

    engine.delete(made)
    found = engine.refresh(made)
    assert (found is not None) == case.survives
    engine.delete(made)  # a second time, as after a kill


def _updated(world: World, row: str, made: Made) -> Made:
    case, engine = CASES[row], world.engine
    wanted = world.inputs(row, case.update)
    news = engine.recheck(made, wanted)
    difference = engine.diff(made, news)
    assert difference.changes == SOME
    assert not difference.replaces, "the row says that this changes in place"
    previewed = engine.update(made, wanted, preview=True)
    updated = engine.update(made, wanted)
    for name, value in previewed.outputs.items():
        if value is not UNKNOWN and name != "id":
            assert updated.outputs.get(name) == value, f"the preview promised another {name}"
    again = refreshed(engine, updated)
    assert again.outputs == updated.outputs
    assert again.inputs == updated.inputs
    assert engine.diff(again, engine.recheck(updated, wanted)).changes == NONE
    return again


def _names(row: str, imported: Made) -> dict[str, object]:
    """A generated name is the object's own: an import keeps it."""
    name = RESOURCES[CASES[row].token].auto_name
    return {name: imported.outputs[name]} if name and name in imported.outputs else {}


def _when_asked(token: str) -> list[str]:
    return [name for name, prop in RESOURCES[token].properties.items() if prop.when_asked]


def test_every_resource_type_has_a_row() -> None:
    assert {case.token for case in CASES.values()} == RESOURCES.keys()
