"""What may be asked of etcd, API endpoints and controllers: the exact text of each fault."""

from typing import Annotated, Any

import jsonschema
import pytest
from pydantic import Field

from spec.api_endpoints import ApiEndpointSpec, CreateLoadBalancer, CreateRecord, NoRecord
from spec.base import Spec
from spec.controllers import ControllersSpec, LoadBalancerHealth
from spec.errors import SpecError, parse
from spec.etcd import CreateEtcd, EtcdSpec, ExistingEtcd
from spec.self_hosted import SelfHostedSpec
from tests.spec.stack_files import faults as faults_of
from tests.spec.stack_files import stack


class Asked(Spec):
    """The three of them as keys of one file."""

    etcd: Annotated[EtcdSpec, Field(description="etcd.")] = CreateEtcd()
    api: dict[str, ApiEndpointSpec] = Field(default_factory=dict, description="Endpoints.")
    controllers: ControllersSpec = Field(
        default_factory=ControllersSpec, description="Controllers."
    )


NAME = "api.dev.example.com"
ARN = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/api/0123456789abcdef"
SUPPLIED = {
    "kind": "existing",
    "targetGroupArn": ARN,
    "securityGroupIds": ["sg-0123456789abcdef0"],
}


def asked(raw: dict[str, Any]) -> Asked:
    return parse(Asked, raw, where="test")


def faults(raw: dict[str, Any]) -> list[str]:
    with pytest.raises(SpecError) as caught:
        asked(raw)
    return [f"{fault.path}: {fault.message}" for fault in caught.value.faults]


def endpoint(**keys: Any) -> dict[str, Any]:
    return {"api": {"main": {"dnsName": NAME, **keys}}}


def test_nothing_has_to_be_written():
    found = asked({})
    assert isinstance(found.etcd, CreateEtcd)
    assert (found.etcd.members, found.etcd.instance_type) == (3, "m6i.large")
    assert (found.etcd.data_volume.kind, found.etcd.data_volume.size_gib) == ("gp3", 50)
    assert found.etcd.rollout.kind == "oneByOne"
    assert (found.controllers.min_size, found.controllers.timeout_seconds) == (2, 900)
    assert found.controllers.health == LoadBalancerHealth(graceSeconds=600)


def test_an_endpoint_is_internal_ours_and_protected_unless_it_says_otherwise():
    found = asked(endpoint()).api["main"]
    assert found.load_balancer == CreateLoadBalancer()
    assert found.load_balancer.deletion_protection and found.load_balancer.allowed_cidrs == ()
    assert found.record is None
    assert asked(endpoint(record={})).api["main"].record == CreateRecord()
    supplied = asked(endpoint(loadBalancer=SUPPLIED, record={"kind": "none"})).api["main"]
    assert supplied.record == NoRecord(kind="none")


OUTSIDE = {"internal": False, "allowedCidrs": ["203.0.113.7/32"]}
NAMED = {"kind": "named", "dnsName": "api.blue.example.com"}
ZONE = {"kind": "existing", "hostedZoneId": "Z0123456789ABC"}


FOREIGN = {
    "kind": "existing", "endpoints": ["https://a.example.com:2379", "https://10.0.0.4:2379"],
    "cidrs": ["10.0.0.0/28"], "certificateAuthority": "-----BEGIN CERTIFICATE-----\n",
    "clientCertificate": "-----BEGIN CERTIFICATE-----\n",
}  # fmt: skip


def test_etcd_of_others_is_found_by_its_addresses_and_known_by_its_authority():
    found = asked({"etcd": FOREIGN}).etcd
    assert isinstance(found, ExistingEtcd) and len(found.endpoints) == 2


EVEN = (
    "must be 1, 3, 5 or 7: an even number survives no more losses than the odd one below it, and "
    "more than 7 make every write slower"
)

NO_MEMBERS = [  # the machine itself, names that nobody resolves, what is no address
    "http://a.example.com:2379", "https://localhost:2379", "https://etcd-1:2379",
    "https://etcd..example.com:2379", "https://a-.example.com:2379", "https://999.1.1.1:2379",
    "https://10.0.0.4:2379/", "https://10.0.0.4:02379",
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"etcd": {"members": 4}}, [f"etcd.members: {EVEN}"]),
        ({"etcd": {"members": 9}}, [f"etcd.members: {EVEN}"]),
        ({"etcd": {"members": "3"}}, ["etcd.members: must be a whole number, without quotes"]),
        ({"etcd": {"version": "3.6"}},
         ["etcd.version: must be a version of etcd in full, such as 3.6.16"]),
        ({"etcd": {"dataVolume": {"kind": "ephemeral"}}},
         ["etcd.dataVolume: must outlive its machine: what an instance store holds is gone with "
          "the instance, and with the last member so is the cluster; write kind gp3 or io2"]),
        ({"etcd": {"dataVolume": {"kind": "io2", "sizeGib": 20, "iops": 50000}}},
         ["etcd.dataVolume: io2 gives at most 1000 iops per GiB: 20000 here"]),
        ({"etcd": {**FOREIGN, "clientCertificate": "-----BEGIN PRIVATE KEY-----"}},
         ["etcd.clientCertificate: holds a private key, which no stack file may; write the "
          "certificates alone, and put the key into Systems Manager, as a SecureString "
          "/heiiki/<cluster>/controller/kube-apiserver-etcd-client.key"]),
        ({"etcd": {**FOREIGN, "endpoints": NO_MEMBERS}},
         [f"etcd.endpoints.{i}: must be the IPv4 address or the full name of a member with its "
          "port, by https, such as https://etcd-1.example.com:2379"
          for i, _ in enumerate(NO_MEMBERS)]),
        (endpoint(loadBalancer=SUPPLIED, record={"kind": "create"}),
         ["api.main: a record of kind create goes with a load balancer of kind create: where a "
          "supplied one answers is not known; write record: {kind: none}, or leave it out"]),
        (endpoint(record={"zone": {"name": "other.example.com"}}),
         [f"api.main: dnsName {NAME} does not lie in zone other.example.com; name a zone that it "
          "ends in"]),
        (endpoint(record={"zone": {"name": NAME}, "ttlSeconds": 60}),
         [f"api.main: {NAME} is the zone itself, where no CNAME may stand; leave ttlSeconds out, "
          "which makes an alias"]),
        (endpoint(loadBalancer=NAMED, record={"kind": "none"}),
         ["api.main: loadBalancer of kind named is a record and nothing else, and record says "
          "none; leave the endpoint out, and write its name under pki.apiServerNames"]),
        (endpoint(loadBalancer=NAMED, record={"zone": {"name": NAME}}),
         [f"api.main: {NAME} is the zone itself, where no CNAME may stand; name a zone above it, "
          "or another dnsName"]),
        (endpoint(loadBalancer={**NAMED, "dnsName": NAME}),
         [f"api.main: loadBalancer.dnsName {NAME} is the endpoint's own name, which would lead to "
          "itself; write the name of another endpoint"]),
        (endpoint(loadBalancer=NAMED, record={"handedOver": True}),
         ["api.main: record.handedOver goes with a zone of kind existing: one that is made here "
          "goes with its records; write record.zone.kind existing and its hostedZoneId"]),
        (endpoint(record={"handedOver": True, "zone": ZONE}),
         ["api.main: record.handedOver goes with a load balancer of kind named: that of kind "
          "create goes with its stack, and the record would lead nowhere"]),
        (endpoint(record={"zone": {"moreVpcIds": ["vpc-1"]}}),
         ["api.main.record.zone.moreVpcIds.0: must be the id of a VPC, such as "
          "vpc-0123456789abcdef0"]),
        (endpoint(loadBalancer={"allowedCidrs": ["0.0.0.0/0"]}),
         ["api.main.loadBalancer.allowedCidrs: 0.0.0.0/0 is not private, and nobody comes from "
          "there to a load balancer inside; write a CIDR inside one of 10.0.0.0/8, 172.16.0.0/12, "
          "192.168.0.0/16, 100.64.0.0/10, 198.18.0.0/15"]),
        (endpoint(loadBalancer={"internal": False}),
         ["api.main.loadBalancer: internal is false, and allowedCidrs names nobody; write your own "
          "addresses, such as 203.0.113.7/32"]),
        (endpoint(loadBalancer={"internal": False, "allowedCidrs": ["203.0.113.7/32",
                                                                    "10.9.0.0/16"]}),
         ["api.main.loadBalancer.allowedCidrs: 10.9.0.0/16 is private, and nobody comes so from "
          "the internet; write it at an endpoint inside, and here the addresses that you have on "
          "the internet"]),
        (endpoint(loadBalancer={"internal": False, "allowedCidrs": ["0.0.0.0/0"]}),
         ["api.main.loadBalancer.allowedCidrs: 0.0.0.0/0 is more than one owner has, and whoever "
          "may ask may try tokens; write your own addresses, such as 203.0.113.7/32"]),
        (endpoint(loadBalancer=OUTSIDE, record={"zone": {}}),
         ["api.main: loadBalancer.internal is false, and a zone of kind create is private: nobody "
          "outside finds the name; write record.zone.kind existing with the hostedZoneId of a "
          "public zone, or record: {kind: none}"]),
        (endpoint(loadBalancer={**SUPPLIED, "securityGroupIds": []}),
         ["api.main.loadBalancer.securityGroupIds: needs 1 entries or more, not 0"]),
        ({"api": {"main": {"dnsName": "API.example.com"}}},
         ["api.main.dnsName: must be a host's full name in lower case, such as "
          "api.k8s.internal.example.com"]),
        ({"controllers": {"minSize": 3, "maxSize": 2}},
         ["controllers: sizes must be in order: minSize 3 <= maxSize 2"]),
        ({"controllers": {"kubelet": {"imageGcHighThresholdPercent": 70}}},
         ["controllers.kubelet: imageGcLowThresholdPercent 80 must be less than "
          "imageGcHighThresholdPercent 70, or the kubelet does not start; write both"]),
        ({"controllers": {"kubelet": {"evictionHard": {"memory.available": "5 %"}}}},
         ["controllers.kubelet.evictionHard.memory.available: must be a part such as 5%, or an "
          "amount such as 500Mi"]),
        ({"controllers": {"minInService": 2}},
         ["controllers: minInService must be less than minSize, 2 here: one machine at least must "
          "be let go to be replaced"]),
    ],
)  # fmt: skip
def test_a_fault_says_what_is_wrong_and_what_to_write(raw, told):
    assert faults(raw) == told


def test_an_endpoint_may_be_the_name_of_its_zone_itself_or_lie_in_it():
    for zone in (NAME, "dev.example.com", "example.com"):
        assert asked(endpoint(record={"zone": {"name": zone}})).api["main"].record is not None


def test_editors_are_told_the_same():
    """What the models take is what their JSON Schema takes, as far as a schema can say it."""
    schema = Asked.model_json_schema(by_alias=True)
    for raw in ({}, endpoint(record={"ttlSeconds": 30}), {"etcd": {"members": 5}}):
        jsonschema.validate(raw, schema)
    for raw in ({"etcd": {"members": 4}}, {"etcd": {"dataVolume": {"kind": "ephemeral"}}},
                {"controllers": {"minsize": 1}}, {"api": {"main": {}}}):  # fmt: skip
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(raw, schema)


DIGEST = "0" * 64
OWN = {
    "kind": "selfHosted",
    "artifacts": {
        "bucket": "carried-in",
        "binaries": {"kubelet": DIGEST},
        "images": {"pause": f"kubernetes/pause@sha256:{DIGEST}"},
    },
}


def of_cluster(**keys: Any) -> list[str]:
    """Faults of a whole stack file that asks for a control plane so."""
    return [f"{path}: {message}" for path, message, _ in faults_of({"controlPlane": keys})]


def test_eks_is_meant_where_no_kind_is_written_and_both_are_read_alike():
    assert stack({"controlPlane": {"version": "1.35"}}).control_plane.kind == "eks"
    found = stack({"controlPlane": OWN}).control_plane
    assert isinstance(found, SelfHostedSpec) and found.etcd == CreateEtcd()
    assert found.deletion_protection and found.encryption.kind == "kms" and found.endpoints == {}
    assert (str(found.service_cidr), str(found.pod_cidr)) == ("172.20.0.0/16", "100.64.0.0/14")
    assert (found.role, found.subnets, found.support) == (None, (), None)


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"kind": "selfHosted"}, "controlPlane.artifacts: is missing; this key is required"),
        ({**OWN, "kind": "kops"}, "controlPlane.kind: must be one of 'eks', 'selfHosted'"),
        ({**OWN, "logTypes": ["audit"]},
         "controlPlane.logTypes: is no key that heiiki knows; it belongs to kind eks"),
        ({"podCidr": "10.64.0.0/12"},
         "controlPlane.podCidr: is no key that heiiki knows; it belongs to kind selfHosted"),
        ({**OWN, "endpoints": {"main": {"dnsName": "a.example.com", "allowedCidrs": []}}},
         "controlPlane.endpoints.main.allowedCidrs: is no key that heiiki knows; is "
         "controlPlane.endpoints.<name>.loadBalancer.allowedCidrs meant?"),
        ({**OWN, "sizeGib": 40},
         "controlPlane.sizeGib: is no key that heiiki knows; is "
         "controlPlane.controllers.rootVolume.sizeGib or controlPlane.etcd.dataVolume.sizeGib or "
         "controlPlane.etcd.rootVolume.sizeGib meant?"),
        ({**OWN, "etcd": {"kind": "none"}},
         "controlPlane.etcd.kind: must be one of 'create', 'existing'"),
        ({**OWN, "artifacts": {**OWN["artifacts"], "binaries": {"kubelet": "v1.34"}}},
         "controlPlane.artifacts.binaries.kubelet: must be a SHA-256, 64 lower-case hexadecimal "
         "digits in quotes"),
        ({**OWN, "artifacts": {**OWN["artifacts"], "images": {"pause": "kubernetes/pause:3.10"}}},
         "controlPlane.artifacts.images.pause: must be a repository of the own registry and a "
         "digest, such as kubernetes/pause@sha256:<64 hexadecimal digits>; a tag would be what was "
         "pushed last"),
        ({**OWN, "podCidr": "8.8.0.0/16"},
         "controlPlane.podCidr: is not private; write a CIDR inside one of 10.0.0.0/8, "
         "172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 198.18.0.0/15"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_control_plane_is_told_by_its_kind(keys, sentence):
    assert of_cluster(**keys) == [sentence]


def test_a_key_of_neither_kind_is_told_with_those_of_the_kind_that_is_meant():
    (told,) = of_cluster(foo=1)
    assert told == ("controlPlane.foo: is no key that heiiki knows; known here: "
                    "deletionProtection, encryptionKey, kind, logRetentionDays, logTypes, role, "
                    "serviceCidr, subnets, support, version, zonalShift")  # fmt: skip
    (told,) = of_cluster(**OWN, foo=1)
    assert "artifacts, controllers, deletionProtection" in told and "logTypes" not in told
