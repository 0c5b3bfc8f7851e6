"""An operator's own authority: certificates and keys as somebody else's tools make them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from plan.pki.table import Certificate, PkiPlan

TODAY = datetime(2026, 11, 28, tzinfo=UTC)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def pem_of(key: Any, passphrase: str | None = None) -> str:
    """PKCS#8, encrypted where there is a passphrase."""
    how: Any = NoEncryption()
    if passphrase is not None:
        how = BestAvailableEncryption(passphrase.encode())
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how).decode())


@dataclass(frozen=True)
class Theirs:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Any

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()


def authority(
    name: str, by: Theirs | None = None, *, days: int = 3650, ca: bool = True,
    start: datetime = TODAY - timedelta(days=1), signs: bool = True, key: Any = None,
    identified: bool = True, organizations: Sequence[str] = (), path_length: int | None = None,
    critical: bool = True, more: Sequence[x509.ExtensionType] = (),
) -> Theirs:  # fmt: skip
    """A root, or one that another has signed. more: extensions, which are critical."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    subject = _name(name, *organizations)
    builder = _builder(subject, by.certificate.subject if by else subject, own, start, days)
    builder = builder.add_extension(x509.BasicConstraints(ca, path_length), critical)
    for extension in more:
        builder = builder.add_extension(extension, True)
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "encipher_only", "decipher_only"), False,
    )  # fmt: skip
    builder = builder.add_extension(
        x509.KeyUsage(digital_signature=True, key_cert_sign=signs, crl_sign=signs, **usage), True
    )
    if identified:
        builder = _identified(builder, own, by.key if by else own)
    return Theirs(builder.sign(by.key if by else own, SHA256()), own)


def _identified(builder: x509.CertificateBuilder, own: Any, by: Any) -> x509.CertificateBuilder:
    ours = x509.SubjectKeyIdentifier.from_public_key(own.public_key())
    theirs = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key())
    return builder.add_extension(ours, False).add_extension(theirs, False)


def leaf(
    row: Certificate, by: Theirs, *, days: int = 365, common_name: str | None = None,
    organizations: Sequence[str] | None = None, leave_out: Sequence[str] = (),
    server: bool | None = None, client: bool | None = None, ca: bool = False,
    start: datetime = TODAY - timedelta(days=1), identified: bool = True,
    more: Sequence[x509.ExtensionType] = (), signed_by: HashAlgorithm | None = None,
) -> Theirs:  # fmt: skip
    """A program's certificate, as its row says but for what is told otherwise."""
    own = ec.generate_private_key(ec.SECP256R1())
    groups = row.organizations if organizations is None else organizations
    subject = _name(row.common_name if common_name is None else common_name, *groups)
    builder = _builder(subject, by.certificate.subject, own, start, days)
    names: list[x509.GeneralName] = [x509.DNSName(n) for n in row.dns_names if n not in leave_out]
    names += [x509.IPAddress(ip_address(a)) for a in row.ip_addresses if a not in leave_out]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    uses = [
        oid
        for wanted, oid in (
            (row.server if server is None else server, ExtendedKeyUsageOID.SERVER_AUTH),
            (row.client if client is None else client, ExtendedKeyUsageOID.CLIENT_AUTH),
        )
        if wanted
    ]
    if uses:
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), False)
    for extension in more:
        builder = builder.add_extension(extension, True)
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(True, None), True)
    if identified:
        builder = _identified(builder, own, by.key)
    return Theirs(builder.sign(by.key, signed_by or SHA256()), own)


def _name(common_name: str, *organizations: str) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, o) for o in organizations]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Any, start: datetime, days: int
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        subject_name=subject,
        issuer_name=issuer,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=start,
        not_valid_after=start + timedelta(days=days),
    )


def everything(
    plan: PkiPlan, passphrase: str | None = None
) -> tuple[dict[str, Theirs], dict[str, Any], dict[str, str]]:
    """A whole PKI of an operator's: authorities, files of the stack file, secrets."""
    authorities = {name: authority(f"bank {name}") for name in plan.authorities}
    files = {f"{name}-ca.crt": made.pem for name, made in authorities.items()}
    secrets = {"kubelet-ca.key": pem_of(authorities["kubelet"].key, passphrase)}
    for row in plan.certificates.values():
        made = leaf(row, authorities[row.authority])
        files[f"{row.name}.crt"] = made.pem
        secrets[f"{row.name}.key"] = pem_of(made.key, passphrase)
    token = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    secrets["service-account.key"] = pem_of(token, passphrase)
    if passphrase is not None:
        secrets["passphrase"] = passphrase
    return authorities, files, secrets
