"""The machines of a control plane of our own: who lives where, what they boot and what they run."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Network

from plan.controllers import ControllersPlan, plan_controllers
from plan.errors import Faults
from plan.etcd import EtcdPlan, plan_etcd
from plan.external_etcd import ExternalEtcd, plan_external_etcd
from plan.node_pools import NodePool, group_label
from plan.readiness import Readiness
from plan.self_hosted.places import ROLE_TAG, Scope
from plan.self_hosted.shared_controllers import plan_shared_controllers
from spec.etcd import CreateEtcd, ExistingEtcd
from spec.lock import Lock
from spec.machine_images import CustomMachineImage, MachineImageSpec
from spec.node_pools import NodePoolSpec, NoReadiness
from spec.self_hosted import SelfHostedSpec

WORKER = "worker"
PATH = "controlPlane"
IMAGE_FAMILY = "al2023"
WORKERS_HOOK = "heiiki-worker-ready"
READY_SECONDS = 900  # as the stack file's own default
# What machines run, by the names under which the stack file gives the digests of it.
ETCD_PROGRAM, RESTORE_PROGRAM = "etcd", "etcdutl"
PROGRAMS = ("aws-iam-authenticator", "ecr-credential-provider", "etcd", "host-local", "kubectl",
            "kubelet", "loopback", "ptp")  # fmt: skip
IMAGES = (
    "authenticator", "cloud-controller-manager", "coredns", "flannel", "kms-plugin",
    "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "pause",
    "serving-approver",
)  # fmt: skip


def worker_pool(pool: NodePool, asked: NodePoolSpec) -> NodePool:
    """The pool with the agent's gate: its machines tell when their node is Ready."""
    ready = asked.readiness
    gate = None
    if not isinstance(ready, NoReadiness):
        gate = Readiness(READY_SECONDS if ready is None else ready.timeout_seconds, WORKERS_HOOK)
    return replace(
        pool,
        readiness=gate,
        labels={**pool.labels, **group_label(pool.group_name)},
        tags={**pool.tags, ROLE_TAG: WORKER},
    )


def plan_machines(
    asked: SelfHostedSpec, scope: Scope, near: tuple[IPv4Network, ...], faults: Faults,
    warnings: list[str],
) -> tuple[ControllersPlan, EtcdPlan | ExternalEtcd]:  # fmt: skip
    """Controllers and etcd, on machines of their own or on the same ones."""
    wanted, where = asked.controllers, f"{PATH}.etcd"
    if isinstance(asked.etcd, CreateEtcd) and asked.etcd.placement == "controllers":
        shared = plan_shared_controllers(asked.etcd, wanted, scope, PATH, faults, warnings)
        return shared, plan_etcd(asked.etcd, scope, where, faults, warnings, shared)
    etcd = (
        plan_external_etcd(asked.etcd, near, faults)
        if isinstance(asked.etcd, ExistingEtcd)
        else plan_etcd(asked.etcd, scope, where, faults, warnings)
    )
    return plan_controllers(wanted, scope, f"{PATH}.controllers", faults, warnings), etcd


def etcd_image(
    asked: SelfHostedSpec, version: str, etcd: EtcdPlan | ExternalEtcd, lock: Lock, faults: Faults
) -> str:
    """Of members' machines; empty where those are controllers, or others'."""
    if isinstance(asked.etcd, ExistingEtcd) or isinstance(etcd, ExternalEtcd):
        return ""
    if etcd.on_controllers:
        return ""
    return _image(asked.etcd.image, version, etcd.architecture, lock, f"{PATH}.etcd", faults)


def controller_image(
    asked: SelfHostedSpec, version: str, controllers: ControllersPlan, lock: Lock, faults: Faults
) -> str:
    """Of controllers' machines."""
    path = f"{PATH}.controllers"
    return _image(asked.controllers.image, version, controllers.architecture, lock, path, faults)


def _image(
    asked: MachineImageSpec, version: str, architecture: str, lock: Lock, path: str, faults: Faults
) -> str:
    """What of an image of one's own is to be compared is where all that is supplied is."""
    if isinstance(asked, CustomMachineImage):
        return asked.image_id
    key = f"{IMAGE_FAMILY}/{version}/{architecture}"
    if architecture and key not in lock.images:
        faults.add(f"{path}.instanceType", f"the lock file has no image {key}; run heiiki lock")
    return lock.images.get(key, "")


def architecture_of(
    controllers: ControllersPlan, etcd: EtcdPlan | ExternalEtcd, pools: Iterable[NodePool],
    faults: Faults,
) -> str:  # fmt: skip
    """That of all machines, since `artifacts` names each program once; of controllers where others
    differ, and empty where their type is not known."""
    wanted = controllers.architecture
    found = {f"nodePools.{pool.name}": pool.architecture for pool in pools}
    if isinstance(etcd, EtcdPlan) and not etcd.on_controllers:
        found[f"{PATH}.etcd"] = etcd.architecture
    for path, architecture in sorted(found.items()):
        if wanted and architecture and architecture != wanted:
            faults.add(f"{path}.instanceType", f"is {architecture}, and {PATH}.controllers."
                       f"instanceType {wanted}: {PATH}.artifacts names each program once, so all "
                       f"machines run the same; write types of one architecture")  # fmt: skip
    return wanted


def check_artifacts(asked: SelfHostedSpec, faults: Faults) -> None:
    """Each is named, or a machine would look for it when it boots. What restores a snapshot may
    be carried in before the day on which it is run."""
    programs, at_times = [*PROGRAMS], [RESTORE_PROGRAM]
    if isinstance(asked.etcd, ExistingEtcd):
        programs.remove(ETCD_PROGRAM)
        at_times = []
    elif asked.etcd.restore is not None:
        programs += at_times
    for key, given, needed, known in (
        ("binaries", asked.artifacts.binaries, programs, {*programs, *at_times}),
        ("images", asked.artifacts.images, IMAGES, {*IMAGES}),
    ):  # fmt: skip
        if missing := sorted(set(needed) - set(given)):
            faults.add(f"{PATH}.artifacts.{key}", f"lacks {', '.join(missing)}, which machines "
                       "run; carry it in and name its digest")  # fmt: skip
        for name in sorted(set(given) - known):
            faults.add(f"{PATH}.artifacts.{key}.{name}", "is run by no machine; known: "
                       f"{', '.join(sorted(known))}")  # fmt: skip
