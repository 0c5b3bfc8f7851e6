"""Runs one Pulumi program. Started by the language host, in the program's own Python.

It stands alone: that Python may know nothing of this project, and may be an older one.
The arguments and variables are those of the official host (github.com/pulumi/pulumi v3.250.0,
sdk/python/cmd/pulumi-language-python/main.go), so a program cannot tell the difference.
"""

import argparse
import asyncio
import logging
import os
import runpy
import signal
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

# Tells the host that the operator has been shown what is wrong.
EXIT_CODE_INTERRUPTED = 130  # 128 and SIGINT
EXIT_CODE_ERROR_SHOWN = 32
GRACE_SECONDS = 2.0  # for a program that is interrupted
_interrupted = threading.Event()


def main() -> int:
    # Python put this file's folder first; the program's imports must not look there.
    sys.path.pop(0)
    try:
        import pulumi
        import pulumi.runtime
    except ImportError:
        traceback.print_exc()
        print(
            f"The pulumi package is not installed for {sys.executable}; "
            f"run `{sys.executable} -m pip install -r requirements.txt` in the program's folder.",
            file=sys.stderr,
        )
        return 1
    arguments = _arguments()
    _configure(arguments)
    sys.argv = [arguments.program, *arguments.program_arguments]
    if arguments.pwd is not None:
        os.chdir(arguments.pwd)
    main_file = os.path.abspath(arguments.program)
    if os.path.isdir(main_file):
        main_file = os.path.join(main_file, "__main__.py")
    if not os.path.isfile(main_file):
        pulumi.log.error(f"there is no program: {main_file} does not exist")
        return EXIT_CODE_ERROR_SHOWN
    try:
        _run(arguments.program, arguments.parallel)
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return EXIT_CODE_ERROR_SHOWN
    except Exception as error:
        pulumi.log.error(
            "Program failed with an unhandled exception:\n" + _traceback(error, main_file)
        )
        return EXIT_CODE_ERROR_SHOWN
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("monitor", "engine", "project", "root_directory", "stack", "pwd"):
        parser.add_argument("--" + name)
    parser.add_argument("--organization")
    parser.add_argument("--dry_run", type=lambda word: word == "true")
    parser.add_argument("--parallel", type=int)
    parser.add_argument("program")
    parser.add_argument("program_arguments", nargs="*")
    return parser.parse_args()


def _configure(arguments: argparse.Namespace) -> None:
    from pulumi import runtime

    runtime.set_all_config(runtime.get_config_env(), runtime.get_config_secret_keys_env())
    runtime.configure(
        runtime.Settings(
            project=arguments.project,
            stack=arguments.stack,
            monitor=arguments.monitor,
            engine=arguments.engine,
            parallel=arguments.parallel,
            dry_run=arguments.dry_run,
            organization=arguments.organization,
            root_directory=arguments.root_directory,
        )
    )


def _run(program: str, parallel: "int | None") -> None:
    from pulumi import runtime

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # Four threads for each resource that may be under way at once, as the official host has:
    # each waits for the engine in one.
    executor = ThreadPoolExecutor(max_workers=max(parallel or 1, 1) * 4)
    loop.set_default_executor(executor)
    # A failed program leaves awaited work behind, which asyncio would complain about at length.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        loop.run_until_complete(
            runtime.run_in_stack(lambda: _nothing(runpy.run_path(program, run_name="__main__")))
        )
    finally:
        executor.shutdown(wait=True)
        loop.close()


def _nothing(_: object) -> None:
    """run_in_stack awaits what it is given back; a module's globals are nothing to await."""


def _traceback(error: Exception, main_file: str) -> str:
    """From the program's own first line on: what called it is no concern of its author."""
    frames = error.__traceback__
    while frames is not None and os.path.abspath(frames.tb_frame.f_code.co_filename) != main_file:
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames or error.__traceback__))


def _end_when_interrupted() -> None:
    """From now on an interrupt ends the process, in silence: the engine tells the reason itself.

    Python tells the main thread alone, and only when that runs Python again. A call that waits for
    an engine which no longer answers keeps it from that for 20 seconds, and the exception may then
    come up where it is dropped. The byte that the signal writes is seen at once.
    """
    begun, seen = os.pipe()
    os.set_blocking(seen, False)
    signal.set_wakeup_fd(seen, warn_on_full_buffer=False)

    def watch() -> None:
        while os.read(begun, 1) != bytes([signal.SIGINT]):
            pass
        _interrupted.set()
        time.sleep(GRACE_SECONDS)  # what the program has to end, it may end
        _end(EXIT_CODE_INTERRUPTED)

    threading.Thread(target=watch, daemon=True).start()


def _end(exit_code: int) -> None:
    """At once: threads may still wait for an engine that no longer answers."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


if __name__ == "__main__":
    _end_when_interrupted()
    try:
        exit_code = main()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) or _interrupted.is_set():
            _end(EXIT_CODE_INTERRUPTED)
        raise
    sys.stdout.flush()
    sys.stderr.flush()
    sys.exit(exit_code)
