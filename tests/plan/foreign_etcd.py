"""A stack file whose etcd others run, beyond a connection; its certificates are real."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from plan.external_etcd import CLIENT
from tests.plan.own import ARTIFACTS
from tests.plan.pki.authority import Theirs, authority, leaf
from tests.plan.pki.samples import pki_plan

ENDPOINTS = ["https://etcd-1.corp.example.com:2379", "https://10.20.3.5:2380"]
FAR = "10.20.0.0/16"
START = datetime.now(UTC) - timedelta(days=1)  # a program asks for the day itself


@cache
def theirs() -> tuple[Theirs, Theirs]:
    """Their authority, and what it has signed for us, under a name of their choice."""
    signer = authority("etcd of the group", start=START)
    row = pki_plan().certificates[CLIENT]
    return signer, leaf(row, signer, common_name="heiiki-of-own", start=START)


def foreign(**changes: Any) -> dict[str, Any]:
    """What is asked of etcd; None takes a key away."""
    signer, client = theirs()
    keys = {
        "kind": "existing", "endpoints": ENDPOINTS, "cidrs": ["10.20.3.0/24"],
        "certificateAuthority": signer.pem, "clientCertificate": client.pem, **changes,
    }  # fmt: skip
    return {name: value for name, value in keys.items() if value is not None}


def changes(**etcd: Any) -> dict[str, Any]:
    """Of the stack file in tests/plan/own.py."""
    binaries = {n: d for n, d in ARTIFACTS["binaries"].items() if n != "etcd"}
    return {
        "controlPlane.etcd": foreign(**etcd),
        "controlPlane.artifacts": {**ARTIFACTS, "binaries": binaries},
        "network.connections": {"corp": {"kind": "existing", "cidrs": [FAR],
                                         "targetId": "tgw-0123456789abcdef1"}},
    }  # fmt: skip
