"""An engine, an embedded AWS and a state of their own, for one test module."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from typer.testing import CliRunner

from automation import Stack
from automation.commands.app import app
from local.embedded import EmbeddedAws
from local.engine import ensure_engine
from local.environment import Home, command_environment
from local.language_host.install import ensure_language_host
from tests.scenarios import EXAMPLES
from tests.warm.start import STEP_BY_STEP, WarmEmbeddedAws, hurried, warmed


@dataclass(frozen=True)
class World:
    """Everything lives below one folder and ends with it."""

    home: Home
    embedded: EmbeddedAws
    aws_endpoint_url: str
    environment: Mapping[str, str]

    @classmethod
    def begin(cls, directory: Path) -> "World":
        home = Home(directory / "home")
        folder = ensure_language_host(ensure_engine(print), home.bin)
        warmed(folder)
        embedded = WarmEmbeddedAws(home.embedded)
        endpoints = embedded.start()
        engine = hurried(folder, directory / "hurried")
        environment = command_environment(
            os.environ, home, engine, endpoints.aws_endpoint_url, endpoints.debug_providers,
            refresh=False,
        )  # fmt: skip
        return cls(
            home,
            embedded,
            endpoints.aws_endpoint_url,
            {**environment, "HEIIKI_HOME": str(home.directory)},
        )

    @property
    def killable(self) -> "World":
        """The same world with engines that record each step, so that they can be killed."""
        return replace(self, environment={**self.environment, STEP_BY_STEP: "1"})

    def stack(self, scenario: str, folder: Path | None = None, **more: object) -> Stack:
        """The example's stack; folder: where a changed copy of its files lies."""
        file = (folder or EXAMPLES / scenario) / f"Pulumi.{scenario}.yaml"
        return Stack(scenario, file=file, environment=self.environment, **more)

    def heiiki(self, *arguments: str) -> str:
        """What the command prints; it must succeed. In this process, which has read what it needs:
        that it is one of its own to users is shown elsewhere (test_make.py, tests/automation)."""
        ended = CliRunner().invoke(app, arguments, env=self.environment)
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    def end(self) -> None:
        """Stop what was started."""
        self.embedded.stop()
