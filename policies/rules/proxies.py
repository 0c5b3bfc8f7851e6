"""Proxies that a machine or a pod is told of, and what must never be sent through one."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address, ip_network
from typing import Final

from rules.addresses import inside, parse_network
from rules.boundary import Boundary
from rules.hosts import HOST, aws_service, outside_host

METADATA: Final = ("169.254.169.254", "169.254.170.23")  # of the machine, and of Pod Identity
IN_CLUSTER: Final = "kubernetes.default.svc"
_AUTHORITY = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?([^/?#\s]*)", re.IGNORECASE)
_API = re.compile(r"https://([^/:]+)")
_NONE = ("", "none", '""', "''")

Said = tuple[str, str, str]  # where, with a space behind it; the variable's name; its value


def proxy_faults(
    said: Iterable[Said], boundary: Boundary, api: str, service_cidr: str
) -> Iterator[str]:
    """What is wrong with the proxies of a machine. api: the URL of the cluster's own API."""
    given = list(dict.fromkeys(said))
    proxies = [each for each in given if each[1] != "no_proxy" and each[2] not in _NONE]
    yield from outside_proxies(proxies, boundary)
    if not proxies:
        return
    excepted = [each for each in given if each[1] == "no_proxy"]
    if not excepted:
        yield f"{proxies[0][0]}sets a proxy, and nothing sets NO_PROXY"
    host = _API.match(api)
    for where, _, value in excepted:
        missing = list(_missing(value.split(","), host[1] if host else "", service_cidr))
        if missing:
            yield f"{where}has NO_PROXY lack {', '.join(missing)}"


def outside_proxies(proxies: Iterable[Said], boundary: Boundary) -> Iterator[str]:
    """Proxies outside the boundary."""
    for where, name, value in proxies:
        match = _AUTHORITY.match(value)
        host = (match[1] if match else "").rpartition("@")[2]
        host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        fault = outside_host(host, boundary)
        if fault:
            shown = host if HOST.fullmatch(host) else "a host"
            yield f"{where}sets {name} to {shown}, which {fault}"


def _missing(entries: list[str], api: str, service_cidr: str) -> Iterator[str]:
    """What has to be reached without a proxy and is not in the list."""
    entries = [entry.strip().lower() for entry in entries]
    yield from (address for address in METADATA if not excepts(entries, address))
    service = parse_network(service_cidr)
    if service is not None and not _covers(entries, service_cidr):
        yield "the service CIDR"
    blocks = [n for n in map(parse_network, entries) if n is not None and n.num_addresses > 1]
    if "*" not in entries and not any(n != service and n.is_private for n in blocks):
        yield "the VPC's CIDR"
    if not excepts(entries, "ip-10-0-0-1.ec2.internal"):
        yield ".internal"
    found = aws_service(api.lower())
    if found is not None and found.region is not None:
        suffix = api.lower().partition(f".{found.region}.eks.")[2]
        if not excepts(entries, api.lower()):
            yield "the cluster's API"
        for name, sample in (("ECR", "0.dkr.ecr"), ("S3", "s3")):
            if not excepts(entries, f"{sample}.{found.region}.{suffix}"):
                yield name


def excepts(entries: Iterable[str], wanted: str) -> bool:
    """Whether NO_PROXY covers a host or an address, as curl, Go and Python all read it."""
    try:
        block = ip_network(ip_address(wanted))
    except ValueError:
        block = None
    for entry in entries:
        network = parse_network(entry)
        if entry == "*" or entry == wanted:
            return True
        if block is not None and network is not None and inside(block, (network,)):
            return True
        suffix = entry.removeprefix("*").removeprefix(".")
        if block is None and suffix and wanted.endswith(f".{suffix}"):
            return True
    return False


def _covers(entries: Iterable[str], cidr: str) -> bool:
    network = parse_network(cidr)
    ranges = [n for n in map(parse_network, entries) if n is not None]
    return "*" in entries or (network is not None and inside(network, ranges))
