"""The API server's switches, its audit log and what encrypts: what each turns on, and what is
refused."""

import base64
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machines.audit_log import AuditLog, check_audit_log, render_audit_policy
from machines.encryption import LocalKey, render_kms_encryption, render_local_encryption
from machines.host_files import HostFile
from machines.kube_apiserver import (
    ApiServerSettings,
    ApiServerSwitches,
    check_api_server,
    kube_apiserver_files,
    kube_apiserver_flags,
)
from machines.kube_controller_manager import (
    kube_controller_manager_files,
    kube_controller_manager_flags,
)
from machines.kube_scheduler import kube_scheduler_flags
from machines.self_hosted_files import controller_files
from tests.machines.self_hosted import CLUSTER, CONTROLLER
from tests.quick_yaml import loaded


def flags(**switches: Any) -> dict[str, str]:
    settings = ApiServerSettings(switches=ApiServerSwitches(**switches))
    return {flag.name: flag.value for flag in kube_apiserver_flags(CLUSTER, settings)}


USUAL = flags()


@pytest.mark.parametrize(
    ("switches", "gone", "new"),
    [
        ({"client_certificates": False, "static_tokens": True}, {"client-ca-file"},
         {"token-auth-file"}),
        ({"static_tokens": True}, set(), {"token-auth-file"}),
        ({"webhook": False}, {"authentication-token-webhook-config-file",
                              "authentication-token-webhook-version",
                              "authentication-token-webhook-cache-ttl"}, set()),
        ({"aggregation": False}, {"requestheader-client-ca-file", "requestheader-allowed-names",
                                  "requestheader-username-headers",
                                  "requestheader-group-headers",
                                  "requestheader-extra-headers-prefix",
                                  "proxy-client-cert-file", "proxy-client-key-file"}, set()),
        ({"encryption": "none"}, {"encryption-provider-config",
                                  "encryption-provider-config-automatic-reload"}, set()),
        ({"encryption": "local"}, set(), set()),
    ],
)  # fmt: skip
def test_a_switch_turns_on_and_off_what_is_its_own(
    switches: dict[str, Any], gone: set[str], new: set[str]
) -> None:
    found = flags(**switches)
    assert set(USUAL) - set(found) == gone
    assert set(found) - set(USUAL) == new
    assert {name: USUAL[name] for name in set(USUAL) & set(found)} == {
        name: found[name] for name in set(USUAL) & set(found)
    }


def test_bootstrap_tokens_and_pulling_are_off_and_on_by_a_word() -> None:
    assert USUAL["enable-bootstrap-token-auth"] == "false"
    assert flags(bootstrap_tokens=True)["enable-bootstrap-token-auth"] == "true"
    assert "AlwaysPullImages" in USUAL["enable-admission-plugins"]
    assert "AlwaysPullImages" not in flags(always_pull_images=False)["enable-admission-plugins"]
    for on in (False, True):
        switches = ApiServerSwitches(bootstrap_tokens=on)
        told = {f.name: f.value for f in kube_controller_manager_flags(CLUSTER, switches)}
        assert ("token-cleaner-controller" in told["controllers"]) is on


def test_plugins_and_gates_stand_beside_ours_and_take_none_away() -> None:
    gates = {"WatchList": False, "MutableCSINodeAllocatableCount": True}
    switches = ApiServerSwitches(admission_plugins=("PodNodeSelector",), feature_gates=gates)
    found = flags(admission_plugins=("PodNodeSelector",), feature_gates=gates)
    plugins = USUAL["enable-admission-plugins"]
    assert found["enable-admission-plugins"] == f"{plugins},PodNodeSelector"
    listed = "MutableCSINodeAllocatableCount=true,WatchList=false"
    assert found["feature-gates"] == listed and "feature-gates" not in USUAL
    manager = {f.name: f.value for f in kube_controller_manager_flags(CLUSTER, switches)}
    first, last = listed.split(",")
    assert manager["feature-gates"] == f"{first},RotateKubeletServerCertificate=true,{last}"
    scheduler = {f.name: f.value for f in kube_scheduler_flags(switches)}
    assert scheduler["feature-gates"] == listed
    assert "feature-gates" not in {f.name for f in kube_scheduler_flags(ApiServerSwitches())}


def test_without_certificates_components_present_tokens() -> None:
    switches = ApiServerSwitches(client_certificates=False, static_tokens=True)
    files = kube_controller_manager_files(CLUSTER, switches)
    kubeconfig, manifest = (file.content for file in files)
    token = "/etc/kubernetes/pki/kube-controller-manager.token"
    assert loaded(kubeconfig)["users"][0]["user"] == {"tokenFile": token}
    assert token in manifest and "kube-controller-manager.key" not in manifest


def test_the_pod_sees_no_socket_and_no_webhook_that_is_not_used() -> None:
    off = ApiServerSettings(switches=ApiServerSwitches(encryption="none", webhook=False))
    text = kube_apiserver_files(CLUSTER, off)[-1].content
    assert "/run/heiiki/kms" not in text and "authenticator" not in text
    usual = kube_apiserver_files(CLUSTER, ApiServerSettings())[-1].content
    assert "/run/heiiki/kms" in usual and "authenticator" in usual


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (ApiServerSettings(switches=ApiServerSwitches(client_certificates=False)),
         "client_certificates may be off only with static_tokens on"),
        (ApiServerSettings(switches=ApiServerSwitches(encryption="rot13")),  # type: ignore[arg-type]
         "encryption must be kms, local or none"),
        (ApiServerSettings(namespaces_exempt=("a b",)), "namespaces_exempt must be a host name"),
    ],
)  # fmt: skip
def test_what_would_not_work_is_refused(settings: ApiServerSettings, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        check_api_server(settings)


def test_keys_of_kms_are_named_where_they_are_used_and_nowhere_else() -> None:
    none = replace(CONTROLLER, kms_keys={})
    with pytest.raises(ValueError, match="kms_keys must name a key: encryption is kms"):
        controller_files(CLUSTER, none)
    local = ApiServerSettings(switches=ApiServerSwitches(encryption="local", webhook=False))
    with pytest.raises(ValueError, match="kms_keys must name none: encryption is local"):
        controller_files(CLUSTER, replace(CONTROLLER, api_server=local))
    paths = {f.path for f in controller_files(CLUSTER, replace(none, api_server=local))}
    assert "/etc/kubernetes/kubelet.yaml" in paths
    assert not [p for p in paths if "kms" in p or "encryption" in p or "authenticator" in p]


def two_keys() -> tuple[HostFile, ...]:
    arn = next(iter(CONTROLLER.kms_keys.values()))
    return controller_files(CLUSTER, replace(CONTROLLER, kms_keys={"key-2": arn, "key-1": arn}))


def test_while_a_key_follows_another_both_have_a_plugin() -> None:
    files = {file.path: file.content for file in two_keys()}
    new, old = (files[f"/etc/kubernetes/manifests/kms-plugin-{n}.yaml"] for n in ("key-2", "key-1"))
    assert "--health-port=127.0.0.1:8083" in new and "--health-port=127.0.0.1:8084" in old
    providers = loaded(files["/etc/kubernetes/encryption-configuration.yaml"])["resources"]
    assert [p["kms"]["name"] for p in providers[0]["providers"]] == ["key-2", "key-1"]


def test_a_key_by_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="key_arn must be the ARN of a KMS key; an alias"):
        controller_files(CLUSTER, replace(CONTROLLER, kms_keys={"a": "alias/a"}))


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        (AuditLog(path="/dev/stdout/a/b"), "audit.path lies under /dev, which is no disk"),
        (AuditLog(path="/proc/self/fd/1"), "audit.path lies under /proc"),
        (AuditLog(path="/run/audit/a.log"), "audit.path lies under /run"),
        (AuditLog(path="/dev/stdout"), "audit.path must be an absolute path in a folder"),
        (AuditLog(path="-"), "audit.path must be an absolute path in a folder"),
        (AuditLog(path="/var/log/../../dev/stdout"), "audit.path must be an absolute path"),
        (AuditLog(path="/var/a\nb"), "audit.path must be one non-empty line"),
        (AuditLog(volume_gib=1), "audit.megabytes and audit.backups 10 let the log grow to 1100"),
        (AuditLog(backups=0), "audit.backups must be a whole number from 1"),
        (AuditLog(days=0), "audit.days must be a whole number from 1"),
    ],
)
def test_a_log_that_would_fill_something_is_refused(log: AuditLog, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        check_audit_log(log)


@given(st.integers(1, 200), st.integers(1, 500), st.integers(1, 100))
def test_a_log_that_is_taken_fits_its_volume_with_room_to_spare(
    backups: int, megabytes: int, volume_gib: int
) -> None:
    log = AuditLog(backups=backups, megabytes=megabytes, volume_gib=volume_gib)
    fits = (backups + 1) * megabytes <= int(volume_gib * 1024 * 0.8)
    try:
        assert check_audit_log(log) == log and fits
    except ValueError as error:
        assert not fits and f"{(backups + 1) * megabytes} MiB" in str(error)


def test_what_holds_secrets_is_logged_without_what_it_holds() -> None:
    rules = loaded(render_audit_policy())["rules"]
    levels = {
        resource: rule["level"]
        for rule in reversed(rules)
        for group in rule.get("resources", [])
        for resource in group.get("resources", [group["group"]])
    }
    for resource in ("secrets", "configmaps", "serviceaccounts/token", "tokenreviews"):
        assert levels[resource] == "Metadata"
    assert levels["pods/exec"] == "Request"
    assert levels["rbac.authorization.k8s.io"] == "RequestResponse"
    assert rules[-1] == {"level": "Metadata"}, "nothing else is left out"


def key(name: str, byte: int) -> LocalKey:
    return LocalKey(name, base64.b64encode(bytes([byte]) * 32).decode())


def test_local_keys_stand_in_their_order_and_nothing_in_clear_is_read() -> None:
    document = loaded(render_local_encryption([key("b", 2), key("a", 1)]))
    (row,) = document["resources"]
    (provider,) = row["providers"]
    assert [k["name"] for k in provider["secretbox"]["keys"]] == ["b", "a"]
    assert "identity" not in provider and row["resources"] == ["secrets"]


SHORT = LocalKey("a", base64.b64encode(b"short but secret").decode())


@pytest.mark.parametrize(
    ("render", "sentence"),
    [
        (lambda: render_local_encryption([]), "keys must be one or 2 of different names"),
        (lambda: render_local_encryption([key("a", 1), key("a", 2)]), "keys must be one or 2"),
        (lambda: render_local_encryption([key(n, 1) for n in "ab"]), "keys must differ"),
        (lambda: render_local_encryption([SHORT]), r"keys\[a\] must be 32 bytes in base64$"),
        (lambda: render_local_encryption([LocalKey("a", "?")]), r"keys\[a\] must be 32 bytes"),
        (lambda: render_local_encryption([key("a.b", 1)]), "keys must be a short name"),
        (lambda: render_kms_encryption(["a" * 64]), "names must be a short name"),
        (lambda: render_kms_encryption(["a", "b", "c"]), "names must be one or 2"),
        (lambda: render_kms_encryption(["a"], resources=[]), "resources must be a list"),
        (lambda: render_kms_encryption(["a"], resources=["\n"]), "resources must be one non-empty"),
    ],
)
def test_keys_that_are_none_are_refused_and_not_shown(render: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        render()
    assert SHORT.secret not in str(caught.value)
