"""`python -m local.carry_in`: build what is carried in, once, and tell each digest."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from local.carry_in.images import carried_images
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
    chosen = parser.parse_args(arguments)
    try:
        told = _told(with_images=not chosen.programs)
    except (ProgramError, MachinesError, RegistryError) as error:
        print(error, file=sys.stderr)
        return 1
    if chosen.json:
        print(json.dumps(told, indent=2))
        return 0
    for name, program in told["programs"].items():
        print(f"{name:30} sha256:{program['sha256']}  {program['path']}")
    for name, digest in told.get("images", {}).items():
        print(f"{name:30} {digest}  (image)")
    return 0


def _told(with_images: bool) -> dict[str, Any]:
    def say(words: str) -> None:
        print(words, file=sys.stderr)

    built = programs(say)
    told: dict[str, Any] = {
        "programs": {n: {"path": str(p.path), "sha256": p.sha256} for n, p in built.items()}
    }
    if with_images:
        carried = carried_images(say)
        told |= {"images": dict(carried.digests), "store": str(carried.store)}
    return told


if __name__ == "__main__":
    sys.exit(main())
