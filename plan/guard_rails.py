"""Policies for the organization, which keep a closed network closed after it was proven.

The proof is of one plan at one time. Whoever may call AWS in the account can open another door
afterwards, or use a node's credentials elsewhere; only the organization can deny that. These are
its documents: service control policies (SCP) bind principals of the accounts that they are attached
to, a resource control policy (RCP) binds resources. Nothing here is created by a stack.

The form follows aws-samples/data-perimeter-policy-examples. Calls that AWS makes on somebody's
behalf come from no network of ours, so every denial leaves out aws:ViaAWSService, and the role
aws:ec2-infrastructure, by which EC2 opens encrypted volumes.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from plan.cluster import ClusterPlan
from plan.errors import Faults
from plan.fact_files import load_facts
from plan.features import aws_owned_buckets
from plan.iam import POD_IDENTITY, document, role_arn, supplied_role_arns

MAX_CHARACTERS = 5120  # of an SCP and of an RCP, white space left out (Organizations quotas)
_FACTS = "guard_rails.yaml"
Statement = dict[str, Any]


def guard_rails(
    plan: ClusterPlan, *, vpc_ids: Sequence[str], deployer_arns: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Policy documents by the name of their file.

    vpc_ids: the cluster's VPC, and others that its machines' credentials may be used from.
    deployer_arns: roles that may still open doors and share, such as the one that runs `up`.
    Raises PlanError where the network is not closed, whose machines call from addresses outside,
    where the plan itself needs a door and nobody is named who may open it, and where a document is
    longer than AWS takes.
    """
    faults = Faults()
    network = plan.spec.network
    if network.egress.kind != "none":
        message = "lets machines call AWS by other ways than endpoints, which the guard rails deny"
        faults.add("network.egress.kind", f"{message}; they are for none", network.egress.kind)
    asked = [f"network.connections.{name}" for name in network.connections]
    if asked and not deployer_arns:
        faults.add("--deployer", f"is needed, since {' and '.join(asked)} in the stack file could "
                   "not be made any more; name the role that runs up")  # fmt: skip
    found = {
        "scp-own-network.json": document(_own_network(plan, vpc_ids)),
        "scp-own-resources.json": document(_own_resources(plan)),
        "scp-no-new-doors.json": document(_no_new_doors(plan, deployer_arns)),
        "rcp-own-principals.json": document(_own_principals(plan)),
    }
    for name, policy in found.items():
        length = characters(policy)
        if length > MAX_CHARACTERS:
            faults.add(name, f"has {length} characters, and AWS takes {MAX_CHARACTERS}; name fewer "
                       "pools, VPCs or deployers")  # fmt: skip
    faults.raise_if_any(where="guard rails")
    return found


def characters(policy: Mapping[str, Any]) -> int:
    """The length that AWS counts: of the text without white space."""
    return len(json.dumps(policy, separators=(",", ":")))


def machine_role_arns(plan: ClusterPlan) -> tuple[str, ...]:
    """Roles that machines and pods carry, whose calls all come out of the VPC.

    Not the cluster's and the flow logs', which services of AWS carry, nor the administrator's,
    which people take on from wherever they are.
    """
    carriers = {plan.partition.ec2_principal, POD_IDENTITY}
    made = [
        role_arn(role, plan.partition, plan.account_id)
        for name, role in plan.roles.items()
        if name != "administrator" and _trusted(role.trust) & carriers
    ]
    supplied = supplied_role_arns(plan.spec)
    return (*made, *(arn for name, arn in sorted(supplied.items()) if name.startswith("node-")))


def _trusted(trust: Mapping[str, Any]) -> set[str]:
    services = [s["Principal"].get("Service", ()) for s in trust["Statement"]]
    return {name for each in services for name in ([each] if isinstance(each, str) else each)}


def _left_out(plan: ClusterPlan) -> dict[str, Any]:
    """What AWS does by itself or on behalf of somebody."""
    return {
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"},
        "ArnNotLikeIfExists": {
            "aws:PrincipalArn": plan.partition.arn(
                "iam", "role/aws:ec2-infrastructure", account_id="*"
            )
        },
    }


def _machines(plan: ClusterPlan) -> dict[str, Any]:
    return {"ArnLike": {"aws:PrincipalArn": list(machine_role_arns(plan))}}


def _own_network(plan: ClusterPlan, vpc_ids: Sequence[str]) -> tuple[Statement, ...]:
    """Credentials of machines are worth nothing outside the VPC, nor in another region, where
    somebody else's VPC may have the same id."""
    rows = {
        "MachinesCallFromTheVpc": {"aws:SourceVpc": list(vpc_ids)},
        "MachinesCallInTheRegion": {"aws:RequestedRegion": plan.spec.region},
    }
    return tuple(
        {
            "Sid": sid,
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {
                **_machines(plan), **_left_out(plan), "StringNotEqualsIfExists": held,
            },
        }
        for sid, held in rows.items()
    )  # fmt: skip


def _own_resources(plan: ClusterPlan) -> tuple[Statement, ...]:
    """Machines call on own resources, but for images and layers that AWS keeps.

    Only where a request tells whose the resource is: some never do.
    """
    partition = plan.partition
    buckets = aws_owned_buckets("ecrLayers", partition) + aws_owned_buckets("al2023", partition)
    told: dict[str, Any] = {"Null": {"aws:ResourceAccount": "false"}}
    rules: tuple[tuple[str, Statement, dict[str, Any]], ...] = (
        (
            "MachinesReadOwnBuckets",
            {"Action": "s3:*",
             "NotResource": [partition.arn("s3", f"{b}/*") for b in sorted(set(buckets))]},
            {},
        ),
        (
            "MachinesPullOwnImages",
            {"Action": "ecr:*", "Resource": "*"},
            {"aws:ResourceAccount": partition.eks_image_account},
        ),
        (
            "MachinesCallOnOwnResources",
            {"Action": ["kms:*", "logs:*", "secretsmanager:*", "sqs:*", "ssm:GetParameter*",
                        "sts:AssumeRole"], "Resource": "*"},
            {},
        ),
    )  # fmt: skip
    return tuple(
        {
            "Sid": sid,
            "Effect": "Deny",
            **called,
            "Condition": {
                **_machines(plan), **_left_out(plan), **told,
                "StringNotEqualsIfExists": _joined(_own(plan, "Resource"), more),
            },
        }
        for sid, called, more in rules
    )  # fmt: skip


def _joined(own: dict[str, str], more: Mapping[str, str]) -> dict[str, Any]:
    """Both hold at once, and of one key either value is let through."""
    return {
        key: sorted({*([own[key]] if key in own else ()), *([more[key]] if key in more else ())})
        for key in sorted({*own, *more})
    }


def _own(plan: ClusterPlan, of: str) -> dict[str, str]:
    """The key that tells whether a principal, a resource or a source is ours, and its value."""
    organization = plan.spec.boundary.organization_id
    if organization:
        return {f"aws:{of}OrgID": organization}
    return {f"aws:{of}Account": plan.account_id}


def _no_new_doors(plan: ClusterPlan, deployer_arns: Sequence[str]) -> tuple[Statement, ...]:
    """Nobody opens a way out, shares, or makes a cluster that has one, but those who are named."""
    facts = load_facts(_FACTS)
    others = {"ArnNotLike": {"aws:PrincipalArn": list(deployer_arns)}} if deployer_arns else {}
    rows: dict[str, tuple[list[str], dict[str, Any]]] = {
        "NobodyOpensADoor": (facts["doors"], others),
        "NobodyShares": (facts["sharing"], others),
        "NobodyCallsServicesOfOthers": (
            ["ec2:CreateVpcEndpoint"],
            {"StringNotEquals": {"ec2:VpceServiceOwner": "amazon"}, **others},
        ),
        "NoClusterAnswersInPublic": (
            ["eks:CreateCluster", "eks:UpdateClusterConfig"],
            {"Bool": {"eks:endpointPublicAccess": "true"}},
        ),
        "NoClusterIsPublicForWantOfAWord": (
            ["eks:CreateCluster"],
            {"Null": {"eks:endpointPublicAccess": "true"}},
        ),
        "NoClusterLeavesByAws": (
            ["eks:CreateCluster", "eks:UpdateClusterConfig"],
            {"StringNotEqualsIfExists": {"eks:controlPlaneEgressMode": "CUSTOMER_ROUTED"},
             "Null": {"eks:controlPlaneEgressMode": "false"}},
        ),
        "NoClusterIsMadeWithoutAWay": (
            ["eks:CreateCluster"],
            {"Null": {"eks:controlPlaneEgressMode": "true"}},
        ),
    }  # fmt: skip
    # The key is told of the endpoint, and not of the subnets and groups that it is made with.
    endpoints = plan.partition.arn("ec2", "vpc-endpoint/*", account_id="*", region="*")
    on = {"NobodyCallsServicesOfOthers": endpoints}
    return tuple(
        {"Sid": sid, "Effect": "Deny", "Action": actions, "Resource": on.get(sid, "*"),
         **({"Condition": condition} if condition else {})}
        for sid, (actions, condition) in rows.items()
    )  # fmt: skip


def _own_principals(plan: ClusterPlan) -> tuple[Statement, ...]:
    """Own resources serve own principals, and services of AWS on behalf of own accounts."""
    held = {"Effect": "Deny", "Principal": "*", "Action": load_facts(_FACTS)["resource_control"],
            "Resource": "*"}  # fmt: skip
    return (
        {
            "Sid": "OwnPrincipals", **held,
            "Condition": {
                **_left_out(plan), "StringNotEqualsIfExists": dict(_own(plan, "Principal")),
            },
        },
        {
            "Sid": "ServicesForOwnAccounts", **held,
            "Condition": {
                "Bool": {"aws:PrincipalIsAWSService": "true"},
                "Null": {"aws:SourceAccount": "false"},
                "StringNotEqualsIfExists": dict(_own(plan, "Source")),
            },
        },
    )  # fmt: skip
