"""A stack file made from another stack's, but for what cannot be the same of two stacks."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from automation.errors import RefusedError
from automation.new_stack import SCHEMA, zone_names
from automation.stack_files import StackFiles, read_spec
from plan.errors import PlanError
from plan.partitions import partition_of
from spec.cluster import ClusterSpec
from spec.errors import SpecError, parse
from spec.shown import shown_path
from spec.stack_file import NAMESPACE, asked_in_file
from spec.text_file import read_text_file
from spec.yaml_text import StackFileDumper

# What AWS numbers in one region: of another region it stands for nothing.
_RESOURCE_ID = re.compile(r"[a-z]+-[0-9a-f]{8}(?:[0-9a-f]{9})?")
_ARN = re.compile(r"arn:(?P<partition>[a-z-]+):[a-z0-9-]+:(?P<region>[a-z0-9-]*):")
# One stack's alone: an Elastic IP serves one NAT gateway, and a name that is one thing's in all of
# AWS, or in the account, can be made once.
_ONE_USER = (
    ("network", "egress", "natGateways", "*", "elasticIp", "allocationId"),
    ("network", "flowLogs", "destination", "bucket", "name"),
    ("carryIn", "buckets", "*", "name"),
    ("carryIn", "repositories", "*", "name"),
)
_GONE = object()


@dataclass(frozen=True, slots=True)
class CopiedStack:
    """The file's text, and what people have to look at, as YAML paths.

    left_out: what is bound to the other stack or its region, and has to be written anew. shared:
    what others supply, now to both stacks. still_named: where the other region is still named.
    """

    text: str
    left_out: tuple[str, ...]
    shared: tuple[str, ...]
    still_named: tuple[str, ...]


def copied_stack(
    source: StackFiles, *, name: str, region: str | None, zones: Sequence[str], folder: Path,
    where: str,
) -> CopiedStack:  # fmt: skip
    """The source's keys under another name and, where asked, in another region and other zones.

    Only heiiki's own keys: never the salt of the source's secrets. Raises SpecError for faults of
    the source or of the copy, but for what is missing because it was left out.
    """
    if source.part is not None:
        raise RefusedError(
            f"{source.stack_file.name} is the file of a part, which says nothing of the cluster",
            advice=f"Name the whole: --from {source.part.of}.",
        )
    spec = read_spec(source)
    place = _Place(spec, region or spec.region, _zones(spec, source, region, zones))
    asked = asked_in_file(read_text_file(source.stack_file), where=source.stack_file.name)
    kept = place.moved({**asked, "name": name}, ())
    _check(kept, place.left_out, where)
    keys = {f"{NAMESPACE}:{key}": value for key, value in kept.items()}
    head = _HEAD.format(
        schema=os.path.relpath(SCHEMA, folder),
        source=source.stack_file.name,
        left_out="".join(f"#   {path}\n" for path in place.left_out),
    )
    head = head if place.left_out else head.partition(_LEFT_OUT)[0]
    body = yaml.dump(
        {"config": keys}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120
    )
    found = (place.left_out, place.shared, place.still_named)
    return CopiedStack(f"{head}{body}", *(tuple(paths) for paths in found))


def _zones(
    spec: ClusterSpec, source: StackFiles, region: str | None, zones: Sequence[str]
) -> list[str]:
    """The copy's zones, one for each of the source's, in order."""
    there = region or spec.region
    if not zones and there == spec.region:
        return list(spec.availability_zones)
    if len(zones) != len(spec.availability_zones):
        raise RefusedError(
            f"{source.stack_file.name} has {len(spec.availability_zones)} zones, and "
            f"{len(zones) or 'none'} of {there} {'is' if len(zones) < 2 else 'are'} named",
            advice="Name one zone for each of them with --zone, in order; add or remove zones in "
            "the new file afterwards.",
        )
    return zone_names(there, zones)


def _check(kept: Mapping[str, Any], left_out: Sequence[str], where: str) -> None:
    try:
        parse(ClusterSpec, dict(kept), where=where)
    except SpecError as error:
        others = [fault for fault in error.faults if fault.path not in left_out]
        if others:
            raise SpecError(
                others, where=where, more=error.more,
                left_out=error.left_out, more_left_out=error.more_left_out,
            ) from None  # fmt: skip
    try:
        partition_of(kept["region"])
    except PlanError as error:
        raise SpecError(error.faults, where=where) from None


@dataclass(slots=True)
class _Place:
    """Where the copy lies, and what was met on the way there."""

    spec: ClusterSpec
    region: str
    zones: Sequence[str]
    left_out: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    still_named: list[str] = field(default_factory=list)

    def moved(self, value: Any, path: tuple[str, ...]) -> Any:
        """The value as it is there; _GONE where it cannot be."""
        if isinstance(value, Mapping):
            pairs = ((key, self.moved(v, (*path, str(key)))) for key, v in value.items())
            return {key: v for key, v in pairs if v is not _GONE}
        if isinstance(value, list):
            items = [self.moved(v, (*path, str(i))) for i, v in enumerate(value)]
            return [v for v in items if v is not _GONE]
        return self._text(value, path) if isinstance(value, str) else value

    def _text(self, text: str, path: tuple[str, ...]) -> Any:
        if path == ("region",):
            return self.region
        if _is_of_one(path):
            self.left_out.append(shown_path(path))
            return _GONE
        if text in self.spec.availability_zones:
            return self.zones[self.spec.availability_zones.index(text)]
        arn = _ARN.match(text)
        if arn is None and not _RESOURCE_ID.fullmatch(text):
            if self.region != self.spec.region and self.spec.region in text:
                self.still_named.append(shown_path(path))
            return text
        if self._is_bound(arn):
            self.left_out.append(shown_path(path))
            return _GONE
        self.shared.append(shown_path(path))
        return text

    def _is_bound(self, arn: re.Match[str] | None) -> bool:
        """Whether it means nothing where the copy lies."""
        if self.region == self.spec.region:
            return False
        if arn is None or arn["region"]:
            return True
        try:
            return arn["partition"] != partition_of(self.region).name
        except PlanError:  # told as a fault of the region
            return True


def _is_of_one(path: tuple[str, ...]) -> bool:
    return any(
        len(path) == len(pattern) and all(map(_fits, pattern, path)) for pattern in _ONE_USER
    )


def _fits(pattern: str, key: str) -> bool:
    return pattern in ("*", key)


class _Dumper(StackFileDumper):
    """Writes out what the source says once and refers to again."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_LEFT_OUT = "# Left out"
_HEAD = (
    """\
# yaml-language-server: $schema={schema}
# Made from {source}, without its comments. docs/options.md lists every key.
"""
    + _LEFT_OUT
    + """, since it is the other stack's alone; write what this one has:
{left_out}"""
)
