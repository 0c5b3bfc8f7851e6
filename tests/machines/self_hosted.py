"""The self-hosted cluster that the docs show, and others like it."""

from dataclasses import replace
from typing import Any

from docs.self_hosted_example import (
    ACCOUNT,
    AUTHENTICATOR,
    CLUSTER,
    CONTROLLER,
    ETCD,
    KEY_ARN,
    REGION,
    REGISTRY,
)
from machines.etcd import EtcdCluster
from machines.self_hosted_cluster import SelfHostedCluster

__all__ = [
    "ACCOUNT",
    "AUTHENTICATOR",
    "CLUSTER",
    "CONTROLLER",
    "ETCD",
    "KEY_ARN",
    "REGION",
    "REGISTRY",
    "cluster",
    "etcd",
]


def cluster(**changes: Any) -> SelfHostedCluster:
    return replace(CLUSTER, **changes)


def etcd(**changes: Any) -> EtcdCluster:
    return replace(ETCD, **changes)
