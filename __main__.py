"""What `pulumi up` runs: read the stack's configuration and its lock file, declare, export."""

import gc

gc.disable()  # short-lived, and nearly all it makes stays: looking for garbage would cost a third

import os
import sys
from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from components.program import program
from spec.errors import Fault, SpecError
from spec.lock import lock_file_name, parse_lock
from spec.stack_file import parse_pulumi_config


def main() -> None:
    """Export the stack's outputs, or end with every fault as one message and no traceback."""
    stack = pulumi.get_stack()
    where = f"Pulumi.{stack}.yaml"
    # A stack file may lie elsewhere than here, and its lock file lies beside it.
    directory = Path(os.environ.get("HEIIKI_STACK_DIR", Path(__file__).parent))
    lock_file = directory / lock_file_name(stack)
    try:
        config = {**get_config_env(), **CONFIG.get()}
        spec = parse_pulumi_config(config, where=where)
        if not lock_file.is_file():
            fault = Fault("", f"is missing beside {where}; run heiiki lock --stack {stack}")
            raise SpecError([fault], where=lock_file.name)
        lock = parse_lock(lock_file.read_text(encoding="utf-8"), where=lock_file.name)
        for name, value in program(spec, lock, where=where).items():
            pulumi.export(name, value)
    except SpecError as error:
        pulumi.log.error(str(error))
        sys.exit(1)


main()
