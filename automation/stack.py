"""A stack, driven from a program: preview, up, refresh, destroy, outputs.

The policy pack is always on. `up` previews with it first and goes on only when it passed; the pack
runs in `up` once more, since only there are all values known.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automation.contents import Store, filled_stores, holds_stores, refusal_to_delete
from automation.engine import Run
from automation.errors import NoStackError, RefusedError
from automation.events import Event, OnEvent
from automation.failures import cut_short, failed_operation
from automation.gate import require_pass, verdict_of
from automation.losses import loss_refusal, may_lose
from automation.one_way import changed_kind_refusal, may_be_refused, one_way_refusals
from automation.operations import Operations
from automation.own_steps import lost_members, refused_steps
from automation.parts import is_split, require_earlier, require_no_later
from automation.protection import Protection, held_by_the_record, protection_of
from automation.results import (
    Output,
    Preview,
    Result,
    Updated,
    fingerprint_of,
    refusal_of,
    steps_of,
)
from automation.stack_files import PROJECT, StackFiles, find_stack_files, read_lock
from automation.state import State
from automation.twins import twin_refusals, twins_of
from automation.workspace import Workspace
from spec.part import ORDER

if TYPE_CHECKING:
    from automation.aws_calls import Account
    from automation.seen import Seen

_HIDDEN = "[secret]"
Approve = Callable[[Preview], bool]


def _silent(_: Event) -> None:
    """What becomes of events when nobody asks for them."""


class Stack:
    """One stack of this project. Nothing is read or run before an operation is called.

    Every operation runs the engine as a process of its own, so programs may drive several stacks
    from several threads; one stack takes one operation at a time.

    name, file: as `heiiki --stack` and `--file`; paths may be text. environment: variables for the
    engine beyond the process's own, such as PULUMI_BACKEND_URL; empty text takes a variable away.
    on_event: hears what happens, in the thread that called the operation.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        file: str | Path | None = None,
        project: str | Path = PROJECT,
        environment: Mapping[str, str] | None = None,
        on_event: OnEvent = _silent,
    ) -> None:
        home = Path(project)
        at = None if file is None else Path(file)
        self.files: StackFiles = find_stack_files(name, at, project=home)
        self._run = Operations(self.files, home, dict(environment or {}), on_event)

    def preview(self) -> Preview:
        """What `up` would do, judged by the policy pack. Look at `.verdict.passed`, and at
        `.refusals` for what `up` would refuse all the same.

        Raises SpecError for faults in the stack file or lock file, before the engine starts;
        AutomationError when the engine fails. A violation is no failure here.
        """
        with self._run.opened() as workspace:
            self._make_sure_it_exists(workspace)
            found = self._preview(workspace)
            return replace(found, refusals=tuple(map(refusal_of, self._refusals(found))))

    def up(self, *, approve: Approve | None = None, allow_data_loss: bool = False) -> Updated:
        """Preview, judge, and create or change what the stack file says.

        approve: is shown a preview that has passed and changes something, and says whether to go
        on. Whatever time it takes, what is done is what was shown: the files are those of the
        preview, and a second preview must come out the same. Without it, `up` follows at once.
        allow_data_loss: go on although clusters, keys, log groups or subnets with addresses in
        them are replaced or deleted. What is protected against deletion is refused all the same.
        Run again after a run was killed, it finds out what that one has made, and goes on.
        Raises what `preview` raises; PolicyRefusedError when the pack did not pass; RefusedError
        when the credentials are for another account than the lock file's or of another deployer
        than the stack file's, when data would be lost, when EKS would never make the change, when
        `approve` says no, or when the second preview differs.
        """
        with self._run.opened() as workspace:
            self._run.require_identity()
            return self._up(workspace, approve, self._guard(allow_data_loss))

    def refresh(self) -> Result:
        """Read every resource anew, so that the state says what AWS has.

        Raises RefusedError when the credentials are not those that may change the stack: what
        another account does not have would be forgotten. NoStackError: it was never made.
        """
        self._run.require_existence()
        self._run.require_identity()
        return self._on_record("refresh")

    def destroy(
        self, *, disable_protection: bool = False, force: bool = False,
        allow_data_loss: bool = False, approve: Callable[[int], bool] | None = None,
    ) -> Result:  # fmt: skip
        """Delete everything that the stack has made. Supplied resources are not touched. Of a stack
        that was never made there is nothing to do, and nothing is done.

        disable_protection: first switch deletion protection off. No program runs, so a stack file
        that no longer is sound does not keep a stack alive. force: go on although Services
        of the cluster have made load balancers. allow_data_loss: first delete what buckets and
        repositories of the stack hold, old versions too. approve: is told how many resources go,
        and says whether to go on.
        Raises RefusedError while something is protected, load balancers are there, a bucket or
        repository holds something, or a later part of the cluster stands on this one.
        """
        stacks = self._run.stacks()
        require_no_later(self.files, stacks)
        if not self._run.exists(stacks):
            return Result("destroy", self.files.stack, {}, (), (), 0.0)
        state = self._settled()
        protection = protection_of(state)
        if protection.on and not disable_protection:
            raise protection.refusal()
        if state.managed and not force:
            from automation.load_balancers import require_none

            require_none(self._cluster_state(state), self._run.account())
        if state.managed or state.pending:
            self._run.require_identity()
        stores = self._filled_stores(state)
        if stores and not allow_data_loss:
            raise refusal_to_delete(stores)
        if approve is not None and not approve(len(state.managed)):
            raise RefusedError("nothing was destroyed, as you wished")
        if protection.on:
            self._switch_off(protection)
        for store in stores:
            store.empty()
        return self._on_record("destroy")

    def outputs(self, *, show_secrets: bool = False) -> dict[str, Output]:
        """The stack's outputs. A secret's value is None unless show_secrets. Raises NoStackError
        where there is no such stack."""
        shown = self._output_values()
        clear = self._output_values("--show-secrets") if show_secrets else {}
        return {
            name: Output(clear.get(name) if value == _HIDDEN else value, value == _HIDDEN)
            for name, value in sorted(shown.items())
        }

    def state(self) -> State:
        """What the engine has recorded of the stack; empty for a stack that does not exist yet.

        Secrets in it stay encrypted.
        """
        try:
            return self._run.state_of(self.files.stack)
        except NoStackError:
            return State.empty()

    def states(self) -> tuple[State, ...]:
        """What is recorded of the stack; of a part, of each part of its whole that is up."""
        part = self.files.part
        if part is None:
            return (self.state(),)
        there = self._run.stacks()
        named = [self.files.stack if n == part.name else self.files.stack_of(n) for n in ORDER]
        return tuple(self._run.state_of(s) for s in named if s.rsplit("/", 1)[-1] in there)

    def live(self, state: State) -> "tuple[Seen, ...]":
        """What AWS says now of what is recorded: cluster, add-ons, access entries, pools, endpoints
        and their policies, the API's name. Only reads; what cannot be read is said in its place
        and raises nothing.
        """
        from automation.live import look

        return look(state, self._run.account())

    def account(self) -> "Account":
        """AWS with the credentials that the engine's providers find."""
        return self._run.account()

    def roll(
        self, *, approve: Callable[[tuple[str, ...]], bool] | None = None,
        tell: Callable[[str], None] = lambda text: None,
    ) -> tuple[str, ...]:  # fmt: skip
        """Replace the machines of etcd's members that were started from an earlier template, one by
        one; names of those members. `up` replaces none (controlPlane.etcd.rollout).

        approve: is told which, and says whether to go on. tell: hears of each machine.
        Raises NoStackError; RefusedError when the credentials are for another account, when a
        member is not in service, or when `approve` says no; AutomationError when a new machine does
        not come into service.
        """
        from automation.member_machines import (
            machines_of,
            member_groups,
            replace_machines,
            require_all_well,
        )

        self._run.require_existence()
        self._run.require_identity()
        state = self.state()
        members, region = member_groups(state), state.region
        if not members or region is None:
            return ()
        account = self._run.account()
        machines = machines_of(members, region, account)
        require_all_well(machines, ())
        outdated = tuple(name for name, machine in machines.items() if machine.outdated)
        if not outdated:
            return ()
        if approve is not None and not approve(outdated):
            raise RefusedError("no machine was replaced, as you wished")
        return replace_machines(members, region, account, tell=tell)

    def unlock(self, *, approve: Callable[[], bool] | None = None) -> None:
        """Remove the lock that a killed operation left. Never while another one runs.

        approve: says whether to go on. Raises NoStackError where there is no such stack.
        """
        self._run.require_existence()
        if approve is not None and not approve():
            raise RefusedError("the lock was left in place")
        self._run.unlock()

    def _settled(self) -> State:
        """What is recorded, with what a killed run has made: it may be protected, or hold data."""
        state = self.state()
        if not state.cut_off:
            return state
        with self._run.opened(judged=False) as workspace:
            self._run.settle(workspace)
        return self.state()

    def _cluster_state(self, own: State) -> State:
        """The record that holds the cluster: of the pools part, whose nodes the load balancers'
        controller runs on, it is the cluster part's."""
        part = self.files.part
        if part is None or part.name != "pools":
            return own
        return self._run.state_of(self.files.stack_of("cluster"))

    def _filled_stores(self, state: State) -> tuple[Store, ...]:
        return filled_stores(state, self._run.account()) if holds_stores(state) else ()

    def _make_sure_it_exists(self, workspace: Workspace) -> None:
        stacks = self._run.stacks()
        if is_split(self.files):
            require_earlier(self.files, stacks)
        self._run.make_sure_it_exists(workspace, stacks)

    def _settle_or_make(self, workspace: Workspace) -> None:
        """What is recorded says whether the stack exists; which others do is asked of a part."""
        if is_split(self.files):
            self._make_sure_it_exists(workspace)
        try:
            self._run.settle(workspace)
        except NoStackError:
            self._run.make(workspace)

    def _preview(self, workspace: Workspace) -> Preview:
        began = time.monotonic()
        run = self._run.preview(workspace)
        verdict, held = verdict_of(run.log), held_by_the_record(run.log)
        if run.exit_code != 0 and not verdict.violations and not held:
            raise failed_operation("preview", run.exit_code, run.log, run.stderr)
        if run.exit_code == 0 and run.log.cut_short:
            raise cut_short("preview", workspace.directory)
        return Preview(
            **self._common("preview", run, began), verdict=verdict,
            fingerprint=fingerprint_of(run.log), held=held, twins=twins_of(run.log),
        )  # fmt: skip

    def _refusals(self, preview: Preview) -> Iterator[RefusedError]:
        """What `up` would refuse of this preview, beside what the pack says."""
        if refusal := self._run.deployer_refusal():
            yield refusal
        yield from self._refused_changes(preview, allowed=False)

    def _refused_changes(self, preview: Preview, *, allowed: bool) -> Iterator[RefusedError]:
        """Changes that are not made: what nothing allows first, then what could be lost."""
        outputs = cache(self._output_values)  # by both, and of the engine once
        yield from refused_steps(self.files, outputs, self.state, self._run.account)
        yield from lost_members(self.files, preview, outputs)
        if refusal := changed_kind_refusal(preview):
            yield refusal
        yield from twin_refusals(preview.twins, self.files.stack, self._run.project)
        if not may_lose(preview) and not may_be_refused(preview) and not preview.held:
            return
        state = self.state()
        yield from one_way_refusals(
            preview, state, lambda: read_lock(self.files).kubernetes_version
        )
        if refusal := loss_refusal(preview, state, allowed=allowed):
            yield refusal

    def _guard(self, allowed: bool) -> Callable[[Preview], None]:
        def require(preview: Preview) -> None:
            if not preview.held:  # else the pack has not seen the whole, and that is why
                require_pass(preview)
            for refusal in self._refused_changes(preview, allowed=allowed):
                raise refusal
            require_pass(preview)

        return require

    def _up(
        self, workspace: Workspace, approve: Approve | None, require: Callable[[Preview], None]
    ) -> Updated:
        began = time.monotonic()
        self._settle_or_make(workspace)
        preview = self._preview(workspace)
        require(preview)
        if approve is not None and preview.changes:
            if not approve(preview):
                raise RefusedError("nothing was changed, as you wished")
            self._require_the_same(preview, workspace)
        run = self._run.up(workspace)
        return Updated(
            **self._common("up", run, began), verdict=verdict_of(run.log), preview=preview,
            outputs=self.outputs(), rolling=self._run.rolling(run.log, workspace),
        )  # fmt: skip

    def _require_the_same(self, approved: Preview, workspace: Workspace) -> None:
        again = self._preview(workspace)
        require_pass(again)
        if again.fingerprint != approved.fingerprint:
            raise RefusedError(
                "what would be done is no longer what you were shown",
                advice="Nothing was changed. Someone has changed the program or the stack in the "
                "meantime; run the command again and look at the new preview.",
            )

    def _on_record(self, operation: str) -> Result:
        with self._run.opened(judged=False) as workspace:
            began = time.monotonic()
            self._run.settle(workspace)
            run = self._run.on_record(operation, workspace)
            return Result(**self._common(operation, run, began))

    def _switch_off(self, protection: Protection) -> None:
        """At AWS, and on the record at once: else an `up` would take it to be on still. The
        engine's mark comes off last, when all else has ended well."""
        with self._run.opened(judged=False) as workspace:
            self._run.settle(workspace)
            protection.switch_off(self._run.account())
            run = self._run.on_record("refresh", workspace, [r.urn for r in protection.on])
            there = [r for r in protection.on if r.urn not in run.log.gone]
            self._run.unprotect([r.urn for r in there if r.protect])

    def _common(self, operation: str, run: Run, began: float) -> dict[str, Any]:
        return {
            "operation": operation,
            "stack": self.files.stack,
            "counts": dict(run.log.summary.changes) if run.log.summary else {},
            "steps": steps_of(run.log, operation),
            "diagnostics": tuple(run.log.diagnostics),
            "seconds": round(time.monotonic() - began, 1),
        }

    def _output_values(self, *flags: str) -> dict[str, Any]:
        values: dict[str, Any] = self._run.answer("stack", "output", "--json", *flags)
        return values
