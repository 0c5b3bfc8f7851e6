"""Checks that every renderer shares. Each returns its value, or raises ValueError naming it."""

import base64
import binascii
import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

MAX_SHOWN_CHARACTERS = 80
LINK_LOCAL = (ip_network("169.254.0.0/16"), ip_network("fe80::/10"))
_CLUSTER_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d+")
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
_HOST_NAME = re.compile(_HOST)
_HTTPS_HOST = re.compile(rf"https://(?P<host>{_HOST})(?::(?P<port>\d{{1,5}}))?/?")
_SECRETS = (
    (re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY"), "a private key"),
    (re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"), "an AWS access key"),
    (
        re.compile(r"aws_secret_access_key\W{1,4}[A-Za-z0-9/+]{40}", re.IGNORECASE),
        "an AWS secret key",
    ),
)

_CREDENTIALS = re.compile(r"://[^/\s]*@")


def fault(field: str, value: object, sentence: str) -> ValueError:
    """The error for `field`; the value is shown shortened, and never when it may be a secret."""
    text = value if isinstance(value, str) else repr(value)
    if secret_in(text) or _CREDENTIALS.search(text):
        return ValueError(f"{field} {sentence} (value not shown: it may be a secret)")
    shown = repr(text[:MAX_SHOWN_CHARACTERS]) + ("…" if len(text) > MAX_SHOWN_CHARACTERS else "")
    return ValueError(f"{field} {sentence}; got {shown}")


def secret_in(text: str) -> str | None:
    """What kind of secret the text carries, as far as it can be recognised by its form."""
    return next((kind for pattern, kind in _SECRETS if pattern.search(text)), None)


def one_line(field: str, value: str) -> str:
    """Not empty, one line, no control characters, and writable as UTF-8."""
    if not value or not value.isprintable():  # isprintable: no line ends, controls, surrogates
        raise fault(field, value, "must be one non-empty line of printable characters")
    return value


def text(field: str, value: str) -> str:
    """Lines as Unix writes them: no NUL, no carriage return, and writable as UTF-8."""
    for character, name in (("\0", "NUL"), ("\r", "carriage return (a Windows line end)")):
        if character in value:
            raise ValueError(f"{field} has a {name}; write it with Unix line ends and as text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{field} has a character that UTF-8 cannot write") from None
    return value


def cluster_name(field: str, value: str) -> str:
    """As CreateCluster takes it."""
    if not _CLUSTER_NAME.fullmatch(value):
        raise fault(field, value, "must be 1 to 100 letters, digits, '-' and '_', no sign first")
    return value


def region(field: str, value: str) -> str:
    if not _REGION.fullmatch(value):
        raise fault(field, value, "must be a region's code name, such as ap-northeast-1")
    return value


def host_name(field: str, value: str) -> str:
    """A DNS name or an IPv4 address."""
    if not _HOST_NAME.fullmatch(value) or len(value) > 253:
        raise fault(field, value, "must be a host name or an IPv4 address")
    return value


def https_host(field: str, value: str) -> str:
    """The host of an `https://host[:port]` URL; no path, no query, no credentials."""
    match = _HTTPS_HOST.fullmatch(value)
    if match is None or int(match["port"] or 443) not in range(1, 65536):
        raise fault(
            field, value, "must be a URL such as https://ABC.gr7.eu-west-1.eks.amazonaws.com"
        )
    return match["host"]


def port(field: str, value: int) -> int:
    return whole_number(field, value, 1, 65535)


def whole_number(field: str, value: int, least: int, most: int) -> int:
    if isinstance(value, bool) or not least <= value <= most:
        raise fault(field, value, f"must be a whole number from {least} to {most}")
    return value


def certificates(field: str, value_base64: str) -> str:
    """Base64 of PEM certificates and nothing else: a private key here would reach every node."""
    try:
        pem = base64.b64decode(value_base64, validate=True).decode()
    except (binascii.Error, ValueError):
        pem = ""
    pem_certificates(field, pem)
    return value_base64


def pem_certificates(field: str, pem: str) -> str:
    if secret_in(pem):
        raise ValueError(f"{field} holds a private key; give certificates only (value not shown)")
    if "-----BEGIN CERTIFICATE-----" not in pem:
        raise ValueError(
            f"{field} must hold certificates in PEM form (-----BEGIN CERTIFICATE-----)"
        )
    return pem


def network(field: str, value: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(value)
    except ValueError:
        raise fault(field, value, "must be a CIDR without host bits, such as 10.0.0.0/16") from None


def cluster_dns_ips(field: str, values: Sequence[str], service_cidr: str) -> list[str]:
    """Addresses inside the service CIDR, or link-local ones (a DNS cache on each node)."""
    services = network("service_cidr", service_cidr)
    if not values or isinstance(values, str):
        raise fault(field, values, "must be a list of at least one IP address")
    for value in values:
        try:
            address = ip_address(value)
        except ValueError:
            raise fault(field, value, "must be an IP address") from None
        if address.version != services.version or not any(
            address in allowed for allowed in (services, *LINK_LOCAL)
        ):
            raise fault(field, value, f"must lie in service_cidr {services} (or be link-local)")
    return list(values)
