"""What the operator supplies of the PKI: read, opened, judged against the table, all at once.

What is read lies in memory alone. Keys that were encrypted are handed on in the clear, to be
secret from then on in the stack's state and in the store of the roles that read them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import permutations
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from plan.errors import Faults
from plan.external_etcd import AUTHORITY_FILE, CLIENT, ExternalEtcd
from plan.external_etcd import PATH as ETCD_PATH
from plan.issuers import PATH as ISSUERS_PATH
from plan.kubeconfig import PATH as KUBECONFIG_PATH
from plan.pki.expiry import ISSUER
from plan.pki.material import Supplied, joined
from plan.pki.pem import (
    PrivateKey,
    UnreadableError,
    anchor_faults,
    authority_faults,
    certificate_faults,
    key_pem,
    program_faults,
    public_bytes,
    public_pem,
    read_certificates,
    read_key,
    vouches,
)
from plan.pki.signers import VouchedFor, vouching_faults
from plan.pki.table import PATH, SERVICE_ACCOUNT, PkiPlan
from spec.pki import (
    PASSPHRASE,
    SECRET_NAMESPACE,
    AuthoritiesSuppliedPki,
    AuthorityName,
    PkiSpec,
    SuppliedPki,
    yaml_key,
)

ALSO_TRUSTED = f"{KUBECONFIG_PATH}.alsoTrusted"
PUBLIC_KEYS, TOKEN_KEY = f"{SERVICE_ACCOUNT}.pub", f"{SERVICE_ACCOUNT}.key"


def read_supplied(
    spec: PkiSpec, plan: PkiPlan, secrets: Mapping[str, str], *,
    today: datetime, etcd: ExternalEtcd | None = None,
    issuers: Mapping[str, str] = MappingProxyType({}), also_trusted: str = "",
    where: str = "the stack file",
) -> Supplied:  # fmt: skip
    """What is supplied, or PlanError with every fault of all of it.

    secrets: by file name (spec.pki.secrets_in). today: with its time zone. etcd: that of others,
    whose certificates are supplied with it. issuers: authorities of issuers of tokens, by name.
    also_trusted: authorities of other clusters.
    """
    reading = _Reading(secrets, today)
    if etcd is not None:
        _read_etcd(etcd, plan, reading)
    for name, pem in issuers.items():
        _read_issuer(name, pem, reading)
    if isinstance(spec, AuthoritiesSuppliedPki):
        _read_authorities(spec, plan, reading)
    elif isinstance(spec, SuppliedPki):
        _read_everything(spec, plan, reading)
    if also_trusted:
        _read_neighbours(also_trusted, reading)
    reading.check_unused()
    reading.faults.raise_if_any(where=where)
    return reading.found


class _Reading:
    """One pass over what is supplied, with its faults and what was sound."""

    def __init__(self, secrets: Mapping[str, str], today: datetime) -> None:
        self.faults, self.found, self.today = Faults(), Supplied(), today
        self._secrets, self._used = secrets, {PASSPHRASE}

    def certificates(self, path: str, pem: str) -> list[x509.Certificate]:
        try:
            return read_certificates(pem)
        except UnreadableError as error:
            self.faults.add(path, str(error))
            return []

    def key(self, file_name: str) -> PrivateKey | None:
        """A key that must be there."""
        self._used.add(file_name)
        path = f"{SECRET_NAMESPACE}:{file_name}"
        if not self._secrets.get(file_name):
            self.faults.add(path, f"is missing; run pulumi config set --secret {path} "
                            f"with the file on standard input")  # fmt: skip
            return None
        try:
            key = read_key(self._secrets[file_name], self._secrets.get(PASSPHRASE))
        except UnreadableError as error:
            self.faults.add(path, str(error))
            return None
        self.found.keys[file_name] = key_pem(key)
        return key

    def belongs(self, file_name: str, key: PrivateKey | None, to: x509.Certificate) -> bool:
        if key is None or public_bytes(key) == public_bytes(to):
            return True
        self.faults.add(
            f"{SECRET_NAMESPACE}:{file_name}",
            "is the key of another certificate; give the one that belongs to it",
        )
        return False

    def tell(self, path: str, sentences: Iterator[str]) -> None:
        for sentence in sentences:
            self.faults.add(path, sentence)

    def check_unused(self) -> None:
        for name in sorted(set(self._secrets) - self._used):
            self.faults.add(f"{SECRET_NAMESPACE}:{name}", "is a secret that nothing here reads; "
                            "remove it, or write the name as the table has it")  # fmt: skip


def _read_authorities(spec: AuthoritiesSuppliedPki, plan: PkiPlan, reading: _Reading) -> None:
    anchors = {}
    for name, asked in spec.authorities.each():
        path, file_name = f"{PATH}.authorities.{yaml_key(name)}", f"{name}-ca"
        key = reading.key(f"{file_name}.key")
        own = _authority(f"{path}.certificate", asked.certificate, reading)
        texts, anchors[path] = [asked.certificate], own
        for certificate in own:
            reading.belongs(f"{file_name}.key", key, certificate)
            for_it = _signed_by(name, plan)
            reading.tell(f"{path}.certificate", vouching_faults(certificate, for_it))
            _check_outlives(path, certificate, spec.validity.certificate_days, reading)
            reading.found.signing[name] = _pem(own)
            reading.found.not_after[file_name] = certificate.not_valid_after_utc.isoformat()
        if asked.also_trusted is not None:
            texts.append(asked.also_trusted)
            also = _authority(f"{path}.alsoTrusted", asked.also_trusted, reading)
            for certificate in also:
                faults = vouching_faults(certificate, _signed_by(name, plan))
                reading.tell(f"{path}.alsoTrusted", faults)
            anchors[path] = [*own, *also]
        reading.tell(path, anchor_faults(anchors[path]))
        reading.found.texts[f"{file_name}.crt"] = joined(texts)
    _check_apart(anchors, reading)


def _signed_by(name: AuthorityName, plan: PkiPlan) -> VouchedFor:
    """All that an authority signs for. Of kubelets the cluster does, for machines as they come."""
    if plan.authorities[name].key_readers:
        return VouchedFor(True, True, None)
    rows = [row for row in plan.certificates.values() if row.authority == name]
    names = (n for row in rows for n in (*row.dns_names, *row.ip_addresses))
    server, client = any(row.server for row in rows), any(row.client for row in rows)
    return VouchedFor(server, client, tuple(dict.fromkeys(names)))


def _read_neighbours(pem: str, reading: _Reading) -> None:
    """Authorities whose API servers people believe; nothing here is signed or taken by them."""
    for certificate in reading.certificates(ALSO_TRUSTED, pem):
        reading.tell(ALSO_TRUSTED, authority_faults(certificate, reading.today))


def _authority(path: str, pem: str, reading: _Reading) -> list[x509.Certificate]:
    """The one certificate of an authority; none where it cannot be read."""
    found = reading.certificates(path, pem)
    if len(found) > 1:
        reading.faults.add(path, f"holds {len(found)} certificates; write the authority's alone: "
                           "each of them would be trusted for all that it signs")  # fmt: skip
    for certificate in found[:1]:
        reading.tell(path, authority_faults(certificate, reading.today))
    return found[:1]


def _check_outlives(path: str, authority: x509.Certificate, days: int, reading: _Reading) -> None:
    if reading.today < authority.not_valid_after_utc < reading.today + timedelta(days=days):
        reading.faults.add(
            f"{path}.certificate",
            f"ends on {authority.not_valid_after_utc:%Y-%m-%d}, before what it would sign now for "
            f"validity.certificateDays ({days}); write fewer days or give a new authority",
        )


def _read_everything(spec: SuppliedPki, plan: PkiPlan, reading: _Reading) -> None:
    files = dict(spec.files)
    anchors = {}
    for authority in plan.authorities.values():
        if plan.is_foreign(authority.name):
            continue
        name = f"{authority.name}-ca.crt"
        chain = _file(files, name, reading)
        anchors[_path(name)] = chain
        for certificate in chain:
            reading.tell(_path(name), authority_faults(certificate, reading.today))
        reading.tell(_path(name), anchor_faults(chain))
        if authority.key_readers:
            _read_signing_key(authority.name, chain, reading)
            for certificate in chain:
                faults = vouching_faults(certificate, _signed_by(authority.name, plan))
                reading.tell(_path(name), faults)
    _check_apart(anchors, reading)
    for row in plan.certificates.values():
        if plan.is_foreign(row.authority):
            continue
        name = f"{row.name}.crt"
        chain, key = _file(files, name, reading), reading.key(f"{row.name}.key")
        if chain:
            own, between = _path(f"{row.authority}-ca.crt"), {public_bytes(c) for c in chain[1:]}
            reading.tell(_path(name), certificate_faults(row, chain, anchors[own], reading.today))
            reading.belongs(f"{row.name}.key", key, chain[0])
            for path, trusted in anchors.items():
                if path != own and between & {public_bytes(c) for c in trusted}:
                    _tell_apart(reading, _path(name), path)
    _read_token_key(files, reading)
    for name in sorted(files):
        reading.faults.add(_path(name), "is no file of the table; remove it or mend its name")


def _read_etcd(etcd: ExternalEtcd, plan: PkiPlan, reading: _Reading) -> None:
    """What others have signed for us. The key is none of ours to read: machines take it."""
    at = {AUTHORITY_FILE: f"{ETCD_PATH}.certificateAuthority",
          f"{CLIENT}.crt": f"{ETCD_PATH}.clientCertificate"}  # fmt: skip
    chains = {name: reading.certificates(at[name], etcd.certificates[name]) for name in at}
    for name, chain in chains.items():
        if chain:
            ends = min(certificate.not_valid_after_utc for certificate in chain)
            reading.found.texts[name] = joined([etcd.certificates[name]])
            reading.found.not_after[name.removesuffix(".crt")] = ends.isoformat()
    anchors, chain = chains[AUTHORITY_FILE], chains[f"{CLIENT}.crt"]
    for certificate in anchors:
        reading.tell(at[AUTHORITY_FILE], authority_faults(certificate, reading.today))
    if anchors and chain:
        row = plan.certificates[CLIENT]
        reading.tell(at[f"{CLIENT}.crt"], program_faults(row, chain, anchors, reading.today))


def _read_issuer(name: str, pem: str, reading: _Reading) -> None:
    """What an issuer's certificate is held against; several, where it is about to have another."""
    path = f"{ISSUERS_PATH}.{name}.certificateAuthority"
    found = reading.certificates(path, pem)
    for certificate in found:
        reading.tell(path, authority_faults(certificate, reading.today))
    if found:  # the last one is what is left when the others have ended
        ends = max(certificate.not_valid_after_utc for certificate in found)
        reading.found.not_after[f"{ISSUER}{name}"] = ends.isoformat()


def _file(files: dict[str, str], name: str, reading: _Reading) -> list[x509.Certificate]:
    """A file that must be there, taken from those that are left."""
    if name not in files:
        reading.faults.add(_path(name), "is missing; write the certificate in PEM under this name")
        return []
    text = files.pop(name)
    chain = reading.certificates(_path(name), text)
    if chain:
        ends = min(certificate.not_valid_after_utc for certificate in chain)
        reading.found.texts[name] = joined([text])
        reading.found.not_after[name.removesuffix(".crt")] = ends.isoformat()
    return chain


def _read_signing_key(name: str, chain: Sequence[x509.Certificate], reading: _Reading) -> None:
    """The key of one of the certificates of a file, which may hold two for a rotation."""
    file_name = f"{name}-ca.key"
    key = reading.key(file_name)
    if key is None or not chain:
        return
    mine = [c for c in chain if public_bytes(c) == public_bytes(key)]
    if reading.belongs(file_name, key, mine[0] if mine else chain[0]):
        reading.found.signing[name] = _pem(mine)


def _check_apart(anchors: Mapping[str, Sequence[x509.Certificate]], reading: _Reading) -> None:
    """anchors: by the path of what trusts them."""
    seen: dict[bytes, str] = {}
    for path, trusted in anchors.items():
        for certificate in trusted:
            other = seen.setdefault(public_bytes(certificate), path)
            if other != path:
                _tell_apart(reading, path, other)
    for (above, signers), (path, trusted) in permutations(anchors.items(), 2):
        if any(vouches(a, b) for a in signers for b in trusted):
            reading.faults.add(path, f"has an authority that one of {above} has signed, so what "
                               "it signs would be taken there; have another sign it")  # fmt: skip


def _tell_apart(reading: _Reading, path: str, other: str) -> None:
    reading.faults.add(
        path, f"has an authority of {other}; what one signs the other must not trust"
    )


def _read_token_key(files: dict[str, str], reading: _Reading) -> None:
    key = reading.key(TOKEN_KEY)
    text = files.pop(PUBLIC_KEYS, None)
    if key is None:
        return
    own = public_pem(key)
    if text is not None and "".join(own.split()) not in "".join(text.split()):
        reading.faults.add(_path(PUBLIC_KEYS), f"does not hold the public key of {TOKEN_KEY}, so "
                           "no new token would be taken; add it")  # fmt: skip
    reading.found.texts[PUBLIC_KEYS] = joined([own if text is None else text])


def _path(file_name: str) -> str:
    return f"{PATH}.files.{file_name}"


def _pem(certificates: Sequence[x509.Certificate]) -> str:
    return "".join(c.public_bytes(Encoding.PEM).decode() for c in certificates)
