"""Named exceptions: which one lets a resource break a rule, and what is wrong with the list."""

from collections.abc import Iterator

from rules.boundary import UNPOLICED_RULE, Boundary, RuleException, name_matches
from rules.endpoints import takes_policy
from rules.model import Resource, Rule
from rules.table import BY_ID, BY_NAME


def exception_for(rule: Rule, resource: Resource, boundary: Boundary) -> RuleException | None:
    """The exception that covers this resource and rule, if one does.

    None covers an endpoint without a policy where AWS takes one: a policy can always be written.
    """
    if rule.id in UNPOLICED_RULE and takes_policy(resource):
        return None
    for exception in boundary.exceptions:
        if (
            exception.rule in (rule.id, rule.name)
            and exception.type in (None, resource.type)
            and name_matches(exception.name, resource.name)
        ):
            return exception
    return None


def boundary_faults(boundary: Boundary) -> Iterator[str]:
    """What is wrong with the declaration ; what has the fault grants nothing until repaired."""
    yield from boundary.faults
    for exception in boundary.exceptions:
        if exception.rule not in BY_ID and exception.rule not in BY_NAME:
            yield f"{exception.path}rule: there is no rule {exception.rule}"
