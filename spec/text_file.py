"""Read a file that an operator names: what may be wrong with it is a fault and no traceback."""

import stat
from pathlib import Path

from spec.errors import Fault, SpecError


def is_there(path: Path) -> bool:
    """Whether something has this name, be it a folder or a link into nowhere."""
    try:
        path.lstat()
    except (OSError, ValueError):
        return False
    return True


def read_text_file(path: Path) -> str:
    """The file's text, or SpecError. A pipe or a device is not opened: it might never end."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "a directory" if stat.S_ISDIR(mode) else "no ordinary file"
            raise SpecError([Fault("", f"is {what}; a file is needed here")], where=path.name)
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        fault = Fault("", f"is no UTF-8 text at byte {error.start}; save it as UTF-8")
        raise SpecError([fault], where=path.name) from None
    except OSError as error:
        fault = Fault("", f"cannot be read: {error.strerror}")
        raise SpecError([fault], where=path.name) from None
