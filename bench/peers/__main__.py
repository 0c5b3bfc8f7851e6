"""Show Checkov and cfn-lint every mutation of the catalogue, and write what they find:

    python -m bench.peers            into bench/peers/found.json and docs/proof/peers.md
    python -m bench.peers --new      only those that they were not shown yet; other answers stay

It installs both, pinned, into the cache, which takes a package index. Ten minutes on one core.
"""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "policies"))  # the pack's own folder is its import root

from bench.peers import found, judges, page
from bench.peers.cases import cases

PAGE = ROOT / "docs" / "proof" / "peers.md"


def main() -> None:
    """Install, render, ask, write."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers")
    parser.add_argument("--new", action="store_true", help="what they were not shown yet alone")
    new = parser.parse_args().new
    interpreter = judges.install()
    versions = judges.versions()
    every = list(cases())
    kept = found.kept(every, versions) if new else {}
    asked = [case for case in every if case.entry.id not in kept]
    answers = {}
    with tempfile.TemporaryDirectory() as folder:
        for peer, form in found.FORMS.items():
            documents = found.documents(form, asked)
            print(f"{peer} {versions[peer]}: {len(documents)} documents", flush=True)
            answers[peer] = judges.asked(interpreter, peer, documents, Path(folder) / peer)
    told = kept | {case.entry.id: each for case, each in zip(
        asked, found.told(asked, answers), strict=True)}  # fmt: skip
    text = found.written((told[case.entry.id] for case in every), versions)
    found.FILE.write_text(text, encoding="utf-8")
    for path, of, framework in (
        (page.CHECKS, "AWS", "terraform"), (page.KUBERNETES_CHECKS, "K8S", "kubernetes")
    ):  # fmt: skip
        named = (
            f"# Ids of Checkov {versions['checkov']} for {of}; python -m bench.peers writes them."
        )
        ids = "\n".join([named, *judges.checks(interpreter, of, framework)])
        path.write_text(ids + "\n", encoding="utf-8")
    PAGE.write_text(page.render(text), encoding="utf-8")


if __name__ == "__main__":
    main()
