"""The rows of a control plane of our own; where it is EKS's, each noun has none.

Read by name as in plan_rows.py, but for keys and certificates: most of their table follows from
members and names, which have rows, so what the stack file says of it is told by itself.
"""

import hashlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from plan.api_endpoints import ApiEndpoint, Balancer, Record
from plan.cluster import ClusterPlan
from plan.controllers import ControllersPlan
from plan.differences.rows import Row, Rows, Value, grants, row_of, text
from plan.etcd import EtcdMember, EtcdPlan
from plan.etcd_snapshots import SnapshotsPlan
from plan.external_etcd import ExternalEtcd
from plan.machines_bucket import MachinesBucket
from plan.node_pools import group_label
from plan.pki.table import ADMINISTRATOR, PkiPlan
from plan.self_hosted.cluster import SelfHosted
from spec.additions import AddedFile, AddedScript, AddedUnit, AdditionsSpec
from spec.control_plane import CreateKey
from spec.encryption import EncryptionSpec, LocalKeyEncryption
from spec.etcd import CreateEtcd
from spec.issuers import IssuerSpec
from spec.pki import Generations
from spec.self_hosted import SelfHostedSpec

LABEL = "is a label that follows from the name"
ROWS = "has rows of its own"
OF_ITS_MACHINE = "is told of its machine"
SAME = "is the same in every cluster"
OWN_LEFT_OUT: dict[type, dict[str, str]] = {
    SelfHosted: {
        **dict.fromkeys(("etcd", "controllers", "endpoints", "pki", "expiry", "encryption",
                         "kubeconfig", "api_server", "bucket", "artifacts", "host"), ROWS),
        "etcd_image_id": OF_ITS_MACHINE, "controller_image_id": OF_ITS_MACHINE,
        "internal_domain": LABEL, "registry": "follows from account and region",
        "nodes": "are the roles of machines, which have rows",
        "people": "are those of `access`, which the stack file asks",
        "record": "repeats what has rows, for the next `up`",
    },
    EtcdPlan: {"members": ROWS, "zone_name": LABEL, "snapshots": ROWS},
    ExternalEtcd: {"certificates": "are others in every environment, and the stack file's own"},
    EtcdMember: {"name": "is in the row's name", "fqdn": LABEL, "group_name": LABEL,
                 "kept_tags": LABEL, "machine_tags": LABEL},
    ControllersPlan: {"role": SAME, "group_name": LABEL, "tags": LABEL,
                      "kubelet": "is told limit by limit"},
    ApiEndpoint: {"name": "is the row's", "url": "follows from name and port", "balancer": ROWS,
                  "record": ROWS},
    Balancer: {"name": LABEL, "target_port": SAME},
    Record: {},
    SnapshotsPlan: {},
    MachinesBucket: {"name": LABEL, "policy": "is compared action by action",
                     "snapshot_prefix": SAME},
}  # fmt: skip
_DIGEST_CHARACTERS = 16


def own_rows(plan: ClusterPlan) -> Rows:
    """Every noun, whoever runs the control plane: two environments are compared noun by noun."""
    own = plan.control_plane
    asked = plan.spec.control_plane
    if not isinstance(own, SelfHosted) or not isinstance(asked, SelfHostedSpec):
        return {noun: {} for noun in _NOUNS}
    return {
        "etcd": {"all members": _etcd(own)},
        "etcd member": {m.role: _row(f"in {m.availability_zone}", m) for m in own.members.values()},
        "snapshots of etcd": _snapshots(own),
        "controllers": {"all": _controllers(own)},
        "API server": {"switches": _switches(own)},
        "issuer": {name: _issuer(issuer) for name, issuer in own.api_server.issuers.items()},
        "API endpoint": {name: _endpoint(e) for name, e in own.endpoints.endpoints.items()},
        "kubeconfig": {"of people": _kubeconfig(own, plan.spec.name)},
        "keys and certificates": _pki(own, asked),
        "encryption": {"of Secrets": _encryption(own.encryption), "key": _key(asked)},
        "program": {n: Row(d, {"SHA-256": d}) for n, d in own.artifacts.binaries.items()},
        "image of machines": {n: Row(i, {"image": i}) for n, i in own.artifacts.images.items()},
        "bucket of programs": {"of machines": Row("", {"bucket": own.artifacts.bucket})},
        "host": {"of machines": Row("", _fields(own.host))},
        "bucket of machines": {"of machines": _row("", own.bucket, grants(
            own.bucket.policy["Statement"]))},
        "addition": dict(_additions(asked)),
    }  # fmt: skip


_NOUNS = ("etcd", "etcd member", "snapshots of etcd", "controllers", "API server", "issuer",
          "API endpoint", "kubeconfig", "keys and certificates", "encryption", "program",
          "image of machines", "bucket of programs", "host", "bucket of machines",
          "addition")  # fmt: skip


def _row(told: str, thing: Any, more: Mapping[str, Value] = MappingProxyType({})) -> Row:
    return row_of(told, thing, OWN_LEFT_OUT, more)


def _fields(spec: Any) -> dict[str, Value]:
    """Those of a part of the stack file, as they stand there."""
    found = {name: getattr(spec, name) for name in type(spec).model_fields}
    return {name.replace("_", " "): text(value) for name, value in found.items()
            if value is not None}  # fmt: skip


def _etcd(own: SelfHosted) -> Row:
    if isinstance(own.etcd, ExternalEtcd):
        return _row("run by others", own.etcd)
    count = len(own.etcd.members)
    return _row(f"{count} members", own.etcd,
                {"members": str(count), "image id": own.etcd_image_id})  # fmt: skip


def _snapshots(own: SelfHosted) -> dict[str, Row]:
    if isinstance(own.etcd, ExternalEtcd):
        return {}
    return {"all": _row("", own.etcd.snapshots)}


def _controllers(own: SelfHosted) -> Row:
    """Of their labels the one is left out that follows from the cluster's name."""
    asked, ours = own.controllers.labels, group_label(own.controllers.group_name)
    labels = tuple(f"{k}={v}" for k, v in asked.items() if k not in ours)
    limits = {f"kubelet: {name}": value
              for name, value in _fields(own.controllers.kubelet).items()}  # fmt: skip
    return _row(f"{own.controllers.min_size} or more", own.controllers,
                {"image id": own.controller_image_id, "labels": labels, **limits})  # fmt: skip


def _switches(own: SelfHosted) -> Row:
    asked = own.api_server
    gates = {f"feature gate {gate}": text(on) for gate, on in asked.feature_gates.items()}
    return Row("", {
        "bootstrap tokens": text(asked.bootstrap_tokens),
        "static tokens": text(asked.static_tokens),
        "aggregation layer": text(asked.aggregation_layer),
        "admission plugins": tuple(asked.admission_plugins),
        **gates,
    })  # fmt: skip


def _issuer(issuer: IssuerSpec) -> Row:
    """Its authority is another in every environment, and the stack file's own."""
    return Row(issuer.url, {
        "URL": issuer.url, "networks": tuple(map(str, issuer.cidrs)),
        "audiences": issuer.audiences, "username": issuer.username_claim,
        "groups": issuer.groups_claim or "",
        "required": tuple(f"{k}={v}" for k, v in issuer.required_claims.items()),
    })  # fmt: skip


def _endpoint(endpoint: ApiEndpoint) -> Row:
    """With its load balancer and its record; each says of itself whether there is one."""
    parts = {"load balancer": endpoint.balancer, "record": endpoint.record}
    more: dict[str, Value] = {}
    for name, part in parts.items():
        more[name] = "created" if part is not None else "none of ours"
        if part is not None:
            properties = _row("", part).properties
            more |= {f"{name}: {key}": value for key, value in properties.items()}
    return _row(endpoint.dns_name, endpoint, more)


def _kubeconfig(own: SelfHosted, cluster: str) -> Row:
    """Which authorities it believes beside ours is the stack file's own; that it does is told."""
    asked = own.kubeconfig
    tokens_for = "itself" if asked.cluster_id == cluster else asked.cluster_id
    return Row(asked.server, {
        "server": asked.server, "tokens for": tokens_for,
        "believes other clusters": text(bool(asked.also_trusted)),
    })  # fmt: skip


def _pki(own: SelfHosted, asked: SelfHostedSpec) -> dict[str, Row]:
    pki = own.pki
    rows = {
        f"authority {name}": Row("", {**_generations(authority.generations),
                                      "supplied": text(authority.supplied)})
        for name, authority in pki.authorities.items()
    }  # fmt: skip
    rows["service accounts"] = Row("", _generations(pki.service_account))
    rows["all"] = Row("", {
        "kind": asked.pki.kind, **_lives(pki),
        "warns, in days before an end": str(own.expiry.warn_days),
        "fails, in days before an end": str(own.expiry.fail_days),
    })  # fmt: skip
    server = pki.certificates["kube-apiserver"]
    rows["API server"] = Row("", {"names": server.dns_names, "addresses": server.ip_addresses})
    return rows


def _lives(pki: PkiPlan) -> dict[str, Value]:
    """None of what others sign."""
    if pki.algorithm is None:
        return {}
    server = pki.certificates["kube-apiserver"]
    return {
        "algorithm": pki.algorithm,
        "algorithm of service accounts": text(pki.service_account_algorithm),
        "hours of authorities": str(pki.authority_hours),
        "hours": str(server.hours),
        "renewed, in hours before the end": str(server.renew_hours),
        "hours of the administrator's": str(pki.certificates[ADMINISTRATOR].hours),
    }


def _generations(of: Generations) -> dict[str, Value]:
    return {"signs": str(of.generation), "trusted": tuple(map(str, of.trusted))}


def _encryption(asked: EncryptionSpec) -> Row:
    more: dict[str, Value] = {}
    if isinstance(asked, LocalKeyEncryption):
        more = {"provider": asked.provider, **_generations(asked.key)}
    resources = ("secrets", *asked.more_resources)
    return Row(asked.kind, {"kind": asked.kind, "resources": resources, **more})


def _key(asked: SelfHostedSpec) -> Row:
    key = asked.encryption_key
    if isinstance(key, CreateKey):
        return Row("created", {"deletion window, in days": str(key.deletion_window_days)})
    return Row("supplied", {"ARN": key.key_arn})


def _additions(asked: SelfHostedSpec) -> Iterator[tuple[str, Row]]:
    """What people add to machines. Of a text its digest: it is read elsewhere."""
    of: dict[str, AdditionsSpec | None] = {"controllers": asked.controllers.custom}
    if isinstance(asked.etcd, CreateEtcd):
        of["etcd"] = asked.etcd.custom
    for role, custom in of.items():
        for name, written in custom.each() if custom is not None else ():
            digest = hashlib.sha256(written.text.encode()).hexdigest()[:_DIGEST_CHARACTERS]
            more: dict[str, Value] = {"text": f"SHA-256 {digest}…"}
            if isinstance(written, AddedFile):
                more |= {"mode": written.mode, "owner": written.owner}
            if isinstance(written, AddedUnit):
                more["enabled"] = text(written.enabled)
            if isinstance(written, AddedScript):
                more |= {"before": written.before or "", "after": written.after or ""}
            yield f"{role}: {name}", Row("", more)
