"""Which CIDRs AWS lets a VPC of ours have beside its first one.

Source: VPC user guide, vpc-cidr-blocks.html, "IPv4 CIDR block association restrictions", and
amazon-vpc-limits.html (read 2026-11-29). Of a supplied VPC all are associated already.
"""

from ipaddress import IPv4Network

from plan.errors import Faults
from spec.cluster import ClusterSpec
from spec.network import CreateVpc

PATH = "network.vpc.secondaryCidrs"
RFC_1918 = tuple(IPv4Network(c) for c in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
# A block of the second is refused where any of the first is there: AWS's own networks lie in it.
FIRST_TENS, FIRST_TEN = IPv4Network("10.0.0.0/15"), IPv4Network("10.0.0.0/16")
DEFAULT_VPC = IPv4Network("172.31.0.0/16")  # refused beside any block of 172.16.0.0/12
DOUBTFUL = IPv4Network("198.19.0.0/16")
CIDRS_PER_VPC = 5  # AWS's quota until it is raised, the first one included


def check_vpc_cidrs(spec: ClusterSpec, faults: Faults, warnings: list[str]) -> None:
    """Note further CIDRs that AWS would refuse in the middle of `up`."""
    vpc = spec.network.vpc
    if not isinstance(vpc, CreateVpc):
        return
    first = _range_of(vpc.cidr)
    for i, cidr in enumerate(vpc.secondary_cidrs):
        others = (vpc.cidr, *vpc.secondary_cidrs[:i], *vpc.secondary_cidrs[i + 1 :])
        path, own = f"{PATH}.{i}", _range_of(cidr)
        if any(cidr.overlaps(other) for other in others):
            continue  # told by itself
        if own is not None and own != first:
            inside = f"{first} or 100.64.0.0/10" if first else "100.64.0.0/10"
            faults.add(path, f"is refused by AWS beside network.vpc.cidr {vpc.cidr}; write one "
                       f"inside {inside}", cidr)  # fmt: skip
        elif cidr.overlaps(FIRST_TEN) and (near := [c for c in others if c.overlaps(FIRST_TENS)]):
            faults.add(path, f"is refused by AWS beside {near[0]}: of {FIRST_TEN} it adds nothing "
                       f"to a VPC with addresses of {FIRST_TENS}; write one from 10.1.0.0/16 on",
                       cidr)  # fmt: skip
        elif cidr.overlaps(DEFAULT_VPC) and first == RFC_1918[1]:
            faults.add(path, f"is refused by AWS: of {DEFAULT_VPC} it adds nothing to a VPC with "
                       f"addresses of {first}; write another one inside {first}",
                       cidr)  # fmt: skip
        if cidr.overlaps(DOUBTFUL):
            warnings.append(f"{path}: AWS's VPC guide has {DOUBTFUL} among what it refuses beside "
                            "other blocks, and its EKS guide proposes it; 100.64.0.0/10 is in "
                            "both as taken")  # fmt: skip
    if len(vpc.secondary_cidrs) >= CIDRS_PER_VPC:
        warnings.append(f"{PATH}: with network.vpc.cidr {1 + len(vpc.secondary_cidrs)} CIDRs, and "
                        f"AWS gives a VPC {CIDRS_PER_VPC} until the quota \"IPv4 CIDR blocks per "
                        'VPC" is raised')  # fmt: skip


def _range_of(cidr: IPv4Network) -> IPv4Network | None:
    """The range of RFC 1918 that it lies in; None outside of all."""
    return next((block for block in RFC_1918 if cidr.subnet_of(block)), None)
