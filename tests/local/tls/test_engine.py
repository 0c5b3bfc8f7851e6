"""The real engine and pulumi-tls against the local provider."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from local.provider_protocol import serve
from local.tls.provider import create_servicer
from tests.local.language_host.conftest import Project, engine_directory, project

pytestmark = pytest.mark.engine
__all__ = ["engine_directory", "project"]  # fixtures

CHAIN = """
    import pulumi
    import pulumi_tls as tls

    ca_key = tls.PrivateKey("ca", algorithm="ECDSA", ecdsa_curve="P384")
    ca = tls.SelfSignedCert(
        "ca",
        private_key_pem=ca_key.private_key_pem,
        is_ca_certificate=True,
        allowed_uses=["cert_signing", "crl_signing"],
        validity_period_hours=24,
        subject={"common_name": "authority"},
    )
    key = tls.PrivateKey("leaf", algorithm="RSA")
    request = tls.CertRequest(
        "leaf",
        private_key_pem=key.private_key_pem,
        subject={"common_name": "leaf"},
        dns_names=["leaf.test"],
    )
    leaf = tls.LocallySignedCert(
        "leaf",
        ca_private_key_pem=ca_key.private_key_pem,
        ca_cert_pem=ca.cert_pem,
        cert_request_pem=request.cert_request_pem,
        allowed_uses=["server_auth"],
        validity_period_hours=HOURS,
    )
    pulumi.export("ca", ca.cert_pem)
    pulumi.export("leaf", leaf.cert_pem)
    pulumi.export("key", key.private_key_pem)
    """


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = serve(create_servicer())
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", f"tls:{server.port}")
    yield
    server.stop()


def outputs(project: Project) -> dict[str, str]:
    text = project.pulumi("stack", "output", "--json", "--show-secrets")
    return dict(json.loads(text))


def test_a_chain_is_made_once_and_its_keys_stay_secret(
    project: Project, provider: None, tmp_path: Path
) -> None:
    project.write(CHAIN.replace("HOURS", "12"))

    assert "6 to create" in " ".join(project.pulumi("preview").split())
    said = project.pulumi("up", "--yes", "--skip-preview")
    assert "PRIVATE KEY" not in said

    made = outputs(project)
    for name in ("ca", "leaf"):
        (tmp_path / f"{name}.pem").write_text(made[name])
    words = ["openssl", "verify", "-x509_strict", "-CAfile", "ca.pem", "leaf.pem"]
    verified = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert verified.stdout == "leaf.pem: OK\n", verified.stderr
    leaf = x509.load_pem_x509_certificate(made["leaf"].encode())
    assert load_pem_private_key(made["key"].encode(), None).public_key() == leaf.public_key()

    state = project.pulumi("stack", "export")
    assert state.count("BEGIN CERTIFICATE-----") >= 2
    assert "PRIVATE KEY" not in state
    assert made["key"].splitlines()[1] not in state

    assert "6 unchanged" in project.pulumi("up", "--yes", "--skip-preview")
    project.pulumi("refresh", "--yes", "--skip-preview")
    assert outputs(project) == made

    project.write(CHAIN.replace("HOURS", "13"))
    assert "1 to replace" in " ".join(project.pulumi("preview").split())
    project.pulumi("up", "--yes", "--skip-preview")
    changed = outputs(project)
    assert changed["leaf"] != made["leaf"]
    assert (changed["ca"], changed["key"]) == (made["ca"], made["key"])

    project.pulumi("destroy", "--yes", "--skip-preview")
    assert "urn" not in json.loads(project.pulumi("stack", "export"))["deployment"]


def test_a_fault_in_a_key_does_not_show_it(project: Project, provider: None) -> None:
    project.write('import pulumi_tls as tls\ntls.CertRequest("r", private_key_pem="hunter2")')

    said = project.pulumi("preview", exit_code=1)

    assert "privateKeyPem is not an unencrypted RSA, ECDSA, ED25519 private key" in said
    assert "hunter2" not in said


def test_a_fault_is_shown_with_its_property(project: Project, provider: None) -> None:
    project.write('import pulumi_tls as tls\ntls.PrivateKey("k", algorithm="DSA")')

    said = project.pulumi("preview", exit_code=1)

    assert "algorithm is 'DSA', and must be one of RSA, ECDSA, ED25519" in said
