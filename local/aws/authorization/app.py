"""Holds a role's policies against each call that is signed with a session of it.

Whoever signs with keys of no session is who built all this, and does as it likes; but not from a
machine, whose requests bear the VPC that they come from: there AWS would know no such keys.
"""

import io
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from local.aws import unanswered
from local.aws.arriving import ALLOWED, FROM_VPC, JUDGE, NO_CONTENT, REFUSED
from local.aws.authorization import balancers, keys, machines, objects  # noqa: F401 - their rows
from local.aws.authorization.callers import (
    ENDPOINTS,
    caller_of,
    has_ended,
    session_of,
    way_of,
)
from local.aws.authorization.calls import Call, asked_by
from local.aws.authorization.decisions import ENDPOINT, refusal

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d+/([^/]+)/([^/]+)/aws4_request")
CREDENTIAL, TOKEN = "X-Amz-Credential", "X-Amz-Security-Token"
BALANCERS, CLASSIC = "elasticloadbalancing", "2012-06-01"
# Whatever its own policies say (STS API reference); an endpoint's are asked.
ALWAYS = "sts:GetCallerIdentity"
EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
Environ = dict[str, Any]


class Refusal(Exception):
    """As AWS has it: an error's code, its message and the status of the answer."""

    def __init__(self, code: str, said: str, status: int) -> None:
        super().__init__(said)
        self.code, self.said, self.status = code, said, status


class Authorized:
    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._used: set[tuple[str, str]] = set()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        signed = _signed(request)
        vpc_id = request.headers.get(FROM_VPC, "")
        session = session_of(signed[0])
        if session is None and not vpc_id:
            return self._app(environ, start_response)
        stream = environ["wsgi.input"]
        service = named_service(request, signed[2])
        try:
            if session is None:
                raise _stranger(request, signed[0], service)
            self._tell(_judge(request, session, signed, vpc_id, service))
        except Refusal as refused:
            print(f"{REFUSED}{refused.said}", file=sys.stderr, flush=True)
            answer = unanswered.said(request, service, refused.code, refused.said, refused.status)
            return answer(environ, start_response)
        if JUDGE in request.headers:
            return Response(status=NO_CONTENT)(environ, start_response)
        if isinstance(stream, io.BytesIO):
            stream.seek(0)
        return self._app(environ, start_response)

    def _tell(self, used: Iterable[tuple[str, str]]) -> None:
        """Once of each: what a role may and never does is more than it needs."""
        for one in used:
            if one not in self._used:
                self._used.add(one)
                print(f"{ALLOWED}{one[0]} {one[1]}", file=sys.stderr, flush=True)


def _signed(request: Request) -> tuple[str, str, str]:
    """Access key, region and service; of a request without a signature, three times nothing.

    moto reads a signature in the query for S3 alone, and STS's has been moved by then.
    """
    found = _CREDENTIAL.search(request.headers.get("Authorization", ""))
    if found is None:
        found = _CREDENTIAL.search(f"Credential={request.args.get(CREDENTIAL, '')}")
        found = found if found is not None and found[3] == "s3" else None
    return (found[1], found[2], found[3]) if found else ("", "", "")


def named_service(request: Request, signed_for: str) -> str:
    """As botocore calls it: there are two that sign as elasticloadbalancing."""
    if signed_for != BALANCERS:
        return signed_for
    return "elb" if request.values.get("Version") == CLASSIC else "elbv2"


def _judge(
    request: Request, session: Any, signed: tuple[str, str, str], vpc_id: str, service: str
) -> list[tuple[str, str]]:
    """The role's name with each action that this took. Raises Refusal."""
    _, region, signed_for = signed
    token = request.headers.get(TOKEN) or request.args.get(TOKEN)
    if token != session.session_token:
        raise _stranger(request, session.access_key_id, service)
    if has_ended(session):
        raise Refusal("ExpiredToken", "The security token included in the request is expired", 403)
    caller = caller_of(session)
    operation, params = parsed(request, service)
    name = f"{signed_for}:{operation}"
    endpoint = request.headers.get(JUDGE) or ENDPOINTS.get(signed_for, signed_for)
    way = way_of(vpc_id, endpoint, region) if vpc_id else None
    if vpc_id and way is None:
        raise _denied(request, service, f"User: {caller.arn} is not authorized to perform: {name} "
                      f"because no {ENDPOINT} allows the {name} action")  # fmt: skip
    call = Call(caller, signed_for, operation, params, dict(request.headers.items()), region,
                session.partition, way)  # fmt: skip
    if name == ALWAYS:
        caller = replace(caller, identity=(EVERYTHING,), boundary=None, session=None)
    try:
        everything = asked_by(call)
    except KeyError as missing:
        raise Refusal("MissingParameter", f"{name} needs {missing}", 400) from missing
    for asked in everything:
        why = refusal(caller, asked, None if way is None else way.policy)
        if why is not None:
            raise _denied(request, service, why)
    name = caller.role_arn.rpartition("/")[2]
    return [(name, asked.action) for asked in everything]


def parsed(request: Request, service: str) -> tuple[str, Mapping[str, Any]]:
    """The operation and its parameters, as moto reads them: by the path where the service's model
    says so, whatever else the request names. Without a model, the name alone."""
    nothing: Mapping[str, Any] = {}
    try:
        model, uri = get_service_model(service), dict(nothing)
        if model.protocol.startswith("rest-"):
            found, uri = get_service_router(service).match(request)
        else:
            found = model.operation_model(unanswered.named(request))
    except (UnknownServiceError, OperationNotFoundError, NotFound, NotImplementedError):
        return unanswered.operation_name(service, request), nothing
    protocol = unanswered.protocol_of(model, request)
    if found.input_shape is None:
        return str(found.name), nothing
    parser = PROTOCOL_PARSERS[protocol](found, map_type=dict)
    params: Mapping[str, Any] = parser.parse(
        {"method": request.method, "values": request.values, "headers": request.headers,
         "body": request.data, "url_path": request.path, "url_params": uri}
    )  # fmt: skip
    return str(found.name), params


def _denied(request: Request, service: str, said: str) -> Refusal:
    """Each protocol has a code and a status of its own for it."""
    if service == "ec2":
        said = f"You are not authorized to perform this operation. {said}"
        return Refusal("UnauthorizedOperation", said, 403)
    if unanswered.speaks_json(request, service):
        status = 400 if "X-Amz-Target" in request.headers else 403
        return Refusal("AccessDeniedException", said, status)
    return Refusal("AccessDenied", said, 403)


def _stranger(request: Request, access_key: str, service: str) -> Refusal:
    if not access_key:
        return Refusal("AccessDenied" if service == "s3" else "MissingAuthenticationToken",
                       "Request is missing Authentication Token", 403)  # fmt: skip
    said = "The security token included in the request is invalid."
    if service == "s3":
        said = "The AWS Access Key Id you provided does not exist in our records."
        return Refusal("InvalidAccessKeyId", said, 403)
    if service == "ec2":
        return Refusal("AuthFailure", "AWS was not able to validate the provided access "
                       "credentials", 401)  # fmt: skip
    if unanswered.speaks_json(request, service):
        return Refusal("UnrecognizedClientException", said, 400)
    return Refusal("InvalidClientTokenId", said, 403)
