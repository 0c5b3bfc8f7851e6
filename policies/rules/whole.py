"""What only the whole deployment decides, when every resource has been judged by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from model.deployment import Node
from rules.administrators import administering_nodes
from rules.boundary import Boundary
from rules.cluster_names import services
from rules.exceptions import exception_for
from rules.for_good import counts, passed_over
from rules.functions import unknown_variables
from rules.joined import (
    halved_registries,
    unjoined_subnets,
    unlogged_vpcs,
    wide_endpoint_groups,
)
from rules.judge import CHECKS, Verdict
from rules.load_balancers import unknown_targets
from rules.machines import misnamed, unanswered_hosts, unknown_user_data
from rules.model import Resource, Rule
from rules.namespaces import open_namespaces
from rules.origins import undeclared
from rules.parameters import unread
from rules.rbac import changing
from rules.stores import bare
from rules.table import (
    ADMINISTERING_NODE,
    BARE_STORE,
    BY_ID,
    CHANGING_WEBHOOKS,
    HALVED_REGISTRY,
    MISNAMED_NODE,
    OPEN_NAMESPACE,
    ORIGIN,
    UNANSWERED_HOST,
    UNJOINED_SUBNET,
    UNKNOWN_TARGET,
    UNKNOWN_USER_DATA,
    UNLOGGED_VPC,
    UNREAD_PARAMETER,
    WIDE_ENDPOINT_GROUP,
)


class Whole(NamedTuple):
    """Each broken rule, once for every resource and reason; and the ids that nobody answers for."""

    verdicts: tuple[Verdict, ...]
    unanswered: frozenset[str]


def judge_whole(nodes: Mapping[str, Node], boundary: Boundary, later: bool = False) -> Whole:
    """Judge where ids come from, what is missing beside a resource, and what machines are told.

    later: whether each resource is judged again, with what is known then, before it is made.
    """

    def verdict(rule: Rule, resource: Resource, what: str) -> Verdict:
        return Verdict(rule, resource, what, exception_for(rule, resource, boundary, what))

    origins = [
        (verdict(ORIGIN, resource, what), id_)
        for resource, what, id_ in undeclared(nodes, boundary)
    ]
    stores = [verdict(BARE_STORE, resource, what) for resource, what in bare(nodes)]
    joined = [
        *(verdict(UNJOINED_SUBNET, *found) for found in unjoined_subnets(nodes)),
        *(verdict(WIDE_ENDPOINT_GROUP, *found) for found in wide_endpoint_groups(nodes)),
        *(verdict(HALVED_REGISTRY, *found) for found in halved_registries(nodes)),
        *(verdict(UNLOGGED_VPC, *found) for found in unlogged_vpcs(nodes)),
    ]
    machines = [
        *(verdict(UNKNOWN_USER_DATA, *found) for found in unknown_user_data(nodes, later)),
        *(verdict(UNKNOWN_USER_DATA, *found) for found in unknown_variables(nodes, later)),
        *(verdict(MISNAMED_NODE, *found) for found in misnamed(nodes)),
        *(verdict(UNKNOWN_TARGET, *found) for found in unknown_targets(nodes)),
        *(verdict(UNREAD_PARAMETER, *found) for found in unread(nodes)),
        *(verdict(UNANSWERED_HOST, *found) for found in unanswered_hosts(nodes, boundary)),
    ]
    objects = [
        *(verdict(CHANGING_WEBHOOKS, *found) for found in changing(nodes)),
        *(verdict(ADMINISTERING_NODE, *found) for found in administering_nodes(nodes)),
        *(verdict(OPEN_NAMESPACE, *found) for found in open_namespaces(nodes)),
    ]
    found = (*(found for found, _ in origins), *stores, *joined, *machines, *objects)
    open_ = {verdict.resource.urn for verdict in found if counts(verdict)}
    waited = _waited(nodes, boundary) if later else passed_over(nodes, boundary, open_)
    return Whole(
        (*found, *(verdict(*waiting) for waiting in waited)),
        frozenset(id_ for found, id_ in origins if found.exception is None),
    )


# What pods and programs are told of may be a Service that comes later.
_WAITING = (BY_ID["CN-200"], BY_ID["CN-217"])


def _waited(nodes: Mapping[str, Node], boundary: Boundary) -> Iterator[tuple[Rule, Resource, str]]:
    """Short names of Services that an object by itself passed, and nobody has given."""
    known = replace(boundary, services_given=services(nodes))
    open_ = replace(boundary, services_given=None)
    for resource in (node.resource for node in nodes.values()):
        for rule in (rule for rule in _WAITING if rule.covers(resource.type)):
            check = CHECKS[rule.id]
            told = set(check(resource, open_))
            yield from ((rule, resource, w) for w in check(resource, known) if w not in told)
