"""A web page that a person looks at may reach loopback; it must not reach the embedded AWS."""

import boto3
import pytest
from werkzeug.test import Client, EnvironBuilder

from local.aws.api import NoBrowsers


def reached(environ, start_response):
    start_response("200 OK", [])
    return [b"reached"]


@pytest.mark.parametrize(
    ("host", "headers", "status"),
    [
        ("127.0.0.1:4566", {}, 200),
        ("localhost:4566", {}, 200),
        ("[::1]:4566", {}, 200),
        ("bucket.localhost:4566", {}, 200),
        ("127.0.0.1:4566", {"Origin": "http://evil.example"}, 403),
        ("127.0.0.1:4566", {"Origin": "null"}, 403),
        ("127.0.0.1:4566", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("evil.example:4566", {}, 403),
        ("127.0.0.1.evil.example", {}, 403),
        ("localhost.evil.example", {}, 403),
    ],
)
def test_only_programs_of_this_machine_are_answered(host, headers, status):
    builder = EnvironBuilder(method="POST", path="/moto-api/reset", headers=headers)
    environ = builder.get_environ() | {"HTTP_HOST": host}
    answer = Client(NoBrowsers(reached)).open(environ)
    assert answer.status_code == status
    assert (answer.data == b"reached") == (status == 200)


def test_the_embedded_aws_is_guarded_so(endpoint_url):
    import urllib.error
    import urllib.request

    page = urllib.request.Request(
        f"{endpoint_url}/moto-api/reset", method="POST", headers={"Origin": "http://evil.example"}
    )
    sts = boto3.client(
        "sts", region_name="eu-central-1", endpoint_url=endpoint_url,
        aws_access_key_id="x", aws_secret_access_key="x",
    )  # fmt: skip
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(page, timeout=60)
    assert sts.get_caller_identity()["Account"] == "123456789012"
