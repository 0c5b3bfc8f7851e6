"""Route 53 Resolver: DNS Firewall, and what moto's query logging and tags lack."""

from local.aws.extensions.route53resolver import (
    associations,
    domain_lists,
    endpoints,
    query_logs,
    rule_groups,
)

__all__ = ["associations", "domain_lists", "endpoints", "query_logs", "rule_groups"]
