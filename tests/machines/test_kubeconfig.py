"""A kubeconfig without a key, for kubectl outside and behind a tunnel."""

import base64
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from machines.kubeconfig import render_certificate_kubeconfig, render_kubeconfig
from tests.machines.strategies import HOSTILE
from tests.machines.values import CA_BASE64, CA_PEM, ENDPOINT, HOST, REGION, assert_golden
from tests.quick_yaml import loaded

ASKED: dict[str, Any] = {
    "cluster_name": "dev",
    "api_server_endpoint": ENDPOINT,
    "certificate_authority_base64": CA_BASE64,
    "region": REGION,
}
ROLE = "arn:aws-cn:iam::123456789012:role/ops/admin"


def read(**asked: Any) -> dict[str, Any]:
    document: dict[str, Any] = loaded(render_kubeconfig(**ASKED | asked))
    return document


def test_the_context_leads_to_the_cluster_and_to_a_token() -> None:
    assert_golden("kubeconfig.yaml", render_kubeconfig(**ASKED))
    config = read()
    (context,) = [c for c in config["contexts"] if c["name"] == config["current-context"]]
    (cluster,) = [c for c in config["clusters"] if c["name"] == context["context"]["cluster"]]
    (user,) = [u for u in config["users"] if u["name"] == context["context"]["user"]]
    assert cluster["cluster"]["server"] == ENDPOINT
    ca = cluster["cluster"]["certificate-authority-data"]
    assert base64.b64decode(ca).decode() == CA_PEM
    assert set(user["user"]) == {"exec"}  # no token, no key, no password
    program = user["user"]["exec"]
    assert program["command"] == "aws"
    assert program["args"] == [
        *("--region", REGION, "eks", "get-token", "--cluster-name", "dev", "--output", "json")
    ]
    assert program["env"] == [{"name": "AWS_STS_REGIONAL_ENDPOINTS", "value": "regional"}]


def test_a_role_is_taken_on_for_the_token() -> None:
    assert_golden("kubeconfig_role.yaml", render_kubeconfig(**ASKED, role_arn=ROLE))
    assert read(role_arn=ROLE)["users"][0]["user"]["exec"]["args"][-2:] == ["--role-arn", ROLE]


def test_behind_a_tunnel_the_certificate_is_still_checked_against_the_endpoint() -> None:
    cluster = read(local_port=8443)["clusters"][0]["cluster"]
    assert (cluster["server"], cluster["tls-server-name"]) == ("https://127.0.0.1:8443", HOST)
    assert "insecure-skip-tls-verify" not in cluster
    assert "certificate-authority-data" in cluster


KEY_PEM = "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n"
BY_CERTIFICATE: dict[str, Any] = {
    "cluster_name": "dev",
    "api_server_endpoint": "https://api.dev.heiiki.internal:6443",
    "certificate_authority_base64": CA_BASE64,
    "client_certificate_pem": CA_PEM,
    "client_key_pem": KEY_PEM,
}


def test_a_control_plane_of_our_own_takes_a_token_too() -> None:
    config = read(api_server_endpoint="https://api.dev.heiiki.internal:6443")
    (cluster,) = config["clusters"]
    assert cluster["cluster"]["server"] == "https://api.dev.heiiki.internal:6443"
    assert set(config["users"][0]["user"]) == {"exec"}


def test_a_certificate_stands_in_the_place_of_a_token() -> None:
    config = loaded(render_certificate_kubeconfig(**BY_CERTIFICATE, local_port=8443))
    (user,) = config["users"]
    assert {k: base64.b64decode(v).decode() for k, v in user["user"].items()} == {
        "client-certificate-data": CA_PEM,
        "client-key-data": KEY_PEM,
    }
    cluster = config["clusters"][0]["cluster"]
    assert cluster["tls-server-name"] == "api.dev.heiiki.internal"
    assert "insecure-skip-tls-verify" not in cluster


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"client_key_pem": "hunter2"}, "client_key_pem must be a private key in PEM form"),
        ({"client_certificate_pem": KEY_PEM}, "client_certificate_pem holds a private key"),
        ({"client_certificate_pem": "hunter2"}, "client_certificate_pem must hold certificates"),
        ({"api_server_endpoint": "http://a"}, "api_server_endpoint must be a URL"),
    ],
)
def test_a_fault_of_a_certificates_kubeconfig_shows_no_key(
    asked: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence) as failed:
        render_certificate_kubeconfig(**BY_CERTIFICATE | asked)
    assert "hunter2" not in str(failed.value)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"role_arn": "arn:aws:sts::123456789012:assumed-role/a/b"}, "role_arn must be the ARN"),
        ({"local_port": 0}, "local_port must be a whole number from 1 to 65535"),
        ({"region": "$(id)"}, "region must be a region's code name"),
        ({"certificate_authority_base64": ""}, "certificate_authority_base64 must hold"),
    ],
)
def test_a_fault_is_named(asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        render_kubeconfig(**ASKED | asked)


@given(value=HOSTILE, field=st.sampled_from(["cluster_name", "region", "role_arn"]))
@example(value="012", field="cluster_name")  # of the sound ones few are drawn
@example(value="arn:aws:iam::123456789012:role/on", field="role_arn")
def test_a_hostile_value_is_read_back_as_it_was_or_refused_by_name(value: str, field: str) -> None:
    try:
        config = read(**{field: value})
    except ValueError as error:
        assert field in str(error)
    else:
        assert value in config["users"][0]["user"]["exec"]["args"]
        if field == "cluster_name":
            assert config["current-context"] == value
