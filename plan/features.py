"""What the enabled features call. The table is facts/features.yaml; this reads it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from plan.fact_files import load_facts
from plan.iam_patterns import covers_action
from plan.partitions import Partition
from plan.readiness import gated_pools
from plan.self_hosted.needs import feature_keys, private_domains
from spec.cluster import ClusterSpec

_FACTS = "features.yaml"


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: who calls which actions of which service, and why.

    keys: where the stack file asks for it, if only by a default.
    """

    name: str
    callers: tuple[str, ...]  # roles of the firewall table
    why: str
    keys: tuple[str, ...]
    calls: dict[str, tuple[str, ...]]  # service suffix -> IAM actions


def enabled_features(spec: ClusterSpec) -> tuple[Feature, ...]:
    """The features that the stack file asks for, in the order of the table."""
    add_ons = {
        "vpcCni": spec.add_ons.vpc_cni,
        "podIdentity": spec.add_ons.pod_identity,
        "irsa": spec.add_ons.irsa,
        "ebsCsi": spec.add_ons.ebs_csi,
        "clusterAutoscaler": spec.add_ons.cluster_autoscaler,
        "containerLogs": spec.add_ons.container_logs,
    }
    keys = {
        "nodes": [] if (own := feature_keys(spec)) else ["nodePools"],
        "nodeReady": [f"nodePools.{pool}.readiness" for pool in gated_pools(spec)],
        **{name: [f"addOns.{name}"] for name, on in add_ons.items() if on},
        "sessionManager": ["access.sessionManager"] if spec.access.session_manager else [],
        "operator": ["access.operator"] if spec.access.operator is not None else [],
        **own,
    }
    return tuple(
        Feature(
            name=name,
            callers=tuple(row["callers"]),
            why=row["why"],
            keys=tuple(keys[name]),
            calls={service: tuple(actions) for service, actions in row["calls"].items()},
        )
        for name, row in load_facts(_FACTS)["features"].items()
        if keys.get(name)
    )


def is_gateway_service(service: str) -> bool:
    """Whether the service is reached through route tables and not through interfaces."""
    return service in load_facts(_FACTS)["gateway_services"]


def iam_prefix(service: str) -> str:
    """What IAM actions of a service begin with: ecr of ecr.api, cloudwatch of monitoring."""
    first = service.split(".")[0].removesuffix("-fips")
    return str(load_facts(_FACTS)["iam_prefixes"].get(first, first))


def without_resource_account(actions: Iterable[str]) -> tuple[str, ...]:
    """Of the actions those whose requests do not tell whose the resource is, wildcards resolved."""
    return _without_resource_account(tuple(actions))


@cache  # the same few sets are asked about for each endpoint and bucket
def _without_resource_account(actions: tuple[str, ...]) -> tuple[str, ...]:
    known = load_facts(_FACTS)["without_resource_account"]
    return tuple(
        dict.fromkeys(
            narrower
            for action in actions
            for pattern in known
            for narrower, wider in ((action, pattern), (pattern, action))
            if covers_action(wider, narrower)
        )
    )


def on_snapshots(actions: Iterable[str]) -> tuple[str, ...]:
    """Of these actions those that are authorized on a snapshot beside what they make of it."""
    known = load_facts(_FACTS)["on_snapshots"]
    return tuple(action for action in actions if action in known)


def aws_owned_buckets(kind: str, partition: Partition) -> tuple[str, ...]:
    """Names of the buckets that AWS keeps for `kind` (ecrLayers, al2023) in the region."""
    return tuple(
        name.format(r=partition.region) for name in load_facts(_FACTS)["aws_buckets"][kind]
    )


def has_package_buckets(partition: Partition) -> bool:
    """Whether the package buckets of the partition are known by name."""
    return partition.name in load_facts(_FACTS)["package_partitions"]


def service_domains(
    service: str, partition: Partition, *, account_id: str, buckets: tuple[str, ...]
) -> tuple[str, ...]:
    """The names under which machines call a service, and those that AWS answers them with.

    A service of no table goes by its usual name.
    """
    facts = load_facts(_FACTS)
    patterns = facts["domains"].get(service, [f"{service}.{{r}}.{{s}}"])
    chains = [[pattern, *facts["redirections"].get(pattern, ())] for pattern in patterns]
    return tuple(
        dict.fromkeys(
            _filled(pattern, partition, account_id, bucket)
            for chain in chains
            for pattern in chain
            for bucket in (buckets if "{c}" in pattern else ("",))
        )
    )


def cluster_domains(spec: ClusterSpec, partition: Partition) -> tuple[str, ...]:
    """The names that nodes of every cluster resolve: the Kubernetes API's, and their own."""
    facts, private = load_facts(_FACTS), private_domains(spec)
    patterns = (*(private or facts["eks_domains"]), *facts["cluster_domains"])
    return tuple(_filled(pattern, partition, "", "") for pattern in patterns)


def _filled(pattern: str, partition: Partition, account_id: str, bucket: str) -> str:
    return pattern.format(
        r=partition.region, s=partition.dns_suffix, d=partition.api_dns_suffix,
        e=partition.eks_image_account, a=account_id, c=bucket,
    )  # fmt: skip
