"""The pack as a process of its own, asked as the engine asks it, for one stack after the other."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto import analyzer_pb2_grpc

from rules.policy_names import BOUNDARY
from tests.policies.wire.said import Statement
from tests.policies.wire.sent import PROVIDERS, Sent, struct

PACK = Path(__file__).parents[3] / "policies"
STACK = "test"
LONGEST_MESSAGE = 400 << 20  # the engine's (rpcutil.GrpcChannelOptions)
STACK_TYPE = "pulumi:pulumi:Stack"


class Pack:
    """A pack that serves. Its policies keep the levels that it tells of itself."""

    def __init__(self, stub: Any, folder: Path) -> None:
        self._stub, self._facts = stub, folder / f"heiiki.{STACK}.facts.json"
        self._levels = {
            policy.name: policy.enforcementLevel
            for policy in stub.GetAnalyzerInfo(empty_pb2.Empty()).policies
        }

    def judge(
        self,
        resources: Iterable[Sent],
        declared: Mapping[str, Any],
        facts: Mapping[str, Any] | None = None,
    ) -> list[Statement]:
        """All that it says of a stack: of each resource before it is made, and of the whole, of
        which the engine tells in any order; here it is the last one first."""
        listed = list(resources)
        write_facts(self._facts, facts)
        self._configure(declared)
        stack = self._stub.Analyze(_stack(listed[0])).diagnostics
        found = [d for one in listed for d in self._stub.Analyze(_asked(one)).diagnostics]
        whole = proto.AnalyzeStackRequest(resources=[_became(one) for one in reversed(listed)])
        found += self._stub.AnalyzeStack(whole).diagnostics
        return [statement(d.enforcementLevel == proto.MANDATORY, d.message)
                for d in (*stack, *found)]  # fmt: skip

    def _configure(self, declared: Mapping[str, Any]) -> None:
        request = proto.ConfigureAnalyzerRequest()
        for name, level in self._levels.items():
            request.policyConfig[name].enforcementLevel = level
        request.policyConfig[BOUNDARY].properties.CopyFrom(struct(declared))
        self._stub.Configure(request)


def write_facts(path: Path, facts: Mapping[str, Any] | None) -> None:
    """Where the pack looks for them; none, where there are none."""
    path.unlink(missing_ok=True)
    if facts is not None:
        path.write_text(json.dumps(facts), encoding="utf-8")


def statement(mandatory: bool, message: str) -> Statement:
    """Without the policy's title, which the SDK puts before."""
    return Statement(mandatory, message.partition("\n")[2])


def _stack(of: Sent) -> Any:
    start, project, *_ = of.urn.split("::")
    name = f"{project}-{start.rpartition(':')[2]}"
    urn = f"{start}::{project}::{STACK_TYPE}::{name}"
    return proto.AnalyzeRequest(type=STACK_TYPE, name=name, urn=urn, properties=struct_pb2.Struct())


def _asked(one: Sent) -> Any:
    request = proto.AnalyzeRequest(
        type=one.type, name=one.name, urn=one.urn, properties=one.inputs
    )  # fmt: skip
    if one.custom and not one.type.startswith(PROVIDERS):
        request.provider.type = f"{PROVIDERS}{one.package}"
    return request


def _became(one: Sent) -> Any:
    became = one.outputs if one.custom else struct_pb2.Struct()
    sent = proto.AnalyzerResource(type=one.type, name=one.name, urn=one.urn, properties=became)
    for key, urns in one.sources.items():
        sent.propertyDependencies[key].urns.extend(urns)
    return sent


@contextmanager
def started() -> Iterator[Pack]:
    """Its port is on the first line of its output."""
    folder = tempfile.TemporaryDirectory()
    where = {"PULUMI_STACK": STACK, "HEIIKI_STACK_DIR": folder.name}
    process = subprocess.Popen(
        [sys.executable, "-m", "pulumi.policy", "127.0.0.1:1", str(PACK)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, **where},
    )  # fmt: skip
    options = [(f"grpc.max_{way}_message_length", LONGEST_MESSAGE) for way in ("receive", "send")]
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}", options) as channel:
            yield Pack(analyzer_pb2_grpc.AnalyzerStub(channel), Path(folder.name))
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        folder.cleanup()
