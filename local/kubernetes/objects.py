"""One object: what names it, its faults, and what of it is secret."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from local.kubernetes.kinds import LABEL, SUBDOMAIN, Kind, NameRule
from local.provider_answers import Failure, ProviderError
from local.provider_values import UNKNOWN, Properties, Secret, Value, has_unknown, path_text

AUTONAMED: Final = "pulumi.com/autonamed"
LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
PROPAGATION: Final = "pulumi.com/deletionPropagationPolicy"
_PROPAGATIONS: Final = ("background", "foreground", "orphan")
_DATA_KEY: Final = re.compile(r"(?!\.\.?\Z)[-._a-zA-Z0-9]{1,253}")
_LABEL_NAME: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_DATA_BYTES_MOST: Final = 1024 * 1024  # MaxSecretSize of the API server, for ConfigMaps too
_ANNOTATION_BYTES_MOST: Final = 256 * 1024


@dataclass(frozen=True)
class Reference:
    """What names an object in a cluster; namespace is None where there are none."""

    api_version: str
    kind: str
    namespace: str | None
    name: str

    @property
    def id(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


def reference_of(object_: Properties, kind: Kind) -> Reference:
    metadata = object_["metadata"]
    namespace = metadata.get("namespace", "default") if kind.namespaced else None
    return Reference(object_["apiVersion"], object_["kind"], namespace, metadata["name"])


def reference_from_id(api_version: str, kind_name: str, kind: Kind, id_: str) -> Reference:
    """An import's id comes from a person, and goes into paths."""
    namespace, slash, name = id_.rpartition("/")
    named = kind.name.admits(name) and (LABEL.admits(namespace) if slash else True)
    if not named or (slash and not kind.namespaced):
        form = "<namespace>/<name>" if kind.namespaced else "<name>"
        raise ProviderError(f"{id_!r} does not name a {kind_name}; write {form}")
    return Reference(
        api_version, kind_name, (namespace or "default") if kind.namespaced else None, name
    )


def propagation_of(object_: Properties) -> str:
    """Foreground, as pulumi-kubernetes has it, unless the object's annotation says otherwise."""
    metadata = object_.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    asked = annotations.get(PROPAGATION) if isinstance(annotations, dict) else None
    return str(asked).capitalize() if asked else "Foreground"


def is_secret(object_: Properties) -> bool:
    return (object_.get("apiVersion"), object_.get("kind")) == ("v1", "Secret")


def guarded(object_: Properties) -> Properties:
    """What a Secret holds is secret, whether the program said so or not; kubectl's annotation
    repeats it."""
    if not is_secret(object_):
        return object_
    marked = {
        key: Secret(value) if key in ("data", "stringData") else value
        for key, value in object_.items()
    }
    metadata = object_.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(annotations, dict) and LAST_APPLIED in annotations:
        kept = {**annotations, LAST_APPLIED: Secret(annotations[LAST_APPLIED])}
        marked["metadata"] = {**object_["metadata"], "annotations": kept}
    return marked


def faults(object_: Properties, api: tuple[str, str], kind: Kind) -> Iterator[Failure]:
    """What may hold a secret is told without its path: beside the path of an input the engine
    shows its value (issueCheckErrors in step_generator.go of github.com/pulumi/pulumi, v3.250.0).
    """
    for key, wanted in zip(("apiVersion", "kind"), api, strict=True):
        if object_[key] != wanted:
            yield Failure(
                key, f"{key} is {object_[key]!r}, but the resource type says {wanted}; leave it out"
            )
    if kind.fields is not None:
        # The status is the cluster's, yet programs copy whole objects.
        for key in sorted(object_.keys() - kind.fields - {"apiVersion", "kind", "metadata"}):
            known = ", ".join(sorted(kind.fields))
            yield Failure("", f"{api[1]} has no {key}; it has {known}")
    yield from _metadata_faults(object_["metadata"], kind)
    if api[0] == "v1" and api[1] in ("ConfigMap", "Secret"):
        yield from _data_faults(object_, is_secret(object_))


def _metadata_faults(metadata: Value, kind: Kind) -> Iterator[Failure]:
    if metadata is UNKNOWN:
        return
    if not isinstance(metadata, dict):
        yield Failure("metadata", "metadata must be an object such as {name: ...}")
        return
    if "generateName" in metadata:
        yield Failure(
            "metadata.generateName",
            "metadata.generateName cannot be applied, only metadata.name; without either, a name "
            "is made from the resource's name",
        )
    yield from _name_faults("metadata.name", metadata.get("name"), kind.name)
    namespace = metadata.get("namespace")
    if not kind.namespaced and namespace is not None:
        yield Failure("metadata.namespace", "this kind is in no namespace; leave it out")
    else:
        yield from _name_faults("metadata.namespace", namespace, LABEL)
    yield from _label_faults(metadata.get("labels"))
    yield from _annotation_faults(metadata.get("annotations"))


def _name_faults(path: str, name: Value, rule: NameRule) -> Iterator[Failure]:
    if name is None or name is UNKNOWN:
        return
    if not isinstance(name, str) or not rule.admits(name):
        yield Failure(path, f"{path} is {name!r}, and must be {rule.words}")


def _label_faults(labels: Value) -> Iterator[Failure]:
    yield from _texts_faults("metadata.labels", labels)
    for key, value in labels.items() if isinstance(labels, dict) else ():
        path = path_text(("metadata", "labels", key))
        if not _is_qualified(key):
            yield Failure(
                path, f"{key!r} is no label name: [<DNS name>/]<up to 63 of A-Za-z0-9-_.>"
            )
        if isinstance(value, str) and value and not _LABEL_NAME.fullmatch(value):
            yield Failure(path, f"{value!r} is no label value: up to 63 of A-Za-z0-9-_.")


def _annotation_faults(annotations: Value) -> Iterator[Failure]:
    yield from _texts_faults("metadata.annotations", annotations)
    if not isinstance(annotations, dict):
        return
    for key in annotations:
        if not _is_qualified(key):
            path = path_text(("metadata", "annotations", key))
            yield Failure(
                path, f"{key!r} is no annotation name: [<DNS name>/]<up to 63 of A-Za-z0-9-_.>"
            )
    propagation = annotations.get(PROPAGATION, "foreground")
    if propagation is not UNKNOWN and propagation not in _PROPAGATIONS:
        yield Failure(
            path_text(("metadata", "annotations", PROPAGATION)),
            f"{PROPAGATION} is {propagation!r}, and must be one of {', '.join(_PROPAGATIONS)}",
        )
    size = sum(len(key) + len(str(value)) for key, value in annotations.items())
    if size > _ANNOTATION_BYTES_MOST:
        yield Failure(
            "metadata.annotations",
            f"the annotations take {size} bytes, and may take {_ANNOTATION_BYTES_MOST}",
        )


def _is_qualified(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    named = _LABEL_NAME.fullmatch(name) is not None
    return named and (not slash or SUBDOMAIN.pattern.fullmatch(prefix) is not None)


def _texts_faults(path: str, texts: Value) -> Iterator[Failure]:
    """A mapping of texts to texts. Values are not shown: they may be anything."""
    if texts is None or texts is UNKNOWN:
        return
    if not isinstance(texts, dict):
        yield Failure("", f"{path} must be a mapping of texts to texts")
        return
    for key, value in texts.items():
        if value is not UNKNOWN and not isinstance(value, str):
            at = path_text((*path.split("."), key))
            yield Failure(at, f"{at} is a {_KIND_WORDS[type(value)]}, and must be a text; quote it")


_KIND_WORDS: Final = {
    bool: "truth value",
    int: "number",
    float: "number",
    list: "list",
    dict: "mapping",
    type(None): "null",
}


def _data_faults(object_: Properties, secret: bool) -> Iterator[Failure]:
    plain, encoded = ("stringData", "data") if secret else ("data", "binaryData")
    for field in (plain, encoded):
        given = object_.get(field)
        yield from _texts_faults(field, given)
        for key in given if isinstance(given, dict) else ():
            if not _DATA_KEY.fullmatch(key):
                yield Failure(
                    path_text((field, key)), f"{key!r} is no key: up to 253 of A-Za-z0-9-_."
                )
    yield from _base64_faults(encoded, object_.get(encoded))
    if not secret:
        twice = _keys(object_, plain) & _keys(object_, encoded)
        for key in sorted(twice):
            yield Failure(path_text((encoded, key)), f"{key!r} is in data, too; give it once")
    yield from _size_faults(object_, plain, encoded)
    if secret and not isinstance(object_.get("type", ""), str | type(UNKNOWN)):
        yield Failure("type", "type must be a text, such as Opaque")


def _keys(object_: Properties, field: str) -> set[str]:
    given = object_.get(field)
    return set(given) if isinstance(given, dict) else set()


def _base64_faults(field: str, given: Value) -> Iterator[Failure]:
    for key, value in given.items() if isinstance(given, dict) else ():
        if isinstance(value, str) and decoded(value) is None:
            at = path_text((field, key))
            plain = "stringData" if field == "data" else "data"
            yield Failure(at, f"{at} is not base64; encode it, or write it under {plain}")


def decoded(text: str) -> bytes | None:
    """None when the text is not base64, as Go's decoder judges: line breaks are allowed."""
    try:
        return base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except (binascii.Error, ValueError):
        return None


def _size_faults(object_: Properties, plain: str, encoded: str) -> Iterator[Failure]:
    given = {field: object_.get(field) or {} for field in (plain, encoded)}
    if has_unknown(given) or not all(isinstance(part, dict) for part in given.values()):
        return
    size = sum(len(str(value).encode()) for value in given[plain].values())
    size += sum(len(decoded(str(value)) or b"") for value in given[encoded].values())
    if size > _DATA_BYTES_MOST:
        yield Failure("", f"the data take {size} bytes, and may take {_DATA_BYTES_MOST}")
