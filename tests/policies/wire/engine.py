"""Stacks of the mutations in previews of the real engine, with the real pack.

The program registers each resource as it stands in the deployment, and the provider answers what
each became; all else is the engine's own: what it sends, in which order, and what it makes of it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import resource_pb2

from local.engine import ensure_engine
from local.environment import engine_home
from local.language_host.install import ensure_language_host
from tests.policies.mutations.stacks import REGION
from tests.policies.wire.pack import PACK, STACK, statement, write_facts
from tests.policies.wire.provider import serve
from tests.policies.wire.said import Statement
from tests.policies.wire.sent import PROJECT, Sent
from tests.warm.keys import CREDENTIALS
from tests.warm.start import hurried, warmed

PROGRAM = Path(__file__).with_name("program.py")
SIZE_BYTES = 8  # before each request, as the program reads them
LONGEST_SECONDS = 900
# Of all that are registered; the engine looks for no plugin of a package that is named.
PACKAGES = ("aws", "tls", "kubernetes", "random", "gcp", "pulumi-python", "command")


@dataclass(frozen=True)
class Previewed:
    """code: of the command. said: by the pack. registered: how many resources the engine saw."""

    code: int
    said: tuple[Statement, ...]
    registered: int
    text: str


class Engine:
    """A stack in a folder of its own, on a local backend, with a provider of its own."""

    def __init__(self, folder: Path) -> None:
        self._server, port, self._provider = serve()
        engine = ensure_engine(lambda line: None)
        binaries = ensure_language_host(engine, folder / "bin")
        warmed(binaries)
        binaries = hurried(binaries, folder / "hurried")
        self._folder = folder / "project"
        self._folder.mkdir()
        (folder / "state").mkdir()
        runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
        self._project = {"name": PROJECT, "runtime": runtime, "main": "."}
        self._in_region(REGION)
        shutil.copy(PROGRAM, self._folder / "__main__.py")
        self._environment = {
            **os.environ,
            **CREDENTIALS,
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
            "PWD": str(self._folder),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "only for this test",
            "PULUMI_HOME": str(engine_home(folder / "home")),
            "PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name in PACKAGES),
            "PULUMI_DEBUG_COMMANDS": "true",  # --event-log is among the debug flags
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        made = self._pulumi("stack", "init", STACK)
        if made.returncode != 0:
            raise RuntimeError(made.stdout)

    def _in_region(self, region: str) -> None:
        project = {**self._project, "config": {"aws:region": {"value": region}}}
        (self._folder / "Pulumi.yaml").write_text(json.dumps(project), encoding="utf-8")

    def close(self) -> None:
        self._server.stop(None).wait()

    def preview(
        self,
        resources: Iterable[Sent],
        declared: Mapping[str, Any],
        facts: Mapping[str, Any] | None = None,
    ) -> Previewed:
        """With the pack, which finds what is declared beside the stack, as people call it."""
        listed = list(resources)
        self._in_region(next(iter(declared.get("regions", ())), REGION))
        self._provider.becomes(listed)
        with (self._folder / "requests.bin").open("wb") as file:
            for request in map(_request, listed):
                data = request.SerializeToString(deterministic=True)
                file.write(len(data).to_bytes(SIZE_BYTES, "big") + data)
        boundary = json.dumps({"boundary": declared})
        (self._folder / f"heiiki.{STACK}.policy.json").write_text(boundary, encoding="utf-8")
        write_facts(self._folder / f"heiiki.{STACK}.facts.json", facts)
        log = self._folder / "events.json"
        log.unlink(missing_ok=True)
        ended = self._pulumi(
            "preview", "--stack", STACK, "--event-log", str(log),
            "--policy-pack", str(PACK),
        )  # fmt: skip
        if not log.exists():
            raise RuntimeError(ended.stdout)
        events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        said = [_said(e["policyEvent"]) for e in events if "policyEvent" in e]
        seen = sum("resourcePreEvent" in event for event in events)
        return Previewed(ended.returncode, tuple(said), seen, ended.stdout)

    def _pulumi(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self._folder, env=self._environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=LONGEST_SECONDS, check=False,
        )  # fmt: skip


def _request(one: Sent) -> Any:
    request = resource_pb2.RegisterResourceRequest(
        type=one.type, name=one.name, custom=one.custom, object=one.inputs,
        acceptSecrets=True, acceptResources=True, supportsPartialValues=True,
        dependencies=sorted({urn for urns in one.sources.values() for urn in urns}),
        pluginDownloadURL=one.plugin_url,
    )  # fmt: skip
    for key, urns in one.sources.items():
        request.propertyDependencies[key].urns.extend(urns)
    return request


def _said(event: Mapping[str, Any]) -> Statement:
    return statement(event["enforcementLevel"] == "mandatory", event["message"])
