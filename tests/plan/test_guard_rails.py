"""What the organization denies, asked by an evaluator that was written apart."""

import dataclasses
import fnmatch
import json

import botocore.session
import pytest

from plan.errors import PlanError
from plan.fact_files import load_facts
from plan.guard_rails import MAX_CHARACTERS, characters, guard_rails, machine_role_arns
from spec.cluster import BoundarySpec
from tests.policies.iam.oracle import allowed
from tests.scenarios import planned

VPC, OTHERS_VPC = "vpc-0a1b2c3d4e5f60718", "vpc-0ffffffffffffffff"
OWN, FOREIGN, EKS_IMAGES = "123456789012", "999999999999", "602401143452"
NODE = f"arn:aws:iam::{OWN}:role/dev-ap-northeast-1-node-workers"
CLUSTER = f"arn:aws:iam::{OWN}:role/dev-ap-northeast-1-cluster"
DEPLOYER = f"arn:aws:iam::{OWN}:role/deployer"
EC2 = f"arn:aws:iam::{OWN}:role/aws:ec2-infrastructure"
FULL_ACCESS = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
FROM_THE_VPC = {"aws:SourceVpc": VPC, "aws:RequestedRegion": "ap-northeast-1"}


def rails(scenario="dev", *, organization=None, deployers=()):
    plan = planned(scenario)
    if organization:
        boundary = BoundarySpec(organizationId=organization)
        plan = dataclasses.replace(plan, spec=plan.spec.model_copy(update={"boundary": boundary}))
    return guard_rails(plan, vpc_ids=[VPC], deployer_arns=deployers)


def passes(policy, action, resource, who, **context):
    """Whether a call passes, of a principal that the account itself lets do everything."""
    statements = [{"Principal": "*", **statement} for statement in policy["Statement"]]
    usual = {"aws:PrincipalArn": who, "aws:PrincipalIsAWSService": "false",
             "aws:ViaAWSService": "false", "aws:PrincipalAccount": who.split(":")[4]}  # fmt: skip
    told = {**usual, **{key.replace("__", ":"): value for key, value in context.items()}}
    request = {
        "action": action,
        "resource": resource,
        "principal": {"kind": "AWS", "name": who, "account": who.split(":")[4]},
        "context": {key.lower(): [value] for key, value in told.items() if value is not None},
    }
    answer = allowed({"Statement": [FULL_ACCESS, *statements]}, request)
    assert answer is not None
    return answer


def test_credentials_of_a_machine_work_from_its_vpc_and_in_its_region_alone():
    policy = rails()["scp-own-network.json"]
    ask = ("ec2:DescribeInstances", "*")
    assert passes(policy, *ask, NODE, **FROM_THE_VPC)
    assert not passes(policy, *ask, NODE, **{**FROM_THE_VPC, "aws:SourceVpc": OTHERS_VPC})
    assert not passes(policy, *ask, NODE, **{**FROM_THE_VPC, "aws:SourceVpc": None})
    assert not passes(policy, *ask, NODE, **{**FROM_THE_VPC, "aws:RequestedRegion": "us-east-1"})
    assert passes(policy, *ask, NODE, **{"aws:ViaAWSService": "true"}), "AWS, on its behalf"
    assert passes(policy, *ask, EC2), "EC2, when it opens a volume"
    assert passes(policy, *ask, CLUSTER) and passes(policy, *ask, DEPLOYER)


@pytest.mark.parametrize(
    ("own", "foreign", "organization"),
    [
        ({"aws:ResourceAccount": OWN}, {"aws:ResourceAccount": FOREIGN}, None),
        ({"aws:ResourceAccount": FOREIGN, "aws:ResourceOrgID": "o-abcdefghij"},
         {"aws:ResourceAccount": FOREIGN, "aws:ResourceOrgID": "o-zzzzzzzzzz"}, "o-abcdefghij"),
    ],
)  # fmt: skip
def test_machines_call_on_own_resources_and_on_images_of_aws(own, foreign, organization):
    policy = rails(organization=organization)["scp-own-resources.json"]
    layers = "arn:aws:s3:::prod-ap-northeast-1-starport-layer-bucket/layer"
    for action in ("s3:PutObject", "sts:AssumeRole", "kms:Decrypt", "ecr:BatchGetImage"):
        assert passes(policy, action, "arn:aws:s3:::some/thing", NODE, **own), action
        assert not passes(policy, action, "arn:aws:s3:::some/thing", NODE, **foreign), action
        assert passes(policy, action, "arn:aws:s3:::some/thing", DEPLOYER, **foreign)
    assert passes(policy, "s3:GetObject", layers, NODE, **foreign)
    images = {"aws:ResourceAccount": EKS_IMAGES, "aws:ResourceOrgID": "o-aws"}
    repository = f"arn:aws:ecr:ap-northeast-1:{EKS_IMAGES}:repository/eks/pause"
    assert passes(policy, "ecr:BatchGetImage", repository, NODE, **images)
    assert not passes(policy, "s3:GetObject", "arn:aws:s3:::some/thing", NODE, **images)
    assert passes(policy, "ecr:GetAuthorizationToken", "*", NODE), "it tells of no resource"


def test_nobody_opens_a_door_but_who_is_named():
    open_, named = rails(), rails(deployers=[DEPLOYER])
    doors = ("ec2:CreateInternetGateway", "ec2:CreateNatGateway", "ec2:CreateVpcPeeringConnection",
             "ec2:ModifyVpcBlockPublicAccessOptions", "route53resolver:UpdateFirewallConfig",
             "ram:CreateResourceShare", "ec2:ModifySnapshotAttribute")  # fmt: skip
    for action in doors:
        assert not passes(open_["scp-no-new-doors.json"], action, "*", DEPLOYER), action
        assert passes(named["scp-no-new-doors.json"], action, "*", DEPLOYER), action
        assert not passes(named["scp-no-new-doors.json"], action, "*", NODE), action
    assert passes(open_["scp-no-new-doors.json"], "ec2:RunInstances", "*", NODE)


def test_a_cluster_is_made_private_and_leaves_by_the_vpc_whoever_makes_it():
    policy = rails(deployers=[DEPLOYER])["scp-no-new-doors.json"]
    closed = {"eks:endpointPublicAccess": "false", "eks:controlPlaneEgressMode": "CUSTOMER_ROUTED"}
    make, change = "eks:CreateCluster", "eks:UpdateClusterConfig"
    assert passes(policy, make, "*", DEPLOYER, **closed)
    assert not passes(policy, make, "*", DEPLOYER, **{**closed, "eks:endpointPublicAccess": "true"})
    unsaid = {**closed, "eks:endpointPublicAccess": None}
    assert not passes(policy, make, "*", DEPLOYER, **unsaid), "public is the default"
    for mode in ("AWS_MANAGED", None):
        asked = {**closed, "eks:controlPlaneEgressMode": mode}
        assert not passes(policy, make, "*", DEPLOYER, **asked), "AWS_MANAGED is the default"
    assert passes(policy, change, "*", DEPLOYER, **{"eks:endpointPublicAccess": "false"})
    other = {"eks:controlPlaneEgressMode": "AWS_MANAGED"}
    assert not passes(policy, change, "*", DEPLOYER, **other)


def test_endpoints_lead_to_services_of_aws():
    policy, make = rails()["scp-no-new-doors.json"], "ec2:CreateVpcEndpoint"
    made = f"arn:aws:ec2:ap-northeast-1:{OWN}:vpc-endpoint/vpce-1"
    assert passes(policy, make, made, DEPLOYER, **{"ec2:VpceServiceOwner": "amazon"})
    assert not passes(policy, make, made, DEPLOYER, **{"ec2:VpceServiceOwner": FOREIGN})
    assert not passes(policy, make, made, DEPLOYER), "one of VPC Lattice names no service"
    subnet = f"arn:aws:ec2:ap-northeast-1:{OWN}:subnet/subnet-1"
    assert passes(policy, make, subnet, DEPLOYER), "of what it is made with nobody is the owner"


def test_every_action_is_one_and_no_reading_is_denied():
    """As AWS's own SDK has them; S3 names the permission otherwise than the call."""
    facts = load_facts("guard_rails.yaml")
    session, otherwise = botocore.session.get_session(), {"s3:PutReplicationConfiguration"}
    seen = 0
    for action in {*facts["doors"], *facts["sharing"]} - otherwise:
        service, _, pattern = action.partition(":")
        names = session.get_service_model(service).operation_names
        found = fnmatch.filter(names, pattern)
        assert found, action
        assert not [n for n in found if n.startswith(("Get", "List", "Describe"))], action
        seen += len(found)
    assert seen > 60


@pytest.mark.parametrize(
    "action",
    ["route53resolver:UpdateFirewallDomains", "route53resolver:BatchUpdateFirewallRule",
     "route53resolver:AssociateFirewallRuleGroup", "route53resolver:CreateFirewallRule",
     "route53resolver:UpdateResolverRule", "ec2:CreateDefaultVpc", "logs:PutSubscriptionFilter",
     "directconnect:CreateTransitVirtualInterface", "networkmanager:CreateSiteToSiteVpnAttachment"],
)  # fmt: skip
def test_whatever_weakens_what_shuts_is_denied_too(action):
    policy = rails(deployers=[DEPLOYER])["scp-no-new-doors.json"]
    assert not passes(policy, action, "*", NODE) and passes(policy, action, "*", DEPLOYER)


def test_own_resources_serve_own_principals_and_aws_on_behalf_of_own_accounts():
    policy = rails()["rcp-own-principals.json"]
    assert {s["Principal"] for s in policy["Statement"]} == {"*"}
    stranger = f"arn:aws:iam::{FOREIGN}:role/any"
    for action in ("s3:GetObject", "kms:Decrypt", "sts:AssumeRole", "ecr:BatchGetImage"):
        assert passes(policy, action, "*", NODE), action
        assert not passes(policy, action, "*", stranger), action
    service = {"aws:PrincipalIsAWSService": "true", "aws:PrincipalAccount": None}
    for source, answer in ((OWN, True), (FOREIGN, False), (None, True)):
        told = {**service, "aws:SourceAccount": source}
        assert passes(policy, "s3:PutObject", "*", DEPLOYER, **told) is answer, source
    organized = rails(organization="o-abcdefghij")["rcp-own-principals.json"]
    assert passes(
        organized, "s3:GetObject", "*", stranger, **{"aws:PrincipalOrgID": "o-abcdefghij"}
    )
    assert not passes(organized, "s3:GetObject", "*", NODE), "tells of no organization"


def test_roles_of_machines_and_pods_are_all_held_and_roles_of_services_are_not():
    assert set(machine_role_arns(planned("dev"))) == {
        NODE, f"arn:aws:iam::{OWN}:role/dev-ap-northeast-1-vpc-cni",
    }  # fmt: skip
    plan = planned("existing")
    supplied = plan.spec.node_pools["workers"].instance_profile.role_arn
    assert supplied in machine_role_arns(plan)
    assert not {arn for arn in machine_role_arns(plan) if "administrator" in arn}


def test_what_the_stack_needs_itself_wants_a_name():
    with pytest.raises(PlanError, match=r"--deployer: is needed, since network\.connections\."):
        rails("two-vpc")
    assert len(rails("two-vpc", deployers=[DEPLOYER])) == 4
    with pytest.raises(PlanError, match=r"network\.egress\.kind: lets machines call AWS by other"):
        rails("open", deployers=[DEPLOYER])


def test_a_document_that_aws_would_not_take_is_refused_and_no_other():
    many = [f"arn:aws:iam::{OWN}:role/deployer-{number:03}" for number in range(40)]
    with pytest.raises(PlanError, match=r"scp-no-new-doors\.json: has \d+ characters"):
        rails(deployers=many)
    for name, policy in rails(deployers=many[:5]).items():
        assert characters(policy) <= MAX_CHARACTERS, name
        assert characters(policy) == len(json.dumps(policy).replace(" ", "")), name
