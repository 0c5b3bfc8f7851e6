"""Kubeconfigs: what they say, what is refused, and that no fault shows what is secret in them."""

import base64
import json
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from local.kubernetes.kubeconfig import Credentials, read_kubeconfig
from local.provider_answers import ProviderError
from tests.local.tls.engine_side import EngineSide

from .certificates import authority, signed
from .conftest import CONFIG_MAP, details
from .server import TOKEN, USER, Server

INPUTS = {"metadata": {"name": "a"}}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def client_certificate(server: Server) -> dict[str, str]:
    return {
        "client-certificate-data": encoded(server.client.certificate_pem),
        "client-key-data": encoded(server.client.key_pem),
    }


def test_a_client_certificate_says_who_asks(kubernetes: EngineSide, server: Server) -> None:
    kubernetes.configure(kubeconfig=server.kubeconfig(client_certificate(server)))

    kubernetes.create(CONFIG_MAP, INPUTS)

    assert {asked.user for asked in server.api.asked} == {USER}


def test_a_file_may_name_files_beside_it(
    kubernetes: EngineSide, server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "ca.pem").write_text(server.ca.certificate_pem)
    (folder / "token").write_text(f"{TOKEN}\n")
    config = server.kubeconfig(
        {"tokenFile": "token"},
        {"certificate-authority-data": None, "certificate-authority": "ca.pem"},
    )
    (folder / "config").write_text(yaml.safe_dump(json.loads(config)))

    kubernetes.configure(kubeconfig=str(folder / "config"))
    kubernetes.create(CONFIG_MAP, INPUTS)

    assert {asked.user for asked in server.api.asked} == {"by-token"}


def test_the_context_says_whom_and_where(kubernetes: EngineSide, server: Server) -> None:
    config = json.loads(server.kubeconfig(context={"namespace": "kube-system"}))
    config["contexts"].append({"name": "other", "context": {"cluster": "c", "user": "nobody"}})
    text = json.dumps(config)

    kubernetes.configure(kubeconfig=text)
    assert kubernetes.create(CONFIG_MAP, INPUTS).id == "kube-system/a"
    kubernetes.configure(kubeconfig=text, namespace="default")
    assert kubernetes.create(CONFIG_MAP, INPUTS).id == "default/a"
    assert kubernetes.check_config(kubeconfig=text, context="other") == {
        "": "the kubeconfig cannot be used: users has no 'nobody'; there is u"
    }
    assert kubernetes.check_config(kubeconfig=text, context="third") == {
        "": "the kubeconfig cannot be used: contexts has no 'third'; there is it, other"
    }


def test_a_server_of_another_authority_is_not_talked_to(
    kubernetes: EngineSide, server: Server
) -> None:
    other = encoded(authority("another authority").certificate_pem)
    kubernetes.configure(
        kubeconfig=server.kubeconfig(cluster={"certificate-authority-data": other})
    )

    with pytest.raises(grpc.RpcError) as caught:
        kubernetes.create(CONFIG_MAP, INPUTS)

    assert f"the API server {server.url} is not the one that the kubeconfig trusts" in (
        details(caught)
    )
    assert server.api.asked == []


def test_a_server_by_another_name_is_not_talked_to(kubernetes: EngineSide, server: Server) -> None:
    for name, is_its_own in (("api.test", True), ("other.test", False)):
        config = server.kubeconfig(cluster={"tls-server-name": name})
        kubernetes.configure(kubeconfig=config)
        if is_its_own:
            kubernetes.create(CONFIG_MAP, INPUTS)
        else:
            with pytest.raises(grpc.RpcError, match="Hostname mismatch"):
                kubernetes.create(CONFIG_MAP, INPUTS)


def test_a_server_without_authority_must_be_known_to_the_machine(
    kubernetes: EngineSide, server: Server
) -> None:
    config = server.kubeconfig(cluster={"certificate-authority-data": None})
    kubernetes.configure(kubeconfig=config)

    with pytest.raises(grpc.RpcError, match="is not the one that the kubeconfig trusts"):
        kubernetes.create(CONFIG_MAP, INPUTS)


@pytest.mark.parametrize("user", [{}, {"token": "wrong"}])
def test_who_is_not_known_is_told_so(
    kubernetes: EngineSide, server: Server, user: dict[str, str]
) -> None:
    kubernetes.configure(kubeconfig=server.kubeconfig(user))

    with pytest.raises(grpc.RpcError) as caught:
        kubernetes.create(CONFIG_MAP, INPUTS)

    assert "Unauthorized; it does not know who asks: correct the user" in details(caught)


def test_a_key_that_is_not_the_certificates_is_told_so(
    kubernetes: EngineSide, server: Server
) -> None:
    other = signed(server.ca, USER)
    user = {**client_certificate(server), "client-key-data": encoded(other.key_pem)}
    kubernetes.configure(kubeconfig=server.kubeconfig(user))

    with pytest.raises(grpc.RpcError) as caught:
        kubernetes.create(CONFIG_MAP, INPUTS)

    assert "client certificate and key for the API server do not go together" in details(caught)
    assert "PRIVATE KEY" not in details(caught)


def test_an_authority_that_is_none_is_told_so(kubernetes: EngineSide, server: Server) -> None:
    for text in ("no certificate", "ünïcode"):
        config = server.kubeconfig(cluster={"certificate-authority-data": encoded(text)})
        kubernetes.configure(kubeconfig=config)
        with pytest.raises(grpc.RpcError, match="authority is not a certificate in PEM"):
            kubernetes.create(CONFIG_MAP, INPUTS)


SOUND: dict[str, Any] = {
    "kind": "Config",
    "current-context": "it",
    "contexts": [{"name": "it", "context": {"cluster": "c", "user": "u"}}],
    "clusters": [{"name": "c", "cluster": {"server": "https://10.0.0.1"}}],
    "users": [{"name": "u", "user": {"token": "hunter2"}}],
}


def with_user(**user: Any) -> dict[str, Any]:
    return {**SOUND, "users": [{"name": "u", "user": user}]}


def with_cluster(**cluster: Any) -> dict[str, Any]:
    cluster = {"server": "https://10.0.0.1", **cluster}
    return {**SOUND, "clusters": [{"name": "c", "cluster": cluster}]}


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({**SOUND, "kind": "Pod"}, "it is not of kind Config; give one as kubectl writes it"),
        ({**SOUND, "current-context": ""}, "it has no current-context; name one with the setting"),
        ({**SOUND, "users": None}, "users has no 'u'; there is none"),
        ({**SOUND, "users": 5}, "it has not the shape of one"),
        (with_cluster(server="http://10.0.0.1"), "is not an address such as https://host:6443"),
        (with_cluster(server="https://[::1"), "is not an address such as"),
        (with_cluster(server="https://h:x"), "is not an address such as"),
        (with_cluster(server=f"https://{'a' * 64}.test"), "is not an address such as"),
        (with_cluster(server=None), "is not an address such as"),
        (with_cluster(server="https://u:p@h"), "is not an address such as"),
        (
            with_cluster(**{"insecure-skip-tls-verify": True}),
            "insecure-skip-tls-verify is not supported here; give certificate-authority-data",
        ),
        (with_cluster(**{"proxy-url": "http://p"}), "proxy-url is not supported here"),
        (with_cluster(**{"certificate-authority-data": "%"}), "authority-data is not base64 of"),
        (with_cluster(**{"certificate-authority": "/none"}), "the file /none cannot be read (No"),
        (with_user(username="a", password="hunter2"), "username is not supported here; passwords"),
        (with_user(**{"as": "root"}), "as is not supported here; ask as oneself"),
        (with_user(**{"auth-provider": {"name": "gcp"}}), "auth-provider is not supported here"),
        (with_user(**{"client-key-data": "aA=="}), "client-key are not both there"),
        (with_user(token="hunter2\nx"), "holds characters that none has, such as a line break"),
        (with_user(token="hünter2"), "holds characters that none has"),
        (with_user(exec={"command": "x"}), "exec.apiVersion is None; it must be one of client.au"),
        (
            with_user(exec={"apiVersion": "client.authentication.k8s.io/v1"}),
            "exec.command is missing; name the program",
        ),
        (
            with_user(
                exec={
                    "apiVersion": "client.authentication.k8s.io/v1",
                    "command": "x",
                    "interactiveMode": "Always",
                }
            ),
            "exec asks for a terminal; there is none",
        ),
        (
            with_user(
                exec={
                    "apiVersion": "client.authentication.k8s.io/v1",
                    "command": "x",
                    "env": [{"value": "hunter2"}],
                }
            ),
            "it has not the shape of one",
        ),
    ],
)
def test_a_kubeconfig_that_cannot_be_used(
    kubernetes: EngineSide, config: dict[str, Any], reason: str
) -> None:
    text = json.dumps(config)

    found = kubernetes.check_config(kubeconfig=text)[""]
    with pytest.raises(grpc.RpcError) as caught:
        kubernetes.configure(kubeconfig=text)

    assert reason in found
    assert details(caught) == found
    assert "hunter2" not in found and "hünter2" not in found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: b\n- hunter2: [", "line 2 is not YAML"),
        ("{a: hunter2", "line 1 is not YAML"),
        ("- hunter2\n- b\n", "it is not of kind Config"),
        ("/no/such/file", "the file /no/such/file cannot be read (No such file or directory)"),
        ("x\0y", "cannot be read (not a text)"),
        ("\x07\n", "it is not YAML"),
    ],
)
def test_a_text_that_is_no_kubeconfig(kubernetes: EngineSide, text: str, reason: str) -> None:
    found = kubernetes.check_config(kubeconfig=text)[""]

    assert reason in found
    assert "hunter2" not in found


def test_the_sound_one_is_sound(kubernetes: EngineSide) -> None:
    """Else the faults above could come from what they all share; "" is Python's way of none."""
    assert kubernetes.check_config(kubeconfig=json.dumps(SOUND)) == {}
    assert kubernetes.check_config(kubeconfig="") == {}


def test_credentials_do_not_show_in_their_representation() -> None:
    shown = repr(Credentials("hunter2", "certificate", "hunter3"))

    assert "certificate" in shown and "hunter" not in shown


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just("u"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "user", "exec", "env", "token"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(
    changed=st.dictionaries(st.sampled_from(sorted(SOUND)), SHAPES, max_size=3),
    user=st.dictionaries(st.sampled_from(["token", "exec", "client-key-data"]), SHAPES),
)
def test_any_shape_is_read_or_refused_without_a_traceback(
    changed: dict[str, Any], user: dict[str, Any]
) -> None:
    try:
        access = read_kubeconfig(json.dumps({**with_user(**user), **changed}), None, None)
    except ProviderError as error:
        assert ";" in error.reason
    else:
        assert access.server.hostname == "10.0.0.1"
