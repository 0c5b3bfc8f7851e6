"""These tests drive the real engine; each module has a world of its own."""

import pytest

from tests.engine.world import World


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/engine/" in item.nodeid or item.path.parent.name == "engine":
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World.begin(tmp_path_factory.mktemp("world"))
    yield made
    made.end()
