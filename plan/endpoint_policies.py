"""The policy of each VPC endpoint: own principals, own resources, and only the actions needed.

An endpoint policy is a ceiling, never a grant. The pattern follows AWS's data-perimeter examples
(aws-samples/data-perimeter-policy-examples, vpc_endpoint_policies).
"""

from typing import Any

from plan.features import aws_owned_buckets, on_snapshots, without_resource_account
from plan.iam_patterns import covers_action
from plan.partitions import Partition
from spec.cluster import BoundarySpec

Statement = dict[str, Any]
# Their tokens work outside the network and outlive the machine (IAM user guide, request temporary
# security credentials; outbound identity federation). No feature calls them; only a whole service
# that somebody adds has them.
_TOKENS = (
    "sts:GetDelegatedAccessToken",
    "sts:GetFederationToken",
    "sts:GetSessionToken",
    "sts:GetWebIdentityToken",
)
_IMAGE_READ = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


class Boundary:
    """Conditions that hold a statement to the own organization, or else the own account."""

    def __init__(self, boundary: BoundarySpec, account_id: str) -> None:
        self.account_id = account_id
        if boundary.organization_id:
            self.principal = {"aws:PrincipalOrgID": boundary.organization_id}
            self.resource = {"aws:ResourceOrgID": boundary.organization_id}
        else:
            self.principal = {"aws:PrincipalAccount": account_id}
            self.resource = {"aws:ResourceAccount": account_id}


def endpoint_policy(
    service: str, actions: tuple[str, ...], *, boundary: Boundary, partition: Partition,
    account_id: str, buckets: tuple[str, ...], package_repositories: tuple[str, ...],
    written: tuple[str, ...] = (), eks_images: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """The policy document of one endpoint.

    actions: what the enabled features call. buckets: own buckets that nodes may read; written: and
    write. package_repositories: kinds of package buckets of AWS that nodes may read. eks_images:
    whether images of EKS's own registry are pulled.
    """
    if service == "s3":
        statements = _s3(boundary, partition, buckets, package_repositories)
        statements += [_written(boundary, partition, bucket) for bucket in written]
    elif service == "sts":
        statements = _sts(actions, boundary, partition, account_id)
    else:
        statements = [_own(actions, boundary), *_own_by_arn(actions, boundary, partition)]
        if eks_images and service in ("ecr.api", "ecr.dkr"):
            statements.append(_eks_images(boundary, partition))
    return {"Version": "2012-10-17", "Statement": statements}


def _own(actions: tuple[str, ...], boundary: Boundary) -> Statement:
    return {
        "Sid": "OwnPrincipalsToOwnResources",
        "Effect": "Allow",
        "Principal": "*",
        "Action": sorted(actions),
        "Resource": "*",
        "Condition": {"StringEquals": {**boundary.principal, **boundary.resource}},
    }


def _own_by_arn(
    actions: tuple[str, ...], boundary: Boundary, partition: Partition
) -> list[Statement]:
    """Calls that tell nobody whose the resource is are held to own ARNs instead.

    Without this EC2 would refuse every volume that the EBS CSI driver asks for.
    """
    unsaid = without_resource_account(actions)
    rows = [("OwnPrincipalsToOwnArns", boundary.account_id, "*", unsaid, {}),
            ("OwnPrincipalsFromOwnSnapshots", "", "snapshot/*", on_snapshots(unsaid),
             {"ec2:Owner": boundary.account_id})]  # fmt: skip
    return [
        {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": "*",
            "Action": sorted(held),
            "Resource": partition.arn(
                held[0].split(":")[0], resource, account_id=account_id, region=partition.region
            ),
            "Condition": {"StringEquals": {**boundary.principal, **more}},
        }
        for sid, account_id, resource, held, more in rows
        if held
    ]


def _eks_images(boundary: Boundary, partition: Partition) -> Statement:
    """Add-on images come from a registry of EKS; reading is all that it is good for.

    Every repository of it: kube-proxy lies in eks/, but the VPC CNI in amazon-k8s-cni and
    amazon/aws-network-policy-agent (config/master/aws-k8s-cni.yaml of aws/amazon-vpc-cni-k8s).
    """
    return {
        "Sid": "OwnPrincipalsReadEksImages",
        "Effect": "Allow",
        "Principal": "*",
        "Action": sorted(_IMAGE_READ),
        "Resource": partition.arn(
            "ecr", "repository/*",
            account_id=partition.eks_image_account, region=partition.region,
        ),
        "Condition": {
            "StringEquals": {
                **boundary.principal,
                "aws:ResourceAccount": partition.eks_image_account,
            }
        },
    }  # fmt: skip


def _s3(
    boundary: Boundary,
    partition: Partition,
    buckets: tuple[str, ...],
    repositories: tuple[str, ...],
) -> list[Statement]:
    aws_buckets = [
        bucket
        for kind in ("ecrLayers", *repositories)
        for bucket in aws_owned_buckets(kind, partition)
    ]
    statements: list[Statement] = [
        {
            "Sid": "AwsOwnedBuckets",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": [partition.arn("s3", f"{bucket}/*") for bucket in aws_buckets],
        }
    ]
    if buckets:
        statements.append(
            {
                "Sid": "OwnPrincipalsReadOwnBuckets",
                "Effect": "Allow",
                "Principal": "*",
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": [partition.arn("s3", name) for b in buckets for name in (b, f"{b}/*")],
                "Condition": {"StringEquals": {**boundary.principal, **boundary.resource}},
            }
        )
    return statements


def _written(boundary: Boundary, partition: Partition, bucket: str) -> Statement:
    """Only what members of etcd write: who starts first, and snapshots."""
    return {
        "Sid": "OwnPrincipalsWriteOwnBucket",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": [
            partition.arn("s3", f"{bucket}/{prefix}/*") for prefix in ("bootstrap", "snapshots")
        ],
        "Condition": {"StringEquals": {**boundary.principal, **boundary.resource}},
    }


def _sts(
    actions: tuple[str, ...], boundary: Boundary, partition: Partition, account_id: str
) -> list[Statement]:
    """Web-identity callers have no principal yet, so they are held by the role they ask for."""
    signed = tuple(a for a in actions if a != "sts:AssumeRoleWithWebIdentity")
    statements = [_own(signed, boundary)] if signed else []
    if len(signed) < len(actions):
        statements.append(
            {
                "Sid": "WebIdentityToOwnRoles",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Resource": partition.arn("iam", "role/*", account_id=account_id),
                "Condition": {"StringEquals": {"aws:ResourceAccount": account_id}},
            }
        )
    if any(covers_action(action, token) for action in signed for token in _TOKENS):
        statements.append(
            {
                "Sid": "NoTokensThatOutliveTheMachine",
                "Effect": "Deny",
                "Principal": "*",
                "Action": list(_TOKENS),
                "Resource": "*",
            }
        )
    return statements
