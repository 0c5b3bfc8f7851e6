"""Private keys, and every text that pulumi-tls makes of one.

Formats: internal/provider/common_key.go and resource_private_key.go of
github.com/hashicorp/terraform-provider-tls, which pulumi-tls wraps (read November 2026).
"""

import base64
import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat

from local.provider_answers import ProviderError
from local.provider_values import Properties

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

CURVES: Final[Mapping[str, ec.EllipticCurve]] = MappingProxyType(
    {"P224": ec.SECP224R1(), "P256": ec.SECP256R1(), "P384": ec.SECP384R1(), "P521": ec.SECP521R1()}
)
RSA_BITS_LEAST: Final = 1024
"""Go's crypto/rsa and OpenSSL both refuse fewer."""
RSA_BITS_MOST: Final = 16384
"""OPENSSL_RSA_MAX_MODULUS_BITS: nobody verifies with more."""

_CLASSES: Final = MappingProxyType(
    {
        "RSA": rsa.RSAPrivateKey,
        "ECDSA": ec.EllipticCurvePrivateKey,
        "ED25519": ed25519.Ed25519PrivateKey,
    }
)
ALGORITHMS: Final = tuple(_CLASSES)


def generate(algorithm: str, rsa_bits: int, ecdsa_curve: str) -> PrivateKey:
    if algorithm == "RSA":
        return rsa.generate_private_key(public_exponent=65537, key_size=rsa_bits)
    if algorithm == "ECDSA":
        return ec.generate_private_key(CURVES[ecdsa_curve])
    return ed25519.Ed25519PrivateKey.generate()


def algorithm_of(key: PrivateKey) -> str:
    return next(name for name, class_ in _CLASSES.items() if isinstance(key, class_))


def load(property_: str, pem: str) -> PrivateKey:
    """ProviderError, without the text itself, when it is no private key that pulumi-tls takes."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, PrivateKey):
        raise ProviderError(
            f"{property_} is not an unencrypted {', '.join(ALGORITHMS)} private key in PEM; give "
            "the privateKeyPem of a tls PrivateKey, or a text that begins with "
            "-----BEGIN PRIVATE KEY-----"
        )
    return key


def public_der(key: PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def id_of(key: PrivateKey) -> str:
    return hashlib.sha1(public_der(key.public_key())).hexdigest()


def texts(key: PrivateKey) -> Properties:
    """What a PrivateKey resource outputs besides its inputs."""
    public = key.public_key()
    spki = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "privateKeyPem": _private_pem(key, _traditional(key)),
        "privateKeyPemPkcs8": _private_pem(key, PrivateFormat.PKCS8),
        "publicKeyPem": spki.decode(),
        **(_openssh_texts(key) if _is_known_to_openssh(key) else _NO_OPENSSH_TEXTS),
    }


def _traditional(key: PrivateKey) -> PrivateFormat:
    """PKCS#1 or SEC 1; there is no such form of an Ed25519 key."""
    is_ed25519 = isinstance(key, ed25519.Ed25519PrivateKey)
    return PrivateFormat.PKCS8 if is_ed25519 else PrivateFormat.TraditionalOpenSSL


def _private_pem(key: PrivateKey, form: PrivateFormat) -> str:
    return key.private_bytes(Encoding.PEM, form, serialization.NoEncryption()).decode()


def _is_known_to_openssh(key: PrivateKey) -> bool:
    return not (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP224R1))


_NO_OPENSSH_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "privateKeyOpenssh": "",
        "publicKeyOpenssh": "",
        "publicKeyFingerprintMd5": "",
        "publicKeyFingerprintSha256": "",
    }
)


def _openssh_texts(key: PrivateKey) -> Properties:
    public = key.public_key()
    line = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    md5 = serialization.ssh_key_fingerprint(public, hashes.MD5())
    sha256 = serialization.ssh_key_fingerprint(public, hashes.SHA256())
    return {
        "privateKeyOpenssh": _private_pem(key, PrivateFormat.OpenSSH),
        "publicKeyOpenssh": f"{line}\n",
        "publicKeyFingerprintMd5": md5.hex(":"),
        "publicKeyFingerprintSha256": f"SHA256:{base64.b64encode(sha256).decode().rstrip('=')}",
    }
