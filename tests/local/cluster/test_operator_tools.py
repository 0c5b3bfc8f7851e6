"""What people bring along to the operator's machine, while somebody uses what is there."""

import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

from local.cluster.operator_tools import (
    FOLDER,
    KUBECONFIGS,
    KUBECTL,
    bring_kubeconfigs,
    bring_programs,
)


def test_a_program_is_brought_anew_while_it_runs(tmp_path: Path) -> None:
    """A rotation brings all of it after each update, and people use kubectl meanwhile."""
    folder, brought = tmp_path / FOLDER.lstrip("/"), tmp_path / "brought"
    folder.mkdir(parents=True)
    brought.write_bytes(b"another")
    programs = dict.fromkeys((KUBECTL, "aws-iam-authenticator"), SimpleNamespace(path=brought))
    shutil.copy(str(shutil.which("cat")), folder / KUBECTL)
    running = subprocess.Popen(
        [folder / KUBECTL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    bring_programs(tmp_path, programs)  # type: ignore[arg-type]
    assert running.communicate("it runs on", timeout=60)[0] == "it runs on"
    assert {one.name: (one.stat().st_mode & 0o777) for one in folder.iterdir()} == dict.fromkeys(
        (KUBECTL, "aws-iam-authenticator", "aws"), 0o755
    )
    assert (folder / KUBECTL).read_bytes() == b"another"


def test_a_kubeconfig_is_whole_at_any_time_and_root_s_alone(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    for text in ("the first", "next"):
        bring_kubeconfigs(tmp_path, dict.fromkeys(KUBECONFIGS, text))
        for path in KUBECONFIGS.values():
            file = tmp_path / path.lstrip("/")
            assert (file.read_text(), file.stat().st_mode & 0o777) == (text, 0o600)
        if text == "the first":
            held = [(tmp_path / path.lstrip("/")).open() for path in KUBECONFIGS.values()]
    assert [one.read() for one in held] == ["the first"] * 2, "who reads it has all of that"
    for one in held:
        one.close()
