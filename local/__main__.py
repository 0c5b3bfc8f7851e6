"""`python -m local`: everything on one machine, with no account.

What a subcommand needs is imported when it runs: this stands in front of every local command.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence

from local.embedded import EmbeddedAws, EmbeddedAwsError
from local.engine import EngineError, ensure_engine
from local.engine.model import dotted
from local.environment import Home, SettingError, command_environment

_NOT_RUNNING = 3  # as `systemctl status` has it


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace, Home], int] = chosen.run
    home = Home.of(os.environ)
    try:
        exit_code = run(chosen, home)
        sys.stdout.flush()
        return exit_code
    except (EngineError, EmbeddedAwsError, SettingError) as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # who reads has heard enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except OSError as error:
        about = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        print(f"{about}; make room there, or name a folder of yours in HEIIKI_HOME (it is "
              f"{home.directory} now)", file=sys.stderr)  # fmt: skip
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description="Gets the Pulumi engine, and runs an AWS of this machine's own, in memory.",
        epilog="State is under .heiiki in the checkout, or where HEIIKI_HOME says. "
        "The engine is cached under ~/.cache/heiiki, or where HEIIKI_CACHE says; "
        "HEIIKI_PULUMI names another one.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    command("engine", _engine, "get the engine if there is none; say where it is")
    command("up", _up, "start the embedded AWS, unless it runs")
    command("status", _status, f"say whether the embedded AWS runs (exit code {_NOT_RUNNING}: no)")
    down = command("down", _down, "stop the embedded AWS; what it holds is gone")
    down.add_argument(
        "--check-empty",
        action="store_true",
        help="first ask it for what is left; if anything is, list that, exit with 1, and leave "
        "it running",
    )
    execute = command(
        "exec", _exec, "run a command with the engine and the embedded AWS, started if need be"
    )
    execute.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND ...")
    return parser


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _engine(_: argparse.Namespace, home: Home) -> int:
    from local.language_host.install import ensure_language_host

    engine = ensure_engine(_say)
    folder = ensure_language_host(engine, home.bin)
    print(f"{folder / 'pulumi'} {dotted(engine.version)} ({engine.origin})")
    return 0


def _up(_: argparse.Namespace, home: Home) -> int:
    endpoints = EmbeddedAws(home.embedded).start(_say)
    print(f"the embedded AWS is at {endpoints.aws_endpoint_url}")
    return 0


def _status(_: argparse.Namespace, home: Home) -> int:
    status = EmbeddedAws(home.embedded).status()
    if status.endpoints is None:
        print("the embedded AWS does not run")
    else:
        print(f"the embedded AWS is at {status.endpoints.aws_endpoint_url}")
        print(f"its providers are at {status.endpoints.debug_providers}")
    for role, log in status.logs.items():
        process = status.processes.get(role)
        print(f"{role}: {f'process {process}' if process else 'no process'}, log {log}")
    return 0 if status.endpoints else _NOT_RUNNING


def _down(chosen: argparse.Namespace, home: Home) -> int:
    embedded = EmbeddedAws(home.embedded)
    endpoints = embedded.status().endpoints
    if chosen.check_empty:
        if endpoints is None:
            print("the embedded AWS does not run, so it can tell nothing", file=sys.stderr)
            return _NOT_RUNNING
        from local.leftovers import leftovers

        left = list(leftovers(endpoints.aws_endpoint_url, embedded.regions()))
        if left:
            print("the embedded AWS is not empty:", *left, sep="\n  ", file=sys.stderr)
            return 1
        print("the embedded AWS is empty")
    embedded.stop()
    print("the embedded AWS is stopped")
    return 0


def _exec(chosen: argparse.Namespace, home: Home) -> int:
    words = chosen.command[1:] if chosen.command[:1] == ["--"] else chosen.command
    if not words:
        print("name the command to run: python -m local exec -- COMMAND ...", file=sys.stderr)
        return 2
    environment = _environment(home)
    try:
        # In place of this process: signals and the exit code are the command's own.
        os.execvpe(words[0], words, environment)
    except OSError as error:
        print(f"{words[0]} cannot be run: {error.strerror}", file=sys.stderr)
        return 127 if isinstance(error, FileNotFoundError) else 126


def _environment(home: Home) -> Mapping[str, str]:
    from local.language_host.install import ensure_language_host
    from local.remembered import outlived_by_a_stack

    folder = ensure_language_host(ensure_engine(_say), home.bin)
    endpoints = EmbeddedAws(home.embedded).start(_say)
    refresh = outlived_by_a_stack(home.state, endpoints.started_ns)
    if refresh:
        _say("the embedded AWS has begun anew since a stack was created; pulumi looks at it first")
    return command_environment(
        os.environ,
        home,
        folder,
        endpoints.aws_endpoint_url,
        endpoints.debug_providers,
        refresh,
    )


if __name__ == "__main__":
    sys.exit(main())
