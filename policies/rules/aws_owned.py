"""Resources of AWS's own that a closed network may read: facts, each with its source.

Registry accounts: EKS guide, add-ons-images.adoc (docs.aws.amazon.com/eks/latest/userguide/
add-ons-images.html). Buckets, image, parameter and policy ARNs: aws-samples/
data-perimeter-policy-examples, vpc_endpoint_policies and service_owned_resources.md (8e0d3c5,
2026-03-18). Partitions: botocore 1.44.5 partitions.json. ARNs without an account: IAM User Guide,
managed policies; Network Firewall Developer Guide, nwfw-managed-rule-groups. Read 2026-11-22.
"""

import re
from dataclasses import dataclass

_DEFAULT_REGISTRY_REGIONS = (
    "us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 eu-west-1 eu-west-2 eu-west-3 "
    "eu-central-1 eu-north-1 ap-south-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 "
    "ap-southeast-1 ap-southeast-2 sa-east-1"
)

EKS_REGISTRY_ACCOUNTS: dict[str, str] = {
    **dict.fromkeys(_DEFAULT_REGISTRY_REGIONS.split(), "602401143452"),
    "af-south-1": "877085696533",
    "ap-east-1": "800184023465",
    "ap-east-2": "533267051163",
    "ap-south-2": "900889452093",
    "ap-southeast-3": "296578399912",
    "ap-southeast-4": "491585149902",
    "ap-southeast-5": "151610086707",
    "ap-southeast-6": "333609536671",
    "ap-southeast-7": "121268973566",
    "ca-west-1": "761377655185",
    "eu-central-2": "900612956339",
    "eu-south-1": "590381155156",
    "eu-south-2": "455263428931",
    "il-central-1": "066635153087",
    "me-central-1": "759879836304",
    "me-south-1": "558608220178",
    "mx-central-1": "730335286997",
    "cn-north-1": "918309763551",
    "cn-northwest-1": "961992271922",
    "us-gov-east-1": "151742754352",
    "us-gov-west-1": "013241004608",
    "us-iso-east-1": "725322719131",
    "us-iso-west-1": "608367168043",
    "us-isob-east-1": "187977181151",
    "us-isob-west-1": "321162350305",
    "eu-isoe-west-1": "249663109785",
    "us-isof-south-1": "676585237158",
    "us-isof-east-1": "171035529773",
    "eusc-de-east-1": "877088126301",
}

# What stands in place of an account in the ARNs of things that AWS itself offers to everybody:
# managed policies of IAM and EKS ("aws"), managed rule groups of Network Firewall ("aws-managed").
ARN_ACCOUNTS = ("aws", "aws-managed", "ec2")  # ec2: what an alarm does to its own instance

# Services whose ARNs hold no colon behind the account (Service Authorization Reference, resource
# types; read 2026-11-28): what a wildcard before it swallows cannot be made up of the rest. IAM is
# none: whoever makes a role chooses its path, of any letters from ! to ~ (IAM API reference,
# CreateRole; read 2026-11-29).
UNDIVIDED = ("cloudtrail", "ec2", "ecr", "kms")

REGISTRY_READS = (
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchCheckLayerAvailability",
)

# {region} stands for the region of the endpoint; no name has a wildcard.
BUCKETS = (
    "prod-{region}-starport-layer-bucket",
    "al2023-repos-{region}-de612dc2",
    "al2023-{region}",
    "amazonlinux-2-repos-{region}",
    "amazonlinux.{region}.amazonaws.com",
    "packages.{region}.amazonaws.com",
    "repo.{region}.amazonaws.com",
    "aws-ssm-{region}",
    "amazon-ssm-{region}",
    "amazon-ssm-packages-{region}",
    "{region}-birdwatcher-prod",
    "aws-ssm-document-attachments-{region}",
    "patch-baseline-snapshot-{region}",
)

PARTITIONS = (
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-eusc",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
)
# The partition of a region, by how the region begins, with its dnsSuffix and dualStackDnsSuffix;
# longer beginnings first. botocore 1.44.5, partitions.json.
_OF_REGIONS = (
    ("cn-", "aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com", "api.aws"),
    ("eusc-", "aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"),
    ("us-iso-", "aws-iso", "c2s.ic.gov", "api.aws.ic.gov"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    ("", "aws", "amazonaws.com", "api.aws"),
)
# What names of AWS's services end in, whatever the region.
SUFFIXES = tuple(dict.fromkeys(suffix for *_, old, dual in _OF_REGIONS for suffix in (old, dual)))
# Domains whose name servers are AWS's own: nobody else hears what is asked there. VPC User Guide,
# private DNS hostnames (read 2026-11-28).
DNS_SUFFIXES = (*SUFFIXES, "compute.internal", "ec2.internal")
_PARTITION = f"(?:{'|'.join(PARTITIONS)})"
_ANY_REGION = r"[a-z]{2,4}(?:-[a-z]+)+-\d"


@dataclass(frozen=True)
class Owned:
    """ARNs of AWS's own and the only actions they may be allowed with; any region will do."""

    service: str
    regional: bool
    account: str
    beginning: str
    actions: tuple[str, ...]


OTHERS = (
    Owned("ec2", True, "", "image/", ("ec2:RunInstances",)),
    Owned("ec2", True, "", "snapshot/", ("ec2:RunInstances",)),
    Owned("ec2", True, "aws", "prefix-list/", ("ec2:GetManagedPrefixListEntries",)),
    Owned(
        "ssm",
        True,
        "",
        "parameter/aws/",
        ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"),
    ),
    Owned(
        "ssm",
        True,
        "",
        "document/",
        ("ssm:DescribeDocument", "ssm:GetDocument", "ssm:StartSession"),
    ),
    Owned(
        "iam",
        False,
        "aws",
        "policy/",
        ("iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:GetPolicy*", "iam:ListPolicy*"),
    ),
)

# Calls that name no resource and concern the caller's own account whatever they are asked.
ACCOUNT_SCOPED = (
    "ecr:GetAuthorizationToken",
    "sts:GetCallerIdentity",
    "ec2:Describe*",
    "autoscaling:Describe*",
    "elasticloadbalancing:Describe*",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
    "ssm:UpdateInstanceInformation",
    "ssm:ListInstanceAssociations",
    "ssm:DescribeInstanceProperties",
    "logs:DescribeLogGroups",
    "cloudwatch:PutMetricData",
    "xray:Put*",
    "xray:GetSampling*",
)

# Services that send no aws:Source… key when they use a key, and the key of the encryption context
# that names their resource instead. Source: CloudWatch Logs User Guide, Encrypt log data;
# CloudTrail User Guide, Configure KMS key policies (read 2026-11-22).
ENCRYPTION_CONTEXTS = {
    "logs": "kms:encryptioncontext:aws:logs:arn",
    "cloudtrail": "kms:encryptioncontext:aws:cloudtrail:arn",
}


def public_bucket(resource: str, region: str | None) -> bool:
    """Whether the ARN is all objects of one bucket of AWS, of this region."""
    where = re.escape(region) if region else _ANY_REGION
    names = "|".join(re.escape(name).replace(r"\{region\}", where) for name in BUCKETS)
    return re.fullmatch(rf"arn:{_PARTITION}:s3:::(?:{names})/\*", resource) is not None


def reads_of(resource: str, region: str | None) -> tuple[str, ...]:
    """The actions that a resource of AWS's own may be allowed with; none when it is not one."""
    where = re.escape(region) if region else _ANY_REGION
    for owned in OTHERS:
        place = rf"(?:\*|{where})" if owned.regional else ""
        start = rf"arn:{_PARTITION}:{owned.service}:{place}:{owned.account}:"
        if re.fullmatch(rf"{start}{owned.beginning}[^:]+", resource):
            return owned.actions
    return ()


def registry_accounts(region: str | None) -> frozenset[str]:
    """The account of the EKS registry in a region; every one when the region is not known."""
    if region is None:
        return frozenset(EKS_REGISTRY_ACCOUNTS.values())
    account = EKS_REGISTRY_ACCOUNTS.get(region)
    return frozenset({account}) if account else frozenset()


def partition_of(region: str) -> str:
    """The partition that a region lies in."""
    return next(name for begins, name, _, _ in _OF_REGIONS if region.startswith(begins))


def suffixes_of(region: str) -> tuple[str, str]:
    """What the names of a region's services end with, and those of dual-stack endpoints."""
    return next((s, d) for begins, _, s, d in _OF_REGIONS if region.startswith(begins))
