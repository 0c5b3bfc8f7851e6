"""docs/real-account.md lists what `heiiki lock` and `status --live` ask AWS for, and no more."""

import re

from docs.generate import pages
from docs.permissions_page import PAGE, asked_for

PART = "<!-- generated from {}: {} -->"


def told(name: str) -> set[str]:
    text = PAGE.read_text(encoding="utf-8")
    assert text == pages()[PAGE]
    part = text.split(PART.format(name, "begin"))[1].split(PART.format(name, "end"))[0]
    return set(re.findall(r"`(\w+:\w+)`", part))


def test_the_page_lists_what_the_lock_asks_for():
    """In each of the ways in which it asks."""
    found = told("automation/lock")
    assert {"s3:ListBucket", "s3:GetEncryptionConfiguration", "iam:GetRole", "ssm:GetParameters",
            "ec2:DescribeVpcs", "kms:GetKeyPolicy", "sts:GetCallerIdentity",
            "route53resolver:GetFirewallConfig", "ecr:GetRepositoryPolicy",
            "eks:DescribeAddonVersions"} <= found  # fmt: skip
    assert not [a for a in found if not a.partition(":")[2].startswith(("Describe", "Get", "List"))]


def test_the_page_lists_what_status_asks_for():
    assert told("automation/live") == {
        "sts:GetCallerIdentity", "eks:DescribeCluster", "eks:DescribeAddon",
        "eks:DescribeNodegroup", "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeInstanceRefreshes", "ec2:DescribeVolumes", "ec2:DescribeVpcEndpoints",
        "eks:DescribeAccessEntry", "eks:ListAccessEntries", "eks:ListAssociatedAccessPolicies",
        "s3:ListBucket",
    }  # fmt: skip


def test_calls_are_found_however_they_are_written():
    code = """
        aws.paged(
            "ec2", region, "describe_vpcs", "Vpcs")
        found(aws, "subnet")
        with asking("kms:DescribeKey"): pass
        asked(account, region, "eks:DescribeCluster", name=name)
        answer(aws, "iam", "get_role")
    """
    assert asked_for(code) == {
        "ec2:DescribeVpcs", "ec2:DescribeSubnets", "kms:DescribeKey", "eks:DescribeCluster",
        "iam:GetRole",
    }  # fmt: skip
