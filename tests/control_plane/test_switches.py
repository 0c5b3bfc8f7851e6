"""The API server with its switches the other way round, and flags that none of the programs has."""

import re
from pathlib import Path
from typing import get_args

import pytest

from machines.kube_apiserver import ApiServerSettings, ApiServerSwitches
from plan.fact_files import load_facts
from spec.api_server import _REFUSED, AdmissionPlugin
from tests.control_plane.machine import (
    AUDIT,
    NEW_KEY,
    OLD_KEY,
    STATIC_TOKEN,
    ControlPlane,
    control_plane,
    output_of,
    wait_for,
)

pytestmark = pytest.mark.tools

OTHERWISE = ApiServerSettings(
    switches=ApiServerSwitches(
        client_certificates=False,
        static_tokens=True,
        bootstrap_tokens=True,
        webhook=False,
        aggregation=False,
        encryption="local",
        always_pull_images=False,
        admission_plugins=get_args(AdmissionPlugin),
        feature_gates={"MutableCSINodeAllocatableCount": True, "LoggingAlphaOptions": False},
    ),
    audit=AUDIT,
)
SECRETS, HIDDEN = "/api/v1/namespaces/default/secrets", "what nobody may read in etcd"
TOKEN = {"Authorization": f"Bearer {STATIC_TOKEN}"}
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"


def test_with_every_switch_the_other_way_round_it_runs_and_takes_tokens(tmp_path: Path) -> None:
    with control_plane(tmp_path / "root", OTHERWISE) as plane:
        assert plane.status("/api") == 401
        assert plane.status("/api", headers=TOKEN) == 200
        assert plane.status("/api", plane.client("anna", "system:masters")) == 401
        for name in ("kube-controller-manager", "kube-scheduler"):  # by their own tokens
            wait_for(tmp_path, lambda name=name: leads(plane, name))
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hidden"},
                "stringData": {"a": HIDDEN}}  # fmt: skip
        assert plane.status(SECRETS, method="POST", body=body, headers=TOKEN) == 200
        value = plane.stored("/registry/secrets/default/hidden")
        assert value.startswith(b"k8s:enc:secretbox:v1:key-2:"), "the first key writes"
        for clear in (HIDDEN, NEW_KEY.secret, OLD_KEY.secret):
            assert clear not in value.decode("latin-1")


def leads(plane: ControlPlane, name: str) -> bool:
    return plane.status(f"{LEASES}/{name}", headers=TOKEN) == 200


SERVERS = "--etcd-servers=http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("program", "flags"),
    [
        ("kube-apiserver", ["--insecure-port=0"]),
        ("kube-apiserver", [SERVERS, "--enable-admission-plugins=PodSecurityPolicy"]),
        ("kube-controller-manager", ["--pod-eviction-timeout=5m"]),
        ("kube-scheduler", ["--port=0"]),
        ("kubelet", ["--network-plugin=cni"]),
        ("kube-proxy", ["--userspace=true"]),
    ],
)
def test_what_is_gone_stops_a_program(tmp_path: Path, program: str, flags: list[str]) -> None:
    said = output_of(tmp_path, program, flags)
    assert "unknown" in said, said[-2000:]


@pytest.mark.parametrize("program", ["kube-apiserver", "kube-controller-manager", "kube-scheduler"])
def test_a_program_has_the_feature_gates_that_are_known_and_no_others(
    tmp_path: Path, program: str
) -> None:
    said = output_of(tmp_path, program, ["--help"])
    gates = set(re.findall(r"\bkube:(\w+)=true\|false", said)) - {"AllAlpha", "AllBeta"}
    assert len(gates) > 100 and gates == set(load_facts("feature_gates.yaml")["known"]["1.34"])


def test_each_admission_plugin_is_given_or_refused_with_a_reason(tmp_path: Path) -> None:
    said = output_of(tmp_path, "kube-apiserver", ["--help"])
    listed = re.search(r"--enable-admission-plugins.*Comma-delimited list of admission plugins: "
                       r"([\w, ]+)\. The order", said)  # fmt: skip
    assert listed is not None
    assert set(listed[1].split(", ")) == set(get_args(AdmissionPlugin)) | set(_REFUSED)
