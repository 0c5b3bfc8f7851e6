"""The command: `run` does the steps of a boot, `once` those of a timer, `status` says how far they
are."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from machines.agent.aws_api import Aws
from machines.agent.clock import Clock
from machines.agent.configuration import Configuration, read_configuration
from machines.agent.errors import AgentError
from machines.agent.journal import Journal
from machines.agent.machine import Commands, Console, Machine
from machines.agent.metadata import Metadata
from machines.agent.run import BUSY, FAILED, alone, once, run

STATE = "/var/lib/heiiki/agent"
ETCD = "etcd.json"  # where `watch-etcd` writes what it saw, in the same folder
CONSOLE = Path("/dev/console")  # where the configuration names none, since it cannot be read


def main(arguments: Sequence[str]) -> int:
    """0 when every step is done; 1 when one failed, 3 when another try would fail too, 4 when an
    agent runs already, 2 for other arguments."""
    parser = argparse.ArgumentParser(prog="heiiki-agent", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="do what is not done yet")
    running.add_argument("--config", required=True, help="the configuration in the bundle")
    timed = commands.add_parser("once", help="do it now, whatever was done before")
    timed.add_argument("--config", required=True, help="the configuration in the bundle")
    asking = commands.add_parser("status", help="print what is done, as JSON")
    running.add_argument(
        "--began", type=float, default=0.0,
        help="the machine's uptime when its boot began (default: now)",
    )  # fmt: skip
    for command in (running, timed, asking):
        command.add_argument("--state", default=STATE, help="folder of the journal (%(default)s)")
    given = parser.parse_args(arguments)
    state = Path(given.state)
    if given.command == "status":
        print(json.dumps(status(state), indent=1))
        return 0
    try:
        configuration = read_configuration(given.config)
        with alone(state) as only:
            if not only:
                print("heiiki-agent: another agent runs", file=sys.stderr)
                return BUSY
            machine = machine_for(configuration, Path(given.config), state)
            if given.command == "run":
                return run(configuration, machine, given.began)
            return once(configuration, machine)
    except (AgentError, OSError) as error:
        console = Console(CONSOLE)
        for fault in getattr(error, "faults", [str(error)]):
            console.say(f"cannot begin: {fault}")
        return FAILED


def machine_for(configuration: Configuration, config: Path, state: Path) -> Machine:
    """The machine that this program runs on."""
    clock = Clock()
    aws = Aws(configuration.region, Metadata(clock, configuration.metadata), clock)
    console = Console(Path(configuration.console))
    return Machine(
        Path("/"), config.resolve().parent, aws, clock, Commands(clock), console, Journal(state)
    )


def status(state: Path) -> dict[str, object]:
    """What the journal says, whether an agent is at work now, and on a member of etcd what its
    last look at that saw (machines/etcd_watch.py)."""
    record = Journal(state).record
    return {
        "result": record.result,
        "running": _is_held(state / "lock"),
        "told": record.told,
        "configuration": record.configuration,
        "steps": [{"name": name, **asdict(entry)} for name, entry in record.steps.items()],
        "etcd": _last_look(state),
    }


def _last_look(state: Path) -> object:
    try:
        return json.loads((state / ETCD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return "cannot be read"


def _is_held(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
