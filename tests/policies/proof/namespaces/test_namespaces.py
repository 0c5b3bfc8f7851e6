"""The model, the brute force and Linux itself give the same answers.

Random networks are built from network namespaces, packets are sent from every interface, and what
arrives where is compared. 10 times 12 networks in each run. Linux routes, filters and translates
them with code that knows nothing of ours; what AWS does otherwise than Linux, it does not show.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.policies.proof import brute
from tests.policies.proof.making import Seeded, make
from tests.policies.proof.namespaces.expected import expected, probes_of
from tests.policies.proof.worlds import World, address_of
from tests.tools import shell

ROOT = Path(__file__).parents[4]
PARTS, IN_EACH = 10, 12
SECONDS = 300
pytestmark = pytest.mark.tools


def built(seeds: range) -> dict[int, set[tuple[int, str]]]:
    """What arrived in each of these worlds, built in a process whose end is theirs."""
    shell.require("ip", "nft", "unshare")
    mapped = [] if os.geteuid() == 0 else ["--map-root-user"]
    alone = [shutil.which("unshare") or "unshare", "--net", *mapped, "--kill-child", "--fork"]
    done = subprocess.run(
        [*alone, sys.executable, "-m", "tests.policies.proof.namespaces", *map(str, seeds)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'policies'}"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["seed"]: {(number, end) for number, end in line["arrived"]} for line in lines}


def by_brute_force(world: World) -> tuple[set[tuple[int, str]], set[tuple[int, str]]]:
    """What the brute force says of the same probes: surely, and perhaps."""
    sure, perhaps = set(), set()
    for probe in probes_of(world):
        packet = brute.Packet(
            address_of(probe.source), address_of(probe.destination), probe.protocol, probe.port
        )
        for end, certain in brute.ends(world, probe.interface, packet).items():
            (sure if certain else perhaps).add((probe.number, end.removeprefix("to ")))
    return sure, perhaps


@pytest.mark.parametrize("part", range(PARTS))
def test_linux_says_the_same(part):
    seeds = range(part * IN_EACH, (part + 1) * IN_EACH)
    arrived = built(seeds)
    assert list(arrived) == list(seeds)
    for seed in seeds:
        world = make(Seeded(seed), real=True)
        probes = probes_of(world)
        sure, perhaps = expected(world, probes)
        assert by_brute_force(world) == (sure, perhaps), seed
        assert arrived[seed] - perhaps == sure, seed


def test_what_is_compared_holds_every_kind_of_end_in_both_families():
    ends: dict[tuple[str, int], int] = {}
    for seed in range(PARTS * IN_EACH):
        world = make(Seeded(seed), real=True)
        probes = probes_of(world)
        families = {p.number: 6 if ":" in p.destination else 4 for p in probes}
        for number, end in expected(world, probes)[0]:
            kind = (end if end == "att-vpn" else end.split("-")[0], families[number])
            ends[kind] = ends.get(kind, 0) + 1
    both = {(kind, family) for kind in ("eni", "igw", "vgw", "att-vpn") for family in (4, 6)}
    assert {kind for kind, count in ends.items() if count > 20} == both | {("eigw", 6)}, ends


def test_a_network_that_is_built_wrongly_is_noticed():
    """The twin: what is built from one seed is not what another seed's model says."""
    (arrived,) = built(range(6, 7)).values()
    other = make(Seeded(10), real=True)
    assert arrived and arrived != expected(other, probes_of(other))[0]


def test_nothing_of_it_is_left_behind():
    before = sorted(os.listdir("/sys/class/net"))
    built(range(1))
    assert sorted(os.listdir("/sys/class/net")) == before
