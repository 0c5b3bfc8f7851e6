"""Who watches a supplied VPC: flow logs, query logs, and the DNS Firewall with all its rules."""

from typing import Any

from automation.aws_calls import asking
from automation.lock.facts import Aws
from automation.lock.lookup import answer, texts

# DNS Firewall's own lists show nothing of what is in them (Route 53 developer guide,
# resolver-dns-firewall-managed-domain-lists, read 2026-11-28).
_NOT_SHOWN = ("ResourceNotFoundException", "AccessDeniedException", "ValidationException")


def read_watch(aws: Aws, vpc_id: str) -> dict[str, Any]:
    """What of a VPC of ours would be on by default, as its owner has it."""
    aws.hear("flow logs, query logs and DNS Firewall of the VPC")
    logs = aws.paged("ec2", "describe_flow_logs", "FlowLogs",
                     Filter=[{"Name": "resource-id", "Values": [vpc_id]}])  # fmt: skip
    queries = aws.paged(
        "route53resolver", "list_resolver_query_log_config_associations",
        "ResolverQueryLogConfigAssociations", Filters=[{"Name": "ResourceId", "Values": [vpc_id]}],
    )  # fmt: skip
    return {
        "flowLogs": texts({log["TrafficType"] for log in logs if _delivers(log)}),
        "queryLogs": any(row["Status"] == "ACTIVE" for row in queries),
        "dnsFirewall": _firewall(aws, vpc_id),
    }


def _delivers(log: Any) -> bool:
    """A flow log that cannot deliver stands there and records nothing."""
    failed = log.get("DeliverLogsStatus") == "FAILED"
    return bool(log["FlowLogStatus"] == "ACTIVE") and not failed


def _firewall(aws: Aws, vpc_id: str) -> dict[str, Any] | None:
    associations = aws.paged(
        "route53resolver", "list_firewall_rule_group_associations",
        "FirewallRuleGroupAssociations", VpcId=vpc_id,
    )  # fmt: skip
    if not associations:
        return None
    with asking("route53resolver:GetFirewallConfig"):
        config = aws.client("route53resolver").get_firewall_config(ResourceId=vpc_id)
    groups = [a["FirewallRuleGroupId"] for a in sorted(associations, key=lambda a: a["Priority"])]
    return {
        "failOpen": config["FirewallConfig"]["FirewallFailOpen"] == "ENABLED",
        "rules": [rule for group in groups for rule in _rules(aws, group)],
    }


def _rules(aws: Aws, group_id: str) -> list[dict[str, Any]]:
    rules = aws.paged("route53resolver", "list_firewall_rules", "FirewallRules",
                      FirewallRuleGroupId=group_id)  # fmt: skip
    return [
        {
            "action": rule["Action"],
            "domains": _domains(aws, rule.get("FirewallDomainListId")),
            "queryType": rule.get("Qtype"),
        }
        for rule in sorted(rules, key=lambda r: r["Priority"])
    ]


def _domains(aws: Aws, list_id: str | None) -> list[str] | None:
    if list_id is None:  # advanced rules go by what a query looks like
        return None
    first = answer(aws, "route53resolver", "list_firewall_domains", *_NOT_SHOWN,
                   FirewallDomainListId=list_id)  # fmt: skip
    if first is None:
        return None
    domains = aws.paged("route53resolver", "list_firewall_domains", "Domains",
                        FirewallDomainListId=list_id)  # fmt: skip
    return texts(domain.rstrip(".") for domain in domains)
