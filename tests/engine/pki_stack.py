"""A small program of keys, certificates and their store, brought up by the real engine."""

import json
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.environment import backend_url
from tests.engine.told_steps import told_steps
from tests.engine.world import World
from tests.plan.samples import ACCOUNT
from tests.scenarios import ROOT

REGION, CLUSTER, MEMBERS = "ap-northeast-1", "own", ("1a", "1c", "1c-2")
SERVER = "https://api.own.heiiki.internal:6443"
PROGRAM = f"""
    import sys
    sys.path.insert(0, {str(ROOT)!r})

    import json
    from datetime import UTC, datetime
    from ipaddress import IPv4Network
    from pathlib import Path

    import pulumi
    from pydantic import TypeAdapter
    from pulumi.runtime.config import CONFIG, get_config_env

    from components.delivery.secret_store import SecretStore
    from components.iam.key import Key
    from components.pki.encryption import Encryption
    from components.pki.pki import Pki
    from plan.iam import document
    from plan.pki.table import ClusterNames, default_internal_domain, plan_pki
    from plan.pki.files import encryption_file, plan_files
    from plan.pki.supplied import read_supplied
    from plan.tags import Tags
    from spec.control_plane import CreateKey
    from spec.encryption import EncryptionSpec
    from spec.errors import SpecError
    from spec.pki import PkiSpec, secrets_in

    asked = json.loads(Path("asked.json").read_text())
    spec = TypeAdapter(PkiSpec).validate_python(asked["pki"])
    encryption = TypeAdapter(EncryptionSpec).validate_python(asked["encryption"])
    names = ClusterNames({CLUSTER!r}, {MEMBERS!r}, IPv4Network("10.3.0.0/16"),
                         default_internal_domain({CLUSTER!r}), ("api.own.example.com",))
    plan = plan_pki(spec, names)
    try:
        supplied = read_supplied(
            spec, plan, secrets_in({{**get_config_env(), **CONFIG.get()}}), today=datetime.now(UTC)
        )
    except SpecError as error:
        pulumi.log.error(str(error))
        sys.exit(1)
    files = (*plan_files(plan, supplied.texts), encryption_file(encryption))
    tags = Tags({CLUSTER!r}, {{}})
    account = {{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{ACCOUNT}:root"}},
               "Action": "kms:*", "Resource": "*"}}
    key = Key("cluster", CreateKey(), policy=document((account,)), protected=False, tags=tags)
    pki = Pki("pki", plan, supplied)
    config = Encryption({CLUSTER!r}, encryption).config
    store = SecretStore("store", files, {{**pki.contents, "encryption-config.yaml": config}},
                        key_arn=key.arn, tags=tags)
    kubeconfig = pki.administrator_kubeconfig({SERVER!r})
    pulumi.export("kubeconfig", kubeconfig)
    pulumi.export("contents", pki.contents)
    pulumi.export("notAfter", pki.not_after)
    pulumi.export("ready", store.ready)
    """
DEFAULT: dict[str, Any] = {"pki": {"kind": "generate"}, "encryption": {"kind": "localKeys"}}


@dataclass(frozen=True)
class PkiStack:
    """One stack in a folder and a state of its own."""

    world: World
    directory: Path

    @classmethod
    def begin(cls, world: World, directory: Path, asked: dict[str, Any] = DEFAULT) -> "PkiStack":
        made = cls(world, directory)
        (directory / "state").mkdir(parents=True)
        runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
        project = {"name": "pki", "runtime": runtime}
        (directory / "Pulumi.yaml").write_text(json.dumps(project), encoding="utf-8")
        (directory / "__main__.py").write_text(textwrap.dedent(PROGRAM), encoding="utf-8")
        made.ask(asked)
        made.pulumi("stack", "init", "own")
        made.pulumi("config", "set", "aws:region", REGION)
        return made

    def ask(self, asked: dict[str, Any]) -> None:
        text = json.dumps({**DEFAULT, **asked})
        (self.directory / "asked.json").write_text(text, encoding="utf-8")

    def pulumi(self, *words: str, exit_code: int = 0, stdin: str | None = None) -> str:
        """What it says, on either stream."""
        environment = {
            **self.world.environment,
            "PULUMI_BACKEND_URL": backend_url(self.directory / "state"),
        }
        ended = subprocess.run(
            ["pulumi", *words, "--non-interactive"],
            cwd=self.directory,
            env={k: v for k, v in environment.items() if not k.startswith("PYTHON")},
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert ended.returncode == exit_code, ended.stdout
        return ended.stdout

    def up(self) -> dict[str, list[str]]:
        """Bring it up; which resources each step was done with, by step, as `type::name`."""
        return _steps(self.pulumi("up", "--yes", "--skip-preview", "--json"))

    def preview(self) -> dict[str, list[str]]:
        """The same, planned."""
        return _planned(self.pulumi("preview", "--json"))

    def outputs(self) -> dict[str, Any]:
        """With secrets in the clear."""
        found = json.loads(self.pulumi("stack", "output", "--json", "--show-secrets"))
        assert isinstance(found, dict)
        return found

    def state_files(self) -> list[str]:
        """Everything that the engine has written."""
        return [
            path.read_text(encoding="utf-8", errors="replace")
            for path in (self.directory / "state").rglob("*")
            if path.is_file()
        ]

    def destroy(self) -> None:
        self.pulumi("destroy", "--yes", "--skip-preview")
        assert "urn" not in json.loads(self.pulumi("stack", "export"))["deployment"]


def _planned(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for step in json.loads(text)["steps"]:
        _note(found, step["op"], step["urn"])
    return found


def _steps(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for step, urn in told_steps(text):
        _note(found, step, urn)
    return found


def _note(found: dict[str, list[str]], step: str, urn: str) -> None:
    if step != "same" and "pulumi:pulumi:Stack" not in urn:
        kind, name = urn.split("$")[-1].split("::")[-2:]
        found.setdefault(step, []).append(f"{kind.rsplit(':', 1)[-1]} {name}")
