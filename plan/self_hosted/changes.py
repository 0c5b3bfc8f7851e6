"""What of a control plane of our own may not change at once, or not at all, while it is up.

A plan sees only what is asked now. So a stack records what it was asked, and whoever brings it up
compares the two with this.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from plan.controllers import API_SERVER_PORT
from plan.errors import Faults, PlanError
from plan.pki.rotation import LOCAL_KEYS, TAKEN_BY, check_step, generations_of, leap
from plan.self_hosted.needs import internal_domain
from plan.upgrades import minor, misstep
from spec.api_endpoints import NamedLoadBalancer
from spec.control_plane import ExistingKey
from spec.encryption import KmsEncryption, LocalKeyEncryption
from spec.etcd import CreateEtcd
from spec.pki import AuthoritiesSuppliedPki, SuppliedPki, yaml_key
from spec.self_hosted import SelfHostedSpec

OUTPUT = "controlPlaneRecord"  # of the stack
_FOR_LIFE = {
    "encryption": ("encryption.kind", "what is in etcd is encrypted so, and nothing else reads it"),
    "encryptionProvider": (
        "encryption.provider",
        "what is in etcd is encrypted so, and the other one does not read it",
    ),
    "encryptedResources": (
        "encryption.moreResources",
        "API servers read nothing in the clear of what they encrypt, and nothing encrypted of what "
        "they do not, so what is in etcd of that resource could not be read",
    ),
    "pki": (
        "pki.kind",
        "what runs trusts the authorities of now alone, and those of the other kind could not be "
        "trusted before they sign",
    ),
    "etcd": ("etcd.kind", "what the cluster knows is in that etcd and in no other"),
    "etcdPlacement": (
        "etcd.placement",
        "the machines of all members would go at once, and those "
        "of the other kind find volumes and addresses held",
    ),
    "apiServer": (
        "endpoints",
        "machines call the API by the first name at port 6443 that leads here, in the order of "
        "keys, and pods' tokens are issued in it, so that all of them would end at once",
    ),
    "serviceCidr": ("serviceCidr", "certificates, CoreDNS and Services have addresses of it"),
    "podCidr": ("podCidr", "nodes have their pods' addresses of it"),
    "encryptionKey": (
        "encryptionKey",
        "etcd's volumes and snapshots and what is in them are encrypted by it, and machines may "
        "use no other; KMS renews what a key is made of under the same ARN (aws kms "
        "rotate-key-on-demand), and another key is for another cluster",
    ),
}


def record_of(asked: SelfHostedSpec, version: str, cluster: str) -> dict[str, Any]:
    """What is compared the next time. version: of Kubernetes, as the lock file pins it."""
    generations = {} if isinstance(asked.pki, SuppliedPki) else generations_of(asked.pki.rotation)
    kept: dict[str, Any] = {
        "kubernetesVersion": version,
        "encryption": asked.encryption.kind,
        "apiServer": called_by_machines(asked, cluster),
        "encryptedResources": sorted(asked.encryption.more_resources),
        "pki": asked.pki.kind,
        "etcd": asked.etcd.kind,
        "serviceCidr": str(asked.service_cidr),
        "podCidr": str(asked.pod_cidr),
        "generations": {name: list(trusted) for name, trusted in generations.items()},
    }
    if isinstance(asked.etcd, CreateEtcd) or isinstance(asked.encryption, KmsEncryption):
        key = asked.encryption_key  # else nothing that outlives a machine is encrypted by it
        kept["encryptionKey"] = key.key_arn if isinstance(key, ExistingKey) else "kind create"
    if isinstance(asked.etcd, CreateEtcd):
        kept["etcdPlacement"] = asked.etcd.placement
    if isinstance(asked.encryption, LocalKeyEncryption):
        kept["encryptionKeys"] = list(asked.encryption.key.trusted)
        kept["encryptionProvider"] = asked.encryption.provider
    if isinstance(asked.pki, AuthoritiesSuppliedPki):
        kept["authorities"] = _supplied(asked.pki)
    if isinstance(asked.etcd, CreateEtcd) and asked.etcd.restore is not None:
        kept["etcdGeneration"] = asked.etcd.restore.generation
        kept["etcdSnapshot"] = asked.etcd.restore.snapshot
    return kept


def called_by_machines(asked: SelfHostedSpec, cluster: str) -> str:
    """The name of the API that machines call, as plan/self_hosted/cluster.py chooses it."""
    for endpoint in asked.endpoints.values():
        behind = endpoint.load_balancer
        elsewhere = isinstance(behind, NamedLoadBalancer) or endpoint.faces_the_internet
        if not elsewhere and behind.port == API_SERVER_PORT:
            return endpoint.dns_name
    return f"api.{internal_domain(cluster)}"


def _supplied(pki: AuthoritiesSuppliedPki) -> dict[str, list[str]]:
    """Digests of each authority that is supplied, of the one that signs first."""
    return {
        name: [
            hashlib.sha256("".join(text.split()).encode()).hexdigest()
            for text in (authority.certificate, authority.also_trusted)
            if text is not None
        ]
        for name, authority in pki.authorities.each()
    }


def check_change(
    before: Mapping[str, Any], asked: SelfHostedSpec, version: str, cluster: str, *, where: str
) -> None:
    """PlanError with everything that would break what is up. before: `record_of` of that."""
    faults, now = Faults(), record_of(asked, version, cluster)
    if before.get("etcd") == "create":  # a record of before there was a choice names none
        before = {"etcdPlacement": "dedicated", **before}
    for name, (key, why) in _FOR_LIFE.items():
        if name in before and name in now and before[name] != now[name]:
            faults.add(f"controlPlane.{key}", f"is fixed for the cluster's life: {why}; write "
                       f"{_written(before[name])} again", now[name])  # fmt: skip
    if isinstance(asked.encryption, LocalKeyEncryption) and before.get("encryptionKeys"):
        wanted = asked.encryption.key
        if told := leap(tuple(map(int, before["encryptionKeys"])), wanted):
            faults.add("controlPlane.encryption.key.generation", told, wanted.generation)
    if isinstance(asked.pki, AuthoritiesSuppliedPki):
        _check_supplied(before.get("authorities"), _supplied(asked.pki), faults)
    _check_version(before, version, faults)
    _check_generation(before, now, faults)
    if not isinstance(asked.pki, SuppliedPki):
        up = {name: tuple(map(int, of)) for name, of in before.get("generations", {}).items()}
        try:
            check_step(up, asked.pki.rotation)
        except PlanError as error:
            faults.extend(error)
    faults.raise_if_any(where=where)


def rotated(before: Mapping[str, Any], asked: SelfHostedSpec) -> tuple[str, ...]:
    """Authorities and keys that are to be trusted or to sign otherwise than now, as TAKEN_BY calls
    them. before: as above."""
    now = record_of(asked, "", "")
    found = {
        name
        for kept in ("generations", "authorities")
        for name, was in before.get(kept, {}).items()
        if was != now.get(kept, {}).get(name)
    }
    if before.get("encryptionKeys", now.get("encryptionKeys")) != now.get("encryptionKeys"):
        found.add(LOCAL_KEYS)
    return tuple(name for name in TAKEN_BY if name in found)


def _written(value: Any) -> str:
    return "[" + ", ".join(map(str, value)) + "]" if isinstance(value, list) else str(value)


def _check_supplied(
    before: Mapping[str, list[str]] | None, now: Mapping[str, list[str]], faults: Faults
) -> None:
    """As generations of ours: what signs next was trusted before, and what has signed still is."""
    if before is None:  # a record of before they were kept
        return
    for name in sorted({*before, *now}):
        key, was, wanted = (
            f"controlPlane.pki.authorities.{yaml_key(name)}",
            before.get(name),
            now.get(name),
        )
        if was is None or wanted is None:
            faults.add(key, "is supplied or made here for the cluster's life, since what runs "
                       "trusts the one that has signed it; "
                       f"{'leave it out' if was is None else 'write it'} again")  # fmt: skip
        elif wanted[0] == was[0]:
            continue
        elif wanted[0] not in was:
            faults.add(f"{key}.certificate", "is to sign, and nobody trusts it yet; write it under "
                       "alsoTrusted first, beside the one of now, and bring that up")  # fmt: skip
        elif was[0] not in wanted:
            faults.add(f"{key}.alsoTrusted", "must be the certificate that has signed all that is "
                       "in use, until everything is signed anew")  # fmt: skip


def _check_version(before: Mapping[str, Any], version: str, faults: Faults) -> None:
    """What is up, and not the last lock file, says where a version may go to."""
    was = before.get("kubernetesVersion")  # a record of before it was kept has none
    if was is None or (why := misstep(was, version)) is None:
        return
    step = was if minor(version) < minor(was) else f"1.{minor(was) + 1}"
    faults.add("controlPlane.version", f"{why}; have the lock file of {step}, from the repository "
               f"or by heiiki lock with controlPlane.version '{step}'", version)  # fmt: skip


def _check_generation(before: Mapping[str, Any], now: Mapping[str, Any], faults: Faults) -> None:
    """A generation of etcd begins once, with one snapshot."""
    was, path = before.get("etcdGeneration"), "controlPlane.etcd.restore"
    if was is None:
        return
    same = f"generation {was} with snapshot {before.get('etcdSnapshot')}"
    if now.get("etcdGeneration", 0) < was:
        faults.add(path, f"says which life of etcd this is, and there is no way back; write "
                   f"{same}, or a later generation", now.get("etcdGeneration"))  # fmt: skip
    elif now["etcdGeneration"] == was and now["etcdSnapshot"] != before.get("etcdSnapshot"):
        faults.add(f"{path}.generation", f"has begun already, as {same}; for another snapshot "
                   "write the next one", was)  # fmt: skip
