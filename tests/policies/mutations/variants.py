"""Closed stacks of every shape: a stack file's keys by a seed, and the declaration beside it.

Whatever a stack file may ask for and stay closed is drawn from: regions of several partitions,
zones, pools, images, endpoints, add-ons, access, ways in with their declaration, what is carried
in, logs. The declaration is the one that `heiiki boundary` proposes, signed. To declare a program
costs ten times what it costs to prove it, so each is the ground of several variants, which have
different things beside them (`beside.py`).
"""

import copy
import json
from collections import Counter
from collections.abc import Mapping
from random import Random
from types import SimpleNamespace
from typing import Any, NamedTuple

from automation.boundary import proposed
from components.program import program
from machines.rendered import planned_endpoint
from model.deployment import Deployment
from plan.cluster import plan_cluster
from plan.partitions import partition_of
from rules.boundary import Boundary
from rules.boundary_reader import parse_boundary
from spec.cluster import ClusterSpec
from spec.lock import Lock
from spec.stack_file import parse_stack_file
from tests.mocks import build
from tests.plan.samples import lock_for
from tests.policies.mutations.beside import drawn, with_beside
from tests.policies.mutations.stacks import TODAY, Stack, realistic
from tests.spec.stack_files import text_of
from tests.spec.strategies import CONNECTIONS

REGIONS = ("ap-northeast-1", "eu-central-1", "us-gov-west-1", "cn-north-1")
TYPES = ("m7i.large", "t3.medium", "m6i.4xlarge")
IMAGES = (
    {"kind": "optimized", "family": "bottlerocket"},
    {"kind": "optimized", "family": "al2023"},
    {"kind": "custom", "imageId": "ami-0123456789abcdef0", "family": "al2023"},
)
ADD_ONS = ("ebsCsi", "containerLogs")
FLOW_LOGS = ({"destination": {"kind": "bucket"}}, {"destination": {"kind": "logGroup"}})
# What a bastion VPC needs beyond the proposal: people come in by it, and it alone is public.
FILES, OF_EACH = 50, 4
COUNT = FILES * OF_EACH
BASTION = ("CN-010", "CN-014", "CN-030", "CN-032", "CN-101")


def keys_of(seed: int) -> dict[str, Any]:
    """A stack file's keys, the same for the same seed."""
    draw = Random(seed)
    region = draw.choice(REGIONS)
    letters = draw.choice(("ab", "ac", "abc"))
    keys: dict[str, Any] = {
        "name": draw.choice(("dev", "prod", "yoda-2")),
        "region": region,
        "availabilityZones": [f"{region}{letter}" for letter in letters],
        "nodePools": {name: _pool(draw) for name in draw.choice((("w",), ("w", "batch")))},
        "network": _network(draw, region),
        "addOns": {name: draw.random() < 0.5 for name in ADD_ONS if draw.random() < 0.4},
    }
    keys["access"] = _access(draw, "dns" not in keys["network"])
    if draw.random() < 0.4:
        keys["carryIn"] = _carried(draw, region)
    if draw.random() < 0.3:
        keys["boundary"] = {"organizationId": "o-abcde12345"}
    if draw.random() < 0.3:
        keys["controlPlane"] = {"kind": "eks", "serviceCidr": "10.96.0.0/16"}
    if draw.random() < 0.3:
        keys["tags"] = {"environment": draw.choice(("a", "開発"))}
    return keys


def _pool(draw: Random) -> dict[str, Any]:
    low = draw.randint(0, 2)
    pool: dict[str, Any] = {
        "kind": draw.choice(("selfManaged", "managed")),
        "instanceType": draw.choice(TYPES),
        "minSize": low,
        "maxSize": low + draw.randint(1, 3),
    }
    if draw.random() < 0.6:
        pool["image"] = draw.choice(IMAGES)
    if draw.random() < 0.3:
        pool["taints"] = [{"key": "dedicated", "value": "x", "effect": "NoSchedule"}]
    return pool


def _network(draw: Random, region: str) -> dict[str, Any]:
    cidr = draw.choice(("10.0.0.0/16", "10.64.0.0/17", "172.25.0.0/16", "100.64.0.0/18"))
    network: dict[str, Any] = {"vpc": {"kind": "create", "cidr": cidr}}
    names = [name for name in sorted(CONNECTIONS) if draw.random() < 0.2]
    if names:
        network["connections"] = {name: copy.deepcopy(CONNECTIONS[name]) for name in names}
        if "bastion" in names:
            network["connections"]["bastion"]["availabilityZone"] = f"{region}a"
        sources = {"office": "192.168.4.0/24", "direct": "172.30.0.0/16"}
        behind = [block for name, block in sources.items() if name in names]
        if behind and draw.random() < 0.5:
            network["dns"] = {"inboundEndpoint": {"sourceCidrs": behind}}
    if draw.random() < 0.4:
        wanted = [name for name in ("logs", "kms", "sts") if draw.random() < 0.5]
        network["endpoints"] = {"additional": dict.fromkeys(wanted, "asked for")}
    if draw.random() < 0.4:
        network["flowLogs"] = draw.choice(FLOW_LOGS)
    return network


def _access(draw: Random, machine: bool) -> dict[str, Any]:
    access: dict[str, Any] = {"sessionManager": draw.random() < 0.5}
    if machine and draw.random() < 0.4:  # where there is one, connections lead to it alone
        access["operator"] = {"machine": {"instanceType": "t3.nano"}}
    return access


def _carried(draw: Random, region: str) -> dict[str, Any]:
    carried: dict[str, Any] = {
        "importerArns": [f"arn:{partition_of(region).name}:iam::123456789012:role/carrier"],
        "repositories": {"mirror": {"kind": "create"}},
    }
    if draw.random() < 0.6:
        carried["buckets"] = {"material": {"kind": "create"}}
    return carried


class Variant(NamedTuple):
    """A closed stack. seed: of its stack file; beside: what it has that heiiki does not make."""

    seed: int
    beside: tuple[str, ...]
    stack: Stack


def variants(seed: int) -> list[Variant]:
    """Closed stacks, by turns before any id is known and with all of them."""
    spec = parse_stack_file(text_of(keys_of(seed)), where=f"Pulumi.{seed}.yaml")
    lock = lock_for(spec)
    api = planned_endpoint(spec.region, partition_of(spec.region).dns_suffix)
    recorder, _ = build(lambda: program(spec, lock, where="variant"), endpoint=api)
    declared = declared_for(spec, lock)
    grounds = [
        Stack(spec.name, known, Deployment.of(realistic(recorder.registrations, known)), declared)
        for known in (False, True)
    ]
    return [
        Variant(seed, beside, with_beside(grounds[n % 2], beside))
        for n, beside in enumerate(_beside(seed))
    ]


def _beside(seed: int) -> list[tuple[str, ...]]:
    """What each variant of a stack file has beside it; of one file in two, one has nothing."""
    draw = Random(f"beside {seed}")
    found: list[tuple[str, ...]] = [()] if seed % 2 else []
    while len(found) < OF_EACH:
        names = drawn(draw)
        if set(names) not in map(set, found):
            found.append(names)
    return found


def shape(stack: Stack) -> Counter[str]:
    """What a stack is made of: types with the form of their properties, and what is declared.

    Names, ids, addresses and other texts do not count, nor whether they are known; numbers, what is
    on or off, and how many there are of everything do.
    """
    nodes = stack.deployment.nodes.values()
    made = [f"{n.resource.type} {_form(n.resource.props)} {n.described}" for n in nodes]
    declared = [f"{key} {len(stack.boundary.__dict__[key])}" for key in ("connections", "supplied")]
    return Counter([*made, *declared])


def _form(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _form(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_form(item) for item in value]
    return value if isinstance(value, bool | int) else ""


def declared_for(spec: ClusterSpec, lock: Lock) -> Boundary:
    """What `heiiki boundary` proposes, signed, and what a bastion VPC needs beside it."""
    plan = plan_cluster(spec, lock, where="variant")
    document = proposed(plan, SimpleNamespace(part=None))  # type: ignore[arg-type]
    signed = json.dumps(document["boundary"]).replace('""', '"somebody"')
    boundary = json.loads(signed)
    if "bastion" in plan.connections:
        who = {"owner": "somebody", "reason": "people come in", "expires": "2027-10-31"}
        boundary["exceptions"] = [{"rule": r, "name": "bastion*", **who} for r in BASTION]
    return parse_boundary(boundary, TODAY)
