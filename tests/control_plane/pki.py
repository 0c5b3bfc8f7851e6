"""Keys and certificates of a self-hosted cluster, made for one test: each with the name, the group
and the use that it has there."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LOCAL_NAMES = ("localhost", "127.0.0.1")
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


@dataclass(frozen=True)
class Signed:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def public_pem(self) -> str:
        form = PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(Encoding.PEM, form).decode()


def authority(name: str, by: Signed | None = None) -> Signed:
    """A root, or one that another has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    builder = _builder(_name(name), by.certificate.subject if by else _name(name), key)
    builder = builder.add_extension(x509.BasicConstraints(True, None), True)
    signer = by.key if by else key
    return Signed(builder.add_extension(usage, True).sign(signer, SHA256()), key)


def signed(
    issuer: Signed,
    name: str,
    *,
    groups: tuple[str, ...] = (),
    server: bool = False,
    hosts: tuple[str, ...] = (),
) -> Signed:
    """A client's certificate, and a server's for this machine, and by the names of `hosts`, where
    `server` asks for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    uses = [CLIENT, SERVER] if server else [CLIENT]
    builder = _builder(_name(name, groups), issuer.certificate.subject, key)
    builder = builder.add_extension(x509.ExtendedKeyUsage(uses), False)
    if server:
        names = [_general_name(name) for name in (*LOCAL_NAMES, *hosts)]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    return Signed(builder.sign(issuer.key, SHA256()), key)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def request(name: str, groups: tuple[str, ...], hosts: tuple[str, ...] = ()) -> str:
    """A request to be signed, as a kubelet makes one."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder(_name(name, groups))
    if hosts:
        names = [_general_name(host) for host in hosts]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


def write(folder: Path, files: dict[str, str]) -> None:
    """Each readable by nobody else."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(content, encoding="utf-8")


def _name(name: str, groups: tuple[str, ...] = ()) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(hours=1),
        not_valid_after=now + timedelta(hours=1),
    )
