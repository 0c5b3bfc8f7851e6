"""The benchmark's items over the rendered files, and over files that fail them."""

import json
from dataclasses import replace

import pytest

from docs.cis_checks import TESTS, findings, items, programs
from docs.cis_page import MACHINES
from machines.bundle import Bundle, texts_of
from machines.host_files import HostFile
from machines.self_hosted_bundles import started_from
from tests.plan.own import planned

ITEMS = {item["id"]: item for item in items()}
FOUND = {finding.id: finding for finding in findings(MACHINES, items())}
WITH_A_REASON = {
    "1.1.9", "1.1.19", "1.1.20", "1.1.21", "3.1.1", "3.1.2", "4.1.3", "4.1.4", "4.1.7", "4.1.8",
}  # fmt: skip


@pytest.mark.parametrize("number", ITEMS)
def test_an_item_is_met_or_has_a_written_reason(number: str) -> None:
    finding = FOUND[number]
    assert finding.result == ("reason" if number in WITH_A_REASON else "pass"), finding
    assert len(finding.shown) > 8


@pytest.mark.parametrize("placement", ["dedicated", "controllers"])
def test_it_is_so_of_the_files_in_the_bundles_that_machines_fetch(placement: str) -> None:
    """Of controllers with members of etcd, too: both halves in one machine's bundle."""
    plan = planned({"controlPlane.etcd": {"placement": placement}})
    machines = {role: files_in(started.bundle) for role, started in started_from(plan).items()}
    assert set(machines) == {
        "node-workers",
        *(["controller-1a", "controller-1c", "controller-1d"] if placement == "controllers"
          else ["controller", "etcd-1a", "etcd-1c", "etcd-1d"]),
    }  # fmt: skip
    found = {finding.id: finding.result for finding in findings(machines, items())}
    assert found == {n: "reason" if n in WITH_A_REASON else "pass" for n in ITEMS}
    opened = {role: tuple(replace(f, mode=0o666) for f in files)
              for role, files in machines.items()}  # fmt: skip
    assert "fail" in {finding.result for finding in findings(opened, items())}


def files_in(bundle: Bundle) -> tuple[HostFile, ...]:
    """What the agent writes of it, with mode and owner."""
    texts = texts_of(bundle)
    steps = json.loads(texts["agent.json"])["steps"]
    (rows,) = (step["files"] for step in steps if step["step"] == "write-files")
    return tuple(
        HostFile(row["path"], texts[row["source"]], int(row["mode"], 8), row["owner"])
        for row in rows
    )


def test_every_item_of_the_four_chapters_is_here_once() -> None:
    counts = {"1.1": 21, "1.2": 30, "1.3": 7, "1.4": 2, "2": 7, "3.1": 3, "3.2": 2, "4.1": 10,
              "4.2": 14, "4.3": 1}  # fmt: skip
    numbers = [f"{part}.{i}" for part, count in counts.items() for i in range(1, count + 1)]
    assert sorted(ITEMS) == sorted(numbers) and len(items()) == len(numbers)


def test_every_program_is_found_with_its_flags() -> None:
    found = {name for files in MACHINES.values() for name, _ in programs(files)}
    assert found >= {item["program"] for item in items() if "program" in item}


def changed(old: str, new: str, **more: object) -> dict[str, tuple[HostFile, ...]]:
    """Every file with other words, or another mode or owner."""
    return {
        role: tuple(replace(f, content=f.content.replace(old, new), **more) for f in files)
        for role, files in MACHINES.items()
    }


WORSE = {  # item -> what is written in place of what
    "1.1.12": ("User=etcd", "User=root"),
    "1.2.1": ("/readyz", "/api"),
    "1.2.2": ('"--profiling', '"--token-auth-file=/a"\n    - "--profiling'),
    "1.2.3": ("DenyServiceExternalIPs", "AlwaysAdmit"),
    "1.2.4": ("--kubelet-client-key", "--kubelet-client-kez"),
    "1.2.5": ("--kubelet-certificate-authority", "--kubelet-certificate"),
    "1.2.6": ("Node,RBAC", "Node,RBAC,AlwaysAllow"),
    "1.2.7": ("Node,RBAC", "RBAC"),
    "1.2.8": ("Node,RBAC", "Node"),
    "1.2.10": ("NodeRestriction", "AlwaysAdmit"),
    "1.2.11": (",AlwaysPullImages", ""),
    "1.2.12": ('"--profiling', '"--disable-admission-plugins=ServiceAccount"\n    - "--profiling'),
    "1.2.14": ("NodeRestriction", "PodSecurity"),
    "1.2.15": ("--profiling=false", "--profiling=true"),
    "1.2.17": ("--audit-log-maxage=30", "--audit-log-maxage=29"),
    "1.2.21": ("--service-account-lookup=true", "--service-account-lookup=false"),
    "1.2.23": ("--etcd-keyfile", "--etcd-key"),
    "1.2.28": ("kms:", "identity:"),
    "1.2.29": ("TLS_AES_128_GCM_SHA256", "TLS_RSA_WITH_RC4_128_SHA"),
    "1.3.6": ("RotateKubeletServerCertificate=true", "RotateKubeletServerCertificate=false"),
    "1.3.7": ("--bind-address=127.0.0.1", "--bind-address=0.0.0.0"),
    "2.2": ("--client-cert-auth=true", "--client-cert-auth=false"),
    "2.3": ("--auto-tls=false", "--auto-tls=true"),
    "2.7": ("etcd-ca.crt", "client-ca.crt"),
    "3.2.2": ("pods/exec", "pods/log"),
    "4.1.6": ("[Service]", "[Service]\nUser=kubelet"),
    "4.2.1": ("enabled: false", "enabled: true"),
    "4.2.2": ("mode: Webhook", "mode: AlwaysAllow"),
    "4.2.4": ("readOnlyPort: 0", "readOnlyPort: 10255"),
    "4.2.5": ('streamingConnectionIdleTimeout: "5m0s"', 'streamingConnectionIdleTimeout: "0"'),
    "4.2.7": ("/kubelet \\", "/kubelet --hostname-override=a \\"),
    "4.2.11": (
        "readOnlyPort", "featureGates: {RotateKubeletServerCertificate: false}\nreadOnlyPort"
    ),
    "4.2.12": ("TLS_ECDHE_RSA", "TLS_RSA"),
    "4.2.13": ("podPidsLimit: 4096", "podPidsLimit: -1"),
    "4.3.1": ('metricsBindAddress: "127', 'metricsBindAddress: "0'),
}  # fmt: skip


@pytest.mark.parametrize("number", WORSE)
def test_an_item_that_is_not_met_is_found(number: str) -> None:
    old, new = WORSE[number]
    (finding,) = findings(changed(old, new), [ITEMS[number]])
    assert finding.result == "fail", finding


def test_modes_and_owners_that_open_a_file_are_found() -> None:
    for key, other in (("mode", {"mode": 0o644}), ("owner", {"owner": "etcd:root"})):
        asked = [item for item in items() if key in item]
        assert len(asked) > 5
        assert {f.result for f in findings(changed("", "", **other), asked)} == {"fail"}


def test_what_is_not_there_meets_nothing() -> None:
    absent = {"1.2.2", "1.1.13", "1.1.14"}
    found = findings({}, [item for item in items() if "reason" not in item])
    assert {f.result for f in found if f.id not in absent} == {"fail"}
    named = {"a": (HostFile("/root/admin.conf", ""),)}
    assert findings(named, [ITEMS["1.1.13"]])[0].result == "fail"


def test_every_kind_of_test_is_asked_by_an_item() -> None:
    used = {name for item in items() for name in item if name in TESTS}
    assert used == set(TESTS)
