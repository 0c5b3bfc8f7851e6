"""Prove that a network is closed, from what a program declares or a state holds.

    python policies/prove.py --recorded - --boundary heiiki.prod.policy.json < resources.json
    pulumi stack export | python policies/prove.py --state - --boundary heiiki.prod.policy.json
    python policies/prove.py --manifests manifests/ --boundary heiiki.prod.policy.json

Writes JSON, and where --html asks for it a page with the network drawn and all evidence. Ends with
0 when the network is closed, or open by nothing but what somebody answers for ("open, answered
for"), 1 when it is open, 2 when that is undecided, 3 when something could not be read.
"""

import gc

gc.disable()  # a short-lived process that keeps nearly all it makes: nothing to look for

import argparse
import dataclasses
import datetime
import json
import sys
from pathlib import Path
from typing import Any

from evidence.page import page
from model.deployment import Deployment
from proof.findings import Proof
from proof.prove import prove
from rules.boundary import Boundary, parse_boundary
from rules.declaration import DeclarationError, read_declaration
from rules.mappings import MAPPINGS
from rules.pack import BOUNDARY
from sources.facts import read_facts_file
from sources.faults import SourceError
from sources.recorded import read_recorded
from sources.state import read_state

EXIT_CODES = {"closed": 0, "open, answered for": 0, "open": 1, "undecided": 2}
EXIT_UNREADABLE = 3


def main() -> int:
    """Read, prove, write the answer."""
    asked = _arguments()
    today = datetime.datetime.now(datetime.UTC).date()
    try:
        boundary = _boundary(asked.boundary, today)
        deployment = _deployment(asked)
        if asked.facts is not None:
            facts = read_facts_file(Path(asked.facts), boundary, today)
            deployment = deployment.with_described(facts)
        proof = prove(deployment, boundary)
        if asked.html is not None:
            _write(asked.html, page(asked.title, deployment, boundary, proof, today))
    except (SourceError, DeclarationError) as error:
        print(str(error), file=sys.stderr)
        return EXIT_UNREADABLE
    json.dump(as_json(proof), sys.stdout, ensure_ascii=False)
    return EXIT_CODES[proof.verdict]


def as_json(proof: Proof) -> dict[str, Any]:
    """A proof as its readers get it, with what other catalogues call the rules' claims."""
    document = dataclasses.asdict(proof)
    document["elsewhere"] = {rule: found.by_catalogue() for rule, found in MAPPINGS.items()}
    for finding in document["findings"]:
        finding["missing"] = sorted(finding["missing"])
    return {"verdict": proof.verdict, "complete": proof.complete, **document}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="prove.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--recorded", metavar="FILE", help="what a program declares; - is stdin")
    source.add_argument("--state", metavar="FILE", help="what pulumi stack export writes")
    parser.add_argument(
        "--manifests", metavar="PATH", help="Kubernetes objects: a file, or a folder of files"
    )
    parser.add_argument("--boundary", metavar="FILE", help="the declaration of what is inside")
    parser.add_argument("--facts", metavar="FILE", help="what was read of supplied things")
    parser.add_argument("--html", metavar="FILE", help="write the evidence page there")
    parser.add_argument("--title", default="The network", help="what the page calls it")
    asked = parser.parse_args()
    if asked.recorded is None and asked.state is None and asked.manifests is None:
        parser.error("one of --recorded, --state and --manifests is required")
    return asked


def _deployment(asked: argparse.Namespace) -> Deployment:
    found = Deployment()
    if asked.recorded is not None:
        found = read_recorded(_json(asked.recorded))
    elif asked.state is not None:
        found = read_state(_json(asked.state))
    if asked.manifests is None:
        return found
    from sources.manifests import read_manifests  # here, since few proofs read any

    return Deployment.of([*found.nodes.values(), *read_manifests(Path(asked.manifests))])


def _json(path: str) -> Any:
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        return json.loads(text)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise SourceError(f"{path}: is not JSON") from None


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise SourceError(f"{path}: cannot be written: {error.strerror}") from None


def _boundary(path: str | None, today: datetime.date) -> Boundary:
    """What the policy file declares; without one nothing is inside."""
    declared: Any = {}
    if path is not None:
        setting = read_declaration(Path(path)).get(BOUNDARY)
        declared = setting.properties if setting is not None else {}
    return parse_boundary(declared, today)


if __name__ == "__main__":
    sys.exit(main())
