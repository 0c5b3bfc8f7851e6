"""`python -m local.carry_in`: build what is carried in, once, and tell each digest."""

import argparse
import json
import platform
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.carry_in.images import carried_images
from local.carry_in.oci import ARCHITECTURES
from local.carry_in.programs import programs
from local.carry_in.registry import RegistryError
from local.go_programs import ProgramError
from local.machines.errors import MachinesError


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m local.carry_in",
        description="Build the programs and images of a control plane of our own, and tell their "
        "digests. What was built before is not built again.",
    )
    parser.add_argument("--json", action="store_true", help="for programs to read")
    parser.add_argument("--programs", action="store_true", help="no images: they take root")
    parser.add_argument(
        "--architecture", choices=sorted(set(ARCHITECTURES.values())), default="",
        help="of machines that are others than this one; programs alone",
    )  # fmt: skip
    parser.add_argument(
        "--to", type=Path, metavar="FOLDER",
        help="a folder for all of it, to be carried to where `heiiki carry-in --from` takes it",
    )  # fmt: skip
    chosen = parser.parse_args(arguments)
    try:
        here = ARCHITECTURES.get(platform.machine())
        other = "" if chosen.architecture == here else chosen.architecture
        told = _told(other, with_images=not (chosen.programs or other))
        if chosen.to:
            _put(told, chosen.to)
    except (ProgramError, MachinesError, RegistryError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or chosen.to} cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    if chosen.json:
        print(json.dumps(told, indent=2))
        return 0
    for name, program in told["programs"].items():
        print(f"{name:30} sha256:{program['sha256']}  {program['path']}")
    for name, digest in told.get("images", {}).items():
        print(f"{name:30} {digest}  (image)")
    return 0


def _told(architecture: str, *, with_images: bool) -> dict[str, Any]:
    def say(words: str) -> None:
        print(words, file=sys.stderr)

    built = programs(say, architecture)
    told: dict[str, Any] = {
        "programs": {n: {"path": str(p.path), "sha256": p.sha256} for n, p in built.items()}
    }
    if with_images:
        carried = carried_images(say)
        told |= {"images": dict(carried.digests), "store": str(carried.store)}
    return told


def _put(told: dict[str, Any], folder: Path) -> None:
    """Each file under its digest; what is there already is the same bytes."""
    files = {Path("binaries", p["sha256"]): Path(p["path"]) for p in told["programs"].values()}
    if "store" in told:  # a registry keeps blobs/sha256/<two digits>/<digest>/data
        blobs = Path(told["store"]).glob("docker/registry/v2/blobs/sha256/*/*/data")
        files |= {Path("blobs", "sha256", data.parent.name): data for data in blobs}
    for name, source in sorted(files.items()):
        target = folder / name
        if target.is_file() and target.stat().st_size == source.stat().st_size:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        shutil.copyfile(source, partial)
        partial.replace(target)


if __name__ == "__main__":
    sys.exit(main())
