"""Keys that only EKS means: each is a fault that says what to write, and all are told at once."""

import pytest

from plan.self_hosted.keys import _ADD_ONS
from spec.add_ons import AddOnsSpec
from tests.plan.own import faults, planned
from tests.plan.samples import ACCOUNT, refused
from tests.scenarios import ROOT

ROLE = f"arn:aws:iam::{ACCOUNT}:role/people"
PROFILE = {
    "kind": "existing",
    "roleArn": ROLE,
    "instanceProfileArn": f"arn:aws:iam::{ACCOUNT}:instance-profile/people",
}
POOL = "nodePools.workers"
CASES = {
    "access.authenticationMode": (
        "API_AND_CONFIG_MAP",
        "access.authenticationMode: is how EKS knows people; the authenticator of a control plane "
        "of your own is told by heiiki; leave it out",
    ),
    "access.principals": (
        {"viewer": {"principalArn": ROLE, "policy": "AmazonEKSViewPolicy"}},
        "access.principals.viewer.policy: is an access policy of EKS; write groups: "
        "heiiki:administrators has cluster-admin",
    ),
    f"{POOL}.kind": (
        "managed",
        f"{POOL}.kind: is a managed node group, which only EKS has; write selfManaged",
    ),
    f"{POOL}.image": (
        {"kind": "optimized", "family": "bottlerocket"},
        f"{POOL}.image.family: does not boot by the agent of heiiki; write al2023",
    ),
}


@pytest.mark.parametrize("path", CASES)
def test_a_key_that_only_eks_means_is_refused(path):
    value, sentence = CASES[path]
    assert faults({path: value}) == [sentence]


def test_no_machine_of_a_control_plane_of_our_own_is_a_person():
    made = planned({}).roles
    machines = {name: r.role_name for name, r in made.items() if name != "administrator"}
    assert {"controller", "node-workers"} <= set(machines)
    for name, known in machines.items():
        arn = f"arn:aws:iam::{ACCOUNT}:role/{known}"
        person = {"principalArn": arn, "groups": ["heiiki:administrators"]}
        assert faults({"access.principals": {"ops": person}}) == [
            f"access.principals.ops.principalArn: is the role {name} of this stack, which is not "
            "for people; name a role that people have"
        ]
    other = {"principalArn": ROLE, "groups": ["heiiki:administrators"]}
    people = planned({"access.principals": {"ops": other}}).control_plane.people
    assert ROLE in {known.principal_arn for known in people}


@pytest.mark.parametrize("name", _ADD_ONS)
def test_an_add_on_of_eks_is_refused_where_it_is_asked_for(name):
    key = AddOnsSpec.model_fields[name].alias
    (told,) = faults({f"addOns.{key}": True})
    assert told == f"addOns.{key}: {_ADD_ONS[name]}; leave it out"
    assert planned({f"addOns.{key}": False}).add_ons == {}


def test_who_asks_for_roles_of_pods_reads_why_there_are_none_and_what_there_is():
    assert faults({"addOns.podIdentity": True, "addOns.irsa": True}) == [
        "addOns.podIdentity: is EKS's alone, so pods have no role of their own here; "
        "docs/self-hosted/README.md says what there is instead; leave it out",
        "addOns.irsa: needs an issuer whose keys AWS reads from the internet, where a closed "
        "cluster shows none, so pods have no role of their own here; docs/self-hosted/README.md "
        "says what there is instead; leave it out",
    ]
    page = (ROOT / "docs" / "self-hosted" / "README.md").read_text(encoding="utf-8")
    assert "## Roles of pods" in page


def test_all_of_them_are_told_at_once():
    image = {"kind": "custom", "imageId": "ami-0123456789abcdef0", "family": "al2023",
             "kubernetesVersion": "1.35"}  # fmt: skip
    told = faults(
        {
            "access.applyConfigMap": True,
            "access.authenticationMode": "API_AND_CONFIG_MAP",
            "access.principals": {
                "one": {"principalArn": ROLE, "groups": ["system:masters"]},
                "two": {"principalArn": f"{ROLE}-2", "namespaces": ["shop"]},
            },
            f"{POOL}.image": image,
            f"{POOL}.instanceProfile": PROFILE,
            "addOns.vpcCni": True,
        }
    )
    paths = [text.partition(":")[0] for text in told if "limits a policy, but" not in text]
    assert paths == [
        "addOns.vpcCni", "access.authenticationMode", "access.applyConfigMap",
        "access.principals.one.groups.0", "access.principals.two.namespaces",
        f"{POOL}.image.kubernetesVersion", f"{POOL}.instanceProfile",
    ]  # fmt: skip


def test_container_logs_still_have_their_endpoint():
    assert "logs" in planned({"addOns.containerLogs": True}).endpoints


def test_what_only_our_own_machines_take_is_refused_of_nodes_of_eks():
    custom = {"files": {"/etc/motd": {"content": "x"}}}
    assert planned({f"{POOL}.custom": custom}).node_pools["workers"].spec.custom.files
    found = [f"{path}: {message}" for path, message, _ in refused({f"{POOL}.custom": custom})]
    assert found == [
        f"{POOL}.custom: is for machines that boot by heiiki's own agent, and nodes of EKS by "
        "their image's; leave it out, or write an image of kind custom"
    ]


def test_limits_of_nodes_are_for_kubelets_that_heiiki_configures():
    limits = {"podPidsLimit": 1024}
    assert planned({f"{POOL}.kubelet": limits}).node_pools["workers"].spec.kubelet.pod_pids_limit
    found = [f"{path}: {message}" for path, message, _ in refused({f"{POOL}.kubelet": limits})]
    assert found == [
        f"{POOL}.kubelet: is for kubelets that heiiki configures, and those of EKS are their "
        "image's; leave it out, or write an image of kind custom"
    ]
