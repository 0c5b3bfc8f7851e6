"""An example brought up as three stacks, on the recording stand-in for the engine."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pulumi

from components.program import program
from spec.part import ORDER, PartName, PartSpec
from tests.mocks import Recorder, build
from tests.scenarios import read


@dataclass(frozen=True)
class Declared:
    """What one stack has declared, and what it puts out."""

    recorder: Recorder
    urns: set[str]
    outputs: dict[str, Any]
    secret: list[str]


def declared(scenario: str, part: PartSpec | None, earlier: dict[str, Declared]) -> Declared:
    """A whole example (part: None), or one part after the stacks of the earlier ones."""
    spec, lock = read(scenario)
    told: dict[str, Any] = {}
    secret: list[str] = []

    def run() -> None:
        for name, value in program(spec, lock, where=scenario, part=part).items():
            output = pulumi.Output.from_input(value)
            output.apply(lambda known, name=name: told.update({name: known}))
            noted = pulumi.Output.unsecret(output)  # waits for it, so that the run does
            pulumi.Output.from_input(output.is_secret()).apply(
                lambda yes, name=name: secret.append(name) if yes else None
            )
            noted.apply(lambda _: None)

    stacks = {f"organization/project/{n}": (d.outputs, d.secret) for n, d in earlier.items()}
    recorder, urns = build(run, stacks)
    return Declared(recorder, urns, told, sorted(secret))


def split(scenario: str, names: Iterable[PartName] = ORDER) -> dict[PartName, Declared]:
    """The parts of an example, each after the earlier ones."""
    found: dict[PartName, Declared] = {}
    for name in names:
        part = PartSpec.model_validate({"of": scenario, "name": name})
        earlier = {f"{scenario}-{n}": d for n, d in found.items()}
        found[name] = declared(scenario, part, earlier)
    return found
