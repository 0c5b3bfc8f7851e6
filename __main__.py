"""What `pulumi up` runs: read the stack's configuration and its files, declare, export."""

import gc

gc.disable()  # a short-lived process that keeps nearly all it makes: nothing to look for

import os
import sys
from pathlib import Path

# Nobody's plugin judges a stack file, and to look for some reads of every package that is there.
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "1"

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from components import sdk

sdk.load_by_name()
if not os.environ.get("HEIIKI_SDK_DEBUG"):  # set it to see them with `pulumi --debug`
    sdk.leave_out_debug_messages()

from components.asked import read_asked
from components.program import program
from spec.errors import SpecError


def main() -> None:
    """Export the stack's outputs, or end with every fault as one message and no traceback."""
    # A stack file may lie elsewhere than here, and its lock file lies beside it.
    directory = Path(os.environ.get("HEIIKI_STACK_DIR", Path(__file__).parent))
    config = {**get_config_env(), **CONFIG.get()}
    try:
        asked = read_asked(config, stack=pulumi.get_stack(), directory=directory)
        outputs = program(asked.spec, asked.lock, where=asked.where, part=asked.part)
    except SpecError as error:
        pulumi.log.error(str(error))
        sys.exit(1)
    for name, value in outputs.items():
        pulumi.export(name, value)


main()
