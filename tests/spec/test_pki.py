"""What the operator reads of a PKI or an encryption that cannot be."""

from typing import Any

import pytest
from pydantic import Field

from spec.base import Spec
from spec.encryption import EncryptionSpec
from spec.errors import SpecError, parse
from spec.pki import PkiSpec, secrets_in

PEM = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"


class Both(Spec):
    pki: PkiSpec = Field(default_factory=lambda: parse_pki({}))
    encryption: EncryptionSpec | None = None


def parse_pki(asked: dict[str, Any]) -> Any:
    return parse(Both, {"pki": asked}, where="test").pki


def told(asked: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(SpecError) as failed:
        parse(Both, asked, where="test")
    assert "PRIVATE KEY-----\nhunter2" not in str(failed.value)
    return [(f.path, f.message) for f in failed.value.faults]


def test_the_smallest_is_generated_on_a_curve_with_tokens_by_rsa() -> None:
    found = parse_pki({})
    assert (found.kind, found.algorithm, found.service_account_algorithm) == (
        "generate", "ECDSA-P256", "RSA-2048",
    )  # fmt: skip
    validity = found.validity
    assert (validity.authority_days, validity.certificate_days) == (3650, 365)
    assert (validity.renew_before_days, validity.administrator_hours) == (30, 24)
    assert found.rotation.of("front-proxy").trusted == (1,)


SUPPLIED = {"kind": "caSupplied", "authorities": {"kubernetes": {"certificate": PEM}}}


@pytest.mark.parametrize(
    ("asked", "path", "sentence"),
    [
        ({"pki": {"kind": "own"}}, "pki.kind", "must be one of 'generate', 'caSupplied'"),
        ({"pki": {"algorithm": "RSA-1024"}}, "pki.algorithm", "must be 'ECDSA-P256'"),
        ({"pki": {"rotation": {"etcd": {"generation": 1, "alsoTrusted": 3}}}},
         "pki.rotation.etcd", "alsoTrusted 3 is no neighbour of generation 1; write 2, and rotate"),
        ({"pki": {"rotation": {"etcd": {"generation": 2, "alsoTrusted": 2}}}},
         "pki.rotation.etcd", "write 1 or 3"),
        ({"pki": {"validity": {"certificateDays": 20}}}, "pki.validity",
         "renewBeforeDays 30 leaves nothing of certificateDays 20"),
        ({"pki": {"validity": {"certificateDays": 400, "authorityDays": 400}}}, "pki.validity",
         "certificateDays 400 outlives authorityDays 400"),
        ({"pki": {"expiry": {"failDays": 90}}}, "pki.expiry", "failDays 90 leaves no warning"),
        ({"pki": {"validity": {"renewBeforeDays": 13}}}, "pki",
         "validity.renewBeforeDays 13 is less than expiry.failDays 14: what ends within 14 days "
         "would fail the `up` that alone could renew it; write renewBeforeDays 14 or more"),
        ({"pki": {"apiServerNames": ["*.example.com"]}}, "pki",
         "apiServerNames has *.example.com, which other hosts would answer to"),
        ({"pki": {"kind": "caSupplied"}}, "pki.authorities", "is missing"),
        ({"pki": {**SUPPLIED, "rotation": {"kubernetes": {"generation": 2}}}}, "pki",
         "write its next certificate under authorities.kubernetes.alsoTrusted instead"),
        ({"pki": {"kind": "caSupplied", "authorities": {
            "kubernetes": {"certificate": PEM}, "frontProxy": {"certificate": PEM + "\n"}}}},
         "pki.authorities", "frontProxy has the certificate of kubernetes; what one signs"),
        ({"pki": {"kind": "caSupplied", "authorities": {
            "kubernetes": {"certificate": "-----BEGIN PRIVATE KEY-----\nhunter2"}}}},
         "pki.authorities.kubernetes.certificate", "holds a private key, which no stack file may"),
        ({"pki": {"kind": "caSupplied", "authorities": {
            "kubernetes": {"certificate": "ca.crt"}}}},
         "pki.authorities.kubernetes.certificate", "must be certificates in PEM"),
        ({"pki": {"kind": "supplied", "files": {"kube-apiserver.key": PEM}}},
         "pki.files.kube-apiserver.key", "must be a file's name as in the table"),
        ({"pki": {"rotation": {"serviceAccounts": {}}}}, "pki.rotation.serviceAccounts",
         "did you mean serviceAccount?"),
        ({"encryption": {"kind": "localKeys", "provider": "aesgcm"}}, "encryption.provider",
         "must be 'secretbox' or 'aescbc'"),
        ({"encryption": {"moreResources": ["Secrets!"]}}, "encryption.moreResources.0",
         "must be a resource as the API names it"),
        ({"encryption": {"moreResources": ["serviceipallocations"]}}, "encryption.moreResources.0",
         "is what the API server keeps for itself and never encrypts; leave it out"),
        ({"encryption": {"moreResources": ["events.events.k8s.io"]}}, "encryption.moreResources.0",
         "is of the group events.k8s.io, by which the API server encrypts nothing; write events"),
        *(({"encryption": {"moreResources": [written]}}, "encryption.moreResources.0", sentence)
          for written, sentence in (
              ("configmap", "is nothing that the API keeps; is configmaps meant?"),
              ("deployments", "is deployments.apps meant?"),
              ("ingress.batch", "known here: cronjobs, jobs; of a definition of your own"),
              ("widgets", "write the group too, such as widgets.example.com"))),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_with_its_way_out(asked, path, sentence) -> None:
    assert [(p, m) for p, m in told(asked) if p == path and sentence in m], told(asked)


def test_public_keys_stand_beside_certificates() -> None:
    public = "-----BEGIN PUBLIC KEY-----\nMII\n-----END PUBLIC KEY-----\n"
    found = parse_pki({"kind": "supplied", "files": {"service-account.pub": public}})
    assert found.files == {"service-account.pub": public}


def test_a_rotation_of_what_is_not_supplied_is_counted() -> None:
    found = parse_pki({**SUPPLIED, "rotation": {"etcd": {"generation": 2, "alsoTrusted": 1}}})
    assert found.rotation.of("etcd").trusted == (2, 1)


def test_secrets_are_those_of_their_own_namespace() -> None:
    config = {"heiiki:name": "own", "heiiki-pki:passphrase": "p", "aws:region": "r"}
    assert secrets_in(config) == {"passphrase": "p"}


def test_encryption_is_by_kms_unless_told_otherwise() -> None:
    found = parse(Both, {"encryption": {}}, where="test").encryption
    assert found is not None and found.kind == "kms"
