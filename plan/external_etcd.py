"""An etcd that others run: where it is, who it is, and what of it the cluster keeps."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network

from plan.errors import Faults
from spec.etcd import ExistingEtcd

PATH = "controlPlane.etcd"  # of the stack file
AUTHORITY_FILE, CLIENT = "etcd-ca.crt", "kube-apiserver-etcd-client"
MOST_PORT = 65535


@dataclass(frozen=True, slots=True)
class ExternalEtcd:
    """What API servers are told of it, and whither the firewall lets them. It has no machine here.

    certificates: by the name of the file that each comes to controllers in.
    """

    endpoints: tuple[str, ...]
    ports: tuple[int, ...]
    cidrs: tuple[IPv4Network, ...]
    certificates: dict[str, str]

    @property
    def ways(self) -> tuple[tuple[IPv4Network, int], ...]:
        """Networks and ports that API servers call."""
        return tuple((cidr, port) for cidr in self.cidrs for port in self.ports)


def host_names(asked: ExistingEtcd) -> tuple[str, ...]:
    """Names of its members that DNS is asked for."""
    hosts = (_split(endpoint)[0].lower() for endpoint in asked.endpoints)
    return tuple(dict.fromkeys(host for host in hosts if address_of(host) is None))


def plan_external_etcd(
    asked: ExistingEtcd, near: Iterable[IPv4Network], faults: Faults
) -> ExternalEtcd:
    """near: networks that machines have a way to."""
    near, ports = tuple(near), set[int]()
    for endpoint, count in Counter(asked.endpoints).items():
        if count > 1:
            faults.add(f"{PATH}.endpoints", "stands there twice; write each once", endpoint)
    for i, endpoint in enumerate(asked.endpoints):
        host, port = _split(endpoint)
        ports.add(port)
        if port > MOST_PORT:
            faults.add(f"{PATH}.endpoints.{i}", f"has a port beyond {MOST_PORT}", endpoint)
        address = address_of(host)
        if address is not None and not any(address in cidr for cidr in asked.cidrs):
            faults.add(f"{PATH}.endpoints.{i}", "lies in none of cidrs, so controllers could not "
                       "call it; add its network there", endpoint)  # fmt: skip
    for i, cidr in enumerate(asked.cidrs):
        if not any(cidr.subnet_of(network) for network in near):
            known = ", ".join(map(str, near))
            faults.add(f"{PATH}.cidrs.{i}", f"is no part of the VPC nor of a connection that leads "
                       f"to controllers ({known}); add a connection, or write a smaller network",
                       cidr)  # fmt: skip
    return ExternalEtcd(
        endpoints=asked.endpoints,
        ports=tuple(sorted(ports)),
        cidrs=asked.cidrs,
        certificates={
            AUTHORITY_FILE: asked.certificate_authority,
            f"{CLIENT}.crt": asked.client_certificate,
        },
    )


def _split(endpoint: str) -> tuple[str, int]:
    """Host and port of what the stack file's pattern lets through."""
    host, _, port = endpoint.removeprefix("https://").rpartition(":")
    return host, int(port)


def address_of(host: str) -> IPv4Address | None:
    """The host, where it is an address and no name."""
    try:
        return IPv4Address(host)
    except AddressValueError:
        return None
