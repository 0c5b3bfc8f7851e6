"""Stack files of clusters that take each other's place, brought up by the real engine.

Each is as small as one may be: one controller, which its member of etcd lives on, and one node.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.environment import backend_url
from tests.engine.stack_copies import config_of
from tests.engine.told_steps import aws_steps
from tests.engine.world import World
from tests.plan.pki.authority import Theirs, pem_of
from tests.scenarios import EXAMPLES, ROOT

EXAMPLE = EXAMPLES / "self-hosted"
PAGE = (ROOT / "docs" / "self-hosted" / "blue-green.md").read_text(encoding="utf-8")
REGION = "ap-northeast-1"
ZONES = [f"ap-northeast-1{letter}" for letter in "acd"]
DOMAIN = "k8s.example.com"
PEOPLE = f"api.{DOMAIN}"
BLUE, GREEN = "blue", "green"
PROGRAM = f"""
import runpy, sys
sys.path.insert(0, {str(ROOT)!r})
runpy.run_path({str(ROOT / "__main__.py")!r}, run_name="__main__")
"""


def own_name(cluster: str) -> str:
    """What machines of a cluster call, and people whose name leads to it."""
    return f"api.{cluster}.{DOMAIN}"


def config(
    cluster: str, authorities: Mapping[str, Theirs], vpc_id: str, zone_id: str
) -> dict[str, Any]:  # fmt: skip
    """Of one of them, as the page has it. vpc_id: of people; zone_id: of the name they call."""
    example = config_of(EXAMPLE / "Pulumi.self-hosted.yaml")
    (other,) = authorities.keys() - {cluster}
    (text,) = re.findall(rf"```yaml\n(# Pulumi\.{cluster}\.yaml.*?)```", PAGE, re.DOTALL)
    for placeholder, value in (("vpc-0123456789abcdef0", vpc_id), ("Z0123456789ABC", zone_id)):
        text = text.replace(placeholder, value)
    written = yaml.safe_load(text)["config"]
    found = {key.removeprefix("heiiki:"): value for key, value in written.items()}
    plane = found["controlPlane"]
    assert plane["kubeconfig"]["alsoTrusted"].endswith(f"… {other}'s Kubernetes authority\n")
    plane["kubeconfig"]["alsoTrusted"] = authorities[other].pem
    supplied = {"kubernetes": {"certificate": authorities[cluster].pem}}
    plane["pki"] = {**plane.get("pki", {}), "kind": "caSupplied", "authorities": supplied}
    plane["artifacts"] = example["controlPlane"]["artifacts"]
    plane["etcd"] = {"placement": "controllers", "members": 1}
    plane["encryption"] = {"kind": "localKeys"}
    pool = {"instanceType": "m7i.large", "minSize": 1, "maxSize": 1}
    smallest = {"region": REGION, "availabilityZones": ZONES, "profile": "development"}
    return {**smallest, **found, "nodePools": {"workers": pool}}


def supplied_zones(asked: Mapping[str, Any]) -> dict[str, Any]:
    """As `heiiki lock` reads them: those that others made for the name that people call."""
    records = [end.get("record", {}) for end in asked["controlPlane"]["endpoints"].values()]
    named = [record.get("zone", {}).get("hostedZoneId") for record in records]
    zone = {"name": DOMAIN, "private": True, "vpcIds": []}
    return {one: dict(zone) for one in named if one is not None}


@dataclass(frozen=True)
class Stacks:
    """All in one project, whose folder holds their files."""

    world: World
    folder: Path

    @classmethod
    def begin(cls, world: World, folder: Path) -> "Stacks":
        (folder / "state").mkdir(parents=True)
        runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
        project = {"name": "heiiki", "runtime": runtime}
        (folder / "Pulumi.yaml").write_text(json.dumps(project), encoding="utf-8")
        (folder / "__main__.py").write_text(PROGRAM, encoding="utf-8")
        return cls(world, folder)

    def make(self, name: str, asked: Mapping[str, Any], authority: Theirs) -> None:
        """A stack that is yet to be brought up."""
        lock = yaml.safe_load((EXAMPLE / "heiiki.self-hosted.lock.yaml").read_text("utf-8"))
        lock["supplied"] = {"hostedZones": supplied_zones(asked)}
        text = yaml.safe_dump(lock)
        (self.folder / f"heiiki.{name}.lock.yaml").write_text(text, encoding="utf-8")
        self.pulumi("stack", "init", name)
        self.ask(name, asked)
        secret = ("config", "set", "--secret", "heiiki-pki:kubernetes-ca.key")
        self.pulumi(*secret, "--stack", name, given=pem_of(authority.key))

    def ask(self, name: str, asked: Mapping[str, Any]) -> None:
        """What the stack file asks for from now on; what the engine wrote into it stays."""
        file = self.folder / f"Pulumi.{name}.yaml"
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        document = yaml.safe_load(text) or {}
        kept = {k: v for k, v in document.get("config", {}).items() if not k.startswith("heiiki:")}
        document["config"] = {**kept, **{f"heiiki:{key}": value for key, value in asked.items()}}
        file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")

    def up(self, name: str) -> list[str]:
        """What was done, as `update route53/record api-people`, but for nothing."""
        said = self.pulumi("up", "--yes", "--skip-preview", "--json", "--stack", name)
        return sorted(aws_steps(said))

    def outputs(self, name: str) -> dict[str, Any]:
        """With secrets in the clear."""
        said = self.pulumi("stack", "output", "--json", "--show-secrets", "--stack", name)
        found: dict[str, Any] = json.loads(said)
        return found

    def pulumi(self, *words: str, given: str | None = None) -> str:
        environment = {
            k: v for k, v in self.world.environment.items() if not k.startswith("PYTHON")
        }
        environment |= {
            "PULUMI_BACKEND_URL": backend_url(self.folder / "state"),
            "HEIIKI_STACK_DIR": str(self.folder),
        }
        ended = subprocess.run(
            ["pulumi", *words, "--non-interactive"], cwd=self.folder, env=environment,
            input=given, stdin=subprocess.DEVNULL if given is None else None,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout
        return ended.stdout
