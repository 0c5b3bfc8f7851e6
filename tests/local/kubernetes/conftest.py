"""A kubernetes provider, and an API server that it may talk to."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from local.kubernetes.connection import Limits
from local.kubernetes.provider import create_servicer
from tests.local.tls.engine_side import EngineSide, engine_side

from .server import TOKEN, Server, api_server

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SECRET = "kubernetes:core/v1:Secret"
NAMESPACE = "kubernetes:core/v1:Namespace"
# No test waits so long: who asks for the end of somebody's patience asks for less of that alone.
PATIENT = Limits(connect_seconds=60, answer_seconds=60, exec_seconds=60, deletion_seconds=60)


def details(caught: "pytest.ExceptionInfo[grpc.RpcError]") -> str:
    """What the engine shows."""
    return str(caught.value.details())


@pytest.fixture
def limits() -> Limits:
    return PATIENT


@pytest.fixture
def kubernetes(limits: Limits) -> Iterator[EngineSide]:
    """Not configured yet."""
    with engine_side(create_servicer(limits)) as side:
        yield side


@pytest.fixture
def memory(kubernetes: EngineSide) -> EngineSide:
    kubernetes.configure()
    return kubernetes


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with api_server(tmp_path, {TOKEN}) as server:
        yield server


@pytest.fixture
def cluster(kubernetes: EngineSide, server: Server) -> EngineSide:
    kubernetes.configure(kubeconfig=server.kubeconfig())
    return kubernetes
