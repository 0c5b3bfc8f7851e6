"""What never takes the proxy, and a proxy that carries no credentials."""

from typing import Any

import pytest
from hypothesis import given

from machines.proxy import LINK_LOCAL_SERVICES, ProxySettings, no_proxy_for, proxy_environment
from tests.machines.strategies import HOSTILE
from tests.machines.values import ENDPOINT, HOST, PROXY

ASKED: dict[str, Any] = {
    "vpc_cidrs": ["10.1.0.0/16", "10.0.0.0/16"],
    "service_cidr": "172.20.0.0/16",
    "api_server_endpoint": ENDPOINT,
    "endpoint_dns_names": ["sts.r.amazonaws.com", "*.dkr.ecr.r.amazonaws.com"],
}


def test_everything_inside_is_reached_without_the_proxy_in_a_stable_order() -> None:
    assert no_proxy_for(**ASKED, pod_cidrs=["100.64.0.0/16"], extra=["b.corp", ".corp"]) == (
        "localhost",
        "127.0.0.1",
        "169.254.169.254",
        "169.254.170.23",
        "169.254.169.253",
        "169.254.169.123",
        "10.0.0.0/16",
        "10.1.0.0/16",
        "100.64.0.0/16",
        "172.20.0.0/16",
        ".svc",
        ".cluster.local",
        ".internal",
        HOST,
        ".dkr.ecr.r.amazonaws.com",
        "sts.r.amazonaws.com",
        ".corp",
        "b.corp",
    )


def test_the_order_asked_changes_nothing_and_nothing_stands_twice() -> None:
    turned = ASKED | {"vpc_cidrs": ["10.0.0.0/16", "10.1.0.0/16", "10.1.0.0/16"]}
    turned["endpoint_dns_names"] = list(reversed(ASKED["endpoint_dns_names"]))
    assert no_proxy_for(**turned) == no_proxy_for(**ASKED)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"vpc_cidrs": ["10.0.0.1/16"]}, "vpc_cidrs must be a CIDR"),
        ({"pod_cidrs": ["x"]}, "pod_cidrs must be a CIDR"),
        ({"service_cidr": ""}, "service_cidr must be a CIDR"),
        ({"api_server_endpoint": "x"}, "api_server_endpoint must be a URL"),
    ],
)
def test_a_fault_is_named(asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        no_proxy_for(**ASKED | asked)


@pytest.mark.parametrize(
    "url",
    ["", "proxy:3128", "http://proxy", "http://proxy:3128/", "socks5://proxy:1", "http://-:1"],
)
def test_a_proxy_out_of_shape_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="https_proxy must be http://host:port"):
        ProxySettings("http://a:1", url, PROXY.no_proxy)


def test_a_proxy_with_credentials_is_refused_and_not_shown() -> None:
    with pytest.raises(ValueError, match="no credentials") as raised:
        ProxySettings("http://user:hunter2@proxy:3128", "http://a:1", PROXY.no_proxy)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("service", LINK_LOCAL_SERVICES)
def test_metadata_credentials_dns_and_time_never_take_the_proxy(service: str) -> None:
    rest = tuple(entry for entry in PROXY.no_proxy if entry != service)
    with pytest.raises(ValueError, match=f"no_proxy lacks {service}"):
        ProxySettings("http://a:1", "http://a:1", rest)


@given(value=HOSTILE)
def test_an_entry_that_would_become_two_is_refused(value: str) -> None:
    try:
        proxy = ProxySettings("http://a:1", "http://a:1", (*PROXY.no_proxy, value))
    except ValueError as error:
        assert str(error).startswith("no_proxy must be")
    else:
        assert proxy_environment(proxy)["NO_PROXY"].split(",")[-1] == value


def test_curl_finds_its_http_proxy() -> None:
    environment = proxy_environment(PROXY)
    assert environment["http_proxy"] == environment["HTTP_PROXY"] == PROXY.http_proxy
    assert environment["HTTPS_PROXY"] == PROXY.https_proxy
