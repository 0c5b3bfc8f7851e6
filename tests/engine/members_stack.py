"""The small program of members and controllers, brought up by the real engine."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.environment import backend_url
from tests.engine.told_steps import aws_steps
from tests.engine.world import World
from tests.scenarios import ROOT

PROGRAM = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})

import json
from pathlib import Path

from tests.self_hosted_program import declare

asked = json.loads(Path("asked.json").read_text())
declare(asked, asked.pop("imageId"))
"""


@dataclass(frozen=True)
class Ended:
    """How a command of the engine ended, and what it said on either stream."""

    code: int
    text: str


@dataclass(frozen=True)
class MembersStack:
    """One stack in a folder and a state of its own."""

    world: World
    folder: Path
    image_id: str

    @classmethod
    def begin(cls, world: World, folder: Path, region: str, image_id: str) -> "MembersStack":
        made = cls(world, folder, image_id)
        (folder / "state").mkdir(parents=True)
        project = {"name": "members", "runtime": {"name": "python", "options": {
            "toolchain": "pip", "virtualenv": sys.prefix}}}  # fmt: skip
        (folder / "Pulumi.yaml").write_text(json.dumps(project), encoding="utf-8")
        (folder / "__main__.py").write_text(PROGRAM, encoding="utf-8")
        made.ask({})
        for words in (("stack", "init", "own"), ("config", "set", "aws:region", region)):
            ended = made.run(*words)
            assert ended.code == 0, ended.text
        return made

    def ask(self, asked: dict[str, Any]) -> None:
        """What the program is asked for from now on."""
        text = json.dumps({"imageId": self.image_id, **asked})
        (self.folder / "asked.json").write_text(text, encoding="utf-8")

    def run(self, *words: str) -> Ended:
        environment = {
            name: value
            for name, value in self.world.environment.items()
            if not name.startswith("PYTHON")
        }
        ended = subprocess.run(
            ["pulumi", *words, "--non-interactive"],
            cwd=self.folder,
            env={**environment, "PULUMI_BACKEND_URL": backend_url(self.folder / "state")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout)

    def up(self) -> list[str]:
        """Bring it up; what was done, as `update ec2/launchTemplate etcd-1a`, but for nothing."""
        ended = self.run("up", "--yes", "--skip-preview", "--json")
        assert ended.code == 0, ended.text
        return sorted(aws_steps(ended.text))

    def outputs(self) -> dict[str, Any]:
        ended = self.run("stack", "output", "--json")
        found: dict[str, Any] = json.loads(ended.text)
        return found
