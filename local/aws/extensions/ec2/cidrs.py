"""Which IPv4 blocks a VPC takes beside those that it has.

Source: VPC user guide, vpc-cidr-blocks.html, "IPv4 CIDR block association restrictions" (read
2026-11-29). What it says of 198.19.0.0/16 is left out: the EKS guide proposes that very block.
"""

from ipaddress import IPv4Network
from typing import Any

from local.aws.extensions.ec2.kept import ec2
from local.aws.extensions.registry import Call, Passed, Refused, extends

_PRIVATE = tuple(IPv4Network(c) for c in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_LINK_LOCAL = IPv4Network("169.254.0.0/16")
# A new block of the second beside any of the first.
_PAIRS = (
    (IPv4Network("10.0.0.0/15"), IPv4Network("10.0.0.0/16")),
    (IPv4Network("172.16.0.0/12"), IPv4Network("172.31.0.0/16")),
)


def _private(block: IPv4Network) -> IPv4Network | None:
    return next((known for known in _PRIVATE if block.overlaps(known)), None)


def _refused(new: IPv4Network, first: IPv4Network, present: list[IPv4Network]) -> bool:
    if new.overlaps(_LINK_LOCAL) or _private(new) not in (None, _private(first)):
        return True
    return any(
        new.overlaps(there) and any(block.overlaps(beside) for block in present)
        for beside, there in _PAIRS
    )


@extends("ec2", "AssociateVpcCidrBlock", "moto takes blocks that EC2 refuses beside others")
def associate_vpc_cidr_block(call: Call) -> Passed:
    asked = call.params.get("CidrBlock")
    if asked:
        vpc: Any = ec2(call).get_vpc(call.params["VpcId"])
        present = [
            IPv4Network(entry["cidr_block"]) for entry in vpc.get_cidr_block_association_set()
        ]
        if _refused(IPv4Network(asked), IPv4Network(vpc.cidr_block), present):
            raise Refused(
                "InvalidVpc.Range",
                f"The CIDR '{asked}' is restricted. Use a CIDR from the same private address range "
                "as the current VPC CIDR, or use a publicly-routable CIDR.",
            )
    return call.pass_on()
