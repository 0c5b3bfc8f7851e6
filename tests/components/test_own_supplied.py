"""What others supply to a control plane of our own: each kind is used, or refused with its reason.

Two stacks, since a network is either supplied or has gateways of others. Mocks show what we ask.
"""

import base64
import gzip
import json
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from plan.carry_in import plan_buckets, plan_repositories
from plan.cluster import plan_cluster
from plan.errors import PlanError
from plan.partitions import partition_of
from spec.cluster import ClusterSpec
from spec.errors import SpecError
from spec.lock import Lock
from tests.components.test_self_hosted_stack import declared
from tests.plan.own import ZONES, asked, lock
from tests.plan.pki.authority import authority
from tests.plan.samples import ACCOUNT, completed, locked
from tests.spec.stack_files import stack

IAM = f"arn:aws:iam::{ACCOUNT}"
VPC, TABLE = "vpc-0aaaaaaaaaaaaaaa0", "rtb-0aaaaaaaaaaaaaaa0"
KEY = f"arn:aws:kms:ap-northeast-1:{ACCOUNT}:key/0123abcd-0123-0123-0123-0123456789ab"
TARGETS = f"arn:aws:elasticloadbalancing:ap-northeast-1:{ACCOUNT}:targetgroup/api/0123456789abcdef"
ENDPOINT = "vpce-0aaaaaaaaaaaaaaa0"
BUCKET_ARN = "arn:aws:s3:::logs-of-the-bank"
# What each kind is, by where it stands: the stack that has it, its key there, the keys, and what of
# it is among the inputs of what is declared.
CLOSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "network.vpc": ("network.vpc", {"vpcId": VPC, "cidr": "10.0.0.0/16"}, VPC),
    "network.subnets": (
        "network.subnets",
        {zone: {"kind": "existing", "subnetId": f"subnet-0aaaaaaaaaaaaaa{zone}0",
                "availabilityZone": f"ap-northeast-1{zone}", "routeTableId": TABLE,
                "cidr": f"10.0.{16 * number}.0/20"}
         for number, zone in enumerate("acd")} | {
             "more": {"kind": "create", "availabilityZone": "ap-northeast-1a",
                      "cidr": "10.0.64.0/20", "routeTable": "shared"}},
        "subnet-0aaaaaaaaaaaaaac0",
    ),
    "network.routeTables": ("network.routeTables.shared",
                            {"routeTableId": "rtb-0bbbbbbbbbbbbbbb0"}, "rtb-0bbbbbbbbbbbbbbb0"),
    "network.connections": (
        "network.connections.house",
        {"targetId": "tgw-0aaaaaaaaaaaaaaa0", "cidrs": ["10.77.0.0/16"],
         "subnets": ["a", "c", "d"]},
        "10.77.0.0/16",  # who may ask the API: routes are the supplied table's own
    ),
    "network.endpoints.securityGroup": (
        "network.endpoints.securityGroup", {"securityGroupId": "sg-0aaaaaaaaaaaaaaa1"},
        "sg-0aaaaaaaaaaaaaaa1",
    ),
    "controlPlane.encryptionKey": ("controlPlane.encryptionKey", {"keyArn": KEY}, KEY),
    "controlPlane.endpoints.loadBalancer": (
        "controlPlane.endpoints.main.loadBalancer",
        {"targetGroupArn": TARGETS, "securityGroupIds": ["sg-0aaaaaaaaaaaaaaa2"]}, TARGETS,
    ),
    "controlPlane.endpoints.record.zone": (
        "controlPlane.endpoints.people.record.zone", {"hostedZoneId": "Z0AAAAAAAAAAAAA"},
        "Z0AAAAAAAAAAAAA",
    ),
    "controlPlane.etcd.image": ("controlPlane.etcd.image", {"imageId": "ami-0aaaaaaaaaaaaaaa1"},
                                "ami-0aaaaaaaaaaaaaaa1"),
    "controlPlane.controllers.image": (
        "controlPlane.controllers.image", {"imageId": "ami-0aaaaaaaaaaaaaaa2"},
        "ami-0aaaaaaaaaaaaaaa2",
    ),
    "nodePools.image": (
        "nodePools.workers.image", {"imageId": "ami-0aaaaaaaaaaaaaaa3", "family": "al2023"},
        "ami-0aaaaaaaaaaaaaaa3",
    ),
    "access.administrator": ("access.administrator", {"roleArn": f"{IAM}:role/admins"},
                             "role/admins"),
    "carryIn.buckets": ("carryIn.buckets.goods", {"bucketName": "goods-of-the-bank",
                                                  "nodePools": ["workers"]}, "goods-of-the-bank"),
    "carryIn.repositories": ("carryIn.repositories.base", {"repositoryName": "bank/base"},
                             "bank/base"),
}  # fmt: skip
NAMED = {  # by id or by name alone, without a kind
    "controlPlane.controllers.securityGroupIds": ["sg-0aaaaaaaaaaaaaaa3"],
    "controlPlane.etcd.securityGroupIds": ["sg-0aaaaaaaaaaaaaaa4"],
    "nodePools.workers.securityGroupIds": ["sg-0aaaaaaaaaaaaaaa5"],
    "nodePools.workers.keyName": "ops-of-the-bank",
    "network.endpoints.existing": {"s3": ENDPOINT},
    "access.operator.instanceProfileArn": f"{IAM}:instance-profile/operators-of-the-bank",
}
GATEWAYS: dict[str, tuple[str, dict[str, Any], str]] = {
    "network.egress.internetGateway": (
        "network.egress.internetGateway", {"internetGatewayId": "igw-0aaaaaaaaaaaaaaa0"},
        "igw-0aaaaaaaaaaaaaaa0",
    ),
    "network.egress.natGateways": (
        "network.egress.natGateways.theirs", {"natGatewayId": "nat-0aaaaaaaaaaaaaaa0"},
        "nat-0aaaaaaaaaaaaaaa0",
    ),
    "network.egress.natGateways.elasticIp": (
        "network.egress.natGateways.ours.elasticIp",
        {"allocationId": "eipalloc-0aaaaaaaaaaaaaaa0"}, "eipalloc-0aaaaaaaaaaaaaaa0",
    ),
    "network.connections.gateway": (
        "network.connections.line.gateway", {"vpnGatewayId": "vgw-0aaaaaaaaaaaaaaa0"},
        "vgw-0aaaaaaaaaaaaaaa0",
    ),
    "network.flowLogs.destination.bucket": (
        "network.flowLogs.destination.bucket", {"bucketArn": BUCKET_ARN}, BUCKET_ARN,
    ),
}  # fmt: skip
ELSEWHERE = {  # shown where what they are is read
    "controlPlane.etcd": "tests/components/test_self_hosted_stack.py",
    "controlPlane.pki": "tests/components/test_pki.py",
}
REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "controlPlane.role": (
        "controlPlane.role", {"roleArn": f"{IAM}:role/eks"},
        "is no key that heiiki knows; it belongs to kind eks",
    ),
    "nodePools.instanceProfile": (
        "nodePools.workers.instanceProfile",
        {"roleArn": f"{IAM}:role/nodes", "instanceProfileArn": f"{IAM}:instance-profile/nodes"},
        "is supplied, and only a role of ours is sure to read what its machines boot from",
    ),
}  # fmt: skip
KINDS = {"existing", "custom", "supplied", "caSupplied"}


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from models(inner)


def supplied_kinds(model: type[BaseModel] = ClusterSpec, path: str = "") -> Iterator[str]:
    """Where in a stack file something may be of others."""
    kind = model.model_fields.get("kind")
    if kind is not None and KINDS & {*typing.get_args(kind.annotation)}:
        yield path
    for name, found in model.model_fields.items():
        for part in models(found.annotation):
            yield from supplied_kinds(part, f"{path}.{found.alias or name}".removeprefix("."))


def test_every_kind_is_used_or_refused():
    shown = [CLOSED, GATEWAYS, REFUSED, ELSEWHERE]
    assert set(supplied_kinds()) == {path for table in shown for path in table}
    assert sum(map(len, shown)) == len({path for table in shown for path in table})


def put(into: dict[str, Any], path: str, value: Any) -> None:
    *parts, last = path.split(".")
    for part in parts:
        into = into.setdefault(part, {})
    if isinstance(into.get(last), dict) and isinstance(value, dict):
        into[last] |= value
    else:
        into[last] = value


def spec_of(table: dict[str, tuple[str, dict[str, Any], str]], more: dict[str, Any]) -> ClusterSpec:
    nested: dict[str, Any] = {"controlPlane": dict(asked()["controlPlane"])}
    for path, value in more.items():
        put(nested, path, value)
    for path, value, _ in table.values():
        kinds = {} if path == "network.subnets" else {"kind": "existing"}
        put(nested, path, {**({"kind": "custom"} if path.endswith(".image") else kinds), **value})
    changes = {"availabilityZones": ZONES}
    for key, value in nested.items():
        changes |= {key: value} if key in ("controlPlane", "carryIn") else {
            f"{key}.{inner}": keys for inner, keys in value.items()}  # fmt: skip
    return stack(changes)


def lock_of(spec: ClusterSpec, supplied: dict[str, Any]) -> Lock:
    keys = completed(lock(), spec).model_dump(mode="json", by_alias=True)
    for noun, records in supplied.items():
        keys["supplied"][noun] |= records
    return locked(keys)


@pytest.fixture(scope="module")
def closed() -> tuple[ClusterSpec, Lock]:
    """Everything that a closed network may be given."""
    spec = spec_of(CLOSED, {
        **NAMED,
        "controlPlane.endpoints": {"main": {"dnsName": "api.k8s.example.com"},
                                   "people": {"dnsName": "people.k8s.example.com"}},
        "carryIn.importerArns": [f"{IAM}:role/carrier"],
        "access.operator.subnet": "a",
        "controlPlane.apiServer.issuers.corp": {
            "url": "https://login.example.com", "cidrs": ["10.0.48.0/24"], "audiences": ["a"],
            "certificateAuthority": authority("of the login").pem},
        "nodePools.workers": {"instanceType": "m7i.large", "maxSize": 3},
    })  # fmt: skip
    partition, tags = partition_of(spec.region), {"kubernetes.io/cluster/test": "shared"}
    subnets = {
        s.subnet_id: {"vpcId": VPC, "availabilityZone": s.availability_zone, "cidr": str(s.cidr),
                      "routeTableId": TABLE, "tags": tags, "mapPublicIpOnLaunch": False}
        for s in spec.network.subnets.values() if s.kind == "existing"
    }  # fmt: skip
    local = {"destination": "10.0.0.0/16", "target": "local"}
    house = {"destination": "10.77.0.0/16", "target": "tgw-0aaaaaaaaaaaaaaa0"}
    tables = {TABLE: [local, house], "rtb-0bbbbbbbbbbbbbbb0": [local]}
    buckets, repositories = (
        make(spec, partition, ACCOUNT) for make in (plan_buckets, plan_repositories)
    )
    https = [{"protocol": "tcp", "ports": [443, 443], "cidrs": ["10.0.0.0/16"]}]
    records: dict[str, Any] = {
        "vpcs": {VPC: {"cidrs": ["10.0.0.0/16"], "dnsSupport": True, "dnsHostnames": True,
                       "watch": {"flowLogs": ["ALL"], "queryLogs": True, "dnsFirewall": {
                           "failOpen": False, "rules": [
                               {"action": "ALLOW", "domains": ["*.amazonaws.com", "*.internal",
                                                               "*.api.aws", "*.example.com"]},
                               {"action": "BLOCK", "domains": ["*"]}]}}}},
        "subnets": subnets,
        "routeTables": {table: {"vpcId": VPC, "tags": tags, "routes": routes}
                        for table, routes in tables.items()},
        "securityGroups": {
            group: {"vpcId": VPC, "ingress": https if group.endswith("1") else []}
            for group in (f"sg-0aaaaaaaaaaaaaaa{number}" for number in range(1, 6))
        },
        "buckets": {"goods-of-the-bank": {
            "region": spec.region, "publicAccessBlocked": True, "encryption": "aws:kms",
            "versioned": True, "policy": buckets["goods"].policy}},
        "repositories": {"bank/base": {"encryption": "KMS", "tagMutability": "IMMUTABLE",
                                       "policy": repositories["base"].policy}},
    }  # fmt: skip
    gateway: dict[str, Any] = {
        "vpcId": VPC, "serviceName": "com.amazonaws.ap-northeast-1.s3", "type": "Gateway",
        "state": "available", "privateDns": False, "routeTableIds": [*tables],
    }  # fmt: skip
    without = records | {"endpoints": {ENDPOINT: {**gateway, "policy": None}}}
    gateway["policy"] = _least(spec, without)
    records["endpoints"] = {ENDPOINT: gateway}
    return spec, lock_of(spec, records)


def _least(spec: ClusterSpec, records: dict[str, Any]) -> Any:
    """The policy that its owner is asked for."""
    with pytest.raises(PlanError) as refused:
        plan_cluster(spec, lock_of(spec, records))
    (told,) = refused.value.faults  # else what is read is not sound
    return json.loads(told.message.partition("ask its owner for ")[2])


def all_of(spec: ClusterSpec, read: Lock) -> str:
    """What is declared, what machines boot from, and what the stack puts out."""
    recorder, _, told, _ = declared(spec, read)
    inputs = [r.inputs for r in recorder.resources]
    bundles = [base64.b64decode(i["contentBase64"]) for i in inputs if "contentBase64" in i]
    texts = (gzip.decompress(bundle).decode("latin-1") for bundle in bundles)
    return "\n".join([*map(str, inputs), *texts, str(told)])


@pytest.fixture(scope="module")
def in_closed(closed: tuple[ClusterSpec, Lock]) -> str:
    return all_of(*closed)


@pytest.mark.parametrize("path", CLOSED)
def test_what_a_closed_network_is_given_is_used(path: str, in_closed: str):
    assert CLOSED[path][2] in in_closed


@pytest.mark.parametrize("path", NAMED)
def test_what_is_named_without_a_kind_is_used(path: str, in_closed: str):
    value = NAMED[path]
    if path == "network.endpoints.existing":  # a gateway endpoint is used by what stands in tables
        assert "pl-0123456789abcdef0" in in_closed
    else:
        name = value if isinstance(value, str) else value[0]
        assert name.rpartition("/")[2] in in_closed


def test_an_issuer_of_others_reaches_api_servers_and_the_end_of_its_authority_is_told(
    in_closed: str,
):
    assert 'url: "https://login.example.com"' in in_closed, "in the bundle of controllers"
    assert "'issuer-corp': '" in in_closed, "among certificatesEnd"


def test_what_an_open_network_is_given_is_used():
    subnet = {"kind": "create", "availabilityZone": "ap-northeast-1a"}
    spec = spec_of(GATEWAYS, {
        "network.subnets": {
            "front": {**subnet, "cidr": "10.0.0.0/20", "exposure": "public"},
            **{f"back-{zone}": {**subnet, "availabilityZone": f"ap-northeast-1{zone}",
                                "cidr": f"10.0.{16 * n}.0/20", "exposure": "private",
                                "natGateway": "ours" if zone == "a" else "theirs"}
               for n, zone in enumerate("acd", 1)},
        },
        "network.egress": {"kind": "nat", "natGateways": {"ours": {"kind": "create",
                                                                   "subnet": "front"}}},
        "network.connections.line": {"kind": "virtualPrivateGateway",
                                     "onPremisesCidrs": ["10.78.0.0/16"]},
        "network.flowLogs.destination": {"kind": "bucket"},
    })  # fmt: skip
    found = all_of(spec, lock_of(spec, {}))
    assert [path for path, (_, _, mark) in GATEWAYS.items() if mark not in found] == []


@pytest.mark.parametrize("path", REFUSED)
def test_what_is_refused_says_why(path: str):
    where, keys, words = REFUSED[path]
    with pytest.raises((SpecError, PlanError)) as refused:
        pool = {"instanceType": "m7i.large", "maxSize": 3}
        spec = spec_of({path: (where, keys, "")}, {"nodePools.workers": pool})
        plan_cluster(spec, lock_of(spec, {}))
    assert [f for f in refused.value.faults if f.path.startswith(where) and words in f.message]
