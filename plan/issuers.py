"""Issuers of tokens by which people log in: where they lie, and who calls them."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network

from plan.errors import Faults
from plan.external_etcd import MOST_PORT, address_of
from spec.issuers import IssuerSpec

PATH = "controlPlane.apiServer.issuers"  # of the stack file
HTTPS_PORT = 443
Way = tuple[str, IPv4Network, int]  # the issuer's name, a network of it, and the port


def issuer_ways(issuers: Mapping[str, IssuerSpec]) -> tuple[Way, ...]:
    """Networks and ports that API servers call for keys."""
    return tuple(
        (name, cidr, _split(issuer.url)[1])
        for name, issuer in issuers.items()
        for cidr in issuer.cidrs
    )


def issuer_hosts(issuers: Mapping[str, IssuerSpec]) -> tuple[str, ...]:
    """Names that DNS is asked for."""
    hosts = (_split(issuer.url)[0].lower() for issuer in issuers.values())
    return tuple(dict.fromkeys(host for host in hosts if address_of(host) is None))


def issuer_authorities(issuers: Mapping[str, IssuerSpec]) -> dict[str, str]:
    """Certificates that issuers' own are held against, by the issuer's name."""
    return {name: issuer.certificate_authority for name, issuer in issuers.items()}


def check_issuers(
    issuers: Mapping[str, IssuerSpec], near: Iterable[IPv4Network], own_issuer: str, faults: Faults
) -> None:
    """near: networks that machines have a way to. own_issuer: the URL that service accounts' tokens
    are signed as. Certificates are judged where the day is known (plan/pki/supplied.py)."""
    near, seen = tuple(near), dict[str, str]()
    for name, issuer in issuers.items():
        at, (host, port) = f"{PATH}.{name}", _split(issuer.url)
        if first := seen.get(issuer.url):
            faults.add(f"{at}.url", f"is that of {first} already, and a token says no more than "
                       "that; write each once", issuer.url)  # fmt: skip
        seen.setdefault(issuer.url, name)
        if issuer.url == own_issuer:
            faults.add(f"{at}.url", "is what this cluster signs its service accounts' tokens as; "
                       "give the issuer a name of its own", issuer.url)  # fmt: skip
        if port > MOST_PORT:
            faults.add(f"{at}.url", f"has a port beyond {MOST_PORT}", issuer.url)
        address = address_of(host)
        if address is not None and not any(address in cidr for cidr in issuer.cidrs):
            faults.add(f"{at}.url", "lies in none of cidrs, so controllers could not call it; add "
                       "its network there", issuer.url)  # fmt: skip
        for i, cidr in enumerate(issuer.cidrs):
            if not any(cidr.subnet_of(network) for network in near):
                known = ", ".join(map(str, near))
                faults.add(f"{at}.cidrs.{i}", "is no part of the VPC nor of a connection that "
                           f"leads to controllers ({known}); add a connection, or write a smaller "
                           "network", cidr)  # fmt: skip


def _split(url: str) -> tuple[str, int]:
    """Host and port of what the stack file's pattern lets through."""
    host, _, port = url.removeprefix("https://").partition("/")[0].partition(":")
    return host, int(port or HTTPS_PORT)
