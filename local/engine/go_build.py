"""The engine, built from its Go module at the pinned version."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from local.engine.cache import Progress
from local.engine.model import PINNED_VERSION, WayFailedError, dotted
from local.go_command import GO_VERSION, run_go

# go.mod and go.sum beside this file name every module by version and checksum.
MODULE_DIRECTORY = Path(__file__).parent
PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"


def build(folder: Path, environment: Mapping[str, str], progress: Progress) -> None:
    """Fills `folder` with pulumi. About four minutes on two cores from an empty build cache."""
    go = shutil.which("go", path=environment.get("PATH", ""))
    if go is None:
        raise WayFailedError(
            f"there is no go on PATH; install Go {GO_VERSION} or newer (https://go.dev/doc/install)"
        )
    progress(f"building the engine {dotted(PINNED_VERSION)} with {go} (about four minutes)")
    command = [
        go,
        "build",
        "-trimpath",
        "-buildvcs=false",
        "-mod=readonly",
        # Without it the engine reports no version.
        f"-ldflags=-s -w -X {_VERSION_VARIABLE}=v{dotted(PINNED_VERSION)}",
        "-o",
        str(folder / "pulumi"),
        PACKAGE,
    ]
    exit_code, last_lines = run_go(
        command,
        MODULE_DIRECTORY,
        environment,
        lambda seconds: progress(f"building the engine, {seconds:.0f} s so far"),
    )
    if exit_code != 0:
        raise WayFailedError(
            f"{go} could not build {PACKAGE} (exit {exit_code}); its last words:\n{last_lines}"
        )
