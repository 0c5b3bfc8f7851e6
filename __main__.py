"""What `pulumi up` runs: read the stack's configuration and its files, declare, export."""

import atexit
import gc
import os

gc.disable()  # a short-lived process that keeps nearly all it makes: nothing to look for
atexit.register(gc.freeze)  # Python would look all the same when it ends
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "1"  # nobody's judges here; to look for some reads a lot

import sys
from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from components import sdk

sdk.load_by_name()
if not os.environ.get("HEIIKI_SDK_DEBUG"):  # set it to see them with `pulumi --debug`
    sdk.leave_out_debug_messages()
    sdk.leave_out_callers()

from components.asked import read_asked
from components.program import program
from spec.errors import SpecError


def main() -> None:
    """Export the stack's outputs, or end with every fault as one message and no traceback."""
    judged = os.environ.get("HEIIKI_STACK_DIR")  # set by heiiki, whose commands read these files
    directory = Path(judged or Path(__file__).parent)  # of both files
    try:
        config = {**get_config_env(), **CONFIG.get()}
        asked = read_asked(
            config, stack=pulumi.get_stack(), directory=directory, judged=bool(judged)
        )
        outputs = program(
            asked.spec, asked.lock, where=asked.where, part=asked.part, secrets=asked.secrets
        )
    except SpecError as error:
        pulumi.log.error(str(error))
        sys.exit(1)
    for name, value in outputs.items():
        pulumi.export(name, value)


main()
pulumi.run(sdk.begin_registrations)
