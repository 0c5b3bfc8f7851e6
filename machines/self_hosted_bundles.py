"""From the plan of a control plane of our own to what each role's machines are started from."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from machines.authentication import TokenIssuer
from machines.authenticator import render_authenticator
from machines.aws_auth import RoleMapping, UserMapping
from machines.bundle import Bundle
from machines.bundle_files import Additions, BundleFile, BundleScript, BundleUnit
from machines.bundle_parts import Delivery, Kept, Program
from machines.encryption import kms_name
from machines.etcd import EtcdCluster
from machines.host_files import HostFile
from machines.kms_plugin import kms_plugin_file
from machines.kube_apiserver import ApiServerSettings, ApiServerSwitches
from machines.kubelet import KubeletSettings, Taint
from machines.member_bundles import etcd_bundle
from machines.role_bundles import (
    controller_bundle,
    etcd_controller_bundle,
    role_user_data,
    worker_bundle,
)
from machines.self_hosted_cluster import ExternalEtcd, SelfHostedCluster
from machines.self_hosted_files import Controller
from machines.self_hosted_kubelet import EVICTION, KubeletHost, SelfHostedKubelet
from plan.cluster import ClusterPlan
from plan.etcd import EtcdMember, EtcdPlan
from plan.external_etcd import ExternalEtcd as ExternalEtcdPlan
from plan.node_pools import NodePool, group_label
from plan.pki.files import parameter_path
from plan.pki.table import WORKER
from plan.readiness import Readiness
from plan.self_hosted.cluster import SelfHosted
from plan.self_hosted.roles import pool_role
from spec.beside import additions
from spec.cluster import ClusterSpec
from spec.issuers import IssuerSpec
from spec.kubelets import KubeletSpec


@dataclass(frozen=True, slots=True)
class Started:
    """What one role's machines are started from: the object that they fetch, and the user data
    that names it by its digest."""

    bundle: Bundle
    user_data: str


def started_from(plan: ClusterPlan) -> dict[str, Started]:
    """By role: `etcd-<member>` and `controller`, or `controller-<member>` where members live there,
    and `node-<pool>` of each pool. It is known before anything exists, since nothing in it is told
    by AWS. PlanError or ValueError for what cannot be rendered."""
    own = _own(plan)
    found = dict(_control_plane(plan, own))
    for pool in plan.node_pools.values():
        found[pool_role(pool.name)] = _worker(plan, own, pool)
    return found


def kms_plugin_of(plan: ClusterPlan, key_arn: str) -> HostFile:
    """The KMS plugin's static pod. The ARN of a key of ours is known only when the key is there, so
    the file comes to controllers by their path of the secret store, though it is none."""
    own = _own(plan)
    return kms_plugin_file(_cluster(plan, own), name=kms_name(plan.spec.name), key_arn=key_arn)


def _own(plan: ClusterPlan) -> SelfHosted:
    assert isinstance(plan.control_plane, SelfHosted), "asked for by the kind"
    return plan.control_plane


def _control_plane(plan: ClusterPlan, own: SelfHosted) -> Iterator[tuple[str, Started]]:
    """Members and controllers, or members with the controller that each lives on."""
    if not isinstance(own.etcd, ExternalEtcdPlan):
        bundled = _on_controller if own.on_controllers else _on_its_own
        for member in own.members.values():
            delivery, bundle = bundled(plan, own, own.etcd, member)
            yield member.machine_role, _started(bundle, delivery, plan)
    if not own.on_controllers:
        group = own.controllers.group_name
        delivery = _of_controllers(plan, own, group)
        bundle = controller_bundle(_cluster(plan, own), _controller(plan, own, group), delivery)
        yield own.controllers.role, _started(bundle, delivery, plan)


def _on_its_own(
    plan: ClusterPlan, own: SelfHosted, etcd: EtcdPlan, member: EtcdMember
) -> tuple[Delivery, Bundle]:
    delivery = _delivery(plan, own, member.role, member.group_name, etcd.readiness,
                         "controlPlane.etcd")  # fmt: skip
    cluster = _etcd_cluster(plan, etcd)
    return delivery, etcd_bundle(cluster, member.name, _kept(plan, member), delivery)


def _on_controller(
    plan: ClusterPlan, own: SelfHosted, etcd: EtcdPlan, member: EtcdMember
) -> tuple[Delivery, Bundle]:
    delivery = _of_controllers(plan, own, member.group_name)
    bundle = etcd_controller_bundle(
        _cluster(plan, own), _controller(plan, own, member.group_name), _etcd_cluster(plan, etcd),
        member.name, _kept(plan, member), delivery, parameter_path(plan.spec.name, member.role),
    )  # fmt: skip
    return delivery, bundle


def _of_controllers(plan: ClusterPlan, own: SelfHosted, group: str) -> Delivery:
    return _delivery(plan, own, own.controllers.role, group, own.controllers.readiness,
                     "controlPlane.controllers")  # fmt: skip


def _kept(plan: ClusterPlan, member: EtcdMember) -> Kept:
    return Kept(_marks(member.kept_tags), str(plan.layout.subnets[member.subnet].cidr))


def _marks(tags: dict[str, str]) -> dict[str, str]:
    """Of what outlives a machine only heiiki's own: others may be changed while it runs."""
    return {key: value for key, value in tags.items() if key.startswith("heiiki:")}


def _worker(plan: ClusterPlan, own: SelfHosted, pool: NodePool) -> Started:
    taints = [Taint(t.key, t.value, t.effect) for t in pool.taints]
    kubelet = SelfHostedKubelet("worker", pool.max_pods, pool.labels, taints,
                                _limits(pool.spec.kubelet), _host(own))  # fmt: skip
    delivery = _delivery(plan, own, WORKER, pool.group_name, pool.readiness,
                         f"nodePools.{pool.name}")  # fmt: skip
    bundle = worker_bundle(_cluster(plan, own), kubelet, delivery,
                           restrict_oom_score_adj=not own.host.lowers_oom_score)  # fmt: skip
    return _started(bundle, delivery, plan)


def _limits(asked: KubeletSpec) -> KubeletSettings:
    """A kubelet heeds the signals alone that are named, so ours stay beside those asked for."""
    named = {str(signal): least for signal, least in asked.eviction_hard.items()}
    evicted = {**EVICTION, **named} if named else {}
    return KubeletSettings(
        asked.pod_pids_limit,
        asked.image_gc_high_threshold_percent,
        asked.image_gc_low_threshold_percent,
        evicted,
    )


def _host(own: SelfHosted) -> KubeletHost:
    return KubeletHost(
        cgroup_v1=own.host.cgroup_v1, local_storage_isolation=own.host.local_storage_isolation
    )


def _started(bundle: Bundle, delivery: Delivery, plan: ClusterPlan) -> Started:
    return Started(bundle, role_user_data(bundle, plan.spec.region, delivery))


def _delivery(
    plan: ClusterPlan, own: SelfHosted, role: str, group: str, gate: Readiness | None, key: str
) -> Delivery:
    """The machine gives itself up before AWS's own clock does, so that its console says why.

    key: of the role in the stack file.
    """
    programs = {name: Program(sha256) for name, sha256 in own.artifacts.binaries.items()}
    delivery = Delivery(
        bucket=own.bucket.name,
        dns_suffix=plan.partition.dns_suffix,
        secrets=parameter_path(plan.spec.name, role),
        programs=programs,
        programs_bucket=own.artifacts.bucket,
        custom=_added(plan.spec, f"{key}.custom"),
    )
    if gate is None:
        return delivery
    signal = {"group": group, "hook": gate.hook_name}
    return replace(delivery, signal=signal, deadline_seconds=gate.timeout_seconds)


def _added(spec: ClusterSpec, key: str) -> Additions:
    asked = additions(spec).get(key)
    if asked is None:
        return Additions()
    return Additions(
        files=[BundleFile(path, file.text.encode(), file.mode, file.owner)
               for path, file in asked.files.items()],
        units={name: BundleUnit(unit.text, unit.enabled) for name, unit in asked.units.items()},
        scripts={name: BundleScript(script.text, script.before, script.after)
                 for name, script in asked.scripts.items()},
        key=key,
    )  # fmt: skip


def _etcd_cluster(plan: ClusterPlan, etcd: EtcdPlan) -> EtcdCluster:
    return EtcdCluster(
        name=plan.spec.name,
        region=plan.spec.region,
        domain=etcd.zone_name,
        members=tuple(etcd.members),
        token=etcd.snapshots.token(plan.spec.name),
        snapshot_minutes=etcd.snapshots.minutes,
        restored_from=etcd.snapshots.restored_from,
    )


def _cluster(plan: ClusterPlan, own: SelfHosted) -> SelfHostedCluster:
    vpc = plan.spec.network.vpc
    return SelfHostedCluster(
        name=plan.spec.name,
        region=plan.spec.region,
        api_server_name=own.api_server_name,
        vpc_cidrs=tuple(map(str, (vpc.cidr, *vpc.secondary_cidrs))),
        pod_cidr=str(own.pod_cidr),
        service_cidr=str(own.service_cidr),
        registry=own.registry,
        images={name: f"{own.registry}/{image}" for name, image in own.artifacts.images.items()},
        etcd=ExternalEtcd(own.etcd.endpoints)
        if isinstance(own.etcd, ExternalEtcdPlan)
        else _etcd_cluster(plan, own.etcd),
        cluster_id=own.kubeconfig.cluster_id,
        authorities_file=own.host.authorities_file,
    )


def _switches(own: SelfHosted) -> ApiServerSwitches:
    asked = own.api_server
    return ApiServerSwitches(
        static_tokens=asked.static_tokens,
        bootstrap_tokens=asked.bootstrap_tokens,
        aggregation=asked.aggregation_layer,
        encryption="kms" if own.encryption.kind == "kms" else "local",
        admission_plugins=asked.admission_plugins,
        feature_gates=asked.feature_gates,
        issuers=tuple(_issuer(name, issuer) for name, issuer in asked.issuers.items()),
    )


def _issuer(name: str, asked: IssuerSpec) -> TokenIssuer:
    return TokenIssuer(
        name=name,
        url=asked.url,
        authority_pem=asked.certificate_authority,
        audiences=asked.audiences,
        username_claim=asked.username_claim,
        groups_claim=asked.groups_claim,
        required_claims=asked.required_claims,
    )


def _controller(plan: ClusterPlan, own: SelfHosted, group: str) -> Controller:
    roles = [p for p in own.people if ":user/" not in p.principal_arn]
    users = [p for p in own.people if ":user/" in p.principal_arn]
    authenticator = render_authenticator(
        _cluster(plan, own),
        nodes=own.nodes,
        administrators=[RoleMapping(p.principal_arn, p.username, p.groups) for p in roles],
        users=[UserMapping(p.principal_arn, p.username, p.groups) for p in users],
    )
    by_kms = own.encryption.kind == "kms"
    return Controller(
        partition=plan.partition.name,
        authenticator=authenticator,
        kms_keys={kms_name(plan.spec.name): None} if by_kms else {},
        more_encrypted=own.encryption.more_resources if by_kms else (),
        api_server=ApiServerSettings(_switches(own)),
        kubelet=SelfHostedKubelet(
            "controller",
            labels={**own.controllers.labels, **group_label(group)},
            settings=_limits(own.controllers.kubelet),
            host=_host(own),
        ),
        restrict_oom_score_adj=not own.host.lowers_oom_score,
    )
