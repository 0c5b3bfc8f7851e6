"""What the engine says that it has done, in what an operation with --json prints."""

import json
from collections.abc import Iterator


def told_steps(text: str) -> Iterator[tuple[str, str]]:
    """The step, such as `update`, and the URN of each resource that is done."""
    for line in text.splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        if "resOutputsEvent" in event:
            told = event["resOutputsEvent"]["metadata"]
            yield told["op"], told["urn"]


def aws_steps(text: str) -> list[str]:
    """Of resources of AWS, as `update ec2/launchTemplate etcd-1a`, but for nothing."""
    found = []
    for step, urn in told_steps(text):
        _, kind, name = urn.rsplit("::", 2)
        kind = kind.rsplit("$", 1)[-1]
        if step != "same" and kind.startswith("aws:"):
            found.append(f"{step} {kind.split(':')[1]} {name}")
    return found
