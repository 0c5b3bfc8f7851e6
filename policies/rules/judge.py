"""Every rule over one resource. Knows neither the policy SDK nor the clock.

A resource policy asks for one rule; a stack policy can ask for all of them, resource by resource.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from rules import (
    access_points,
    apis,
    arns,
    barriers,
    buckets,
    builds,
    clusters,
    connections,
    data_services,
    deliveries,
    endpoint_policies,
    endpoints,
    firehose,
    functions,
    gateways,
    images,
    instances,
    kubernetes,
    load_balancers,
    machines,
    name_servers,
    nesting,
    node_classes,
    node_pods,
    parameters,
    parties,
    perimeter,
    pipelines,
    providers,
    registries,
    resolvers,
    routes,
    schedules,
    security_groups,
    service_principals,
    settings,
    state_machines,
    stores,
    studios,
    tasks,
    types,
    vpcs,
    warehouses,
    web_acls,
    workloads,
    zones,
)
from rules.boundary import Boundary, RuleException
from rules.exceptions import exception_for
from rules.model import Check, Resource, Rule
from rules.table import RULES

CHECKS: dict[str, Check] = {
    rule_id: check
    for module in (
        types,
        gateways,
        connections,
        routes,
        vpcs,
        instances,
        clusters,
        endpoints,
        endpoint_policies,
        security_groups,
        load_balancers,
        resolvers,
        perimeter,
        registries,
        arns,
        kubernetes,
        barriers,
        buckets,
        zones,
        name_servers,
        node_classes,
        node_pods,
        parties,
        data_services,
        warehouses,
        web_acls,
        service_principals,
        providers,
        deliveries,
        stores,
        images,
        machines,
        workloads,
        settings,
        parameters,
        functions,
        tasks,
        firehose,
        builds,
        state_machines,
        apis,
        schedules,
        pipelines,
        studios,
        access_points,
        nesting,
    )
    for rule_id, check in module.CHECKS.items()
}


@dataclass(frozen=True)
class Verdict:
    """One broken rule of one resource; excepted when the boundary names it."""

    rule: Rule
    resource: Resource
    what: str
    exception: RuleException | None

    @property
    def message(self) -> str:
        """What the operator reads: which rule, which resource, what, and what instead."""
        start = f"{self.rule.id} {self.resource.noun} '{self.resource.name}' {self.what}."
        if self.exception is None:
            return f"{start} {self.rule.remedy}"
        e = self.exception
        return f"{start} Excepted until {e.expires} (owner: {e.owner}; reason: {e.reason})."


@cache
def rules_for(resource_type: str) -> tuple[Rule, ...]:
    """The rules that have something to say about a type."""
    return tuple(rule for rule in RULES if rule.covers(resource_type))


def judge_rule(rule: Rule, resource: Resource, boundary: Boundary) -> Iterator[Verdict]:
    """One rule over one resource."""
    for what in CHECKS[rule.id](resource, boundary):
        yield Verdict(rule, resource, what, exception_for(rule, resource, boundary, what))


def judge(resource: Resource, boundary: Boundary) -> Iterator[Verdict]:
    """Every rule over one resource."""
    for rule in rules_for(resource.type):
        yield from judge_rule(rule, resource, boundary)
