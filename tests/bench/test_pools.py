"""heiiki's own network with pools is closed, of the asked size, and pools that are alike are asked
about once."""

import datetime
import json

import pytest

from bench.pools import POLICY_FILE, pools_of, recorded_pools
from proof.prove import prove
from proof.reach import Reach
from rules import told
from rules.boundary_reader import parse_boundary
from sources.recorded import read_recorded


@pytest.mark.parametrize(("pools", "size"), [(10, 197), (83, 1000)])
def test_the_pools_are_as_many_as_come_nearest_to_a_size(pools, size):
    assert pools_of(size) == pools


def test_pools_that_are_alike_are_followed_and_read_once(tmp_path, monkeypatch):
    """Their number changes neither how many ways are asked for nor how often a text is read."""
    asked, read = [], []
    meetings, images_in = Reach.meetings, told.images_in
    monkeypatch.setattr(
        Reach, "meetings", lambda self, a, b: asked.append(b.key) or meetings(self, a, b)
    )
    monkeypatch.setattr(told, "images_in", lambda text: read.append(text) or images_in(text))
    given = json.loads(POLICY_FILE.read_text(encoding="utf-8"))["boundary"]
    boundary = parse_boundary(given, datetime.date(2026, 11, 28))
    counted = []
    for pools in (2, 12):
        deployment = read_recorded(recorded_pools(tmp_path, pools))
        for kept in (asked, read):
            kept.clear()
        for cached in (told.told_by, told._named):
            cached.cache_clear()
        proof = prove(deployment, boundary)
        assert (proof.verdict, proof.complete) == ("closed", True)
        assert proof.resources == len(deployment.made) == 86 + 11 * pools
        counted.append((len(asked), len(read) - len(set(read))))
    assert counted[0] == counted[1] and counted[0][0] > 0 and counted[0][1] == 0
