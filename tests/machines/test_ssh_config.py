"""SSH configuration, judged by ssh itself: what it would do for each host."""

import re
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from machines.ssh_config import (
    Identity,
    LocalForward,
    render_session_manager_ssh_config,
    render_ssh_config,
)
from spec.access import SshSpec
from spec.errors import SpecError, parse
from tests.machines.strategies import HOSTILE
from tests.machines.values import HOST, REGION, assert_golden
from tests.tools.shell import ssh_options

IDENTITY = Identity("ec2-user", "/keys/dev key", "/keys/known_hosts")
FORWARDS = (LocalForward(8765, "127.0.0.1", 8765), LocalForward(8443, HOST, 443))
BASTION: dict[str, Any] = {
    "cluster_name": "dev",
    "bastion_address": "192.0.2.10",
    "operator_address": "10.1.0.10",
    "identity": IDENTITY,
    "node_cidrs": ["10.0.16.0/23", "10.2.0.0/16", "10.3.0.7/32"],
    "local_forwards": FORWARDS,
}
SESSION: dict[str, Any] = {
    "cluster_name": "dev",
    "region": REGION,
    "operator_instance_id": "i-0123456789abcdef0",
    "identity": IDENTITY,
    "node_cidrs": ["10.0.16.0/23"],
    "local_forwards": FORWARDS,
}
CHECKED = {
    "forwardagent": ["no"],
    "forwardx11": ["no"],
    "stricthostkeychecking": ["true"],
    "identitiesonly": ["yes"],
    "serveraliveinterval": ["120"],
    "serveralivecountmax": ["10"],
    "tcpkeepalive": ["yes"],
    "gatewayports": ["no"],
    "user": ["ec2-user"],
    "userknownhostsfile": ["/keys/known_hosts"],
    "identityfile": ["/keys/dev key"],
}
PROXY_COMMAND = (
    f"aws ssm start-session --region {REGION} --target %h "
    "--document-name AWS-StartSSHSession --parameters portNumber=%p"
)


def checked(options: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: options.get(name, []) for name in CHECKED}


@pytest.mark.tools
@pytest.mark.parametrize(
    ("host", "address", "jump"),
    [
        ("dev-bastion", "192.0.2.10", None),
        ("dev-operator", "10.1.0.10", ["dev-bastion"]),
        ("10.0.16.5", "10.0.16.5", ["dev-operator"]),
        ("10.0.17.255", "10.0.17.255", ["dev-operator"]),
        ("10.2.3.4", "10.2.3.4", ["dev-operator"]),
        ("10.3.0.7", "10.3.0.7", ["dev-operator"]),
    ],
)
def test_every_host_is_reached_by_its_way_and_its_key_is_checked(
    host: str, address: str, jump: list[str] | None
) -> None:
    config = render_ssh_config(**BASTION)
    assert_golden("ssh_config_bastion", config)
    options = ssh_options(config, host)
    assert options["hostname"] == [address]
    assert options.get("proxyjump") == jump
    assert checked(options) == CHECKED


@pytest.mark.tools
@pytest.mark.parametrize("host", ["10.0.18.1", "10.3.0.8", "example.com", "i-0123456789abcdef0"])
def test_other_hosts_are_none_of_our_business(host: str) -> None:
    options = ssh_options(render_ssh_config(**BASTION), host)
    assert "proxyjump" not in options and options["user"] != ["ec2-user"]


@pytest.mark.tools
def test_ports_are_opened_on_loopback_only_and_by_the_operator_s_host_only() -> None:
    config = render_ssh_config(**BASTION)
    assert ssh_options(config, "dev-operator")["localforward"] == [
        "[127.0.0.1]:8765 [127.0.0.1]:8765",
        f"[127.0.0.1]:8443 [{HOST}]:443",
    ]
    assert "localforward" not in ssh_options(config, "dev-bastion")


@pytest.mark.tools
def test_session_manager_needs_no_bastion() -> None:
    config = render_session_manager_ssh_config(**SESSION)
    assert_golden("ssh_config_session_manager", config)
    operator = ssh_options(config, "dev-operator")
    assert operator["hostname"] == ["i-0123456789abcdef0"]
    assert operator["proxycommand"] == [PROXY_COMMAND]
    assert checked(operator) == CHECKED
    any_instance = ssh_options(config, "i-0abc")
    assert any_instance["proxycommand"] == [PROXY_COMMAND]
    assert checked(any_instance) == CHECKED
    assert ssh_options(config, "10.0.17.1")["proxyjump"] == ["dev-operator"]


@pytest.mark.tools
@settings(max_examples=25, deadline=None)
@given(path=HOSTILE)
@example(path="%d")
@example(path='a" "b')
@example(path="a\\")
@example(path="${HOME}")
def test_a_hostile_path_is_one_path_or_refused_by_name(path: str) -> None:
    identity = Identity("ec2-user", f"/k/{path}", IDENTITY.known_hosts_file)
    try:
        config = render_ssh_config(**BASTION | {"identity": identity})
    except ValueError as error:
        assert str(error).startswith("identity_file must be")
    else:
        options = ssh_options(config, "dev-operator")
        escaped = f"/k/{path}".replace("%", "%%")  # ssh -G shows a path before it reads its tokens
        assert checked(options) == CHECKED | {"identityfile": [escaped]}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"bastion_address": "a b"}, "bastion_address must be a host name"),
        ({"operator_address": "-oProxyCommand=id"}, "operator_address must be a host name"),
        ({"operator_address": "a." * 127}, "operator_address must be a host name"),
        ({"operator_address": "a." * 126 + "ab"}, "operator_address must be a host name"),
        ({"cluster_name": "a b"}, "cluster_name must be"),
        ({"node_cidrs": ["10.0.0.1/8"]}, "node_cidrs must be a CIDR without host bits"),
        ({"node_cidrs": ["0.0.0.0/0"]}, "node_cidrs must be an IPv4 CIDR of /8 or smaller"),
        ({"node_cidrs": ["fd00::/8"]}, "node_cidrs must be an IPv4 CIDR"),
        ({"identity": Identity("root\nUser x", "k")}, "user must be a Linux user name"),
        ({"identity": Identity("a", "k", "${HOME}/x")}, "known_hosts_file must be a path"),
        ({"local_forwards": (LocalForward(0, "a", 1),)}, "local_port must be"),
        ({"local_forwards": (LocalForward(1, "a:1", 1),)}, "remote_host must be a host name"),
        ({"local_forwards": (LocalForward(1, "a", 65536),)}, "remote_port must be"),
    ],
)
def test_a_fault_is_named(asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        render_ssh_config(**BASTION | asked)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"region": "r; id"}, "region must be a region's code name"),
        ({"operator_instance_id": "i-1; id"}, "operator_instance_id must be such as i-"),
    ],
)
def test_nothing_reaches_the_shell_that_runs_the_proxy_command(
    asked: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        render_session_manager_ssh_config(**SESSION | asked)


@given(
    st.from_regex(r"[a-z_][a-z0-9_-]{0,33}", fullmatch=True),
    st.builds("{}{}".format, st.sampled_from(("~/", "/", "")), st.text(max_size=20)),
)
@example("ubuntu", "~/.ssh/key of 100%")
@example("ubuntu", "/${HOME}/key")
@example("ubuntu", '/a"b')
@example("ubuntu", "/a\\b")
@example("ubuntu", "/a\u2028b")
@example("_x-1", "/~")
def test_what_a_stack_file_may_say_can_be_written_for_ssh(user, path):
    try:
        asked = parse(SshSpec, {"user": user, "identityFile": path}, where="test")
    except SpecError:
        return
    text = render_ssh_config(**BASTION | {"identity": Identity(asked.user, asked.identity_file)})
    assert f"    User {user}\n" in text and '    IdentityFile "' in text


CIDRS = st.builds(
    lambda start, prefix: IPv4Network((start >> (32 - prefix) << (32 - prefix), prefix)),
    st.integers(0, 2**32 - 1), st.integers(8, 32),
)  # fmt: skip


def patterns(*cidrs: str) -> list[str]:
    config = render_ssh_config(**BASTION | {"node_cidrs": list(cidrs)})
    return config.split("\nHost ")[2].splitlines()[0].split()


@settings(deadline=None)
@given(st.lists(CIDRS, min_size=1, max_size=3), st.lists(st.integers(0, 2**32 - 1), max_size=9))
def test_node_patterns_match_the_addresses_of_nodes_and_no_other(cidrs, others):
    found = [re.compile(re.escape(p).replace(r"\?", ".").replace(r"\*", ".*"))
             for p in patterns(*map(str, cidrs))]  # fmt: skip
    edges = [edge + near for cidr in cidrs for edge in (int(cidr[0]), int(cidr[-1]))
             for near in (-1, 0, 1) if 0 <= edge + near < 2**32]  # fmt: skip
    for address in map(IPv4Address, (*edges, *others)):
        inside = any(address in cidr for cidr in cidrs)
        assert any(p.fullmatch(str(address)) for p in found) == inside


def test_node_patterns_are_few():
    assert patterns("10.0.0.0/19", "10.0.32.0/19") == [
        "10.0.?.*", *(f"10.0.{tens}?.*" for tens in range(1, 6)), "10.0.60.*", "10.0.61.*",
        "10.0.62.*", "10.0.63.*",
    ]  # fmt: skip
    assert patterns("10.0.0.0/8") == ["10.*"]
    assert patterns("10.0.0.0/9", "10.128.0.0/9") == ["10.*.*"]
    assert patterns("10.1.192.0/18")[-2:] == ["10.1.199.*", "10.1.2??.*"]
