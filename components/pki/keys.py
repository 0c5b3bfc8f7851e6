"""Private keys, secret from birth."""

from typing import Any

import pulumi
import pulumi_tls as tls

from spec.pki import Algorithm

_SECRET = ["privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"]


def private_key(
    name: str, algorithm: Algorithm | None, opts: pulumi.ResourceOptions
) -> tls.PrivateKey:
    """A key under a name that is its own for ever; algorithm None: 256 bits for no certificate."""
    secret = pulumi.ResourceOptions(additional_secret_outputs=_SECRET)
    return tls.PrivateKey(
        name, **_arguments(algorithm), opts=pulumi.ResourceOptions.merge(opts, secret)
    )


def _arguments(algorithm: Algorithm | None) -> dict[str, Any]:
    if algorithm is None:
        return {"algorithm": "ED25519"}
    kind, _, size = algorithm.partition("-")
    if kind == "RSA":
        return {"algorithm": kind, "rsa_bits": int(size)}
    return {"algorithm": kind, "ecdsa_curve": size}


def pem_of(key: tls.PrivateKey) -> pulumi.Output[str]:
    """The key itself."""
    return pulumi.Output.secret(key.private_key_pem)
