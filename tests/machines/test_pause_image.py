"""The image of pods' sandboxes is there before the kubelet starts; ctr and the provider pretend."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from machines import pause_image_program
from machines.self_hosted_kubelet import PAUSE_IMAGE, SelfHostedKubelet, kubelet_files
from tests.machines.self_hosted import CLUSTER

REGISTRY = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com"
IMAGE = f"{REGISTRY}/heiiki/pause@sha256:{'1' * 64}"
# Says what it has been told, keeps the file that it was pointed at, and knows what HAVE names.
CTR = """\
#!/bin/sh
echo "$@" >> {folder}/asked
case "$*" in
  *list*) cat {folder}/have ;;
  *pull*) cp "$6"/{registry}/hosts.toml {folder}/hosts.toml; stat -c %a "$6" > {folder}/mode
          exit "$(cat {folder}/pulls)" ;;
esac
"""
ANSWER = {"auth": {REGISTRY: {"username": "AWS", "password": "a-token"}}}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {
        "ctr": CTR.format(folder=tmp_path, registry=REGISTRY),
        "provider": f"#!/bin/sh\ncat > {tmp_path}/request; echo '{json.dumps(ANSWER)}'\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "have").touch()
    (tmp_path / "pulls").write_text("0")
    monkeypatch.setattr(pause_image_program, "RUN", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["pause-image", IMAGE, str(tmp_path / "provider")])
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def test_it_is_pulled_with_what_the_kubelet_s_provider_says_and_kept(machine: Path) -> None:
    pause_image_program.main()
    assert json.loads((machine / "request").read_text())["image"] == IMAGE
    listed, pulled = (machine / "asked").read_text().splitlines()
    assert listed == f"--namespace k8s.io images list --quiet name=={IMAGE}"
    assert pulled.endswith(f"--label io.cri-containerd.pinned=pinned {IMAGE}")
    hosts = (machine / "hosts.toml").read_text()
    assert 'authorization = ["Basic QVdTOmEtdG9rZW4="]' in hosts  # AWS:a-token
    assert "a-token" not in pulled and "QVdTOmEtdG9rZW4=" not in pulled, "arguments are for all"
    assert (machine / "mode").read_text() == "700\n"
    assert [path.name for path in machine.iterdir() if path.is_dir()] == [], "and it is gone"


def test_one_that_is_there_is_not_pulled_again(machine: Path) -> None:
    (machine / "have").write_text(f"{IMAGE}\n")
    pause_image_program.main()
    assert "pull" not in (machine / "asked").read_text()
    assert not (machine / "request").exists(), "nobody is asked for a token"


def test_a_pull_that_fails_is_told_without_the_token(machine: Path) -> None:
    (machine / "pulls").write_text("1")
    with pytest.raises(SystemExit) as ended:
        pause_image_program.main()
    assert str(ended.value).startswith("ctr ended with 1")
    assert "QVdTOmEtdG9rZW4=" not in str(ended.value)


def unit_of(registry: str) -> tuple[str, set[str]]:
    images = {n: ref.replace(CLUSTER.registry, registry) for n, ref in CLUSTER.images.items()}
    asked = replace(CLUSTER, registry=registry, images=images)
    files = {f.path: f.content for f in kubelet_files(asked, SelfHostedKubelet("worker"))}
    return files["/etc/systemd/system/kubelet.service"], set(files)


def test_the_kubelet_waits_for_it_where_the_registry_asks_who_pulls() -> None:
    unit, files = unit_of(CLUSTER.registry)
    before = [line for line in unit.splitlines() if line.startswith("ExecStartPre=")]
    pause = CLUSTER.images["pause"]
    provider = "/opt/heiiki/bin/ecr-credential-provider"
    assert before[-1] == f"ExecStartPre=/usr/bin/python3 -I {PAUSE_IMAGE} {pause} {provider}"
    assert before[0].endswith("--load=/etc/sysctl.d/60-heiiki-kubernetes.conf")
    assert PAUSE_IMAGE in files
    unit, files = unit_of("registry.example.internal")
    assert "pause-image" not in unit and PAUSE_IMAGE not in files
