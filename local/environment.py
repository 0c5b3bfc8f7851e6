"""The variables that a command runs with: the engine, the embedded AWS, and no way out."""

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

# No secret: nothing in the embedded AWS is one. The ordinary `pulumi` writes a passphrase's salt
# into the stack file, and another clone or another home must be able to go on from there.
PASSPHRASE = "embedded-aws"
OFFICIAL_PROVIDERS = "HEIIKI_OFFICIAL_PROVIDERS"
_CHECKOUT = Path(__file__).parents[1]
# Whatever these name belongs to the operator's real accounts, backends and network.
_OUTSIDE_PREFIXES = ("AWS_",)
_OUTSIDE = frozenset(
    {
        "PULUMI_ACCESS_TOKEN",
        "PULUMI_BACKEND_URL",
        "PULUMI_CONFIG_PASSPHRASE",
        "PULUMI_CONFIG_PASSPHRASE_FILE",
        "PULUMI_DEBUG_LANGUAGES",
        "PULUMI_DEBUG_PROVIDERS",
        "PULUMI_DIY_BACKEND_GZIP",
        "PULUMI_HOME",
        "KUBECONFIG",
        "ALL_PROXY",
        "HTTP_PROXY",
        "HTTPS_PROXY",
    }
)


class SettingError(Exception):
    """A variable that says what cannot be done; the text says what to write."""


@dataclass(frozen=True)
class Home:
    """The folder of everything that is kept on this machine: HEIIKI_HOME, else .heiiki beside
    the project file."""

    directory: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Home":
        return cls(Path(environment.get("HEIIKI_HOME") or _CHECKOUT / ".heiiki").absolute())

    @property
    def bin(self) -> Path:
        return self.directory / "bin"

    @property
    def embedded(self) -> Path:
        return self.directory / "embedded"

    @property
    def state(self) -> Path:
        return self.directory / "state"

    @property
    def engine(self) -> Path:
        return self.directory / "pulumi"


def closed(environment: Mapping[str, str]) -> dict[str, str]:
    """Without the operator's accounts, backends and proxies, and with an AWS identity that
    nothing outside knows. Region and configuration of the operator's own are out, too."""
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith(_OUTSIDE_PREFIXES) and name.upper() not in _OUTSIDE
    }
    return {
        **kept,
        "AWS_ACCESS_KEY_ID": "embedded",
        "AWS_SECRET_ACCESS_KEY": "embedded",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def attached(debug_providers: str, environment: Mapping[str, str]) -> str:
    """The local providers that the engine attaches to, in the form of PULUMI_DEBUG_PROVIDERS.

    Those that OFFICIAL_PROVIDERS names are left to plugins on PATH, such as pulumi-resource-tls: so
    the same program and the same tests run on the real ones. Raises SettingError for another name.
    """
    ours = dict(entry.split(":") for entry in debug_providers.split(","))
    official = [n.strip() for n in environment.get(OFFICIAL_PROVIDERS, "").split(",") if n.strip()]
    if unknown := sorted(set(official) - ours.keys()):
        raise SettingError(
            f"{OFFICIAL_PROVIDERS} names {', '.join(unknown)}; write any of {', '.join(ours)}"
        )
    return ",".join(f"{name}:{port}" for name, port in ours.items() if name not in official)


def backend_url(state: Path) -> str:
    """A folder as the engine's backend, without files of metadata beside those of the state.

    They are not written in one go: an engine that is killed over one leaves it empty, and every
    later command ends with "EOF" (setAttrs in blob/fileblob/attrs.go of gocloud.dev v0.46.0).
    """
    return f"file://{quote(str(state))}?metadata=skip"


def engine_home(directory: Path) -> Path:
    """A folder for PULUMI_HOME whose engine writes no log of its own.

    Every command of engine 3.250.0 logs all that passes between it and the providers, compressed
    and encrypted, 7 MB for a preview of 325 resources and a third of its processor time. No setting
    keeps it from that, but it goes on without where it cannot make the folder `logs` (StartLogging
    in pkg/logging/encrypted.go of github.com/pulumi/pulumi); so a file of that name is there.
    Whoever puts a folder in its place has the logs.
    """
    directory.mkdir(parents=True, exist_ok=True)
    logs = directory / "logs"
    if not logs.exists():
        logs.touch()
    return directory


def command_environment(
    environment: Mapping[str, str],
    home: Home,
    engine_directory: Path,
    aws_endpoint_url: str,
    debug_providers: str,
    refresh: bool,
) -> dict[str, str]:
    """For a command that drives the engine against the embedded AWS.

    With `refresh` the engine looks at AWS before every preview, update and destroy: each of its
    flags can be given as PULUMI_OPTION_<FLAG> (github.com/pulumi/pulumi, since v3.208.0).
    """
    home.state.mkdir(parents=True, exist_ok=True)
    path = [str(engine_directory), str(Path(sys.executable).parent), environment.get("PATH", "")]
    variables = {
        **closed(environment),
        "PATH": os.pathsep.join(filter(None, path)),
        "AWS_ENDPOINT_URL": aws_endpoint_url,
        "PULUMI_BACKEND_URL": backend_url(home.state),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_DEBUG_PROVIDERS": attached(debug_providers, environment),
        # The real providers' plugins are not needed; without this each command looks for them.
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_HOME": str(engine_home(home.engine)),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # By which heiiki tells commands as they can be run (automation/invocation.py).
        "HEIIKI_WITHIN": shlex.join([sys.executable, "-m", "local", "exec", "--"]),
    }
    if refresh:
        variables["PULUMI_OPTION_REFRESH"] = "true"
    return variables
