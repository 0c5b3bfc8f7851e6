"""What a step of the boot is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from machines.agent.machine import Machine
from machines.agent.settings import Schema


class Step(ABC):
    """Something that is so on the machine afterwards.

    `done` only looks. `run` makes it so and may be begun anew wherever it ended, by a kill too;
    both raise AgentError when another try may help, and Refused when none will.
    """

    kind = ""
    does = ""  # for the page of the steps
    schema: ClassVar[Schema] = {}

    def __init__(self, name: str, settings: dict[str, Any]) -> None:
        self.name, self.settings = name, settings

    @classmethod
    def check(cls, settings: dict[str, Any], where: str) -> list[str]:
        """What is wrong between settings, each of which is right by itself."""
        return []

    @abstractmethod
    def done(self, machine: Machine) -> bool:
        """Whether it is so already."""

    @abstractmethod
    def run(self, machine: Machine) -> None:
        """Make it so."""
