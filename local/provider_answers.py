"""What a provider answers with, and how that becomes the engine's messages.

Errors are words for the operator; anything that was marked secret in the request is taken out of
them here, once for all providers.
"""

import contextlib
import contextvars
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import grpc
from google.protobuf import any_pb2
from google.rpc import status_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2

from local.provider_values import (
    Properties,
    Secret,
    Value,
    conceal,
    encode,
    has_secret,
    reveal,
    walk,
)


class ProviderError(Exception):
    """Refused, in words for the operator."""

    def __init__(self, reason: str, code: grpc.StatusCode = grpc.StatusCode.INVALID_ARGUMENT):
        super().__init__(reason)
        self.reason, self.code = reason, code


class PartlyCreatedError(Exception):
    """The resource exists under this id, but a later step on it failed; the engine keeps the id."""

    def __init__(self, id_: str, outputs: Properties, inputs: Properties, reason: str):
        super().__init__(reason)
        self.id, self.outputs, self.inputs, self.reason = id_, outputs, inputs, reason


@dataclass(frozen=True)
class Subject:
    """The resource that a call is about."""

    urn: str

    @property
    def type(self) -> str:
        """Such as aws:ec2/vpc:Vpc, without the types of its parents."""
        return self.urn.split("::")[2].rsplit("$", 1)[-1]

    @property
    def name(self) -> str:
        return self.urn.split("::", 3)[3]


@dataclass(frozen=True)
class Failure:
    """One fault in the inputs; `property` is a path as path_text writes it, or ""."""

    property: str
    reason: str


@dataclass(frozen=True)
class Checked:
    inputs: Properties
    failures: Sequence[Failure] = ()


@dataclass(frozen=True)
class State:
    id: str
    outputs: Properties
    inputs: Properties


Change = Literal["ADD", "ADD_REPLACE", "DELETE", "DELETE_REPLACE", "UPDATE", "UPDATE_REPLACE"]


@dataclass(frozen=True)
class Difference:
    """What changes, by property path; a change whose kind ends in _REPLACE replaces."""

    changes: Mapping[str, Change] = field(default_factory=dict)
    delete_before_replace: bool = False
    stables: Sequence[str] = ()


def secrets_in(value: Value) -> set[str]:
    """Every text that is, or lies in, a secret; longest use is to keep it out of messages."""
    marked = [item.value for item in walk(value) if isinstance(item, Secret)]
    leaves = (str(leaf) for item in marked for leaf in walk(reveal(item)) if _is_text(leaf))
    return {leaf for leaf in leaves if leaf}


def _is_text(leaf: Value) -> bool:
    return isinstance(leaf, str | int | float) and not isinstance(leaf, bool)


def redact(text: str, value: Value) -> str:
    for secret in sorted(secrets_in(value), key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    return text


def failure_message(failure: Failure, news: Properties) -> provider_pb2.CheckFailure:
    """The engine prints the value of the property that a failure names, a secret one too, so the
    name of a secret one stands in the reason instead."""
    reason = redact(failure.reason, news)
    top = failure.property.split(".")[0].split("[")[0]
    if has_secret(news.get(top)):
        return provider_pb2.CheckFailure(reason=f"{failure.property}: {reason}")
    return provider_pb2.CheckFailure(property=failure.property, reason=reason)


def difference_message(difference: Difference) -> provider_pb2.DiffResponse:
    changes = difference.changes
    kind = provider_pb2.DiffResponse.DIFF_SOME if changes else provider_pb2.DiffResponse.DIFF_NONE
    detailed = {
        path: provider_pb2.PropertyDiff(
            kind=provider_pb2.PropertyDiff.Kind.Value(change), inputDiff=True
        )
        for path, change in changes.items()
    }
    tops = {path: path.split(".")[0].split("[")[0] for path in changes}
    return provider_pb2.DiffResponse(
        changes=kind,
        diffs=sorted(set(tops.values())),
        replaces=sorted({tops[p] for p, change in changes.items() if change.endswith("_REPLACE")}),
        stables=list(difference.stables),
        deleteBeforeReplace=difference.delete_before_replace,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


CONNECTION: contextvars.ContextVar[str] = contextvars.ContextVar("connection", default="")
"""Who calls. The engine opens one connection for each provider resource, and one server serves
them all, so this tells two explicit providers (two regions, say) apart."""


@contextlib.contextmanager
def answering(context: grpc.ServicerContext, request: Properties) -> Iterator[None]:
    """Turns what the provider raises into the engine's status; the rest is a fault of ours."""
    CONNECTION.set(context.peer())
    try:
        yield
    except ProviderError as error:
        context.abort(error.code, redact(error.reason, request))
    except PartlyCreatedError as error:
        context.set_trailing_metadata((("grpc-status-details-bin", _partly(error, request)),))
        context.abort(grpc.StatusCode.UNKNOWN, redact(error.reason, request))
    except Exception as error:
        # The type and place only: the text of a foreign exception may hold a secret.
        place = traceback.extract_tb(error.__traceback__)[-1]
        reason = redact(str(error), request)
        sys.stderr.write(f"{type(error).__name__} at {place.filename}:{place.lineno}: {reason}\n")
        context.abort(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {reason}")


def _partly(error: PartlyCreatedError, request: Properties) -> bytes:
    """The engine reads this from the status details and keeps the id in the state."""
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=error.id,
            properties=encode(conceal(error.outputs, request)),
            reasons=[redact(error.reason, request)],
            inputs=encode(conceal(error.inputs, request)),
        )
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message="partly created")
    status.details.append(detail)
    return bytes(status.SerializeToString())
