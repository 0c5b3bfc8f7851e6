"""A deployment as `terraform show -json` tells a plan: what Checkov reads best of Terraform.

As in a first plan, ids of what the plan itself makes are not known: such a value is left out, and
the configuration names what it comes from, which is how Checkov joins resources. Whatever else a
resource says stands in the plan, policy documents as text.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from bench.peers.terraform_names import (
    MADE_UP,
    MAPS,
    MODULES,
    NAMES,
    REQUIRED,
    SINGULAR,
    TYPES,
)
from model.deployment import Deployment, Node
from rules.unknowns import UNKNOWN

VERSION: Final = "1.13.0"
_PROVIDER: Final = "registry.terraform.io/hashicorp/aws"
_SETTINGS: Final = "pulumi:providers:aws"
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9_-]")


def snake(name: str) -> str:
    """cidrBlock as cidr_block."""
    return _WORDS.sub("_", name).lower()


def type_of(token: str) -> str | None:
    """Terraform's type; None where there is none."""
    if not token.startswith("aws:") or token in MADE_UP:
        return None
    if token in TYPES:
        return TYPES[token]
    _, module, noun = token.split(":")
    module = module.split("/")[0]
    return MODULES.get(module, f"aws_{module}_") + snake(noun)


def plan(deployment: Deployment) -> dict[str, Any]:
    """The whole plan."""
    return _Writer(deployment).plan()


def addresses(deployment: Deployment) -> dict[str, str]:
    """What the plan calls each resource, by URN."""
    return dict(_Writer(deployment).addresses)


class _Writer:
    """One plan: the address of each resource, and which texts are ids of them."""

    def __init__(self, deployment: Deployment) -> None:
        self._nodes = [n for n in deployment.nodes.values() if type_of(n.resource.type)]
        self._settings = list(deployment.of_type(_SETTINGS))
        self.addresses: dict[str, str] = {}
        self._taken: set[str] = set()
        self._ids: dict[str, str] = {}
        for node in self._nodes:
            address = self._address(node)
            self.addresses[node.resource.urn] = address
            for output, value in node.outputs().items():
                own = node.resource.props.get(output)
                if (
                    isinstance(value, str)
                    and value
                    and value != own
                    and value != node.resource.name
                ):
                    self._ids.setdefault(value, f"{address}.{snake(output)}")

    def _address(self, node: Node) -> str:
        base = f"{type_of(node.resource.type)}.{_NOT_IN_A_NAME.sub('_', node.resource.name)}"
        address, count = base, 2
        while address in self._taken:
            address, count = f"{base}_{count}", count + 1
        self._taken.add(address)
        return address

    def plan(self) -> dict[str, Any]:
        told = [self._told(node) for node in self._nodes]
        return {
            "format_version": "1.2",
            "terraform_version": VERSION,
            "planned_values": {"root_module": {"resources": [t["planned"] for t in told]}},
            "resource_changes": [t["change"] for t in told],
            "configuration": {
                "provider_config": self._providers(),
                "root_module": {"resources": [t["configured"] for t in told]},
            },
        }

    def _told(self, node: Node) -> dict[str, Any]:
        address = self.addresses[node.resource.urn]
        type_, name = address.split(".", 1)
        values, unknown, expressions = self._block(type_, node.resource.props)
        values = {**REQUIRED.get(type_, {}), **values}
        for key, urns in node.sources.items():  # a name, say, that is known and comes from another
            known = sorted(self.addresses[urn] for urn in urns if urn in self.addresses)
            said = _name(type_, key)
            if known and said not in expressions and said in values:
                expressions[said] = {"references": known}
        unknown.update({"id": True, "arn": True})
        own = {"address": address, "mode": "managed", "type": type_, "name": name}
        created = {"actions": ["create"], "before": None, "after": values, "after_unknown": unknown}
        return {
            "planned": {**own, "provider_name": _PROVIDER, "schema_version": 0, "values": values},
            "change": {**own, "provider_name": _PROVIDER, "change": created},
            "configured": {**own, "provider_config_key": "aws", "expressions": expressions,
                           "schema_version": 0},
        }  # fmt: skip

    def _block(
        self, type_: str, props: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Values, which of them are not known, and where they come from."""
        values: dict[str, Any] = {}
        unknown: dict[str, Any] = {}
        expressions: dict[str, Any] = {}
        for key, value in props.items():
            name = _name(type_, key)
            if name in MAPS and isinstance(value, Mapping):
                values[name] = {k: v for k, v in value.items() if v is not UNKNOWN}
            elif isinstance(value, Mapping) or _is_blocks(value):
                told = [self._block(type_, b) for b in ([value] if isinstance(value, Mapping)
                                                         else value)]  # fmt: skip
                values[name] = [v for v, _, _ in told]
                unknown[name] = [u for _, u, _ in told]
                expressions[name] = [e for _, _, e in told]
            else:
                self._plain(name, value, values, unknown, expressions)
        return values, unknown, expressions

    def _plain(
        self,
        name: str,
        value: Any,
        values: dict[str, Any],
        unknown: dict[str, Any],
        expressions: dict[str, Any],
    ) -> None:
        """A text, number or list of them."""
        listed = value if isinstance(value, list) else [value]
        known = [v for v in listed if v is not UNKNOWN and v not in self._ids]
        references = [ref for v in listed if (ref := self._ids.get(v)) is not None]
        if known or not listed:
            rest = [None] * (len(listed) - len(known))  # as Checkov takes what is not known yet
            values[name] = [*known, *rest] if isinstance(value, list) else value
        if len(known) < len(listed):
            unknown[name] = True
        if references:
            whole = [ref.rsplit(".", 1)[0] for ref in references]
            expressions[name] = {"references": list(dict.fromkeys([*references, *whole]))}
        elif known:
            expressions[name] = {"constant_value": value}

    def _providers(self) -> dict[str, Any]:
        found: dict[str, dict[str, Any]] = {}
        for node in self._settings:
            said = {snake(k): v for k, v in node.resource.props.items() if v is not UNKNOWN}
            key = "aws" if not found else f"aws.{node.resource.name}"
            expressions = {k: {"constant_value": v} for k, v in said.items()}
            found[key] = {"name": "aws", "full_name": _PROVIDER, "expressions": expressions}
            if key != "aws":
                found[key]["alias"] = node.resource.name
        return found


def _is_blocks(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _name(type_: str, key: str) -> str:
    name = snake(key)
    if name not in SINGULAR.get(type_, ()):
        return name
    return NAMES.get(name, name.removesuffix("s"))
