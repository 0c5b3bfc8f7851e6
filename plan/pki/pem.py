"""Certificates and keys in PEM, read and judged; no fault shows a key or what is like one.

Each check returns the sentence that says what is wrong, or nothing.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from ipaddress import ip_address
from itertools import permutations

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from plan.pki.files import SUBJECT_MAX
from plan.pki.signers import (
    CURVES,
    RSA_BITS_LEAST,
    VouchedFor,
    extension,
    form_faults,
    names_of,
    signature_faults,
    vouching_faults,
)
from plan.pki.table import Certificate

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
# RFC 5280, 4.2.1.1 and 4.2.1.2, which OpenSSL asks for with X509_V_FLAG_X509_STRICT; Python's ssl
# sets that flag by default since 3.13 (ssl.create_default_context).
_STRICT = "without which strict readers such as Python's refuse what it vouches for; have one added"
_STRICT_FORM = "which strict readers such as Python's refuse; have it made so that they do not"


class UnreadableError(ValueError):
    """Text that is not what it should be; the sentence holds nothing of it."""


def read_certificates(pem: str) -> list[x509.Certificate]:
    """All certificates of a text, at least one."""
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
        for certificate in found:  # what lies within is read when it is asked for
            public_bytes(certificate)
            _ = certificate.extensions, certificate.subject, certificate.issuer
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension):
        raise UnreadableError(
            "holds no certificate that can be read; write it in PEM, whole and unchanged, with a "
            "key of RSA or ECDSA"
        ) from None
    return found


def read_key(pem: str, passphrase: str | None) -> PrivateKey:
    """A private key, opened with the passphrase where it is encrypted."""
    encrypted = "ENCRYPTED" in pem
    if encrypted and not passphrase:
        raise UnreadableError(
            "is encrypted; give its passphrase with pulumi config set --secret "
            "heiiki-pki:passphrase"
        )
    password = passphrase.encode() if encrypted and passphrase else None
    try:
        key = load_pem_private_key(pem.encode(), password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        reason = "does not open with heiiki-pki:passphrase" if encrypted else "cannot be read"
        raise UnreadableError(f"{reason}; give a private key in PEM, PKCS#8 at best") from None
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= RSA_BITS_LEAST:
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in CURVES:
        return key
    raise UnreadableError(
        f"is of a kind that not every program here takes; make one of RSA with {RSA_BITS_LEAST} "
        "bits or more, or ECDSA on P-256 or P-384"
    )


def key_pem(key: PrivateKey) -> str:
    """The key as machines read it: PKCS#8, in the clear."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: PrivateKey) -> str:
    """Its public half."""
    form = PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(Encoding.PEM, form).decode()


def public_bytes(holder: x509.Certificate | PrivateKey) -> bytes:
    """By which a key and its certificate are known to belong together."""
    form = PublicFormat.SubjectPublicKeyInfo
    return holder.public_key().public_bytes(Encoding.DER, form)


def authority_faults(certificate: x509.Certificate, today: datetime) -> Iterator[str]:
    """Why it can be no authority that signs programs' certificates."""
    constraints = _constraints(certificate)
    if constraints is None or not constraints.value.ca:
        yield "is no authority's certificate (basic constraints: CA:TRUE); give that of the signer"
    elif not constraints.critical:
        yield f"has basic constraints that are not critical, {_STRICT_FORM}"
    usage = extension(certificate, x509.KeyUsage)
    if usage is None or not usage.key_cert_sign:
        yield "may sign no certificate (key usage keyCertSign); have one issued that may"
    size = len(certificate.subject.public_bytes())
    if size > SUBJECT_MAX:
        yield f"has a name of {size} bytes, and {SUBJECT_MAX} are taken; have one with a shorter"
    if extension(certificate, x509.SubjectKeyIdentifier) is None:
        yield f"has no subject key identifier, {_STRICT}"
    yield from form_faults(certificate)
    yield from _date_faults(certificate, today)


def _date_faults(certificate: x509.Certificate, today: datetime) -> Iterator[str]:
    if today < certificate.not_valid_before_utc:
        yield f"is valid from {certificate.not_valid_before_utc:%Y-%m-%d} only; give one of today"
    if today >= certificate.not_valid_after_utc:
        yield f"has ended on {certificate.not_valid_after_utc:%Y-%m-%d}; give a new one"


def anchor_faults(anchors: Sequence[x509.Certificate]) -> Iterator[str]:
    """Whether what is to be trusted is trusted too far: one has signed another of them."""
    pairs = [p for p in permutations(anchors, 2) if len({public_bytes(c) for c in p}) > 1]
    if any(is_signed_by(a, b) for a, b in pairs):  # one that was renewed has the same key
        yield (
            "holds an authority with the one that has signed it: whoever that one signs for "
            "elsewhere would be a user of this cluster; write the authority alone"
        )


def is_signed_by(certificate: x509.Certificate, signer: x509.Certificate) -> bool:
    """By name and by signature."""
    try:
        certificate.verify_directly_issued_by(signer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def vouches(above: x509.Certificate, below: x509.Certificate) -> bool:
    """Whether what one signs is taken for what the other has; not where it may sign no more."""
    limit = extension(above, x509.BasicConstraints)
    ends = limit is not None and limit.path_length == 0
    return public_bytes(above) != public_bytes(below) and not ends and is_signed_by(below, above)


def certificate_faults(
    row: Certificate,
    chain: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    today: datetime,
) -> Iterator[str]:
    """Why a program's certificate is not what its row of the table says."""
    yield from program_faults(row, chain, anchors, today)
    yield from _name_faults(row, chain[0])


def program_faults(
    row: Certificate,
    chain: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    today: datetime,
) -> Iterator[str]:
    """The same, whatever it is called: others, who take it, have named it."""
    certificate, path = chain[0], _path(chain, anchors)
    if not path:
        yield f"is not signed by {row.authority}-ca.crt, directly or by those that follow it"
    yield from _path_faults(row, path, today)
    if _is_authority(certificate):
        yield "is an authority's; give a program's"
    if extension(certificate, x509.AuthorityKeyIdentifier) is None:
        yield f"has no authority key identifier, {_STRICT}"
    yield from form_faults(certificate)
    yield from _date_faults(certificate, today)
    yield from _usage_faults(row, certificate)


def _path(
    chain: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """The program's, those that follow as far as they are needed, and the one that is trusted."""
    signed, *signers = chain
    for anchor in anchors:
        if is_signed_by(signed, anchor):
            return (signed, anchor)
    if not signers or not _is_authority(signers[0]) or not is_signed_by(signed, signers[0]):
        return ()
    rest = _path(signers, anchors)
    return (signed, *rest) if rest else ()


def _path_faults(
    row: Certificate, path: Sequence[x509.Certificate], today: datetime
) -> Iterator[str]:
    """Of each that stands over a program's; what is trusted itself is judged where it is given."""
    for certificate in path[:-1]:
        yield from signature_faults(certificate)
    for between, signer in enumerate(path[1:]):
        for_it = VouchedFor(row.server, row.client, names_of(path[0]))
        told = [*vouching_faults(signer, for_it, between=between)]
        if signer is not path[-1]:
            told += authority_faults(signer, today)
            if extension(signer, x509.AuthorityKeyIdentifier) is None:
                told.append(f"has no authority key identifier, {_STRICT}")
        for sentence in told:
            yield f"is signed by {signer.subject.rfc4514_string()}, which {sentence}"


def _is_authority(certificate: x509.Certificate) -> bool:
    constraints = _constraints(certificate)
    return constraints is not None and constraints.value.ca


def _constraints(
    certificate: x509.Certificate,
) -> x509.Extension[x509.BasicConstraints] | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return None


def _usage_faults(row: Certificate, certificate: x509.Certificate) -> Iterator[str]:
    extended = extension(certificate, x509.ExtendedKeyUsage)
    usages = set(extended or ())
    for wanted, oid, name in (
        (row.server, ExtendedKeyUsageOID.SERVER_AUTH, "serverAuth"),
        (row.client, ExtendedKeyUsageOID.CLIENT_AUTH, "clientAuth"),
    ):
        if wanted and oid not in usages:
            yield f"has no extended key usage {name}, without which it is refused; add it"
    usage = extension(certificate, x509.KeyUsage)  # RFC 8446, 4.4.2.2
    if usage is not None and not usage.digital_signature:
        yield "may not sign what its holder says (key usage digitalSignature), as TLS asks; add it"
    if usage is not None and usage.key_cert_sign:
        yield f"may sign certificates (key usage keyCertSign) and is no authority's, {_STRICT_FORM}"


def _name_faults(row: Certificate, certificate: x509.Certificate) -> Iterator[str]:
    subject = certificate.subject
    if row.client:
        names = [str(n.value) for n in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        if names != [row.common_name]:
            yield (
                f"has the common name {', '.join(names) or '(none)'}, by which its holder is "
                f"known; have it issued for {row.common_name}"
            )
    groups = {str(n.value) for n in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)}
    if (row.client or "system:masters" in groups) and groups != set(row.organizations):
        wanted = ", ".join(row.organizations) or "no organization"
        told = ", ".join(sorted(groups)) or "no organization"
        yield f"has {told}, which Kubernetes takes for groups; have it issued with {wanted}"
    found = extension(certificate, x509.SubjectAlternativeName) or x509.SubjectAlternativeName([])
    covered = {name.lower() for name in found.get_values_for_type(x509.DNSName)}
    addresses = set(found.get_values_for_type(x509.IPAddress))
    missing = [name for name in row.dns_names if name not in covered]
    missing += [text for text in row.ip_addresses if ip_address(text) not in addresses]
    if missing:
        yield f"does not cover {', '.join(missing)}; have it issued for every name of its row"
