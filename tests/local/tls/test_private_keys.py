"""Keys, judged by cryptography's own reader and by ssh-keygen where it is installed."""

import base64
import hashlib
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
    load_ssh_private_key,
    load_ssh_public_key,
)

from local.provider_values import UNKNOWN, Secret

from .conftest import PRIVATE_KEY
from .engine_side import EngineSide, Made

CURVES = [("P224", ec.SECP224R1), ("P256", ec.SECP256R1), ("P384", ec.SECP384R1)]
CURVES += [("P521", ec.SECP521R1)]
PRIVATE = ("privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh")


def private_key(made: Made, output: str = "privateKeyPem") -> Any:
    return load_pem_private_key(made[output].encode(), None)


def public_bytes(key: Any) -> bytes:
    return bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


@pytest.mark.parametrize("bits", [None, 1024, 3072])
def test_an_rsa_key_has_the_bits_asked_for(tls: EngineSide, bits: int | None) -> None:
    given = {} if bits is None else {"rsaBits": bits}
    made = tls.create(PRIVATE_KEY, {"algorithm": "RSA", **given})

    key = private_key(made)

    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == made["rsaBits"] == (bits or 2048)
    assert made["privateKeyPem"].startswith("-----BEGIN RSA PRIVATE KEY-----\n")


@pytest.mark.parametrize(("name", "curve"), CURVES)
def test_an_ecdsa_key_lies_on_the_curve_asked_for(
    tls: EngineSide, name: str, curve: type[ec.EllipticCurve]
) -> None:
    made = tls.create(PRIVATE_KEY, {"algorithm": "ECDSA", "ecdsaCurve": name})

    key = private_key(made)

    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert isinstance(key.curve, curve)
    assert made["privateKeyPem"].startswith("-----BEGIN EC PRIVATE KEY-----\n")


def test_an_ed25519_key_is_one(tls: EngineSide) -> None:
    made = tls.create(PRIVATE_KEY, {"algorithm": "ED25519"})

    assert isinstance(private_key(made), ed25519.Ed25519PrivateKey)
    assert made["privateKeyPem"] == made["privateKeyPemPkcs8"]


@pytest.mark.parametrize(
    "inputs",
    [{"algorithm": "RSA"}, {"algorithm": "ECDSA", "ecdsaCurve": "P384"}, {"algorithm": "ED25519"}],
    ids=lambda inputs: inputs["algorithm"],
)
def test_every_form_is_of_one_key(tls: EngineSide, inputs: dict[str, Any]) -> None:
    made = tls.create(PRIVATE_KEY, inputs)
    public = public_bytes(private_key(made).public_key())

    assert public_bytes(private_key(made, "privateKeyPemPkcs8").public_key()) == public
    openssh = load_ssh_private_key(made["privateKeyOpenssh"].encode(), None)
    assert public_bytes(openssh.public_key()) == public
    assert public_bytes(load_pem_public_key(made["publicKeyPem"].encode())) == public
    assert public_bytes(load_ssh_public_key(made["publicKeyOpenssh"].encode())) == public
    assert made.id == hashlib.sha1(public).hexdigest()
    assert made["publicKeyOpenssh"].endswith("\n")


def test_fingerprints_are_those_of_ssh_keygen(tls: EngineSide) -> None:
    """The wire form of the public key, hashed; OpenSSH's PROTOCOL and RFC 4716, section 4."""
    made = tls.create(PRIVATE_KEY, {"algorithm": "ED25519"})
    wire = base64.b64decode(made["publicKeyOpenssh"].split()[1])

    md5 = hashlib.md5(wire).hexdigest()
    assert made["publicKeyFingerprintMd5"] == ":".join(md5[i : i + 2] for i in range(0, 32, 2))
    sha256 = base64.b64encode(hashlib.sha256(wire).digest()).decode().rstrip("=")
    assert made["publicKeyFingerprintSha256"] == f"SHA256:{sha256}"


def test_openssh_does_not_know_p224(tls: EngineSide) -> None:
    made = tls.create(PRIVATE_KEY, {"algorithm": "ECDSA"})

    assert made["ecdsaCurve"] == "P224"
    names = ("privateKeyOpenssh", "publicKeyOpenssh", "publicKeyFingerprintMd5")
    assert [made[name] for name in (*names, "publicKeyFingerprintSha256")] == ["", "", "", ""]


def test_private_forms_are_secret_and_public_ones_are_not(tls: EngineSide) -> None:
    made = tls.create(PRIVATE_KEY, {"algorithm": "ED25519"})

    secret = {name for name, value in made.outputs.items() if isinstance(value, Secret)}
    assert secret == set(PRIVATE)
    assert "PRIVATE KEY" not in str(made.outputs)


def test_two_keys_are_never_the_same(tls: EngineSide) -> None:
    keys = {tls.create(PRIVATE_KEY, {"algorithm": "ED25519"})["privateKeyPem"] for _ in range(3)}

    assert len(keys) == 3


def test_a_preview_knows_the_inputs_and_no_key(tls: EngineSide) -> None:
    previewed = tls.preview(PRIVATE_KEY, {"algorithm": "RSA", "rsaBits": 4096})

    assert (previewed["algorithm"], previewed["rsaBits"]) == ("RSA", 4096)
    assert previewed["ecdsaCurve"] == "P224"
    assert all(previewed[name] == Secret(UNKNOWN) for name in PRIVATE)
    assert previewed["publicKeyPem"] is UNKNOWN


def test_any_change_makes_another_key_and_a_default_spelt_out_is_none(tls: EngineSide) -> None:
    made = tls.create(PRIVATE_KEY, {"algorithm": "RSA"})

    assert tls.changes(made, {"algorithm": "RSA", "rsaBits": 2048, "ecdsaCurve": "P224"}) == {}
    assert tls.changes(made, {"algorithm": "RSA", "rsaBits": 4096}) == {"rsaBits": "UPDATE_REPLACE"}
    assert tls.changes(made, {"algorithm": "ED25519"}) == {"algorithm": "UPDATE_REPLACE"}
    assert tls.changes(made, {"algorithm": UNKNOWN}) == {"algorithm": "UPDATE_REPLACE"}


def test_a_refresh_changes_nothing_and_keeps_secrets_secret(tls: EngineSide) -> None:
    made = tls.create(PRIVATE_KEY, {"algorithm": "ED25519"})

    assert tls.refresh(made) == made
    tls.delete(made)


def test_a_key_cannot_be_imported(tls: EngineSide) -> None:
    with pytest.raises(grpc.RpcError, match="cannot be imported: it is nowhere but in the state"):
        tls.imported(PRIVATE_KEY, "some-id")
