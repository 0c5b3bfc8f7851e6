"""SSH configuration for operators, as text to hand over: `ssh -F <file> <host>`.

No file of the user's is touched. Agent forwarding would lend the user's keys to every machine on
the way, and an unchecked host key would let any of them be replaced; so neither is possible here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from machines import checks

_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_INSTANCE_ID = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})")
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class LocalForward:
    """A port of the user's own machine, on 127.0.0.1 only, that leads to a host inside."""

    local_port: int
    remote_host: str
    remote_port: int


@dataclass(frozen=True, slots=True)
class Identity:
    """Who logs in, and by what.

    identity_file: the one key that is offered; others in the agent are not.
    known_hosts_file: must already hold the machines' keys (their console output shows them).
    """

    user: str
    identity_file: str
    known_hosts_file: str = "~/.ssh/known_hosts"


def render_ssh_config(
    *,
    cluster_name: str,
    bastion_address: str,
    operator_address: str,
    identity: Identity,
    node_cidrs: Sequence[str] = (),
    local_forwards: Sequence[LocalForward] = (),
) -> str:
    """`<cluster>-bastion`, `<cluster>-operator` through it, and nodes, by address, through that."""
    bastion, operator = _aliases(cluster_name)
    nodes = _patterns(node_cidrs)
    stanzas = [
        (bastion, [f"HostName {checks.host_name('bastion_address', bastion_address)}"]),
        (
            operator,
            [
                f"HostName {checks.host_name('operator_address', operator_address)}",
                f"ProxyJump {bastion}",
                *_forwards(local_forwards),
            ],
        ),
        *([(nodes, [f"ProxyJump {operator}"])] if nodes else []),
    ]
    return _config(stanzas, identity)


def render_session_manager_ssh_config(
    *,
    cluster_name: str,
    region: str,
    operator_instance_id: str,
    identity: Identity,
    node_cidrs: Sequence[str] = (),
    local_forwards: Sequence[LocalForward] = (),
) -> str:
    """Without a bastion: `<cluster>-operator`, and any `i-…`, through Session Manager.

    Needs the AWS CLI with its Session Manager plugin, and the right to start AWS-StartSSHSession.
    Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-enable-ssh-connections.html
    """
    _, operator = _aliases(cluster_name)
    if not _INSTANCE_ID.fullmatch(operator_instance_id):
        raise checks.fault("operator_instance_id", operator_instance_id, "must be such as i-0123…")
    nodes = _patterns(node_cidrs)
    session = (
        f"ProxyCommand aws ssm start-session --region {checks.region('region', region)} "
        "--target %h --document-name AWS-StartSSHSession --parameters portNumber=%p"
    )
    stanzas = [
        (operator, [f"HostName {operator_instance_id}", session, *_forwards(local_forwards)]),
        ("i-*", [session]),
        *([(nodes, [f"ProxyJump {operator}"])] if nodes else []),
    ]
    return _config(stanzas, identity)


def _aliases(cluster_name: str) -> tuple[str, str]:
    name = checks.cluster_name("cluster_name", cluster_name)
    return f"{name}-bastion", f"{name}-operator"


def _config(stanzas: Sequence[tuple[str, Sequence[str]]], identity: Identity) -> str:
    every_host = " ".join(hosts for hosts, _ in stanzas)
    blocks = [_stanza(hosts, options) for hosts, options in stanzas]
    return "\n".join([*blocks, _stanza(every_host, _common(identity))])


def _stanza(hosts: str, options: Sequence[str]) -> str:
    return "\n".join([f"Host {hosts}", *(f"    {option}" for option in options), ""])


def _common(identity: Identity) -> list[str]:
    if not _USER.fullmatch(identity.user):
        raise checks.fault("user", identity.user, "must be a Linux user name, such as ec2-user")
    return [
        f"User {identity.user}",
        f"IdentityFile {_path('identity_file', identity.identity_file)}",
        "IdentitiesOnly yes",
        f"UserKnownHostsFile {_path('known_hosts_file', identity.known_hosts_file)}",
        "StrictHostKeyChecking yes",
        "ForwardAgent no",
        "ForwardX11 no",
        "AddKeysToAgent no",
        "GatewayPorts no",
        "ExitOnForwardFailure yes",
        "ServerAliveInterval 120",
        "ServerAliveCountMax 10",
        "TCPKeepAlive yes",
    ]


def _forwards(forwards: Sequence[LocalForward]) -> list[str]:
    return [
        f"LocalForward {LOOPBACK}:{checks.port('local_port', forward.local_port)} "
        f"{checks.host_name('remote_host', forward.remote_host)}:"
        f"{checks.port('remote_port', forward.remote_port)}"
        for forward in forwards
    ]


def _path(field: str, path: str) -> str:
    """Quoted for ssh, with its own escapes: % begins a token, ${ an environment variable."""
    checks.one_line(field, path)
    if '"' in path or "\\" in path or "${" in path:
        raise checks.fault(field, path, 'must be a path without ", \\ and ${')
    return '"' + path.replace("%", "%%") + '"'


def _patterns(cidrs: Sequence[str]) -> str:
    """The CIDRs as host patterns, which know characters only, and no others than their addresses.

    10.0.16.0/23 becomes 10.0.16.* 10.0.17.*, and 10.0.0.0/19 10.0.?.* 10.0.1?.* 10.0.2?.* 10.0.30.*
    10.0.31.*
    """
    octets_behind: dict[tuple[str, str], set[int]] = {}
    for cidr in cidrs:
        network = checks.network("node_cidrs", cidr)
        if not isinstance(network, IPv4Network) or network.prefixlen < 8:
            raise checks.fault("node_cidrs", cidr, "must be an IPv4 CIDR of /8 or smaller")
        octets = -(-network.prefixlen // 8)
        for block in network.subnets(new_prefix=8 * octets):
            *leading, last = str(block.network_address).split(".")[:octets]
            place = ".".join([*leading, ""]), ".*" if octets < 4 else ""
            octets_behind.setdefault(place, set()).add(int(last))
    return " ".join(
        f"{before}{octet}{behind}"
        for (before, behind), numbers in octets_behind.items()
        for octet in _octets(numbers)
    )


_DECADES = {
    "?": range(10), **{f"{tens}?": range(10 * tens, 10 * tens + 10) for tens in range(1, 25)},
    "25?": range(250, 256), "??": range(10, 100), "1??": range(100, 200), "2??": range(200, 256),
    "*": range(256),
}  # fmt: skip


def _octets(numbers: set[int]) -> list[str]:
    """Patterns that match these numbers and no other octet; the widest first taken."""
    left, found = set(numbers), []
    for pattern, decade in sorted(_DECADES.items(), key=lambda item: -len(item[1])):
        if left.issuperset(decade):
            left -= set(decade)
            found.append((decade.start, pattern))
    found += [(number, str(number)) for number in left]
    return [pattern for _, pattern in sorted(found)]
