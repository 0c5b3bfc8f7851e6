"""What programs are built from, and what a build says; go only pretends here."""

import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from local.carry_in import programs
from local.go_programs import GoPrograms, LeftOut, ProgramError
from machines.overlay import CNI_PLUGINS

# Module -> the version that the table says it has.
PINNED = {
    "kubernetes": {
        "k8s.io/kubernetes": programs.VERSION,
        "go.etcd.io/etcd/server/v3": programs.ETCD_VERSION,
        "go.etcd.io/etcd/etcdctl/v3": programs.ETCD_VERSION,
    },
    "etcd-tools": {"go.etcd.io/etcd/etcdutl/v3": programs.ETCD_VERSION},
    "cni": {"github.com/containernetworking/plugins": programs.CNI_VERSION},
    "flannel": {"github.com/flannel-io/flannel": programs.FLANNEL_VERSION},
    "coredns": {"github.com/coredns/coredns": programs.CORE_DNS_VERSION},
    "authenticator": {"sigs.k8s.io/aws-iam-authenticator": programs.AUTHENTICATOR_VERSION},
    "cloud-provider-aws": {"k8s.io/cloud-provider-aws": programs.CLOUD_VERSION},
    "own": {
        "k8s.io/kms": programs.OWN_KUBERNETES_VERSION,
        "k8s.io/client-go": programs.OWN_KUBERNETES_VERSION,
    },
    "distribution": {"github.com/distribution/distribution/v3": programs.REGISTRY_VERSION},
    "pause": {},
}


@pytest.mark.parametrize("source", programs.ALL, ids=lambda source: source.name)
def test_each_source_is_pinned_at_the_version_that_is_told(source: GoPrograms) -> None:
    module = (source.source / "go.mod").read_text(encoding="utf-8")
    for name, version in PINNED[source.name].items():
        assert re.findall(rf"^(?:require|\t)\s*{re.escape(name)} v(\S+)$", module, re.M) == [
            version
        ]
    assert (source.source / "go.sum").is_file() == bool(PINNED[source.name])


def test_staging_modules_are_of_the_same_release() -> None:
    module = (programs.KUBERNETES.source / "go.mod").read_text(encoding="utf-8")
    replaced = re.findall(r"^\tk8s\.io/(\S+) => k8s\.io/(\S+) v0\.(\S+)$", module, re.M)
    assert len(replaced) > 25
    assert {version for _, _, version in replaced} == {programs.VERSION.removeprefix("1.")}


def test_ours_are_built_of_what_the_cloud_controller_is_built_of() -> None:
    """AWS's SDK for EC2 is most of a first build: it is built once."""
    ours, theirs = (
        dict(re.findall(r"^\t(\S+) (v\S+)", (one.source / "go.mod").read_text(), re.M))
        for one in (programs.OWN, programs.CLOUD_PROVIDER)
    )
    shared = ours.keys() & theirs.keys()
    assert {"github.com/aws/aws-sdk-go-v2/service/ec2", "k8s.io/client-go"} <= shared
    assert {name: ours[name] for name in shared} == {name: theirs[name] for name in shared}


def test_a_name_is_one_program_s_and_pods_network_has_its_plugins() -> None:
    names = [name for source in programs.ALL for name in source.packages]
    assert len(set(names)) == len(names)
    assert set(programs.CNI.packages) == set(CNI_PLUGINS)


@pytest.fixture
def pretended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH for a go of the test's own; the cache is empty."""
    monkeypatch.setenv("HEIIKI_CACHE", str(tmp_path / "cache"))
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return tmp_path


def go(folder: Path, script: str) -> None:
    file = folder / "bin" / "go"
    file.write_text(f"#!/bin/sh\n{script}", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def source(folder: Path, left_out: LeftOut | None = None) -> GoPrograms:
    there = folder / "source"
    (there / "ours").mkdir(parents=True)
    (there / "go.mod").write_text("module a\n", encoding="utf-8")
    (there / "go.sum").write_text("sum\n", encoding="utf-8")
    (there / "ours" / "udp.go").write_text("package udp\n", encoding="utf-8")
    return GoPrograms("a", there, {"a": "example.com/a"}, got_by="make a", left_out=left_out)


def test_what_is_not_built_says_how_to_get_it_and_what_fails_why(pretended: Path) -> None:
    asked = source(pretended)
    with pytest.raises(ProgramError, match="a is not here; run `make a` to get it"):
        asked.binary("a")
    with pytest.raises(ProgramError, match=r"a is built with Go 1\.26\.8 or later"):
        asked.provide()
    go(pretended, "echo go: no such module >&2; exit 1")
    with pytest.raises(ProgramError, match=r"a could not be built in .*\ngo: no such module"):
        asked.provide()
    with pytest.raises(ProgramError, match="a is not here"):
        asked.binary("a")


WRITE = 'while [ "$1" != -o ]; do shift; done; echo built > "$2"; echo "$CGO_ENABLED" >> "$2"\n'


def test_it_is_built_once_static_and_another_pin_is_another_build(pretended: Path) -> None:
    asked, said = source(pretended), []
    go(pretended, WRITE)
    asked.provide(said.append)
    assert asked.binary("a").read_text() == "built\n0\n"
    assert [line for line in said if line.startswith("built a in ")] != []
    go(pretended, "exit 1")
    asked.provide()
    before = asked.folder
    (asked.source / "ours" / "udp_test.go").write_text("package udp\n", encoding="utf-8")
    assert asked.folder == before, "a test is no part of it"
    (asked.source / "ours" / "udp.go").write_text("package other\n", encoding="utf-8")
    assert asked.folder != before
    with pytest.raises(ProgramError):
        asked.provide()


def test_for_other_machines_is_another_build_beside_it(pretended: Path) -> None:
    asked = source(pretended)
    other = replace(asked, architecture="arm64")
    tells = WRITE.removesuffix("\n") + '; echo "for $GOARCH" >> "$2"\n'
    go(pretended, tells)
    asked.provide()
    other.provide()
    assert other.binary("a").read_text() == "built\n0\nfor arm64\n"
    assert asked.binary("a").read_text() == "built\n0\nfor \n", "and this one is still there"


def test_parts_of_a_module_are_left_out_of_a_copy_of_what_go_verified(pretended: Path) -> None:
    module = pretended / "module" / "udp"
    module.mkdir(parents=True)
    for name in ("udp.go", "c.go"):
        (module / name).write_text("package whole\n", encoding="utf-8")
        (module / name).chmod(0o444)
    module.chmod(0o555)
    asked = source(
        pretended, LeftOut("example.com/a", {"udp/c.go": "", "udp/udp.go": "ours/udp.go"})
    )
    answer = f'{{"Dir": "{module.parent}"}}'
    go(pretended, f"if [ $1 = mod ]; then echo '{answer}'; exit; fi; pwd > {pretended}/at\n{WRITE}")
    asked.provide()
    at = Path((pretended / "at").read_text().strip())
    assert [path.name for path in (at / "module" / "udp").iterdir()] == ["udp.go"]
    assert (at / "module" / "udp" / "udp.go").read_text() == "package udp\n"
    assert (at / "go.mod").read_text().endswith("replace example.com/a => ./module\n")
    assert (at / "go.sum").read_text() == "sum\n"
    assert (module / "udp.go").read_text() == "package whole\n", "go's own copy is as it was"
