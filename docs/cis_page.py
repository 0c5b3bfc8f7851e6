"""docs/self-hosted/cis.md: the benchmark over the example's rendered files, and every flag with its
reason."""

from collections.abc import Sequence

from docs.cis_checks import findings, items
from docs.network_page import table_of
from docs.self_hosted_example import CLUSTER, CONTROLLER, ETCD
from machines.etcd import etcd_flags, etcd_member_files
from machines.flags import Flag
from machines.kube_apiserver import kube_apiserver_flags
from machines.kube_controller_manager import kube_controller_manager_flags
from machines.kube_scheduler import kube_scheduler_flags
from machines.self_hosted_files import controller_files, worker_files
from machines.self_hosted_kubelet import SelfHostedKubelet, kubelet_flags

MACHINES = {
    "controller": controller_files(CLUSTER, CONTROLLER),
    "worker": worker_files(CLUSTER, SelfHostedKubelet("worker")),
    **{f"etcd-{name}": etcd_member_files(ETCD, name) for name in ETCD.members},
}
INTRODUCTION = """# The benchmark, over a self-hosted control plane

The items of the CIS Kubernetes Benchmark 1.12 that kube-bench automates for the control plane, etcd
and nodes, held against what is rendered for machines. Each is met, or has a written reason. The
titles are ours; the benchmark itself says what each asks for and why.

This page is generated from `machines/` and `tests/machines/cis/`: `make docs`. The same items are
judged in every test run (`tests/machines/test_cis.py`), and the same files are run by the real
programs (`tests/control_plane/`).

## Not here

The benchmark's fifth part is about what people put into the cluster. Of it, Pod Security is on for
every namespace but `kube-system` (`baseline` enforced, `restricted` told), and administrators are
in a group that a binding names, not in `system:masters`. The pods' network keeps no NetworkPolicies
(5.3): who needs them brings a program that does.
"""
CHAPTERS = {
    "1": "Control plane", "2": "etcd", "3": "Who comes in, and what is written down", "4": "Nodes",
}  # fmt: skip


def cis_page() -> str:
    """The page."""
    found = findings(MACHINES, items())
    met = sum(finding.result == "pass" for finding in found)
    parts = [INTRODUCTION, f"## Items\n\n{met} of {len(found)} are met; {len(found) - met} have a "
             "reason.\n"]  # fmt: skip
    for chapter, title in CHAPTERS.items():
        rows = [
            (f.id, f.title, "yes" if f.result == "pass" else f.result, f.shown)
            for f in found
            if f.id.startswith(f"{chapter}.")
        ]
        parts.append(f"### {chapter} {title}\n\n" + table_of(("item", "what", "met", "by"), rows))
    parts.append("## Flags\n\nEach with its reason, and the items that it answers.\n")
    for program, flags in _programs().items():
        reasons = [(f"`--{f.name}`", f.why, ", ".join(f.cis)) for f in flags]
        parts.append(f"### {program}\n\n" + table_of(("flag", "why", "items"), reasons))
    return "\n".join(parts)


def _programs() -> dict[str, Sequence[Flag]]:
    settings = CONTROLLER.api_server
    return {
        "kube-apiserver": kube_apiserver_flags(CLUSTER, settings),
        "kube-controller-manager": kube_controller_manager_flags(CLUSTER, settings.switches),
        "kube-scheduler": kube_scheduler_flags(settings.switches),
        "etcd": etcd_flags(ETCD, ETCD.members[0]),
        "kubelet": kubelet_flags(SelfHostedKubelet("worker"), ecr=True),
    }
