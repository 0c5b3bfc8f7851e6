"""Puts the delivered manifests into an API server, as kubectl's server-side apply would, strictly:
a field that the server does not know is refused."""

import urllib.error
from typing import Any

import yaml

from tests.control_plane.machine import APPLY, ControlPlane
from tests.control_plane.pki import Signed

ADMISSION = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
CLUSTER_WIDE = ("ClusterRole", "ClusterRoleBinding", *ADMISSION)
QUERY = "?fieldManager=heiiki&force=true&fieldValidation=Strict"


def documents(plane: ControlPlane) -> list[dict[str, Any]]:
    """In the order of the files' names."""
    files = sorted(plane.machine.path("/etc/kubernetes/cluster").iterdir())
    return [d for f in files for d in yaml.safe_load_all(f.read_text(encoding="utf-8"))]


def apply_all(plane: ControlPlane, who: Signed) -> None:
    for document in documents(plane):
        try:
            plane.ask(path_of(document), who, method="PATCH", body=document, content_type=APPLY)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{document['kind']}: {error.read().decode()}") from error


def path_of(document: dict[str, Any]) -> str:
    version, kind, meta = document["apiVersion"], document["kind"], document["metadata"]
    root = f"/api/{version}" if "/" not in version else f"/apis/{version}"
    place = "" if kind in CLUSTER_WIDE else f"/namespaces/{meta['namespace']}"
    plural = f"{kind.lower().removesuffix('y')}{'ies' if kind.endswith('y') else 's'}"
    return f"{root}{place}/{plural}/{meta['name']}{QUERY}"
