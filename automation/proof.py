"""The proof of a stack: what its program declares, judged by the pack's proof engine.

The engine is a second opinion that shares no code with heiiki, so it runs as a process of its own:
it gets resources and the declared boundary, and answers with findings.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automation.errors import AutomationError
from automation.stack_files import PROJECT, StackFiles
from spec.text_file import is_there

EXIT_CODES = {"closed": 0, "open, answered for": 0, "open": 1, "undecided": 2}
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

    source: --recorded or --state. html: where the evidence page goes. Without a policy file
    nothing is declared as inside.
    """

    def __init__(self, files: StackFiles, source: str, html: Path | None = None) -> None:
        command = [sys.executable, str(_ENGINE), source, "-", f"--title={files.stack}"]
        if html is not None:
            command.append(f"--html={html}")
        if is_there(files.policy_file):
            command += ["--boundary", str(files.policy_file)]
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
        details=said.strip().splitlines()[-3:] or [f"it ended with {code}"],
        advice="Mend what the line names; without one, look whether requirements.txt is installed "
        "where heiiki runs.",
    )


def declared_text(files: StackFiles) -> str:
    """What the stack's program declares, as the proof engine reads it."""
    from automation.declared import as_text, declared_by
    from automation.stack_files import read_lock, read_spec
    from components.program import program

    spec, lock = read_spec(files), read_lock(files)

    def run() -> object:
        return program(spec, lock, where=files.spec_file.name, part=files.part)

    return as_text(declared_by(run, project="heiiki", stack=files.short_name))


def state_text(path: Path) -> str:
    """A file that `pulumi stack export` has written."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AutomationError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}",
            advice="Name a file that pulumi stack export --file has written.",
        ) from None
