"""Our signer against botocore's, byte for byte."""

from datetime import UTC, datetime
from unittest import mock

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as TheirCredentials
from hypothesis import given
from hypothesis import strategies as st

from machines.agent.sigv4 import Credentials, encoded, query_text, signed_headers

NOW = datetime(2026, 11, 28, 1, 2, 3, tzinfo=UTC)
TIME = "20261128T010203Z"
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
SEGMENT = st.text(st.sampled_from("aZ0 +~-_%=&?#:é閉"), min_size=1, max_size=8)
VALUE = st.text(st.sampled_from("abcXYZ019 -_.;=\t"), max_size=20)
KEY = st.text(st.sampled_from("ABCdef0123456789/+="), min_size=1, max_size=40)


def theirs(method, path, query, headers, body, credentials, *, region, service):
    url = f"https://{headers['Host']}{encoded(path, '/')}"
    request = AWSRequest(method, url, dict(headers), body, params=query)
    if service == "s3":  # as for every call that names no algorithm for its payload
        request.context["payload_signing_enabled"] = True
    given = TheirCredentials(
        credentials.access_key, credentials.secret_key, credentials.token or None
    )
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    with (
        mock.patch("botocore.auth.get_current_datetime", lambda *_, **__: NOW.replace(tzinfo=None)),
        mock.patch("botocore.compat.get_current_datetime", lambda *_, **__: NOW),
    ):
        kind(given, service, region).add_auth(request)
    return dict(request.headers.items())


@given(
    service=st.sampled_from(["s3", "ec2", "ssm", "autoscaling"]),
    method=st.sampled_from(["GET", "PUT", "POST"]),
    segments=st.lists(SEGMENT, max_size=4),
    query=st.dictionaries(st.text("abcXYZ019-_", min_size=1, max_size=8), TEXT, max_size=4),
    values=st.lists(VALUE, min_size=3, max_size=3),
    body=st.binary(max_size=60),
    secret=KEY,
    token=st.one_of(st.just(""), KEY),
)
def test_every_request_is_signed_as_botocore_signs_it(
    service, method, segments, query, values, body, secret, token
):
    path = "/" + "/".join(segments) if service == "s3" else "/"
    headers = {
        "Host": f"{service}.ap-northeast-1.amazonaws.com", "Content-Type": values[0],
        "X-Amz-Target": values[1], "If-None-Match": values[2],
    }  # fmt: skip
    credentials = Credentials("AKID", secret, token)
    where = {"region": "ap-northeast-1", "service": service}
    ours = signed_headers(method, path, query, headers, body, credentials, time=TIME, **where)
    other = theirs(method, path, query, headers, body, credentials, **where)
    assert ours["Authorization"] == other["Authorization"]
    assert {name.lower(): value for name, value in ours.items()} == {
        name.lower(): value for name, value in other.items()
    }


def test_a_query_is_in_the_order_of_its_encoded_names():
    assert query_text({"b": "1 2", "a~": "/", "a": "é"}) == "a=%C3%A9&a~=%2F&b=1%202"


def test_credentials_show_themselves_to_nobody():
    credentials = Credentials("AKIAIOSFODNN7EXAMPLE", "the-secret", "the-token")
    assert repr(credentials) == "Credentials()"
    text = "AKIAIOSFODNN7EXAMPLE signed with the-secret and the-token"
    assert credentials.hide(text) == "*** signed with *** and ***"
    assert Credentials("", "", "").hide("as it is") == "as it is"


@pytest.mark.parametrize("changed", ["method", "path", "body", "header", "time", "region"])
def test_a_signature_is_of_every_part(changed):
    given = {
        "method": "GET", "path": "/a", "query": {}, "headers": {"Host": "h", "X": "1"},
        "body": b"", "credentials": Credentials("a", "b", "c"), "region": "r", "service": "s3",
        "time": TIME,
    }  # fmt: skip
    other = {
        "method": "PUT", "path": "/b", "body": b"x", "header": None, "time": "20261129T010203Z",
        "region": "q",
    }  # fmt: skip
    changes = (
        {"headers": {"Host": "h", "X": "2"}} if changed == "header" else {changed: other[changed]}
    )
    assert (
        signed_headers(**given)["Authorization"]
        != signed_headers(**{**given, **changes})["Authorization"]
    )
