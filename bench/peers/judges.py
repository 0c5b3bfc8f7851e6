"""Checkov and cfn-lint, in an environment of their own, asked about folders of documents."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.engine.cache import cache_directory

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"
SCRIPTS = {"checkov": HERE / "judge_checkov.py", "cfn-lint": HERE / "judge_cfn_lint.py"}
SECONDS = 3600

Findings = Mapping[str, list[tuple[str, str]]]


def versions() -> dict[str, str]:
    """What is pinned."""
    pins = (line.partition("==") for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    return {name: version for name, _, version in pins if name in SCRIPTS}


def folder() -> Path:
    """Where this very set of packages is installed; another set has another folder."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    return cache_directory(os.environ) / "peers" / digest


def install() -> Path:
    """The interpreter of the environment, made unless it is there."""
    home = folder()
    interpreter = home / "bin" / "python"
    if not (home / ".made").exists():
        shutil.rmtree(home, ignore_errors=True)
        venv.create(home, with_pip=True)
        pip = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--no-deps", "-r", str(REQUIREMENTS)], check=True)
        (home / ".made").touch()
    return interpreter


def asked(interpreter: Path, peer: str, documents: Mapping[str, Any], work: Path) -> Findings:
    """What a peer says fails of each document, by the document's name."""
    work.mkdir(parents=True)
    for name, document in documents.items():
        (work / f"{name}.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
    command = [str(interpreter), str(SCRIPTS[peer]), str(work)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode != 0:
        raise RuntimeError(f"{peer} failed:\n{done.stderr[-4000:]}")
    answers = json.loads(done.stdout)
    if set(answers) != {f"{name}.json" for name in documents}:
        raise RuntimeError(f"{peer} did not answer for every document")
    return {name.removesuffix(".json"): [(c, r) for c, r in said] for name, said in answers.items()}


def checks(interpreter: Path, of: str = "AWS", framework: str = "terraform") -> list[str]:
    """The ids of all that Checkov knows of AWS, or of K8S."""
    command = [str(interpreter.with_name("checkov")), "--list", "--framework", framework]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS)
    return sorted(set(re.findall(rf"\bCKV2?_{of}_\d+\b", listed.stdout)))
