"""Prove that a network is closed, from what a program declares or a state holds.

    python policies/prove.py --recorded - --boundary heiiki.prod.policy.json < resources.json
    pulumi stack export | python policies/prove.py --state - --boundary heiiki.prod.policy.json
    python policies/prove.py --manifests manifests/ --boundary heiiki.prod.policy.json
    python policies/prove.py --declaration --boundary heiiki.prod.policy.json

Writes JSON, and where --html asks for it a page with the network drawn and all evidence. Ends with
0 when the network is closed, or open by nothing but what somebody answers for ("open, answered
for"), 1 when it is open, 2 when that is undecided, 3 when something could not be read. What
advisory rules find changes none of these, unless the file of --boundary makes the rule mandatory.

With --declaration it looks at nothing but the file of --boundary, and writes its `faults`: 0 when
there are none, else 1.
"""

import atexit
import gc

gc.disable()  # a short-lived process that keeps nearly all it makes: nothing to look for
atexit.register(gc.freeze)  # Python would look all the same when it ends

import argparse
import datetime
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from evidence.document import document
from evidence.page import page
from model.deployment import Deployment
from proof.findings import Finding, Proof
from proof.prove import prove
from rules.boundary import Boundary
from rules.boundary_reader import parse_boundary
from rules.configuration import raised, settings_faults
from rules.declaration import DeclarationError, Setting, read_declaration
from rules.exceptions import boundary_faults
from rules.policy_names import BOUNDARY
from rules.table import BY_NAME
from sources.facts import read_facts_file
from sources.faults import SourceError
from sources.recorded import read_recorded
from sources.state import read_state

EXIT_CODES = {"closed": 0, "open, answered for": 0, "open": 1, "undecided": 2}
EXIT_UNREADABLE = 3
_UNKNOWN = "unknown in preview"  # as rules say it


def main() -> int:
    """Read, prove, write the answer."""
    asked = _arguments()
    today = datetime.datetime.now(datetime.UTC).date()
    if asked.declaration:
        faults = _faults(asked.boundary, today)
        json.dump({"faults": faults}, sys.stdout, ensure_ascii=False)
        return 1 if faults else 0
    try:
        settings = _settings(asked.boundary)
        boundary = _declared(settings, today)
        deployment = _deployment(asked)
        if asked.facts is not None:
            facts = read_facts_file(Path(asked.facts), boundary, today)
            deployment = deployment.with_described(facts)
        proof = _at_levels(settings, _in_words_of(asked, prove(deployment, boundary)))
        proof = _with_unread(asked.unread, proof)
        if asked.html is not None:
            _write(asked.html, page(asked.title, deployment, boundary, proof, today))
    except (SourceError, DeclarationError) as error:
        print(str(error), file=sys.stderr)
        return EXIT_UNREADABLE
    except RecursionError:
        print(f"{_given(asked)}: nested too deeply to be read", file=sys.stderr)
        return EXIT_UNREADABLE
    json.dump(document(proof, deployment, boundary), sys.stdout, ensure_ascii=False)
    return EXIT_CODES[proof.verdict]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="prove.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--recorded", metavar="FILE", help="what a program declares; - is stdin")
    source.add_argument("--state", metavar="FILE", help="what pulumi stack export writes")
    source.add_argument(
        "--declaration", action="store_true", help="nothing: judge the file of --boundary alone"
    )
    parser.add_argument(
        "--manifests", metavar="PATH", help="Kubernetes objects: a file, or a folder of files"
    )
    parser.add_argument("--boundary", metavar="FILE", help="the declaration of what is inside")
    parser.add_argument(
        "--live", action="store_true", help="what --recorded holds was read from AWS"
    )
    parser.add_argument(
        "--unread", metavar="SERVICE=WHY", action="append", default=[],
        help="a service of AWS that --recorded could not be read from, and why",
    )  # fmt: skip
    parser.add_argument("--facts", metavar="FILE", help="what was read of supplied things")
    parser.add_argument("--html", metavar="FILE", help="write the evidence page there")
    parser.add_argument("--title", default="The network", help="what the page calls it")
    asked = parser.parse_args()
    if (asked.recorded, asked.state, asked.manifests) == (None,) * 3 and not asked.declaration:
        parser.error("one of --recorded, --state, --manifests and --declaration is required")
    return asked


def _in_words_of(asked: argparse.Namespace, proof: Proof) -> Proof:
    """The same, where no preview has said what is not known."""
    where = "the state" if asked.state is not None else "what AWS told" if asked.live else ""
    if not where:
        return proof
    told = (
        replace(f, what=f.what.replace(_UNKNOWN, f"unknown in {where}")) for f in proof.findings
    )
    return replace(proof, findings=tuple(told))


def _with_unread(unread: list[str], proof: Proof) -> Proof:
    """The same with a doubt for each service of which nobody knows what it holds."""
    doubts = [
        Finding(
            "reading", "", service, "",
            "could not be asked, so what it holds is unknown, and what is recorded of it is taken "
            f"as it is recorded: {why}",
            instead="Ask from a network that reaches this host, or give the one that you ask from "
            "an interface endpoint of the service, where there is one.",
            decided=False,
        )
        for service, _, why in (one.partition("=") for one in unread)
    ]  # fmt: skip
    return replace(proof, findings=(*proof.findings, *doubts))


def _at_levels(settings: dict[str, Setting], proof: Proof) -> Proof:
    """The same with the levels that the policy file gives to advisory rules."""
    ids = {BY_NAME[name].id for name in raised(settings)}
    found = (replace(f, level="mandatory") if f.rule in ids else f for f in proof.findings)
    return replace(proof, findings=tuple(found)) if ids else proof


def _given(asked: argparse.Namespace) -> str:
    """The files that a deployment is read from."""
    given = (asked.recorded, asked.state, asked.manifests, asked.boundary, asked.facts)
    return ", ".join(path for path in given if path is not None)


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


def _settings(path: str | None) -> dict[str, Setting]:
    """What the policy file says; without one nothing. Raises DeclarationError where the pack would
    refuse the file."""
    if path is None:
        return {}
    settings = read_declaration(Path(path))
    if faults := settings_faults(settings):
        raise DeclarationError(f"{Path(path).name}: {'; '.join(faults)}")
    return settings


def _declared(settings: dict[str, Setting], today: datetime.date) -> Boundary:
    """What a policy file declares; where it declares nothing, nothing is inside."""
    setting = settings.get(BOUNDARY)
    return parse_boundary(setting.properties if setting is not None else {}, today)


def _faults(path: str | None, today: datetime.date) -> list[str]:
    """Why the pack would refuse the file, each with its path; empty when it would not."""
    if path is None:
        return []
    try:
        settings = read_declaration(Path(path))
    except DeclarationError as error:
        return [str(error)]
    found = [f"boundary.{fault}" for fault in boundary_faults(_declared(settings, today))]
    return settings_faults(settings) + found


if __name__ == "__main__":
    sys.exit(main())
