"""What only the whole deployment decides, when every resource has been judged by itself."""

from collections.abc import Iterator, Mapping

from model.deployment import Node
from rules.boundary import Boundary
from rules.exceptions import exception_for
from rules.judge import Verdict
from rules.origins import undeclared
from rules.stores import bare
from rules.table import BARE_STORE, ORIGIN


def judge_whole(nodes: Mapping[str, Node], boundary: Boundary) -> Iterator[Verdict]:
    """Each broken rule, once for every resource and reason."""
    for rule, found in ((ORIGIN, undeclared(nodes, boundary)), (BARE_STORE, bare(nodes))):
        for resource, what in found:
            yield Verdict(rule, resource, what, exception_for(rule, resource, boundary))
