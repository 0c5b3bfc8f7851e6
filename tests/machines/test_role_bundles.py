"""What each role's machines do at boot: their steps, held whole, and what they need."""

import io
import json
import os
import tarfile
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from machines.agent.__main__ import ETCD as AGENT_ETCD
from machines.agent.__main__ import STATE as AGENT_STATE
from machines.agent.configuration import parse
from machines.bundle import Bundle
from machines.bundle_files import Additions, BundleFile, BundleScript
from machines.bundle_parts import Delivery, Kept, Program
from machines.checks import secret_in
from machines.etcd import STATE_FILE
from machines.etcd_watch import REPORT
from machines.kube_apiserver import ApiServerSettings, ApiServerSwitches
from machines.member_bundles import ETCD_PROGRAMS, RESTORE_PROGRAMS, etcd_bundle, etcd_secrets
from machines.role_bundles import (
    CONTROLLER_PROGRAMS,
    ECR_PROGRAMS,
    NODE_PROGRAMS,
    controller_bundle,
    etcd_controller_bundle,
    role_user_data,
    worker_bundle,
)
from machines.self_hosted_kubelet import SelfHostedKubelet
from machines.user_data import USER_DATA_MAX_BYTES
from plan.pki.files import encryption_file, parameter_path, plan_files
from plan.pki.table import ClusterNames, plan_pki
from spec.encryption import LocalKeyEncryption
from spec.pki import GeneratedPki
from tests.machines.self_hosted import CLUSTER, CONTROLLER, ETCD, cluster, etcd

GOLDEN = Path(__file__).parent / "golden" / "role_bundles"
PROGRAMS = {
    name: Program(f"{number:064x}")
    for number, name in enumerate(
        sorted(ETCD_PROGRAMS | NODE_PROGRAMS | CONTROLLER_PROGRAMS | ECR_PROGRAMS)
        + sorted(RESTORE_PROGRAMS)
    )
}
KEPT = Kept({"heiiki:cluster": "dev", "heiiki:etcd-member": "1a"}, "172.25.1.0/24")
KUBELET = SelfHostedKubelet("worker", labels={"tier": "web"})


def delivery(role: str, **changes: Any) -> Delivery:
    signal = {"group": f"dev-{role}", "hook": "ready"}
    given = {
        "bucket": "dev-cluster",
        "dns_suffix": "amazonaws.com",
        "secrets": parameter_path("dev", role),
        "programs": PROGRAMS,
        "signal": signal,
    }
    return Delivery(**(given | changes))  # fmt: skip


BUNDLES = {
    "etcd-1a": etcd_bundle(ETCD, "1a", KEPT, delivery("etcd-1a")),
    "controller": controller_bundle(CLUSTER, CONTROLLER, delivery("controller")),
    "controller-1a": etcd_controller_bundle(
        CLUSTER,
        CONTROLLER,
        ETCD,
        "1a",
        KEPT,
        delivery("controller"),
        parameter_path("dev", "etcd-1a"),
    ),
    "worker": worker_bundle(CLUSTER, KUBELET, delivery("worker")),
}


def held(bundle: Bundle) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(bundle.content), mode="r:gz") as archive:
        return {m.name: archive.extractfile(m).read() for m in archive}


def steps(bundle: Bundle) -> dict[str, dict[str, Any]]:
    document = json.loads(held(bundle)["agent.json"])
    return {step.get("name", step["step"]): step for step in document["steps"]}


def rows(bundle: Bundle, step: str) -> dict[str, dict[str, Any]]:
    key = "binaries" if step == "fetch-binaries" else "files"
    return {row["path"]: row for row in steps(bundle)[step][key]}


@pytest.mark.parametrize("role", BUNDLES)
def test_what_a_role_s_machines_do_is_held_whole(role: str) -> None:
    text = held(BUNDLES[role])["agent.json"].decode()
    golden = GOLDEN / f"{role}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8", newline="")
    assert text == golden.read_text(encoding="utf-8"), "UPDATE_GOLDEN=1 rewrites it"
    assert parse(text.encode()).role == role, "and the agent reads it"


def test_the_steps_come_in_an_order_in_which_each_finds_what_it_needs() -> None:
    assert list(steps(BUNDLES["etcd-1a"])) == [
        "write-files", "fetch-binaries", "attach-volume", "attach-interface", "mount",
        "claim-bootstrap", "take-secrets", "refuse-old-data", "join-etcd", "start-etcd",
        "wait-for-member", "settle-etcd", "signal",
    ]  # fmt: skip
    node = ["write-files", "fetch-binaries", "take-secrets", "start-containerd", "start-kubelet"]
    assert list(steps(BUNDLES["controller"])) == [
        *node, "wait-for-api-server", "apply-manifests", "signal",
    ]  # fmt: skip
    assert list(steps(BUNDLES["worker"])) == [
        *node[:-1], "await-controllers", node[-1], "require-signer", "wait-for-node", "signal",
    ]  # fmt: skip


def test_a_member_restores_between_its_keys_and_its_first_start() -> None:
    key = f"snapshots/dev/dev-1/20261129T070000Z-r9-{'a' * 64}.db"
    bundle = etcd_bundle(
        etcd(token="dev-2", restored_from=key), "1a", KEPT, delivery("etcd-1a")
    )  # fmt: skip
    order = list(steps(bundle))
    assert order[order.index("restore-etcd") - 1] == "take-secrets"
    assert order[order.index("restore-etcd") + 1 :][:2] == ["refuse-old-data", "join-etcd"]
    assert "/opt/heiiki/bin/etcdutl" in rows(bundle, "fetch-binaries")


def test_the_timer_s_service_is_told_by_a_file_of_its_own() -> None:
    files = held(BUNDLES["etcd-1a"])
    told = parse(files["files/etc/etcd/snapshot.json"])
    assert [step.kind for step in told.steps] == ["snapshot-etcd"] and told.signal is None
    unit = files["files/etc/systemd/system/heiiki-etcd-snapshot.service"].decode()
    assert "agent.pyz once" in unit and "--config /etc/etcd/snapshot.json" in unit
    timer = files["files/etc/systemd/system/heiiki-etcd-snapshot.timer"].decode()
    assert "OnUnitInactiveSec=900s" in timer, "four looks in an hour"
    none = etcd_bundle(etcd(snapshot_minutes=None), "1a", KEPT, delivery("etcd-1a"))
    assert not any("snapshot" in name for name in held(none))
    assert steps(none)["start-etcd"]["units"] == ["etcd.service", "heiiki-etcd-watch.timer"]


def test_a_member_is_watched_every_minute_by_what_its_boot_reads_too() -> None:
    bundle = BUNDLES["etcd-1a"]
    files, refuses = held(bundle), steps(bundle)["refuse-old-data"]
    told = parse(files["files/etc/etcd/watch.json"])
    (step,) = told.steps
    assert step.kind == "watch-etcd" and told.signal is None
    for name in refuses.keys() - {"step", "timeoutSeconds"}:
        assert step.settings[name] == refuses[name], name
    assert step.settings["path"] == REPORT == f"{AGENT_STATE}/{AGENT_ETCD}", "as it is asked for"
    unit = files["files/etc/systemd/system/heiiki-etcd-watch.service"].decode()
    assert "agent.pyz once" in unit and "--config /etc/etcd/watch.json" in unit
    assert f"--state {AGENT_STATE}" not in unit, "the agent of the boot holds that lock"
    writes = "\nReadWritePaths=/var/lib/heiiki -/var/lib/etcd\n"
    assert writes in unit, "or no file system of it could be grown"
    other = files["files/etc/systemd/system/heiiki-etcd-snapshot.service"].decode()
    assert "\nReadWritePaths=/var/lib/heiiki\n" in other
    timer = files["files/etc/systemd/system/heiiki-etcd-watch.timer"].decode()
    assert "OnUnitInactiveSec=60s" in timer
    assert "heiiki-etcd-watch.timer" in steps(bundle)["start-etcd"]["units"]


def test_on_one_machine_the_member_comes_before_the_api_server_that_asks_it() -> None:
    """Both boots whole, each with its own keys, and one end: nobody waits in a ring."""
    both, member, controller = (
        steps(BUNDLES[role]) for role in ("controller-1a", "etcd-1a", "controller")
    )
    renamed = ["take-member-secrets" if n == "take-secrets" else n for n in member]
    assert list(both) == [*renamed[:-1], *[n for n in controller if n not in member or
                                           n in ("take-secrets", "signal")]]  # fmt: skip
    order = list(both)
    assert order.index("settle-etcd") < order.index("start-kubelet") < order.index("signal")
    assert both["take-member-secrets"]["files"] == member["take-secrets"]["files"]
    assert both["take-member-secrets"]["parameters"] == "/heiiki/dev/etcd-1a"
    assert both["take-secrets"] == controller["take-secrets"]
    for name in set(member) - {"write-files", "fetch-binaries", "take-secrets"}:
        assert both[name] == member[name], name
    files = {n: c for n, c in held(BUNDLES["controller-1a"]).items() if n.startswith("files/")}
    alone = {n: c for role in ("etcd-1a", "controller") for n, c in held(BUNDLES[role]).items()
             if n.startswith("files/")}  # fmt: skip
    for name in ("files/etc/etcd/snapshot.json", "files/etc/etcd/watch.json"):
        told = json.loads(alone[name])
        assert json.loads(files[name]) == {**told, "role": "controller-1a"}
        del files[name], alone[name]
    assert files == alone, "what the checks of the benchmark judge on two machines is on this one"


def test_no_member_waits_for_another() -> None:
    """A ring of waiting would never end: the first of three has no majority."""
    waits = [s for s in steps(BUNDLES["etcd-1a"]).values() if s["step"] == "wait-for"]
    assert [step["http"] for step in waits] == ["http://127.0.0.1:2381/livez"]


def test_a_member_asks_the_others_by_what_its_steps_have_laid_down() -> None:
    bundle = BUNDLES["etcd-1a"]
    unit = held(bundle)["files/etc/systemd/system/etcd.service"].decode()
    laid, order = rows(bundle, "take-secrets"), list(steps(bundle))
    for name in ("refuse-old-data", "join-etcd", "settle-etcd"):
        step = steps(bundle)[name]
        assert {step["ca"], step["certificate"], step["key"]} <= laid.keys()
        assert f"--data-dir={step['data']} " in unit
        assert step["members"] == {n: f"https://{ETCD.host(n)}:2379" for n in ETCD.members}
    join, claim = steps(bundle)["join-etcd"], steps(bundle)["claim-bootstrap"]
    assert join["claim"] == "claim-bootstrap" and join["peers"] == claim["members"]
    assert order.index("join-etcd") < order.index("start-etcd") < order.index("settle-etcd")
    assert order.index("take-secrets") < order.index("refuse-old-data") < order.index("join-etcd")


def test_what_etcd_s_unit_asserts_its_steps_have_made() -> None:
    bundle = BUNDLES["etcd-1a"]
    unit = held(bundle)["files/etc/systemd/system/etcd.service"].decode()
    claim, mount = steps(bundle)["claim-bootstrap"], steps(bundle)["mount"]
    assert f"AssertPathExists={claim['environment']}\n" in unit
    assert claim["environment"] == STATE_FILE and claim["volume"] == mount["volume"]
    assert f"AssertPathIsMountPoint={mount['path']}\n" in unit
    assert f"ExecStart={next(iter(rows(bundle, 'fetch-binaries')))} " in unit


def test_a_key_of_etcd_is_its_user_s_alone_whatever_number_an_image_would_give_it() -> None:
    bundle = BUNDLES["etcd-1a"]
    user = held(bundle)["files/etc/sysusers.d/heiiki-etcd.conf"].decode().split()
    for path, row in rows(bundle, "take-secrets").items():
        assert row["owner"] == f"{user[2]}:{user[2]}", path
        assert row["mode"] == ("0600" if path.endswith(".key") else "0644"), path
    flags = held(bundle)["files/etc/systemd/system/etcd.service"].decode()
    read = {word.split("=", 1)[1] for word in flags.split() if "=/etc/etcd/pki/" in word}
    assert read and read <= rows(bundle, "take-secrets").keys()


SWITCHES = [
    ApiServerSwitches(certificates, tokens, False, webhook, aggregation, encryption)
    for certificates, tokens, webhook, aggregation, encryption in product(
        (True, False), (True, False), (True, False), (True, False), ("local", "none", "kms")
    )
    if certificates or tokens
]


@cache  # 36 switchings have few manifests that differ
def read_quickly(text: str | bytes) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return found


def paths_read(bundle: Bundle) -> set[str]:
    """Files that static pods see, which a kubelet does not start without."""
    pods = [read_quickly(content) for name, content in held(bundle).items()
            if name.startswith("files/etc/kubernetes/manifests/")]  # fmt: skip
    volumes = [volume["hostPath"] for pod in pods for volume in pod["spec"]["volumes"]]
    return {volume["path"] for volume in volumes if volume["type"] == "File"}


def test_whatever_is_turned_on_every_file_that_a_static_pod_reads_is_there() -> None:
    for switches in SWITCHES:
        keys = CONTROLLER.kms_keys if switches.encryption == "kms" else {}
        asked = replace(CONTROLLER, kms_keys=keys, api_server=ApiServerSettings(switches))
        bundle = controller_bundle(CLUSTER, asked, delivery("controller"))
        there = rows(bundle, "write-files").keys() | rows(bundle, "take-secrets").keys()
        read = paths_read(bundle)
        assert len(read) > 10 and read <= there, switches
        secret = {path for path in rows(bundle, "take-secrets") if path.endswith(".key")}
        assert secret <= read, "no key comes that nobody reads"


def test_the_store_has_what_machines_take_and_not_less() -> None:
    names = ClusterNames("dev", ETCD.members, CLUSTER.services, ETCD.domain)
    plan = plan_pki(GeneratedPki(), names)
    stored: dict[str, set[str]] = {}
    for file in (*plan_files(plan, {}), encryption_file(LocalKeyEncryption(kind="localKeys"))):
        stored.setdefault(file.role, set()).add(file.name)
    switches = ApiServerSettings(ApiServerSwitches(encryption="local"))
    local = replace(CONTROLLER, kms_keys={}, api_server=switches)
    bundles = BUNDLES | {"controller": controller_bundle(CLUSTER, local, delivery("controller"))}
    del bundles["controller-1a"]  # what it takes is what those two take
    for role, bundle in bundles.items():
        step = steps(bundle)["take-secrets"]
        assert step["parameters"] == f"/heiiki/dev/{role}"
        assert {row["name"] for row in step["files"]} == stored[role], role


@pytest.mark.parametrize("role", BUNDLES)
def test_a_bundle_is_public_and_small(role: str) -> None:
    for name, content in held(BUNDLES[role]).items():
        assert secret_in(content.decode("latin-1")) is None, name
    assert len(BUNDLES[role].content) < 330_000


@pytest.mark.parametrize("role", BUNDLES)
def test_user_data_names_the_bundle_and_fits(role: str) -> None:
    text = role_user_data(BUNDLES[role], "ap-northeast-1", delivery(role))
    assert BUNDLES[role].sha256 in text and f"dev-{role}" in text
    assert len(text.encode()) <= USER_DATA_MAX_BYTES


def test_every_program_is_named_by_its_digest_and_a_missing_one_is_told() -> None:
    packed = PROGRAMS | {"kubelet": Program("a" * 64, "b" * 64)}
    bundle = worker_bundle(CLUSTER, KUBELET, delivery("worker", programs=packed))
    found = rows(bundle, "fetch-binaries")
    assert set(found) == {*NODE_PROGRAMS.values(), *ECR_PROGRAMS.values()}
    kubelet = found["/opt/heiiki/bin/kubelet"]
    assert (kubelet["sha256"], kubelet["unpackedSha256"]) == ("a" * 64, "b" * 64)
    own = cluster(registry="registry.internal", images={
        name: f"registry.internal/{name}@sha256:{1:064x}" for name in CLUSTER.images
    })  # fmt: skip
    found = rows(worker_bundle(own, KUBELET, delivery("worker")), "fetch-binaries")
    assert set(found) == set(NODE_PROGRAMS.values()), "who pulls elsewhere needs nobody of ECR's"
    few = delivery("worker", programs={"kubelet": Program("a" * 64)})
    with pytest.raises(ValueError, match=r"programs are missing.* got 'aws-iam-auth.*, ecr-"):
        worker_bundle(CLUSTER, KUBELET, few)


def test_a_worker_is_ready_when_its_own_node_is_known() -> None:
    step = steps(BUNDLES["worker"])["wait-for-node"]
    assert step["https"] == "https://api.dev.heiiki.internal:6443/api/v1/nodes/{hostname}"
    assert step["certificate"] == step["key"] == "/var/lib/kubelet/pki/kubelet-client-current.pem"


def test_additions_are_of_the_role_and_a_machine_that_nobody_waits_for_tells_nobody() -> None:
    scripts = {"own": BundleScript("#!/bin/sh\n")}
    custom = Additions([BundleFile("/etc/site.conf", b"a\n")], scripts=scripts)
    asked = delivery("etcd-1a", custom=custom, signal=None)
    found = list(steps(etcd_bundle(ETCD, "1a", KEPT, asked)))
    assert found.index("run-own") == found.index("start-etcd") - 1
    assert "signal" not in found and found[-1] == "settle-etcd"


@given(st.sets(st.from_regex(r"\A[1-9][a-f]\Z"), min_size=3, max_size=3), st.data())
def test_members_differ_in_themselves_alone(names: set[str], data: st.DataObject) -> None:
    members = tuple(sorted(names))
    asked = etcd(members=members)
    one, other = data.draw(st.permutations(members))[:2]

    def document(member: str) -> str:
        tags = {"heiiki:etcd-member": member}
        bundle = etcd_bundle(asked, member, Kept(tags, "10.0.0.0/24"), delivery(f"etcd-{member}"))
        assert bundle == etcd_bundle(
            asked, member, Kept(tags, "10.0.0.0/24"), delivery(f"etcd-{member}")
        )
        claim = steps(bundle)["claim-bootstrap"]
        assert list(claim["members"]) == list(members) and claim["member"] == member
        assert {row["name"] for row in rows(bundle, "take-secrets").values()} == set(
            etcd_secrets(member)
        )
        claim["members"] = {}
        return json.dumps([claim, steps(bundle)["attach-volume"], steps(bundle)["mount"]])

    assert document(one).replace(f'"{one}"', f'"{other}"') == document(other)
