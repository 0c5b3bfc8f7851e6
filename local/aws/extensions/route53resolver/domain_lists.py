"""DNS Firewall domain lists and the domains in them."""

import re

from local.aws.extensions.registry import Call, extends
from local.aws.extensions.route53resolver.kept import (
    ABSENT,
    Record,
    conflict,
    created_by,
    firewall,
    invalid,
    new_id,
    now,
    page,
    record,
    resolver,
)

METADATA = ("Id", "Arn", "Name", "CreatorRequestId")
# A label, or * for all domains, or *. before a name: no wildcard anywhere else.
# Route 53 developer guide, resolver-dns-firewall-user-managed-domain-lists.html.
DOMAIN = re.compile(r"\*|(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_-]{1,63}\.?")


def _list(call: Call) -> Record:
    return record(
        firewall(call).domain_lists, call.params["FirewallDomainListId"], "firewall domain list"
    )


def normal(domain: str) -> str:
    """As DNS Firewall answers with it: lower case, with the final dot."""
    lowered = domain.lower()
    if len(lowered) > 255 or not DOMAIN.fullmatch(lowered):
        raise invalid(f"[RSLVR-02013] The domain {domain!r} is not a valid domain name.")
    return lowered if lowered == "*" or lowered.endswith(".") else f"{lowered}."


@extends("route53resolver", "CreateFirewallDomainList", ABSENT)
def create_firewall_domain_list(call: Call) -> Record:
    kept, params = firewall(call), call.params
    existing = created_by(call, kept.domain_lists)
    if existing is not None:
        return {"FirewallDomainList": existing}
    list_id = new_id("rslvr-fdl")
    kept.domain_lists[list_id] = {
        "Id": list_id,
        "Arn": call.arn("route53resolver", f"firewall-domain-list/{list_id}"),
        "Name": params["Name"],
        "DomainCount": 0,
        "Status": "COMPLETE",
        "CreatorRequestId": params["CreatorRequestId"],
        "CreationTime": now(),
        "ModificationTime": now(),
    }
    kept.domains[list_id] = []
    made = kept.domain_lists[list_id]
    resolver(call).tagger.tag_resource(made["Arn"], params.get("Tags") or [])
    return {"FirewallDomainList": made}


@extends("route53resolver", "GetFirewallDomainList", ABSENT)
def get_firewall_domain_list(call: Call) -> Record:
    return {"FirewallDomainList": _list(call)}


@extends("route53resolver", "ListFirewallDomainLists", ABSENT)
def list_firewall_domain_lists(call: Call) -> Record:
    lists = firewall(call).domain_lists.values()
    return page(
        call, "FirewallDomainLists", [{name: entry[name] for name in METADATA} for entry in lists]
    )


@extends("route53resolver", "UpdateFirewallDomains", ABSENT)
def update_firewall_domains(call: Call) -> Record:
    kept, entry = firewall(call), _list(call)
    before = [] if call.params["Operation"] == "REPLACE" else kept.domains[entry["Id"]]
    asked = list(dict.fromkeys(normal(domain) for domain in call.params["Domains"]))
    if call.params["Operation"] == "REMOVE":
        missing = [domain for domain in asked if domain not in before]
        if missing:
            raise invalid(f"[RSLVR-02014] Not in the domain list: {', '.join(missing)}")
        after = [domain for domain in before if domain not in asked]
    else:
        after = before + [domain for domain in asked if domain not in before]
    kept.domains[entry["Id"]] = after
    entry.update(DomainCount=len(after), ModificationTime=now())
    return {name: entry[name] for name in ("Id", "Name", "Status")}


@extends("route53resolver", "ListFirewallDomains", ABSENT)
def list_firewall_domains(call: Call) -> Record:
    return page(call, "Domains", firewall(call).domains[_list(call)["Id"]])


@extends("route53resolver", "DeleteFirewallDomainList", ABSENT)
def delete_firewall_domain_list(call: Call) -> Record:
    kept, entry = firewall(call), _list(call)
    for rules in kept.rules.values():
        if any(rule.get("FirewallDomainListId") == entry["Id"] for rule in rules):
            raise conflict(
                f"[RSLVR-02203] The domain list {entry['Id']} is in use by a firewall rule of "
                "a rule group; delete the rule first."
            )
    del kept.domain_lists[entry["Id"]], kept.domains[entry["Id"]]
    resolver(call).tagger.delete_all_tags_for_resource(entry["Arn"])
    return {"FirewallDomainList": entry | {"Status": "DELETING"}}
