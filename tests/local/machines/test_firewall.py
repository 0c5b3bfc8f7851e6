"""The nft text, and what nft itself says of it."""

import shutil
import subprocess
from ipaddress import IPv4Address

from local.machines import Allow
from local.machines.firewall import Plugged, ruleset
from tests.local.machines import worlds

PLUGGED = (
    Plugged("eni2", IPv4Address("10.0.1.20"), ("two",)),
    Plugged("eni1", IPv4Address("10.0.1.10"), ("one", "both-of-them")),
)


def test_the_rows_become_rules_in_their_order() -> None:
    rows = (
        Allow(source="one", target="two", ports="2379-2380"),
        Allow(source="one", target="nobody-is-in-it", protocol="udp", ports=53),
        Allow(source="10.1.0.0/16", target="one", protocol="icmp"),
        Allow(source="one", target="two", protocol="icmp", ports=3),
        Allow(source="one", target="two", within="10.0.1.0/24", ports=443),
        Allow(source="both-of-them", target="both-of-them", protocol="-1"),
    )
    lines = [line.strip() for line in ruleset(worlds.world(), rows, PLUGGED).splitlines()]
    assert lines[lines.index("chain allowed {") + 1 : -2] == [
        "ip saddr @group_one ip daddr @group_two tcp dport 2379-2380 accept",
        "ip saddr @group_one ip daddr @group_nobody_is_in_it udp dport 53-53 accept",
        "ip saddr 10.1.0.0/16 ip daddr @group_one ip protocol icmp accept",
        "ip saddr @group_one ip daddr @group_two icmp type 3 accept",
        "ip saddr 10.0.1.0/24 ip saddr @group_one ip daddr @group_two tcp dport 443-443 accept",
        "ip saddr @group_both_of_them ip daddr @group_both_of_them accept",
    ]
    assert "set group_one { type ipv4_addr; elements = { 10.0.1.10 }; }" in lines
    assert "set group_endpoint { type ipv4_addr; elements = { 10.0.1.200 }; }" in lines
    assert "set group_nobody_is_in_it { type ipv4_addr; }" in lines


def test_what_no_row_allows_is_dropped_and_everyone_sends_from_its_own_address() -> None:
    text = ruleset(worlds.world(), (), PLUGGED)
    assert "type filter hook forward priority filter; policy drop;" in text
    assert "type filter hook input priority filter; policy drop;" in text
    assert 'iifname "eni1" ip saddr != 10.0.1.10 drop' in text
    assert 'iifname "eni2" ip saddr != 10.0.1.20 drop' in text


def test_nft_reads_it() -> None:
    told = Allow(source="one", target="two", protocol="icmp", ports=3)
    here = Allow(source="one", target="two", within="10.0.1.0/24", ports=443)
    text = ruleset(worlds.world(), [*worlds.world().allow, told, here], PLUGGED)
    alone = [shutil.which("unshare") or "unshare", "--net", "--user", "--map-root-user"]
    read = subprocess.run(
        [*alone, "nft", "--check", "--file", "-"], input=text, capture_output=True, text=True
    )
    assert (read.returncode, read.stderr) == (0, "")
