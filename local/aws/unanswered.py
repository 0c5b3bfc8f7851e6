"""Requests that nothing in moto takes: of a path or a service that it does not have.

Its server has web pages for them, of which a client says "404" and shows the HTML. Here they get an
error of AWS's kind that names the operation, in the protocol of the service, as
extensions/defects.py answers operations that moto knows and cannot do.
"""

import re
from typing import Any

import flask
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError
from moto.core.model import OperationModel, ServiceModel
from moto.core.request import Request
from moto.core.routing import get_service_router
from moto.core.serialize import SERIALIZERS, get_serializer_class
from moto.core.utils import get_service_model
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from local.aws.extensions.defects import CODE, NOT_RETRIED
from local.aws.extensions.registry import Refused

_SIGNED_FOR = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
# Services whose protocols stand for those of services that botocore does not know by this name.
_QUERY, _JSON, _REST = "sts", "logs", "eks"
_CBOR = "rpc-v2-cbor"  # moto reads it and writes none


def create_app_of(backend: Any) -> Any:
    """moto's application for one of its backends; None where it has none for a request."""
    if backend is None:
        return lambda environ, start: refusal(Request(environ))(environ, start)
    app: flask.Flask = create_backend_app(backend)
    app.register_error_handler(NotFound, lambda _: refusal(flask.request))
    return app


def refusal(request: Any) -> Response:
    """The error that says that nobody answers this request."""
    signed = _SIGNED_FOR.search(request.headers.get("Authorization", ""))
    service = signed[1] if signed else "?"
    name = operation_name(service, request)
    text = f"The embedded AWS cannot answer {service}:{name}: nothing here takes it"
    return said(request, service, CODE, text, NOT_RETRIED)


def said(request: Any, service: str, code: str, text: str, status: int) -> Response:
    """An error of the service, in what the client speaks."""
    if request.headers.get("Smithy-Protocol") == _CBOR:
        headers = {"Smithy-Protocol": _CBOR, "Content-Type": "application/cbor"}
        return Response(_cbor({"__type": code, "message": text}), status, headers)
    operation = operation_of(service, operation_name(service, request), request)
    model = operation.service_model
    protocol = protocol_of(model, request)
    serializer = get_serializer_class(model.service_name, protocol)(operation)
    written = serializer.serialize(Refused(code, text))
    return Response(written["body"], status, written["headers"])


def operation_name(service: str, request: Any) -> str:
    """For people, where it is none: the method and the path."""
    return named(request) or _routed(service, request) or f"{request.method} {request.path}"


def protocol_of(model: ServiceModel, request: Any) -> str:
    """What the client speaks, of the protocols that its service knows."""
    known = [p for p in model.metadata.get("protocols", [model.protocol]) if p in SERIALIZERS]
    asked = "query" if "Action" in request.values else "json"
    return asked if asked in known else (*known, "rest-json")[0]


def speaks_json(request: Any, service: str) -> bool:
    model = operation_of(service, operation_name(service, request), request).service_model
    return protocol_of(model, request).endswith("json")


def _cbor(members: dict[str, str]) -> bytes:
    """A map of a few short texts (RFC 8949, 3.1: 0xa0 and their number; 0x79 and 2 of length)."""
    texts = [text.encode() for member in members.items() for text in member]
    written = [b"\x79" + len(text).to_bytes(2, "big") + text for text in texts]
    return bytes([0xA0 + len(members)]) + b"".join(written)


def named(request: Request) -> str:
    """The operation where the request itself names it: in the form, a header, or a path of CBOR."""
    path = request.path.rsplit("/operation/", 1)
    target = request.headers.get("X-Amz-Target", "").rsplit(".", 1)[-1]
    action = request.form.get("Action") or request.args.get("Action", "")
    return str(action) or target or (path[1] if len(path) > 1 else "")


def _routed(service: str, request: Any) -> str:
    """The operation that the method and the path stand for."""
    try:
        found, _ = get_service_router(service).match(request)
    except (UnknownServiceError, NotFound, NotImplementedError):
        return ""
    return str(found.name)


def operation_of(service: str, name: str, request: Request) -> OperationModel:
    """What the answer is written by."""
    try:
        model = get_service_model(service)
    except UnknownServiceError:
        speaks = _QUERY if "Action" in request.values else _REST
        model = get_service_model(_JSON if "X-Amz-Target" in request.headers else speaks)
    try:
        found: OperationModel = model.operation_model(name)
    except OperationNotFoundError:
        return OperationModel({}, model)
    return found
