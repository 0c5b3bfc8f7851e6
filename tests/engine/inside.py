"""A world inside the network: an API server stands behind the endpoint of the cluster `dev`, and
the kubeconfig's exec plugin hands out a token for it."""

import contextlib
import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from tests.engine.aws_side import client
from tests.engine.stack_copies import copied
from tests.engine.world import World

REGION, ACCOUNT = "ap-northeast-1", "123456789012"
ANNA = f"arn:aws:iam::{ACCOUNT}:user/anna"
PLUGIN = """#!{python} -S
import json, os, sys
words = sys.argv[1:]
assert words[:5] == ["--region", "{region}", "eks", "get-token", "--cluster-name"], words
print(json.dumps({{"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential",
                   "status": {{"token": "{token}"}}}}))
"""


@contextlib.contextmanager
def world_inside(folder: Path, *, url: str, ca_pem: str, token: str) -> Iterator[World]:
    """With a user `anna`, whom access may be given to."""
    servers = {"dev": {"endpoint": url, "certificateAuthority": ca_pem}}
    (folder / "servers.json").write_text(json.dumps(servers), encoding="utf-8")
    plugin = folder / "bin" / "aws"
    plugin.parent.mkdir()
    said = PLUGIN.format(python=sys.executable, region=REGION, token=token)
    plugin.write_text(said, encoding="utf-8")
    plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HEIIKI_API_SERVERS", str(folder / "servers.json"))
        patched.setenv("PATH", f"{plugin.parent}{os.pathsep}{os.environ['PATH']}")
        world = World.begin(folder / "world")
        client(world, "iam", REGION).create_user(UserName="anna")
        try:
            yield world
        finally:
            world.end()


class AppliedStack:
    """The dev stack with applyConfigMap, its file below `folder`."""

    def __init__(self, world: World, folder: Path) -> None:
        self.file = copied("dev", folder / "dev") / "Pulumi.dev.yaml"
        self.stack = world.stack("dev", self.file.parent)
        self.ask({"authenticationMode": "API_AND_CONFIG_MAP", "applyConfigMap": True})

    def ask(self, access: Mapping[str, object]) -> None:
        document = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        document["config"].setdefault("heiiki:access", {}).update(access)
        self.file.write_text(yaml.safe_dump(document), encoding="utf-8")
