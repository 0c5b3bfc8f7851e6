"""Certificates, judged by cryptography's verifier and by openssl."""

import ipaddress
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from local.provider_values import UNKNOWN, Secret
from local.tls.certificates import ALLOWED_USES

from .conftest import (
    LOCALLY_SIGNED,
    PRIVATE_KEY,
    REQUEST,
    SELF_SIGNED,
    START,
    Clock,
    authority,
    p256,
)
from .engine_side import EngineSide, Made

EVERY_USE = [
    "any_extended",
    "cert_signing",
    "client_auth",
    "code_signing",
    "content_commitment",
    "crl_signing",
    "data_encipherment",
    "decipher_only",
    "digital_signature",
    "email_protection",
    "encipher_only",
    "ipsec_end_system",
    "ipsec_tunnel",
    "ipsec_user",
    "key_agreement",
    "key_encipherment",
    "microsoft_commercial_code_signing",
    "microsoft_kernel_code_signing",
    "microsoft_server_gated_crypto",
    "netscape_server_gated_crypto",
    "ocsp_signing",
    "server_auth",
    "timestamping",
]


def certificate(made: Made) -> x509.Certificate:
    return x509.load_pem_x509_certificate(made["certPem"].encode())


def extension(found: Any, kind: type[Any]) -> Any:
    return found.extensions.get_extension_for_class(kind)


def request(tls: EngineSide, key: Made, **more: Any) -> Made:
    inputs = {
        "privateKeyPem": key["privateKeyPem"],
        "subject": {"commonName": "etcd-1a"},
        "dnsNames": ["etcd-1a.test"],
        "ipAddresses": ["10.0.0.5", "fd00::5"],
        "uris": ["spiffe://test/etcd"],
        **more,
    }
    return tls.create(REQUEST, inputs)


def signed(tls: EngineSide, ca_key: Made, ca: Made, csr: Made, **more: Any) -> Made:
    inputs = {
        "caPrivateKeyPem": ca_key["privateKeyPem"],
        "caCertPem": ca["certPem"],
        "certRequestPem": csr["certRequestPem"],
        "allowedUses": ["digital_signature", "server_auth", "client_auth"],
        "validityPeriodHours": 24,
        **more,
    }
    return tls.create(LOCALLY_SIGNED, inputs)


@pytest.mark.parametrize(
    "of_authority",
    [
        {"algorithm": "RSA"},
        {"algorithm": "ECDSA", "ecdsaCurve": "P521"},
        {"algorithm": "ED25519"},
    ],
    ids=lambda inputs: inputs["algorithm"],
)
def test_a_chain_is_accepted_by_others(
    tls: EngineSide, tmp_path: Path, of_authority: dict[str, Any]
) -> None:
    ca_key, key = tls.create(PRIVATE_KEY, of_authority), p256(tls)
    ca = authority(tls, ca_key)
    leaf = signed(tls, ca_key, ca, request(tls, key))

    (tmp_path / "ca.pem").write_text(ca["certPem"])
    (tmp_path / "leaf.pem").write_text(leaf["certPem"])
    words = ["openssl", "verify", "-x509_strict", "-attime", str(int(START.timestamp()) + 60)]
    words += ["-purpose", "sslserver", "-CAfile", "ca.pem", "leaf.pem"]
    said = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert said.stdout == "leaf.pem: OK\n", said.stderr
    assert ca["keyAlgorithm"] == leaf["caKeyAlgorithm"] == of_authority["algorithm"]

    if of_authority["algorithm"] != "ED25519":  # not among the verifier's own choices (Web PKI)
        store = Store([certificate(ca)])
        policy = PolicyBuilder().store(store).time(START + timedelta(hours=1))
        verifier = policy.build_server_verifier(x509.DNSName("etcd-1a.test"))
        assert verifier.verify(certificate(leaf), [])[0] == certificate(leaf)


def test_a_certificate_signed_by_another_authority_is_refused_by_others(
    tls: EngineSide, tmp_path: Path
) -> None:
    ca_key, other_key = p256(tls), p256(tls)
    leaf = signed(tls, ca_key, authority(tls, ca_key), request(tls, p256(tls)))

    (tmp_path / "ca.pem").write_text(authority(tls, other_key)["certPem"])
    (tmp_path / "leaf.pem").write_text(leaf["certPem"])
    words = ["openssl", "verify", "-attime", str(int(START.timestamp()) + 60)]
    said = subprocess.run([*words, "-CAfile", "ca.pem", "leaf.pem"], cwd=tmp_path)
    assert said.returncode != 0


def test_a_leaf_holds_what_its_request_asked_for(tls: EngineSide) -> None:
    ca_key = p256(tls)
    ca = authority(tls, ca_key)
    csr = request(tls, p256(tls))
    leaf = certificate(signed(tls, ca_key, ca, csr))

    names = extension(leaf, x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["etcd-1a.test"]
    assert names.value.get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address("10.0.0.5"),
        ipaddress.ip_address("fd00::5"),
    ]
    assert names.value.get_values_for_type(x509.UniformResourceIdentifier) == ["spiffe://test/etcd"]
    assert not names.critical
    assert leaf.subject == x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "etcd-1a")])
    assert leaf.issuer == certificate(ca).subject
    usage = extension(leaf, x509.KeyUsage)
    assert usage.critical and usage.value.digital_signature and not usage.value.key_cert_sign
    assert list(extension(leaf, x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
    ]
    assert extension(leaf, x509.BasicConstraints).value == x509.BasicConstraints(False, None)
    assert extension(leaf, x509.BasicConstraints).critical
    key_id = extension(certificate(ca), x509.SubjectKeyIdentifier).value.digest
    assert extension(leaf, x509.AuthorityKeyIdentifier).value.key_identifier == key_id


def test_names_are_critical_where_there_is_no_subject(tls: EngineSide) -> None:
    key = p256(tls)
    ca = authority(tls, key)

    leaf = certificate(signed(tls, key, ca, request(tls, p256(tls), subject={})))

    assert list(leaf.subject) == []
    assert extension(leaf, x509.SubjectAlternativeName).critical


def test_a_subject_holds_every_name_in_the_order_of_go(tls: EngineSide) -> None:
    subject = {
        "emailAddress": "ops@test.example",
        "serialNumber": "S-1",
        "commonName": "cn",
        "postalCode": "10115",
        "streetAddresses": ["Street 1", "House 2"],
        "province": "Berlin",
        "locality": "Mitte",
        "organizationalUnit": "Net",
        "organization": "Example",
        "country": "DE",
    }
    found = certificate(authority(tls, p256(tls), subject=subject)).subject

    parts = [(a.rfc4514_attribute_name, a.value) for rdn in found.rdns for a in rdn]
    assert [name for name, _ in parts] == [
        "C",
        "O",
        "OU",
        "L",
        "ST",
        "STREET",
        "STREET",
        "2.5.4.17",
        "CN",
        "2.5.4.5",
        "1.2.840.113549.1.9.1",
    ]
    assert {value for _, value in parts} == {
        *(v for v in subject.values() if isinstance(v, str)),
        "Street 1",
        "House 2",
    }


@pytest.mark.parametrize("use", EVERY_USE)
def test_every_use_is_written(tls: EngineSide, use: str) -> None:
    lonely = use in ("encipher_only", "decipher_only")
    uses = [use, "key_agreement"] if lonely else [use]
    made = certificate(authority(tls, p256(tls), allowedUses=uses, isCaCertificate=False))

    found = {e.oid: e for e in made.extensions}
    usages = {x509.KeyUsage.oid, x509.ExtendedKeyUsage.oid}
    assert len(usages & found.keys()) == 1


def test_the_uses_are_those_of_pulumi_tls() -> None:
    assert list(ALLOWED_USES) == EVERY_USE


@pytest.mark.parametrize(("given", "limit"), [({}, None), ({"maxPathLength": 0}, 0)])
def test_an_authority_says_how_long_its_chains_may_be(
    tls: EngineSide, given: dict[str, Any], limit: int | None
) -> None:
    made = certificate(authority(tls, p256(tls), **given))

    assert extension(made, x509.BasicConstraints).value == x509.BasicConstraints(True, limit)


def test_a_path_length_says_nothing_of_a_leaf(tls: EngineSide) -> None:
    made = certificate(authority(tls, p256(tls), isCaCertificate=False, maxPathLength=3))

    assert extension(made, x509.BasicConstraints).value == x509.BasicConstraints(False, None)


@pytest.mark.parametrize("asked", [True, False])
def test_key_identifiers_are_written_when_asked_for(tls: EngineSide, asked: bool) -> None:
    made = certificate(
        authority(
            tls, p256(tls), isCaCertificate=False, setSubjectKeyId=asked, setAuthorityKeyId=asked
        )
    )

    oids = {e.oid for e in made.extensions}
    assert extension(made, x509.BasicConstraints)  # there are extensions to look among
    assert (x509.SubjectKeyIdentifier.oid in oids) is asked
    assert (x509.AuthorityKeyIdentifier.oid in oids) is asked
    if asked:
        public = made.public_key()
        expected = x509.SubjectKeyIdentifier.from_public_key(public).digest
        assert extension(made, x509.SubjectKeyIdentifier).value.digest == expected
        assert extension(made, x509.AuthorityKeyIdentifier).value.key_identifier == expected


@pytest.mark.parametrize(
    ("curve", "digest"),
    [
        ("P224", hashes.SHA256),
        ("P256", hashes.SHA256),
        ("P384", hashes.SHA384),
        ("P521", hashes.SHA512),
    ],
)
def test_signatures_hash_as_strongly_as_their_curve(
    tls: EngineSide, curve: str, digest: type[hashes.HashAlgorithm]
) -> None:
    key = tls.create(PRIVATE_KEY, {"algorithm": "ECDSA", "ecdsaCurve": curve})

    assert isinstance(certificate(authority(tls, key)).signature_hash_algorithm, digest)


def test_a_request_is_signed_and_named_after_itself(tls: EngineSide) -> None:
    key = p256(tls)
    made = request(tls, key)

    found = x509.load_pem_x509_csr(made["certRequestPem"].encode())
    assert found.is_signature_valid
    assert len(made.id) == 40
    assert made["keyAlgorithm"] == "ECDSA"


def test_a_certificate_holds_from_now_for_as_long_as_asked(tls: EngineSide, clock: Clock) -> None:
    clock.now = START + timedelta(microseconds=987654)
    made = authority(tls, p256(tls))

    assert made["validityStartTime"] == "2026-03-01T12:00:00Z"
    assert made["validityEndTime"] == "2026-03-03T12:00:00Z"
    assert certificate(made).not_valid_before_utc == START
    assert certificate(made).not_valid_after_utc == START + timedelta(hours=48)
    assert made.id == str(certificate(made).serial_number)
    assert made["readyForRenewal"] is False


def test_a_certificate_is_renewed_from_its_early_hours_on(tls: EngineSide, clock: Clock) -> None:
    key = p256(tls)
    made = authority(tls, key, earlyRenewalHours=12)
    renewal = START + timedelta(hours=36)

    clock.now = renewal - timedelta(seconds=1)
    assert tls.changes(made, made.inputs) == {}
    refreshed = tls.refresh(made)
    assert refreshed is not None and refreshed["readyForRenewal"] is False

    clock.now = renewal
    assert tls.changes(made, made.inputs) == {"readyForRenewal": "UPDATE_REPLACE"}
    refreshed = tls.refresh(made)
    assert refreshed is not None and refreshed["readyForRenewal"] is True
    assert refreshed["certPem"] == made["certPem"]


def test_earlier_renewal_is_noted_in_place(tls: EngineSide) -> None:
    made = authority(tls, p256(tls))
    inputs = {**made.inputs, "earlyRenewalHours": 6}

    assert tls.changes(made, inputs) == {"earlyRenewalHours": "UPDATE"}
    updated = tls.update(made, inputs)
    assert updated["earlyRenewalHours"] == 6
    assert updated["certPem"] == made["certPem"]
    assert isinstance(updated.outputs["privateKeyPem"], Secret)


@pytest.mark.parametrize(
    ("property_", "value"),
    [
        ("dnsNames", ["other.test"]),
        ("allowedUses", ["server_auth"]),
        ("validityPeriodHours", 49),
        ("isCaCertificate", False),
        ("setSubjectKeyId", True),
        ("maxPathLength", 1),
        ("subject", {"commonName": "another"}),
        ("privateKeyPem", UNKNOWN),
    ],
)
def test_every_other_change_makes_another_certificate(
    tls: EngineSide, property_: str, value: Any
) -> None:
    made = authority(tls, p256(tls))

    found = tls.changes(made, {**made.inputs, property_: value})

    assert list(found) == [property_]
    assert found[property_].endswith("_REPLACE")


def test_keys_are_secret_in_the_outputs_though_the_program_did_not_say_so(tls: EngineSide) -> None:
    key = p256(tls)
    ca = authority(tls, key)
    leaf = signed(tls, key, ca, request(tls, key))

    for made, name in ((ca, "privateKeyPem"), (leaf, "caPrivateKeyPem")):
        assert made.outputs[name] == Secret(key["privateKeyPem"])
        assert isinstance(made.outputs["certPem"], str)


def test_a_write_only_key_signs_and_is_not_kept(tls: EngineSide) -> None:
    key = p256(tls)
    made = tls.create(
        SELF_SIGNED,
        {
            "privateKeyPemWo": key["privateKeyPem"],
            "privateKeyPemWoVersion": 1,
            "allowedUses": ["server_auth"],
            "validityPeriodHours": 1,
        },
    )

    assert "privateKeyPemWo" not in made.outputs
    assert made["keyAlgorithm"] == "ECDSA"
    other = p256(tls)["privateKeyPem"]
    assert tls.changes(made, {**made.inputs, "privateKeyPemWo": other}) == {
        "privateKeyPemWo": "UPDATE"
    }
    assert tls.changes(made, {**made.inputs, "privateKeyPemWoVersion": 2}) == {
        "privateKeyPemWoVersion": "UPDATE_REPLACE"
    }


def test_a_preview_with_an_unknown_key_knows_what_is_asked(tls: EngineSide) -> None:
    previewed = tls.preview(
        SELF_SIGNED,
        {
            "privateKeyPem": Secret(UNKNOWN),
            "allowedUses": ["server_auth", UNKNOWN],
            "validityPeriodHours": 1,
            "isCaCertificate": True,
            "subject": {"commonName": UNKNOWN},
        },
    )

    assert previewed["validityPeriodHours"] == 1
    assert previewed["earlyRenewalHours"] == 0
    assert previewed["certPem"] is UNKNOWN
    assert previewed["validityEndTime"] is UNKNOWN


def test_an_authority_signs_only_with_its_own_key(tls: EngineSide) -> None:
    key, other = p256(tls), p256(tls)
    with pytest.raises(grpc.RpcError, match="caPrivateKeyPem is not the key of caCertPem"):
        signed(tls, other, authority(tls, key), request(tls, key))


def test_an_authority_without_a_name_is_not_signed(tls: EngineSide) -> None:
    key = p256(tls)
    ca = authority(tls, key)
    with pytest.raises(grpc.RpcError, match="certRequestPem has no subject"):
        signed(tls, key, ca, request(tls, key, subject={}), isCaCertificate=True)
