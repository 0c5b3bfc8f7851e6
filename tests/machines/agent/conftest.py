"""The world of one machine, for every test of its steps."""

import pytest

from tests.machines.agent.world import World, at_each_place


@pytest.fixture
def world(tmp_path, monkeypatch):
    made = World(tmp_path)
    at_each_place(monkeypatch, made)
    return made
