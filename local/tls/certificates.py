"""Certificates and requests, as pulumi-tls makes them.

Contents: internal/provider/common_cert.go of github.com/hashicorp/terraform-provider-tls; which
extensions are critical and the order of names: Go's crypto/x509 and crypto/x509/pkix.
"""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.provider_answers import ProviderError
from local.provider_values import Properties
from local.tls.keys import PrivateKey, PublicKey

KEY_USAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "digital_signature": "digital_signature",
        "content_commitment": "content_commitment",
        "key_encipherment": "key_encipherment",
        "data_encipherment": "data_encipherment",
        "key_agreement": "key_agreement",
        "cert_signing": "key_cert_sign",
        "crl_signing": "crl_sign",
        "encipher_only": "encipher_only",
        "decipher_only": "decipher_only",
    }
)
"""allowedUses that are bits of the key usage, with the name of the bit."""

EXTENDED_KEY_USAGES: Final[Mapping[str, x509.ObjectIdentifier]] = MappingProxyType(
    {
        "any_extended": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
        "server_auth": ExtendedKeyUsageOID.SERVER_AUTH,
        "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH,
        "code_signing": ExtendedKeyUsageOID.CODE_SIGNING,
        "email_protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
        "ipsec_end_system": x509.ObjectIdentifier("1.3.6.1.5.5.7.3.5"),
        "ipsec_tunnel": x509.ObjectIdentifier("1.3.6.1.5.5.7.3.6"),
        "ipsec_user": x509.ObjectIdentifier("1.3.6.1.5.5.7.3.7"),
        "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
        "ocsp_signing": ExtendedKeyUsageOID.OCSP_SIGNING,
        "microsoft_server_gated_crypto": x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"),
        "netscape_server_gated_crypto": x509.ObjectIdentifier("2.16.840.1.113730.4.1"),
        "microsoft_commercial_code_signing": x509.ObjectIdentifier("1.3.6.1.4.1.311.2.1.22"),
        "microsoft_kernel_code_signing": x509.ObjectIdentifier("1.3.6.1.4.1.311.61.1.1"),
    }
)
ALLOWED_USES: Final = tuple(sorted([*KEY_USAGES, *EXTENDED_KEY_USAGES]))

SUBJECT_NAMES: Final[Mapping[str, x509.ObjectIdentifier]] = MappingProxyType(
    {
        "country": NameOID.COUNTRY_NAME,
        "organization": NameOID.ORGANIZATION_NAME,
        "organizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
        "locality": NameOID.LOCALITY_NAME,
        "province": NameOID.STATE_OR_PROVINCE_NAME,
        "streetAddresses": NameOID.STREET_ADDRESS,
        "postalCode": NameOID.POSTAL_CODE,
        "commonName": NameOID.COMMON_NAME,
        "serialNumber": NameOID.SERIAL_NUMBER,
        "emailAddress": NameOID.EMAIL_ADDRESS,
    }
)
"""In the order in which they stand in a certificate."""

_GENERAL_NAMES: Final[Mapping[str, Callable[[str], x509.GeneralName]]] = MappingProxyType(
    {
        "dnsNames": x509.DNSName,
        "ipAddresses": lambda text: x509.IPAddress(ipaddress.ip_address(text)),
        "uris": x509.UniformResourceIdentifier,
    }
)
GENERAL_NAMES: Final = tuple(_GENERAL_NAMES)


def general_name(property_: str, text: str) -> x509.GeneralName:
    """ValueError when the text is none of its kind."""
    return _GENERAL_NAMES[property_](text)


def name_part(property_: str, value: str | Sequence[str]) -> x509.RelativeDistinguishedName:
    """One property of a subject; ValueError when X.509 has no such name."""
    values = [value] if isinstance(value, str) else value
    oid = SUBJECT_NAMES[property_]
    return x509.RelativeDistinguishedName(x509.NameAttribute(oid, text) for text in values)


def subject_of(inputs: Properties) -> x509.Name:
    given = inputs.get("subject") or {}
    return x509.Name([name_part(name, given[name]) for name in SUBJECT_NAMES if given.get(name)])


def alternative_names_of(inputs: Properties) -> list[x509.GeneralName]:
    return [
        general_name(property_, text)
        for property_ in GENERAL_NAMES
        for text in inputs.get(property_) or ()
    ]


def key_usage(uses: Sequence[str]) -> x509.KeyUsage:
    """ValueError when the uses contradict one another."""
    return x509.KeyUsage(**{bit: use in uses for use, bit in KEY_USAGES.items()})


@dataclass(frozen=True)
class Issuer:
    """Who signs: its name, its key, and the identifier of its key where its certificate has one."""

    name: x509.Name
    key: PrivateKey
    key_id: bytes | None


@dataclass(frozen=True)
class Holder:
    """Whom the certificate is about."""

    name: x509.Name
    alternative_names: Sequence[x509.GeneralName]
    key: PublicKey


def key_id_of(key: PublicKey) -> bytes:
    return x509.SubjectKeyIdentifier.from_public_key(key).digest


def request(inputs: Properties, key: PrivateKey) -> x509.CertificateSigningRequest:
    builder = x509.CertificateSigningRequestBuilder(subject_name=subject_of(inputs))
    if names := alternative_names_of(inputs):
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, _digest(key))


def certificate(
    inputs: Properties, holder: Holder, issuer: Issuer, start: datetime
) -> x509.Certificate:
    """`inputs` with their defaults filled in."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(holder.name)
        .issuer_name(issuer.name)
        .public_key(holder.key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(hours=inputs["validityPeriodHours"]))
    )
    for extension, critical in _extensions(inputs, holder, issuer):
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer.key, _digest(issuer.key))


def _extensions(
    inputs: Properties, holder: Holder, issuer: Issuer
) -> list[tuple[x509.ExtensionType, bool]]:
    uses, is_authority = inputs["allowedUses"], inputs["isCaCertificate"]
    extensions: list[tuple[x509.ExtensionType, bool]] = []
    if any(use in KEY_USAGES for use in uses):
        extensions.append((key_usage(uses), True))
    if extended := [EXTENDED_KEY_USAGES[use] for use in uses if use in EXTENDED_KEY_USAGES]:
        extensions.append((x509.ExtendedKeyUsage(extended), False))
    longest = inputs.get("maxPathLength", -1)
    limit = longest if is_authority and longest >= 0 else None
    extensions.append((x509.BasicConstraints(ca=is_authority, path_length=limit), True))
    if has_key_id(inputs):
        extensions.append((x509.SubjectKeyIdentifier(key_id_of(holder.key)), False))
    # Go names the key of every issuer but the certificate itself, asked or not.
    names_issuer_key = inputs.get("setAuthorityKeyId", False) or holder.name != issuer.name
    if names_issuer_key and issuer.key_id is not None:
        identifier = x509.AuthorityKeyIdentifier(issuer.key_id, None, None)
        extensions.append((identifier, False))
    if holder.alternative_names:
        names = x509.SubjectAlternativeName(holder.alternative_names)
        extensions.append((names, not list(holder.name)))
    return extensions


def has_key_id(inputs: Properties) -> bool:
    return bool(inputs.get("isCaCertificate") or inputs.get("setSubjectKeyId"))


def _digest(key: PrivateKey) -> Any:
    """As Go chooses. `Any`: cryptography names the admitted hashes in a private type."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.key_size > 256:
        return hashes.SHA384() if key.curve.key_size == 384 else hashes.SHA512()
    return hashes.SHA256()


def load_request(pem: str) -> x509.CertificateSigningRequest:
    try:
        return x509.load_pem_x509_csr(pem.encode())
    except ValueError:
        raise ProviderError(
            "certRequestPem is not a certificate request in PEM; give the certRequestPem of a "
            "tls CertRequest"
        ) from None


def load_certificate(pem: str) -> x509.Certificate:
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        found = []
    if len(found) != 1:
        raise ProviderError(
            f"caCertPem holds {len(found)} certificates in PEM, and must hold one; give the "
            "certPem of the authority alone, not its chain"
        )
    return found[0]


def extension_of(
    source: x509.Certificate | x509.CertificateSigningRequest, kind: type[Any]
) -> Any | None:
    """The value of an extension, where there is one."""
    try:
        return source.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
