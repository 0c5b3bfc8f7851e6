"""What stays unknown of a thing that is there.

Some rules pass over a value that a preview does not know, since the update asks again before it
makes the thing. Of a thing that is there nobody asks again: what a state keeps hidden, or what no
reading of an account tells, is unknown for good. So whatever such a rule would have said of a
stranger in its place counts there as a fact that is missing.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from model.deployment import Node
from rules.boundary import Boundary
from rules.judge import CHECKS, Verdict, judge
from rules.model import Resource, Rule
from rules.table import BY_ID, ORIGIN
from rules.unknowns import UNKNOWN, has_unknown

# Who is let in, whose key, queue or host it is, what an API asks. What is told to machines,
# functions and pods, and what a template is, other rules say of the whole (rules/whole.py).
_WHOSE: Final = tuple(
    replace(BY_ID[rule], decides=False)
    for rule in (
        "CN-073",
        "CN-074",
        "CN-132",
        "CN-133",
        "CN-136",
        "CN-223",
        "CN-244",
        "CN-255",
        "CN-256",
        "CN-257",
    )
)
_EVERYWHERE: Final = "CN-136"  # of every property of everything
# How properties are called by which a thing names another one, or a block of them: a password, a
# text or a number is unknown for good as well, and names nobody.
_NAMES: Final = re.compile(
    r"(?i:.*(?:arns?|roles?|principals?|profile|kms\w*|keyid|config\w*)|redrive.*)"
)
# Blocks that name what a stranger's ARN would not stand for, and whose rule it is.
_BLOCKS: Final = {
    **dict.fromkeys(("launchTemplate", "launchTemplateSpecification", "trafficSources"), ORIGIN),
    "target": BY_ID["CN-223"],
}
_STRANGER: Final = "arn:aws:iam::000000000000:role/unknown"
# By rule what names a stranger besides: the brokers that a pipe reads.
_STRANGERS: Final = {"CN-257": ("smk://unknown.example:9094", "unknown.example:9094")}


def passed_over(
    nodes: Mapping[str, Node], boundary: Boundary, open_: Collection[str]
) -> Iterator[tuple[Rule, Resource, str]]:
    """Each property of a thing that is there which a rule passes over for being unknown.

    open_: the URNs of what is open already; what is unknown of that as well, it tells when it is
    mended.
    """
    for node in nodes.values():
        hidden = [
            key
            for key, value in node.resource.props.items()
            if has_unknown(value) and not _comes_from(node, key, nodes)
        ]
        there = isinstance(node.outputs().get("id"), str) and node.resource.urn not in open_
        if hidden and there and not any(map(counts, judge(node.resource, boundary))):
            yield from _of(node.resource, hidden, boundary)


def _comes_from(node: Node, key: str, nodes: Mapping[str, Node]) -> bool:
    """Whether a value was made of what this deployment has made, and so names that."""
    sources = node.sources.get(key, ())
    return bool(sources) and all(urn in nodes for urn in sources)


def counts(verdict: Verdict) -> bool:
    """Whether a verdict opens, or leaves undecided."""
    return verdict.exception is None and verdict.rule.level == "mandatory"


def _of(
    resource: Resource, hidden: list[str], boundary: Boundary
) -> Iterator[tuple[Rule, Resource, str]]:
    for key in hidden:
        what = f"{key} is unknown in preview, and nobody asks again"
        for rule in (rule for rule in _WHOSE if rule.covers(resource.type)):
            if _says_more(rule, resource, key, boundary):
                yield rule, resource, what
        block = _BLOCKS.get(key) if resource.props[key] is UNKNOWN else None
        if block is not None and block.covers(resource.type):
            yield replace(block, decides=False), resource, what


def _says_more(rule: Rule, resource: Resource, key: str, boundary: Boundary) -> bool:
    """Whether a rule says something of a stranger that it does not say of what is unknown."""
    may = _names if rule.id == _EVERYWHERE else _any
    check = CHECKS[rule.id]
    known = frozenset(check(resource, boundary))
    for stranger in (_STRANGER, *_STRANGERS.get(rule.id, ())):
        shown = _shown(resource.props[key], key, may, stranger)
        other = replace(resource, props={**resource.props, key: shown})
        if any(said not in known for said in check(other, boundary)):
            return True
    return False


def _names(key: str) -> bool:
    return _NAMES.fullmatch(key) is not None


def _any(key: str) -> bool:
    return True


def _shown(value: Any, key: str, may: Callable[[str], bool], stranger: str) -> Any:
    """The same with a stranger in place of what is unknown, where a property may name one."""
    if isinstance(value, dict):
        return {inner: _shown(item, inner, may, stranger) for inner, item in value.items()}
    if isinstance(value, list):
        return [_shown(item, key, may, stranger) for item in value]
    return stranger if value is UNKNOWN and may(key) else value
