"""etcd's unit and environment: what a member is told, and what may not be asked of it."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machines.etcd import (
    CLIENT_ENVIRONMENT,
    MEMBERS_FILE,
    STATE_FILE,
    EtcdSettings,
    check_endpoints,
    check_etcd_cluster,
    etcd_flags,
    etcd_member_files,
    etcd_state,
    render_etcd_unit,
)
from machines.flags import Flag, arguments
from tests.machines.self_hosted import ETCD, etcd
from tests.tools import shell

FILES = {file.path: file.content for file in etcd_member_files(ETCD, "1c")}
UNIT = FILES["/etc/systemd/system/etcd.service"]
NAMES = st.from_regex(r"\A[1-9][a-f](-[2-9])?\Z")


def variables(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


def test_a_member_is_told_the_others_and_how_to_ask_them() -> None:
    hosts = [f"{name}.etcd.dev.heiiki.internal" for name in ("1a", "1c", "1d")]
    assert variables(FILES[MEMBERS_FILE]) == {
        "ETCD_INITIAL_CLUSTER": ",".join(f"{h.split('.')[0]}=https://{h}:2380" for h in hosts)
    }
    told = variables(FILES[CLIENT_ENVIRONMENT])
    assert told["ETCD_ENDPOINTS"] == ",".join(f"https://{h}:2379" for h in hosts)
    assert told["ETCDCTL_ENDPOINTS"] == told["ETCD_ENDPOINTS"]
    assert told["ETCDCTL_CACERT"] == "/etc/etcd/pki/etcd-ca.crt"
    assert told["ETCDCTL_CERT"] == "/etc/etcd/pki/etcd-health-client-1c.crt"
    assert told["ETCDCTL_KEY"] == "/etc/etcd/pki/etcd-health-client-1c.key"
    assert told["HEIIKI_ETCD_MEMBER"] == "1c"


def test_it_starts_only_once_the_agent_has_said_whether_it_begins_or_joins() -> None:
    lines = UNIT.splitlines()
    assert f"AssertPathExists={STATE_FILE}" in lines
    assert [line for line in lines if line.startswith("EnvironmentFile=")] == [
        f"EnvironmentFile={MEMBERS_FILE}", f"EnvironmentFile={STATE_FILE}",
    ]  # fmt: skip
    assert "initial-cluster-state" not in UNIT and "STATE" not in FILES[MEMBERS_FILE]
    assert etcd_state("new") == "ETCD_INITIAL_CLUSTER_STATE=new\n"
    assert etcd_state("existing") == "ETCD_INITIAL_CLUSTER_STATE=existing\n"
    with pytest.raises(ValueError, match="state must be new or existing"):
        etcd_state("maybe")  # type: ignore[arg-type]


def test_it_never_begins_on_the_root_disk_and_waits_for_no_quorum() -> None:
    lines = UNIT.splitlines()
    assert "AssertPathIsMountPoint=/var/lib/etcd" in lines
    assert "RequiresMountsFor=/var/lib/etcd" in lines
    assert "Type=exec" in lines, "notify would mean that a quorum is there"


@pytest.mark.tools
def test_systemd_understands_the_unit_and_finds_it_shut(tmp_path: Path) -> None:
    shell.require("systemd-analyze")
    file = tmp_path / "etcd.service"
    file.write_text(UNIT.replace("/opt/heiiki/bin/etcd", "/bin/true"), encoding="utf-8")
    beside = tmp_path / "heiiki-etcd-user.service"
    beside.write_text(FILES[f"/etc/systemd/system/{beside.name}"], encoding="utf-8")
    check = ["systemd-analyze", "verify", "--man=no", str(file)]
    checked = subprocess.run(check, capture_output=True, text=True)
    mine = [line for line in checked.stderr.splitlines() if "etcd.service" in line]
    assert mine == [] and checked.returncode == 0, checked.stderr
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(file)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stdout[-500:]


def test_flags_name_the_member_and_its_own_certificates() -> None:
    told = {flag.name: flag.value for flag in etcd_flags(ETCD, "1d")}
    assert told["name"] == "1d"
    assert told["cert-file"] == "/etc/etcd/pki/etcd-server-1d.crt"
    assert told["peer-key-file"] == "/etc/etcd/pki/etcd-peer-1d.key"
    assert told["listen-metrics-urls"] == "http://127.0.0.1:2381"
    assert all(flag.why for flag in etcd_flags(ETCD, "1d"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"members": ("1a", "1c")}, "members must be 1, 3, 5 or 7 different names"),
        ({"members": ()}, "members must be 1, 3, 5 or 7"),
        ({"members": ("1a", "1a", "1c")}, "members must be 1, 3, 5 or 7"),
        ({"members": tuple(f"{i}a" for i in range(1, 10))}, "members must be 1, 3, 5 or 7"),
        ({"members": ("a.b",)}, "members must be a name such as 1a"),
        ({"members": ("1A",)}, "members must be a name such as 1a"),
        ({"members": ("1a,x=y",)}, "members must be a host name"),
        ({"domain": "a b"}, "domain must be a host name"),
        ({"domain": ".".join(["a" * 62] * 4)}, "members must be a host name"),
        ({"name": "-"}, "name must be 1 to 100"),
        ({"region": "x"}, "region must be a region's code name"),
        ({"token": "a\nb"}, "token must be one non-empty line"),
        ({"settings": EtcdSettings(quota_gib=9)}, "quota_gib must be a whole number from 1 to 8"),
        ({"settings": EtcdSettings(heartbeat_ms=300)}, "election_ms must be at least five times"),
        ({"settings": EtcdSettings(compaction_hours=0)}, "compaction_hours must be a whole"),
    ],
)
def test_what_could_not_be_a_cluster_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        check_etcd_cluster(etcd(**changes))


def test_a_member_that_nobody_named_is_refused() -> None:
    with pytest.raises(ValueError, match="member must be one of 1a, 1c, 1d"):
        render_etcd_unit(ETCD, "1b")


@given(st.lists(NAMES, min_size=1, max_size=7, unique=True).filter(lambda n: len(n) % 2))
def test_every_member_knows_all_members_and_is_itself(names: list[str]) -> None:
    cluster = etcd(members=tuple(names))
    initial = None
    for name in names:
        files = {file.path: file.content for file in etcd_member_files(cluster, name)}
        initial = initial or files[MEMBERS_FILE]
        assert files[MEMBERS_FILE] == initial, "members of one cluster are told the same"
        assert f"--name={name} \\\n" in files["/etc/systemd/system/etcd.service"]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20))
def test_a_token_is_one_word_of_the_unit_or_is_refused(token: str) -> None:
    try:
        unit = render_etcd_unit(etcd(token=token), "1a")
    except ValueError as error:
        assert "token" in str(error)
        return
    (line,) = [x for x in unit.splitlines() if "initial-cluster-token" in x]
    word = line.strip().removesuffix(" \\")
    if word.startswith('"'):
        word = word[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    assert word.replace("%%", "%").replace("$$", "$") == f"--initial-cluster-token={token}"


@pytest.mark.parametrize(
    ("endpoints", "sentence"),
    [
        ([], "must be a list of different https URLs"),
        ("https://a:2379", "must be a list of different https URLs"),
        (["https://a:2379", "https://a:2379"], "must be a list of different"),
        (["http://a:2379"], "endpoints must be a URL such as https"),
    ],
)
def test_endpoints_that_are_none_are_refused(endpoints: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        check_endpoints(endpoints)


def test_a_flag_that_stands_twice_or_breaks_the_line_is_refused() -> None:
    with pytest.raises(ValueError, match="--a stands twice; keep one"):
        arguments([Flag("a", "1", "x"), Flag("a", "2", "x")])
    with pytest.raises(ValueError, match="--a must be one line"):
        arguments([Flag("a", "1\n--b=2", "x")])
