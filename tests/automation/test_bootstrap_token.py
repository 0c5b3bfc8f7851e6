"""`heiiki bootstrap-token` where the API says no, or is not asked. With the real API server:
tests/control_plane/test_control_plane.py."""

import base64
import io
import json
import urllib.error
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from automation import bootstrap_tokens
from automation.bootstrap_tokens import Api, api_of, mint
from automation.errors import AutomationError, RefusedError
from machines.kubeconfig import render_certificate_kubeconfig, render_kubeconfig
from tests.control_plane.pki import authority, signed

SERVER = "https://api.dev.heiiki.internal:6443"
CA = authority("kubernetes")
CA_TEXT = base64.b64encode(CA.certificate_pem.encode()).decode()
ADMINISTRATOR = signed(CA, "administrator")
KUBECONFIG = render_certificate_kubeconfig(
    cluster_name="dev", api_server_endpoint=SERVER, certificate_authority_base64=CA_TEXT,
    client_certificate_pem=ADMINISTRATOR.certificate_pem, client_key_pem=ADMINISTRATOR.key_pem,
)  # fmt: skip
BY_IAM = render_kubeconfig(
    cluster_name="dev", api_server_endpoint=SERVER, certificate_authority_base64=CA_TEXT,
    region="ap-northeast-1",
)  # fmt: skip
NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def api(monkeypatch):
    """What it is asked, and its answers by method: a status, or an error to raise."""
    calls, answers = [], {}

    def ask(self, method, path, body=None):
        calls.append((method, path, body, dict(self.headers)))
        answer = answers.get(method, 200)
        if isinstance(answer, Exception):
            raise answer
        if answer >= 400:
            text = io.BytesIO(json.dumps({"message": "no, since"}).encode())
            raise urllib.error.HTTPError(path, answer, "", None, text)

    monkeypatch.setattr(Api, "ask", ask)
    monkeypatch.setattr(bootstrap_tokens, "TAKEN_SECONDS", 0.0)
    return calls, answers


def minted(**changes):
    return mint(KUBECONFIG, **{"life": HOUR, "description": "a", "now": lambda: NOW, **changes})


def test_a_token_is_made_tried_and_written_for_the_same_server(api):
    calls, _ = api
    made = minted()
    (post, path, secret, by), (get, tried, _, bearer) = calls
    assert (post, get, tried, by) == ("POST", "GET", "/api", {})
    assert path == "/api/v1/namespaces/kube-system/secrets"
    assert secret["metadata"]["name"] == f"bootstrap-token-{made.token_id}"
    assert secret["stringData"]["expiration"] == "2026-12-01T10:30:00+00:00"
    assert made.ends == NOW + HOUR
    document = yaml.safe_load(made.kubeconfig)
    token = document["users"][0]["user"]["token"]
    assert bearer == {"Authorization": f"Bearer {token}"}
    cluster = document["clusters"][0]["cluster"]
    assert cluster == {"server": SERVER, "certificate-authority-data": CA_TEXT}
    assert minted().token_id != made.token_id


def test_a_cluster_that_takes_no_tokens_keeps_none(api):
    calls, answers = api
    answers["GET"] = 401
    with pytest.raises(RefusedError, match="takes no bootstrap tokens") as refused:
        minted()
    assert "controlPlane.apiServer.bootstrapTokens: true" in refused.value.advice
    name = calls[0][2]["metadata"]["name"]
    assert calls[-1][:2] == ("DELETE", f"/api/v1/namespaces/kube-system/secrets/{name}")


def test_who_may_not_is_told_what_the_api_server_said(api):
    calls, answers = api
    answers["POST"] = 403
    with pytest.raises(RefusedError, match="refused it with 403: no, since"):
        minted()
    assert len(calls) == 1


def test_an_api_that_does_not_answer_is_told_by_its_name(api):
    _, answers = api
    answers["POST"] = urllib.error.URLError("timed out")
    with pytest.raises(AutomationError, match=f"{SERVER} does not answer: timed out") as failed:
        minted()
    assert not isinstance(failed.value, RefusedError) and "inside the network" in str(failed.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is none of one cluster"),
        ("{a: [", "is none of one cluster"),
        (KUBECONFIG.replace(CA_TEXT, "UEVN"), "is none of one cluster"),
        (BY_IAM, "neither a token nor a certificate"),
        (KUBECONFIG.replace("client-key-data", "client-key"), "neither a token nor a certificate"),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_is_refused_and_not_shown(text, words):
    with pytest.raises(RefusedError, match=words) as refused:
        api_of(text)
    assert "LS0t" not in str(refused.value)


def test_a_kubeconfig_with_a_token_will_do():
    document = yaml.safe_load(KUBECONFIG)
    document["users"][0]["user"] = {"token": "somebody's"}
    assert api_of(yaml.safe_dump(document)).headers == {"Authorization": "Bearer somebody's"}
