"""Objects in a cluster: what is asked of the API server, and what becomes of its answers."""

from dataclasses import replace

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2_grpc

from local.kubernetes.provider import create_servicer
from local.provider_protocol import serve
from local.provider_values import Secret
from tests.local.tls.engine_side import EngineSide

from .api import Asked, Refused
from .conftest import CONFIG_MAP, NAMESPACE, PATIENT, SECRET, details
from .server import Server

PATH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
AWS_AUTH = {
    "metadata": {"name": "aws-auth", "namespace": "kube-system"},
    "data": {"mapRoles": "[]", "mapUsers": "[]"},
}
WIDGET = "kubernetes:test.example/v1:Widget"
GADGET = "kubernetes:test.example/v1:Gadget"


def test_an_object_is_applied_by_its_manager_and_never_by_force(
    cluster: EngineSide, server: Server
) -> None:
    made = cluster.create(CONFIG_MAP, AWS_AUTH)

    applied = server.api.asked[-1]
    assert (applied.method, applied.path, applied.user) == ("PATCH", PATH, "by-token")
    assert applied.query == {
        "fieldManager": made["__fieldManager"],
        "force": "false",
        "fieldValidation": "Strict",
    }
    assert applied.headers["content-type"] == "application/apply-patch+yaml"
    assert applied.body == {"apiVersion": "v1", "kind": "ConfigMap", **AWS_AUTH}
    assert made.id == "kube-system/aws-auth"
    assert made["metadata"]["uid"] == server.api.get(PATH)["metadata"]["uid"]
    assert made["__fieldManager"].startswith("pulumi-kubernetes-")
    assert made["__initialApiVersion"] == "v1"


def test_an_object_lives_its_life(cluster: EngineSide, server: Server) -> None:
    made = cluster.create(CONFIG_MAP, AWS_AUTH)
    assert cluster.refresh(made) == made

    updated = cluster.update(made, {**AWS_AUTH, "data": {"mapRoles": "- x"}})
    assert server.api.get(PATH)["data"] == {"mapRoles": "- x"}
    assert updated["data"] == {"mapRoles": "- x"}
    assert updated["metadata"]["uid"] == made["metadata"]["uid"]

    cluster.delete(updated)
    assert PATH not in server.api.objects
    deletion = next(asked for asked in server.api.asked if asked.method == "DELETE")
    assert deletion.body is not None and deletion.body["propagationPolicy"] == "Foreground"
    assert cluster.refresh(updated) is None
    cluster.delete(updated)


def test_a_preview_asks_nothing(cluster: EngineSide, server: Server) -> None:
    made = cluster.create(CONFIG_MAP, AWS_AUTH)
    asked = len(server.api.asked)

    cluster.preview(CONFIG_MAP, AWS_AUTH)
    cluster.changes(made, {**AWS_AUTH, "data": {}})
    cluster.update(made, {**AWS_AUTH, "data": {}}, preview=True)

    assert asked > 0 and len(server.api.asked) == asked


def test_what_exists_already_is_not_touched(cluster: EngineSide, server: Server) -> None:
    theirs = {"metadata": {"name": "aws-auth"}, "data": {"mapRoles": "theirs"}}
    server.api.put(PATH, theirs, manager="eksctl")

    with pytest.raises(grpc.RpcError) as caught:
        cluster.create(CONFIG_MAP, AWS_AUTH)

    assert f"ConfigMap kube-system/aws-auth exists already in the cluster {server.url}" in details(
        caught
    )
    assert "PATCH" not in server.api.methods()
    assert server.api.get(PATH)["data"] == {"mapRoles": "theirs"}


def test_what_a_killed_run_made_is_taken_over(cluster: EngineSide, server: Server) -> None:
    first = cluster.create(CONFIG_MAP, AWS_AUTH)
    again = cluster.create(CONFIG_MAP, AWS_AUTH)

    assert again["metadata"]["uid"] == first["metadata"]["uid"]


def test_an_import_can_be_changed_afterwards(cluster: EngineSide, server: Server) -> None:
    server.api.put(PATH, {"apiVersion": "v1", "kind": "ConfigMap", **AWS_AUTH}, manager="eksctl")

    imported = cluster.imported(CONFIG_MAP, "kube-system/aws-auth")

    assert imported is not None
    assert imported.inputs == {"apiVersion": "v1", "kind": "ConfigMap", **AWS_AUTH}
    labelled = {**AWS_AUTH, "metadata": {**AWS_AUTH["metadata"], "labels": {"a": "b"}}}
    cluster.update(imported, labelled)
    assert server.api.get(PATH)["metadata"]["labels"] == {"a": "b"}


def test_what_others_manage_is_a_conflict_that_names_them(
    cluster: EngineSide, server: Server
) -> None:
    server.api.put(PATH, {"apiVersion": "v1", "kind": "ConfigMap", **AWS_AUTH}, manager="eksctl")
    imported = cluster.imported(CONFIG_MAP, "kube-system/aws-auth")
    assert imported is not None

    with pytest.raises(grpc.RpcError) as caught:
        cluster.update(imported, {**AWS_AUTH, "data": {"mapRoles": "ours"}})

    said = details(caught)
    assert f"the API server {server.url} did not apply ConfigMap kube-system/aws-auth" in said
    assert 'conflict with "eksctl"' in said
    assert "leave them out here, or let the other manager give them up" in said
    assert server.api.get(PATH)["data"]["mapRoles"] == "[]"


def test_drift_shows_after_a_refresh_and_is_put_right(cluster: EngineSide, server: Server) -> None:
    made = cluster.create(CONFIG_MAP, AWS_AUTH)
    server.api.get(PATH)["data"] = {"mapRoles": "drifted", "mapUsers": "[]", "more": "theirs"}

    refreshed = cluster.refresh(made)

    assert refreshed is not None
    assert refreshed.inputs["data"] == {"mapRoles": "drifted", "mapUsers": "[]"}
    assert cluster.changes(refreshed, AWS_AUTH) == {"data.mapRoles": "UPDATE_REPLACE"}
    cluster.update(refreshed, AWS_AUTH)
    assert server.api.get(PATH)["data"]["mapRoles"] == "[]"


def test_a_secret_goes_over_the_wire_and_stays_secret(cluster: EngineSide, server: Server) -> None:
    inputs = {"metadata": {"name": "s"}, "stringData": {"password": "hunter2"}}
    made = cluster.create(SECRET, inputs)
    refreshed = cluster.refresh(made)

    assert server.api.get("/api/v1/namespaces/default/secrets/s")["data"] == {
        "password": "aHVudGVyMg=="
    }
    assert made.outputs["data"] == Secret({"password": "aHVudGVyMg=="})
    assert refreshed == made
    assert cluster.changes(made, inputs) == {}


def test_a_refusal_shows_no_secret(cluster: EngineSide, server: Server) -> None:
    def refuse(asked: Asked) -> None:
        if asked.method == "PATCH" and asked.body is not None:
            raise Refused(422, "Invalid", f"bad value {asked.body['stringData']['a']}")

    server.api.before = refuse
    with pytest.raises(grpc.RpcError) as caught:
        cluster.create(SECRET, {"metadata": {"name": "s"}, "stringData": {"a": "hunter2"}})

    assert "bad value [secret]; correct the object" in details(caught)


def test_a_namespace_that_is_not_there_is_an_error_that_names_it(
    cluster: EngineSide, server: Server
) -> None:
    inputs = {"metadata": {"name": "a", "namespace": "team"}}
    with pytest.raises(grpc.RpcError) as caught:
        cluster.create(CONFIG_MAP, inputs)
    assert 'namespaces "team" not found; create what it lies in first' in details(caught)

    cluster.create(NAMESPACE, {"metadata": {"name": "team"}})
    assert cluster.create(CONFIG_MAP, inputs).id == "team/a"


def test_an_unknown_field_is_refused_and_not_dropped(cluster: EngineSide) -> None:
    with pytest.raises(grpc.RpcError, match='unknown field "nodes"'):
        cluster.create(WIDGET, {"metadata": {"name": "w"}, "nodes": 3})


def test_the_server_says_where_custom_kinds_are(cluster: EngineSide, server: Server) -> None:
    cluster.create(WIDGET, {"metadata": {"name": "w"}})
    gadget = cluster.create(GADGET, {"metadata": {"name": "g"}})

    assert "/apis/test.example/v1/namespaces/default/widgets/w" in server.api.objects
    assert "/apis/test.example/v1/gadgets/g" in server.api.objects
    refreshed = cluster.refresh(gadget)
    assert refreshed is not None
    assert cluster.changes(refreshed, {"metadata": {"name": "g"}}) == {}
    cluster.delete(gadget)
    assert "/apis/test.example/v1/gadgets/g" not in server.api.objects


def test_a_kind_that_the_server_lacks_is_an_error_that_names_it(
    cluster: EngineSide, server: Server
) -> None:
    for token in ("kubernetes:test.example/v1:Gizmo", "kubernetes:other.example/v1:Gizmo"):
        with pytest.raises(grpc.RpcError) as caught:
            cluster.create(token, {"metadata": {"name": "g"}})
        assert "does not know the kind Gizmo of " in details(caught)
        assert "such as its CustomResourceDefinition" in details(caught)


def test_kinds_are_asked_for_once(cluster: EngineSide, server: Server) -> None:
    for name in ("a", "b"):
        cluster.create(CONFIG_MAP, {"metadata": {"name": name}})

    assert [a.path for a in server.api.asked].count("/api/v1") == 1


def test_role_names_are_quoted_in_paths(cluster: EngineSide, server: Server) -> None:
    token = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
    made = cluster.create(token, {"metadata": {"name": "system:node reader"}, "rules": []})

    assert made.id == "system:node reader"
    paths = {asked.path for asked in server.api.asked}
    assert "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode%20reader" in paths


def test_a_deletion_waits_until_the_object_is_gone(cluster: EngineSide, server: Server) -> None:
    made = cluster.create(CONFIG_MAP, AWS_AUTH)
    server.api.get(PATH)["metadata"]["finalizers"] = ["test.example/wait"]
    looks = 0

    def release_at_the_third_look(asked: Asked) -> None:
        nonlocal looks
        looks += asked.method == "GET" and "DELETE" in server.api.methods()
        if looks == 3:
            server.api.objects.pop(PATH, None)

    server.api.before = release_at_the_third_look
    cluster.delete(made)

    assert looks == 3


@pytest.mark.parametrize("limits", [replace(PATIENT, deletion_seconds=0.6)])
def test_a_deletion_that_does_not_end_says_what_holds_it(
    cluster: EngineSide, server: Server
) -> None:
    made = cluster.create(CONFIG_MAP, AWS_AUTH)
    server.api.get(PATH)["metadata"]["finalizers"] = ["test.example/wait"]

    with pytest.raises(grpc.RpcError) as caught:
        cluster.delete(made)

    said = details(caught)
    assert "is still there 0.6 s after it was deleted (finalizers: test.example/wait)" in said


def test_another_object_of_the_same_name_is_not_waited_for(
    cluster: EngineSide, server: Server
) -> None:
    made = cluster.create(CONFIG_MAP, AWS_AUTH)

    def come_again(asked: Asked) -> None:
        if "DELETE" in server.api.methods() and PATH not in server.api.objects:
            server.api.put(PATH, {"metadata": {"name": "aws-auth"}})

    server.api.before = come_again
    cluster.delete(made)

    assert PATH in server.api.objects


def test_what_becomes_of_dependents_can_be_said(cluster: EngineSide, server: Server) -> None:
    annotations = {"pulumi.com/deletionPropagationPolicy": "orphan"}
    made = cluster.create(CONFIG_MAP, {"metadata": {"name": "a", "annotations": annotations}})

    cluster.delete(made)

    deletion = next(asked for asked in server.api.asked if asked.method == "DELETE")
    assert deletion.body is not None and deletion.body["propagationPolicy"] == "Orphan"


def test_a_busy_server_is_asked_again(cluster: EngineSide, server: Server) -> None:
    tries = 0

    def busy_at_first(asked: Asked) -> None:
        nonlocal tries
        tries += asked.method == "PATCH"
        if asked.method == "PATCH" and tries < 3:
            raise Refused(429, "TooManyRequests", "come again later")

    server.api.before = busy_at_first
    cluster.create(CONFIG_MAP, AWS_AUTH)

    assert tries == 3


def test_a_server_that_stays_busy_is_an_error(cluster: EngineSide, server: Server) -> None:
    def busy(asked: Asked) -> None:
        raise Refused(429, "TooManyRequests", "come again later")

    server.api.before = busy
    with pytest.raises(grpc.RpcError, match="come again later"):
        cluster.create(CONFIG_MAP, AWS_AUTH)


def test_a_right_that_is_missing_is_an_error_that_names_it(
    cluster: EngineSide, server: Server
) -> None:
    def forbid(asked: Asked) -> None:
        if asked.path == PATH:
            raise Refused(403, "Forbidden", 'User "heiiki" cannot get resource "configmaps"')

    server.api.before = forbid
    with pytest.raises(grpc.RpcError) as caught:
        cluster.create(CONFIG_MAP, AWS_AUTH)

    assert 'cannot get resource "configmaps"; give the user of the kubeconfig that right' in (
        details(caught)
    )


def test_two_providers_keep_to_their_own_clusters(server: Server, kubernetes: EngineSide) -> None:
    """The engine opens a connection for each provider resource."""

    running = serve(create_servicer())
    channels = [
        grpc.insecure_channel(
            f"127.0.0.1:{running.port}", options=[("grpc.use_local_subchannel_pool", 1)]
        )
        for _ in range(2)
    ]
    try:
        stubs = [provider_pb2_grpc.ResourceProviderStub(channel) for channel in channels]
        real, memory = (EngineSide(stub) for stub in stubs)
        real.configure(kubeconfig=server.kubeconfig())
        memory.configure()
        memory.create(CONFIG_MAP, AWS_AUTH)
        assert server.api.asked == []
        real.create(CONFIG_MAP, AWS_AUTH)
        assert PATH in server.api.objects
    finally:
        for channel in channels:
            channel.close()
        running.stop()
