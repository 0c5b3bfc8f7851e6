"""Whether those that sign may vouch for a certificate: what verifiers ask beyond the signatures.

Nearly all that verifies here is written in Go: its crypto/x509 follows limits of names, of lengths
of paths and of uses on every certificate of a path, that which is trusted included (verify.go,
isValid and checkNameConstraints; parser.go, what it reads of extensions; read 2026-11-30, Go 1.26).
OpenSSL does so too (docs of openssl-verification-options). Each check yields what is wrong, as the
end of a sentence that begins with the certificate.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

T = TypeVar("T", bound=x509.ExtensionType)
RSA_BITS_LEAST = 2048
CURVES = ("secp256r1", "secp384r1", "secp521r1")  # those that Go's TLS verifies
_USES = {"serverAuth": ExtendedKeyUsageOID.SERVER_AUTH,
         "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH}  # fmt: skip
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_CRITICAL = {
    ExtensionOID.KEY_USAGE, ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    ExtensionOID.NAME_CONSTRAINTS, ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.CERTIFICATE_POLICIES, ExtensionOID.POLICY_CONSTRAINTS,
    ExtensionOID.POLICY_MAPPINGS, ExtensionOID.INHIBIT_ANY_POLICY,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class VouchedFor:
    """What a certificate is to be good for. names: None where they are not known before."""

    server: bool
    client: bool
    names: tuple[str, ...] | None

    @property
    def uses(self) -> tuple[str, ...]:
        asked = {"serverAuth": self.server, "clientAuth": self.client}
        return tuple(name for name, wanted in asked.items() if wanted)


def form_faults(certificate: x509.Certificate) -> Iterator[str]:
    """Why a program in Go would refuse it, whoever has signed it."""
    key = certificate.public_key()
    if not _is_known(certificate):
        yield (
            "has its key in a form that programs in Go do not read; have one of RSA, or of ECDSA "
            "on a curve that is named, P-256 or P-384"
        )
    elif isinstance(key, rsa.RSAPublicKey) and key.key_size < RSA_BITS_LEAST:
        yield f"has a key of {key.key_size} bits; have one of {RSA_BITS_LEAST} or more"
    unread = [e.oid for e in certificate.extensions if e.critical and e.oid not in _CRITICAL]
    if unread:
        told = ", ".join(oid.dotted_string for oid in unread)
        yield f"has critical extensions that programs in Go refuse ({told}); have one without them"


def _is_known(certificate: x509.Certificate) -> bool:
    """Not where a curve is written out, nor a key of RSA for one kind of signatures alone."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name not in CURVES:
        return False
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        return False
    usual = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return usual in certificate.tbs_certificate_bytes


def signature_faults(certificate: x509.Certificate) -> Iterator[str]:
    """Of what another has signed; of one that is trusted itself nobody asks."""
    name = certificate.signature_algorithm_oid._name
    if name != "ed25519" and not isinstance(certificate.signature_hash_algorithm, _HASHES):
        yield f"is signed by {name}, which programs in Go refuse; have it signed by SHA-256 or more"


def vouching_faults(
    signer: x509.Certificate, for_it: VouchedFor, *, between: int = 0
) -> Iterator[str]:
    """Why an authority's word is not enough. between: authorities from it down to the program."""
    limit = extension(signer, x509.BasicConstraints)
    if limit is not None and limit.path_length is not None and limit.path_length < between:
        yield (
            f"lets {limit.path_length} authorities stand between it and a program (path length), "
            f"and {between} do; have it signed by one that is nearer"
        )
    uses = set(extension(signer, x509.ExtendedKeyUsage) or ())
    if uses and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE not in uses:
        missing = [name for name in for_it.uses if _USES[name] not in uses]
        if missing:
            yield (
                f"signs for other uses than {' and '.join(missing)} (extended key usage); have one "
                "without such a limit"
            )
    yield from _limit_faults(extension(signer, x509.NameConstraints), for_it.names)


def _limit_faults(
    limits: x509.NameConstraints | None, names: Sequence[str] | None
) -> Iterator[str]:
    permitted, excluded = _subtrees(limits, "permitted"), _subtrees(limits, "excluded")
    strange = {type(n).__name__ for n in (*permitted, *excluded) if not isinstance(n, _READ)}
    if strange:
        yield (
            f"limits names by {', '.join(sorted(strange))} (name constraints), which programs "
            "in Go do not read; have one that limits DNS names and addresses alone, or none"
        )
    limited = [n for n in (*permitted, *excluded) if isinstance(n, _HOSTS)]
    if names is None and limited:
        yield (
            "limits the names that it signs for (name constraints), and kubelets ask for those of "
            "machines that are not there yet; have one without such limits"
        )
    refused = [name for name in names or () if not _passes(name, permitted, excluded)]
    if refused:
        yield (
            f"signs for no {', '.join(refused)} (name constraints); have one that may, or without "
            "such limits"
        )


_READ = (x509.DNSName, x509.IPAddress, x509.RFC822Name, x509.UniformResourceIdentifier)
_HOSTS = (x509.DNSName, x509.IPAddress)


def _subtrees(limits: x509.NameConstraints | None, which: str) -> Sequence[x509.GeneralName]:
    return () if limits is None else getattr(limits, f"{which}_subtrees") or ()


def _passes(
    name: str, permitted: Sequence[x509.GeneralName], excluded: Sequence[x509.GeneralName]
) -> bool:
    """Whether it may sign for a host's name or address; limits of one kind leave others alone."""
    kind = x509.IPAddress if _is_address(name) else x509.DNSName
    allowed = [limit.value for limit in permitted if isinstance(limit, kind)]
    if any(_lies_in(name, limit.value) for limit in excluded if isinstance(limit, kind)):
        return False
    return not allowed or any(_lies_in(name, limit) for limit in allowed)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _lies_in(name: str, limit: object) -> bool:
    """A name lies in itself and in what is above it; with a dot before it, above it alone."""
    if not isinstance(limit, str):
        return ip_address(name) in limit  # type: ignore[operator]  # a network
    name, limit = name.lower(), limit.lower()
    return not limit or name == limit or name.endswith("." + limit.removeprefix("."))


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """The hosts' names and addresses that it is for."""
    found = extension(certificate, x509.SubjectAlternativeName)
    if found is None:
        return ()
    addresses = found.get_values_for_type(x509.IPAddress)
    return (*found.get_values_for_type(x509.DNSName), *map(str, addresses))


def extension(certificate: x509.Certificate, kind: type[T]) -> T | None:
    """What it says of itself, if it does."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
