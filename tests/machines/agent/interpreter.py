"""Which interpreter runs what machines run: the image's 3.9 where there is one, else our own."""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

OLDEST = "3.9"


@cache
def interpreter() -> str:
    """AL2023's /usr/bin/python3 is 3.9; what it may not know is looked for in the sources too."""
    versions = Path.home() / ".pyenv" / "versions"
    found = [shutil.which(f"python{OLDEST}"), *map(str, versions.glob(f"{OLDEST}.*/bin/python"))]
    for candidate in filter(None, found):
        asked = [candidate, "-c", "import sys, ssl; print('%d.%d' % sys.version_info[:2])"]
        ended = subprocess.run(asked, capture_output=True, text=True)
        if ended.returncode == 0 and ended.stdout.strip() == OLDEST:
            return candidate
    return sys.executable
