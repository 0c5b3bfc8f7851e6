"""etcd itself, as its machines are told to run it."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.carry_in.programs import ETCD_VERSION
from tests.control_plane.machine import Machine, context_for, etcd, output_of
from tests.control_plane.pki import Signed, authority, signed
from tests.machines.self_hosted import ETCD

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with etcd(tmp_path_factory.mktemp("etcd")) as machine:
        yield machine


def ask(members: Machine, who: Signed | None, name: str = "1a") -> dict:
    """Its list of members, over the JSON form of its API."""
    host = members.here(f"{ETCD.host(name)}:2379")
    request = urllib.request.Request(f"https://{host}/v3/cluster/member/list", b"{}")
    context = context_for(members, "etcd", who)
    with urllib.request.urlopen(request, context=context, timeout=20) as answer:
        return dict(json.loads(answer.read()))


def test_three_members_find_each_other_and_answer_whom_their_authority_signed(
    members: Machine,
) -> None:
    who = signed(members.authorities["etcd"], "kube-apiserver-etcd-client")
    for name in ETCD.members:
        assert {m["name"] for m in ask(members, who, name)["members"]} == set(ETCD.members)


@pytest.mark.parametrize("ca", [None, "kubernetes", "stranger"])
def test_nobody_else_is_answered(members: Machine, ca: str | None) -> None:
    """Not even who the cluster's own authority signed, such as a worker or an administrator."""
    who = None
    if ca is not None:
        who = signed(members.authorities.get(ca) or authority(ca), "kube-apiserver-etcd-client")
    with pytest.raises((ssl.SSLError, urllib.error.URLError, ConnectionError, OSError)) as caught:
        ask(members, who)
    assert not isinstance(caught.value, urllib.error.HTTPError), "refused before it was asked"


def started_with(members: Machine) -> str:
    return (members.root / "run-1a" / "etcd.log").read_text(errors="replace")


def test_it_runs_with_what_was_asked_and_understands_every_variable(members: Machine) -> None:
    said = started_with(members)
    (line,) = [line for line in said.splitlines() if '"starting an etcd server"' in line]
    told = json.loads(line)
    assert told["etcd-version"] == ETCD_VERSION
    assert told["feature-gates"] == "CompactHashCheck=true,InitialCorruptCheck=true"
    assert told["initial-cluster-state"] == "new" and told["pre-vote"] is True
    assert told["quota-backend-bytes"] == 4 * 1024**3
    assert told["auto-compaction-mode"] == "periodic"
    assert "unrecognized environment variable" not in said


@pytest.mark.parametrize("flag", ["--enable-v2=true", "--feature-gates=InitialCorrupt=true"])
def test_a_flag_that_is_gone_or_never_was_stops_it(tmp_path: Path, flag: str) -> None:
    said = output_of(tmp_path, "etcd", [f"--data-dir={tmp_path / 'data'}", flag])
    assert "not defined" in said or "unrecognized feature gate" in said


def test_what_it_keeps_is_its_own_to_read(members: Machine) -> None:
    data = members.root / "1a" / "var/lib/etcd/data"
    assert data.stat().st_mode & 0o777 == 0o700
