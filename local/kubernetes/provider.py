"""The local kubernetes provider: applies to an API server when a kubeconfig is given; otherwise
validates, and keeps the objects in memory or renders them to a directory.

As pulumi-kubernetes 4.34.2 in server-side apply mode, but for this: it does not wait until what was
applied is ready, and it never reads a kubeconfig that the program did not give.
"""

import hashlib
import threading
from collections.abc import Sequence

from local.kubernetes import compare, objects
from local.kubernetes.connection import Limits
from local.kubernetes.kinds import api_of, kind_for
from local.kubernetes.settings import Settings, faults, settings_from
from local.kubernetes.stores import MemoryStore, Store
from local.provider_answers import (
    CONNECTION,
    Checked,
    Difference,
    Failure,
    ProviderError,
    State,
    Subject,
)
from local.provider_protocol import LocalProvider
from local.provider_values import UNKNOWN, Properties, autoname

_MANAGER_KEY = "__fieldManager"
_API_VERSION_KEY = "__initialApiVersion"


class KubernetesProvider(LocalProvider):
    package = "kubernetes"
    version = "4.34.2"

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._settings: dict[str, Settings] = {}
        self._latest = Settings()
        self._memory: dict[str, MemoryStore] = {}
        self._lock = threading.Lock()

    def check_config(self, config: Properties) -> Sequence[Failure]:
        return faults(config)

    def configure(self, config: Properties) -> None:
        settings = settings_from(config, self._limits)
        with self._lock:
            self._settings[CONNECTION.get()] = self._latest = settings

    def _current(self) -> Settings:
        """The settings of the calling connection. One that reconnected after a long idle time has
        a new address; it gets the latest settings, which are its own unless there are several."""
        return self._settings.get(CONNECTION.get(), self._latest)

    def _store(self, subject: Subject) -> Store:
        settings = self._current()
        if settings.pending:
            raise ProviderError(
                f"the kubeconfig of the provider of {subject.name} is not known yet, so nothing "
                "can be done to its objects"
            )
        if settings.store is not None:
            return settings.store
        stack = "::".join(subject.urn.split("::")[:2])
        with self._lock:
            return self._memory.setdefault(stack, MemoryStore())

    def check(self, subject: Subject, olds: Properties, news: Properties, seed: bytes) -> Checked:
        kind, api = kind_for(subject.type), api_of(subject.type)
        completed = {"apiVersion": api[0], "kind": api[1], "metadata": {}, **news}
        metadata = completed["metadata"]
        if isinstance(metadata, dict):
            metadata = _named(subject, olds.get("metadata", {}), metadata, seed)
            if kind.namespaced and "namespace" not in metadata:
                metadata = {**metadata, **self._namespace(olds)}
            completed["metadata"] = metadata
        failures = list(objects.faults(completed, api, kind))
        return Checked(objects.guarded(completed), failures)

    def _namespace(self, olds: Properties) -> Properties:
        settings = self._current()
        if settings.namespace is None:
            former = olds.get("metadata", {}).get("namespace")
            return {"namespace": former} if former else {}
        return {"namespace": settings.namespace}

    def diff(
        self, subject: Subject, id_: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Difference:
        settings = self._current()
        replacing = compare.replacing_paths(
            kind_for(subject.type),
            news,
            settings.config_maps_mutable,
            settings.secrets_mutable,
        )
        found = compare.changes(olds, news, replacing)
        return Difference(found, delete_before_replace=_keeps_its_name(olds, news))

    def create(self, subject: Subject, inputs: Properties, preview: bool) -> State:
        if preview:
            return State("", objects.guarded(inputs), inputs)
        reference = objects.reference_of(inputs, kind_for(subject.type))
        manager = _manager(subject)
        live = self._store(subject).create(reference, inputs, manager)
        return State(reference.id, _outputs(live, inputs, manager), inputs)

    def read(
        self, subject: Subject, id_: str, outputs: Properties, inputs: Properties
    ) -> State | None:
        kind, api = kind_for(subject.type), api_of(subject.type)
        reference = objects.reference_from_id(*api, kind, id_)
        live = self._store(subject).read(reference)
        if live is None:
            return None
        manager = outputs.get(_MANAGER_KEY) or _manager(subject)
        former = compare.inputs_from(live, inputs)
        return State(
            reference.id, _outputs(live, inputs or former, manager), objects.guarded(former)
        )

    def update(
        self,
        subject: Subject,
        id_: str,
        outputs: Properties,
        olds: Properties,
        news: Properties,
        preview: bool,
    ) -> Properties:
        if preview:
            return objects.guarded(news)
        reference = objects.reference_of(news, kind_for(subject.type))
        manager = outputs.get(_MANAGER_KEY) or _manager(subject)
        live = self._store(subject).apply(reference, news, manager)
        return _outputs(live, news, manager)

    def delete(self, subject: Subject, id_: str, outputs: Properties, inputs: Properties) -> None:
        reference = objects.reference_from_id(*api_of(subject.type), kind_for(subject.type), id_)
        self._store(subject).delete(reference, objects.propagation_of(inputs))


def _named(subject: Subject, olds: Properties, metadata: Properties, seed: bytes) -> Properties:
    """With a name: the given one, the one made formerly, or a new one from the resource's name."""
    if "name" in metadata or "generateName" in metadata:
        return metadata
    name = olds["name"] if _is_autonamed(olds) else autoname(subject.name, seed, hex_digits=8)
    annotations = metadata.get("annotations", {})
    if isinstance(annotations, dict):
        annotations = {**annotations, objects.AUTONAMED: "true"}
    return {**metadata, "name": name, "annotations": annotations}


def _is_autonamed(metadata: Properties) -> bool:
    annotations = metadata.get("annotations")
    return isinstance(annotations, dict) and annotations.get(objects.AUTONAMED) == "true"


def _keeps_its_name(olds: Properties, news: Properties) -> bool:
    """Two objects of one name cannot be at a time, so the old one must go first."""
    before, after = olds.get("metadata", {}), news.get("metadata", {})
    if before is UNKNOWN or after is UNKNOWN or _is_autonamed(after):
        return False
    places = [(m.get("name"), m.get("namespace", "default")) for m in (before, after)]
    return places[0] == places[1]


def _manager(subject: Subject) -> str:
    """Whoever runs `up` again after a kill is the same manager, and so finds its own objects."""
    return f"pulumi-kubernetes-{hashlib.sha256(subject.urn.encode()).hexdigest()[:8]}"


def _outputs(live: Properties, inputs: Properties, manager: str) -> Properties:
    outputs = {**live, _API_VERSION_KEY: inputs["apiVersion"], _MANAGER_KEY: manager}
    return objects.guarded(outputs)


def create_servicer(limits: Limits | None = None) -> KubernetesProvider:
    """A provider to be served with provider_protocol.serve; `limits` bounds what an API server may
    take."""
    return KubernetesProvider(limits or Limits())
