"""A stack, driven from a program: preview, up, refresh, destroy, outputs.

The policy pack is always on. `up` previews with it first and goes on only when it passed; the pack
runs in `up` once more, since only there are all values known.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from automation.engine import Engine, Run
from automation.errors import RefusedError, StackLockedError
from automation.events import Diagnostic, Event, OnEvent
from automation.failures import failed_operation
from automation.gate import require_pass, verdict_of
from automation.protection import Protection, protection_of, without_protection
from automation.results import (
    Output,
    Preview,
    Result,
    Updated,
    fingerprint_of,
    steps_of,
)
from automation.stack_files import PROJECT, StackFiles, find_stack_files, read_plan, read_spec
from automation.state import State
from automation.workspace import Edits, Workspace, opened

POLICY_PACK = "policies"
_HIDDEN = "[secret]"
Approve = Callable[[Preview], bool]


def _silent(_: Event) -> None:
    """What becomes of events when nobody asks for them."""


class Stack:
    """One stack of this project. Nothing is read or run before an operation is called.

    name, file: as `heiiki --stack` and `--file`. environment: variables for the engine beyond the
    process's own, such as PULUMI_BACKEND_URL; empty text takes a variable away.
    on_event: hears what happens, in the thread that called the operation.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        file: Path | None = None,
        project: Path = PROJECT,
        environment: Mapping[str, str] | None = None,
        on_event: OnEvent = _silent,
    ) -> None:
        self.files: StackFiles = find_stack_files(name, file, project=project)
        self._project = project
        self._environment = dict(environment or {})
        self._on_event = on_event

    def preview(self) -> Preview:
        """What `up` would do, judged by the policy pack. Look at `.verdict.passed`.

        Raises SpecError for faults in the stack file or lock file, before the engine starts;
        AutomationError when the engine fails. A violation is no failure here.
        """
        with self._opened() as workspace:
            return self._preview(workspace)

    def up(self, *, approve: Approve | None = None) -> Updated:
        """Preview, judge, and create or change what the stack file says.

        approve: is shown a preview that has passed and changes something, and says whether to go
        on. Whatever time it takes, what is done is what was shown: the files are those of the
        preview, and a second preview must come out the same. Without it, `up` follows at once.
        Raises what `preview` raises; PolicyRefusedError when the pack did not pass; RefusedError
        when `approve` says no, or the account has changed in the meantime.
        """
        with self._opened() as workspace:
            return self._up(workspace, approve)

    def refresh(self) -> Result:
        """Read every resource anew, so that the state says what AWS has."""
        with self._opened(judged=False) as workspace:
            self._settle(workspace)
            return self._run("refresh", ["--skip-preview", "--yes"], workspace)

    def destroy(
        self, *, disable_protection: bool = False, approve: Callable[[], bool] | None = None
    ) -> Result:
        """Delete everything that the stack has made. Supplied resources are not touched.

        disable_protection: first switch deletion protection off, by an `up` that is judged like
        every other but for the rules that demand the protection.
        Raises RefusedError while something is protected and this is not asked for.
        """
        protection = protection_of(self.state())
        if protection.on and not disable_protection:
            raise protection.refusal()
        if approve is not None and not approve():
            raise RefusedError("nothing was destroyed, as you wished")
        if protection.on:
            self._disable(protection)
        with self._opened(judged=False) as workspace:
            self._settle(workspace)
            return self._run("destroy", ["--skip-preview", "--yes"], workspace)

    def outputs(self, *, show_secrets: bool = False) -> dict[str, Output]:
        """The stack's outputs. A secret's value is None unless show_secrets."""
        engine = Engine(self._project, self._environment)
        shown = self._output_values(engine)
        clear = self._output_values(engine, "--show-secrets") if show_secrets else {}
        return {
            name: Output(clear.get(name) if value == _HIDDEN else value, value == _HIDDEN)
            for name, value in sorted(shown.items())
        }

    def state(self) -> State:
        """What the engine has recorded of the stack; empty for a stack that does not exist yet.

        Secrets in it stay encrypted.
        """
        engine = Engine(self._project, self._environment)
        if not self._exists(engine):
            return State.empty()
        return State.parse(engine.command("stack", "export", "--stack", self.files.stack))

    def unlock(self) -> None:
        """Remove the lock that a killed operation left. Never while another one runs."""
        engine = Engine(self._project, self._environment)
        engine.command("cancel", "--yes", "--stack", self.files.stack)

    def _opened(
        self, *, judged: bool = True, edits: Edits | None = None
    ) -> AbstractContextManager[Workspace]:
        """judged: the program will run, so faults are told now, in milliseconds. What only works
        on the record, refresh and destroy, must not be kept from it by a faulty stack file."""
        if judged:
            read_plan(self.files)
        return opened(self.files, self._project, {**os.environ, **self._environment}, edits)

    def _engine(self, workspace: Workspace) -> Engine:
        """The engine for a program that finds its lock file in the workspace."""
        return Engine(
            self._project, {**self._environment, "HEIIKI_STACK_DIR": str(workspace.directory)}
        )

    def _preview(self, workspace: Workspace) -> Preview:
        began = time.monotonic()
        engine = self._engine(workspace)
        self._make_sure_it_exists(engine, workspace)
        run = self._operate(engine, "preview", self._with_policies(workspace), workspace)
        verdict = verdict_of(run.log)
        if run.exit_code != 0 and not verdict.violations:
            raise failed_operation("preview", run.exit_code, run.log, run.stderr)
        return Preview(
            **self._common("preview", run, began), verdict=verdict,
            fingerprint=fingerprint_of(run.log),
        )  # fmt: skip

    def _settle(self, workspace: Workspace) -> None:
        """Find out how the steps ended that a killed run had begun, and record it."""
        engine = Engine(self._project, self._environment)
        if not self._exists(engine):
            return
        text = engine.command("stack", "export", "--stack", self.files.stack)
        state = State.parse(text)
        if not state.pending:
            return
        from automation.pending import Finder, settle

        known = frozenset(r.id for r in state.resources)
        settled, done = settle(text, Finder(read_spec(self.files).region, known).find)
        record = workspace.directory / "settled.json"  # secrets in it are encrypted
        record.write_text(settled, encoding="utf-8")
        if engine.command("stack", "export", "--stack", self.files.stack) != text:
            raise StackLockedError(
                "another operation has changed the stack meanwhile", advice="Run it again."
            )
        engine.command("stack", "import", "--file", str(record), "--stack", self.files.stack)
        record.unlink()
        for sentence in done:
            self._on_event(Diagnostic("", "warning", f"a run was killed; {sentence}"))
        self._run("refresh", ["--skip-preview", "--yes"], workspace)

    def _up(self, workspace: Workspace, approve: Approve | None) -> Updated:
        began = time.monotonic()
        self._settle(workspace)
        preview = self._preview(workspace)
        require_pass(preview)
        if approve is not None and preview.changes:
            if not approve(preview):
                raise RefusedError("nothing was changed, as you wished")
            again = self._preview(workspace)
            require_pass(again)
            if again.fingerprint != preview.fingerprint:
                raise RefusedError(
                    "what would be done is no longer what you were shown",
                    advice="Someone has changed the program or the stack in the meantime. Run the "
                    "command again and look at the new preview.",
                )
        engine = self._engine(workspace)
        run = self._operate(
            engine, "up", ["--skip-preview", "--yes", *self._with_policies(workspace)], workspace
        )
        if run.exit_code != 0:
            raise failed_operation("up", run.exit_code, run.log, run.stderr)
        return Updated(
            **self._common("up", run, began), verdict=verdict_of(run.log), preview=preview,
            outputs=self.outputs(),
        )  # fmt: skip

    def _disable(self, protection: Protection) -> None:
        with self._opened(edits=without_protection(protection)) as workspace:
            self._up(workspace, None)

    def _run(self, operation: str, arguments: list[str], workspace: Workspace) -> Result:
        began = time.monotonic()
        engine = self._engine(workspace)
        run = self._operate(engine, operation, arguments, workspace)
        if run.exit_code != 0:
            raise failed_operation(operation, run.exit_code, run.log, run.stderr)
        return Result(**self._common(operation, run, began))

    def _operate(
        self, engine: Engine, operation: str, arguments: list[str], workspace: Workspace
    ) -> Run:
        return engine.operate(
            operation,
            ["--stack", self.files.stack, "--config-file", str(workspace.config_file), *arguments],
            directory=workspace.directory,
            on_event=self._on_event,
        )

    def _with_policies(self, workspace: Workspace) -> list[str]:
        pack = ["--policy-pack", str(self._project / POLICY_PACK)]
        if workspace.policy_file is not None:
            pack += ["--policy-pack-config", str(workspace.policy_file)]
        return pack

    def _common(self, operation: str, run: Run, began: float) -> dict[str, Any]:
        return {
            "operation": operation,
            "stack": self.files.stack,
            "counts": dict(run.log.summary.changes) if run.log.summary else {},
            "steps": steps_of(run.log),
            "diagnostics": tuple(run.log.diagnostics),
            "seconds": round(time.monotonic() - began, 1),
        }

    def _exists(self, engine: Engine) -> bool:
        stacks = json.loads(engine.command("stack", "ls", "--json"))
        return any(s["name"].rsplit("/", 1)[-1] == self.files.short_name for s in stacks)

    def _make_sure_it_exists(self, engine: Engine, workspace: Workspace) -> None:
        """Made from the private folder, whose stack file is a copy that may be written to."""
        if self._exists(engine):
            return
        provider = workspace.secrets_provider
        engine.command(
            "stack", "init", self.files.stack, "--no-select",
            *(["--secrets-provider", provider] if provider else []),
            cwd=workspace.directory,
        )  # fmt: skip

    def _output_values(self, engine: Engine, *flags: str) -> dict[str, Any]:
        text = engine.command("stack", "output", "--json", *flags, "--stack", self.files.stack)
        values: dict[str, Any] = json.loads(text)
        return values
