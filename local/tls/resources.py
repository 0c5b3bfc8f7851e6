"""What each resource type of pulumi-tls 5.6.2 takes, and how it is made."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from local.provider_answers import ProviderError
from local.provider_values import Properties
from local.tls import certificates, keys

Kind = Literal["str", "int", "bool", "list", "subject"]


@dataclass(frozen=True)
class Resource:
    """A resource type as a table row.

    Attributes:
        inputs: every property that may be given, with its kind.
        one_of: of each of these sets exactly one property must be given.
        in_place: a change of these does not replace.
        make: (id, computed outputs) from inputs with defaults and the time of creation.
    """

    inputs: Mapping[str, Kind]
    required: tuple[str, ...]
    defaults: Properties
    computed: tuple[str, ...]
    make: Callable[[Properties, datetime], tuple[str, Properties]]
    one_of: tuple[tuple[str, str], ...] = ()
    in_place: frozenset[str] = field(default_factory=frozenset)


def _private_key(inputs: Properties, now: datetime) -> tuple[str, Properties]:
    key = keys.generate(inputs["algorithm"], inputs["rsaBits"], inputs["ecdsaCurve"])
    return keys.id_of(key), keys.texts(key)


def _own_key(inputs: Properties, property_: str) -> keys.PrivateKey:
    """The key from `property_`, or from its write-only twin, which is not kept in the outputs."""
    given = property_ if inputs.get(property_) else f"{property_}Wo"
    return keys.load(given, inputs[given])


def _self_signed(inputs: Properties, now: datetime) -> tuple[str, Properties]:
    key = _own_key(inputs, "privateKeyPem")
    name = certificates.subject_of(inputs)
    public = key.public_key()
    key_id = certificates.key_id_of(public) if certificates.has_key_id(inputs) else None
    made = certificates.certificate(
        inputs,
        certificates.Holder(name, certificates.alternative_names_of(inputs), public),
        certificates.Issuer(name, key, key_id),
        now,
    )
    id_, outputs = _certificate_texts(made)
    return id_, {**outputs, "keyAlgorithm": keys.algorithm_of(key)}


def _request(inputs: Properties, now: datetime) -> tuple[str, Properties]:
    key = _own_key(inputs, "privateKeyPem")
    made = certificates.request(inputs, key)
    return hashlib.sha1(made.public_bytes(Encoding.DER)).hexdigest(), {
        "certRequestPem": made.public_bytes(Encoding.PEM).decode(),
        "keyAlgorithm": keys.algorithm_of(key),
    }


def _locally_signed(inputs: Properties, now: datetime) -> tuple[str, Properties]:
    key = _own_key(inputs, "caPrivateKeyPem")
    authority = certificates.load_certificate(inputs["caCertPem"])
    if keys.public_der(key.public_key()) != keys.public_der(authority.public_key()):  # type: ignore[arg-type]
        raise ProviderError(
            "caPrivateKeyPem is not the key of caCertPem; give the key and the certificate of "
            "one authority"
        )
    asked = certificates.load_request(inputs["certRequestPem"])
    if not asked.is_signature_valid:
        raise ProviderError("certRequestPem is not signed by the key that it holds; make it anew")
    if inputs["isCaCertificate"] and not list(asked.subject):
        raise ProviderError(
            "certRequestPem has no subject, and a certificate authority needs one; give the "
            "request a subject with at least one name"
        )
    identifier = certificates.extension_of(authority, x509.SubjectKeyIdentifier)
    made = certificates.certificate(
        inputs,
        certificates.Holder(
            asked.subject,
            list(certificates.extension_of(asked, x509.SubjectAlternativeName) or ()),
            asked.public_key(),  # type: ignore[arg-type]
        ),
        certificates.Issuer(authority.subject, key, identifier and identifier.digest),
        now,
    )
    id_, outputs = _certificate_texts(made)
    return id_, {**outputs, "caKeyAlgorithm": keys.algorithm_of(key)}


def _certificate_texts(made: x509.Certificate) -> tuple[str, Properties]:
    return str(made.serial_number), {
        "certPem": made.public_bytes(Encoding.PEM).decode(),
        "readyForRenewal": False,
        "validityStartTime": _rfc3339(made.not_valid_before_utc),
        "validityEndTime": _rfc3339(made.not_valid_after_utc),
    }


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def is_ready_for_renewal(outputs: Properties, early_renewal_hours: int, now: datetime) -> bool:
    """As to a certificate: whether it has expired, or may be renewed already."""
    end = datetime.fromisoformat(outputs["validityEndTime"])
    return now >= end.astimezone(UTC) - timedelta(hours=early_renewal_hours)


_CERTIFICATE_INPUTS: Final[Mapping[str, Kind]] = {
    "allowedUses": "list",
    "earlyRenewalHours": "int",
    "isCaCertificate": "bool",
    "maxPathLength": "int",
    "setSubjectKeyId": "bool",
    "validityPeriodHours": "int",
}
_CERTIFICATE_DEFAULTS: Final[Properties] = {
    "earlyRenewalHours": 0,
    "isCaCertificate": False,
    "setSubjectKeyId": False,
}
_CERTIFICATE_COMPUTED: Final = (
    "certPem",
    "readyForRenewal",
    "validityStartTime",
    "validityEndTime",
)
_HOLDER_INPUTS: Final[Mapping[str, Kind]] = {
    "dnsNames": "list",
    "ipAddresses": "list",
    "privateKeyPem": "str",
    "privateKeyPemWo": "str",
    "privateKeyPemWoVersion": "int",
    "subject": "subject",
    "uris": "list",
}
_HOLDER_KEY: Final = ("privateKeyPem", "privateKeyPemWo")
_AUTHORITY_KEY: Final = ("caPrivateKeyPem", "caPrivateKeyPemWo")

RESOURCES: Final[Mapping[str, Resource]] = MappingProxyType(
    {
        "tls:index/privateKey:PrivateKey": Resource(
            inputs={"algorithm": "str", "ecdsaCurve": "str", "rsaBits": "int"},
            required=("algorithm",),
            defaults={"ecdsaCurve": "P224", "rsaBits": 2048},
            computed=(
                "privateKeyOpenssh",
                "privateKeyPem",
                "privateKeyPemPkcs8",
                "publicKeyFingerprintMd5",
                "publicKeyFingerprintSha256",
                "publicKeyOpenssh",
                "publicKeyPem",
            ),
            make=_private_key,
        ),
        "tls:index/selfSignedCert:SelfSignedCert": Resource(
            inputs={**_CERTIFICATE_INPUTS, **_HOLDER_INPUTS, "setAuthorityKeyId": "bool"},
            required=("allowedUses", "validityPeriodHours"),
            defaults={**_CERTIFICATE_DEFAULTS, "setAuthorityKeyId": False},
            computed=(*_CERTIFICATE_COMPUTED, "keyAlgorithm"),
            make=_self_signed,
            one_of=(_HOLDER_KEY,),
            in_place=frozenset({"earlyRenewalHours", "privateKeyPemWo"}),
        ),
        "tls:index/certRequest:CertRequest": Resource(
            inputs=_HOLDER_INPUTS,
            required=(),
            defaults={},
            computed=("certRequestPem", "keyAlgorithm"),
            make=_request,
            one_of=(_HOLDER_KEY,),
            in_place=frozenset({"privateKeyPemWo"}),
        ),
        "tls:index/locallySignedCert:LocallySignedCert": Resource(
            inputs={
                **_CERTIFICATE_INPUTS,
                "caCertPem": "str",
                "caPrivateKeyPem": "str",
                "caPrivateKeyPemWo": "str",
                "caPrivateKeyPemWoVersion": "int",
                "certRequestPem": "str",
            },
            required=("allowedUses", "caCertPem", "certRequestPem", "validityPeriodHours"),
            defaults=_CERTIFICATE_DEFAULTS,
            computed=(*_CERTIFICATE_COMPUTED, "caKeyAlgorithm"),
            make=_locally_signed,
            one_of=(_AUTHORITY_KEY,),
            in_place=frozenset({"earlyRenewalHours", "caPrivateKeyPemWo"}),
        ),
    }
)
