"""Certificates for the API server of the tests: an authority, a server, a client."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Pair:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        form = PrivateFormat.PKCS8
        return self.key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def authority(name: str, by: Pair | None = None) -> Pair:
    """A root, or one that another has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(name, _common_name(by) if by else name, key)
    builder = builder.add_extension(x509.BasicConstraints(True, None), True)
    return Pair(builder.sign(by.key if by else key, SHA256()), key)


def signed(issuer: Pair, name: str) -> Pair:
    """For 127.0.0.1 and api.test, when it is a server's."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("api.test")]
    builder = _builder(name, _common_name(issuer), key).add_extension(
        x509.SubjectAlternativeName(names), False
    )
    return Pair(builder.sign(issuer.key, SHA256()), key)


def _common_name(pair: Pair) -> str:
    name = pair.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    return str(name)


def _builder(name: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
        subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(hours=1),
        not_valid_after=now + timedelta(hours=1),
    )
