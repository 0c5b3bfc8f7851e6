"""The model, the brute force and Linux itself give the same answers.

Random networks are built from network namespaces, packets are sent from every interface, and what
arrives where is compared. 10 times 12 networks in each run, half of them the same in every run and
half drawn anew. Linux routes, filters and translates them with code that knows nothing of ours;
what AWS does otherwise than Linux, it does not show.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random, randrange

import pytest

from tests.policies.proof import brute
from tests.policies.proof.making import make
from tests.policies.proof.namespaces.expected import expected, probes_of
from tests.policies.proof.worlds import World, address_of
from tests.tools import shell

ROOT = Path(__file__).parents[4]
PARTS, CORE, IN_EACH = 10, 5, 12
# The first of the drawn networks; a failure tells what to set to have the same again.
FIRST = "HEIIKI_FIRST_WORLD"
SECONDS = 1200
pytestmark = pytest.mark.tools


def first_drawn(environment: Mapping[str, str]) -> int:
    return int(environment.get(FIRST) or randrange(PARTS * IN_EACH, 2**31))


DRAWN = first_drawn(os.environ)


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


def seeds_of(part: int) -> range:
    """The networks of a part: the core's first, then those that this run has drawn."""
    first = part * IN_EACH if part < CORE else DRAWN + (part - CORE) * IN_EACH
    return range(first, first + IN_EACH)


@pytest.mark.parametrize("part", range(PARTS))
def test_linux_says_the_same(part):
    seeds = seeds_of(part)
    arrived = built(seeds)
    assert list(arrived) == list(seeds)
    for seed in seeds:
        again = f"network {seed}: {FIRST}={seed} builds it as the first of part {CORE}"
        world = make(Random(seed), real=True)
        probes = probes_of(world)
        sure, perhaps = expected(world, probes)
        assert by_brute_force(world) == (sure, perhaps), again
        assert arrived[seed] - perhaps == sure, again


def test_half_of_what_is_built_is_drawn_anew():
    """The twin of the core: another run has other networks, and this one's can be had again."""
    core = {seed for part in range(CORE) for seed in seeds_of(part)}
    drawn = {seed for part in range(CORE, PARTS) for seed in seeds_of(part)}
    assert core == set(range(CORE * IN_EACH)) and min(drawn) == DRAWN
    assert len(core | drawn) == PARTS * IN_EACH >= 100
    assert first_drawn({}) != first_drawn({}) and first_drawn({FIRST: "777"}) == 777


def test_what_is_compared_holds_every_kind_of_end_in_both_families():
    ends: dict[tuple[str, int], int] = {}
    for seed in range(CORE * IN_EACH):
        world = make(Random(seed), real=True)
        probes = probes_of(world)
        families = {p.number: 6 if ":" in p.destination else 4 for p in probes}
        for number, end in expected(world, probes)[0]:
            kind = (end if end == "att-vpn" else end.split("-")[0], families[number])
            ends[kind] = ends.get(kind, 0) + 1
    both = {(kind, family) for kind in ("eni", "igw", "vgw", "att-vpn") for family in (4, 6)}
    assert {kind for kind, count in ends.items() if count > 10} == both | {("eigw", 6)}, ends


def test_a_network_that_is_built_wrongly_is_noticed():
    """The twin: what is built from one seed is not what another seed's model says."""
    (arrived,) = built(range(6, 7)).values()
    other = make(Random(10), real=True)
    assert arrived and arrived != expected(other, probes_of(other))[0]


def test_nothing_of_it_is_left_behind():
    before = sorted(os.listdir("/sys/class/net"))
    built(range(1))
    assert sorted(os.listdir("/sys/class/net")) == before
