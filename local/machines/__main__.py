"""`python -m local.machines`: machines of this machine, that boot real user data."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from local.embedded import EmbeddedAws, EmbeddedAwsError
from local.environment import Home
from local.machines.errors import MachinesError
from local.machines.handle import ENVIRONMENT
from local.machines.world import World

_NOT_RUNNING = 3  # as `systemctl status` has it
_EXAMPLE = """\
FILE is YAML or JSON, such as:

  vpc: 10.0.0.0/16
  subnets:
    core-1a: {cidr: 10.0.1.0/24, zone: ap-northeast-1a}
  endpoints: {address: 10.0.1.200, groups: [endpoint], services: [s3, sts]}
  allow:
    - {source: node, target: endpoint, ports: 443}
  machines:
    one:
      subnet: core-1a
      privateIp: 10.0.1.10
      groups: [node]
      role: node
      userData: one.yaml    # a path, from the file's folder

Every key: docs/local.md. State is under .heiiki in the checkout, or where HEIIKI_HOME says; the
image of the machines is under ~/.cache/heiiki, or where HEIIKI_CACHE says. It takes root.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace, World], int] = chosen.run
    home = Home.of(os.environ)
    try:
        return run(chosen, World(home.directory / "machines" / chosen.world))
    except (MachinesError, EmbeddedAwsError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        about = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        hint = "; run it as root" if isinstance(error, PermissionError) and os.geteuid() else ""
        print(f"{about}{hint}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.machines",
        description="Boots machines as namespaces of this one: systemd, cloud-init, a metadata "
        "service, security groups, and the embedded AWS behind the names of AWS.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--world", default="local", help="which one, of several (default: local)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    up = command("up", _up, "boot the machines of a file, and wait until cloud-init has ended")
    up.add_argument("file", type=Path, metavar="FILE")
    up.add_argument("--no-wait", action="store_true", help="switch them on and return")
    command("check", _check, "say all that is wrong with a file").add_argument(
        "file", type=Path, metavar="FILE"
    )
    command("status", _status, f"list the machines (exit code {_NOT_RUNNING}: there are none)")
    down = command("down", _down, "remove them, and all that was made for them")
    down.add_argument("--all", action="store_true", help="of every world")
    command("image", _image, "make the machines' image if there is none; say where it is")
    console = command("console", _console, "print what a machine wrote to its console")
    console.add_argument("machine")
    console.add_argument("--timeline", action="store_true", help="the steps of its boots instead")
    execute = command("exec", _exec, "run a command in a machine, as root")
    execute.add_argument("machine")
    execute.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND ...")
    return parser


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _up(chosen: argparse.Namespace, world: World) -> int:
    from local.machines.file import read

    spec, machines = read(chosen.file)
    home = Home.of(os.environ)
    world.prepare(_say)
    endpoints = EmbeddedAws(home.embedded).start(_say)
    world.up(spec, endpoints.aws_endpoint_url, _say)
    started = time.monotonic()
    handles = [world.start(machine) for machine in machines]
    failed = False
    for handle in handles if not chosen.no_wait else ():
        errors = handle.wait_for_cloud_init()
        _say(f"machine {handle.name}: cloud-init has ended, {time.monotonic() - started:.1f} s "
             "after power-on")  # fmt: skip
        for error in errors:
            failed = True
            _say(f"  {error}")
    _status(chosen, world)
    return 1 if failed else 0


def _check(chosen: argparse.Namespace, world: World) -> int:
    from local.machines.file import read

    _, machines = read(chosen.file)
    print(f"{chosen.file}: nothing is wrong; machines: {len(machines)}")
    return 0


def _status(chosen: argparse.Namespace, world: World) -> int:
    if not world.runs():
        print(f"there are no machines in {world.folder}")
        return _NOT_RUNNING
    for status in world.status():
        known = [status.name, status.instance_id, status.private_ip, status.zone, status.state]
        known += [status.why or f"process {status.pid}", *status.volumes, *status.interfaces]
        print(*known)
    return 0


def _down(chosen: argparse.Namespace, world: World) -> int:
    folders = [world.folder]
    if chosen.all and world.folder.parent.is_dir():
        folders = sorted(path for path in world.folder.parent.iterdir() if path.is_dir())
    for folder in folders:
        World(folder).down()
    print("there are no machines any more")
    return 0


def _image(chosen: argparse.Namespace, world: World) -> int:
    print(world.prepare(_say))
    return 0


def _console(chosen: argparse.Namespace, world: World) -> int:
    machine = world.machine(chosen.machine)
    if not chosen.timeline:
        sys.stdout.write(machine.console())
        return 0
    events = machine.timeline()
    for event in events:
        print(f"boot {event.boot} {event.at - events[0].at:8.3f} s  {event.what}")
    return 0


def _exec(chosen: argparse.Namespace, world: World) -> int:
    words = chosen.command[1:] if chosen.command[:1] == ["--"] else chosen.command
    status = world.machine(chosen.machine).status()
    if not status.pid:
        raise MachinesError(f"machine {status.name} is {status.state} {status.why}")
    inside = ["nsenter", f"--target={status.pid}", "--all", "--", *(words or ["/bin/bash"])]
    environment = {**ENVIRONMENT, "TERM": os.environ.get("TERM", "dumb")}
    os.execvpe(inside[0], inside, {**environment})


if __name__ == "__main__":
    sys.exit(main())
