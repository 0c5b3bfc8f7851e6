"""The provider against kube-apiserver itself: what the other tests' server says of managers,
conflicts, fields and finalizers is what the real one says."""

import json
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from local.carry_in.programs import VERSION
from local.kubernetes.connection import Limits
from local.kubernetes.provider import create_servicer
from tests.local.tls.engine_side import EngineSide, engine_side
from tests.tools.kubernetes import ApiServer, api_server

from .conftest import CONFIG_MAP, NAMESPACE, SECRET, details
from .server import kubeconfig_of

CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps"
PATH = f"{CONFIG_MAPS}/aws-auth"
AWS_AUTH = {
    "metadata": {"name": "aws-auth", "namespace": "kube-system"},
    "data": {"mapRoles": "[]", "mapUsers": "[]"},
}
PATIENT = Limits(connect_seconds=10, answer_seconds=30, exec_seconds=10, deletion_seconds=30)
MERGE = "application/merge-patch+json"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with api_server(tmp_path_factory.mktemp("kubernetes") / "server") as server:
        yield server


@pytest.fixture
def cluster(server: ApiServer) -> Iterator[EngineSide]:
    with engine_side(create_servicer(PATIENT)) as side:
        side.configure(kubeconfig=kubeconfig_of(server.url, server.ca, {"token": server.token}))
        yield side
    if names(server) & {"aws-auth"}:
        server.ask("DELETE", PATH)


def read(server: ApiServer, path: str) -> dict[str, Any]:
    return dict(json.loads(server.ask("GET", path)))


def names(server: ApiServer) -> set[str]:
    return {item["metadata"]["name"] for item in read(server, CONFIG_MAPS)["items"]}


def put_by_others(server: ApiServer, data: dict[str, str]) -> None:
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", **AWS_AUTH, "data": data}
    server.ask("POST", f"{CONFIG_MAPS}?fieldManager=eksctl", theirs)


def test_it_is_the_real_one(server: ApiServer) -> None:
    assert read(server, "/version")["gitVersion"] == f"v{VERSION}"
    assert "kube-root-ca.crt" not in names(server), "nothing but an API server runs here"


def test_an_object_lives_its_life(cluster: EngineSide, server: ApiServer) -> None:
    made = cluster.create(CONFIG_MAP, AWS_AUTH)
    there = read(server, PATH)
    assert there["data"] == AWS_AUTH["data"]
    assert [(m["manager"], m["operation"]) for m in there["metadata"]["managedFields"]] == [
        (made["__fieldManager"], "Apply")
    ]
    assert made["metadata"]["uid"] == there["metadata"]["uid"]
    assert cluster.refresh(made) == made
    assert cluster.create(CONFIG_MAP, AWS_AUTH)["metadata"]["uid"] == made["metadata"]["uid"]

    updated = cluster.update(made, {**AWS_AUTH, "data": {"mapRoles": "- x"}})
    there = read(server, PATH)
    assert there["data"] == {"mapRoles": "- x"}, "what is left out is gone"
    assert there["metadata"]["uid"] == made["metadata"]["uid"]

    cluster.delete(updated)
    assert "aws-auth" not in names(server)
    assert cluster.refresh(updated) is None
    cluster.delete(updated)


def test_what_exists_already_is_not_touched(cluster: EngineSide, server: ApiServer) -> None:
    put_by_others(server, {"mapRoles": "theirs"})
    with pytest.raises(grpc.RpcError) as caught:
        cluster.create(CONFIG_MAP, AWS_AUTH)
    assert "ConfigMap kube-system/aws-auth exists already in the cluster" in details(caught)
    assert read(server, PATH)["data"] == {"mapRoles": "theirs"}


def test_what_others_manage_is_a_conflict_that_names_them(
    cluster: EngineSide, server: ApiServer
) -> None:
    put_by_others(server, {"mapRoles": "[]", "mapUsers": "[]"})
    imported = cluster.imported(CONFIG_MAP, "kube-system/aws-auth")
    assert imported is not None
    with pytest.raises(grpc.RpcError) as caught:
        cluster.update(imported, {**AWS_AUTH, "data": {"mapRoles": "ours"}})
    assert 'conflict with "eksctl"' in details(caught)
    assert read(server, PATH)["data"]["mapRoles"] == "[]"


def test_drift_shows_after_a_refresh_and_what_may_be_put_right_is(
    cluster: EngineSide, server: ApiServer
) -> None:
    made = cluster.create(CONFIG_MAP, AWS_AUTH)
    drift = {"data": {"mapUsers": None, "more": "theirs"}}
    server.ask("PATCH", f"{PATH}?fieldManager=kubectl", drift, MERGE)

    refreshed = cluster.refresh(made)
    assert refreshed is not None
    assert refreshed.inputs["data"] == {"mapRoles": "[]"}
    assert set(cluster.changes(refreshed, AWS_AUTH)) == {"data.mapUsers"}
    cluster.update(refreshed, AWS_AUTH)
    assert read(server, PATH)["data"] == {**AWS_AUTH["data"], "more": "theirs"}


def test_a_secret_comes_back_as_a_secret(cluster: EngineSide, server: ApiServer) -> None:
    inputs = {"metadata": {"name": "s"}, "stringData": {"password": "hunter2"}}
    made = cluster.create(SECRET, inputs)
    path = "/api/v1/namespaces/default/secrets/s"
    assert read(server, path)["data"] == {"password": "aHVudGVyMg=="}
    assert cluster.refresh(made) == made
    assert "hunter2" not in repr(made.outputs["data"]) and cluster.changes(made, inputs) == {}
    cluster.delete(made)


def test_a_namespace_that_is_not_there_is_an_error_that_names_it(cluster: EngineSide) -> None:
    inputs = {"metadata": {"name": "a", "namespace": "team"}}
    with pytest.raises(grpc.RpcError) as caught:
        cluster.create(CONFIG_MAP, inputs)
    assert 'namespaces "team" not found; create what it lies in first' in details(caught)
    cluster.create(NAMESPACE, {"metadata": {"name": "team"}}, name="team")
    assert cluster.create(CONFIG_MAP, inputs).id == "team/a"


def test_an_unknown_field_is_refused_and_not_dropped(cluster: EngineSide) -> None:
    unknown = {"metadata": {"name": "s"}, "spec": {"nodes": 3}}
    with pytest.raises(grpc.RpcError) as caught:
        cluster.create("kubernetes:core/v1:Service", unknown)
    assert "nodes" in details(caught)


def test_who_may_not_is_told_so(server: ApiServer) -> None:
    with engine_side(create_servicer(PATIENT)) as side:
        side.configure(kubeconfig=kubeconfig_of(server.url, server.ca, {"token": "nobody's"}))
        with pytest.raises(grpc.RpcError) as caught:
            side.create(CONFIG_MAP, AWS_AUTH)
    assert "Unauthorized" in details(caught) or "401" in details(caught)
    assert "nobody's" not in details(caught)
