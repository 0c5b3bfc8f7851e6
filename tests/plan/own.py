"""A stack file that asks for a control plane of its own, changed as a test wants it."""

from typing import Any

from plan.cluster import ClusterPlan
from plan.self_hosted.cluster import SelfHosted
from plan.self_hosted.machines import IMAGES, PROGRAMS
from spec.lock import Lock
from tests.plan.samples import plan, refused, usual_lock
from tests.spec.stack_files import stack

DIGEST = "0" * 64
ARTIFACTS = {
    "bucket": "carried-in",
    "binaries": dict.fromkeys(PROGRAMS, DIGEST),
    "images": {name: f"kubernetes/{name}@sha256:{DIGEST}" for name in IMAGES},
}
ZONES = [f"ap-northeast-1{letter}" for letter in "acd"]
ASKED: dict[str, Any] = {
    "availabilityZones": ZONES,
    "controlPlane": {"kind": "selfHosted", "artifacts": ARTIFACTS},
}
# With public subnets, and a way out that machines do not have by themselves.
OPEN_NETWORK: dict[str, Any] = {
    "network.egress": {"kind": "nat", "natGateways": {"nat": {"kind": "create",
                                                              "subnet": "public-1a"}}},
    "network.subnets": {
        f"{exposure}-1{zone}": {"availabilityZone": f"ap-northeast-1{zone}", "exposure": exposure,
                                "cidr": f"10.0.{16 * number + offset}.0/{size}",
                                **({"natGateway": "nat"} if exposure == "private" else {})}
        for exposure, offset, size in (("public", 0, 24), ("private", 64, 20))
        for number, zone in enumerate("acd")
    },
}  # fmt: skip


def asked(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """Changes of the smallest stack file. A key of controlPlane is written below it."""
    own = dict(ASKED["controlPlane"])
    others: dict[str, Any] = {}
    for path, value in (changes or {}).items():
        if path.startswith("controlPlane."):
            own[path.removeprefix("controlPlane.")] = value
        else:
            others[path] = value
    return {"availabilityZones": ZONES, "controlPlane": own, **others}


def lock(changes: dict[str, Any] | None = None) -> Lock:
    return usual_lock(stack(asked(changes)).region)


def planned(changes: dict[str, Any] | None = None, read: Lock | None = None) -> ClusterPlan:
    """read: the lock file, where it is another than what is usual."""
    return plan(asked(changes), read or lock(changes))


def own(changes: dict[str, Any] | None = None) -> SelfHosted:
    found = planned(changes).control_plane
    assert isinstance(found, SelfHosted)
    return found


def faults(changes: dict[str, Any]) -> list[str]:
    """Path and message of every fault."""
    return [f"{path}: {message}" for path, message, _ in refused(asked(changes), lock(changes))]
