"""The real engine over a tiny program of raw resources, with the pack, on a provider of ours.

What this proves: the engine starts the pack, hands it configuration and resources as the pack
expects, and fails on what it reports. It proves nothing about AWS or the real providers.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.engine import ensure_engine
from local.environment import engine_home
from local.language_host.install import ensure_language_host
from tests.policies.analyzer import REGION
from tests.warm.keys import CREDENTIALS
from tests.warm.start import hurried, warmed

PACK = Path(__file__).parents[2] / "policies"

PROGRAM = """
import asyncio
import json
import pulumi

made = {}


def value(given):
    match given:
        case list():
            return [value(item) for item in given]
        case {"idOf": name}:
            return made[name].id
        case {"appliedOf": name}:  # an unknown Output that knows where it comes from
            return pulumi.Output.from_input(made[name].id).apply(lambda known: known)
        case {"outputOf": [name, output_name]}:
            return made[name].get_output(output_name)
        case {"outOf": where}:
            return NOWHERE[where]()
        case {"calledFor": known}:  # a function of the provider says it
            table = "aws:ec2/getRouteTable:getRouteTable"
            return pulumi.runtime.invoke(table, {"routeTableId": known}).value["routeTableId"]
        case dict():
            return {key: value(item) for key, item in given.items()}
    return given


def settled(result):
    future = asyncio.get_event_loop().create_future()
    future.set_result(result)
    return future


def output(resources):
    return pulumi.Output(resources, settled(None), settled(False))


NOWHERE = {  # unknown, and of no resource
    "output": lambda: output(set()),
    "constant": lambda: pulumi.runtime.rpc.UNKNOWN,
    "lookup": lambda: pulumi.Output.from_input("x").apply(lambda _: output(set())),
}


items = json.load(open("resources.json"))
added = {item["name"]: item["props"].pop("byTransform", {}) for item in items}


def transform(args):
    return pulumi.ResourceTransformResult({**args.props, **added.get(args.name, {})}, args.opts)


if any(added.values()):
    pulumi.runtime.register_resource_transform(transform)
for item in items:
    if item["type"] == "pulumi:pulumi:StackReference":
        made[item["name"]] = pulumi.StackReference(item["name"], value(item["props"]["stack"]))
        continue
    if item["type"].startswith("acme:"):
        pulumi.ComponentResource(item["type"], item["name"], item["props"])
        continue
    if item["type"] == "output":
        pulumi.export(item["name"], value(item["props"]["value"]))
        continue
    props = {key: value(given) for key, given in item["props"].items()}
    read = pulumi.ResourceOptions(id=item["read"]) if item["read"] else None
    resource = pulumi.CustomResource(item["type"], item["name"], props, read)
    made[item["name"]] = made[item["type"] + "::" + item["name"]] = resource
"""

# type, name, inputs, and the id of one that is only read
Item = tuple[str, str, dict[str, Any]] | tuple[str, str, dict[str, Any], str]


@dataclass(frozen=True)
class Outcome:
    """How a command of the engine ended, and what it said."""

    code: int
    text: str
    out: str  # stdout alone


class Stack:
    """A stack in a folder of its own, on a local backend."""

    def __init__(self, folder: Path, provider_port: int) -> None:
        engine = ensure_engine(lambda line: None)
        binaries = ensure_language_host(engine, folder / "bin")
        warmed(binaries)
        binaries = hurried(binaries, folder / "hurried")
        self._folder, state = folder / "project", folder / "state"
        self._folder.mkdir()
        state.mkdir()
        runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
        region = {"aws:region": {"value": REGION}}
        project = {"name": "raw", "runtime": runtime, "main": ".", "config": region}
        (self._folder / "Pulumi.yaml").write_text(json.dumps(project))
        (self._folder / "__main__.py").write_text(PROGRAM)
        self._environment = {
            **os.environ,
            **CREDENTIALS,
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
            "PWD": str(self._folder),  # as a shell sets it
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": "only for this test",
            "PULUMI_HOME": str(engine_home(folder / "home")),
            "PULUMI_DEBUG_PROVIDERS": f"aws:{provider_port},kubernetes:{provider_port}",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        made = self._run("stack", "init", "test")
        assert made.code == 0, made.text

    def preview(
        self,
        *resources: Item,
        config: dict[str, Any] | None = None,
        target: Item | None = None,
        flags: tuple[str, ...] = (),
        pack: Path = PACK,
    ) -> Outcome:
        """Preview with the pack; without a config as people call it, with none named."""
        return self._judged("preview", resources, config, *_target(target), *flags, pack=pack)

    def declare(self, config: dict[str, Any] | None) -> None:
        """Write the project's own policy file, or take it away, so that later tests have none."""
        path = self._folder / "heiiki.test.policy.json"
        if config is None:
            path.unlink()
        else:
            path.write_text(json.dumps(config))

    def record(self, stack: str, outputs: dict[str, Any]) -> str:
        """Another stack of the project, with these outputs on record; returns its full name."""
        urn = f"urn:pulumi:{stack}::raw::pulumi:pulumi:Stack::raw-{stack}"
        root = {"urn": urn, "custom": False, "type": "pulumi:pulumi:Stack", "outputs": outputs}
        made = self._run("stack", "init", stack, "--no-select")
        assert made.code == 0, made.text
        exported = json.loads(self._run("stack", "export", "--stack", stack).text)
        exported["deployment"]["resources"] = [root]
        (self._folder / "record.json").write_text(json.dumps(exported))
        done = self._run("stack", "import", "--stack", stack, "--file", "record.json")
        assert done.code == 0, done.text
        return f"organization/raw/{stack}"

    def up(
        self,
        *resources: Item,
        config: dict[str, Any] | None = None,
        target: Item | None = None,
        flags: tuple[str, ...] = (),
    ) -> Outcome:
        """Update with the pack, without asking."""
        flags = ("--yes", "--skip-preview", *_target(target), *flags)
        return self._judged("up", resources, config, *flags)

    def outputs(self) -> dict[str, Any]:
        """What is on record of the outputs."""
        exported = json.loads(self._run("stack", "export", "--stack", "test").text)
        (root,) = [r for r in exported["deployment"]["resources"]
                   if r["type"] == "pulumi:pulumi:Stack"]  # fmt: skip
        outputs: dict[str, Any] = root["outputs"]
        return outputs

    def _judged(
        self,
        verb: str,
        resources: tuple[Item, ...],
        config: dict[str, Any] | None,
        *more: str,
        pack: Path = PACK,
    ) -> Outcome:
        items = [
            {"type": item[0], "name": item[1], "props": item[2], "read": "".join(item[3:])}
            for item in resources
        ]
        (self._folder / "resources.json").write_text(json.dumps(items))
        named = []
        if config is not None:
            (self._folder / "pack.json").write_text(json.dumps(config))
            named = ["--policy-pack-config", "pack.json"]
        return self._run(verb, "--stack", "test", "--policy-pack", str(pack), *named, *more)

    def _run(self, *arguments: str) -> Outcome:
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=600,
        )
        return Outcome(done.returncode, done.stdout + done.stderr, done.stdout)


def _target(item: Item | None) -> tuple[str, ...]:
    """What makes the engine touch nothing else."""
    return () if item is None else ("--target", f"urn:pulumi:test::raw::{item[0]}::{item[1]}")
