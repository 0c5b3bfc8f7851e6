"""Two control planes of our own compared: every key that may be asked is told by a row."""

import typing
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from pydantic import BaseModel

from plan.cluster import ClusterPlan, plan_cluster
from plan.differences.environments import differences
from plan.differences.own_rows import _NOUNS, OWN_LEFT_OUT, own_rows
from spec.self_hosted import SelfHostedSpec
from spec.stack_file import parse_stack_file
from tests.plan import foreign_etcd
from tests.plan.own import ARTIFACTS, OPEN_NETWORK, ZONES, asked, lock, planned
from tests.plan.pki.authority import authority
from tests.plan.samples import ACCOUNT, completed, lock_keys, locked, plan
from tests.spec.stack_files import changed, text_of

CONTROL_PLANE = "controlPlane"
# What stands in the place of a name that people choose.
NAMES = {
    ("endpoints",): "main",
    ("apiServer", "issuers"): "corp",
    **{(part, "custom", "files"): "/etc/motd" for part in ("etcd", "controllers")},
    **{(part, "custom", "units"): "a.service" for part in ("etcd", "controllers")},
    **{(part, "custom", "scripts"): "a" for part in ("etcd", "controllers")},
}
THEIRS = "is another certificate in every environment; the keys tell it, by its digest"
SPOKEN = "is a sentence that every preview shows, and does nothing"
READ = "is where the text is read from, and the text is told by its digest"
WITHOUT_ROW = {
    **{f"pki.authorities.{name}.{key}": THEIRS
       for name in ("kubernetes", "kubelet", "etcd", "frontProxy")
       for key in ("certificate", "alsoTrusted")},
    "pki.files": THEIRS,
    "etcd.certificateAuthority": THEIRS,
    "etcd.clientCertificate": THEIRS,
    "apiServer.issuers.certificateAuthority": THEIRS,
    "etcd.snapshots.reason": SPOKEN,
    **{f"{part}.custom.{kind}.file": READ for part in ("etcd", "controllers")
       for kind in ("files", "units", "scripts")},
    "endpoints.record.zone.moreVpcIds": "are VPCs of people, others in every environment",
    "encryptionKey.keyArn": "is of the nature of an environment: each has a key of its own",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """The key's value on the right; on the left it is `left`, or not written.

    beside: further keys of controlPlane on both sides. network: keys outside of it, on both.
    """

    right: Any
    left: Any = None
    beside: dict[str, Any] = field(default_factory=dict)
    right_beside: dict[str, Any] = field(default_factory=dict)
    network: dict[str, Any] = field(default_factory=dict)


SNAPSHOT = f"snapshots/test/test-1/20260101T000000Z-r9-{'0' * 64}.db"
RESTORES = {"artifacts": {"binaries": {**ARTIFACTS["binaries"], "etcdutl": "0" * 64}}}
IMAGE, OTHER_IMAGE = "ami-0123456789abcdef0", "ami-0fedcba9876543210"
GROUP = "sg-0123456789abcdef0"
CUSTOM_IMAGE = {"kind": "custom", "imageId": IMAGE}
TARGETS = f"arn:aws:elasticloadbalancing:ap-northeast-1:{ACCOUNT}:targetgroup/{{}}/0123456789abcdef"
SUPPLIED = {"kind": "existing", "targetGroupArn": TARGETS.format("a"), "securityGroupIds": [GROUP]}
NAMED = {"kind": "named", "dnsName": "blue.k8s.example.com"}
PEOPLE = {"dnsName": "people.k8s.example.com", "loadBalancer": NAMED}
MAIN = {"dnsName": "api.k8s.example.com"}
ENDPOINT: dict[str, Any] = {"endpoints.main": MAIN}
LOCAL = {"encryption": {"kind": "localKeys"}}
KEY = f"arn:aws:kms:ap-northeast-1:{ACCOUNT}:key/0123abcd-0123-0123-0123-0123456789ab"
OTHER_DIGEST = "1" * 64


@cache
def external() -> dict[str, Any]:
    found = foreign_etcd.changes()
    return {key.removeprefix("controlPlane."): value for key, value in found.items()
            if key.startswith("controlPlane.")}  # fmt: skip


def volume(part: str) -> dict[str, Case]:
    """Keys of a volume of etcd or of controllers."""
    io2 = {part: {"kind": "io2", "sizeGib": 100, "iops": 3000}}
    return {
        f"{part}.sizeGib": Case(99),
        f"{part}.kind": Case("io2", right_beside=io2),
        f"{part}.iops": Case(4000),
        f"{part}.throughputMibps": Case(250),
    }


def image(part: str) -> dict[str, Case]:
    return {
        f"{part}.kind": Case("custom", right_beside={part: CUSTOM_IMAGE}),
        f"{part}.imageId": Case(OTHER_IMAGE, IMAGE, {part: CUSTOM_IMAGE}),
        f"{part}.rootDevice": Case("/dev/sda1", beside={part: CUSTOM_IMAGE}),
    }


def custom(part: str) -> dict[str, Case]:
    files, units, scripts = (f"{part}.custom.{kind}" for kind in ("files", "units", "scripts"))
    text = {"content": "a"}
    file, unit, script = (
        {f"{kind}.{name}": text}
        for kind, name in ((files, "/etc/motd"), (units, "a.service"), (scripts, "a"))
    )
    unit = {f"{units}.a.service": {"content": "[Service]\nExecStart=/bin/true"}}
    script = {f"{scripts}.a": {"content": "#!/bin/sh\ntrue"}}
    step = "start-containerd" if part == "controllers" else "start-etcd"
    return {
        f"{files}.content": Case("b", beside=file),
        f"{files}.mode": Case("0600", beside=file),
        f"{files}.owner": Case("root:adm", beside=file),
        f"{units}.content": Case("[Service]\nExecStart=/bin/false", beside=unit),
        f"{units}.enabled": Case(False, beside=unit),
        f"{scripts}.content": Case("#!/bin/sh\nfalse", beside=script),
        f"{scripts}.before": Case(step, beside=script),
        f"{scripts}.after": Case(step, beside=script),
    }


def rotations() -> dict[str, Case]:
    names = ("kubernetes", "kubelet", "etcd", "frontProxy", "serviceAccount")
    return {
        **{f"pki.rotation.{name}.generation": Case(2) for name in names},
        **{f"pki.rotation.{name}.alsoTrusted": Case(2) for name in names},
    }


def issuer() -> dict[str, Any]:
    return {"url": "https://login.example.com", "cidrs": ["10.0.1.0/24"], "audiences": ["a"],
            "certificateAuthority": authority("of the login").pem}  # fmt: skip


BALANCER = "endpoints.loadBalancer"
CASES: dict[str, Case] = {
    "kind": Case("selfHosted"),  # compared with EKS, below
    "version": Case("1.34"),
    "serviceCidr": Case("172.22.0.0/16"),
    "podCidr": Case("100.80.0.0/14"),
    "pki.apiServerNames": Case(["more.example.com"]),
    "pki.apiServerAddresses": Case(["10.0.0.99"]),
    "pki.expiry.warnDays": Case(40),
    "pki.expiry.failDays": Case(3),
    "pki.algorithm": Case("ECDSA-P384"),
    "pki.serviceAccountAlgorithm": Case("RSA-3072"),
    "pki.validity.authorityDays": Case(1000),
    "pki.validity.certificateDays": Case(200),
    "pki.validity.renewBeforeDays": Case(20),
    "pki.validity.administratorHours": Case(12),
    **rotations(),
    "pki.kind": Case("caSupplied", right_beside={"pki": {
        "kind": "caSupplied",
        "authorities": {"kubernetes": {"certificate": authority("of the bank").pem}}}}),
    "etcd.kind": Case("existing", right_beside=external()),
    "etcd.version": Case("3.6.17"),
    "etcd.placement": Case("controllers", beside={"controllers.instanceType": "m6i.xlarge"}),
    "etcd.members": Case(5),
    "etcd.subnets": Case(["nodes-1a", "nodes-1a", "nodes-1d"]),
    "etcd.instanceType": Case("m6i.xlarge"),
    **image("etcd.image"),
    **volume("etcd.rootVolume"),
    **volume("etcd.dataVolume"),
    "etcd.securityGroupIds": Case([GROUP]),
    "etcd.rollout.kind": Case("atOnce"),
    "etcd.rollout.timeoutSeconds": Case(1000),
    "etcd.snapshots.kind": Case("none", right_beside={
        "etcd.snapshots": {"kind": "none", "reason": "others keep snapshots of it"}}),
    "etcd.snapshots.intervalMinutes": Case(30),
    "etcd.snapshots.retentionDays": Case(90),
    "etcd.restore.snapshot": Case(SNAPSHOT, SNAPSHOT.replace("r9", "r8"),
                                  {"etcd.restore.generation": 2, **RESTORES}),
    "etcd.restore.generation": Case(3, 2, {"etcd.restore.snapshot": SNAPSHOT, **RESTORES}),
    **custom("etcd"),
    "etcd.endpoints": Case([*foreign_etcd.ENDPOINTS, "https://10.20.3.9:2380"], beside=external()),
    "etcd.cidrs": Case(["10.20.3.0/24", "10.20.4.0/24"], beside=external()),
    "controllers.instanceType": Case("m6i.xlarge"),
    "controllers.minSize": Case(3),
    "controllers.maxSize": Case(6),
    "controllers.minInService": Case(0),
    "controllers.subnets": Case(["nodes-1a", "nodes-1c"]),
    **image("controllers.image"),
    "controllers.labels": Case({"rack": "a"}),
    **volume("controllers.rootVolume"),
    "controllers.securityGroupIds": Case([GROUP]),
    "controllers.health.kind": Case("instance"),
    "controllers.health.graceSeconds": Case(700),
    "controllers.timeoutSeconds": Case(1000),
    **custom("controllers"),
    "controllers.kubelet.podPidsLimit": Case(1024),
    "controllers.kubelet.imageGcHighThresholdPercent": Case(90),
    "controllers.kubelet.imageGcLowThresholdPercent": Case(60),
    "controllers.kubelet.evictionHard": Case({"memory.available": "500Mi"}),
    "apiServer.bootstrapTokens": Case(True),
    "apiServer.staticTokens": Case(True),
    "apiServer.aggregationLayer": Case(False),
    "apiServer.admissionPlugins": Case(["PodNodeSelector"]),
    "apiServer.featureGates": Case({"MutableCSINodeAllocatableCount": True}),
    **{f"apiServer.issuers.{key}": Case(value, beside={"apiServer.issuers.corp": issuer()})
       for key, value in (
           ("url", "https://other.example.com"), ("cidrs", ["10.0.2.0/24"]), ("audiences", ["b"]),
           ("usernameClaim", "email"), ("groupsClaim", "roles"),
           ("requiredClaims", {"tenant": "a"}))},
    "endpoints.dnsName": Case("other.k8s.example.com", "api.k8s.example.com"),
    f"{BALANCER}.kind": Case("existing", beside=ENDPOINT,
                             right_beside={"endpoints.main.loadBalancer": SUPPLIED}),
    f"{BALANCER}.internal": Case(False, beside={"endpoints.first": {
        "dnsName": "first.k8s.example.com"}, **ENDPOINT}, right_beside={
        "endpoints.main.loadBalancer": {"allowedCidrs": ["203.0.113.7/32"]}},
        network=OPEN_NETWORK),
    f"{BALANCER}.subnets": Case(["nodes-1a"], beside=ENDPOINT),
    f"{BALANCER}.port": Case(443, beside={**ENDPOINT, "endpoints.first": {
        "dnsName": "first.k8s.example.com"}}),
    f"{BALANCER}.allowedCidrs": Case(["10.9.0.0/16"], beside=ENDPOINT),
    f"{BALANCER}.crossZone": Case(False, beside=ENDPOINT),
    f"{BALANCER}.preserveClientAddress": Case(True, beside=ENDPOINT),
    f"{BALANCER}.deletionProtection": Case(False, beside=ENDPOINT),
    f"{BALANCER}.targetGroupArn": Case(TARGETS.format("b"), TARGETS.format("a"), {
        "endpoints.main": {**MAIN, "loadBalancer": SUPPLIED}}),
    f"{BALANCER}.securityGroupIds": Case([GROUP, "sg-11111111111111111"], [GROUP], {
        "endpoints.main": {**MAIN, "loadBalancer": SUPPLIED}}),
    f"{BALANCER}.dnsName": Case("green.k8s.example.com", "blue.k8s.example.com", {
        "endpoints.first": {"dnsName": "blue.k8s.example.com"}, "endpoints.main": PEOPLE}),
    "endpoints.record.kind": Case("none", beside=ENDPOINT),
    "endpoints.record.zone.kind": Case("existing", beside=ENDPOINT, right_beside={
        "endpoints.main.record.zone": {"kind": "existing", "hostedZoneId": "Z0123456789ABC"}}),
    "endpoints.record.zone.name": Case("example.com", beside=ENDPOINT),
    "endpoints.record.zone.hostedZoneId": Case("Z0123456789ABC", "Z0123456789XYZ", {
        **ENDPOINT, "endpoints.main.record.zone": {"kind": "existing"}}),
    "endpoints.record.ttlSeconds": Case(30, beside=ENDPOINT),
    "endpoints.record.handedOver": Case(True, beside={
        "endpoints.first": {"dnsName": "blue.k8s.example.com"},
        "endpoints.main": {**PEOPLE, "record": {
            "zone": {"kind": "existing", "hostedZoneId": "Z0123456789ABC"}}}}),
    "kubeconfig.dnsName": Case("more.example.com", beside={
        "pki.apiServerNames": ["more.example.com"]}),
    "kubeconfig.port": Case(444, 443, {
        "pki.apiServerNames": ["more.example.com"], "kubeconfig.dnsName": "more.example.com"}),
    "kubeconfig.clusterId": Case("blue"),
    "kubeconfig.alsoTrusted": Case(authority("of blue").pem),
    "encryption.moreResources": Case(["configmaps"]),
    "encryption.kind": Case("localKeys"),
    "encryption.provider": Case("aescbc", beside=LOCAL),
    "encryption.key.generation": Case(2, beside=LOCAL),
    "encryption.key.alsoTrusted": Case(2, beside=LOCAL),
    "encryptionKey.kind": Case("existing", right_beside={
        "encryptionKey": {"kind": "existing", "keyArn": KEY}}),
    "encryptionKey.deletionWindowDays": Case(7),
    "deletionProtection": Case(False),
    "artifacts.bucket": Case("another-bucket"),
    "artifacts.binaries": Case({**ARTIFACTS["binaries"], "kubelet": OTHER_DIGEST}),
    "artifacts.images": Case({**ARTIFACTS["images"], "pause":
                              f"kubernetes/pause@sha256:{OTHER_DIGEST}"}),
    "host.cgroupV1": Case(True),
    "host.localStorageIsolation": Case(False),
    "host.lowersOomScore": Case(False),
    "host.authoritiesFile": Case("/etc/ssl/certs/ca-certificates.crt"),
}  # fmt: skip


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The parts of the stack file that a key may hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from models(inner)


def keys(model: type[BaseModel], path: str = "") -> Iterator[str]:
    """Every key below it that holds no part itself."""
    for name, found in model.model_fields.items():
        at = f"{path}.{found.alias or name}".removeprefix(".")
        parts = [*models(found.annotation)]
        if not parts:
            yield at
        for part in parts:
            yield from keys(part, at)


def test_every_key_has_a_row_or_a_reason() -> None:
    found = set(keys(SelfHostedSpec))
    assert len(found) > 100
    assert found == CASES.keys() | WITHOUT_ROW.keys()
    assert not CASES.keys() & WITHOUT_ROW.keys()


def put(into: dict[str, Any], path: str, value: Any) -> None:
    """The value at the path, with the names that stand for those of people."""
    parts = tuple(path.split("."))
    if parts[-1] == "service":  # a unit's name has a dot itself
        parts = (*parts[:-2], "a.service")
    here = into
    for number, part in enumerate(parts[:-1], 1):
        here = here.setdefault(part, {})
        name = NAMES.get(parts[:number])
        if name is not None and parts[number] not in (name, "first"):
            here = here.setdefault(name, {})
    if isinstance(value, dict) and isinstance(here.get(parts[-1]), dict):
        here[parts[-1]] |= deepcopy(value)
    else:
        here[parts[-1]] = deepcopy(value)


def stack_with(*changes: dict[str, Any], network: dict[str, Any]) -> ClusterPlan:
    own: dict[str, Any] = {"kind": "selfHosted", "artifacts": deepcopy(ARTIFACTS)}
    for change in changes:
        for path, value in change.items():
            put(own, path, value)
    read = lock({}).model_dump(mode="json", by_alias=True)
    read["kubernetesVersion"] = own.get("version", read["kubernetesVersion"])
    read["images"]["al2023/1.34/x86_64"] = IMAGE
    wanted = {"availabilityZones": ZONES, CONTROL_PLANE: own, **network}
    if own.get("etcd", {}).get("kind") == "existing":
        wanted |= foreign_etcd.changes() | {CONTROL_PLANE: own}
        wanted = {k: v for k, v in wanted.items() if not k.startswith("controlPlane.")}
    return plan(wanted, locked(read))


@pytest.mark.parametrize("path", CASES)
def test_what_is_asked_otherwise_is_told_by_a_row(path: str) -> None:
    case = CASES[path]
    left = stack_with(case.beside, {} if case.left is None else {path: case.left},
                      network=case.network)  # fmt: skip
    right = stack_with(case.beside, case.right_beside, {path: case.right},
                       network=case.network)  # fmt: skip
    if path == "kind":
        left = plan({"availabilityZones": ZONES})
    found = {d.noun for d in differences(left, right).follows}
    assert found & {"control plane", *_NOUNS}, found
    nothing = differences(right, right)
    assert (nothing.asked, nothing.follows) == ((), ())


def test_a_switch_is_told_though_it_is_called_after_a_secret() -> None:
    found = differences(planned(), planned({"controlPlane.apiServer": {"bootstrapTokens": True}}))
    (told,) = found.asked
    assert (told.path, told.left, told.right) == (
        "controlPlane.apiServer.bootstrapTokens", False, True,
    )  # fmt: skip
    (row,) = found.follows
    assert (row.noun, row.name, row.property) == ("API server", "switches", "bootstrap tokens")


def test_what_is_left_out_is_there_and_every_noun_is_everywhere() -> None:
    for kind, fields in OWN_LEFT_OUT.items():
        assert set(fields) <= {*kind.__dataclass_fields__}, kind
    assert [*own_rows(planned())] == [*own_rows(plan())] == [*_NOUNS]
    assert not any(own_rows(plan()).values())


def elsewhere(name: str, region: str, letters: str, account: str) -> ClusterPlan:
    """The same stack in another place."""
    text = text_of(changed(asked(RICH))).replace("heiiki:name: test", f"heiiki:name: {name}")
    for old, new in zip("acd", letters, strict=True):
        text = text.replace(f"ap-northeast-1{old}", f"{region}{new}")
    text = text.replace("ap-northeast-1", region).replace(ACCOUNT, account)
    keys = lock_keys(region)
    if region != "ap-northeast-1":
        keys["images"] = {name: f"ami-{number:0>17}" for number, name in enumerate(keys["images"])}
    keys["accountId"] = account
    spec = parse_stack_file(text, where="x")
    return plan_cluster(spec, completed(locked(keys), spec))


RICH: dict[str, Any] = {
    "controlPlane.etcd": {"members": 5},
    "controlPlane.endpoints": {
        "main": {"dnsName": "api.k8s.example.com"},
        "people": {"dnsName": "people.k8s.example.com", "loadBalancer": NAMED},
    },
    "controlPlane.controllers": {"labels": {"rack": "a"}},
}


@pytest.mark.parametrize("name", ["aws", "s3", "node", "etcd", "a"])
def test_a_name_of_its_own_is_no_difference_whatever_it_is(name: str) -> None:
    found = differences(planned(RICH), elsewhere(name, "ap-northeast-1", "acd", "210987654321"))
    assert found.follows == ()
    assert found.count == 0


@pytest.mark.parametrize(
    ("region", "letters"),
    [("ap-northeast-1", "bef"), ("us-east-1", "bdf"), ("eu-central-2", "abc"),
     ("us-gov-west-1", "abc")],
)  # fmt: skip
def test_a_place_of_its_own_is_no_difference(region: str, letters: str) -> None:
    """But for one: where S3 is not known to tell whose an endpoint is, buckets are held otherwise,
    and one less is said in the policy of the machines'."""
    found = differences(planned(RICH), elsewhere("closed", region, letters, "210987654321"))
    otherwise = {"bucket of machines"} if region.startswith("us-gov-") else set()
    assert {difference.noun for difference in found.follows} == otherwise
    assert [d for d in found.asked if not d.of_nature] == []
