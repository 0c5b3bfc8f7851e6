"""How a Stack drives the engine: its files, its lock, and what a killed run has left."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from automation.engine import Engine, Run, engine_of_last_change
from automation.errors import (
    AutomationError,
    NoStackError,
    PolicyRefusedError,
    RefusedError,
    StackLockedError,
)
from automation.events import Diagnostic, EventLog, OnEvent
from automation.failures import cut_short, failed_operation, is_dead
from automation.gate import require_not_stopped
from automation.parts import Stacks
from automation.stack_files import StackFiles, read_lock, read_plan, read_spec
from automation.state import State
from automation.workspace import Workspace, opened
from spec.errors import SpecError

if TYPE_CHECKING:
    from automation.aws_calls import Account
    from automation.results import Rollout

T = TypeVar("T")
POLICY_PACK = "policies"


@dataclass(frozen=True, slots=True)
class Operations:
    """One stack, its project, the variables beyond the process's own, and who hears events."""

    files: StackFiles
    project: Path
    environment: Mapping[str, str]
    on_event: OnEvent

    def opened(self, *, judged: bool = True) -> AbstractContextManager[Workspace]:
        """judged: the program will run, so faults are told now, in milliseconds. What only works
        on the record, refresh and destroy, must not be kept from it by a faulty stack file."""
        if judged:
            read_plan(self.files)
        return opened(self.files, self.project, self._variables(), on_record=not judged)

    def account(self) -> "Account":
        """AWS with the credentials that the engine's providers find."""
        from automation.aws_calls import account_of

        return account_of(self._variables())

    def require_identity(self) -> None:
        """Raise RefusedError unless the credentials are for the lock file's account, and of the
        deployer that the stack file names, if it names one."""
        refusal = self.identity_refusal()
        if refusal is not None:
            raise refusal

    def identity_refusal(self) -> RefusedError | None:
        """Why whoever has the credentials may not change the stack.

        Not asked of an AWS of one's own (AWS_ENDPOINT_URL), nor where a file has faults: they
        hinder no destroy."""
        if self._variables().get("AWS_ENDPOINT_URL"):
            return None
        from automation.identity import Expected, identity_refusal

        lock, spec = self._sound(read_lock), self._sound(read_spec)
        region = lock.region if lock else spec.region if spec else None
        if region is None:
            return None
        expected = Expected(
            region,
            lock.account_id if lock else None,
            spec.access.deployer_arn if spec else None,
            self.files.lock_file.name,
        )
        return identity_refusal(self.account(), expected)

    def deployer_refusal(self) -> RefusedError | None:
        """The same for a preview: asked only where a deployer is named, and no failure of its own;
        who previews may be somebody else, such as a job that may only read."""
        spec = self._sound(read_spec)
        if spec is None or spec.access.deployer_arn is None:
            return None
        try:
            return self.identity_refusal()
        except AutomationError:
            return None

    def _sound(self, read: Callable[[StackFiles], T]) -> T | None:
        try:
            return read(self.files)
        except SpecError:
            return None

    def command(self, *arguments: str) -> str:
        """Run a short command about the stack."""
        return self._engine().command(*arguments, "--stack", self.files.stack)

    def answer(self, *arguments: str) -> Any:
        """The JSON that a short command about the stack prints."""
        return self._engine().answer(*arguments, "--stack", self.files.stack)

    def stacks(self) -> Stacks:
        """The project's stacks."""
        stacks = self._engine().answer("stack", "ls", "--json")
        return {s["name"].rsplit("/", 1)[-1]: s.get("resourceCount") for s in stacks}

    def exists(self, stacks: Stacks | None = None) -> bool:
        """Whether the engine knows the stack. stacks: what it has just answered."""
        return self.files.short_name in (self.stacks() if stacks is None else stacks)

    def require_existence(self) -> None:
        """Raise NoStackError unless the engine knows the stack."""
        if not self.exists():
            raise NoStackError(self.files.short_name)

    def state_of(self, stack: str) -> State:
        """What the engine has recorded of a stack of this project that exists."""
        return State.parse(self._engine().command("stack", "export", "--stack", stack))

    def make_sure_it_exists(self, workspace: Workspace, stacks: Stacks) -> None:
        if not self.exists(stacks):
            self.make(workspace)

    def make(self, workspace: Workspace) -> None:
        """From the private folder, whose stack file is a copy that may be written to."""
        provider = workspace.secrets_provider
        self._engine().command(
            "stack", "init", self.files.stack, "--no-select",
            *(["--secrets-provider", provider] if provider else []),
            cwd=workspace.directory,
        )  # fmt: skip

    def preview(self, workspace: Workspace) -> Run:
        """Run the program and the policy pack; nothing is changed."""
        return self._operate("preview", self._policies(workspace), workspace)

    def up(self, workspace: Workspace) -> Run:
        """Run the program and the policy pack, and do it."""
        arguments = ["--skip-preview", "--yes", *self._policies(workspace)]
        return self._changed("up", arguments, workspace)

    def rolling(self, log: EventLog, workspace: Workspace) -> "tuple[Rollout, ...]":
        """Pools that an `up` has changed and whose machines are still being replaced."""
        from automation.rollouts import rollouts_of

        return rollouts_of(log, self._region_worked_from(workspace), self.account)

    def on_record(self, operation: str, workspace: Workspace, urns: Sequence[str] = ()) -> Run:
        """refresh or destroy: they work on what is recorded, and run no program.

        urns: of what it is about; none is everything.
        """
        targets = [word for urn in urns for word in ("--target", urn)]
        return self._changed(operation, ["--skip-preview", "--yes", *targets], workspace)

    def unprotect(self, urns: Sequence[str]) -> None:
        """Take the engine's mark off resources: it then deletes them like any other."""
        if urns:  # without any, the engine asks which
            self.command("state", "unprotect", *urns, "--yes")

    def settle(self, workspace: Workspace) -> None:
        """Find out how the steps ended that a killed run had begun, and record it."""
        text = self.command("stack", "export")
        state = State.parse(text)
        if not state.cut_off:
            return
        self.require_identity()  # in another account, what was made would not be found
        from automation.pending import Finder, settle

        known = frozenset((r.type, r.id) for r in state.resources if not r.replacing)
        region = state.region or self._region(workspace)
        finder = Finder(self.account(), region, known, tell=self._warn)
        settled, done = settle(text, finder.find, finder.wait_for)
        record = workspace.directory / "settled.json"  # secrets in it are encrypted
        record.write_text(settled, encoding="utf-8")

        def put_back() -> None:
            if self.command("stack", "export") != text:
                raise StackLockedError(
                    "another operation has changed the stack meanwhile", advice="Run it again."
                )
            self.command("stack", "import", "--file", str(record))

        self._past_own_lock(workspace, put_back)
        record.unlink()
        for sentence in done:
            self._warn(sentence)
        self.on_record("refresh", workspace)

    def _warn(self, sentence: str) -> None:
        self.on_event(Diagnostic("", "warning", f"a run was cut off; {sentence}"))

    def _region(self, workspace: Workspace) -> str:
        """Of the copies where the files have faults, as `opened` takes them then."""
        try:
            return read_spec(self.files).region
        except SpecError:
            return self._region_worked_from(workspace)

    def _region_worked_from(self, workspace: Workspace) -> str:
        """Of the copies: people may edit their files while an operation runs."""
        return read_spec(replace(self.files, stack_file=workspace.config_file)).region

    def unlock(self) -> None:
        """Remove the stack's lock, whoever holds it."""
        self._engine().command("cancel", "--yes", "--stack", self.files.stack)

    def _variables(self) -> dict[str, str]:
        return {**os.environ, **self.environment}

    def _engine(self, workspace: Workspace | None = None) -> Engine:
        """With a workspace, the program finds its lock file there."""
        more = {"HEIIKI_STACK_DIR": str(workspace.directory)} if workspace else {}
        return Engine(self.project, {**self.environment, **more})

    def _changed(self, operation: str, arguments: list[str], workspace: Workspace) -> Run:
        """Run an operation that takes the stack's lock, and insist that it ends well."""

        def attempt() -> Run:
            run = self._operate(operation, arguments, workspace)
            if run.exit_code != 0:
                error = self._failure(operation, run, workspace)
                if operation == "up":
                    error.tell(self._left_by(run))
                raise error
            if run.log.cut_short:
                raise cut_short(operation, workspace.directory)
            return run

        return self._past_own_lock(workspace, attempt)

    def _failure(self, operation: str, run: Run, workspace: Workspace) -> AutomationError:
        """Why an operation ended badly."""
        try:
            require_not_stopped(operation, run.log)
        except PolicyRefusedError as refused:
            return refused
        error = failed_operation(operation, run.exit_code, run.log, run.stderr)
        return self._with_machines(error, run.log, workspace) if operation == "up" else error

    def _left_by(self, run: Run) -> Sequence[str]:
        """What a failed `up` has left, where it was judged by nobody and can be."""
        if run.exit_code < 0 or not run.log.steps or run.log.judged_whole:
            return ()
        from automation.half_made import found_of

        try:
            return tuple(found_of(self.files, self.command("stack", "export")))
        except AutomationError as error:
            return (f"what has been made was judged by nobody: {error.message}",)

    def _with_machines(
        self, error: AutomationError, log: EventLog, workspace: Workspace
    ) -> AutomationError:
        """The error, with what machines say where it is one of machines."""
        if type(error) is not AutomationError or not log.failed:
            return error  # its reason is known, or it is about no resource
        from automation.silent_machines import with_machines

        try:
            account = self.account()
        except AutomationError:
            return error
        return with_machines(error, log, self._region_worked_from(workspace), account)

    def _past_own_lock(self, workspace: Workspace, attempt: Callable[[], T]) -> T:
        """Try again without the lock of our own dead engine.

        It is ours to remove when it names the process that this folder's last change ran as, on
        this host, and that process is gone. Any other lock is the operator's to judge.
        """
        left_by = engine_of_last_change(workspace.directory)
        try:
            return attempt()
        except StackLockedError as error:
            if [pid for _, pid in error.holders] != [left_by] or not is_dead(*error.holders[0]):
                raise
        self.on_event(Diagnostic("", "warning", "removed the lock of a run that was killed"))
        self.unlock()
        return attempt()

    def _operate(self, operation: str, arguments: list[str], workspace: Workspace) -> Run:
        return self._engine(workspace).operate(
            operation,
            ["--stack", self.files.stack, "--config-file", str(workspace.config_file), *arguments],
            directory=workspace.directory,
            on_event=self.on_event,
        )

    def _policies(self, workspace: Workspace) -> list[str]:
        pack = ["--policy-pack", str(self.project / POLICY_PACK)]
        if workspace.policy_file is not None:
            pack += ["--policy-pack-config", str(workspace.policy_file)]
        return pack
