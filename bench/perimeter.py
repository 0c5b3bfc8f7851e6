"""How long the perimeter takes over the policies that the examples render:

python -m bench.perimeter
"""

import json
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "policies"))  # the pack's own folder is its import root

from iam.perimeter import (  # noqa: E402
    endpoint_reaches_outside,
    resource_admits_outside,
    trust_admits_outside,
)
from iam.requests import Decision  # noqa: E402
from rules.boundary import Boundary  # noqa: E402


class Document(NamedTuple):
    """One rendered policy: of which example and resource, what it is, and where it is valid."""

    example: str
    name: str
    kind: str
    text: str
    region: str
    boundary: Boundary


def documents(examples: Path) -> Iterator[Document]:
    """Every policy of the examples that says who may come in; identity policies do not."""
    for path in sorted(examples.glob("*/expected/policies/*.json")):
        kind = _kind(path.stem)
        if kind is None:
            continue
        folder = path.parents[2]
        locked = (folder / f"heiiki.{folder.name}.lock.yaml").read_text(encoding="utf-8")
        declared = json.loads((folder / f"heiiki.{folder.name}.policy.json").read_text())[
            "boundary"
        ]
        yield Document(
            folder.name,
            path.stem,
            kind,
            path.read_text(encoding="utf-8"),
            next(line.split()[1] for line in locked.splitlines() if line.startswith("region:")),
            Boundary(frozenset(declared["accounts"]), declared.get("organizationId")),
        )


def _kind(name: str) -> str | None:
    if name.startswith("VpcEndpoint-"):
        return "endpoint"
    if name.startswith("Key-"):
        return "key"
    return "trust" if name.endswith("-assumeRolePolicy") else None


def decide(
    document: Document, text: str | None = None, boundary: Boundary | None = None
) -> Decision:
    """What the perimeter says of a policy, or of another text or boundary in its place."""
    text, boundary = text or document.text, boundary or document.boundary
    if document.kind == "endpoint":
        return endpoint_reaches_outside(text, boundary, region=document.region)
    if document.kind == "key":
        return resource_admits_outside(text, boundary, "key")
    return trust_admits_outside(text, boundary)


def main() -> None:
    """Print the median and the longest, and what one example takes with the solver's import."""
    started = time.perf_counter()
    taken: list[tuple[float, Document]] = []
    for document in documents(ROOT / "examples"):
        begun = time.perf_counter()
        decide(document)
        taken.append((time.perf_counter() - begun, document))
    whole = time.perf_counter() - started
    median = statistics.median(seconds for seconds, _ in taken)
    longest, which = max(taken, key=lambda pair: pair[0])
    dev = sum(seconds for seconds, document in taken if document.example == "dev")
    print(f"{len(taken)} policies in {whole:.2f} s: median {median * 1000:.0f} ms,")
    print(f"longest {longest * 1000:.0f} ms ({which.example}/{which.name}); dev {dev:.2f} s")


if __name__ == "__main__":
    main()
