"""A program's flags as rows of a table: each with its reason, and the benchmark's item beside it.

Items are those of the CIS Kubernetes Benchmark 1.12; docs/self-hosted/cis.md is made from them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from machines.checks import fault

# Forward secrecy and authenticated encryption alone, of those that the benchmark names. Those of
# TLS 1.3 stand first; Go takes them always and asks for none.
CIPHER_SUITES = (
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
)


@dataclass(frozen=True, slots=True)
class Flag:
    """One row. cis: the items that it answers, such as ("1.2.6",)."""

    name: str
    value: str
    why: str
    cis: tuple[str, ...] = ()


def arguments(flags: Sequence[Flag]) -> list[str]:
    """In the table's order; a flag that stands twice is a fault, since the last would win."""
    seen = set[str]()
    for flag in flags:
        if flag.name in seen:
            raise fault(f"--{flag.name}", flag.value, "stands twice; keep one")
        if not flag.value.isprintable():
            raise fault(f"--{flag.name}", flag.value, "must be one line of printable characters")
        seen.add(flag.name)
    return [f"--{flag.name}={flag.value}" for flag in flags]
