"""EBS volumes of machines, decided."""

from dataclasses import dataclass

from spec.node_pools import Gp2Volume, Gp3Volume, RootVolumeSpec


@dataclass(frozen=True, slots=True)
class Volume:
    """An EBS volume of a machine; always encrypted.

    iops, throughput_mibps: None where the type leaves no choice.
    """

    device: str
    volume_type: str
    size_gib: int
    iops: int | None
    throughput_mibps: int | None


def volume_of(device: str, asked: RootVolumeSpec) -> Volume:
    """What was asked, under its name on the machine."""
    iops = None if isinstance(asked, Gp2Volume) else asked.iops
    throughput = asked.throughput_mibps if isinstance(asked, Gp3Volume) else None
    return Volume(device, asked.kind, asked.size_gib, iops, throughput)
