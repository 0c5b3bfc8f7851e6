"""When a machine of a pool is in service: as soon as EC2 runs it, or when its node is Ready.

The gate is a lifecycle hook of the Auto Scaling group: a new machine waits in Pending:Wait until it
says itself, by `machines/node_ready.sh`, that the Kubernetes API calls its node Ready. So the
engine's wait for the group's capacity is a wait for Ready nodes, an instance refresh takes the next
machines only then, and whoever runs `up` needs no way to the private API.

What Bottlerocket has does not do it (bottlerocket-core-kit a10182f9, read 2026-11-22): with
`settings.autoscaling.should-wait` shibaken holds the boot until the machine is InService, the other
way round, and would wait for a launch hook for ever; cfsignal tells CloudFormation only, and
bootstrap containers run before the kubelet does.
"""

from dataclasses import dataclass
from typing import Any

from plan.names import group_name
from plan.partitions import Partition
from spec.cluster import ClusterSpec
from spec.node_pools import CreateInstanceProfile, NodePoolSpec, NodeReady

HOOK_NAME = "heiiki-node-ready"
TRANSITION = "autoscaling:EC2_INSTANCE_LAUNCHING"
# The machine gives itself up first, so that its console says why; AWS's own clock, which begins
# when EC2 runs the machine, is for those that say nothing. AWS takes at most 7200 s.
HEARTBEAT_MARGIN_SECONDS = 120
# What the engine waits for the group beyond the machine's own time: EC2's part of a launch, and
# enough that a machine has said why before `up` gives up.
CAPACITY_MARGIN_SECONDS = 300
# A machine in service is a Ready node; what is left is the start of its first pods.
WARMUP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Readiness:
    """The gate of one pool. All times in seconds; timeout_seconds counts from a machine's boot."""

    timeout_seconds: int
    hook_name: str = HOOK_NAME
    transition: str = TRANSITION
    warmup_seconds: int = WARMUP_SECONDS

    @property
    def heartbeat_timeout_seconds(self) -> int:
        return self.timeout_seconds + HEARTBEAT_MARGIN_SECONDS

    @property
    def capacity_timeout_seconds(self) -> int:
        return self.timeout_seconds + CAPACITY_MARGIN_SECONDS


def readiness_of(spec: ClusterSpec, pool: NodePoolSpec) -> Readiness | None:
    """The gate of a pool, None without one.

    On by default only where it cannot fail for want of something that heiiki does not give: a role
    that may complete the hook, and a network plug-in, without which no node becomes Ready.
    """
    asked = pool.readiness
    if asked is None:
        given = (
            pool.kind == "selfManaged"
            and pool.image.family == "al2023"
            and isinstance(pool.instance_profile, CreateInstanceProfile)
            and spec.add_ons.vpc_cni
        )
        asked = NodeReady(kind="nodeReady") if given else None
    return Readiness(asked.timeout_seconds) if isinstance(asked, NodeReady) else None


def gated_pools(spec: ClusterSpec) -> tuple[str, ...]:
    """The pools whose machines say themselves that they are ready."""
    return tuple(n for n, pool in spec.node_pools.items() if readiness_of(spec, pool) is not None)


def completion_statement(
    spec: ClusterSpec, pool: str, partition: Partition, account_id: str
) -> dict[str, Any]:
    """What a gated pool's role needs: to end the wait of its own group's machines, no other's."""
    name = group_name(spec.name, spec.region, pool)
    return {
        "Effect": "Allow",
        "Action": "autoscaling:CompleteLifecycleAction",
        "Resource": partition.arn(
            "autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{name}",
            account_id=account_id, region=spec.region,
        ),
    }  # fmt: skip
