"""These tests drive the real engine; each module has a world of its own."""

import pytest

from tests.engine.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World.begin(tmp_path_factory.mktemp("world"))
    yield made
    made.end()
