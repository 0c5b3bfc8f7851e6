"""Where objects are when no cluster is: in memory, or as one YAML file each."""

import base64
import copy
import threading
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

import yaml

from local.kubernetes.objects import Reference, is_secret
from local.provider_answers import ProviderError
from local.provider_values import Properties


class Store(Protocol):
    """`manager` names who applies, and with it whose an object is."""

    def create(self, reference: Reference, object_: Properties, manager: str) -> Properties:
        """The live object. ProviderError when somebody else's is there already."""

    def apply(self, reference: Reference, object_: Properties, manager: str) -> Properties: ...

    def read(self, reference: Reference) -> Properties | None: ...

    def delete(self, reference: Reference, propagation: str) -> None:
        """Returns when it is gone; succeeds when it was not there.

        propagation: what becomes of its dependents, Foreground, Background or Orphan.
        """


def exists_already(reference: Reference, where: str) -> ProviderError:
    return ProviderError(
        f"{reference} exists already {where}, and this stack did not make it. Import it "
        f"(pulumi import <type> <name> {reference.id}), give the new one another metadata.name, or "
        "delete the old one"
    )


class MemoryStore:
    """A cluster of each stack's own, kept for as long as this process lives."""

    def __init__(self) -> None:
        self._objects: dict[Reference, tuple[str, Properties]] = {}
        self._lock = threading.Lock()
        self._version = 0

    def create(self, reference: Reference, object_: Properties, manager: str) -> Properties:
        with self._lock:
            if reference in self._objects and self._objects[reference][0] != manager:
                raise exists_already(reference, "in this stack's objects")
            return self._put(reference, object_, manager)

    def apply(self, reference: Reference, object_: Properties, manager: str) -> Properties:
        with self._lock:
            return self._put(reference, object_, manager)

    def _put(self, reference: Reference, object_: Properties, manager: str) -> Properties:
        self._version += 1
        former = self._objects.get(reference)
        kept = ("uid", "creationTimestamp")
        added = {key: former[1]["metadata"][key] for key in kept} if former else _first_metadata()
        live = copy.deepcopy(_with_string_data(object_))
        live["metadata"] = {**live["metadata"], **added, "resourceVersion": str(self._version)}
        self._objects[reference] = (manager, live)
        return copy.deepcopy(live)

    def read(self, reference: Reference) -> Properties | None:
        with self._lock:
            found = self._objects.get(reference)
            return copy.deepcopy(found[1]) if found else None

    def delete(self, reference: Reference, propagation: str) -> None:
        with self._lock:
            self._objects.pop(reference, None)


def _first_metadata() -> Properties:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"uid": str(uuid.uuid4()), "creationTimestamp": now}


def _with_string_data(object_: Properties) -> Properties:
    """The API server keeps a Secret's stringData as data."""
    if not is_secret(object_) or "stringData" not in object_:
        return object_
    given = object_["stringData"].items()
    encoded = {key: base64.b64encode(text.encode()).decode() for key, text in given}
    rest = {key: value for key, value in object_.items() if key != "stringData"}
    return {**rest, "data": {**object_.get("data", {}), **encoded}}


_READABLE_BY_OWNER: Final = 0o600


class RenderedStore:
    """One YAML file for each object, for other tools to apply.

    Names as pulumi-kubernetes gives them (renderPathForResource in its provider.go). Secrets are in
    them in plain, so nobody but the owner may read.
    """

    def __init__(self, directory: Path):
        self._manifests = directory / "1-manifest"

    def path(self, reference: Reference) -> Path:
        api = reference.api_version.replace("/", "_")
        namespace = reference.namespace or "default"
        name = f"{api}-{reference.kind.lower()}-{namespace}-{reference.name}.yaml"
        return self._manifests / name

    def create(self, reference: Reference, object_: Properties, manager: str) -> Properties:
        return self.apply(reference, object_, manager)

    def apply(self, reference: Reference, object_: Properties, manager: str) -> Properties:
        path = self.path(reference)
        partial = path.with_suffix(".partial")
        try:
            self._manifests.mkdir(mode=0o700, parents=True, exist_ok=True)
            partial.touch(_READABLE_BY_OWNER)
            partial.write_text(yaml.safe_dump(object_, allow_unicode=True), encoding="utf-8")
            partial.replace(path)
        except OSError as error:
            raise ProviderError(
                f"{path} cannot be written: {error.strerror}; give another renderYamlToDirectory"
            ) from error
        return object_

    def read(self, reference: Reference) -> Properties | None:
        try:
            text = self.path(reference).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        try:
            loaded = yaml.safe_load(text)
        except yaml.YAMLError:
            loaded = None
        if not isinstance(loaded, dict) or not isinstance(loaded.get("metadata"), dict):
            raise ProviderError(
                f"{self.path(reference)} does not hold an object any more; delete it, and it is "
                "written again"
            )
        return loaded

    def delete(self, reference: Reference, propagation: str) -> None:
        self.path(reference).unlink(missing_ok=True)
