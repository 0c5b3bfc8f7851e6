"""Which hosts lie inside a closed network: by address, by a name that only the inside resolves, by
being AWS's own in a region of the boundary, or by declaration (boundary.hosts).
"""

import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from rules.addresses import PRIVATE_RANGES, Network, inside
from rules.aws_owned import SUFFIXES
from rules.boundary import Boundary
from rules.unknowns import REGION

# Names that no resolver of the internet answers: of the cluster, of the machine, of the VPC
# (ip-10-0-0-1.ec2.internal); `internal` is set apart for private use (ICANN, 2024-07-29), `local`
# by RFC 6762, `localhost` by RFC 6761, `home.arpa` by RFC 8375.
PRIVATE_SUFFIXES: Final = ("internal", "local", "localhost", "svc", "home.arpa")
# Stays on the machine or its link: loopback, the instance's own services (metadata, time, DNS, Pod
# Identity), and what is no destination at all.
LOCAL_RANGES: Final[tuple[Network, ...]] = (
    IPv4Network("0.0.0.0/32"),
    IPv4Network("127.0.0.0/8"),
    IPv4Network("169.254.0.0/16"),
    IPv4Network("255.0.0.0/8"),  # masks
    IPv6Network("::/127"),  # unspecified and loopback
    IPv6Network("fe80::/10"),
)
# What names of services end in, and what those of single things of both families do.
AWS_SUFFIXES: Final = (*SUFFIXES, "on.aws", "on.amazonwebservices.com.cn")
# Names of AWS that stand for anybody's own things, wherever they lie: machines, load balancers,
# functions, APIs, web sites.
ANYBODYS: Final = frozenset(
    ("compute", "elb", "execute-api", "lambda-url", "s3-website", "awsapprunner", "appsync-api")
)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_VARIABLE = re.compile(r"\$(?:\{\w+\}|\(\w+\)|\w+)")
_OLD_S3 = re.compile(rf"(s3|s3-website)-({REGION.pattern})")
HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})+\.?|[0-9a-f:.]+)", re.IGNORECASE)  # fit to be shown


def outside_host(host: str, boundary: Boundary) -> str | None:
    """Why a host is not inside; None when it is. host: a name or an address, without a port."""
    name = host.lower().strip("[]").rstrip(".")
    if "$" in name:
        return _outside_once_filled(name, boundary)
    try:
        address = ip_address(name.split("%", 1)[0])
    except ValueError:
        return _outside_name(name, boundary)
    block = ip_network(address)
    # Every private one: a cluster's own addresses are in no range that somebody declares, and where
    # packets may go is asked of the routes.
    if inside(block, (*PRIVATE_RANGES, *LOCAL_RANGES)):
        return None
    return "is an address outside the boundary"


def _outside_once_filled(name: str, boundary: Boundary) -> str | None:
    """Of a name with variables in it: what stands behind the last of them decides. A variable among
    the labels of a host of AWS is the region, or stands before it."""
    if "." in name.rpartition("$")[2]:
        region = min(boundary.regions, default="eu-west-1")
        filled = _VARIABLE.sub(region, name)
        if "$" not in filled:
            return _outside_name(filled, boundary)
    return "is filled in on the machine, with whatever it finds"


def _outside_name(name: str, boundary: Boundary) -> str | None:
    if not _NAME.fullmatch(name):
        return "is no host that can be read"
    if "." not in name or name.endswith(tuple(f".{suffix}" for suffix in PRIVATE_SUFFIXES)):
        return None
    if declared(name, boundary):
        return None
    service = aws_service(name)
    if service is None:
        return "is a host outside the boundary"
    if service.region is None:
        return "is a host of AWS of no region, which no endpoint carries"
    if boundary.regions and service.region not in boundary.regions:
        return "is a host of AWS in a region that boundary.regions does not list"
    if service.anybodys:
        return "is a host that AWS gives to anybody"
    return None


def declared(name: str, boundary: Boundary) -> bool:
    """Whether boundary.hosts names the host, or begins with a dot and ends its name."""
    return name in boundary.hosts or any(
        name.endswith(suffix) for suffix in boundary.hosts if suffix.startswith(".")
    )


class AwsHost:
    """A host name of AWS. region: None where it belongs to none. labels: what stands before the
    partition's suffix, but for the region."""

    def __init__(self, labels: list[str]) -> None:
        at = next((i for i, label in enumerate(labels) if REGION.fullmatch(label)), None)
        self.region = None if at is None else labels[at]
        self.labels = labels if at is None else [*labels[:at], *labels[at + 1 :]]

    @property
    def anybodys(self) -> bool:
        """Whether anybody may have such a name. An internal load balancer says so in its own; what
        a VPC endpoint is called, nobody else is."""
        if "vpce" in self.labels or any(label.startswith("internal-") for label in self.labels[:1]):
            return False
        return not ANYBODYS.isdisjoint(self.labels)


def aws_service(name: str) -> AwsHost | None:
    """What a name says, if it is one of AWS. The longest suffix decides."""
    for suffix in sorted(AWS_SUFFIXES, key=len, reverse=True):
        if name.endswith(f".{suffix}"):
            labels = name.removesuffix(f".{suffix}").split(".")
            # The bucket of s3-eu-west-1 and of s3-website-eu-west-1, in their old forms.
            old = _OLD_S3.fullmatch(labels[-1])
            return AwsHost([*labels[:-1], old[1], old[2]] if old else labels)
    return None
