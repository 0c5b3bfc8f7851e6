"""Write the pages that follow from the code, or with --check say which of them are out of date.

python -m docs.generate [--check]
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from docs.boot_page import boot_page
from docs.carried_page import carried_page
from docs.cis_page import cis_page
from docs.command_page import command_page
from docs.local_page import local_page
from docs.network_page import network_page
from docs.options_page import options_page
from docs.permissions_page import real_account_page
from docs.pki_page import pki_page
from docs.self_hosted_firewall_page import self_hosted_firewall_page
from docs.stack_schema import schema_text
from docs.supplied_page import supplied_page

FOLDER = Path(__file__).parent


def pages() -> dict[Path, str]:
    """Every generated file and what belongs into it."""
    return {
        FOLDER / "options.md": options_page(),
        FOLDER / "command.md": command_page(),
        FOLDER / "local.md": local_page(),
        FOLDER / "supplied.md": supplied_page(),
        FOLDER / "real-account.md": real_account_page(),
        FOLDER / "self-hosted" / "boot.md": boot_page(),
        FOLDER / "schema" / "heiiki.schema.json": schema_text(),
        FOLDER / "architecture" / "network.md": network_page(),
        FOLDER / "self-hosted" / "carried.md": carried_page(),
        FOLDER / "self-hosted" / "cis.md": cis_page(),
        FOLDER / "self-hosted" / "firewall.md": self_hosted_firewall_page(),
        FOLDER / "self-hosted" / "pki.md": pki_page(),
    }


def main(arguments: Sequence[str]) -> int:
    """0, or with --check 1 where a page is out of date; 2 for other arguments."""
    if list(arguments) not in ([], ["--check"]):
        print("usage: python -m docs.generate [--check]", file=sys.stderr)
        return 2
    stale = []
    for path, text in pages().items():
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(str(path.relative_to(FOLDER.parent)))
        if not arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"{name}: {'is out of date; run make docs' if arguments else 'written'}")
    return 1 if stale and arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
