"""User data of every machine of a control plane of our own: one short Python script.

It is machines/first_stage_program.py with the signer of the agent (machines/agent/sigv4.py) and the
settings written into it, so that it needs python3 and systemd alone, which AL2023 and Debian have.
What differs between machines is in the bundle, which it names by its digest.
"""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from machines import checks
from machines.agent.aws_api import Region
from machines.agent.metadata import ADDRESS
from machines.agent.settings import NAME, SHA256
from machines.user_data import check_user_data

DEADLINE_SECONDS = 600
_FOLDER = Path(__file__).parent
_PROGRAM, _SIGNER = _FOLDER / "first_stage_program.py", _FOLDER / "agent" / "sigv4.py"
_SETTINGS = "SETTINGS: dict[str, Any] = {}\n"


@dataclass(frozen=True, slots=True)
class FirstStage:
    """What the first stage is told.

    signal: the group and the hook of its machines, or None where nobody waits for them.
    endpoints: services that are not at their usual address, such as {"s3": "http://127.0.0.1:1"}.
    """

    region: str
    dns_suffix: str
    bucket: str
    bundle_sha256: str
    signal: Mapping[str, str] | None = None
    endpoints: Mapping[str, str] = field(default_factory=dict)
    s3_path_style: bool = False
    metadata: str = ADDRESS
    console: str = "/dev/console"
    deadline_seconds: int = DEADLINE_SECONDS


def bundle_key(sha256: str) -> str:
    """Where the bundle lies in the cluster's bucket."""
    return f"bundles/{sha256}.tar.gz"


def render_first_stage(told: FirstStage) -> str:
    """The script; ValueError names what cannot be written into it."""
    for name, value, check in (
        ("bucket", told.bucket, NAME),
        ("bundle_sha256", told.bundle_sha256, SHA256),
        *((f"signal.{key}", value, NAME) for key, value in sorted((told.signal or {}).items())),
    ):
        if wrong := check(value):
            raise checks.fault(name, value, wrong)
    if told.signal is not None and set(told.signal) != {"group", "hook"}:
        raise checks.fault("signal", sorted(told.signal), "must have group and hook")
    region = Region(
        checks.region("region", told.region), told.dns_suffix, told.endpoints, told.s3_path_style
    )
    settings = {
        "region": told.region,
        "sha256": told.bundle_sha256,
        "bundleUrl": f"{region.url('s3', told.bucket)}/{bundle_key(told.bundle_sha256)}",
        "autoscalingUrl": region.url("autoscaling") + "/",
        "metadata": told.metadata,
        "signal": None if told.signal is None else dict(told.signal),
        "console": checks.one_line("console", told.console),
        "deadlineSeconds": checks.whole_number(
            "deadline_seconds", told.deadline_seconds, 1, 86_400
        ),
    }
    return check_user_data(_script(settings))


def _script(settings: Mapping[str, object]) -> str:
    """One file of the two sources; a marker that is gone would leave it without its settings."""
    parts = _parts()
    written = f"SETTINGS = json.loads(\n    {json.dumps(settings, sort_keys=True)!r}\n)\n"
    return "\n".join(
        [
            "#!/usr/bin/python3",
            f'"""{parts.docstring}"""\n',
            *parts.imports,
            "",
            parts.program.replace(_SETTINGS, f"{written}{parts.signer}").strip("\n") + "\n",
        ]
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the two sources have to say. program, signer: what follows on their imports."""

    docstring: str | None
    imports: tuple[str, ...]
    program: str
    signer: str


@cache
def _parts() -> _Parts:
    """Read once: to parse them takes longer than all else that a role's machines are told."""
    program, signer = (path.read_text(encoding="utf-8") for path in (_PROGRAM, _SIGNER))
    imports = sorted({*_imports(program), *_imports(signer)}, key=_import_order)
    body = _after_imports(program)
    if body.count(_SETTINGS) != 1:
        raise AssertionError(f"{_PROGRAM.name} has no place for its settings")
    docstring = ast.get_docstring(ast.parse(program), clean=False)
    return _Parts(docstring, tuple(imports), body, _after_imports(signer))


def _import_nodes(source: str) -> list[ast.Import | ast.ImportFrom]:
    return [
        node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def _imports(source: str) -> list[str]:
    """Those of the standard library, one a line."""
    return [
        ast.unparse(node)
        for node in _import_nodes(source)
        if not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("machines."))
    ]


def _import_order(line: str) -> tuple[bool, bool, str]:
    return "__future__" not in line, line.startswith("from "), line


def _after_imports(source: str) -> str:
    lines = source.splitlines(keepends=True)
    return "".join(lines[_import_nodes(source)[-1].end_lineno or 0 :])
