"""Objects in a real cluster, by server-side apply.

https://kubernetes.io/docs/reference/using-api/server-side-apply/; never with force, so that what
somebody else manages is a conflict and not overwritten.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from local.kubernetes.connection import Answer, Limits, Request, ask
from local.kubernetes.credentials import ExecCredentials
from local.kubernetes.kubeconfig import Access
from local.kubernetes.objects import Reference
from local.kubernetes.stores import exists_already
from local.provider_answers import ProviderError
from local.provider_values import Properties

_APPLY: Final = "application/apply-patch+yaml"
_BUSY_TRIES: Final = 4
_BUSY_SECONDS: Final = 1.0
_BUSY_SECONDS_MOST: Final = 10.0
_LOOK_SECONDS: Final = 0.1
_LOOK_SECONDS_MOST: Final = 2.0


@dataclass(frozen=True)
class _Resource:
    plural: str
    namespaced: bool


class ApiServer:
    """A Store. It connects when it is first asked, never before."""

    def __init__(self, access: Access, limits: Limits):
        self._access, self._limits = access, limits
        plugin = access.exec_plugin
        self._exec = ExecCredentials(access, plugin, limits.exec_seconds) if plugin else None
        self._resources: dict[str, Mapping[str, _Resource]] = {}
        self._lock = threading.Lock()

    def create(self, reference: Reference, object_: Properties, manager: str) -> Properties:
        found = self.read(reference)
        if found is not None and not _is_managed_by(found, manager):
            raise exists_already(reference, f"in the cluster {self._access.server.geturl()}")
        return self.apply(reference, object_, manager)

    def apply(self, reference: Reference, object_: Properties, manager: str) -> Properties:
        namespaced = self._resource(reference).namespaced
        metadata = {k: v for k, v in object_["metadata"].items() if namespaced or k != "namespace"}
        answer = self._ask(
            Request(
                "PATCH",
                self._path(reference),
                # Strict: a field that the server does not know must not vanish silently.
                {"fieldManager": manager, "force": "false", "fieldValidation": "Strict"},
                {**object_, "metadata": metadata},
                _APPLY,
            )
        )
        if answer.status not in (200, 201):
            raise self._refusal(answer, f"apply {reference}", _advice(answer))
        return dict(answer.body)

    def read(self, reference: Reference) -> Properties | None:
        answer = self._ask(Request("GET", self._path(reference)))
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise self._refusal(answer, f"read {reference}")
        return dict(answer.body)

    def delete(self, reference: Reference, propagation: str) -> None:
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        found = self.read(reference)
        if found is None:
            return
        answer = self._ask(Request("DELETE", self._path(reference), body=options))
        if answer.status not in (200, 202, 404):
            raise self._refusal(answer, f"delete {reference}")
        self._await_deletion(reference, found["metadata"].get("uid"))

    def _await_deletion(self, reference: Reference, uid: str | None) -> None:
        """Until it is gone; one of the same name that came since is another."""
        end, pause = time.monotonic() + self._limits.deletion_seconds, _LOOK_SECONDS
        while (left := self.read(reference)) and left["metadata"].get("uid") == uid:
            if time.monotonic() >= end:
                finalizers = ", ".join(left["metadata"].get("finalizers", ())) or "none"
                raise ProviderError(
                    f"{reference} is still there {self._limits.deletion_seconds:g} s after it was "
                    f"deleted (finalizers: {finalizers}); see what its finalizers wait for, and "
                    "run this again"
                )
            time.sleep(pause)
            pause = min(2 * pause, _LOOK_SECONDS_MOST)

    def _resource(self, reference: Reference) -> _Resource:
        """What the server calls the kind in paths, asked once per API version."""
        with self._lock:
            known = self._resources.get(reference.api_version, {})
            if reference.kind not in known:
                known = self._resources[reference.api_version] = self._discover(
                    reference.api_version
                )
        if reference.kind not in known:
            raise ProviderError(
                f"the API server {self._access.server.geturl()} does not know the kind "
                f"{reference.kind} of {reference.api_version}; install what defines it first, "
                "such as its CustomResourceDefinition"
            )
        return known[reference.kind]

    def _discover(self, api_version: str) -> Mapping[str, _Resource]:
        group = "apis" if "/" in api_version else "api"
        answer = self._ask(Request("GET", f"/{group}/{api_version}"))
        if answer.status == 404:
            return {}
        if answer.status != 200:
            raise self._refusal(answer, f"list the kinds of {api_version}")
        return {
            entry["kind"]: _Resource(entry["name"], entry["namespaced"])
            for entry in answer.body.get("resources", ())
            if "/" not in entry["name"]  # not status, scale and the like
        }

    def _path(self, reference: Reference) -> str:
        resource = self._resource(reference)
        group = "apis" if "/" in reference.api_version else "api"
        place = f"namespaces/{reference.namespace}/" if resource.namespaced else ""
        return quote(f"/{group}/{reference.api_version}/{place}{resource.plural}/{reference.name}")

    def _ask(self, request: Request) -> Answer:
        answer = self._ask_once(request)
        for _ in range(_BUSY_TRIES - 1):
            if answer.status != 429:
                break
            asked = answer.retry_after_seconds
            time.sleep(_BUSY_SECONDS if asked is None else min(asked, _BUSY_SECONDS_MOST))
            answer = self._ask_once(request)
        return answer

    def _ask_once(self, request: Request) -> Answer:
        if self._exec is None:
            return ask(self._access, self._access.credentials, request, self._limits)
        credentials = self._exec.get()
        answer = ask(self._access, credentials, request, self._limits)
        if answer.status == 401:
            self._exec.forget(credentials)
            answer = ask(self._access, self._exec.get(), request, self._limits)
        return answer

    def _refusal(self, answer: Answer, what: str, advice: str = "") -> ProviderError:
        told = advice or _ADVICE.get(answer.status, "see what the API server says")
        server = self._access.server.geturl()
        return ProviderError(f"the API server {server} did not {what}: {answer.message}; {told}")


_ADVICE: Final = {
    401: "it does not know who asks: correct the user in the kubeconfig",
    403: "give the user of the kubeconfig that right",
    422: "correct the object",
}


def _advice(answer: Answer) -> str:
    if answer.status == 404:
        return "create what it lies in first, with depends_on"
    if answer.status == 409:
        return (
            "somebody else manages these fields: leave them out here, or let the other manager "
            "give them up"
        )
    return ""


def _is_managed_by(live: Mapping[str, Any], manager: str) -> bool:
    """Whether an earlier run of this stack made it and was killed before it could note that."""
    return any(
        entry.get("manager") == manager and entry.get("operation") == "Apply"
        for entry in live["metadata"].get("managedFields", ())
    )
