"""One resource's conversation with the API: requests built from its table, answers read back."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import jmespath  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import OperationModel, StructureShape

from local.aws.translate.clients import Clients, error_code, operator_error
from local.aws.translate.shapes import Translation, find_member, find_place, mark_maps
from local.aws.translate.table import Resource
from local.provider_answers import Failure, ProviderError, Subject
from local.provider_values import UNKNOWN, Properties

# What AWS answers while something else still lets go. The embedded AWS lets go at once, except
# where another thread of this provider is just deleting the holder.
BUSY_CODES: Final = frozenset(
    {"DependencyViolation", "DeleteConflict", "ResourceInUseException", "ResourceInUse"}
)
RETRY_SECONDS: Final = 3.0
PAUSE_SECONDS: Final = 0.05
PENDING_SECONDS: Final = 120.0


def operation_model(client: Any, operation: str) -> OperationModel:
    api_name = client.meta.method_to_api_mapping[operation]
    model: OperationModel = client.meta.service_model.operation_model(api_name)
    return model


def search(path: str, document: Any) -> Any:
    return jmespath.search(path, document)


@dataclass
class Call:
    """What a hook of a table gets. `inputs` are the wanted ones, `outputs` the last known state."""

    clients: Clients
    resource: Resource
    subject: Subject
    region: str
    inputs: Properties
    outputs: Properties = field(default_factory=dict)
    id: str = ""

    @property
    def account_id(self) -> str:
        return self.clients.caller(self.region)["accountId"]

    @property
    def partition(self) -> str:
        return self.clients.partition(self.region)

    @property
    def what(self) -> str:
        return f"{self.subject.type} {self.subject.name}"

    def arn(self, service: str, rest: str, region: bool = True) -> str:
        place = self.region if region else ""
        return f"arn:{self.partition}:{service}:{place}:{self.account_id}:{rest}"

    def client(self, service: str = "") -> Any:
        return self.clients.get(service or self.resource.service, self.region)

    def send(self, operation: str, service: str = "", /, **request: Any) -> dict[str, Any]:
        """One API call. Raises ClientError, so that a hook can tell codes apart."""
        client = self.client(service)
        answer = getattr(client, operation)(**request)
        answer.pop("ResponseMetadata", None)
        marked: dict[str, Any] = mark_maps(answer, operation_model(client, operation).output_shape)
        return marked

    def find(self, operation: str, path: str, service: str = "", /, **request: Any) -> Any:
        """What lies at the path of the answer, or None, also when the API says that it is gone."""
        try:
            return search(path, self.send(operation, service, **request))
        except ClientError as error:
            if self.is_missing(error):
                return None
            raise

    def is_missing(self, error: Exception) -> bool:
        code = error_code(error)
        return code in self.resource.missing or code.endswith((".NotFound", "NotFoundException"))

    def request(self, operation: str, names: Any = None) -> tuple[dict[str, Any], list[Failure]]:
        """The members that the operation takes from the inputs, or from those of these names."""
        shape = operation_model(self.client(), operation).input_shape
        assert isinstance(shape, StructureShape)
        members: dict[str, Any] = {}
        failures: list[Failure] = []
        for name, value in self.inputs.items():
            prop = self.resource.properties.get(name)
            if prop is None or prop.local or prop.hooked:
                continue
            if names is not None and name not in names:
                continue
            place = find_place(shape, name, prop.member, self.resource.within)
            if place is None:
                continue
            path, inner = place
            translation = Translation(prop.renames)
            translated = translation.to_api(value, inner, (name,))
            failures += translation.failures
            if translated is not None and translated is not UNKNOWN:
                holder = members.setdefault(path[0], {}) if len(path) == 2 else members
                holder[path[-1]] = translated
        return members, failures

    def identity(self, operation: str) -> dict[str, Any]:
        """The members that name this resource in the operation's request."""
        shape = operation_model(self.client(), operation).input_shape
        assert isinstance(shape, StructureShape)
        named = {self.resource.id_member: self.id} if self.resource.id_member else {}
        for name in (*self.resource.identity, *self.resource.names):
            named[self.resource.properties[name].member or name] = self.inputs[name]
        members: dict[str, Any] = {}
        for name, value in named.items():
            member = name if name in shape.members else find_member(shape, name, many=True)
            if member:
                is_list = shape.members[member].type_name == "list"
                members[member] = [value] if is_list else value
        return members

    def describe(self, whole: bool = True) -> Mapping[str, Any] | None:
        """The object as the API tells it, or None when it is gone; not whole: without enrich."""
        resource = self.resource
        try:
            if resource.read is not None:
                return resource.read(self)
            found = self.find(
                resource.describe, resource.described, **self.identity(resource.describe)
            )
            if found and whole and resource.enrich is not None:
                found = {**found, **resource.enrich(self, found)}
            return found or None
        except ClientError as error:
            if self.is_missing(error):
                return None
            raise

    def wait_until_settled(self) -> None:
        """Until the state is none that the table calls pending, or the object is gone."""
        if self.resource.pending is None:
            return
        path, states = self.resource.pending
        deadline = time.monotonic() + PENDING_SECONDS
        while (state := search(path, self.describe(whole=False) or {})) in states:
            if time.monotonic() > deadline:
                raise ProviderError(
                    f"{self.what} ({self.id}) is still {state} after {PENDING_SECONDS} s"
                )
            time.sleep(PAUSE_SECONDS)

    def tags(self, inputs: Properties | None = None) -> dict[str, str]:
        source = self.inputs if inputs is None else inputs
        merged = source.get("tagsAll") or source.get("tags") or {}
        return {key: str(value) for key, value in merged.items()}


def guarded(call: Call, operation: str, action: Any) -> Any:
    """Runs the action; waits out what is busy; API errors in words for the operator."""
    deadline = time.monotonic() + RETRY_SECONDS
    while True:
        try:
            return action()
        except (ClientError, BotoCoreError) as error:
            if error_code(error) not in BUSY_CODES or time.monotonic() > deadline:
                raise operator_error(error, call.what, operation) from None
            time.sleep(PAUSE_SECONDS)
