"""Features are found in any stack, by what shows them: add-ons, grants, tokens, user data."""

import base64
import json
from typing import Any

import pytest

from model.build import build_model
from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.model.deployments import example
from tests.policies.mutations.stacks import ACCOUNT, REGION, Of, Stack, stack

CLUSTER, ADD_ON = "aws:eks/cluster:Cluster", "aws:eks/addon:Addon"
ROLE, INLINE = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PODS = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
TEMPLATE, POOL = "aws:ec2/launchTemplate:LaunchTemplate", "aws:autoscaling/group:Group"
GROUP, FARGATE = "aws:eks/nodeGroup:NodeGroup", "aws:eks/fargateProfile:FargateProfile"
INSTANCE = "aws:ec2/instance:Instance"
OF_DEV = {"node name", "image pulls", "VPC CNI", "Pod Identity", "lifecycle hook"}
ISSUER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.{REGION}.amazonaws.com/id/A"
both = pytest.mark.parametrize("known", [True, False])


def uses(of: Stack) -> set[str]:
    return {use.feature for use in build_model(of.deployment).uses}


def more(of: Stack) -> set[str]:
    """The features beyond those of the example."""
    return uses(of) - OF_DEV


def trust(**principal: Any) -> str:
    action = "sts:AssumeRoleWithWebIdentity" if "Federated" in principal else "sts:AssumeRole"
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def given(of: Stack, name: str, action: Any, resource: Any = "*", **props: Any) -> list[Node]:
    """A role with a policy of its own."""
    role = of.makes(ROLE, name, {"name": name, "assumeRolePolicy": trust(Service="x"), **props})
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return [role, of.makes(INLINE, name, {"role": Of(role, "name"), "policy": document})]


@both
def test_the_smallest_example_uses_what_its_parts_show(known):
    assert uses(stack("dev", known)) == OF_DEV


@both
@pytest.mark.parametrize(
    ("action", "feature"),
    [
        ("autoscaling:SetDesiredCapacity", "cluster autoscaler"),
        ("ec2:CreateFleet", "Karpenter"),
        ("elasticloadbalancing:CreateLoadBalancer", "load balancer controller"),
        (["logs:CreateLogStream", "logs:PutLogEvents"], "logs"),
        ("secretsmanager:GetSecretValue", "secrets"),
        ("s3:GetObject", None),  # of any bucket: nothing shows that one is read
        ("*", None),
    ],
)
def test_what_a_role_of_pods_is_given_shows_what_they_do(known, action, feature):
    dev = stack("dev", known)
    role, grant = given(dev, "pods", action)
    held = dev.having(role, grant)
    assert more(held) == set(), "nobody holds it"
    named = {"clusterName": Of(dev.first(CLUSTER), "name"), "roleArn": Of(role, "arn")}
    pods = held.makes(PODS, "pods", named)
    assert more(held.having(pods)) == ({feature} if feature else set())


@both
def test_a_role_for_tokens_of_the_cluster_is_used_by_pods_and_one_for_others_is_not(known):
    dev = stack("dev", known)
    tokens = {"assumeRolePolicy": trust(Federated=ISSUER)}
    found = dev.having(*given(dev, "pods", "ec2:CreateFleet", **tokens))
    assert more(found) == {"roles for service accounts", "Karpenter"}
    build = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.example"
    others = {"assumeRolePolicy": trust(Federated=build)}
    assert more(dev.having(*given(dev, "build", "ec2:CreateFleet", **others))) == set()


@both
def test_a_bucket_that_is_named_is_read(known):
    dev = stack("dev", known)
    role = dev.first(ROLE, lambda node: node.resource.name == "node-workers")
    statement = {"Effect": "Allow", "Action": "s3:GetObject",
                 "Resource": ["arn:aws:s3:::material/*", "arn:aws:s3:::*"]}  # fmt: skip
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    grant = dev.makes(INLINE, "reads", {"role": Of(role, "name"), "policy": document})
    found = build_model(dev.having(grant).deployment).uses
    assert {u.bucket for u in found if u.feature == "own objects"} == {"material"}


@pytest.mark.parametrize("encoded", [True, False])
def test_user_data_shows_what_machines_fetch_and_look_up(encoded):
    dev = stack("dev", True)
    for script, wanted in (
        ("/etc/eks/bootstrap.sh c\naws s3 cp s3://material/x .", {"cluster lookup", "own objects"}),
        ("/etc/eks/bootstrap.sh c --apiserver-endpoint https://x", set()),
    ):
        data = base64.b64encode(script.encode()).decode() if encoded else script
        template = dev.edited(dev.first(TEMPLATE), {"userData": data})
        assert more(dev.having(template)) == wanted


@both
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("aws-ebs-csi-driver", {"EBS CSI driver"}),
        ("aws-efs-csi-driver", {"EFS CSI driver"}),
        ("amazon-cloudwatch-observability", {"logs", "metrics"}),
        ("aws-guardduty-agent", {"GuardDuty agent"}),
        ("coredns", set()),
    ],
)
def test_an_add_on_calls_what_the_table_says_as_its_role_or_the_machines(known, name, wanted):
    dev = stack("dev", known)
    cluster = {"clusterName": Of(dev.first(CLUSTER), "name"), "addonName": name}
    assert more(dev.having(dev.makes(ADD_ON, "more", cluster))) == wanted
    role, grant = given(dev, "pods", "ec2:CreateVolume")
    by_token = {**cluster, "serviceAccountRoleArn": Of(role, "arn")}
    found = dev.having(role, grant, dev.makes(ADD_ON, "more", by_token))
    assert more(found) == wanted | {"roles for service accounts"}
    of_pods = [u for u in build_model(found.deployment).uses if u.feature in wanted]
    assert all(use.role == role.resource.urn for use in of_pods)


@both
def test_a_cluster_that_brings_its_own_add_ons_has_the_vpc_cni_in_the_nodes_role(known):
    dev = stack("dev", known)
    alone = dev.lacking(*dev.each(ADD_ON))
    assert "VPC CNI" not in uses(alone)  # bootstrapSelfManagedAddons is false
    cluster = alone.edited(alone.first(CLUSTER), {"bootstrapSelfManagedAddons": None})
    (use,) = (
        u for u in build_model(alone.having(cluster).deployment).uses if u.feature == "VPC CNI"
    )
    assert use.role == use.machines.role is not None


def plain(*nodes: Node) -> set[str]:
    from model.deployment import Deployment

    return {u.feature for u in build_model(Deployment.of(nodes)).uses}


def test_machines_of_others_are_nodes_where_their_role_or_a_tag_says_so():
    dev = stack("dev", False)
    pool = dev.makes(POOL, "pool", {"launchTemplate": {"id": UNKNOWN}})
    assert plain(pool) == set()
    tagged = {"tags": [{"key": "kubernetes.io/cluster/c", "value": "owned"}]}
    assert plain(dev.makes(POOL, "pool", tagged)) == {"node name", "image pulls"}
    role = dev.makes(ROLE, "nodes", {"name": "nodes", "assumeRolePolicy": trust(Service="x")})
    worker = {
        "role": Of(role, "name"),
        "policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
    }
    profile = dev.makes("aws:iam/instanceProfile:InstanceProfile", "p", {"role": Of(role, "name")})
    machine = dev.makes(INSTANCE, "one", {"iamInstanceProfile": Of(profile, "name")})
    assert plain(role, profile, machine) == set()
    attached = dev.makes(ATTACHMENT, "worker", worker)
    assert plain(role, profile, machine, attached) == {"node name", "image pulls"}
    managed = dev.makes(
        GROUP, "g", {"clusterName": "c", "nodeRoleArn": "arn:x", "subnetIds": ["s"]}
    )
    assert plain(managed) == {"node name", "image pulls"}
    profile = dev.makes(FARGATE, "f", {"clusterName": "c", "podExecutionRoleArn": "arn:x"})
    assert plain(profile) == {"image pulls"}


def test_an_add_on_of_another_cluster_runs_on_none_of_these_nodes():
    dev = stack("dev", True)
    other = dev.makes(ADD_ON, "more", {"clusterName": "other", "addonName": "aws-ebs-csi-driver"})
    assert more(dev.having(other)) == set()


def test_a_supplied_network_uses_features_too():
    assert {u.feature for u in build_model(example("existing", False)).uses} >= {"node name"}


def test_an_add_on_whose_associations_are_only_named_has_the_role_of_its_service_account():
    """EKS tells of an add-on which associations there are, and each of them for whom."""
    held = stack("dev", True)
    (node,) = (n for n in held.each(ADD_ON) if n.resource.props["addonName"] == "vpc-cni")
    (listed,) = node.resource.props["podIdentityAssociations"]
    named = {"podIdentityAssociations": [{"associationArn": "arn:aws:eks:r:a:podidentity/x"}]}
    told = held.having(held.edited(node, named))

    def role(of: Stack) -> Any:
        (use,) = (use for use in build_model(of.deployment).uses if use.feature == "VPC CNI")
        return use.role

    asked = {"clusterName": node.resource.props["clusterName"], "roleArn": listed["roleArn"]}
    other = held.makes(PODS, "other", {**asked, "serviceAccount": "default"})
    own = held.makes(PODS, "own", {**asked, "serviceAccount": "aws-node"})
    assert isinstance(role(held), str) and role(told.having(other, own)) == role(held)
    assert role(told) == role(told.having(other)) != role(held), "nobody says which"
