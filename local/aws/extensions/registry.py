"""The table of what moto lacks, and how each row becomes a method of moto's own response class.

A row is a function from a Call to the answer in the shape of the service model. Installed, it is
reached like any other operation of moto: the request is parsed by moto's parser and the answer is
written by moto's serialiser, both driven by botocore's model. In between the request is checked
against the model's constraints, and the answer for members that the model does not know, which
the serialiser would drop in silence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar, cast

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores, get_service_model

from local.aws.extensions.conformance import request_faults, unmodelled

State = TypeVar("State")


@dataclass(frozen=True)
class Passed:
    """An answer of moto's own, handed on as it is."""

    answer: Any


@dataclass(frozen=True)
class Call:
    """One request, parsed. moto() is moto's own answer to it, for rows that only complete it."""

    backend: BaseBackend
    access_key: str
    params: dict[str, Any]
    by_moto: Callable[[], Any]

    def moto(self) -> Any:
        answered = self.by_moto()
        return answered.result if isinstance(answered, ActionResult) else answered

    def pass_on(self) -> Passed:
        return Passed(self.by_moto())

    @property
    def account_id(self) -> str:
        return self.backend.account_id

    @property
    def region(self) -> str:
        return self.backend.region_name

    @property
    def partition(self) -> str:
        return self.backend.partition

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def state(self, kind: type[State]) -> State:
        """Our own records for this account and region; moto's reset of the backend empties them."""
        return cast(State, self.backend.__dict__.setdefault(f"kept_{kind.__name__}", kind()))


Handler = Callable[[Call], Mapping[str, Any] | Passed | None]


@dataclass(frozen=True)
class Extension:
    service: str
    operation: str
    why: str
    handler: Handler


@dataclass(frozen=True)
class Service:
    """Where moto keeps a service, and the error code with which AWS refuses a malformed request."""

    response: type[BaseResponse]
    backends: BackendDict[Any]
    invalid_parameter: str
    is_global: bool = False  # one backend per partition, not per region


class Refused(ServiceException):
    """An error of AWS's own: a code of the service model and the message.

    Not moto's class itself, whose serialiser takes the service from the module of the class.
    """


EXTENSIONS: list[Extension] = []


def extends(service: str, operation: str, why: str) -> Callable[[Handler], Handler]:
    """Enter a function in the table. why: what moto lacks or answers otherwise than AWS."""

    def enter(handler: Handler) -> Handler:
        EXTENSIONS.append(Extension(service, operation, why, handler))
        return handler

    return enter


def install(extension: Extension, service: Service) -> None:
    name = camelcase_to_underscores(extension.operation)
    original = getattr(service.response, name, None)
    setattr(service.response, name, _method(extension, service, original))


def patch(owner: type | ModuleType, **attributes: object) -> None:
    """Put our attributes in place of moto's on one of its classes or modules."""
    for name, attribute in attributes.items():
        setattr(owner, name, attribute)


def _method(
    extension: Extension, service: Service, original: Callable[[BaseResponse], Any] | None
) -> Callable[[BaseResponse], Any]:
    model = get_service_model(extension.service).operation_model(extension.operation)

    def answer(response: BaseResponse) -> Any:
        if not response.automated_parameter_parsing:
            response.parse_parameters(response.normalized_request)
        params: dict[str, Any] = dict(response.params)
        faults = request_faults(params, model.input_shape)
        if faults:
            raise Refused(service.invalid_parameter, "; ".join(faults))

        def by_moto() -> Any:
            if original is None:
                raise LookupError(f"moto has no {extension.operation}")
            return original(response)

        place = response.partition if service.is_global else response.region
        backend = service.backends[response.current_account][place]
        result = extension.handler(Call(backend, response.access_key, params, by_moto))
        if isinstance(result, Passed):
            return result.answer
        wrong = unmodelled(result, model.output_shape)
        if wrong:
            raise AssertionError(f"{extension.operation}: not in the service model: {wrong}")
        return ActionResult(result)

    return answer
