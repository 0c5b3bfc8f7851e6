"""Do the steps in their order, tell each on the console, and end in the signal."""

from __future__ import annotations

import fcntl
import os
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from machines.agent.clock import pause
from machines.agent.configuration import Configuration
from machines.agent.errors import AgentError, Refused, Told, short
from machines.agent.files import make_folder
from machines.agent.machine import BOOT_ID, Machine
from machines.agent.steps.signal import tell_group
from machines.agent.steps.step import Step

DONE, FAILED, REFUSED, BUSY = 0, 1, 3, 4  # exit codes; systemd starts it anew after FAILED only
MOST_PAUSE_SECONDS = 30.0
TELL_SECONDS = 60.0  # of the two minutes that a group waits longer than its machine


def run(configuration: Configuration, machine: Machine, began: float = 0.0) -> int:
    """The exit code. Nothing is raised: whatever goes wrong is told.

    began: the machine's uptime when the first stage began, whose time is part of the boot's; 0:
    now.
    """
    try:
        return _run(configuration, machine, began)
    except OSError as error:  # of the journal itself: its disk is full, or nobody may write to it
        return _without_journal(error, configuration, machine)


def _run(configuration: Configuration, machine: Machine, began: float) -> int:
    journal, names = machine.journal, [step.name for step in configuration.steps]
    if journal.unreadable:
        machine.console.say("the journal cannot be read; every step is done anew")
    boot = machine.path(BOOT_ID).read_text(encoding="ascii").strip()
    journal.start(configuration.digest, boot, began or machine.clock.uptime(), names)
    for step in configuration.steps:
        if journal.is_done(step.name):
            continue
        try:
            _do(step, configuration, machine)
        except AgentError as error:
            return _give_up(step, error, configuration, machine)
    journal.finish("done")
    machine.console.say("every step is done")
    return DONE


def once(configuration: Configuration, machine: Machine) -> int:
    """Each step now, whatever was done before; the exit code. Whoever starts it does so again."""
    machine.clock.until = machine.clock.uptime() + configuration.deadline_seconds
    for step in configuration.steps:
        try:
            _try(step, machine)
        except Told:
            return FAILED
        except AgentError as error:
            machine.console.say(f"{step.name} failed: {error}")
            return FAILED
    return DONE


def _do(step: Step, configuration: Configuration, machine: Machine) -> None:
    """Try until it is done, or until the time of this boot is over."""
    journal, clock, said = machine.journal, machine.clock, ""
    until = journal.record.began_uptime + configuration.deadline_seconds
    began, attempt, clock.until = clock.uptime(), 0, until
    machine.console.say(f"{step.name} begins")
    while True:
        attempt += 1
        journal.running(step.name, _now(machine))
        try:
            _try(step, machine)
        except AgentError as error:
            journal.erred(step.name, str(error))
            if isinstance(error, Refused) or clock.uptime() >= until:
                journal.ended(
                    step.name, "failed", _now(machine), clock.uptime() - began, str(error)
                )
                raise
            if str(error) != said:
                said = str(error)
                machine.console.say(f"{step.name} is tried again: {said}")
            clock.sleep(pause(attempt, base=1.0, most=MOST_PAUSE_SECONDS))
            continue
        seconds = clock.uptime() - began
        journal.ended(step.name, "done", _now(machine), seconds)
        machine.console.say(f"{step.name} done in {seconds:.1f} s")
        return


def _try(step: Step, machine: Machine) -> None:
    try:
        if not step.done(machine):
            step.run(machine)
    except AgentError:
        raise
    except OSError as error:
        raise AgentError(f"{type(error).__name__}: {error}") from None
    except Exception as error:  # a defect of ours, whose words might hold anything
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        raise AgentError(f"{type(error).__name__} at {where}") from None


def _give_up(step: Step, error: AgentError, configuration: Configuration, machine: Machine) -> int:
    """Tell the console which step and why, and the group that it need not wait."""
    journal, say = machine.journal, machine.console.say
    seconds = journal.record.steps[step.name].seconds
    reason = f"{step.name} failed after {seconds:.1f} s: {error}"
    say(reason)
    told = journal.record.told or _abandon(configuration, machine)
    journal.finish("failed", told)
    return REFUSED if isinstance(error, Refused) else FAILED


def _without_journal(error: OSError, configuration: Configuration, machine: Machine) -> int:
    """Nothing is kept then, the time of this boot neither: what counts is how long the machine
    runs. A group that has been told waits no more, so it may be told again."""
    begun = [name for name, entry in machine.journal.record.steps.items() if entry.attempts]
    at = begun[-1] if begun else configuration.steps[0].name
    machine.console.say(f"{at} failed: what is done cannot be written down: {error.strerror}")
    if machine.clock.uptime() >= configuration.deadline_seconds:
        _abandon(configuration, machine)
    return FAILED


def _abandon(configuration: Configuration, machine: Machine) -> str:
    """What the group was told, or ""."""
    say = machine.console.say
    if configuration.signal is None:
        return ""
    machine.clock.until = machine.clock.uptime() + TELL_SECONDS
    try:
        told = tell_group(machine, configuration.signal, "ABANDON", tries=1)
    except (AgentError, OSError) as untold:
        say(f"gave up; the group could not be told: {short(str(untold))}")
        return ""
    say(f"gave up; the group was told {told}")
    return told


def _now(machine: Machine) -> str:
    return machine.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def alone(state: Path) -> Iterator[bool]:
    """Whether this is the only agent that runs; the kernel ends the claim of a killed one.

    Tried for a second: whoever asks for the status holds the lock for a moment.
    """
    make_folder(state)
    descriptor = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield any(_claimed(descriptor) for _ in range(10))
    finally:
        os.close(descriptor)


def _claimed(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(0.1)
        return False
    return True
