"""Which files of keys and certificates each role reads, and whether the store takes them.

The store is Systems Manager's Parameter Store: one parameter a file, 4,096 characters in the
standard tier, 8,192 in the advanced one, which costs by the month and has no way back. So the tier
is decided once, by the most that a file can become: an authority's file holds two certificates
while it is rotated. What is secret is of the standard tier always: there KMS itself encrypts it,
and the role needs one permission on the key, kms:Decrypt.
Source: plan/facts/parameter_store.yaml; KMS developer guide, how Parameter Store uses KMS (read
2026-11-28).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from plan.errors import Faults
from plan.fact_files import load_facts
from plan.pki.table import (
    CONTROLLER,
    PATH,
    SERVICE_ACCOUNT,
    WORKER,
    Authority,
    Certificate,
    PkiPlan,
)
from spec.encryption import EncryptionSpec
from spec.pki import Algorithm

Tier = Literal["Standard", "Advanced"]
_FACTS = load_facts("parameter_store.yaml")
STANDARD_MAX: int = _FACTS["standard"]
ADVANCED_MAX: int = _FACTS["advanced"]
SUBJECT_MAX = 512  # bytes of a supplied authority's name, which stands in all that it signs
CLIENT_AUTHORITIES = "client-ca.crt"  # of which the API server takes clients' certificates
ENCRYPTION_CONFIG = "encryption-config.yaml"
KUBELET_SIGNING = "kubelet-signing-ca.crt"  # kube-controller-manager takes one certificate there
_MARK_CHARACTERS = 16
_MOST_TRUSTED = 2  # generations at a time
# Bytes of DER: public key with its header, signature with its header.
_KEY_BYTES: dict[Algorithm, tuple[int, int]] = {
    "ECDSA-P256": (91, 90), "ECDSA-P384": (120, 122), "RSA-2048": (294, 280),
    "RSA-3072": (422, 408), "RSA-4096": (550, 536),
}  # fmt: skip
_FRAME = 250  # everything of a certificate that has the same size in all of them
_NAME_PART, _DNS_NAME, _ADDRESS = 20, 4, 6


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of one role. most: characters that it may come to hold."""

    role: str
    name: str
    secret: bool
    most: int

    @property
    def tier(self) -> Tier:
        return "Standard" if self.most <= STANDARD_MAX else "Advanced"


def parameter_path(cluster: str, role: str) -> str:
    """Where a role's files lie."""
    return f"/heiiki/{cluster}/{role}"


def encryption_file(spec: EncryptionSpec) -> StoredFile:
    """The API server's encryption configuration, secret where it holds keys."""
    return StoredFile(CONTROLLER, ENCRYPTION_CONFIG, spec.kind == "localKeys", STANDARD_MAX)


def encryption_mark(spec: EncryptionSpec) -> str:
    """What changes whenever that file does, and is no secret: a generation's key never changes."""
    return json.dumps(spec.model_dump(mode="json"), sort_keys=True)


def files_mark(texts: Mapping[str, str]) -> str:
    """What changes whenever one of a role's files does. Machines read them when they boot, so what
    they are started from says it (docs/adr/0035): else a certificate that
    was renewed would be in the store, and those that end on every machine.

    texts: by file name, of what is no secret. A key has a certificate or a public half beside it.
    """
    rows = json.dumps(sorted(texts.items())).encode()
    return hashlib.sha256(rows).hexdigest()[:_MARK_CHARACTERS]


def plan_files(
    plan: PkiPlan, texts: Mapping[str, str], *, where: str = "the stack file"
) -> tuple[StoredFile, ...]:
    """Every file of every role; PlanError where the store takes one not.

    texts: what is supplied, by file name, of which only the length counts here.
    """
    files = tuple(_files(plan, texts))
    faults = Faults()
    for name, most in {file.name: file.most for file in files if file.secret}.items():
        if most > STANDARD_MAX:
            faults.add(f"{PATH}.algorithm", f"makes {name} {most} characters long, and the store "
                       f"takes {STANDARD_MAX} of a secret; choose a smaller key")  # fmt: skip
    for name, most in {file.name: file.most for file in files if not file.secret}.items():
        if most > ADVANCED_MAX:
            faults.add(f"{PATH}.algorithm", f"makes {name} up to {most} characters long, and the "
                       f"store takes {ADVANCED_MAX}; choose an elliptic curve, fewer names or a "
                       "shorter chain")  # fmt: skip
    faults.raise_if_any(where=where)
    return files


def _files(plan: PkiPlan, texts: Mapping[str, str]) -> Iterator[StoredFile]:
    sizes = _Sizes(plan, texts)
    for authority in plan.authorities.values():
        name = f"{authority.name}-ca"
        trusted = sizes.trusted(authority)
        yield from _each(authority.readers, f"{name}.crt", trusted)
        yield from _each(authority.key_readers, f"{name}.key", sizes.key(f"{name}.key"), True)
    clients = [sizes.trusted(plan.authorities[name]) for name in ("kubernetes", "kubelet")]
    yield StoredFile(CONTROLLER, CLIENT_AUTHORITIES, False, sum(clients))
    kubelet = sizes.trusted(plan.authorities["kubelet"])
    yield from _each((CONTROLLER, WORKER), KUBELET_SIGNING, kubelet)
    for row in plan.certificates.values():
        yield from _each(row.readers, f"{row.name}.crt", sizes.certificate(row))
        yield from _each(row.key_readers, f"{row.name}.key", sizes.key(f"{row.name}.key"), True)
    algorithm = plan.service_account_algorithm
    key = f"{SERVICE_ACCOUNT}.key"
    most = sizes.key(key) if algorithm is None else key_characters(algorithm)
    yield StoredFile(CONTROLLER, key, True, most)
    public = sizes.text(f"{SERVICE_ACCOUNT}.pub", _public_characters(algorithm or "RSA-4096"))
    yield StoredFile(CONTROLLER, f"{SERVICE_ACCOUNT}.pub", False, public)


def _each(roles: Iterable[str], name: str, most: int, secret: bool = False) -> Iterator[StoredFile]:
    return (StoredFile(role, name, secret, most) for role in roles)


class _Sizes:
    """The most characters of each file: of what is supplied those that it has."""

    def __init__(self, plan: PkiPlan, texts: Mapping[str, str]) -> None:
        self._plan, self._texts = plan, texts

    def text(self, name: str, otherwise: int) -> int:
        return len(self._texts[name]) if name in self._texts else otherwise

    def key(self, name: str) -> int:
        return self.text(name, key_characters(self._plan.algorithm or "RSA-4096"))

    def trusted(self, authority: Authority) -> int:
        """Of all that is trusted as one authority while it is rotated."""
        name = f"{authority.name}-ca.crt"
        if name in self._texts:
            return len(self._texts[name]) * (1 if self._plan.algorithm is None else _MOST_TRUSTED)
        algorithm = self._plan.algorithm or "RSA-4096"
        subject = authority.common_name(self._plan.names.cluster, 999)
        one = certificate_characters(algorithm, algorithm, [subject, subject])
        return one * _MOST_TRUSTED

    def certificate(self, row: Certificate) -> int:
        name = f"{row.name}.crt"
        algorithm = self._plan.algorithm
        if name in self._texts or algorithm is None:
            return self.text(name, 0)
        signer = self._plan.authorities[row.authority]
        signed_by: Algorithm = "RSA-4096" if signer.supplied else algorithm  # whatever theirs is
        issuer = signer.common_name(self._plan.names.cluster, 999)
        names = [row.common_name, *row.organizations]
        names.append("x" * SUBJECT_MAX if signer.supplied else issuer)
        return certificate_characters(
            algorithm, signed_by, names, row.dns_names, len(row.ip_addresses)
        )


def certificate_characters(
    algorithm: Algorithm, signed_by: Algorithm, names: Iterable[str],
    dns_names: Iterable[str] = (), addresses: int = 0,
) -> int:  # fmt: skip
    """The most characters of a certificate in PEM. names: every part of subject and issuer."""
    size = _FRAME + _KEY_BYTES[algorithm][0] + _KEY_BYTES[signed_by][1]
    size += sum(_NAME_PART + len(name.encode()) for name in names)
    size += sum(_DNS_NAME + len(name) for name in dns_names) + _ADDRESS * addresses
    return _pem(size)


def key_characters(algorithm: Algorithm) -> int:
    """The most characters of a private key in PEM, in either of its forms."""
    kind, _, size = algorithm.partition("-")
    return _pem(int(size) // 8 * 9 // 2 + 80) if kind == "RSA" else _pem(200)


def _public_characters(algorithm: Algorithm) -> int:
    return _pem(_KEY_BYTES[algorithm][0]) * _MOST_TRUSTED


def _pem(der_bytes: int) -> int:
    """Base64 in lines of 64, between two lines that say what it is."""
    characters = -(-der_bytes // 3) * 4
    return characters + -(-characters // 64) + 64
