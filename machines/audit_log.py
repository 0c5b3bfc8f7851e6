"""The API server's audit log: a file on a bounded volume, turned over by size, and what is in it.

A log at /dev/stdout was turned over once: the rotation renamed the link and wrote a plain file into
memory until that was full. So a path under /dev or /proc is refused here, and what all the files
may grow to is held against the volume.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from machines import checks
from machines.flags import Flag
from machines.yaml_text import to_yaml

POLICY = "/etc/kubernetes/audit-policy.yaml"
USUAL_PATH = "/var/log/kubernetes/audit/audit.log"
NO_FILES = ("/dev", "/proc", "/sys", "/run", "/tmp")
SHARE_OF_VOLUME = 0.8  # the rest is for what else is on it


@dataclass(frozen=True, slots=True)
class AuditLog:
    """days, backups, megabytes: what is kept; the benchmark asks for 30, 10 and 100 at least.

    volume_gib: of the volume that holds the path.
    """

    path: str = USUAL_PATH
    days: int = 30
    backups: int = 10
    megabytes: int = 100
    volume_gib: int = 20

    @property
    def folder(self) -> str:
        return str(PurePosixPath(self.path).parent)


def check_audit_log(log: AuditLog) -> AuditLog:
    """A path of its own folder on a disk, and files that fit there all at once."""
    path = PurePosixPath(checks.one_line("audit.path", log.path))
    if not path.is_absolute() or ".." in path.parts or len(path.parts) < 4:
        raise checks.fault(
            "audit.path", log.path, "must be an absolute path in a folder of its own, such as "
            f"{USUAL_PATH}"
        )  # fmt: skip
    if taken := next((n for n in NO_FILES if path.is_relative_to(n)), None):
        raise checks.fault(
            "audit.path", log.path, f"lies under {taken}, which is no disk: rotation would fill "
            f"memory; write a path such as {USUAL_PATH}"
        )  # fmt: skip
    checks.whole_number("audit.days", log.days, 1, 3650)
    checks.whole_number("audit.backups", log.backups, 1, 1000)
    checks.whole_number("audit.megabytes", log.megabytes, 1, 10_000)
    checks.whole_number("audit.volume_gib", log.volume_gib, 1, 65_536)
    most, room = (log.backups + 1) * log.megabytes, int(log.volume_gib * 1024 * SHARE_OF_VOLUME)
    if most > room:
        raise checks.fault(
            "audit.megabytes", log.megabytes, f"and audit.backups {log.backups} let the log grow "
            f"to {most} MiB, and of a volume of {log.volume_gib} GiB it may take {room}; keep "
            "fewer, or give it a larger volume"
        )  # fmt: skip
    return log


def audit_flags(log: AuditLog) -> tuple[Flag, ...]:
    return (
        Flag("audit-policy-file", POLICY, "without it nothing is logged", ("3.2.1", "3.2.2")),
        Flag("audit-log-path", log.path, "a file on a disk, never a device", ("1.2.16",)),
        Flag("audit-log-maxage", str(log.days), "days", ("1.2.17",)),
        Flag("audit-log-maxbackup", str(log.backups), "files", ("1.2.18",)),
        Flag("audit-log-maxsize", str(log.megabytes), "megabytes a file", ("1.2.19",)),
        Flag("audit-log-mode", "blocking", "an answer is given once it is logged"),
    )


def render_audit_policy() -> str:
    """First match counts: what says nothing, then what must not be written down, then the rest."""
    return to_yaml(
        {
            "apiVersion": "audit.k8s.io/v1",
            "kind": "Policy",
            "omitStages": ["RequestReceived"],
            "omitManagedFields": True,
            "rules": RULES,
        }
    )


def _core(*resources: str) -> list[dict[str, Any]]:
    return [{"group": "", "resources": list(resources)}]


RULES: list[dict[str, Any]] = [
    # Health is asked several times a second, by load balancers too.
    {"level": "None", "nonResourceURLs": ["/healthz*", "/livez*", "/readyz*", "/version"]},
    # Leases are renewed every ten seconds by every kubelet, and events are a log of their own.
    {
        "level": "None",
        "userGroups": ["system:nodes"],
        "verbs": ["get", "update"],
        "resources": [{"group": "coordination.k8s.io", "resources": ["leases"]}],
    },
    {"level": "None", "resources": [*_core("events"), {"group": "events.k8s.io"}]},
    # Who asked for a secret is written down, what it holds is not.
    {
        "level": "Metadata",
        "resources": [
            *_core("secrets", "configmaps", "serviceaccounts/token"),
            {"group": "authentication.k8s.io", "resources": ["tokenreviews"]},
        ],
    },
    # Ways into pods, and what gives rights, with what was asked.
    {
        "level": "Request",
        "resources": _core(
            "pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy",
            "nodes/proxy", "pods/ephemeralcontainers",
        ),
    },
    {
        "level": "RequestResponse",
        "verbs": ["create", "update", "patch", "delete", "deletecollection"],
        "resources": [
            {"group": "rbac.authorization.k8s.io"},
            {"group": "certificates.k8s.io"},
            {"group": "admissionregistration.k8s.io"},
        ],
    },
    {
        "level": "Request",
        "verbs": ["create", "update", "patch", "delete", "deletecollection"],
    },
    {"level": "Metadata"},
]  # fmt: skip
