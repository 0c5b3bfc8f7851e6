"""The agent as one file that Python runs: a zip archive of its modules, the same bytes every time.

Nothing is compressed: what compresses differs between builds of zlib, and other bytes would be
another digest, which replaces every machine.
"""

import io
import zipfile
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("agent")
BEGIN = b"#!/usr/bin/python3\n"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip archive can say
_MAIN = "import sys\n\nfrom machines.agent.__main__ import main\n\nsys.exit(main(sys.argv[1:]))\n"


@cache  # each bundle of each role has it
def agent_program() -> bytes:
    """An executable file for Python 3.9 or newer."""
    sources = {"__main__.py": _MAIN, "machines/__init__.py": ""}
    for path in sorted(FOLDER.rglob("*.py")):
        name = path.relative_to(FOLDER.parent.parent).as_posix()
        sources[name] = path.read_text(encoding="utf-8")
    file = io.BytesIO()
    file.write(BEGIN)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, source in sorted(sources.items()):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, source)
    return file.getvalue()
