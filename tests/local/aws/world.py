"""Rows of cases.py made real, each after the rows it refers to."""

import itertools
import re
from collections.abc import Mapping
from typing import Any

from tests.local.aws.cases import CASES
from tests.local.aws.engine_side import EngineSide, Made

_NUMBERS = itertools.count(1)
REFERENCE = re.compile(r"\$\{(\w+)\.(\w+)\}")


class World:
    def __init__(self, engine: EngineSide):
        self.engine = engine
        self.made: dict[str, Made] = {}

    def need(self, row: str) -> Made:
        """The row's resource, created once."""
        if row not in self.made:
            self.made[row] = self.create(row)
        return self.made[row]

    def create(self, row: str) -> Made:
        case = CASES[row]
        for other in case.needs:
            self.need(other)
        name = f"{row.replace('_', '-')}-{next(_NUMBERS)}"
        return self.engine.create(case.token, name, self.inputs(row))

    def inputs(self, row: str, overlay: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The row's inputs under the overlay, references followed."""
        merged = {**CASES[row].inputs, **(overlay or {})}
        return {k: self.resolved(v, row) for k, v in merged.items() if v is not None}

    def resolved(self, value: Any, row: str = "") -> Any:
        if isinstance(value, Mapping):
            return {key: self.resolved(item, row) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolved(item, row) for item in value]
        if not isinstance(value, str):
            return value
        if "{n}" in value:
            numbers = self.__dict__.setdefault("numbers", {})
            value = value.replace("{n}", str(numbers.setdefault(row, next(_NUMBERS))))
        if "${image}" in value:
            value = value.replace("${image}", self.image())
        return REFERENCE.sub(lambda match: str(self.output(match[1], match[2])), value)

    def image(self) -> str:
        """An image that the embedded AWS has; the extensions bring those of EKS."""
        images = self.engine.boto("ec2").describe_images(
            Filters=[{"Name": "architecture", "Values": ["x86_64"]}]
        )
        return str(images["Images"][0]["ImageId"])

    def output(self, row: str, name: str) -> Any:
        made = self.need(row)
        return made.id if name == "id" else made.outputs[name]
