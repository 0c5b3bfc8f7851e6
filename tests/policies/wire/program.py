"""A program that registers what requests.bin holds, one after the other, and nothing by the SDK's
classes. It is copied into a project of the engine and knows nothing of this one."""

from __future__ import annotations

from pathlib import Path

import pulumi
from pulumi.runtime import settings
from pulumi.runtime.proto import resource_pb2

SIZE_BYTES = 8  # before each request


def register(stack: str) -> int:
    """How many there were."""
    monitor = settings.get_monitor()
    data, at, count = Path("requests.bin").read_bytes(), 0, 0
    while at < len(data):
        end = at + SIZE_BYTES + int.from_bytes(data[at : at + SIZE_BYTES], "big")
        request = resource_pb2.RegisterResourceRequest.FromString(data[at + SIZE_BYTES : end])
        request.parent = stack
        monitor.RegisterResource(request)
        at, count = end, count + 1
    return count


root = settings.get_root_resource()
assert root is not None
pulumi.export("registered", root.urn.apply(register))
