"""Every file of a cluster's store, made by the project's own table, without an engine."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from plan.pki import Certificate, PkiPlan
from plan.pki_files import CLIENT_AUTHORITIES, KUBELET_SIGNING

Key = ec.EllipticCurvePrivateKey
LIFE = timedelta(days=1)


def files_of(plan: PkiPlan) -> dict[str, str]:
    """By file name, as components.pki makes them."""
    found: dict[str, str] = {}
    signing: dict[str, tuple[x509.Certificate, Key]] = {}
    for authority in plan.authorities.values():
        key = ec.generate_private_key(ec.SECP256R1())
        made = _authority(authority.common_name(plan.names.cluster, 1), key)
        signing[authority.name] = made, key
        found |= {f"{authority.name}-ca.crt": _pem(made), f"{authority.name}-ca.key": _key(key)}
    found[CLIENT_AUTHORITIES] = found["kubernetes-ca.crt"] + found["kubelet-ca.crt"]
    found[KUBELET_SIGNING] = found["kubelet-ca.crt"]
    for row in plan.certificates.values():
        key = ec.generate_private_key(ec.SECP256R1())
        found |= {f"{row.name}.crt": _pem(_certificate(row, key, *signing[row.authority])),
                  f"{row.name}.key": _key(key)}  # fmt: skip
    account = rsa.generate_private_key(65537, 2048)
    found["service-account.key"] = _key(account)
    public = account.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return found | {"service-account.pub": public.decode()}


def _authority(name: str, key: Key) -> x509.Certificate:
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = _builder(subject, subject, key).add_extension(x509.BasicConstraints(True, 0), True)
    return made.add_extension(usage, True).sign(key, SHA256())


def _certificate(
    row: Certificate, key: Key, issuer: x509.Certificate, signer: Key
) -> x509.Certificate:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name) for name in row.organizations]
    subject = x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, row.common_name)])
    uses = [ExtendedKeyUsageOID.SERVER_AUTH] * row.server
    uses += [ExtendedKeyUsageOID.CLIENT_AUTH] * row.client
    made = _builder(subject, issuer.subject, key)
    made = made.add_extension(x509.ExtendedKeyUsage(uses), False)
    names = [*map(x509.DNSName, row.dns_names),
             *(x509.IPAddress(ip_address(one)) for one in row.ip_addresses)]  # fmt: skip
    if names:
        made = made.add_extension(x509.SubjectAlternativeName(names), False)
    return made.sign(signer, SHA256())


def _builder(subject: x509.Name, issuer: x509.Name, key: Key) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(hours=1),
        not_valid_after=now + LIFE,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _key(key: Key | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
