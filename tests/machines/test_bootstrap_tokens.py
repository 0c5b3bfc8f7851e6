"""Bootstrap tokens: the Secret, the kubeconfig, and what the cluster is told of them."""

from datetime import UTC, datetime

import pytest
import yaml

from machines.bootstrap_tokens import (
    LIMIT,
    bootstrap_manifests,
    join_kubeconfig,
    secret_name,
    token_secret,
)
from machines.cluster_manifests import cluster_manifest_files
from machines.kube_apiserver import ApiServerSwitches
from tests.machines.self_hosted import CLUSTER
from tests.quick_yaml import loaded

TOKEN = "abcdef.0123456789abcdef"
ENDS = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


def test_a_token_is_a_secret_with_an_end_that_lets_in_and_signs_nothing():
    secret = token_secret(TOKEN, ENDS, "for a machine")
    assert secret["type"] == "bootstrap.kubernetes.io/token"
    assert secret["metadata"] == {"name": "bootstrap-token-abcdef", "namespace": "kube-system"}
    assert secret["stringData"] == {
        "token-id": "abcdef", "token-secret": "0123456789abcdef",
        "expiration": "2026-12-01T09:30:00+00:00", "usage-bootstrap-authentication": "true",
        "description": "for a machine",
    }  # fmt: skip


@pytest.mark.parametrize(
    "token", ["", "abcdef", "ABCDEF.0123456789abcdef", f"{TOKEN}0", f"{TOKEN}\n"]
)
def test_what_is_no_token_is_refused_and_not_shown(token):
    for asked in (
        lambda: token_secret(token, ENDS, "a"),
        lambda: secret_name(token),
        lambda: join_kubeconfig(server="https://a", authority_pem="", token=token),
    ):
        with pytest.raises(ValueError, match="value not shown") as caught:
            asked()
        assert "0123" not in str(caught.value)


def test_an_end_without_a_zone_and_a_description_of_two_lines_are_refused():
    with pytest.raises(ValueError, match="time zone"):
        token_secret(TOKEN, ENDS.replace(tzinfo=None), "a")
    with pytest.raises(ValueError, match="description must be one non-empty line"):
        token_secret(TOKEN, ENDS, "a\nb")


def test_the_kubeconfig_holds_the_authority_and_the_token():
    text = join_kubeconfig(server="https://api.dev.heiiki.internal:6443", authority_pem="PEM",
                           token=TOKEN)  # fmt: skip
    document = loaded(text)
    (cluster,), (user,) = document["clusters"], document["users"]
    assert cluster["cluster"] == {"server": "https://api.dev.heiiki.internal:6443",
                                  "certificate-authority-data": "UEVN"}  # fmt: skip
    assert user["user"] == {"token": TOKEN}


def test_the_cluster_is_told_of_tokens_only_where_there_are_any():
    def kinds(on):
        switches = ApiServerSwitches(bootstrap_tokens=on)
        (text,) = [file.content for file in cluster_manifest_files(CLUSTER, switches)
                   if file.path.endswith("10-rights.yaml")]  # fmt: skip
        return {(d["kind"], d["metadata"]["name"]) for d in yaml.safe_load_all(text)}

    assert kinds(True) - kinds(False) == {
        (d["kind"], d["metadata"]["name"]) for d in bootstrap_manifests()
    }
    assert ("ValidatingAdmissionPolicyBinding", LIMIT) in kinds(True)
