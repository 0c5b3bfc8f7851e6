"""The approver of serving certificates that is carried in: what it does not begin with. What it
decides is in tests/control_plane and, under its own table, in test_sources.py."""

import subprocess
from pathlib import Path

import pytest

from local.carry_in.programs import OWN

pytestmark = pytest.mark.tools
GIVEN = ["--cluster=dev", "--region=ap-northeast-1"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (GIVEN[:1], "--cluster and --region must be given"),
        (GIVEN[1:], "--cluster and --region must be given"),
        ([*GIVEN, "more"], "is no flag"),
        ([*GIVEN, "--unknown=1"], "flag provided but not defined: -unknown"),
        (GIVEN, "unable to load in-cluster configuration"),
        ([*GIVEN, "--kubeconfig=missing"], "no such file or directory"),
    ],
)
def test_what_it_cannot_begin_with_ends_it_and_is_told(
    tmp_path: Path, given: list[str], sentence: str
) -> None:
    done = subprocess.run(
        [OWN.binary("serving-approver"), *given], cwd=tmp_path, env={}, capture_output=True,
        text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and sentence in done.stderr
