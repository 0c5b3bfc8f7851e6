"""Kubeconfigs of components, which hold no key: they name the files that do.

Those of a controller's own lead to its own API server: what a machine does must not depend on the
way through a load balancer back to itself, which some load balancers do not offer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from machines import checks
from machines.host_files import HostFile
from machines.self_hosted_cluster import API_PORT, authority, certificate
from machines.yaml_text import to_yaml

OWN_API_SERVER = f"https://127.0.0.1:{API_PORT}"


@dataclass(frozen=True, slots=True)
class FromCertificate:
    """A certificate that the machine was given."""

    name: str

    def user(self) -> dict[str, Any]:
        crt, key = certificate(self.name)
        return {"client-certificate": crt, "client-key": key}

    @property
    def files(self) -> tuple[str, ...]:
        return certificate(self.name)


@dataclass(frozen=True, slots=True)
class FromTokenFile:
    """A static token's file, where certificates are turned off."""

    path: str

    def user(self) -> dict[str, Any]:
        return {"tokenFile": self.path}

    @property
    def files(self) -> tuple[str, ...]:
        return (self.path,)


Credential = FromCertificate | FromTokenFile


def component_kubeconfig_file(
    path: str, *, server: str, user: str, credential: Credential
) -> HostFile:
    return HostFile(path, render_kubeconfig(server=server, user=user, details=credential.user()))


def render_kubeconfig(
    *, server: str, user: str, details: Mapping[str, Any], certificate_authority: str | None = None
) -> str:
    """A kubeconfig of one cluster and one user; `details` says who it is."""
    checks.https_host("server", server.removesuffix("/authenticate"))
    cluster = {
        "server": server,
        "certificate-authority": certificate_authority or authority("kubernetes"),
    }
    return to_yaml(kubeconfig_document(cluster, user, details))


def kubeconfig_document(
    cluster: Mapping[str, Any], user: str, details: Mapping[str, Any]
) -> dict[str, Any]:
    """Of one cluster and one user."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "own", "cluster": dict(cluster)}],
        "contexts": [{"name": "own", "context": {"cluster": "own", "user": user}}],
        "current-context": "own",
        "users": [{"name": user, "user": dict(details)}],
    }
