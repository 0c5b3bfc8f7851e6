"""What is kept for DNS Firewall per account and region, and the helpers its operations share."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from moto.ec2.models import ec2_backends
from moto.route53resolver.models import Route53ResolverBackend

from local.aws.extensions.registry import Call, Refused

Record = dict[str, Any]
ABSENT = "DNS Firewall is absent from moto"


@dataclass
class Firewall:
    domain_lists: dict[str, Record] = field(default_factory=dict)
    domains: dict[str, list[str]] = field(default_factory=dict)  # by domain list
    rule_groups: dict[str, Record] = field(default_factory=dict)
    rules: dict[str, list[Record]] = field(default_factory=dict)  # by rule group
    associations: dict[str, Record] = field(default_factory=dict)
    configs: dict[str, Record] = field(default_factory=dict)  # by VPC
    resolver_configs: dict[str, Record] = field(default_factory=dict)  # by VPC


def firewall(call: Call) -> Firewall:
    return call.state(Firewall)


def resolver(call: Call) -> Route53ResolverBackend:
    return cast(Route53ResolverBackend, call.backend)


def new_id(prefix: str) -> str:
    return f"{prefix}-{random.getrandbits(68):017x}"


def now() -> str:
    return datetime.now(UTC).isoformat()


def not_found(what: str, key: str) -> Refused:
    return Refused(
        "ResourceNotFoundException", f"[RSLVR-02025] Can't find the {what} with the ID {key!r}."
    )


def invalid(message: str) -> Refused:
    return Refused("ValidationException", message)


def conflict(message: str) -> Refused:
    return Refused("ConflictException", message)


def record(table: dict[str, Record], key: str, what: str) -> Record:
    if key not in table:
        raise not_found(what, key)
    return table[key]


def created_by(call: Call, table: dict[str, Record]) -> Record | None:
    """What an earlier request of the same CreatorRequestId made: a retry makes nothing twice."""
    token = call.params["CreatorRequestId"]
    return next((entry for entry in table.values() if entry["CreatorRequestId"] == token), None)


def require_vpc(call: Call, vpc_id: str) -> None:
    vpcs = ec2_backends[call.account_id][call.region].vpcs
    if vpc_id not in vpcs:
        raise not_found("VPC", vpc_id)


def page(call: Call, member: str, entries: list[Any]) -> Record:
    """MaxResults entries; the token is the position of the next one."""
    token = call.params.get("NextToken") or "0"
    if not token.isdigit() or int(token) > len(entries):
        raise invalid(f"[RSLVR-00102] The NextToken {token!r} is not valid.")
    start = int(token)
    end = start + int(call.params.get("MaxResults") or 100)
    return {member: entries[start:end]} | ({"NextToken": str(end)} if end < len(entries) else {})
