"""Named exceptions: which one lets a resource break a rule, and what is wrong with the list."""

from collections.abc import Iterable, Iterator

from rules.boundary import Boundary, RuleException, name_matches
from rules.boundary_reader import UNPOLICED_RULE
from rules.endpoints import takes_policy
from rules.model import Resource, Rule, same_type
from rules.table import BY_ID, BY_NAME

_MARKS = ",;:'\"()"


def exception_for(
    rule: Rule, resource: Resource, boundary: Boundary, what: str = ""
) -> RuleException | None:
    """The exception that covers this resource, rule and finding, if one does.

    what: the finding, which has to name a part that the exception is for. Without it, only an
    exception of the whole resource covers it.
    None covers an endpoint without a policy where AWS takes one: a policy can always be written.
    """
    found = exceptions_of(rule, resource, boundary)
    return next((e for e in found if not e.only or _tells_of(what, e.only)), None)


def exceptions_of(rule: Rule, resource: Resource, boundary: Boundary) -> Iterator[RuleException]:
    """The exceptions that cover this resource and rule, or parts of it."""
    if rule.id in UNPOLICED_RULE and takes_policy(resource):
        return
    for exception in boundary.exceptions:
        if (
            exception.rule in (rule.id, rule.name)
            and (exception.type is None or same_type(exception.type) == resource.type)
            and name_matches(exception.name, resource.name)
        ):
            yield exception


def of_nothing(boundary: Boundary, named: Iterable[tuple[str, str]]) -> Iterator[RuleException]:
    """The exceptions that name nothing that is there: what they were for is gone, or is called
    otherwise. They answer for whatever comes to be called so. named: type and name of all."""
    there = set(named)
    for exception in boundary.exceptions:
        of_type = None if exception.type is None else same_type(exception.type)
        if not any(
            name_matches(exception.name, name) and of_type in (None, type_) for type_, name in there
        ):
            yield exception


def _tells_of(what: str, parts: tuple[str, ...]) -> bool:
    """Whether a finding names one of the parts, word by word."""
    said = _words(what)
    return any(_words(part).strip() and _words(part) in said for part in parts)


def _words(text: str) -> str:
    """Between blanks, so that none is the end or the beginning of a longer one."""
    words = (word.strip(_MARKS) for word in text.split())
    return f" {' '.join(word for word in words if word)} "


def boundary_faults(boundary: Boundary) -> Iterator[str]:
    """What is wrong with the declaration ; what has the fault grants nothing until repaired."""
    yield from boundary.faults
    for exception in boundary.exceptions:
        if exception.rule not in BY_ID and exception.rule not in BY_NAME:
            yield f"{exception.path}rule: there is no rule {exception.rule}"
