"""What only the whole deployment decides, when every resource has been judged by itself."""

from collections.abc import Mapping
from typing import NamedTuple

from model.deployment import Node
from rules.boundary import Boundary
from rules.exceptions import exception_for
from rules.judge import Verdict
from rules.model import Resource, Rule
from rules.origins import undeclared
from rules.stores import bare
from rules.table import BARE_STORE, ORIGIN


class Whole(NamedTuple):
    """Each broken rule, once for every resource and reason; and the ids that nobody answers for."""

    verdicts: tuple[Verdict, ...]
    unanswered: frozenset[str]


def judge_whole(nodes: Mapping[str, Node], boundary: Boundary) -> Whole:
    """Judge where ids come from, and what is missing beside a resource."""

    def verdict(rule: Rule, resource: Resource, what: str) -> Verdict:
        return Verdict(rule, resource, what, exception_for(rule, resource, boundary))

    origins = [
        (verdict(ORIGIN, resource, what), id_)
        for resource, what, id_ in undeclared(nodes, boundary)
    ]
    stores = [verdict(BARE_STORE, resource, what) for resource, what in bare(nodes)]
    return Whole(
        (*(found for found, _ in origins), *stores),
        frozenset(id_ for found, id_ in origins if found.exception is None),
    )
