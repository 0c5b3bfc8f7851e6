"""From the plan to what machines are started from: the very example, and what must hold of it."""

import gzip
import io
import json
import subprocess
import tarfile
from dataclasses import replace

import pytest

from machines.audit_log import AuditLog, check_audit_log
from machines.checks import secret_in
from machines.encryption import kms_name
from machines.kms_plugin import kms_plugin_parameter
from machines.rendered import check_rendered
from machines.self_hosted_bundles import kms_plugin_of, started_from
from plan.errors import PlanError
from plan.pki.files import plan_files
from plan.self_hosted.pki import foreign_texts
from spec.errors import SpecError
from tests.plan import foreign_etcd
from tests.plan.own import planned
from tests.quick_yaml import loaded
from tests.scenarios import ROOT
from tests.scenarios import planned as example

KEY_ARN = "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture(scope="module")
def plan():
    return example("self-hosted")


@pytest.fixture(scope="module")
def started(plan):
    return started_from(plan)


def told(found):
    """What the agent reads."""
    with tarfile.open(fileobj=io.BytesIO(found.bundle.content)) as archive:
        return json.loads(archive.extractfile("agent.json").read())


def text_of(found):
    """All that is in its bundle, which gzip has in blocks: one may begin within any word."""
    return gzip.decompress(found.bundle.content).decode("latin-1")


def steps(found, kind):
    return [step for step in told(found)["steps"] if step["step"] == kind]


def test_every_role_has_one_and_the_same_plan_gives_the_same(plan, started):
    assert sorted(started) == ["controller", "etcd-1a", "etcd-1c", "etcd-1d", "node-workers"]
    again = started_from(example("self-hosted"))
    assert {r: s.bundle.sha256 for r, s in again.items()} == {
        r: s.bundle.sha256 for r, s in started.items()
    }
    assert all(s.bundle.sha256 in s.user_data for s in started.values())
    assert len({s.bundle.sha256 for s in started.values()}) == len(started)


def test_nothing_in_them_is_a_key(started):
    for found in started.values():
        assert secret_in(text_of(found)) is None
        assert secret_in(found.user_data) is None


def test_machines_take_every_file_that_is_kept_for_their_role(plan, started):
    """What is kept and never taken is a key too many; what is taken and not kept is no boot."""
    kept = {}
    for file in plan_files(plan.control_plane.pki, {}):
        kept.setdefault(file.role, set()).add(file.name)
    kept["controller"].add(kms_plugin_parameter(kms_name("self-hosted")))
    roles = {role: "worker" if role.startswith("node-") else role for role in started}
    for name, role in roles.items():
        (step,) = steps(started[name], "take-secrets")
        assert step["parameters"] == f"/heiiki/self-hosted/{role}"
        assert {row["name"] for row in step["files"]} == kept[role], name


def test_the_kms_plugin_comes_late_to_where_the_kubelet_looks(plan, started):
    (step,) = steps(started["controller"], "take-secrets")
    rows = {row["name"]: row for row in step["files"]}
    row = rows[kms_plugin_parameter(kms_name("self-hosted"))]
    file = kms_plugin_of(plan, KEY_ARN)
    assert row["path"] == file.path and KEY_ARN in file.content
    with pytest.raises(ValueError, match="an alias may come to mean another"):
        kms_plugin_of(plan, "arn:aws:kms:ap-northeast-1:123456789012:alias/heiiki/self-hosted")


def test_programs_come_from_where_they_were_carried_and_all_else_from_the_own_bucket(plan, started):
    own = plan.control_plane.bucket.name
    for found in started.values():
        (step,) = steps(found, "fetch-binaries")
        assert step["bucket"] == "carried-in-of-the-bank"
        assert own in found.user_data
    for role in ("etcd-1a", "etcd-1c", "etcd-1d"):
        (claim,) = steps(started[role], "claim-bootstrap")
        assert claim["bucket"] == own


def test_a_member_looks_for_what_bears_its_name_by_tags_of_ours_alone(started):
    for role in ("etcd-1a", "etcd-1c", "etcd-1d"):
        (volume,) = steps(started[role], "attach-volume")
        assert volume["tags"] == {
            "heiiki:cluster": "self-hosted", "heiiki:etcd-member": role.removeprefix("etcd-"),
        }  # fmt: skip


def test_groups_hear_of_their_own_machines_in_time(plan, started):
    for role, found in started.items():
        group = told(found)["signal"]["group"]
        assert group.endswith(role.removeprefix("node-"))
        assert told(found)["deadlineSeconds"] == 900


def test_local_keys_come_by_the_store_and_more_may_be_encrypted():
    local = started_from(planned({"controlPlane.encryption": {"kind": "localKeys"}}))
    (step,) = steps(local["controller"], "take-secrets")
    names = {row["name"] for row in step["files"]}
    assert "encryption-config.yaml" in names
    assert not any(name.startswith("kms-plugin") for name in names)
    more = {"kind": "kms", "moreResources": ["configmaps"]}
    plan = planned({"controlPlane.encryption": more})
    with tarfile.open(fileobj=io.BytesIO(started_from(plan)["controller"].bundle.content)) as found:
        text = found.extractfile("files/etc/kubernetes/encryption-configuration.yaml").read()
    assert b"configmaps" in text


def read(found, path):
    with tarfile.open(fileobj=io.BytesIO(found.bundle.content)) as archive:
        return archive.extractfile(f"files{path}").read().decode()


@pytest.mark.parametrize("role", ["controller", "node-workers"])
def test_what_machines_are_that_are_none_of_ec2_s_is_asked_for_and_nowhere_else(role):
    host = {"cgroupV1": True, "localStorageIsolation": False, "lowersOomScore": False}
    asked = {"controlPlane.host": {**host, "authoritiesFile": "/etc/pki/own.crt"}}
    usual, other = started_from(planned())[role], started_from(planned(asked))[role]
    kubelet = "/etc/kubernetes/kubelet.yaml"
    assert "failCgroupV1: false" in read(other, kubelet)
    assert "failCgroupV1: false" not in read(usual, kubelet)
    assert "localStorageCapacityIsolation: false" in read(other, kubelet)
    assert "localStorageCapacityIsolation: false" not in read(usual, kubelet)
    containerd = "/etc/containerd/config.toml"
    assert "restrict_oom_score_adj = true" in read(other, containerd)
    assert "restrict_oom_score_adj = false" in read(usual, containerd)
    if role == "controller":
        pod = "/etc/kubernetes/manifests/aws-iam-authenticator.yaml"
        assert "/etc/pki/own.crt" in read(other, pod)
        assert "/etc/pki/own.crt" not in read(usual, pod)


def test_a_pool_without_a_gate_tells_nobody():
    found = started_from(planned({"nodePools.workers.readiness": {"kind": "none"}}))
    assert told(found["node-workers"])["signal"] is None
    assert steps(found["node-workers"], "signal") == []


def test_people_are_known_by_role_or_user():
    user = "arn:aws:iam::123456789012:user/auditor"
    plan = planned({"access.principals": {"audit": {"principalArn": user, "groups": ["audit"]}}})
    content = started_from(plan)["controller"].bundle.content
    assert user.encode() in content and b"heiiki:administrators" in content


def test_what_cannot_be_rendered_is_told_before_anything_is_made():
    plan = example("self-hosted")
    assert check_rendered(plan, where="x") is plan
    ours = "/etc/containerd/config.toml"
    collides = planned({"nodePools.workers.custom": {"files": {ours: {"content": "x"}}}})
    with pytest.raises(PlanError) as caught:
        check_rendered(collides, where="x")
    assert [f.path for f in caught.value.faults] == [f"nodePools.workers.custom.files.{ours}"]


def test_an_etcd_of_others_is_asked_with_what_is_kept_and_with_the_key_that_is_put_there():
    found = planned(foreign_etcd.changes())
    started = started_from(found)
    assert sorted(started) == ["controller", "node-workers"]
    (step,) = steps(started["controller"], "take-secrets")
    names = {row["name"] for row in step["files"]}
    pair = "kube-apiserver-etcd-client"
    assert {"etcd-ca.crt", f"{pair}.crt", f"{pair}.key"} <= names
    assert step["parameters"] == "/heiiki/test/controller"
    own = found.control_plane
    kept = {f.name for f in plan_files(own.pki, foreign_texts(own.etcd)) if f.role == "controller"}
    assert names - kept == {f"{pair}.key", kms_plugin_parameter(kms_name("test"))}
    content = text_of(started["controller"])
    assert f"--etcd-servers={','.join(foreign_etcd.ENDPOINTS)}" in content
    assert secret_in(content) is None and "heiiki-of-own" not in content


def test_switches_of_the_stack_file_reach_the_programs():
    asked = {"bootstrapTokens": True, "aggregationLayer": False,
             "admissionPlugins": ["PodNodeSelector"], "featureGates": {"Any": True}}  # fmt: skip
    texts = [
        text_of(started_from(planned(changes))["controller"])
        for changes in ({}, {"controlPlane.apiServer": asked})
    ]
    for words, before, after in (
        ("--enable-bootstrap-token-auth=true", False, True),
        ("heiiki:tokens-join", False, True),
        ("--requestheader-client-ca-file", True, False),
        (",PodNodeSelector", False, True),
        ("--feature-gates=Any=true", False, True),
    ):
        assert [words in text for text in texts] == [before, after], words


def test_nodes_are_labelled_with_their_group_and_what_is_asked_of_their_role():
    found = planned({"controlPlane.controllers": {"labels": {"rack": "a"}},
                     "nodePools.workers.labels": {"tier": "web"}})  # fmt: skip
    pool, own = found.node_pools["workers"], found.control_plane.controllers
    texts = {role: text_of(one) for role, one in started_from(found).items()}
    assert f"--node-labels=heiiki/group={own.group_name},rack=a" in texts["controller"]
    assert (f"--node-labels=heiiki/group={pool.group_name},heiiki/pool=workers,tier=web"
            in texts["node-workers"])  # fmt: skip


def test_containers_logs_fill_no_disk(plan, started):
    """Of as many pods as a node takes, each with its fullest log, on the root volume as planned."""
    disks = {"controller": plan.control_plane.controllers.root_volume,
             "node-workers": plan.node_pools["workers"].volumes[0]}  # fmt: skip
    for role, disk in disks.items():
        with tarfile.open(fileobj=io.BytesIO(started[role].bundle.content)) as archive:
            file = archive.extractfile("files/etc/kubernetes/kubelet.yaml")
            read = loaded(file.read())
        size, files = read["containerLogMaxSize"], read["containerLogMaxFiles"]
        assert size.endswith("Mi") and read["maxPods"] >= 110
        logs = int(size.removesuffix("Mi")) * files * read["maxPods"] / 1024
        assert logs < disk.size_gib / 2, f"{role}: {logs:.1f} GiB of {disk.size_gib}"


SCRIPT = "#!/bin/sh\nexec true\n"
ROLES = {
    "controlPlane.etcd": ["etcd-1a", "etcd-1c", "etcd-1d"],
    "controlPlane.controllers": ["controller"],
    "nodePools.workers": ["node-workers"],
}


def with_custom(role, custom):
    if role.startswith("nodePools."):
        return planned({f"{role}.custom": custom})
    return planned({role: {"custom": custom}})


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "custom",
    [{"files": {"/etc/motd": {"content": "x"}}},
     {"units": {"site.service": {"content": "[Service]\nExecStart=/usr/bin/true\n"}}},
     {"scripts": {"site": {"content": SCRIPT, "after": "take-secrets"}}}],
    ids=["file", "unit", "script"],
)  # fmt: skip
def test_what_is_added_to_a_role_replaces_its_machines_and_no_others(role, custom):
    before, after = started_from(planned()), started_from(with_custom(role, custom))
    changed = [name for name in before if before[name].user_data != after[name].user_data]
    assert sorted(changed) == ROLES[role]
    assert [n for n in before if before[n].bundle.sha256 != after[n].bundle.sha256] == changed


@pytest.mark.parametrize("role", ROLES)
def test_what_may_not_be_added_is_told_by_its_key_in_the_stack_file(role):
    key = "-----BEGIN RSA PRIVATE KEY-----\nhunter2"
    custom = {
        "files": {"/etc/kubernetes/pki/own.crt": {"content": "x"}, "/etc/key": {"content": key}},
        "scripts": {"lost": {"content": SCRIPT, "before": "reboot"}},
    }
    with pytest.raises(PlanError) as caught:
        check_rendered(with_custom(role, custom), where="Pulumi.test.yaml")
    found = {fault.path: fault.message for fault in caught.value.faults}
    place = f"{role}.custom"
    assert set(found) == {
        f"{place}.files./etc/kubernetes/pki/own.crt", f"{place}.files./etc/key",
        f"{place}.scripts.lost.before",
    }  # fmt: skip
    assert (
        "below /etc/kubernetes/pki is ours" in found[f"{place}.files./etc/kubernetes/pki/own.crt"]
    )
    assert "hunter2" not in str(caught.value) and "value not shown" in str(caught.value)


def test_every_place_that_the_page_names_is_a_step_of_its_role(started):
    """docs/self-hosted/boot.md: people take the names of steps from there."""
    page = (ROOT / "docs" / "self-hosted" / "boot.md").read_text(encoding="utf-8")
    rows = {"etcd member": "etcd-1a", "controller": "controller", "worker": "node-workers"}
    for title, role in rows.items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| {title} |")]
        named = row.split("|")[2].replace("`", "").replace(" ", "").split(",")
        steps = [step.get("name", step["step"]) for step in told(started[role])["steps"]]
        ours = [s for s in steps[1:] if not s.startswith("run-") and s != "start-custom-units"]
        assert named == ours, role


def test_scripts_of_the_example_are_sound_and_in_the_bundle(started):
    text = read(started["node-workers"], "/opt/heiiki/scripts/settings")
    assert text == (ROOT / "examples/self-hosted/machines/settings.sh").read_text(encoding="utf-8")
    for script in (ROOT / "examples" / "self-hosted" / "machines").glob("*.sh"):
        ended = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True)
        assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("role", ROLES)
def test_what_is_added_makes_no_user_data_longer(role):
    """It filled the 16 KB of other programs, so that their users could add nothing."""
    files = {f"/etc/large/{n}": {"content": "x" * 16_000} for n in range(4)}
    before, after = started_from(planned()), started_from(with_custom(role, {"files": files}))
    for name in ROLES[role]:
        assert len(after[name].bundle.content) - len(before[name].bundle.content) > 50_000
        assert len(after[name].user_data) == len(before[name].user_data)


def test_the_audit_log_fits_the_smallest_disk_that_a_controller_may_have():
    """All of its files at once, with a fifth of the disk to spare; so no memory and no disk fills
    by it."""
    smallest = min(size for size in range(1, 64) if not faults_of_controllers(size))
    assert check_audit_log(replace(AuditLog(), volume_gib=smallest))


def faults_of_controllers(size_gib):
    try:
        planned({"controlPlane.controllers": {"rootVolume": {"sizeGib": size_gib}}})
    except SpecError:
        return True
    return False


def kubelet_of(started):
    (row,) = (file for step in steps(started, "write-files") for file in step["files"]
              if file["path"] == "/etc/kubernetes/kubelet.yaml")  # fmt: skip
    with tarfile.open(fileobj=io.BytesIO(started.bundle.content)) as archive:
        return loaded(archive.extractfile(row["source"]).read())


def test_limits_of_nodes_reach_the_kubelets_of_their_role_alone(started):
    """And signals that nobody named stay: a kubelet heeds none but those of its file."""
    limits = {"podPidsLimit": 1024, "imageGcHighThresholdPercent": 70,
              "imageGcLowThresholdPercent": 60,
              "evictionHard": {"memory.available": "1Gi"}}  # fmt: skip
    of_pool = started_from(planned({"nodePools.workers.kubelet": limits}))
    of_controllers = started_from(planned({"controlPlane.controllers": {"kubelet": limits}}))
    usual = started_from(planned())
    for found, role, other in ((of_pool, "node-workers", "controller"),
                               (of_controllers, "controller", "node-workers")):  # fmt: skip
        asked, before = kubelet_of(found[role]), kubelet_of(usual[role])
        assert asked["podPidsLimit"] == 1024 != before["podPidsLimit"]
        assert (asked["imageGCHighThresholdPercent"], asked["imageGCLowThresholdPercent"]) == (
            70,
            60,
        )
        assert asked["evictionHard"] == {**before["evictionHard"], "memory.available": "1Gi"}
        assert len(before["evictionHard"]) == 5
        assert found[other].bundle.sha256 == usual[other].bundle.sha256


def test_static_tokens_are_a_switch_that_is_off_and_are_no_text_of_ours():
    """The file is read by controllers alone, from their own secrets; its maker is a person."""
    off, on = planned(), planned({"controlPlane.apiServer": {"staticTokens": True}})
    assert [w for w in on.warnings if w not in off.warnings] == [
        "controlPlane.apiServer.staticTokens: such a token never ends, and whoever has read it is "
        "its user; the CIS benchmark asks for none (1.2.2)"
    ]

    def read_by(plan):
        """Who takes it, and whose API server is told of it."""
        found = started_from(plan)
        wanted = {role: {file["name"] for step in steps(one, "take-secrets")
                         for file in step["files"]} for role, one in found.items()}  # fmt: skip
        flag = "--token-auth-file=/etc/kubernetes/pki/tokens.csv"
        told_of = {role for role, one in found.items() if flag in text_of(one)}
        return {role for role, names in wanted.items() if "tokens.csv" in names}, told_of

    assert read_by(off) == (set(), set())
    assert read_by(on) == ({"controller"}, {"controller"})
    assert not any("tokens.csv" in str(file) for file in plan_files(on.control_plane.pki, {}))
