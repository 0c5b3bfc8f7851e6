"""Who watches a supplied VPC: only what is really absent or open is told."""

import copy
from typing import Any

import pytest

from tests.plan.brownfield.test_checks import EXISTING as NETWORK
from tests.plan.brownfield.test_checks import VPC, existing_lock
from tests.plan.samples import locked, plan, refused

EXISTING = NETWORK | {"nodePools.workers.minSize": 2}  # one alone draws a warning of its own
ASK = "have its owner associate a rule group that allows what is needed and ends in BLOCK *"
OPEN = {"network.egress": {"kind": "internetGateway", "internetGateway": {
    "kind": "existing", "internetGatewayId": "igw-01234567"}}}  # fmt: skip
BLOCK = {"action": "BLOCK", "domains": ["*"]}
NONE = f"has no DNS Firewall, so its resolver answers public names; {ASK}"
NO_END = f"has a DNS Firewall that does not end in BLOCK *, so other names resolve; {ASK}"


def watched(**more: Any) -> dict[str, Any]:
    """The sound lock, its VPC watched otherwise."""
    keys = existing_lock()
    vpc = keys["supplied"]["vpcs"][VPC]
    vpc["watch"] = {**copy.deepcopy(vpc["watch"]), **more}
    return keys


def firewall(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return watched(dnsFirewall={"failOpen": False, "rules": list(rules), **more})


def allow(*more: str) -> dict[str, Any]:
    return {"action": "ALLOW", "domains": [*plan().allowed_domains, *more]}


def told(keys: dict[str, Any], **changes: Any) -> list[str]:
    faults = refused(EXISTING | changes, locked(keys))
    assert {(path, value) for path, _, value in faults} == {("network.vpc.vpcId", f"'{VPC}'")}
    return [message for _, message, _ in faults]


def test_a_vpc_that_is_watched_as_ours_would_be_draws_no_word():
    assert plan(EXISTING, locked(existing_lock())).warnings == ()


@pytest.mark.parametrize(
    ("more", "key", "said"),
    [
        ({"flowLogs": []}, "network.flowLogs.enabled", f"{VPC} has no flow log that records and "
         "delivers all traffic, and nothing in a supplied VPC is changed; have its owner make one"),
        ({"flowLogs": ["REJECT"]}, "network.flowLogs.enabled", f"{VPC} has no flow log that "
         "records and delivers all traffic, and nothing in a supplied VPC is changed; have its "
         "owner make one"),
        ({"queryLogs": False}, "network.dns.queryLogs", f"{VPC} records no queries of its "
         "resolver, and nothing in a supplied VPC is changed; have its owner associate a query log "
         "configuration"),
    ],
)  # fmt: skip
def test_missing_records_are_warned_of_where_they_are_asked_for(more, key, said):
    assert plan(EXISTING, locked(watched(**more))).warnings == (f"{key}: {said}",)
    assert plan({**EXISTING, key: False}, locked(watched(**more))).warnings == ()


def test_accepted_and_rejected_traffic_together_are_all():
    assert plan(EXISTING, locked(watched(flowLogs=["ACCEPT", "REJECT"]))).warnings == ()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (watched(dnsFirewall=None), NONE),
        (firewall(allow()), NO_END),
        (firewall(allow(), {"action": "ALLOW", "domains": ["*"]}, BLOCK), NO_END),
        (firewall(allow(), {"action": "ALERT", "domains": ["*"]}, BLOCK), NO_END),
        (firewall(allow(), {"action": "ALLOW", "domains": ["*"], "queryType": "TXT"}, BLOCK),
         NO_END),
        (firewall(allow(), {**BLOCK, "queryType": "A"}), NO_END),
        (firewall(allow(), {"action": "BLOCK", "domains": None}), NO_END),
        (firewall(allow(), BLOCK, failOpen=True), "has a DNS Firewall that fails open: what it "
         "cannot judge resolves; have its owner switch FirewallFailOpen off"),
    ],
)  # fmt: skip
def test_names_that_resolve_are_refused_in_a_closed_network_and_warned_of_in_an_open_one(
    keys, message
):
    assert told(keys) == [message]
    keys["supplied"]["routeTables"]["rtb-0123456789abcdef0"]["routes"].append(
        {"destination": "0.0.0.0/0", "target": "igw-01234567"}
    )
    public = {f"network.subnets.{n}.exposure": "public" for n in "ac"}
    said = plan(EXISTING | OPEN | public, locked(keys)).warnings
    assert f"network.vpc.vpcId: {VPC} {message}" in said


def test_a_rule_whose_list_aws_does_not_show_neither_blocks_nor_ends():
    hidden = {"action": "BLOCK", "domains": None}
    assert plan(EXISTING, locked(firewall(hidden, allow(), BLOCK))).warnings == ()


def test_a_firewall_that_blocks_what_machines_resolve_is_refused():
    names = list(plan().allowed_domains)
    without = {"action": "ALLOW", "domains": names[1:]}
    said = f"has a DNS Firewall that blocks {names[0]}, which machines must resolve; have its "
    assert told(firewall(without, BLOCK)) == [f"{said}owner allow them"]
    earlier = {"action": "BLOCK", "domains": [names[0]]}
    assert told(firewall(earlier, allow(), BLOCK)) == [f"{said}owner allow them"]


def test_a_wildcard_allows_what_lies_below_it():
    wide = {"action": "ALLOW", "domains": ["*.amazonaws.com", "*.api.aws", "*.internal"]}
    (warning,) = plan(EXISTING, locked(firewall(wide, BLOCK))).warnings
    assert warning == (
        f"network.dns.allowedDomains: the DNS Firewall of {VPC} lets *.amazonaws.com, *.api.aws, "
        "*.internal resolve too, which nothing here needs; list there what is meant, or have its "
        "owner take it off"
    )


def test_other_names_that_resolve_are_warned_of_until_they_are_listed():
    extra = tuple(f"{letter}.example.com" for letter in "abcdefg")
    keys = firewall(allow(*extra), BLOCK)
    (warning,) = plan(EXISTING, locked(keys)).warnings
    assert "a.example.com, b.example.com, c.example.com, d.example.com, e.example.com and 2 more " \
           "resolve too" in warning  # fmt: skip
    listed = {"network.dns.allowedDomains": list(extra)}
    assert plan(EXISTING | listed, locked(keys)).warnings == ()


def test_what_nobody_looked_for_is_looked_for_by_the_lock():
    keys = existing_lock()
    del keys["supplied"]["vpcs"][VPC]["watch"]
    assert told(keys) == [
        "has watchers that nobody has looked for: flow logs, query logs, DNS Firewall; each was "
        "not read; run heiiki lock"
    ]
    keys["supplied"]["vpcs"][VPC]["ownerId"] = "999999999999"
    assert plan(EXISTING, locked(keys)).warnings == (
        f"network.vpc.vpcId: {VPC} is of account 999999999999, which alone sees who watches it; "
        "have it keep flow logs, query logs and a DNS Firewall that fails closed and ends in "
        "BLOCK *",
    )


def test_an_open_network_that_asks_for_no_firewall_is_not_told_of_one_that_is_missing():
    keys = watched(dnsFirewall=None)
    keys["supplied"]["routeTables"]["rtb-0123456789abcdef0"]["routes"].append(
        {"destination": "0.0.0.0/0", "target": "igw-01234567"}
    )
    public = {f"network.subnets.{n}.exposure": "public" for n in "ac"}
    changes = EXISTING | OPEN | public
    assert f"network.vpc.vpcId: {VPC} {NONE}" in plan(changes, locked(keys)).warnings
    without = plan(changes | {"network.dns.firewall": False}, locked(keys)).warnings
    assert not any("DNS Firewall" in warning for warning in without)
