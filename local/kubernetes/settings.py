"""What a program may set on the kubernetes provider, and what follows from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from local.kubernetes.api_server import ApiServer
from local.kubernetes.connection import Limits
from local.kubernetes.kinds import LABEL
from local.kubernetes.kubeconfig import Access, read_kubeconfig
from local.kubernetes.stores import RenderedStore, Store
from local.provider_answers import Failure, ProviderError
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
    found = list(_faults(config))
    if not found:
        try:
            _access(config)
        except ProviderError as error:
            # Under its name the engine would show the whole kubeconfig beside the reason
            # (issueCheckErrors in step_generator.go of github.com/pulumi/pulumi, v3.250.0).
            found.append(Failure("", error.reason))
    return found


def _access(config: Properties) -> Access | None:
    """None when no API server is given, or when it is not known yet which."""
    kubeconfig, context, cluster = (config.get(k) for k in ("kubeconfig", "context", "cluster"))
    if not kubeconfig or UNKNOWN in (kubeconfig, context, cluster):
        return None
    return read_kubeconfig(kubeconfig, context, cluster)


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
            yield Failure("" if key == "kubeconfig" else key, f"{key} must be a text")
    namespace = config.get("namespace")
    if isinstance(namespace, str) and namespace and not LABEL.admits(namespace):
        yield Failure("namespace", f"namespace is {namespace!r}, and must be {LABEL.words}")


def _truth(value: Value) -> bool | None:
    """Settings that are not texts come as JSON."""
    return {"true": True, "false": False}.get(str(value).lower())


def settings_from(config: Properties, limits: Limits) -> Settings:
    store: Store | None = None
    namespace = config.get("namespace") or _DEFAULT_NAMESPACE
    directory = config.get("renderYamlToDirectory")
    asked = (directory, *(config.get(key) for key in ("kubeconfig", "context", "cluster")))
    pending = directory is UNKNOWN or (not directory and any(v is UNKNOWN for v in asked))
    if pending:
        namespace = config.get("namespace", UNKNOWN)
    elif directory:
        store = RenderedStore(Path(directory))
    elif access := _access(config):
        store = ApiServer(access, limits)
        namespace = config.get("namespace") or access.namespace
    return Settings(
        store=store,
        pending=pending,
        namespace=None if namespace is UNKNOWN else namespace,
        config_maps_mutable=_truth(config.get("enableConfigMapMutable")) is True,
        secrets_mutable=_truth(config.get("enableSecretMutable")) is True,
    )
