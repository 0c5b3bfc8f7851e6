"""Kubernetes objects out of files: what `helm template`, kustomize or a repository holds.

Each document becomes a resource that is called by its file and its place in it, and is judged like
one that a program declares. What cannot be read is no object, and no verdict.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model.deployment import Node
from rules.model import Resource
from rules.safe_yaml import LONGEST, YamlFault, documents
from sources.faults import SourceError

SUFFIXES = (".yaml", ".yml", ".json")
# An object that does not say what it is: refused by CN-156.
UNNAMED = "kubernetes:manifest:Manifest"
_VERSION = re.compile(r"[a-z0-9.-]+(?:/[a-z0-9]+)?")
_KIND = re.compile(r"[A-Za-z0-9]+")
_WANTED = "give Kubernetes objects as YAML or JSON, one a document"


def read_manifests(path: Path) -> list[Node]:
    """The objects of a file, or of every file below a folder. Raises SourceError."""
    if not path.is_dir():
        return _required(list(objects_of(path.name, _text(path, str(path)))), str(path))
    found: list[Node] = []
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path)
        hidden = any(part.startswith(".") for part in name.parts)
        if file.suffix in SUFFIXES and file.is_file() and not hidden:
            found += objects_of(name.as_posix(), _text(file, name.as_posix()))
    return _required(found, str(path))


def objects_of(name: str, text: str) -> Iterator[Node]:
    """The objects of one text. name: how messages call the file."""
    try:
        read = documents(text)
    except YamlFault as fault:
        raise SourceError(f"{name}, line {fault.line}: {fault.what}; {_WANTED}") from None
    for index, (line, body) in enumerate(read, start=1):
        if body is None:
            continue
        if not isinstance(body, dict):
            raise SourceError(f"{name}, line {line}: document {index} is no object; {_WANTED}")
        yield _node(f"{name}:{index}", body)


def _node(called: str, body: dict[str, Any]) -> Node:
    resource = Resource(_type(body), called, f"manifest:{called}", body)
    return Node(resource, {}, dict)


def _type(body: dict[str, Any]) -> str:
    """The token that the Pulumi package has for the object."""
    version, kind = body.get("apiVersion"), body.get("kind")
    if not (isinstance(version, str) and _VERSION.fullmatch(version)):
        return UNNAMED
    if not (isinstance(kind, str) and _KIND.fullmatch(kind)):
        return UNNAMED
    return f"kubernetes:{version}:{kind}"


def _text(path: Path, shown: str) -> str:
    try:
        if path.stat().st_size > LONGEST:
            raise SourceError(f"{shown}: is longer than {LONGEST} bytes")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SourceError(f"{shown}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SourceError(f"{shown}: is no text in UTF-8") from None


def _required(found: list[Node], shown: str) -> list[Node]:
    """A proof of nothing proves nothing."""
    if not found:
        raise SourceError(f"{shown}: holds no object; {_WANTED}")
    return found
