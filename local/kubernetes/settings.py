"""What a program may set on the kubernetes provider, and what follows from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from local.kubernetes.kinds import LABEL
from local.kubernetes.stores import RenderedStore, Store
from local.provider_answers import Failure
from local.provider_values import UNKNOWN, Properties, Value

_DEFAULT_NAMESPACE: Final = "default"
_TEXTS: Final = frozenset(
    {"context", "cluster", "kubeconfig", "namespace", "renderYamlToDirectory", "clusterIdentifier"}
)
_TRUTHS: Final = frozenset({"enableConfigMapMutable", "enableSecretMutable"})
# Settings whose only accepted value is what the local provider does anyway.
_FIXED: Final[Mapping[str, bool]] = MappingProxyType(
    {
        "alwaysRender": False,
        "deleteUnreachable": False,
        "enablePatchForce": False,
        "enableServerSideApply": True,
        "skipUpdateUnreachable": False,
        "upsertExistingObjects": False,
    }
)
_WITHOUT_EFFECT: Final = frozenset(
    {
        "suppressDeprecationWarnings",
        "suppressHelmHookWarnings",
        "version",
        "pluginDownloadURL",
    }
)
KEYS: Final = frozenset(_TEXTS | _TRUTHS | _FIXED.keys() | _WITHOUT_EFFECT)


@dataclass(frozen=True)
class Settings:
    """One provider resource of the program.

    Attributes:
        store: where its objects are; None for the memory of the stack.
        pending: the kubeconfig comes from a resource that is not there yet.
        namespace: for what names none; None while pending.
    """

    store: Store | None = None
    pending: bool = False
    namespace: str | None = _DEFAULT_NAMESPACE
    config_maps_mutable: bool = False
    secrets_mutable: bool = False


def faults(config: Properties) -> list[Failure]:
    return [*_faults(config)]


def _faults(config: Properties) -> Iterator[Failure]:
    for key, value in sorted(config.items()):
        if key.startswith("__") or value is UNKNOWN:
            continue
        if key not in KEYS:
            known = ", ".join(sorted(KEYS - _WITHOUT_EFFECT))
            yield Failure(
                key, f"the local kubernetes provider has no setting {key}; it has {known}"
            )
        elif key in _FIXED and _truth(value) is not _FIXED[key]:
            only = str(_FIXED[key]).lower()
            yield Failure(key, f"the local kubernetes provider knows {key} only as {only}")
        elif key in _TRUTHS and _truth(value) is None:
            yield Failure(key, f"{key} must be true or false")
        elif key in _TEXTS and not isinstance(value, str):
            yield Failure(key, f"{key} must be a text")
    namespace = config.get("namespace")
    if isinstance(namespace, str) and namespace and not LABEL.pattern.fullmatch(namespace):
        yield Failure("namespace", f"namespace is {namespace!r}, and must be {LABEL.words}")


def _truth(value: Value) -> bool | None:
    """Settings that are not texts come as JSON."""
    return {"true": True, "false": False}.get(str(value).lower())


def settings_from(config: Properties) -> Settings:
    directory = config.get("renderYamlToDirectory")
    kubeconfig = config.get("kubeconfig")
    rendered = RenderedStore(Path(directory)) if directory and directory is not UNKNOWN else None
    pending = directory is UNKNOWN or (kubeconfig is UNKNOWN and rendered is None)
    namespace = config.get("namespace")
    known = namespace if namespace is not UNKNOWN else None
    return Settings(
        store=rendered,
        pending=pending,
        namespace=known or (None if pending or namespace is UNKNOWN else _DEFAULT_NAMESPACE),
        config_maps_mutable=_truth(config.get("enableConfigMapMutable")) is True,
        secrets_mutable=_truth(config.get("enableSecretMutable")) is True,
    )
