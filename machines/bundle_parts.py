"""What the bundles of all roles have in common: where things come from, and steps of every boot."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from machines import checks
from machines.bundle import Head
from machines.bundle_files import Additions, BundleFile
from machines.host_files import HostFile

DATA_DEVICE = "/dev/sdf"
READY_SECONDS = 900  # for what waits for others; the time of the whole boot is the delivery's
PUBLIC, SECRET = "0644", "0600"  # modes of files


@dataclass(frozen=True, slots=True)
class Program:
    """An object of the bucket, `binaries/<sha256>`. unpacked_sha256: of what a gzip holds."""

    sha256: str
    unpacked_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where one role's machines take what they run, and who waits for them.

    secrets: the role's path of the secret store. programs: by name, those of the role at least.
    programs_bucket: that holds them; by default the one that all else is in.
    signal: group and hook, or None where no group waits. custom: of the stack file.
    """

    bucket: str
    dns_suffix: str
    secrets: str
    programs: Mapping[str, Program]
    signal: Mapping[str, str] | None = None
    custom: Additions = field(default_factory=Additions)
    deadline_seconds: int = 1800
    programs_bucket: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What outlives a member's machines. tags: that its volume and its interface alone have.

    subnet_cidr: of the subnet that the interface lies in.
    """

    tags: Mapping[str, str]
    subnet_cidr: str
    device: str = DATA_DEVICE


def fetch_step(delivery: Delivery, wanted: Mapping[str, str]) -> dict[str, Any]:
    """wanted: name to path."""
    if missing := sorted(wanted.keys() - delivery.programs.keys()):
        raise checks.fault(
            "programs", ", ".join(missing), "are missing; carry them in, and name each by its "
            "digest"
        )  # fmt: skip
    rows = []
    for name, path in sorted(wanted.items()):
        program = delivery.programs[name]
        row = {"sha256": program.sha256, "path": path}
        if program.unpacked_sha256 is not None:
            row["unpackedSha256"] = program.unpacked_sha256
        rows.append(row)
    bucket = delivery.programs_bucket or delivery.bucket
    return {"step": "fetch-binaries", "bucket": bucket, "binaries": rows}


def secrets_step(
    parameters: str, folder: str, names: Iterable[str], owner: str = "root:root"
) -> dict[str, Any]:
    """parameters: the path of the secret store that they lie in."""
    rows = [
        {"name": name, "path": f"{folder}/{name}", "owner": owner,
         "mode": PUBLIC if name.endswith((".crt", ".pub")) else SECRET}
        for name in names
    ]  # fmt: skip
    return {"step": "take-secrets", "parameters": parameters, "files": rows}


def signal_steps(delivery: Delivery) -> Sequence[dict[str, Any]]:
    """Where a group waits."""
    return () if delivery.signal is None else ({"step": "signal"},)


def head_of(cluster: str, role: str, region: str, delivery: Delivery) -> Head:
    """What the agent of a role is told beside its steps."""
    return Head(cluster, role, region, delivery.dns_suffix, delivery.signal,
                delivery.deadline_seconds)  # fmt: skip


def bundled(files: Iterable[HostFile]) -> list[BundleFile]:
    """Files of a machine as a bundle takes them."""
    return [
        BundleFile(file.path, file.content.encode(), f"{file.mode:04o}", file.owner)
        for file in files
    ]
