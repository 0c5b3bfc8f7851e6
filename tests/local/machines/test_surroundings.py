"""What is found out about this machine, and said of it; certificates; files of a new disk."""

import ssl
from pathlib import Path

import pytest

from local.machines import MachinesError, requirements
from local.machines.authority import issue
from local.machines.cgroups import Hierarchy, hierarchies, make
from local.machines.front import passed_on, path_for
from local.machines.machine import links
from local.machines.requirements import missing, raise_limits
from local.machines.seed import PROGRAMS, first_files
from tests.local.machines import worlds
from tests.tools import shell

ALL = (1 << 40) - 1
SYSTEMS = "nodev\toverlay\nnodev\tcgroup\n\text4\n"
LINUX = ("linux", lambda name: f"/usr/sbin/{name}", 0, ALL, SYSTEMS, lambda path: True)


def test_a_machine_that_has_everything_lacks_nothing() -> None:
    assert missing(*LINUX) == []
    assert missing(*LINUX[:4], SYSTEMS.replace("cgroup", "cgroup2"), LINUX[5]) == []


@pytest.mark.parametrize(
    ("place", "there", "said"),
    [
        (0, "darwin", ["machines are namespaces of a Linux kernel, and this is darwin"]),
        (1, lambda name: None if name in ("nft", "ip") else name,
         ["programs are missing: apt-get install iproute2 nftables"]),
        (2, 1000, ["this is not root: run it as root (sudo), or in a container that is root's"]),
        (3, ALL & ~(1 << 21),
         ["root has not CAP_SYS_ADMIN here, for namespaces and mounts: run it outside of the "
          "container, or in a privileged one"]),
        (4, "nodev\tcgroup\n",
         ["the kernel has no file system overlay: load it (modprobe overlay), or use another "
          "kernel"]),
        (5, lambda path: False, ["the kernel has no loop devices: modprobe loop"]),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_with_what_to_do(
    place: int, there: object, said: list[str]
) -> None:
    assert missing(*LINUX[:place], there, *LINUX[place + 1 :]) == said


def test_all_that_is_missing_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(requirements.shutil, "which", lambda name: None)
    with pytest.raises(MachinesError, match=r"(?s)cannot run here:\n  this is not root.*apt-get"):
        requirements.require()


LIMIT = "fs/inotify/max_user_instances"


def test_limits_of_the_whole_kernel_are_raised_and_never_lowered(tmp_path: Path) -> None:
    file = tmp_path / LIMIT
    file.parent.mkdir(parents=True)
    for before, after in (("128\n", "2048\n"), ("8192\n", "8192\n")):
        file.write_text(before)
        raise_limits(tmp_path)
        assert file.read_text() == after


def test_a_limit_that_cannot_be_raised_is_told_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / LIMIT).parent.mkdir(parents=True)
    (tmp_path / LIMIT).write_text("128\n")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(MachinesError, match=r"run: sysctl fs\.inotify\.max_user_instances=2048"):
        raise_limits(tmp_path)


ONE_TREE = "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t0\t99\t1\nmemory\t0\t99\t1\n"
OWN_TREES = "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t1\t1\ncpuacct\t1\t1\t1\n" \
            "memory\t4\t9\t1\npids\t0\t1\t1\nrdma\t5\t1\t0\n"  # fmt: skip


def test_control_groups_are_where_the_kernel_has_its_controllers() -> None:
    assert hierarchies(ONE_TREE) == (Hierarchy("", "cgroup2", ""),)
    assert hierarchies(OWN_TREES) == (
        Hierarchy("systemd", "cgroup", "none,name=systemd"),
        Hierarchy("unified", "cgroup2", ""),
        Hierarchy("cpu,cpuacct", "cgroup", "cpu,cpuacct"),
        Hierarchy("memory", "cgroup", "memory"),
    )


def test_controllers_are_handed_down_where_all_are_in_one_tree_and_nowhere_else(
    tmp_path: Path,
) -> None:
    for place in (tmp_path / "one", tmp_path / "own" / "unified", tmp_path / "own" / "cpuset"):
        place.mkdir(parents=True)
        (place / "cgroup.controllers").write_text("cpu memory\n")
        (place / "cpuset.cpus").write_text("0-1\n")
        (place / "cpuset.mems").write_text("0\n")
        group = place / "heiiki-x"
        group.mkdir()  # as the kernel fills it
        for name in ("cpuset.cpus", "cpuset.mems"):
            (group / name).write_text("\n")
    one = make(tmp_path / "one", hierarchies(ONE_TREE), "heiiki-x")
    assert one == [tmp_path / "one" / "heiiki-x"]
    assert (tmp_path / "one" / "cgroup.subtree_control").read_text() == "+memory", (
        "the last of them"
    )
    own = (Hierarchy("unified", "cgroup2", ""), Hierarchy("cpuset", "cgroup", "cpuset"))
    made = make(tmp_path / "own", own, "heiiki-x")
    assert not (tmp_path / "own" / "unified" / "cgroup.subtree_control").exists()
    assert (made[1] / "cpuset.cpus").read_text() == "0-1\n", "an empty one takes no process"


def test_a_bucket_in_the_host_goes_into_the_path() -> None:
    host = "s3.ap-northeast-1.amazonaws.com"
    assert path_for(host, "/bucket/key?a=b", worlds.REGION) == "/bucket/key?a=b"
    assert path_for(f"bucket.{host}:443", "/key?a=b", worlds.REGION) == "/bucket/key?a=b"
    assert path_for(f"my.bucket.{host}", "/", worlds.REGION) == "/my.bucket/"
    assert path_for("bucket.s3.us-east-1.amazonaws.com", "/key", worlds.REGION) == "/key"


def test_headers_of_the_connection_are_not_passed_on() -> None:
    given = {"Host": "x", "Connection": "close", "Content-Length": "3", "Authorization": "AWS4"}
    assert passed_on(given) == {"Authorization": "AWS4"}


def test_certificates_are_trusted_by_their_authority_alone(tmp_path: Path) -> None:
    issued = issue(tmp_path, ["*.s3.ap-northeast-1.amazonaws.com"])
    another = issue(tmp_path / "..", ["other"])
    assert issued.chain_file.stat().st_mode & 0o077 == 0
    for pem, trusted in ((issued.authority_pem, True), (another.authority_pem, False)):
        assert shakes_hands(issued.chain_file, pem, "b.s3.ap-northeast-1.amazonaws.com") == trusted
    assert not shakes_hands(issued.chain_file, issued.authority_pem, "sts.amazonaws.com")


def shakes_hands(chain: Path, authority_pem: str, name: str) -> bool:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    client = ssl.create_default_context(cadata=authority_pem)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(to_client, to_server, server_hostname=name),
            server.wrap_bio(to_server, to_client, server_side=True)]  # fmt: skip
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return False
    return True


def test_a_new_disk_trusts_what_the_image_trusts_and_the_world_s_authority() -> None:
    files = first_files(worlds.world(), worlds.one(), "OURS\n", "THEIRS\n")
    assert files["etc/ssl/certs/ca-certificates.crt"] == "THEIRS\nOURS\n"
    assert files["etc/resolv.conf"].splitlines()[0] == "nameserver 10.0.0.2"


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_in_place_of_the_hardware_are_sound(name: str) -> None:
    shell.check_script(PROGRAMS[name])


def test_a_disk_has_the_names_that_images_of_ec2_give_it() -> None:
    assert links("/dev/sdf", "vol-0a1b") == [
        "sdf",
        "disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0a1b",
    ]
