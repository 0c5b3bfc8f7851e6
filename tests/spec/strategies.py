"""Hypothesis strategies: valid stack files over most of what may be asked, and broken ones."""

import copy
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

FAST = settings(  # the same examples in every run; a red one is a red one for everybody
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
REGIONS = ("ap-northeast-1", "eu-central-1", "us-gov-west-1", "cn-north-1")
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,10}[a-z0-9]", fullmatch=True)
TYPES = ("m7i.large", "t3.medium", "t3.micro", "m7g.large", "m6i.4xlarge")
MARKER = "hunter2"  # a secret that mutations plant
SECRETS = (
    f"https://user:{MARKER}@proxy.example.com", f"-----BEGIN PRIVATE KEY-----\n{MARKER}",
    f"AKIAIOSFODNN7{MARKER.upper()}", f"password={MARKER}",
)  # fmt: skip


@st.composite
def pools(draw: st.DrawFn) -> dict[str, Any]:
    low, high = sorted(draw(st.tuples(st.integers(0, 5), st.integers(1, 9))))
    pool: dict[str, Any] = {
        "kind": draw(st.sampled_from(("selfManaged", "managed"))),
        "instanceType": draw(st.sampled_from(TYPES)),
        "minSize": low,
        "maxSize": max(high, 1),
    }
    optional = {
        "image": st.sampled_from(
            (
                {"kind": "optimized", "family": "bottlerocket"},
                {"kind": "optimized", "family": "al2023"},
                {"kind": "custom", "imageId": "ami-0123456789abcdef0", "family": "al2023"},
            )
        ),
        "labels": st.dictionaries(NAMES, NAMES, max_size=2),
        "taints": st.just([{"key": "dedicated", "value": "x", "effect": "NoSchedule"}]),
        "keyName": st.just("operator-key"),
        "maxPods": st.integers(4, 250),
        "rootVolume": st.just({"sizeGib": 30}),
    }
    for key, values in optional.items():
        if draw(st.booleans()):
            pool[key] = draw(values)
    if pool["kind"] == "selfManaged" and draw(st.booleans()):
        al2023 = pool.get("image", {}).get("family", "al2023") == "al2023"
        pool["readiness"] = {"kind": draw(st.sampled_from(("none", "nodeReady")[: 1 + al2023]))}
    return pool


OWN_CONTROL_PLANE = {
    "kind": "selfHosted",
    "podCidr": "10.64.0.0/12",
    "etcd": {"members": 1},
    "endpoints": {"main": {"dnsName": "api.example.com"}},
    "artifacts": {
        "bucket": "carried-in", "binaries": {"kubelet": "0" * 64},
        "images": {"pause": f"kubernetes/pause@sha256:{'0' * 64}"},
    },
}  # fmt: skip
CONNECTIONS = {
    "bastion": {
        "kind": "bastionVpc", "vpcCidr": "172.24.0.0/24", "subnetCidr": "172.24.0.0/25",
        "availabilityZone": "{region}a", "allowedCidrs": ["203.0.113.7/32"],
    },
    "peer": {
        "kind": "vpcPeering", "peerVpcId": "vpc-0123456789abcdef0", "peerCidrs": ["172.28.0.0/16"],
    },
    "office": {
        "kind": "transitGateway", "transitGatewayId": "tgw-0123456789abcdef0",
        "onPremisesCidrs": ["192.168.0.0/16"],
    },
    "own": {"kind": "existing", "targetId": "tgw-0123456789abcdef1", "cidrs": ["10.250.0.0/16"]},
    "direct": {
        "kind": "virtualPrivateGateway", "onPremisesCidrs": ["172.30.0.0/16"],
        "gateway": {"kind": "create", "amazonSideAsn": 64600},
    },
}  # fmt: skip


@st.composite
def stack_keys(draw: st.DrawFn) -> dict[str, Any]:
    """The keys of a stack file that is well-formed; the plan may still refuse what it asks."""
    region = draw(st.sampled_from(REGIONS))
    count = draw(st.integers(2, 4))
    keys: dict[str, Any] = {
        "name": draw(NAMES),
        "region": region,
        "availabilityZones": [f"{region}{letter}" for letter in "abcd"[:count]],
        "nodePools": draw(st.dictionaries(NAMES, pools(), min_size=1, max_size=3)),
    }
    flags = ("podIdentity", "irsa", "ebsCsi", "clusterAutoscaler", "containerLogs", "vpcCni")
    optional = {
        "profile": st.sampled_from(("development", "highlyAvailable")),
        "tags": st.dictionaries(NAMES, st.sampled_from(("", "開発", "a b")), max_size=2),
        "boundary": st.just({"organizationId": "o-abcde12345"}),
        "addOns": st.dictionaries(st.sampled_from(flags), st.booleans()),
        "access": access(),
        "network": networks(region),
        "carryIn": carried(),
        "controlPlane": st.sampled_from(
            (
                {"kind": "eks", "version": "1.35"},
                {"serviceCidr": "10.96.0.0/16", "logTypes": ["audit"]},
                {"deletionProtection": False, "encryptionKey": {"kind": "create"}},
                OWN_CONTROL_PLANE,
            )
        ),
    }
    for key, values in optional.items():
        if draw(st.booleans()):
            keys[key] = draw(values)
    return keys


@st.composite
def carried(draw: st.DrawFn) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "importerArns": ["arn:aws:iam::123456789012:role/carrier"],
        "repositories": draw(
            st.dictionaries(
                NAMES,
                st.sampled_from(
                    ({"kind": "create"}, {"kind": "create", "imageTagMutability": "MUTABLE"},
                     {"kind": "create", "name": "team/app"},
                     {"kind": "existing", "repositoryName": "shared/base"})
                ),
                min_size=1, max_size=2,
            )
        ),
    }  # fmt: skip
    if draw(st.booleans()):
        days = draw(st.integers(1, 90))
        asked["buckets"] = {draw(NAMES): {"kind": "create", "oldVersionDays": days}}
    for switch in ("throughEndpointsOnly", "oneWay"):
        if draw(st.booleans()):
            asked[switch] = draw(st.booleans())
    return asked


@st.composite
def access(draw: st.DrawFn) -> dict[str, Any]:
    asked: dict[str, Any] = {"sessionManager": draw(st.booleans())}
    if draw(st.booleans()):
        asked["operator"] = draw(st.sampled_from(({}, {"machine": {"instanceType": "t3.nano"}})))
    if draw(st.booleans()):
        arn = "arn:aws:iam::123456789012:role/viewers"
        asked["principals"] = {draw(NAMES): {"principalArn": arn, "policy": "AmazonEKSViewPolicy"}}
    return asked


@st.composite
def networks(draw: st.DrawFn, region: str) -> dict[str, Any]:
    """Derived subnets in VPCs of several sizes, with connections and endpoints beside them."""
    prefix = draw(st.integers(15, 23))
    asked: dict[str, Any] = {"vpc": {"kind": "create", "cidr": f"10.0.0.0/{prefix}"}}
    names = draw(st.sets(st.sampled_from(sorted(CONNECTIONS))))
    if names:
        connections = {name: copy.deepcopy(CONNECTIONS[name]) for name in sorted(names)}
        if "bastion" in connections:
            connections["bastion"]["availabilityZone"] = f"{region}a"
        asked["connections"] = connections
        sources = {"office": "192.168.4.0/24", "direct": "172.30.0.0/16"}
        behind = [cidr for name, cidr in sources.items() if name in names]
        if behind and draw(st.booleans()):
            asked["dns"] = {"inboundEndpoint": {"sourceCidrs": behind}}
    if draw(st.booleans()):
        asked["endpoints"] = {
            "additional": draw(
                st.dictionaries(
                    st.sampled_from(("logs", "sts", "autoscaling", "kms")), st.just("asked for"),
                )
            ),
            "packageRepositories": draw(st.sampled_from(([], ["al2023"]))),
            "buckets": draw(st.sampled_from(([], ["own-bucket"]))),
        }  # fmt: skip
    return asked


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=True), st.text(max_size=30),
    st.sampled_from(
        ("", "10.0.0.0/33", "0.0.0.0/0", "x" * 5000, "閉域", "\u202e", "1.35", "true", "{}",
         10**400, -1, 2**64)
    ),
)  # fmt: skip
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document, the root left out."""
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    else:
        return []
    return [p for k, v in children for p in [(*path, k), *paths_of(v, (*path, k))]]


@st.composite
def broken_keys(draw: st.DrawFn, start: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    """A stack file's keys after one to four arbitrary changes."""
    keys = copy.deepcopy(draw(start))
    for _ in range(draw(st.integers(1, 4))):
        places = paths_of(keys)
        if not places:
            break
        *parents, last = draw(st.sampled_from(places))
        here = keys
        for parent in parents:
            here = here[parent]
        change = draw(st.sampled_from(("replace", "delete", "add", "rename", "secret")))
        if change == "replace":
            here[last] = draw(JUNK)
        elif change == "secret":
            here[last] = draw(st.sampled_from(SECRETS))
        elif change == "delete":
            del here[last]
        elif isinstance(here, list):
            here.insert(last, draw(JUNK))
        elif change == "rename":
            here[draw(st.text(max_size=12))] = here.pop(last)
        else:
            here[draw(st.one_of(st.text(max_size=12), st.sampled_from(("Kind", "kind"))))] = draw(
                JUNK
            )
    return keys
