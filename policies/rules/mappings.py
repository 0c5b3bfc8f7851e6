"""What other catalogues call a rule's claim, or a part of it: whoever keeps the rule keeps these.

No id is better than one that asks for something else: CKV_AWS_61 refuses roles for the own
account's administrators, EC2.12 wants Elastic IPs to be in use, and EKS.2 asks for a supported
version, where CN-065 asks for a named one. A check that reads more crudely than its claim may still
fail what the rule passes: Checkov 3.3.30 takes ingress from a security group for ingress from
everywhere (CKV_AWS_25, CKV_AWS_260), and others look at no condition of a policy.

Checkov's ids are of the version that tests/policies/catalogues/checkov.txt names, the names of
Config's managed rules of AWS's documentation. All other ids were looked up with their titles on
2026-11-28. CIS's Foundations Benchmark 5.0.0, which numbers anew from 6.0 on, and Security Hub's
controls: in Prowler (3e000fa), prowler/compliance/aws. EC2.170, EC2.172 and SQS.3, which it does
not have: in AWS's page of the Foundational Security Best Practices standard. The EKS Benchmark
1.7.0: in kube-bench, cfg/eks-1.7.0 (0ccd2eb); of its items 2.1.1, 5.4.1 and 5.4.2 have the same
numbers in 1.1.0 and 1.5.0. Lambda.1, Lambda.3 and S3.19: in AWS's pages of the controls for Lambda
and S3, on 2026-11-29. Its chapter 4.1 ends at 4.1.8: who may change webhooks (CN-214) is none
of its items. Each CKV_K8S id by its title in Checkov's own source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Ids of the same claim. config: names of managed rules. cis: of the AWS Foundations
    Benchmark; cis_eks: of the EKS Benchmark."""

    checkov: tuple[str, ...] = ()
    security_hub: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    cis: tuple[str, ...] = ()
    cis_eks: tuple[str, ...] = ()

    def by_catalogue(self) -> dict[str, tuple[str, ...]]:
        """Every catalogue that has something, by the name that people know it by."""
        named = {
            "Checkov": self.checkov,
            "AWS Security Hub": self.security_hub,
            "AWS Config": self.config,
            "CIS AWS Foundations": self.cis,
            "CIS EKS": self.cis_eks,
        }
        return {name: ids for name, ids in named.items() if ids}

    def ids(self) -> tuple[str, ...]:
        """All of them, as tags that tell by themselves where they are from."""
        cis = (f"CIS-AWS {id_}" for id_ in self.cis)
        eks = (f"CIS-EKS {id_}" for id_ in self.cis_eks)
        return (*self.checkov, *self.security_hub, *self.config, *cis, *eks)


NOWHERE: Final = Elsewhere()
MAPPINGS: Final[Mapping[str, Elsewhere]] = {
    "CN-010": Elsewhere(config=("internet-gateway-authorized-vpc-only",)),
    "CN-015": Elsewhere(
        checkov=("CKV_AWS_258",), config=("api-gw-endpoint-type-check",)
    ),
    "CN-016": Elsewhere(checkov=("CKV_AWS_148",)),
    "CN-018": Elsewhere(security_hub=("EC2.172",)),
    "CN-023": Elsewhere(
        checkov=("CKV_AWS_331",),
        security_hub=("EC2.23",),
        config=("ec2-transit-gateway-auto-vpc-attach-disabled",),
    ),
    "CN-030": Elsewhere(config=("no-unrestricted-route-to-igw",)),
    "CN-032": Elsewhere(checkov=("CKV2_AWS_44",), cis=("5.6",)),
    "CN-040": Elsewhere(
        checkov=("CKV_AWS_130",),
        security_hub=("EC2.15",),
        config=("subnet-auto-assign-public-ip-disabled",),
    ),
    "CN-050": Elsewhere(
        checkov=("CKV_AWS_17", "CKV_AWS_88"),
        security_hub=("EC2.9", "EC2.25", "MSK.4", "RDS.2"),
        config=("ec2-instance-no-public-ip", "ec2-launch-template-public-ip-disabled",
                "msk-cluster-public-access-disabled", "rds-instance-public-access-check"),
        cis=("2.2.3",),
    ),
    "CN-052": Elsewhere(
        checkov=("CKV_AWS_79",),
        security_hub=("EC2.8", "EC2.170"),
        config=("ec2-imdsv2-check", "ec2-launch-template-imdsv2-check"),
        cis=("5.7",),
    ),
    "CN-053": Elsewhere(checkov=("CKV_AWS_341",), config=("ec2-token-hop-limit-check",)),
    "CN-055": Elsewhere(
        checkov=("CKV_AWS_3", "CKV_AWS_8", "CKV_AWS_106"),
        security_hub=("EC2.3", "EC2.7"),
        config=("encrypted-volumes", "ec2-ebs-encryption-by-default"),
        cis=("5.1.1",),
    ),
    "CN-057": Elsewhere(config=("ec2-no-amazon-key-pair",)),
    "CN-058": Elsewhere(
        checkov=("CKV_AWS_315",),
        security_hub=("AutoScaling.9",),
        config=("autoscaling-launch-template",),
    ),
    "CN-060": Elsewhere(
        checkov=("CKV_AWS_38", "CKV_AWS_39"),
        security_hub=("EKS.1",),
        config=("eks-endpoint-no-public-access",),
        cis_eks=("5.4.1", "5.4.2"),
    ),
    "CN-061": Elsewhere(cis_eks=("5.4.2",)),
    "CN-063": Elsewhere(
        checkov=("CKV_AWS_37",),
        security_hub=("EKS.8",),
        config=("eks-cluster-log-enabled",),
        cis_eks=("2.1.1",),
    ),
    "CN-069": Elsewhere(cis_eks=("4.1.7",)),
    "CN-075": Elsewhere(checkov=("CKV_AWS_100",)),
    "CN-100": Elsewhere(checkov=("CKV_AWS_382",)),
    "CN-101": Elsewhere(
        checkov=("CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260", "CKV_AWS_277"),
        security_hub=("EC2.13", "EC2.14", "EC2.18", "EC2.19"),
        config=("restricted-ssh", "restricted-common-ports", "vpc-sg-open-only-to-authorized-ports",
                "vpc-sg-port-restriction-check"),
        cis=("5.3", "5.4"),
    ),
    "CN-103": Elsewhere(
        checkov=("CKV2_AWS_12",),
        security_hub=("EC2.2",),
        config=("vpc-default-security-group-closed",),
        cis=("5.5",),
    ),
    "CN-110": Elsewhere(
        config=(
            "alb-internal-scheme-check",
            "elb-internal-scheme-check",
            "nlb-internal-scheme-check",
        ),
    ),
    "CN-130": Elsewhere(checkov=("CKV_AWS_60",)),
    "CN-131": Elsewhere(
        checkov=("CKV_AWS_32", "CKV_AWS_33", "CKV_AWS_70", "CKV_AWS_168", "CKV_AWS_169",
                 "CKV_AWS_387"),
        security_hub=("KMS.5", "SNS.4", "SQS.3"),
        config=(
            "kms-key-policy-no-public-access",
            "sns-topic-no-public-access",
            "sqs-queue-no-public-access",
        ),
    ),
    "CN-146": Elsewhere(checkov=("CKV_K8S_43",)),
    "CN-148": Elsewhere(checkov=("CKV_K8S_19",), cis_eks=("4.2.4",)),
    "CN-150": Elsewhere(config=("ebs-snapshot-block-public-access",)),
    "CN-151": Elsewhere(
        checkov=("CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56", "CKV_AWS_392"),
        security_hub=("S3.1", "S3.8", "S3.19"),
        config=(
            "s3-access-point-public-access-blocks",
            "s3-account-level-public-access-blocks",
            "s3-account-level-public-access-blocks-periodic",
            "s3-bucket-level-public-access-prohibited",
        ),
        cis=("2.1.4",),
    ),
    "CN-152": Elsewhere(
        checkov=("CKV_AWS_20", "CKV_AWS_57"),
        security_hub=("S3.12",),
        config=("s3-bucket-acl-prohibited",),
    ),
    "CN-231": Elsewhere(
        checkov=("CKV_AWS_117",), security_hub=("Lambda.3",), config=("lambda-inside-vpc",)
    ),
    "CN-233": Elsewhere(
        checkov=("CKV_AWS_301",),
        security_hub=("Lambda.1",),
        config=("lambda-function-public-access-prohibited",),
    ),
    "CN-234": Elsewhere(checkov=("CKV_AWS_364",)),
    "CN-236": Elsewhere(config=("s3-access-point-in-vpc-only",)),
    "CN-259": Elsewhere(
        checkov=("CKV_AWS_122",),
        config=("sagemaker-notebook-no-direct-internet-access",
                "sagemaker-notebook-instance-inside-vpc", "sagemaker-domain-in-vpc",
                "sagemaker-model-in-vpc"),
    ),
    "CN-214": Elsewhere(checkov=("CKV_K8S_155",)),
    "CN-215": Elsewhere(cis_eks=("4.3.2",)),
    "CN-240": Elsewhere(
        checkov=("CKV2_AWS_11",),
        security_hub=("EC2.6",),
        config=("vpc-flow-logs-enabled",),
        cis=("3.7",),
    ),
}  # fmt: skip


def elsewhere(rule: str) -> Elsewhere:
    """What others call a rule's claim; nothing where nobody has it."""
    return MAPPINGS.get(rule, NOWHERE)
