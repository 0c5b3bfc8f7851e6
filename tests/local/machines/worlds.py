"""The world of the tests: two machines in two zones, and what can be moved between them."""

from pathlib import Path

from local.machines import (
    Allow,
    EndpointsSpec,
    InterfaceSpec,
    MachineSpec,
    Subnet,
    VolumeSpec,
    WorldSpec,
)

REGION = "ap-northeast-1"
ROLE = "etcd-member"
USER_DATA = Path(__file__).parent / "user_data.txt"


def world(name: str = "tests") -> WorldSpec:
    return WorldSpec(
        name=name,
        region=REGION,
        vpc="10.0.0.0/16",
        subnets={
            "core-1a": Subnet(cidr="10.0.1.0/24", zone=f"{REGION}a"),
            "core-1c": Subnet(cidr="10.0.2.0/24", zone=f"{REGION}c"),
        },
        allow=(
            Allow(source="one", target="two", ports=8080),
            Allow(source="one", target="endpoint", ports=443),
            Allow(source="one", target="moving", ports=8080),
        ),
        endpoints=EndpointsSpec(
            address="10.0.1.200", groups=("endpoint",), services=("s3", "sts", "ec2")
        ),
        records={"member.etcd.internal": ("10.0.1.20",)},
        interfaces={
            "eni-0a0a0a0a0a0a0a0a0": InterfaceSpec(
                subnet="core-1a", address="10.0.1.50", groups=("moving",)
            )
        },
        volumes={
            "vol-0b0b0b0b0b0b0b0b0": VolumeSpec(zone=f"{REGION}a", size_mib=64),
            "vol-0c0c0c0c0c0c0c0c0": VolumeSpec(zone=f"{REGION}c", size_mib=64),
        },
    )


def one() -> MachineSpec:
    return MachineSpec(
        name="one", subnet="core-1a", private_ip="10.0.1.10", groups=("one",), role=ROLE,
        user_data=USER_DATA.read_bytes(), tags={"Name": "first"}, tags_in_metadata=True,
        volumes={"/dev/sdf": "vol-0b0b0b0b0b0b0b0b0"},
    )  # fmt: skip


def two() -> MachineSpec:
    return MachineSpec(
        name="two", subnet="core-1a", private_ip="10.0.1.20", groups=("two",), hop_limit=2,
        user_data=USER_DATA.read_bytes(),
    )  # fmt: skip
