"""The proof of a stack: what its program declares, judged by the pack's proof engine.

The engine is a second opinion that shares no code with heiiki, so it runs as a process of its own:
it gets resources and the declared boundary, and answers with findings.
"""

import gc
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from automation.errors import AutomationError
from automation.stack_files import PROJECT, StackFiles
from spec.text_file import is_there

if TYPE_CHECKING:
    from spec.cluster import ClusterSpec

EXIT_CODES = {"closed": 0, "open, answered for": 0, "open": 1, "undecided": 2}
_SHOWN = 8  # lines of what the proof engine says when it gives no verdict
CLUSTER = "aws:eks/cluster:Cluster"
_ENGINE = PROJECT / "policies" / "prove.py"


@dataclass(frozen=True, slots=True)
class ProofResult:
    """verdict: closed, open, undecided, or "open, answered for" where somebody answers for each way
    in and out. document: all that the proof engine says, for JSON."""

    verdict: str
    document: dict[str, Any]

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What is open or undecided, and what somebody answers for."""
        return list(self.document["findings"])


class ProofEngine:
    """A process that is starting while its question is still being made.

    title: what is proved, as the page calls it. source: --recorded or --state, or "" where
    manifests alone are asked about. boundary: the policy file; without one nothing is declared as
    inside. html: where the evidence page goes. facts: what was read of a supplied network.
    manifests: a file or a folder. live: whether the question is what AWS has told. unread: services
    of which it has told nothing, and why.
    """

    def __init__(
        self,
        title: str,
        source: str,
        boundary: Path | None,
        html: Path | None = None,
        facts: Path | None = None,
        manifests: Path | None = None,
        live: bool = False,
        unread: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        command = [sys.executable, str(_ENGINE), f"--title={title}"]
        command += [source, "-"] if source else []
        command += [] if manifests is None else [f"--manifests={manifests}"]
        command += ["--live"] if live else []
        command += [f"--unread={service}={why}" for service, why in sorted(unread.items())]
        if html is not None:
            command.append(f"--html={html}")
        if boundary is not None and is_there(boundary):
            command += ["--boundary", str(boundary)]
        if facts is not None and is_there(facts):
            command += ["--facts", str(facts)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, encoding="utf-8",
        )  # fmt: skip

    def answer(self, question: Callable[[], str]) -> ProofResult:
        """Ask what `question` gives; whatever goes wrong there ends the process too."""
        try:
            text = question()
        except BaseException:
            self._process.kill()
            self._process.communicate()
            raise
        out, err = self._process.communicate(text)
        code = self._process.returncode
        document = json.loads(out) if code in EXIT_CODES.values() else {}
        verdict = str(document.get("verdict", ""))
        if EXIT_CODES.get(verdict) != code:
            raise _no_verdict(code, err)
        return ProofResult(verdict, document)


def declaration_faults(path: Path) -> list[str]:
    """Why the pack would refuse a policy file, as of today; empty when it would not."""
    ended = subprocess.run(
        [sys.executable, str(_ENGINE), "--declaration", "--boundary", str(path)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    try:
        faults = json.loads(ended.stdout)["faults"]
    except (ValueError, KeyError):
        raise _no_verdict(ended.returncode, ended.stderr) from None
    return [str(fault) for fault in faults]


def _no_verdict(code: int, said: str) -> AutomationError:
    return AutomationError(
        "the proof engine gave no verdict, so nothing is known",
        details=said.strip().splitlines()[-_SHOWN:] or [f"it ended with {code}"],
        advice="Mend what the line names; without one, look whether requirements.txt is installed "
        "where heiiki runs.",
    )


def told_by_aws(spec: "ClusterSpec") -> dict[str, dict[str, Any]]:
    """By type, what stands in for what only AWS tells: so what machines read is there to be judged,
    and is of the length that it will be."""
    from machines.rendered import planned_certificate_authority, planned_endpoint
    from plan.partitions import partition_of

    endpoint = planned_endpoint(spec.region, partition_of(spec.region).dns_suffix)
    authority = {"data": planned_certificate_authority()}
    return {CLUSTER: {"endpoint": endpoint, "certificateAuthority": authority}}


def declared_text(files: StackFiles) -> str:
    """What the stack's program declares, as the proof engine reads it.

    From here on the process takes of the SDK what is needed (docs/adr/0014, 0024).
    """
    with _without_collection():
        return _declared_text(files)


@contextmanager
def _without_collection() -> Iterator[None]:
    """A program keeps nearly all that it makes to its end: there is nothing to look for."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _declared_text(files: StackFiles) -> str:
    from components import sdk

    sdk.load_by_name()  # before anything names a class of it
    sdk.leave_out_callers()
    from automation.declared import as_text, declared_by
    from automation.stack_files import read_lock, read_spec
    from components.program import program

    spec, lock = read_spec(files), read_lock(files)

    def run() -> object:
        return program(spec, lock, where=files.spec_file.name, part=files.part)

    told = told_by_aws(spec)
    return as_text(declared_by(run, project="heiiki", stack=files.short_name, standing_in=told))


@contextmanager
def manifests_at(given: Path | None) -> Iterator[Path | None]:
    """Where manifests lie that a command is given; `-` is what comes on stdin, which the proof
    engine needs for itself."""
    if given is None or str(given) != "-":
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="heiiki-") as folder:
        path = Path(folder) / "stdin"
        path.write_bytes(sys.stdin.buffer.read())
        yield path
