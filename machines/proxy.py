"""The way through a proxy, where a network has one, and what must never take it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from machines.checks import fault, https_host, network

LOCAL = ("localhost", "127.0.0.1")
LINK_LOCAL_SERVICES = (
    "169.254.169.254",  # instance metadata
    "169.254.170.23",  # EKS Pod Identity credentials
    "169.254.169.253",  # DNS resolver of the VPC
    "169.254.169.123",  # time
)
INSIDE_SUFFIXES = (".svc", ".cluster.local", ".internal")

_PROXY = re.compile(r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?:\d{1,5}")
_ENTRY = re.compile(
    r"\.?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:/\d{1,3})?|[0-9a-f:]+(?:/\d{1,3})?"
)


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """An HTTP proxy without credentials, and what is reached without it.

    http_proxy, https_proxy: "http://proxy.example.internal:3128".
    no_proxy: from `no_proxy_for`; without the link-local services a node cannot even learn who
        it is, so they must be in it.
    """

    http_proxy: str
    https_proxy: str
    no_proxy: tuple[str, ...]

    def __post_init__(self) -> None:
        for field, value in (("http_proxy", self.http_proxy), ("https_proxy", self.https_proxy)):
            if not _PROXY.fullmatch(value):
                raise fault(
                    field,
                    value,
                    "must be http://host:port with no path and no credentials, since every "
                    "process on a machine can read it",
                )
        for entry in self.no_proxy:
            if not _ENTRY.fullmatch(entry):
                raise fault("no_proxy", entry, "must be a host, '.domain', address or CIDR")
        if missing := [name for name in LINK_LOCAL_SERVICES if name not in self.no_proxy]:
            raise fault("no_proxy", ",".join(self.no_proxy), f"lacks {', '.join(missing)}")


def no_proxy_for(
    *,
    vpc_cidrs: Sequence[str],
    service_cidr: str,
    api_server_endpoint: str,
    endpoint_dns_names: Sequence[str],
    pod_cidrs: Sequence[str] = (),
    extra: Sequence[str] = (),
) -> tuple[str, ...]:
    """What is reached without the proxy, in a stable order: each group sorted, nothing twice.

    endpoint_dns_names: the private names of the VPC's endpoints as AWS lists them, such as
        "api.ecr.eu-west-1.amazonaws.com" or "*.dkr.ecr.eu-west-1.amazonaws.com". Readers of
        NO_PROXY know no "*": "*.x" is written ".x". A gateway endpoint's names, "s3.…" and
        "*.s3.…", belong in it too.
    """
    cidrs = [
        *(str(network("vpc_cidrs", cidr)) for cidr in sorted(vpc_cidrs)),
        *(str(network("pod_cidrs", cidr)) for cidr in sorted(pod_cidrs)),
        str(network("service_cidr", service_cidr)),
    ]
    names = sorted(name.removeprefix("*") for name in endpoint_dns_names)
    host = https_host("api_server_endpoint", api_server_endpoint)
    entries = (*LOCAL, *LINK_LOCAL_SERVICES, *cidrs, *INSIDE_SUFFIXES, host, *names, *sorted(extra))
    return tuple(dict.fromkeys(entries))


def proxy_environment(proxy: ProxySettings) -> Mapping[str, str]:
    """The variables; http_proxy once more, since curl reads that one in lower case only."""
    return {
        "HTTP_PROXY": proxy.http_proxy,
        "HTTPS_PROXY": proxy.https_proxy,
        "NO_PROXY": ",".join(proxy.no_proxy),
        "http_proxy": proxy.http_proxy,
    }
