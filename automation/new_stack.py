"""A stack file to begin with: what a closed cluster needs, and what people ask for next."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from automation.errors import RefusedError
from automation.stack_files import PROJECT
from plan.errors import Faults, PlanError
from plan.instance_types import instance_type
from plan.partitions import partition_of
from spec.cluster import ClusterSpec
from spec.errors import Fault, SpecError, parse
from spec.stack_file import parse_stack_file
from spec.text_file import is_there

SCHEMA = PROJECT / "docs" / "schema" / "heiiki.schema.json"
POOL = "workers"


def zone_names(region: str, zones: Sequence[str]) -> list[str]:
    """Full names of zones that may be given as their letters."""
    return [z if len(z) > 1 else f"{region}{z}" for z in zones]


@dataclass(frozen=True, slots=True)
class NewStack:
    """What the file asks for. zones: names, or their letters in the region."""

    name: str
    region: str
    zones: Sequence[str]
    instance_type: str
    max_size: int

    @property
    def zone_names(self) -> list[str]:
        return zone_names(self.region, self.zones)

    def keys(self) -> dict[str, object]:
        """The same as keys of a stack file."""
        pool = {"instanceType": self.instance_type, "maxSize": self.max_size}
        return {
            "name": self.name,
            "region": self.region,
            "availabilityZones": self.zone_names,
            "nodePools": {POOL: pool},
        }


def stack_text(asked: NewStack, folder: Path, *, where: str) -> str:
    """The file's text, which is what was asked, read back; or SpecError with every fault."""
    spec = _checked(asked, where)
    text = _TEMPLATE.format(
        schema=os.path.relpath(SCHEMA, folder),
        name=_scalar(asked.name),
        region=_scalar(asked.region),
        zones=", ".join(map(_scalar, asked.zone_names)),
        pool=POOL,
        instance_type=_scalar(asked.instance_type),
        max_size=asked.max_size,
    )
    assert parse_stack_file(text, where=where) == spec
    return text


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet; whatever has its name already is left as it is."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        if is_there(path):
            raise RefusedError(
                f"{path} is there already, and it was left as it is",
                advice="Edit it, or name another stack with --stack.",
            ) from None
        raise RefusedError(
            f"{path} cannot be written: {error.strerror}",
            advice="Name a folder that is there and yours with --directory.",
        ) from None


def _checked(asked: NewStack, where: str) -> ClusterSpec:
    """What was asked as a spec, judged also by what the shipped tables know without a lock file.

    The tables are asked whatever else is faulty, so that all of it is told at once.
    """
    faults = Faults()
    more: tuple[Fault, ...] = ()
    spec: ClusterSpec | None = None
    try:
        spec = parse(ClusterSpec, asked.keys(), where=where)
    except SpecError as error:
        faults.extend(error)
        more = error.more
    for told in _unknown(asked):
        if told.path not in {fault.path for fault in faults.found}:
            faults.found.append(told)
    if spec is None or faults.found:
        raise SpecError(faults.found, where=where, more=more)
    return spec


def _unknown(asked: NewStack) -> Iterator[Fault]:
    """Faults of what the shipped tables do not know."""
    kind_at = f"nodePools.{POOL}.instanceType"
    for look_up in (
        lambda: partition_of(asked.region),
        lambda: instance_type(asked.instance_type, {}, path=kind_at),
    ):
        try:
            look_up()
        except PlanError as error:
            yield from error.faults


def _scalar(value: str) -> str:
    """Plain where YAML reads it as the text that it is; a cluster may be called `on`."""
    try:
        plain = yaml.safe_load(value) == value
    except yaml.YAMLError:
        plain = False
    return value if plain else f"'{value}'"


_TEMPLATE = """\
# yaml-language-server: $schema={schema}
# A closed cluster: nothing that could lead outward exists unless this file names it.
# docs/options.md lists every key; what begins with one # is a suggestion.
config:
  heiiki:name: {name} # prefix of every name; another one makes everything anew
  heiiki:region: {region}
  heiiki:availabilityZones: [{zones}] # append only: their order gives the addresses
  #heiiki:profile: highlyAvailable # refuses what is else only warned of, such as a single node
  heiiki:nodePools:
    {pool}:
      instanceType: {instance_type}
      maxSize: {max_size}
      #minSize: 2
  #heiiki:network:
  #  vpc: {{kind: create, cidr: 10.0.0.0/16}} # of nodes and pods; cannot be changed later
  #heiiki:access: # nobody gets in by a way that is not named here
  #  operator: {{}} # a machine inside the network that runs kubectl
  #  sessionManager: true # the way to it without SSH
  #heiiki:tags: {{owner: network-team}}
"""
