"""The control plane: pinned versions, its service addresses, add-ons with the roles they need."""

import pytest

from plan.fact_files import load_facts
from tests.plan.samples import lock_keys, locked, plan, refused


def test_the_default_is_every_log_a_customer_key_and_protection():
    found = plan()
    assert found.control_plane.version == "1.35"
    assert found.control_plane.log_types == (
        "api", "audit", "authenticator", "controllerManager", "scheduler",
    )  # fmt: skip
    assert found.control_plane.deletion_protection
    assert found.control_plane.authentication_mode == "API"
    assert found.spec.control_plane.encryption_key.kind == "create"


def test_the_dns_service_has_the_tenth_address():
    assert str(plan().control_plane.dns_service_ip) == "172.20.0.10"
    found = plan({"controlPlane.serviceCidr": "10.96.7.0/24"})
    assert str(found.control_plane.dns_service_ip) == "10.96.7.10"
    assert found.control_plane.dns_service_ip in found.control_plane.service_cidr


@pytest.mark.parametrize(
    ("support", "then"),
    [("STANDARD", "upgrades the cluster by force"), ("EXTENDED", "charges for extended support")],
)
def test_the_end_of_support_is_shown(support, then):
    end = load_facts("kubernetes.yaml")["standard_support_ends"]["1.35"]
    notice = plan({"controlPlane.support": support}).control_plane.support_notice
    assert notice == f"Kubernetes 1.35: standard support ends {end}; then EKS {then}"


def test_a_version_other_than_the_locked_one_is_refused():
    assert refused({"controlPlane.version": "1.34"}) == [
        ("controlPlane.version", "differs from the lock file's 1.35, so images and add-ons would "
         "not fit; run heiiki lock, which moves one minor at a time", "'1.34'"),
        ("nodePools.workers.image", "the lock file has no image al2023/1.34/x86_64; run heiiki "
         "lock", None),
    ]  # fmt: skip


def test_a_version_of_no_table_is_refused():
    keys = lock_keys()
    keys["kubernetesVersion"] = "1.99"
    keys["images"]["al2023/1.99/x86_64"] = "ami-0123456789abcdef0"
    known = ", ".join(load_facts("kubernetes.yaml")["standard_support_ends"])
    assert refused({}, locked(keys)) == [
        ("controlPlane.version", f"is no version that heiiki knows; known: {known}", "'1.99'")
    ]


def test_of_a_version_of_no_table_it_is_not_said_that_its_images_can_be_found():
    told = refused({"controlPlane.version": "1.29"})
    assert [(path, value) for path, _, value in told] == [("controlPlane.version", "'1.29'")]


def test_add_ons_are_pinned_ordered_and_have_roles():
    found = plan({"addOns.ebsCsi": True}).add_ons
    assert {name: (a.version, a.before_nodes) for name, a in found.items()} == {
        "vpc-cni": ("v1.0.0-eksbuild.1", True),
        "kube-proxy": ("v1.0.0-eksbuild.1", True),
        "eks-pod-identity-agent": ("v1.0.0-eksbuild.1", True),
        "coredns": ("v1.0.0-eksbuild.1", False),
        "aws-ebs-csi-driver": ("v1.0.0-eksbuild.1", False),
    }
    assert {name: a.configuration for name, a in found.items() if a.configuration} == {
        "vpc-cni": '{"env":{"ENABLE_SUBNET_DISCOVERY":"false"}}',
        # Its node pods read the metadata service, which answers one hop away alone.
        "aws-ebs-csi-driver": '{"node":{"hostNetwork":true}}',
    }
    assert {a.service_account: a.role for a in found.values() if a.role} == {
        "aws-node": "vpc-cni", "ebs-csi-controller-sa": "ebs-csi",
    }  # fmt: skip


def test_every_role_of_an_add_on_is_planned():
    found = plan({"addOns.ebsCsi": True})
    roles = {a.role for a in found.add_ons.values() if a.role}
    assert roles
    assert roles <= set(found.roles)


def test_without_pod_identity_add_ons_have_no_roles_and_the_nodes_carry_the_cnis():
    found = plan({"addOns.podIdentity": False})
    assert {a.role for a in found.add_ons.values()} == {None}
    assert "eks-pod-identity-agent" not in found.add_ons
    policies = found.roles["node-workers"].managed_policy_arns
    assert "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy" in policies
    kept = plan().roles["node-workers"].managed_policy_arns
    assert "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy" not in kept


def test_what_gets_its_role_by_pod_identity_needs_it():
    changes = {"addOns": {"podIdentity": False, "ebsCsi": True, "clusterAutoscaler": True},
               "nodePools.workers.minSize": 3}  # fmt: skip
    message = "gets its role by Pod Identity; write podIdentity: true"
    assert refused(changes) == [
        ("addOns.ebsCsi", message, "true"), ("addOns.clusterAutoscaler", message, "true"),
    ]  # fmt: skip


def test_add_ons_that_are_off_are_absent():
    off = {"vpcCni": False, "coreDns": False, "kubeProxy": False, "podIdentity": False}
    assert plan({"addOns": off}).add_ons == {}


def test_an_add_on_that_the_lock_lacks_is_refused():
    keys = lock_keys()
    del keys["addOns"]["coredns"]
    assert refused({}, locked(keys)) == [
        ("addOns", "the lock file has no version of coredns; run heiiki lock", None)
    ]


def test_log_groups_have_the_names_that_eks_and_people_know():
    found = plan().log_groups
    assert {purpose: group.name for purpose, group in found.items()} == {
        "control-plane": "/aws/eks/test/cluster",
        "dns-queries": "/heiiki/test/dns-queries",
        "flow-logs": "/heiiki/test/flow-logs",
    }
    assert found["flow-logs"].arn == (
        "arn:aws:logs:ap-northeast-1:123456789012:log-group:/heiiki/test/flow-logs"
    )
