"""What follows from `controlPlane.kind: selfHosted`: every room of the plan, and every fault."""

import json
import re

import pytest

from machines.member_bundles import ETCD_PROGRAMS
from machines.role_bundles import CONTROLLER_PROGRAMS, ECR_PROGRAMS, NODE_PROGRAMS
from machines.self_hosted_cluster import IMAGES as RENDERED_IMAGES
from plan.cluster import plan_cluster
from plan.errors import PlanError
from plan.firewall import CONTROL_PLANE, NODE
from plan.pki.files import parameter_path
from plan.self_hosted.machines import IMAGES, PROGRAMS, WORKER
from plan.self_hosted.needs import private_domains
from plan.self_hosted.pki import public_texts
from tests.plan.own import ARTIFACTS, DIGEST, ZONES, asked, faults, lock, own, planned
from tests.plan.pki.samples import pki_spec
from tests.plan.samples import ACCOUNT, lock_keys, locked, plan, refused_as_read
from tests.spec.stack_files import stack

MEMBERS = ("etcd-1a", "etcd-1c", "etcd-1d")
MACHINES = (*MEMBERS, "controller", "node-workers")
# EC2 API reference, CreateSecurityGroup and IpRange, Description (read 2026-11-28)
DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")


@pytest.fixture(scope="module")
def found():
    return planned()


def actions_of(role, resource=""):
    listed = [s for s in role.statements if resource in json.dumps(s["Resource"])]
    return {a for s in listed for a in ([s["Action"]] if isinstance(s["Action"], str)
                                       else s["Action"])}  # fmt: skip


def test_the_kind_and_what_is_carried_in_are_all_it_takes(found):
    control_plane = found.control_plane
    assert [m.role for m in control_plane.etcd.members.values()] == list(MEMBERS)
    assert control_plane.api_server_name == "api.test.heiiki.internal"
    assert control_plane.endpoints.zones == (control_plane.etcd.zone_name,)
    assert control_plane.registry == f"{ACCOUNT}.dkr.ecr.ap-northeast-1.amazonaws.com"
    assert (control_plane.version, str(control_plane.pod_cidr)) == ("1.35", "100.64.0.0/14")
    assert control_plane.support_notice.endswith("nobody but you upgrades it")
    assert control_plane.support is None and found.add_ons == {} and found.principals == {}
    with pytest.raises(AssertionError):
        found.eks  # noqa: B018  # for whoever is asked only where it is EKS's


def test_what_the_plan_asks_for_is_what_machines_fetch():
    assert set(PROGRAMS) == {
        *NODE_PROGRAMS, *ETCD_PROGRAMS, *ECR_PROGRAMS, *CONTROLLER_PROGRAMS,
    }  # fmt: skip
    assert set(IMAGES) == set(RENDERED_IMAGES)


def test_there_is_nothing_of_eks_left(found):
    assert {"cluster", "vpc-cni"} & set(found.roles) == set()
    assert {"eks", "eks-auth"} & set(found.endpoints) == set()
    assert not any("eks" in name for name in found.allowed_domains)
    assert not any("602401143452" in name for name in found.allowed_domains)
    for service in ("ecr.api", "ecr.dkr"):
        sids = [s["Sid"] for s in found.endpoints[service].policy["Statement"]]
        assert sids == ["OwnPrincipalsToOwnResources"]
    assert {CONTROL_PLANE, NODE} & {r.source for r in found.firewall} == set()
    assert not any(name.startswith("control-plane") for name in found.layout.subnets)
    assert found.layout.control_plane == found.layout.nodes, "the API answers where nodes lie"


def test_endpoints_are_those_that_machines_call(found):
    assert set(found.endpoints) == {
        "autoscaling", "ec2", "ecr.api", "ecr.dkr", "kms", "s3", "ssm", "sts",
    }  # fmt: skip
    assert found.endpoints["kms"].callers == ("controller",)
    local = planned({"controlPlane.encryption": {"kind": "localKeys"}})
    assert set(found.endpoints) - set(local.endpoints) == {"kms"}


def test_names_in_private_zones_are_allowed(found):
    assert "*.test.heiiki.internal" in found.allowed_domains
    named = planned({"controlPlane.endpoints": {"main": {"dnsName": "api.bank.example.com"}}})
    assert "api.bank.example.com" in named.allowed_domains
    assert named.control_plane.api_server_name == "api.bank.example.com"


def test_machines_write_only_who_starts_first_and_snapshots(found):
    (put,) = (s for s in found.endpoints["s3"].policy["Statement"] if s["Action"] == "s3:PutObject")
    bucket = found.control_plane.bucket.name
    assert put["Resource"] == [f"arn:aws:s3:::{bucket}/{p}/*" for p in ("bootstrap", "snapshots")]
    assert put["Condition"]["StringEquals"]["aws:ResourceAccount"] == ACCOUNT
    kept = [s for s in found.control_plane.bucket.policy["Statement"] if "But" in s["Sid"]]
    writes, reads = ([s for s in kept if s["Sid"].startswith(f"Deny{way}But")]
                     for way in ("Writes", "Reads"))  # fmt: skip
    assert writes and reads and len(writes) + len(reads) == len(kept)
    assert all(s["Resource"] == put["Resource"] for s in writes)
    assert {s["NotResource"] for s in reads} == {f"arn:aws:s3:::{bucket}/bundles/*"}
    eks = plan()
    assert "s3:PutObject" not in json.dumps(eks.endpoints["s3"].policy)


def test_each_role_reads_its_own_path_and_no_other(found):
    for name in MACHINES:
        role = found.roles[name]
        path = parameter_path("test", WORKER if name.startswith("node-") else name)
        others = [parameter_path("test", other) for other in (*MEMBERS, "controller", WORKER)]
        text = json.dumps(role.statements)
        assert [other for other in others if f"parameter{other}/*" in text] == [path]
        assert role.instance_profile and role.managed_policy_arns == ()
        assert "s3:GetObject" in actions_of(role, f"carried-in/binaries/{DIGEST}")
    assert {"kms:Encrypt", "kms:Decrypt"} <= actions_of(found.roles["controller"])
    assert not any("kms:Encrypt" in actions_of(found.roles[n]) for n in MACHINES[:3])
    local = planned({"controlPlane.encryption": {"kind": "localKeys"}}).roles["controller"]
    assert "kms:Encrypt" not in actions_of(local)


def test_a_supplied_key_is_named_and_session_manager_and_carried_buckets_reach_machines():
    arn = f"arn:aws:kms:ap-northeast-1:{ACCOUNT}:key/0123abcd-0123-0123-0123-0123456789ab"
    found = planned(
        {
            "controlPlane.encryptionKey": {"kind": "existing", "keyArn": arn},
            "access.sessionManager": True,
            "carryIn.importerArns": [f"arn:aws:iam::{ACCOUNT}:role/carrier"],
            "carryIn.buckets": {"goods": {"kind": "create", "name": "goods-of-ours",
                                          "nodePools": ["workers"]}},
        }
    )  # fmt: skip
    (secrets,) = (s for s in found.roles["controller"].statements
                  if s.get("Sid") == "EncryptSecrets")  # fmt: skip
    assert secrets["Resource"] == arn
    assert secrets["Condition"]["StringEquals"] == {"kms:EncryptionContext:heiiki/cluster": "test"}
    for name in MACHINES:
        (managed,) = found.roles[name].managed_policy_arns
        assert managed.endswith("/AmazonSSMManagedInstanceCore")
    assert "s3:ListBucket" in actions_of(found.roles["node-workers"], ":::goods-of-ours")
    assert actions_of(found.roles["controller"], ":::goods-of-ours") == set()


def test_the_authenticator_knows_machines_by_their_roles_and_people_by_theirs(found):
    names = [arn.rpartition("/")[2] for arn in found.control_plane.nodes]
    assert names == ["test-ap-northeast-1-controller", "test-ap-northeast-1-node-workers"]
    (administrator,) = found.control_plane.people
    assert administrator.groups == ("heiiki:administrators",)
    user = f"arn:aws:iam::{ACCOUNT}:user/auditor"
    people = own(
        {
            "access.administrator": {"kind": "existing",
                                     "roleArn": f"arn:aws:iam::{ACCOUNT}:role/admins"},
            "access.principals": {
                "auditor": {"principalArn": user, "groups": ["auditors"], "username": "audit"},
                "nobody": {"principalArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"},
            },
        }
    ).people  # fmt: skip
    assert [p.principal_arn.rpartition("/")[2] for p in people] == ["admins", "auditor"]
    assert (people[1].username, people[1].groups) == ("audit", ("auditors",))


def test_pools_tell_by_the_agent_that_they_are_ready(found):
    pool = found.node_pools["workers"]
    assert pool.readiness.hook_name == "heiiki-worker-ready"
    assert pool.readiness.timeout_seconds == 900 and pool.tags["heiiki:role"] == WORKER
    assert pool.max_pods == 110
    timed = planned({"nodePools.workers.readiness": {"kind": "nodeReady", "timeoutSeconds": 600}})
    assert timed.node_pools["workers"].readiness.timeout_seconds == 600
    free = planned({"nodePools.workers.readiness": {"kind": "none"}})
    assert free.node_pools["workers"].readiness is None
    assert not any("readiness" in w or "kubelet" in w for w in (*found.warnings, *free.warnings))


def test_an_image_of_ones_own_says_nothing_of_its_kubelet():
    image = {"kind": "custom", "imageId": "ami-0123456789abcdef0", "family": "al2023"}
    found = planned({"nodePools.workers.image": image})
    assert found.node_pools["workers"].image_id == image["imageId"]
    assert not any("kubelet" in warning for warning in found.warnings)


def test_groups_and_rules_have_descriptions_that_ec2_takes():
    found = planned(
        {
            "access.operator": {},
            "network.connections": {"office": {"kind": "existing", "cidrs": ["192.168.0.0/16"],
                                               "targetId": "tgw-0123456789abcdef1",
                                               "subnets": ["nodes-1a", "operator"]}},
        }
    )  # fmt: skip
    told = [*(row.why for row in found.firewall), *found.control_plane.security_groups.values()]
    assert [text for text in told if not DESCRIPTION.fullmatch(text)] == []
    rows = {(r.source, r.target) for r in found.firewall}
    assert ("operator", "api-main") in rows and ("controller", "etcd-1a") in rows
    askers = {str(r.source) for r in found.firewall if r.service.startswith("clients-")}
    assert askers == {"10.0.0.0/16", "192.168.0.0/16"}, "networks that are led to the API may ask"
    sides = {side for r in found.firewall for side in (r.source, r.target) if isinstance(side, str)}
    own_sides = sides - {"operator", "endpoint", "s3-prefix-list"}
    assert own_sides == set(found.control_plane.security_groups)
    assert found.control_plane.node_roles == ("controller", "worker")


def test_an_open_network_lets_nodes_out_and_no_other_machine():
    subnets = {
        f"{kind}-{zone[-1]}": {"availabilityZone": zone, "cidr": f"10.0.{8 * i + j}.0/24",
                               "exposure": kind, **more}
        for i, zone in enumerate(ZONES)
        for j, (kind, more) in enumerate(
            (("public", {}), ("private", {"natGateway": "one"})))
    }  # fmt: skip
    found = planned(
        {
            "network.subnets": subnets,
            "network.egress": {"kind": "nat", "natGateways": {"one": {"subnet": "public-a"}}},
        }
    )
    out = [r for r in found.firewall if str(r.target) == "0.0.0.0/0"]
    assert [r.source for r in out] == [WORKER]


def test_a_supplied_load_balancer_has_no_group_of_ours_and_is_joined():
    arn = ("arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/api/"
           "0123456789abcdef")  # fmt: skip
    balancer = {"kind": "existing", "targetGroupArn": arn,
                "securityGroupIds": ["sg-0123456789abcdef0"]}  # fmt: skip
    found = own({"controlPlane.endpoints": {
        "main": {"dnsName": "api.example.com"},
        "old": {"dnsName": "old.example.com", "loadBalancer": balancer},
    }})  # fmt: skip
    assert "api-main" in found.security_groups and "api-old" not in found.security_groups
    assert "old.example.com" in found.pki.certificates["kube-apiserver"].dns_names


def test_a_zone_that_comes_later_moves_no_member_and_is_no_fault():
    keys = lock().model_dump(mode="json", by_alias=True)
    keys["controlPlaneZones"] = ZONES
    later = stack({**asked(), "availabilityZones": [*ZONES, "ap-northeast-1e"]})
    found = plan_cluster(later, locked(keys))
    assert [m.role for m in found.control_plane.etcd.members.values()] == list(MEMBERS)
    assert len(found.layout.nodes) == 4


FAULTS = {
    "an image that nobody carried in": (
        {"controlPlane.artifacts": {**ARTIFACTS, "images": {
            k: v for k, v in ARTIFACTS["images"].items() if k != "pause"}}},
        ["controlPlane.artifacts.images: lacks pause, which machines run; carry it in and name "
         "its digest"],
    ),
    "a program that no machine runs": (
        {"controlPlane.artifacts": {**ARTIFACTS, "binaries": {
            **ARTIFACTS["binaries"], "bash": DIGEST}}},
        ["controlPlane.artifacts.binaries.bash: is run by no machine; known: "
         + ", ".join(sorted([*PROGRAMS, "etcdutl"]))],
    ),
    "pods where the VPC is": (
        {"controlPlane.podCidr": "10.0.0.0/16"},
        ["controlPlane.podCidr: overlaps network.vpc.cidr 10.0.0.0/16; choose addresses of its "
         "own"],
    ),
    "services that Kubernetes does not take": (
        {"controlPlane.serviceCidr": "172.20.0.0/25"},
        ["controlPlane.serviceCidr: must be /12 to /24, as Kubernetes takes it"],
    ),
    "no endpoint for machines": (
        {"controlPlane.endpoints": {"main": {"dnsName": "api.example.com",
                                             "loadBalancer": {"port": 443}}}},
        ["controlPlane.endpoints: has none at port 6443 with a load balancer that is created "
         "inside or supplied, which machines of the cluster call; give one of them this port"],
    ),
    "a name that no certificate holds": (
        {"controlPlane.pki": {"apiServerNames": ["under_score.example.com"]}},
        ["controlPlane.pki.apiServerNames: makes a DNS name that no certificate holds for a host; "
         "write lower-case letters, digits and hyphens between dots"],
    ),
    "a pool called as the control plane": (
        {"nodePools": {"controller": {"instanceType": "m7i.large", "maxSize": 3}}},
        ["nodePools.controller: is what machines of the control plane are called; choose another "
         "name"],
    ),
    "a version of no table": (
        {"controlPlane.version": "1.99"},
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", FAULTS)
def test_what_is_wrong_is_told_with_a_way_out(what):
    changes, wanted = FAULTS[what]
    found = faults(changes)
    if wanted is None:
        assert any(text.startswith("controlPlane.version: is no version") for text in found)
        assert any("has no image al2023/1.99/x86_64" in text for text in found)
    else:
        assert found == wanted


def test_a_type_that_a_zone_lacks_is_told_of_the_machines_too():
    keys = lock_keys()
    keys["endpointServices"] = lock().model_dump(mode="json", by_alias=True)["endpointServices"]
    keys["instanceTypes"]["m6i.large"]["availabilityZones"] = ZONES[:2]
    found = refused_as_read(asked(), locked(keys))
    assert {path for path, *_ in found} == {
        "controlPlane.etcd.instanceType", "controlPlane.controllers.instanceType",
    }  # fmt: skip


def test_certificates_of_the_stack_file_are_measured_as_they_stand():
    begin = "-----BEGIN CERTIFICATE-----\nof a test\n"
    assert public_texts(pki_spec()) == {}
    supplied = {"kubernetes": {"certificate": begin, "alsoTrusted": begin}}
    assert public_texts(pki_spec(kind="caSupplied", authorities=supplied)) == {
        "kubernetes-ca.crt": f"{begin}\n{begin}"
    }
    files = {"kube-apiserver.crt": begin}
    assert public_texts(pki_spec(kind="supplied", files=files)) == files


PEOPLE = {"dnsName": "api.example.com",
          "loadBalancer": {"kind": "named", "dnsName": "api.green.example.com"}}  # fmt: skip


def test_machines_do_not_follow_a_name_that_leads_to_another_cluster():
    """It may come first, and one line may send it elsewhere."""
    mine = {"dnsName": "api.blue.example.com"}
    found = planned({"controlPlane.endpoints": {"people": PEOPLE, "main": mine}})
    assert found.control_plane.api_server_name == "api.blue.example.com"
    assert "api-people" not in found.control_plane.security_groups
    assert {"api.example.com", "api.blue.example.com"} <= set(
        found.control_plane.pki.certificates["kube-apiserver"].dns_names
    )
    with pytest.raises(PlanError, match="with a load balancer that is created inside or"):
        planned({"controlPlane.endpoints": {"people": PEOPLE}})


def test_names_that_others_lead_to_are_let_through_dns():
    """DNS Firewall looks at each name of the way."""
    mine = {"dnsName": "api.blue.example.com"}
    spec = stack(asked({"controlPlane.endpoints": {"people": PEOPLE, "main": mine}}))
    assert private_domains(spec) == (
        f"*.{spec.name}.heiiki.internal", "api.blue.example.com", "api.example.com",
        "api.green.example.com",
    )  # fmt: skip


ARM = "m7g.large"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"nodePools.workers.instanceType": ARM}, ["nodePools.workers"]),
        ({"controlPlane.etcd": {"instanceType": ARM}}, ["controlPlane.etcd"]),
        ({"controlPlane.controllers": {"instanceType": ARM}},
         ["controlPlane.etcd", "nodePools.workers"]),
        ({"controlPlane.controllers": {"instanceType": ARM},
          "controlPlane.etcd": {"placement": "controllers"}}, ["nodePools.workers"]),
    ],
)  # fmt: skip
def test_programs_are_named_once_so_machines_are_of_one_architecture(changes, told):
    found = faults(changes)
    assert [one.partition(":")[0] for one in found] == [f"{path}.instanceType" for path in told]
    assert all("so all machines run the same; write types of one architecture" in f for f in found)


def test_all_of_them_may_be_arm():
    """With images of that architecture from the lock file, and no word of another."""
    found = planned({
        "nodePools.workers.instanceType": ARM,
        "controlPlane.etcd": {"instanceType": ARM},
        "controlPlane.controllers": {"instanceType": ARM},
    })  # fmt: skip
    own = found.control_plane
    images = {own.etcd_image_id, own.controller_image_id, found.node_pools["workers"].image_id}
    assert own.architecture == "arm64" and planned().control_plane.architecture == "x86_64"
    version = found.control_plane.version
    assert images == {lock().images[f"al2023/{version}/arm64"]}
    assert images != {lock().images[f"al2023/{version}/x86_64"]}
