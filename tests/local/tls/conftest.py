"""A tls provider with a clock that the test sets."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from local.tls.provider import create_servicer

from .engine_side import EngineSide, Made, engine_side

PRIVATE_KEY = "tls:index/privateKey:PrivateKey"
SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert"
REQUEST = "tls:index/certRequest:CertRequest"
LOCALLY_SIGNED = "tls:index/locallySignedCert:LocallySignedCert"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tls(clock: Clock) -> Iterator[EngineSide]:
    with engine_side(create_servicer(clock)) as side:
        side.configure()
        yield side


def p256(tls: EngineSide) -> Made:
    return tls.create(PRIVATE_KEY, {"algorithm": "ECDSA", "ecdsaCurve": "P256"})


def authority(tls: EngineSide, key: Made, **more: Any) -> Made:
    inputs = {
        "privateKeyPem": key["privateKeyPem"],
        "isCaCertificate": True,
        "allowedUses": ["cert_signing", "crl_signing"],
        "validityPeriodHours": 48,
        "subject": {"commonName": "the authority"},
        **more,
    }
    return tls.create(SELF_SIGNED, inputs)
