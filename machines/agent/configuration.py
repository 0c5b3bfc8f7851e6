"""The configuration of one machine: where AWS is, what the steps are, who waits for the machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from machines.agent.aws_api import Region
from machines.agent.errors import AgentError
from machines.agent.metadata import ADDRESS
from machines.agent.settings import (
    NAME,
    PATH,
    ConfigurationError,
    Setting,
    boolean,
    mapping_of,
    matching,
    optional,
    read,
    whole_number,
)
from machines.agent.steps.registry import KINDS
from machines.agent.steps.signal import Signal
from machines.agent.steps.step import Step

FORMAT = 1
URL = matching(r"https?://[^\s@]+[^\s@/]", "a URL without a path's end")
GROUP = {
    "group": Setting(NAME, "the Auto Scaling group's name"),
    "hook": Setting(NAME, "the lifecycle hook's name"),
}


def _group(value: object) -> str:
    faults: list[str] = []
    read(GROUP, value, "signal", faults)
    return ", ".join(faults)


def _steps(value: object) -> str:
    return "" if isinstance(value, list) and value else "must be a list of at least one step"


HEAD = {
    "format": Setting(whole_number(FORMAT, FORMAT), f"the form of this file, {FORMAT}"),
    "cluster": Setting(NAME, "the cluster's name"),
    "role": Setting(NAME, "the machine's role"),
    "region": Setting(matching(r"[a-z]{2,4}(?:-[a-z]+)+-\d+", "a region's name"), "the region"),
    "dnsSuffix": Setting(matching(r"[a-z0-9.-]+", "a domain"), "amazonaws.com or its like"),
    "endpoints": Setting(
        lambda value: "" if value == {} else mapping_of(URL)(value),
        "services that are not at their usual address", {},
    ),
    "s3PathStyle": Setting(boolean, "whether a bucket's name goes into the path", False),
    "metadata": Setting(URL, "where instance metadata is", ADDRESS),
    "console": Setting(PATH, "the console's device", "/dev/console"),
    "deadlineSeconds": Setting(whole_number(1, 86_400), "how long a boot may take", 1800),
    "signal": Setting(optional(_group), "who waits for the machine, by group and hook", None),
    "steps": Setting(_steps, "the steps in their order"),
}  # fmt: skip


@dataclass(frozen=True)
class Configuration:
    """What was read. digest: of its bytes, by which a journal knows it again."""

    digest: str
    cluster: str
    role: str
    region: Region
    metadata: str
    console: str
    deadline_seconds: int
    signal: Mapping[str, str] | None
    steps: tuple[Step, ...]


def parse(content: bytes) -> Configuration:
    """ConfigurationError with every fault, each with its key."""
    try:
        document = json.loads(content)
    except ValueError:
        raise ConfigurationError(["the configuration is not JSON"]) from None
    faults: list[str] = []
    head = read(HEAD, document, "configuration", faults)
    if faults and not isinstance(head.get("steps"), list):
        raise ConfigurationError(faults)
    signal = head["signal"]
    steps = tuple(_step(row, number, signal, faults) for number, row in enumerate(head["steps"]))
    names = [step.name for step in steps if step is not None]
    faults += [
        f"steps: two are called {name}; give them a name each"
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    if faults:
        raise ConfigurationError(faults)
    region = Region(head["region"], head["dnsSuffix"], head["endpoints"], head["s3PathStyle"])
    return Configuration(
        hashlib.sha256(content).hexdigest(), head["cluster"], head["role"], region,
        head["metadata"], head["console"], head["deadlineSeconds"], signal,
        tuple(step for step in steps if step is not None),
    )  # fmt: skip


def _step(row: object, number: int, signal: object, faults: list[str]) -> Step | None:
    where = f"steps[{number}]"
    kind = row.get("step") if isinstance(row, dict) else None
    if not isinstance(row, dict) or kind not in KINDS:
        faults.append(f"{where}.step: must be one of {', '.join(KINDS)}")
        return None
    step = KINDS[str(kind)]
    where = f"{where} ({kind})"
    name = row.get("name", kind)
    if wrong := NAME(name):
        faults.append(f"{where}.name: {wrong}")
    own: dict[str, Any] = {key: v for key, v in row.items() if key not in ("step", "name")}
    before = len(faults)
    settings = read(step.schema, own, where, faults)
    if len(faults) == before:
        faults += step.check(settings, where)
    made = step(str(name), settings)
    if isinstance(made, Signal):
        if not isinstance(signal, dict):
            faults.append(f"{where}: the configuration says no group (signal)")
        else:
            made.signal = signal
    return made


def read_configuration(path: str) -> Configuration:
    try:
        with open(path, "rb") as file:
            return parse(file.read())
    except OSError as error:
        raise AgentError(f"{path}: {error.strerror}") from None
