"""A role's bundle: its bytes, and what may not be added to it."""

import gzip
import io
import json
import stat
import subprocess
import sys
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machines.agent.configuration import parse
from machines.agent_program import agent_program
from machines.bundle import Head, _stored_gzip, render_bundle
from machines.bundle_files import MAX_BYTES, Additions, BundleFile, BundleScript, BundleUnit
from plan.errors import PlanError
from tests.machines.values import assert_golden

HEAD = Head(
    "dev", "etcd-1a", "ap-northeast-1", "amazonaws.com", {"group": "dev-etcd-1a", "hook": "boot"}
)
STEPS = [
    {"step": "take-secrets", "parameters": "/heiiki/dev/etcd-1a",
     "files": [{"name": "ca.crt", "path": "/etc/etcd/ca.crt"}]},
    {"step": "attach-volume", "tags": {"heiiki:member": "1a"}, "device": "/dev/sdf"},
    {"step": "mount", "volume": "attach-volume", "path": "/var/lib/etcd", "cluster": "dev",
     "member": "1a"},
    {"step": "start-units", "units": ["etcd.service"]},
    {"step": "wait-for", "tcp": "127.0.0.1:2379"},
    {"step": "signal"},
]  # fmt: skip
FILES = [BundleFile("/etc/systemd/system/etcd.service", b"[Service]\nExecStart=/usr/bin/etcd\n")]
CUSTOM = Additions(
    [BundleFile("/etc/chrony.d/site.conf", b"server 169.254.169.123\n", "0600")],
    {
        "site.service": BundleUnit("[Service]\nExecStart=/usr/bin/true\n"),
        "site.timer": BundleUnit("[Timer]\nOnBootSec=5\n", started=False),
    },
    {
        "sysctl": BundleScript("#!/bin/sh\nsysctl -w vm.swappiness=0\n"),
        "after-all": BundleScript("#!/bin/sh\n", after="wait-for"),
        "first": BundleScript("#!/bin/sh\n", before="take-secrets"),
        "second": BundleScript("#!/bin/sh\n", before="take-secrets"),
    },
)


def members(content: bytes) -> dict[str, tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        return {m.name: (m, archive.extractfile(m).read()) for m in archive}


def test_a_bundle_holds_agent_steps_and_files_and_nothing_of_who_made_it():
    found = members(render_bundle(HEAD, STEPS, files=FILES).content)
    assert list(found) == ["agent.json", "agent.pyz", "files/etc/systemd/system/etcd.service"]
    assert found["agent.pyz"][1] == agent_program()
    for entry, _ in found.values():
        assert (entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname) == (0, 0, 0, "", "")
        assert entry.isreg()
    steps = [step.kind for step in parse(found["agent.json"][1]).steps]
    assert steps == ["write-files", *(step["step"] for step in STEPS)]


def test_the_same_values_give_the_same_bytes_in_whatever_order():
    one = render_bundle(HEAD, STEPS, files=FILES, custom=CUSTOM)
    other = render_bundle(
        Head(**{k: getattr(HEAD, k) for k in reversed(HEAD.__slots__)}),
        [dict(reversed(step.items())) for step in STEPS], files=FILES, custom=CUSTOM,
    )  # fmt: skip
    assert one == other and one.key == f"bundles/{one.sha256}.tar.gz"
    more = render_bundle(HEAD, STEPS, files=FILES)
    assert more.sha256 != one.sha256


def test_the_form_of_a_bundle_is_pinned():
    """Other bytes of the same content replace every machine; a change here is a release note."""
    content = _stored_gzip(b"heiiki")
    assert content.hex() == ("1f8b08000000000000ff010600f9ff686569696b691ff7f8b706000000")


@given(st.binary(max_size=200_000))
def test_what_is_stored_is_read_as_gzip(content):
    assert gzip.decompress(_stored_gzip(content)) == content


@pytest.mark.parametrize("size", [0, 65_534, 65_535, 65_536, 131_070, 131_071])
def test_blocks_end_where_deflate_lets_them(size):
    assert gzip.decompress(_stored_gzip(b"x" * size)) == b"x" * size


def test_additions_are_written_and_started_around_what_is_ours():
    found = members(render_bundle(HEAD, STEPS, files=FILES, custom=CUSTOM).content)
    assert_golden("agent.json", found["agent.json"][1].decode())
    document = json.loads(found["agent.json"][1])
    names = [step.get("name", step["step"]) for step in document["steps"]]
    assert names == [
        "write-files", "run-first", "run-second", "take-secrets", "attach-volume", "mount",
        "run-sysctl", "start-units", "start-custom-units", "wait-for", "run-after-all", "signal",
    ]  # fmt: skip
    rows = {row["path"]: row for row in document["steps"][0]["files"]}
    assert rows["/etc/chrony.d/site.conf"]["mode"] == "0600"
    assert rows["/opt/heiiki/scripts/sysctl"]["mode"] == "0755"
    unit = found["files/etc/systemd/system/heiiki-script-sysctl.service"][1].decode()
    assert "ExecStart=/opt/heiiki/scripts/sysctl\n" in unit and "Type=oneshot" in unit
    assert "files/etc/systemd/system/site.timer" in found
    assert document["steps"][6]["units"] == ["heiiki-script-sysctl.service"]
    assert document["steps"][8]["units"] == ["site.service"], "the other is only written"


def test_additions_of_a_role_without_units_come_before_the_signal():
    steps = [STEPS[0], STEPS[-1]]
    scripts = {"sysctl": CUSTOM.scripts["sysctl"]}
    found = members(render_bundle(HEAD, steps, custom=Additions((), CUSTOM.units, scripts)).content)
    names = [s.get("name", s["step"]) for s in json.loads(found["agent.json"][1])["steps"]]
    assert names[-3:] == ["run-sysctl", "start-custom-units", "signal"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/dev/shm/x", "/dev is the kernel's and no disk"),
        ("/proc/sys/vm/swappiness", "/proc is the kernel's"),
        ("/sys/x", "/sys is the kernel's"),
        ("/run/x", "/run is the kernel's"),
        ("/opt/heiiki/x", "below /opt/heiiki is ours"),
        ("/etc/kubernetes/pki/ca.crt", "below /etc/kubernetes/pki is ours"),
        ("/var/lib/kubelet/pki/kubelet.crt", "below /var/lib/kubelet/pki is ours"),
        ("/etc/systemd/system/etcd.service", "collides with /etc/systemd/system/etcd.service"),
        ("/etc/etcd/ca.crt", "collides with /etc/etcd/ca.crt"),
        ("/etc/etcd/ca.crt/x", "collides with /etc/etcd/ca.crt"),
        ("/var/lib/etcd/data/x", "collides with /var/lib/etcd"),
        ("/var/lib", "collides with /var/lib/etcd"),
        ("/var/run/x", "/var/run is the kernel's"),
        ("/etc/systemd/system/heiiki-agent.service", "begin with heiiki- are ours"),
        ("/etc/systemd/system/heiiki-agent.service.d/a.conf", "begin with heiiki- are ours"),
        ("/var/lock/x", "/var/lock is the kernel's"),
        ("/etc/systemd/system/etcd.service.d/a.conf", "changes etcd.service, which we start"),
        ("/usr/lib/systemd/system/etcd.service.d/a.conf", "changes etcd.service, which we start"),
        ("/usr/lib/systemd/system/etcd.service", "changes etcd.service, which we start"),
        ("/lib/systemd/system/etcd.service.requires/x", "changes etcd.service, which we start"),
        ("/etc/systemd/system/service.d/a.conf", "changes service, which we start"),
        ("/usr/lib/systemd/system/heiiki-agent.service.d/a", "begin with heiiki- are ours"),
        ("etc/x", "its path must be an absolute path"),
        ("/etc/../x", "its path must be an absolute path"),
        ("/etc//x", "its path must be an absolute path"),
    ],
)
def test_a_file_in_a_place_that_is_not_the_operators_is_refused(path, words):
    with pytest.raises(PlanError) as caught:
        render_bundle(HEAD, STEPS, files=FILES, custom=Additions([BundleFile(path, b"x")]))
    assert words in str(caught.value) and f"files.{path}" in str(caught.value)


def test_every_fault_is_told_at_once():
    with pytest.raises(PlanError) as caught:
        render_bundle(
            HEAD,
            [*STEPS, {"step": "wait"}],
            files=FILES,
            custom=Additions(
                [BundleFile("/etc/a", b"x", "644"), BundleFile("/etc/b", b"x", owner="root"),
                 BundleFile("/etc/c", b"x"), BundleFile("/etc/c", b"y"),
                 BundleFile("/etc/b/below", b"x"),
                 BundleFile("/etc/d", b"-----BEGIN EC PRIVATE KEY-----")],
                {"x": BundleUnit(""), "heiiki-agent.service": BundleUnit(""),
                 "etcd.service": BundleUnit(""), "a@.service": BundleUnit("")},
                {"no-program": BundleScript("echo"), "empty": BundleScript("#!\n"),
                 "windows": BundleScript("#!/bin/sh\r\n"),
                 "a b": BundleScript("#!/bin/sh\n"),
                 "late": BundleScript("#!/bin/sh\n", after="signal"),
                 "lost": BundleScript("#!/bin/sh\n", before="reboot")},
            ),
        )  # fmt: skip
    told = {fault.path: fault.message for fault in caught.value.faults}
    assert told == {
        "files./etc/a": "its mode must be four octal digits such as '0644'",
        "files./etc/b": "its owner must be user:group",
        "files./etc/b/below": "/etc/b/below and /etc/b cannot both be files; rename one of them",
        "files./etc/c": "/etc/c is written twice; keep one of them",
        "files./etc/d": "holds a private key, and a bundle is no place for it; put it into Systems "
        "Manager under the role's path (value not shown)",
        "units.x": "the name must be a systemd unit's name",
        "units.heiiki-agent.service": "units whose names begin with heiiki- are ours; choose "
        "another name",
        "units.etcd.service": "/etc/systemd/system/etcd.service collides with "
        "/etc/systemd/system/etcd.service, which is ours; choose another path",
        "units.a@.service": "is a template, which systemd starts under a name of its own alone; "
        "write enabled: false, and a unit beside it that wants one such as a@a.service",
        "scripts.no-program": "must begin with #! and a program, such as #!/bin/bash",
        "scripts.empty": "must begin with #! and a program, such as #!/bin/bash",
        "scripts.windows": "has a carriage return (a Windows line end); write Unix line ends",
        "scripts.a b": "the name must be letters, digits, '.', '_' and '-'",
        "scripts.late.after": "is no step of this role that a script may come after; known: "
        "take-secrets, attach-volume, mount, start-units, wait-for, wait",
        "scripts.lost.before": "is no step of this role that a script may come before; known: "
        "take-secrets, attach-volume, mount, start-units, wait-for, signal, wait",
        "steps[6].step": "must be one of write-files, fetch-binaries, take-secrets, attach-volume, "
        "attach-interface, mount, claim-bootstrap, restore-etcd, refuse-old-data, join-etcd, "
        "start-units, require-signer, wait-for, settle-etcd, snapshot-etcd, watch-etcd, signal",
    }


def test_a_template_is_written_and_its_instance_is_started():
    units = {"a@.service": BundleUnit("", started=False), "a@b.service": BundleUnit("")}
    assert render_bundle(HEAD, STEPS, files=FILES, custom=Additions(units=units))


def test_a_unit_that_we_start_is_not_replaced_though_the_image_brings_it():
    steps = [{"step": "start-units", "units": ["containerd.service"]}]
    custom = Additions(units={"containerd.service": BundleUnit("")}, key="nodePools.a.custom")
    with pytest.raises(PlanError) as caught:
        render_bundle(HEAD, steps, custom=custom)
    assert [(f.path, f.message) for f in caught.value.faults] == [
        ("nodePools.a.custom.units.containerd.service",
         "is a unit that we start; choose another name"),
    ]  # fmt: skip


def test_a_role_takes_so_much_and_no_more():
    room = Additions([BundleFile("/etc/large", b"x" * MAX_BYTES)], key="nodePools.a.custom")
    assert render_bundle(HEAD, STEPS, custom=room)
    full = Additions([*room.files, BundleFile("/etc/more", b"x")], key=room.key)
    with pytest.raises(PlanError) as caught:
        render_bundle(HEAD, STEPS, custom=full)
    assert [(f.path, f.message) for f in caught.value.faults] == [
        ("nodePools.a.custom", f"has {MAX_BYTES + 1} bytes in all, and a role takes {MAX_BYTES}; "
         "carry in what is large as a program or an image"),
    ]  # fmt: skip


@pytest.mark.parametrize("where", ["files", "custom", "steps"])
def test_no_key_gets_into_a_bundle(where):
    key = "-----BEGIN PRIVATE KEY-----\n"
    given = {
        "files": lambda: render_bundle(HEAD, STEPS, files=[BundleFile("/etc/x", key.encode())]),
        "custom": lambda: render_bundle(
            HEAD, STEPS, custom=Additions(units={"a.service": BundleUnit(key)})
        ),
        "steps": lambda: render_bundle(HEAD, [{"step": "wait-for", "command": ["sh", "-c", key]}]),
    }
    with pytest.raises(PlanError, match="holds a private key") as caught:
        given[where]()
    assert "BEGIN" not in str(caught.value)


def test_the_program_is_the_same_bytes_and_runs_alone(tmp_path):
    program = agent_program()
    assert program == agent_program.__wrapped__(), "made anew"
    file = tmp_path / "agent.pyz"
    file.write_bytes(program)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    ended = subprocess.run(
        [sys.executable, "-I", str(file), "status", "--state", str(tmp_path / "none")],
        capture_output=True, text=True, env={}, timeout=300,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["result"] == "waiting" and not (tmp_path / "none").exists()
