"""A file on a machine: its place, its bytes, who owns it, and who may read it."""

from dataclasses import dataclass

PRIVATE = 0o600  # what the benchmark asks of every file that is not a certificate


@dataclass(frozen=True, slots=True)
class HostFile:
    """Written whole by the agent, before anything that reads it starts."""

    path: str
    content: str
    mode: int = PRIVATE
    owner: str = "root:root"
