"""The real engine and pulumi-kubernetes against the local provider, and an API server."""

import json
import time
from collections.abc import Iterator

import pytest

from local.kubernetes.provider import create_servicer as create_kubernetes
from local.provider_protocol import serve
from local.tls.provider import create_servicer as create_tls
from tests.local.language_host.conftest import Project, engine_directory, project

from .conftest import PATIENT
from .server import TOKEN, Server

pytestmark = pytest.mark.engine
__all__ = ["engine_directory", "project"]  # fixtures

AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
PROGRAM = """
    import pulumi
    import pulumi_kubernetes as kubernetes

    provider = kubernetes.Provider("cluster", kubeconfig=KUBECONFIG)
    opts = pulumi.ResourceOptions(provider=provider)
    kubernetes.core.v1.ConfigMap(
        "aws-auth",
        metadata={"name": "aws-auth", "namespace": "kube-system"},
        data={"mapRoles": "ROLES"},
        opts=opts,
    )
    secret = kubernetes.core.v1.Secret(
        "login", metadata={"name": "login"}, string_data={"password": "hunter2"}, opts=opts
    )
    pulumi.export("uid", secret.metadata.uid)
    """
FROM_CONFIG = 'pulumi.Config().require_secret("kubeconfig")'
FROM_A_RESOURCE = """(
        __import__("pulumi_tls").PrivateKey("key", algorithm="ED25519").public_key_pem.apply(
            lambda _: pulumi.Config().require("kubeconfig")
        )
    )"""


@pytest.fixture
def providers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    servers = {"kubernetes": serve(create_kubernetes(PATIENT)), "tls": serve(create_tls())}
    named = ",".join(f"{name}:{server.port}" for name, server in servers.items())
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", named)
    yield
    for server in servers.values():
        server.stop()


def program(kubeconfig: str, roles: str = "[]") -> str:
    return PROGRAM.replace("KUBECONFIG", kubeconfig).replace("ROLES", roles)


def steps(said: str) -> str:
    return " ".join(said.split())


def test_objects_are_applied_once_changed_and_gone_at_the_end(
    project: Project, providers: None, server: Server
) -> None:
    project.pulumi("config", "set", "--secret", "kubeconfig", server.kubeconfig())
    project.write(program(FROM_CONFIG))

    assert "4 to create" in steps(project.pulumi("preview"))
    assert server.api.asked == []
    project.pulumi("up", "--yes", "--skip-preview")
    assert server.api.get(AWS_AUTH)["data"] == {"mapRoles": "[]"}
    uid = server.api.get("/api/v1/namespaces/default/secrets/login")["metadata"]["uid"]
    assert json.loads(project.pulumi("stack", "output", "--json")) == {"uid": uid}

    state = project.pulumi("stack", "export")
    assert "aws-auth" in state
    assert all(secret not in state for secret in (TOKEN, "hunter2", "aHVudGVyMg=="))

    applied = server.api.methods().count("PATCH")
    assert "4 unchanged" in project.pulumi("up", "--yes", "--skip-preview")
    project.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert server.api.methods().count("PATCH") == applied

    project.write(program(FROM_CONFIG, roles="- x"))
    assert "1 to replace" in steps(project.pulumi("preview"))
    project.pulumi("up", "--yes", "--skip-preview")
    assert server.api.get(AWS_AUTH)["data"] == {"mapRoles": "- x"}

    project.pulumi("destroy", "--yes", "--skip-preview")
    assert sorted(server.api.objects) == [
        "/api/v1/namespaces/default",
        "/api/v1/namespaces/kube-system",
    ]


def test_a_cluster_of_the_same_program_is_not_known_in_the_preview(
    project: Project, providers: None, server: Server
) -> None:
    project.pulumi("config", "set", "--secret", "kubeconfig", server.kubeconfig())
    project.write(program(FROM_A_RESOURCE))

    assert "5 to create" in steps(project.pulumi("preview"))
    project.pulumi("up", "--yes", "--skip-preview")

    assert server.api.get(AWS_AUTH)["data"] == {"mapRoles": "[]"}
    assert "5 unchanged" in project.pulumi("up", "--yes", "--skip-preview")


def test_a_server_out_of_reach_ends_the_update_soon(
    project: Project, providers: None, server: Server
) -> None:
    away = server.kubeconfig(cluster={"server": "https://127.0.0.1:1"})
    project.pulumi("config", "set", "--secret", "kubeconfig", away)
    project.write(program(FROM_CONFIG))

    assert "4 to create" in steps(project.pulumi("preview"))
    began = time.monotonic()
    said = project.pulumi("up", "--yes", "--skip-preview", exit_code=1)

    assert time.monotonic() - began < 300
    assert "the API server https://127.0.0.1:1 cannot be reached: Connection refused" in said
    assert TOKEN not in said


def test_a_kubeconfig_that_cannot_be_used_is_not_shown(
    project: Project, providers: None, server: Server
) -> None:
    plain = server.kubeconfig(cluster={"server": "http://127.0.0.1"})
    project.pulumi("config", "set", "--secret", "kubeconfig", plain)
    project.write(program(FROM_CONFIG))

    said = project.pulumi("preview", exit_code=1)

    assert "its server is not an address such as https://host:6443" in said
    assert TOKEN not in said


def test_without_a_kubeconfig_a_bad_object_fails_in_the_preview(
    project: Project, providers: None
) -> None:
    project.write(
        """
        import pulumi_kubernetes as kubernetes
        kubernetes.core.v1.ConfigMap("settings", metadata={"name": "Not_Valid"}, data={"a": "b"})
        """
    )

    said = project.pulumi("preview", exit_code=1)

    assert "metadata.name is 'Not_Valid', and must be an RFC 1123 subdomain" in said
