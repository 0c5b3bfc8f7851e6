"""What local machines need: root, the programs that make networks, and the machines' image."""

from pathlib import Path

from local.machines.errors import MachinesError
from local.machines.image import ensure_image
from local.machines.requirements import require
from tests.tools import shell
from tests.tools.missing import ToolError


def provide() -> Path:
    """Make the image, unless it is there; ToolError says why there can be no machines here."""
    shell.provide("ip", "nft", "unshare")
    try:
        require()
        return ensure_image(lambda _: None)
    except MachinesError as error:
        raise ToolError(str(error)) from error
