"""Show Checkov and cfn-lint every mutation of the catalogue, and write what they find:

    python -m bench.peers            into bench/peers/found.json and docs/proof/peers.md

It installs both, pinned, into the cache, which takes a package index. Ten minutes on one core.
"""

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
    interpreter = judges.install()
    versions = judges.versions()
    every = list(cases())
    answers = {}
    with tempfile.TemporaryDirectory() as folder:
        for peer, form in found.FORMS.items():
            documents = found.documents(form, every)
            print(f"{peer} {versions[peer]}: {len(documents)} documents", flush=True)
            answers[peer] = judges.asked(interpreter, peer, documents, Path(folder) / peer)
    text = found.written(found.told(every, answers), versions)
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
