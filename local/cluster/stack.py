"""The example of a control plane of our own, as `make cluster` brings it up: a copy of its files
with the digests of what was built here, and what was carried in for it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml

from local.carry_in.programs import Program
from local.carry_in.registry import CarriedImages, repository
from local.embedded import EmbeddedAws
from local.engine import ensure_engine
from local.environment import Home, command_environment
from local.language_host.install import ensure_language_host
from local.machines import MachinesError

NAME, ACCOUNT = "self-hosted", "123456789012"
STARTED_FOR = "HEIIKI_STARTED_FOR"  # which cluster; commands of its stack alone have it
CHECKOUT = Path(__file__).parents[2]
EXAMPLE = CHECKOUT / "examples" / NAME
# What local machines are and EC2's are not. Endpoints' certificates are the world's own.
HOST = {
    "cgroupV1": True,
    "localStorageIsolation": False,
    "lowersOomScore": False,
    "authoritiesFile": "/etc/ssl/certs/ca-certificates.crt",
}
# The other place for etcd. The profile of the example wants larger machines for both at once, which
# its lock file does not name; how large a machine is means nothing here.
ON_CONTROLLERS = {"etcd": {"placement": "controllers"}}


@dataclass(frozen=True, slots=True)
class ClusterStack:
    """Everything of it lies below the home's folder, its AWS too."""

    home: Home

    @property
    def folder(self) -> Path:
        return self.home.directory / "stack"

    @property
    def embedded(self) -> EmbeddedAws:
        return EmbeddedAws(self.home.embedded)

    @property
    def config(self) -> dict[str, Any]:
        """Of the copy: its keys without `heiiki:`."""
        text = (self.folder / f"Pulumi.{NAME}.yaml").read_text(encoding="utf-8")
        return {k.removeprefix("heiiki:"): v for k, v in yaml.safe_load(text)["config"].items()}

    @property
    def region(self) -> str:
        return str(self.config["region"])

    @property
    def registry(self) -> str:
        return f"{ACCOUNT}.dkr.ecr.{self.region}.amazonaws.com"

    def write(
        self,
        programs: Mapping[str, Program],
        carried: CarriedImages,
        *,
        on_controllers: bool,
        workers: int,
    ) -> None:
        """The copy. Everything that is not of this machine stays as the example has it, apart from
        where etcd lives: on_controllers, each member on one; and how many workers there are."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in EXAMPLE.iterdir():
            if path.is_file():
                (self.folder / path.name).write_bytes(path.read_bytes())
        shutil.copytree(EXAMPLE / "machines", self.folder / "machines", dirs_exist_ok=True)
        config = self.config
        plane = config["controlPlane"]
        artifacts = plane["artifacts"]
        artifacts["binaries"] = {name: programs[name].sha256 for name in artifacts["binaries"]}
        built = {name: f"{repository(name)}@{digest}" for name, digest in carried.digests.items()}
        artifacts["images"] = {name: built[name] for name in artifacts["images"]}
        plane["host"] = HOST
        config["nodePools"]["workers"]["minSize"] = workers
        if on_controllers:
            plane |= ON_CONTROLLERS
            config["profile"] = "development"
        self.ask(config)

    def ask(self, config: Mapping[str, Any]) -> None:
        """What the copy asks for from now on; keys as `config` has them."""
        document = {"config": {f"heiiki:{key}": value for key, value in config.items()}}
        text = yaml.safe_dump(document, sort_keys=False)
        (self.folder / f"Pulumi.{NAME}.yaml").write_text(text, encoding="utf-8")

    def carry_in(self, url: str, programs: Mapping[str, Program]) -> None:
        """The programs, into the bucket that the stack file names."""
        s3 = self.client(url, "s3")
        artifacts = self.config["controlPlane"]["artifacts"]
        place = {"LocationConstraint": self.region}
        if artifacts["bucket"] not in {one["Name"] for one in s3.list_buckets()["Buckets"]}:
            s3.create_bucket(Bucket=artifacts["bucket"], CreateBucketConfiguration=place)
        for name, sha256 in artifacts["binaries"].items():
            with programs[name].path.open("rb") as content:
                s3.put_object(Bucket=artifacts["bucket"], Key=f"binaries/{sha256}", Body=content)

    def client(self, url: str, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name=self.region,
            endpoint_url=url,
            aws_access_key_id="embedded",
            aws_secret_access_key="embedded",
        )

    def up(self, progress: Callable[[str], None]) -> None:
        """By the engine, with the pack as its gate."""
        if self._heiiki(progress, "up", "--yes").returncode:
            raise MachinesError("the stack did not come up; its words are above")

    def roll(self, progress: Callable[[str], None]) -> None:
        """Members of etcd, one by one, where `up` has changed what they are started from."""
        if self._heiiki(progress, "roll", "--yes").returncode:
            raise MachinesError("not every member was replaced; its words are above")

    def output(self, progress: Callable[[str], None], name: str) -> str:
        """As it is, secret or not."""
        ended = self._heiiki(progress, "outputs", name, "--show-secrets", read=True)
        if ended.returncode:
            raise MachinesError(f"the stack tells no {name}: {ended.stdout}")
        return ended.stdout

    def outputs(self, progress: Callable[[str], None], *names: str) -> dict[str, Any]:
        """Several at once, by name, secret or not."""
        ended = self._heiiki(progress, "outputs", "--show-secrets", "--json", read=True)
        if ended.returncode:
            raise MachinesError(f"the stack tells no outputs: {ended.stdout}")
        found = json.loads(ended.stdout)
        return {name: found[name]["value"] for name in names}

    def _heiiki(
        self, progress: Callable[[str], None], *words: str, read: bool = False
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "automation.cli", *words, "--file", str(self.folder)]
        return subprocess.run(
            command, env=self._environment(progress), cwd=CHECKOUT, text=True, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if read else sys.stderr,
        )  # fmt: skip

    def _environment(self, progress: Callable[[str], None]) -> dict[str, str]:
        engine = ensure_language_host(ensure_engine(progress), self.home.bin)
        ends = self.embedded.start(progress)
        found = command_environment(
            os.environ, self.home, engine, ends.aws_endpoint_url, ends.debug_providers,
            refresh=False,
        )  # fmt: skip
        home = str(self.home.directory)
        return {**found, "HEIIKI_HOME": home, STARTED_FOR: home}
