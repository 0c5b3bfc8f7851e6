"""Objects in memory and as YAML files: names, secrets, what replaces, what is found again."""

import base64
import stat
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml

from local.provider_values import UNKNOWN, Secret
from tests.local.tls.engine_side import EngineSide, Made

from .conftest import CONFIG_MAP, NAMESPACE, SECRET, details

AWS_AUTH: dict[str, Any] = {
    "metadata": {"name": "aws-auth", "namespace": "kube-system"},
    "data": {"mapRoles": "[]"},
}
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"


def test_an_object_is_found_again_and_gone_after_deletion(memory: EngineSide) -> None:
    made = memory.create(CONFIG_MAP, AWS_AUTH)

    assert made.id == "kube-system/aws-auth"
    assert (made["apiVersion"], made["kind"]) == ("v1", "ConfigMap")
    assert made["metadata"].keys() >= {"uid", "resourceVersion", "creationTimestamp"}
    assert memory.refresh(made) == made
    memory.delete(made)
    assert memory.refresh(made) is None
    memory.delete(made)


def test_a_change_keeps_the_identity(memory: EngineSide) -> None:
    made = memory.create(CONFIG_MAP, AWS_AUTH)
    updated = memory.update(made, {**AWS_AUTH, "data": {"mapRoles": "- x"}})

    assert updated["data"] == {"mapRoles": "- x"}
    assert updated["metadata"]["uid"] == made["metadata"]["uid"]
    assert updated["metadata"]["resourceVersion"] != made["metadata"]["resourceVersion"]
    assert memory.refresh(updated) == updated


def test_a_name_is_made_once_and_kept(memory: EngineSide) -> None:
    made = memory.create(CONFIG_MAP, {"data": {}}, name="settings")

    name = made["metadata"]["name"]
    assert name.startswith("settings-") and len(name) == len("settings-") + 8
    assert made["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    assert made.id == f"default/{name}"
    assert memory.changes(made, {"data": {}}) == {}


def test_what_exists_already_is_not_overwritten(memory: EngineSide) -> None:
    memory.create(CONFIG_MAP, AWS_AUTH, name="one")

    with pytest.raises(grpc.RpcError) as caught:
        memory.create(CONFIG_MAP, {**AWS_AUTH, "data": {}}, name="two")

    assert "ConfigMap kube-system/aws-auth exists already" in details(caught)
    assert "pulumi import" in details(caught)


def test_what_a_killed_run_made_is_taken_over(memory: EngineSide) -> None:
    first = memory.create(CONFIG_MAP, AWS_AUTH)
    again = memory.create(CONFIG_MAP, AWS_AUTH)

    assert again["metadata"]["uid"] == first["metadata"]["uid"]


def test_stacks_do_not_see_one_another(memory: EngineSide) -> None:
    one = memory.create(CONFIG_MAP, AWS_AUTH, stack="one")
    two = memory.create(CONFIG_MAP, AWS_AUTH, stack="two")

    memory.delete(one)
    assert memory.refresh(two) == two


def test_an_import_brings_the_inputs_without_what_the_server_added(memory: EngineSide) -> None:
    memory.create(CONFIG_MAP, AWS_AUTH)

    imported = memory.imported(CONFIG_MAP, "kube-system/aws-auth")

    assert imported is not None
    assert imported.inputs == {"apiVersion": "v1", "kind": "ConfigMap", **AWS_AUTH}
    assert memory.imported(CONFIG_MAP, "kube-system/other") is None


@pytest.mark.parametrize("id_", ["", "a/b/c", "../x", "kube-system/", "A", "/x"])
def test_an_import_of_what_names_nothing_is_refused(memory: EngineSide, id_: str) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        memory.imported(CONFIG_MAP, id_)

    assert "does not name a ConfigMap; write <namespace>/<name>" in details(caught)


def test_the_namespace_of_the_provider_is_the_default(kubernetes: EngineSide) -> None:
    kubernetes.configure(namespace="team")

    made = kubernetes.create(CONFIG_MAP, {"metadata": {"name": "a"}})

    assert made.id == "team/a"
    assert kubernetes.create(NAMESPACE, {"metadata": {"name": "a"}}).id == "a"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"data": {"mapRoles": "x"}}, {"data.mapRoles": "UPDATE_REPLACE"}),
        ({"data": {"mapRoles": "[]", "b": ""}}, {"data.b": "ADD_REPLACE"}),
        ({"immutable": True}, {"immutable": "ADD"}),
        (
            {"metadata": {"name": "aws-auth", "namespace": "kube-system", "labels": {"a": "b"}}},
            {"metadata.labels": "ADD"},
        ),
        (
            {"metadata": {"name": "aws-auth"}},
            {"metadata.namespace": "UPDATE_REPLACE"},
        ),
        (
            {"metadata": {"name": "other", "namespace": "kube-system"}},
            {"metadata.name": "UPDATE_REPLACE"},
        ),
        ({"data": UNKNOWN}, {"data": "UPDATE_REPLACE"}),
    ],
)
def test_changes_are_told_by_path(
    memory: EngineSide, changed: dict[str, Any], expected: dict[str, str]
) -> None:
    made = memory.create(CONFIG_MAP, AWS_AUTH)

    assert memory.changes(made, {**AWS_AUTH, **changed}) == expected
    assert memory.changes(made, AWS_AUTH) == {}


def test_data_change_in_place_where_the_provider_says_so(kubernetes: EngineSide) -> None:
    kubernetes.configure(enableConfigMapMutable="true", enableSecretMutable="true")
    changed = {"data": {"mapRoles": "eA=="}}

    for token in (CONFIG_MAP, SECRET):
        made = kubernetes.create(token, {**AWS_AUTH, "data": {"mapRoles": "eQ=="}})
        assert kubernetes.changes(made, {**AWS_AUTH, **changed}) == {"data.mapRoles": "UPDATE"}
        frozen = {**AWS_AUTH, **changed, "immutable": True}
        assert kubernetes.changes(made, frozen)["data.mapRoles"] == "UPDATE_REPLACE"


def test_a_role_binding_is_replaced_with_its_role(memory: EngineSide) -> None:
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    inputs = {"metadata": {"name": "readers"}, "roleRef": ref, "subjects": []}
    made = memory.create(BINDING, inputs)

    other = {**inputs, "roleRef": {**ref, "name": "edit"}}
    assert memory.changes(made, other) == {"roleRef.name": "UPDATE_REPLACE"}
    assert memory.difference(made, other).deleteBeforeReplace
    more = {**inputs, "subjects": [{"kind": "Group", "name": "readers"}]}
    assert memory.changes(made, more) == {"subjects": "UPDATE"}


def test_only_what_keeps_its_name_goes_before_its_successor_comes(memory: EngineSide) -> None:
    named = memory.create(CONFIG_MAP, AWS_AUTH)
    autonamed = memory.create(CONFIG_MAP, {"data": {"a": "b"}}, name="settings")

    assert memory.difference(named, {**AWS_AUTH, "data": {}}).deleteBeforeReplace
    renamed = {**AWS_AUTH, "metadata": {"name": "other", "namespace": "kube-system"}}
    assert not memory.difference(named, renamed).deleteBeforeReplace
    assert not memory.difference(autonamed, {"data": {"a": "c"}}).deleteBeforeReplace


def test_what_a_secret_holds_is_secret_though_the_program_did_not_say_so(
    memory: EngineSide,
) -> None:
    encoded = base64.b64encode(b"hunter2").decode()
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": f"... {encoded} ..."}
    inputs = {
        "metadata": {"name": "s", "annotations": annotations},
        "stringData": {"password": "hunter2"},
        "data": {"old": encoded},
    }
    made = memory.create(SECRET, inputs)
    refreshed = memory.refresh(made)

    assert made["data"] == {"old": encoded, "password": encoded}
    assert "stringData" not in made.outputs
    assert refreshed == made
    for part in (made.inputs, made.outputs, memory.preview(SECRET, inputs)):
        assert isinstance(part["data"], Secret)
        assert "hunter2" not in str(part) and encoded not in str(part)


def test_secrets_in_other_kinds_stay_secret(memory: EngineSide) -> None:
    made = memory.create(CONFIG_MAP, {**AWS_AUTH, "data": {"a": Secret("hunter2"), "b": "c"}})
    refreshed = memory.refresh(made)

    assert refreshed is not None
    for outputs in (made.outputs, refreshed.outputs, refreshed.inputs):
        assert outputs["data"] == {"a": Secret("hunter2"), "b": "c"}


def test_a_preview_shows_what_is_asked_and_makes_nothing(memory: EngineSide) -> None:
    previewed = memory.preview(CONFIG_MAP, {**AWS_AUTH, "data": {"a": UNKNOWN}})

    assert previewed["data"] == {"a": UNKNOWN}
    assert previewed["metadata"] == AWS_AUTH["metadata"]
    assert memory.imported(CONFIG_MAP, "kube-system/aws-auth") is None
    made = memory.create(CONFIG_MAP, AWS_AUTH)
    memory.update(made, {**AWS_AUTH, "data": {"mapRoles": "x"}}, preview=True)
    assert memory.refresh(made) == made


def rendered(kubernetes: EngineSide, folder: Path) -> EngineSide:
    kubernetes.configure(renderYamlToDirectory=str(folder))
    return kubernetes


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_objects_are_rendered_one_a_file(kubernetes: EngineSide, tmp_path: Path) -> None:
    folder = tmp_path / "manifests"
    side = rendered(kubernetes, folder)
    made: list[Made] = [
        side.create(CONFIG_MAP, AWS_AUTH),
        side.create(BINDING, {"metadata": {"name": "readers"}, "roleRef": {"name": "view"}}),
    ]

    assert files(folder) == [
        "1-manifest/rbac.authorization.k8s.io_v1-clusterrolebinding-default-readers.yaml",
        "1-manifest/v1-configmap-kube-system-aws-auth.yaml",
    ]
    path = folder / "1-manifest/v1-configmap-kube-system-aws-auth.yaml"
    assert yaml.safe_load(path.read_text()) == {"apiVersion": "v1", "kind": "ConfigMap", **AWS_AUTH}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert side.refresh(made[0]) == made[0]

    updated = side.update(made[0], {**AWS_AUTH, "data": {"mapRoles": "- x"}})
    assert yaml.safe_load(path.read_text())["data"] == {"mapRoles": "- x"}
    for one in (updated, made[1]):
        side.delete(one)
    assert files(folder) == []
    assert side.refresh(updated) is None


def test_a_rendered_secret_is_secret_in_the_state(kubernetes: EngineSide, tmp_path: Path) -> None:
    side = rendered(kubernetes, tmp_path)
    made = side.create(SECRET, {"metadata": {"name": "s"}, "stringData": {"a": "hunter2"}})

    assert made.outputs["stringData"] == Secret({"a": "hunter2"})
    assert side.refresh(made) == made


def test_a_file_that_was_broken_is_an_error_that_names_it(
    kubernetes: EngineSide, tmp_path: Path
) -> None:
    side = rendered(kubernetes, tmp_path)
    made = side.create(CONFIG_MAP, AWS_AUTH)
    path = tmp_path / "1-manifest/v1-configmap-kube-system-aws-auth.yaml"

    for text in ("{", "[]", "a: b"):
        path.write_text(text)
        with pytest.raises(grpc.RpcError) as caught:
            side.refresh(made)
        assert f"{path} does not hold an object any more" in details(caught)


def test_a_directory_that_cannot_be_written_is_an_error_that_names_it(
    kubernetes: EngineSide, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    side = rendered(kubernetes, tmp_path / "file")

    with pytest.raises(grpc.RpcError) as caught:
        side.create(CONFIG_MAP, AWS_AUTH)

    assert "cannot be written: Not a directory; give another" in details(caught)


def test_while_the_kubeconfig_is_not_known_everything_can_be_previewed(
    kubernetes: EngineSide,
) -> None:
    kubernetes.configure()
    made = kubernetes.create(CONFIG_MAP, {**AWS_AUTH, "metadata": {"name": "a"}})
    kubernetes.configure(kubeconfig=Secret(UNKNOWN))

    assert kubernetes.preview(CONFIG_MAP, {"metadata": {"name": "a"}})["metadata"] == {"name": "a"}
    same = {**AWS_AUTH, "metadata": {"name": "a"}}
    assert kubernetes.changes(made, same) == {}
    with pytest.raises(grpc.RpcError, match="kubeconfig of the provider of it is not known yet"):
        kubernetes.create(CONFIG_MAP, AWS_AUTH)
