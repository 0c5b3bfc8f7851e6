"""Bad inputs: every fault at once, by property, with what to write instead."""

from typing import Any

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.runtime.proto import provider_pb2

from local.provider_answers import Subject
from local.provider_values import UNKNOWN, Secret
from local.tls.provider import create_servicer
from local.tls.resources import RESOURCES

from .conftest import LOCALLY_SIGNED, PRIVATE_KEY, REQUEST, SELF_SIGNED, authority, p256
from .engine_side import EngineSide

SOUND: dict[str, Any] = {
    "privateKeyPem": UNKNOWN,
    "allowedUses": ["server_auth"],
    "validityPeriodHours": 1,
    "subject": {"commonName": "cn"},
}


@pytest.mark.parametrize(
    ("inputs", "property_", "reason"),
    [
        ({}, "algorithm", "algorithm is missing"),
        (
            {"algorithm": "DSA"},
            "algorithm",
            "algorithm is 'DSA', and must be one of RSA, ECDSA, ED25519",
        ),
        (
            {"algorithm": "ECDSA", "ecdsaCurve": "secp256k1"},
            "ecdsaCurve",
            "ecdsaCurve is 'secp256k1', and must be one of P224, P256, P384, P521",
        ),
        (
            {"algorithm": "RSA", "rsaBits": 512},
            "rsaBits",
            "rsaBits is 512, and must be 1024 to 16384",
        ),
        (
            {"algorithm": "RSA", "rsaBits": 10**6},
            "rsaBits",
            "rsaBits is 1000000, and must be 1024 to 16384",
        ),
        ({"algorithm": "RSA", "rsaBits": "2048"}, "rsaBits", "rsaBits must be a whole number"),
        ({"algorithm": "RSA", "rsaBits": True}, "rsaBits", "rsaBits must be a whole number"),
        (
            {"algorithm": "RSA", "rsabits": 2048},
            "",
            "rsabits is not a property; there are algorithm, ecdsaCurve, rsaBits",
        ),
    ],
)
def test_a_key_that_cannot_be_made(
    tls: EngineSide, inputs: dict[str, Any], property_: str, reason: str
) -> None:
    assert tls.faults(PRIVATE_KEY, inputs) == {property_: reason}


@pytest.mark.parametrize(
    ("changed", "property_", "reason"),
    [
        ({"allowedUses": ["server_auth", "server"]}, "allowedUses[1]", "must be one of any_ext"),
        ({"allowedUses": ["encipher_only"]}, "allowedUses", "say nothing without key_agreement"),
        ({"allowedUses": "server_auth"}, "allowedUses", "must be a list of texts"),
        ({"allowedUses": [1]}, "allowedUses", "must be a list of texts"),
        ({"validityPeriodHours": -1}, "validityPeriodHours", "is -1, and must be 0 to 2562047"),
        ({"earlyRenewalHours": -1}, "earlyRenewalHours", "is -1, and must be 0 to 2562047"),
        ({"validityPeriodHours": 10**9}, "validityPeriodHours", "and must be 0 to 2562047"),
        ({"maxPathLength": -2}, "maxPathLength", "is -2, and must be -1 to 2147483647"),
        ({"isCaCertificate": "yes"}, "isCaCertificate", "must be true or false"),
        ({"dnsNames": ["bücher.test"]}, "dnsNames[0]", "which no certificate can hold"),
        ({"ipAddresses": ["10.0.0.0/8"]}, "ipAddresses[0]", "which no certificate can hold"),
        ({"subject": "CN=x"}, "subject", "must be an object such as"),
        ({"subject": {"CN": "x"}}, "subject.CN", "is not a property; there are commonName, coun"),
        ({"subject": {"country": "Germany"}}, "subject.country", "which no certificate can hold"),
        ({"subject": {"commonName": 1}}, "subject.commonName", "must be a text"),
        ({"privateKeyPem": "secret text"}, "", "is not an unencrypted RSA, ECDSA, ED"),
        (
            {"privateKeyPemWo": UNKNOWN},
            "",
            "give exactly one of privateKeyPem and pri",
        ),
        ({"privateKeyPem": ["secret text"]}, "", "privateKeyPem must be a text"),
        ({"nodes": 1}, "", "nodes is not a property; there are allowedUses"),
    ],
)
def test_a_certificate_that_cannot_be_made(
    tls: EngineSide, changed: dict[str, Any], property_: str, reason: str
) -> None:
    found = tls.faults(SELF_SIGNED, {**SOUND, **changed})

    assert list(found) == [property_]
    assert reason in found[property_]


def test_the_sound_inputs_are_sound(tls: EngineSide) -> None:
    """Else the faults above could come from what they all share."""
    assert tls.faults(SELF_SIGNED, SOUND) == {}


def test_every_fault_is_told_at_once(tls: EngineSide) -> None:
    found = tls.faults(
        LOCALLY_SIGNED, {"allowedUses": ["x"], "validityPeriodHours": -1, "caCertPem": "y"}
    )

    assert list(found) == ["certRequestPem", "", "allowedUses[0]", "validityPeriodHours"]


def test_an_authority_needs_a_subject(tls: EngineSide) -> None:
    key = p256(tls)["privateKeyPem"]
    inputs = {**SOUND, "privateKeyPem": key, "isCaCertificate": True}

    for subject in ({}, {"commonName": ""}):
        found = tls.faults(SELF_SIGNED, {**inputs, "subject": subject})
        assert found == {
            "subject": "a certificate authority needs a subject with at least one name"
        }


def test_an_authority_identifier_needs_an_identifier(tls: EngineSide) -> None:
    key = p256(tls)["privateKeyPem"]
    inputs = {**SOUND, "privateKeyPem": key, "setAuthorityKeyId": True}

    assert "set setSubjectKeyId too" in tls.faults(SELF_SIGNED, inputs)["setAuthorityKeyId"]
    assert tls.faults(SELF_SIGNED, {**inputs, "setSubjectKeyId": True}) == {}


@pytest.mark.parametrize(
    ("property_", "reason"),
    [
        ("caCertPem", "caCertPem holds 2 certificates in PEM, and must hold one"),
        ("certRequestPem", "certRequestPem is not a certificate request in PEM"),
    ],
)
def test_a_chain_is_not_an_authority(tls: EngineSide, property_: str, reason: str) -> None:
    key = p256(tls)
    pem = authority(tls, key)["certPem"]
    inputs = {
        "caPrivateKeyPem": key["privateKeyPem"],
        "caCertPem": UNKNOWN,
        "certRequestPem": UNKNOWN,
        "allowedUses": [],
        "validityPeriodHours": 1,
    }

    found = tls.faults(LOCALLY_SIGNED, {**inputs, property_: pem + pem})

    assert found[""].startswith(reason)
    assert tls.faults(LOCALLY_SIGNED, inputs) == {}


def test_no_fault_shows_a_key(tls: EngineSide) -> None:
    key = p256(tls)["privateKeyPem"]
    broken = key.replace("-----END", "-----ENDE")

    for pem in (broken, Secret(broken)):
        found = tls.faults(REQUEST, {"privateKeyPem": pem})
        assert list(found) == [""]
        assert found[""].startswith("privateKeyPem is not an unencrypted")
        assert key.splitlines()[1] not in found[""]


def test_an_unknown_type_is_an_error_that_names_it(tls: EngineSide) -> None:
    with pytest.raises(grpc.RpcError, match="does not know the resource type tls:index/nothing:N"):
        tls.faults("tls:index/nothing:Nothing", {})


def test_a_function_is_an_error_that_names_it(tls: EngineSide) -> None:
    token = "tls:index/getCertificate:getCertificate"
    with pytest.raises(grpc.RpcError, match=f"has no function {token}"):
        tls.stub.Invoke(provider_pb2.InvokeRequest(tok=token))


def test_settings_are_checked(tls: EngineSide) -> None:
    assert tls.check_config(proxy="{}", version="5.6.2") == {}
    assert tls.check_config(prox="{}") == {"prox": "the tls provider has no setting prox"}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@pytest.mark.parametrize("token", RESOURCES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_value_is_checked_without_a_traceback(token: str, data: st.DataObject) -> None:
    names = st.sampled_from(sorted(RESOURCES[token].inputs))
    inputs = data.draw(st.dictionaries(names, VALUES | st.just(UNKNOWN), max_size=6))

    checked = create_servicer().check(Subject(f"urn:pulumi:s::p::{token}::n"), {}, inputs, b"")

    assert checked.inputs == inputs
