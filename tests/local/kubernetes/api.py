"""What an API server does with objects, as far as the provider can tell: discovery, server-side
apply with managers and conflicts, deletion with finalizers.

https://kubernetes.io/docs/reference/using-api/server-side-apply/ and .../api-concepts/. It shares
no code with the provider.
"""

import base64
import copy
import itertools
import json
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Object = dict[str, Any]
RESOURCES: dict[str, list[tuple[str, str, bool]]] = {
    "/api/v1": [
        ("configmaps", "ConfigMap", True),
        ("namespaces", "Namespace", False),
        ("namespaces/status", "Namespace", False),
        ("secrets", "Secret", True),
        ("services", "Service", True),
        ("serviceaccounts", "ServiceAccount", True),
    ],
    "/apis/rbac.authorization.k8s.io/v1": [
        ("clusterroles", "ClusterRole", False),
        ("rolebindings", "RoleBinding", True),
    ],
    "/apis/test.example/v1": [("gadgets", "Gadget", False), ("widgets", "Widget", True)],
}
_PATH = re.compile(r"(/api/v1|/apis/[^/]+/[^/]+)(?:/namespaces/([^/]+))?/([^/]+)/([^/]+)")
_OWN = re.compile(r"metadata\.(name|namespace|uid|resourceVersion|creationTimestamp|managedFields)")


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Object | None
    user: str


@dataclass
class Refused(Exception):
    code: int
    reason: str
    message: str


@dataclass
class _Kept:
    object: Object
    owners: dict[str, str] = field(default_factory=dict)  # leaf path: manager


class Api:
    """Answers requests; `asked` notes them. `before` may refuse one by raising Refused."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.before: Callable[[Asked], None] = lambda asked: None
        self.objects: dict[str, _Kept] = {}
        self._versions = itertools.count(1)
        self._lock = threading.Lock()
        for namespace in ("default", "kube-system"):
            self.put(f"/api/v1/namespaces/{namespace}", {"metadata": {"name": namespace}})

    def put(self, path: str, object_: Object, manager: str = "kubectl") -> None:
        """As somebody else would."""
        self.objects[path] = _Kept(self._stamped(object_), _owned(object_, manager))

    def get(self, path: str) -> Object:
        return self.objects[path].object

    def methods(self) -> list[str]:
        return [asked.method for asked in self.asked]

    def answer(self, asked: Asked) -> tuple[int, Object]:
        with self._lock:
            self.asked.append(asked)
            try:
                self.before(asked)
                return self._answer(asked)
            except Refused as refused:
                return refused.code, {
                    "kind": "Status",
                    "apiVersion": "v1",
                    "status": "Failure",
                    "code": refused.code,
                    "reason": refused.reason,
                    "message": refused.message,
                }

    def _answer(self, asked: Asked) -> tuple[int, Object]:
        if asked.method == "GET" and asked.path in RESOURCES:
            rows = RESOURCES[asked.path]
            listed = [{"name": n, "kind": k, "namespaced": scope} for n, k, scope in rows]
            return 200, {"kind": "APIResourceList", "resources": listed}
        match = _PATH.fullmatch(asked.path)
        rows = RESOURCES.get(match[1], []) if match else []
        kinds = {n: k for n, k, scope in rows if match and scope == bool(match[2])}
        if match is None or match[3] not in kinds:
            raise Refused(404, "NotFound", "the server could not find the requested resource")
        if match[2] and f"/api/v1/namespaces/{match[2]}" not in self.objects:
            raise Refused(404, "NotFound", f'namespaces "{match[2]}" not found')
        if asked.method == "PATCH":
            return self._apply(asked, kinds[match[3]], unquote(match[4]))
        if asked.path not in self.objects:
            raise Refused(404, "NotFound", f'{match[3]} "{match[4]}" not found')
        if asked.method == "DELETE":
            return self._delete(asked)
        return 200, copy.deepcopy(self.objects[asked.path].object)

    def _apply(self, asked: Asked, kind: str, name: str) -> tuple[int, Object]:
        given, manager = asked.body, asked.query.get("fieldManager")
        if asked.headers.get("content-type") != "application/apply-patch+yaml" or given is None:
            raise Refused(415, "UnsupportedMediaType", "the body must be an apply patch")
        if not manager or asked.query.get("force") != "false":
            raise Refused(400, "BadRequest", "fieldManager is required, and force is not welcome")
        if given["kind"] != kind or given["metadata"]["name"] != name:
            raise Refused(400, "BadRequest", "the object does not match the path")
        if asked.query.get("fieldValidation") == "Strict" and "nodes" in given:
            raise Refused(400, "BadRequest", 'strict decoding error: unknown field "nodes"')
        kept = self.objects.get(asked.path)
        created = kept is None
        kept = kept or _Kept(self._stamped({}))
        applied = _owned(given, manager)
        for path in applied:
            owner = kept.owners.get(path, manager)
            if owner != manager and _at(kept.object, path) != _at(given, path):
                message = f'conflict with "{owner}" using {given["apiVersion"]}: .{path}'
                raise Refused(409, "Conflict", f"Apply failed with 1 {message}")
        dropped = [p for p, who in kept.owners.items() if who == manager and p not in applied]
        for path in dropped:
            _remove(kept.object, path)
            del kept.owners[path]
        merged = _merged(kept.object, given)
        kept.owners = {**applied, **kept.owners}
        if kind == "Secret":
            merged["data"] = {**merged.get("data", {}), **_encoded(merged.pop("stringData", {}))}
        kept.object = self._stamped(merged)
        managers = sorted({*kept.owners.values(), manager})
        entries = [{"manager": m, "operation": "Apply"} for m in managers]
        kept.object["metadata"]["managedFields"] = entries
        self.objects[asked.path] = kept
        return (201 if created else 200), copy.deepcopy(kept.object)

    def _delete(self, asked: Asked) -> tuple[int, Object]:
        if not (asked.body or {}).get("propagationPolicy"):
            raise Refused(400, "BadRequest", "say what becomes of the dependents")
        metadata = self.objects[asked.path].object["metadata"]
        if metadata.get("finalizers"):
            metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
            return 200, copy.deepcopy(self.objects[asked.path].object)
        del self.objects[asked.path]
        return 200, {"kind": "Status", "status": "Success"}

    def _stamped(self, object_: Object) -> Object:
        first = {"uid": str(uuid.uuid4()), "creationTimestamp": "2026-01-01T00:00:00Z"}
        version = {"resourceVersion": str(next(self._versions))}
        return {**object_, "metadata": {**first, **object_.get("metadata", {}), **version}}


def _leaves(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    else:
        yield path


def _owned(object_: Object, manager: str) -> dict[str, str]:
    leaves = (path for path in _leaves(object_) if not _OWN.match(path))
    return {path: manager for path in leaves if path not in ("apiVersion", "kind")}


def _at(object_: Object, path: str) -> Any:
    """Dots in keys would confuse it; the tests have none where it matters."""
    value: Any = object_
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _remove(object_: Object, path: str) -> None:
    *parents, last = path.split(".")
    for step in parents:
        object_ = object_.get(step, {})
    object_.pop(last, None)


def _merged(base: Object, given: Object) -> Object:
    merged = dict(base)
    for key, value in given.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else copy.deepcopy(value)
    return merged


def _encoded(texts: dict[str, str]) -> dict[str, str]:
    return {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}


def asked_from(method: str, target: str, headers: dict[str, str], body: bytes, user: str) -> Asked:
    split = urlsplit(target)
    query = {key: values[0] for key, values in parse_qs(split.query).items()}
    return Asked(method, split.path, query, headers, json.loads(body) if body else None, user)
