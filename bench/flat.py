"""The second yardstick: a program of the very resources that a stack makes, and of nothing else.

It is what somebody would write by hand who knew the result: one line for each resource of AWS,
its inputs as literals, no component, no plan, no policy. What a preview does not know of the stack
is as unknown here: the engine's mark for it is among the literals.
"""

import importlib
import inspect
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

PROVIDER = "pulumi:providers:aws"
STACK_REFERENCE = "pulumi:pulumi:StackReference"


class Registered(NamedTuple):
    """A resource as a preview's event log has it; its inputs as on the wire."""

    type: str
    name: str
    inputs: Mapping[str, Any]


def registered(event_log: Path) -> list[Registered]:
    """Every resource of a preview, components and the stack itself among them."""
    events = map(json.loads, event_log.read_text(encoding="utf-8").splitlines())
    states = (e["resourcePreEvent"]["metadata"]["new"] for e in events if "resourcePreEvent" in e)
    return [Registered(s["type"], s["urn"].rsplit("::", 1)[-1], s["inputs"]) for s in states]


def flat_program(resources: Iterable[Registered]) -> str:
    """The program's text."""
    made = list(resources)
    (region,) = (r.inputs["region"] for r in made if r.type == PROVIDER)
    return "\n".join(
        [
            "import pulumi",
            "import pulumi_aws as aws",
            f'opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region={region!r}))',
            *(_line(resource) for resource in made if resource.type.startswith("aws:")),
            "",
        ]
    )


def _line(resource: Registered) -> str:
    """aws:ec2/vpc:Vpc is pulumi_aws.ec2.Vpc."""
    _, module, noun = resource.type.split(":")
    package = module.split("/")[0]
    kind = getattr(importlib.import_module(f"pulumi_aws.{package}"), noun)
    # cidrBlock is cidr_block. What the provider adds (tagsAll, its defaults) nobody writes.
    names = {
        name.replace("_", ""): name for name in inspect.signature(kind._internal_init).parameters
    }
    defaults = resource.inputs.get("__defaults", ())
    given = [
        f"{names[key.lower()]}={value!r}"
        for key, value in resource.inputs.items()
        if key.lower() in names and key not in defaults
    ]
    return f"aws.{package}.{noun}({', '.join([repr(resource.name), *given, 'opts=opts'])})"
