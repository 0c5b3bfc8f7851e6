"""What a policy says of one request, in plain values: the judge of every counterexample.

Three-valued: what AWS leaves open, or what could not be read, is neither yes nor no.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from iam.keys import multivalued
from iam.operators import Operator, moment, network, number, parse_operator, truth_of
from iam.patterns import (
    Pattern,
    Unreadable,
    Variable,
    covers,
    covers_arn,
    fill,
    literal,
    parse_pattern,
    variables_of,
)
from iam.principals import Match, match_principal
from iam.requests import Request
from rules.documents import Condition, Statement, Value
from rules.unknowns import UNKNOWN


class Answer(Enum):
    """Yes, no, or not to be said."""

    YES = 1
    NO = 0
    MAYBE = -1


@dataclass(frozen=True)
class Verdict:
    """Whether the request is allowed, and by which statement (the one that may allow it)."""

    allowed: Answer
    statement: str | None = None


def evaluate(statements: Iterable[Statement], request: Request) -> Verdict:
    """Deny wins over allow; without an allow nothing is allowed."""
    listed = list(statements)
    denied = _any(applies(s, request) for s in listed if not s.allows)
    if denied is Answer.YES:
        return Verdict(Answer.NO)
    best = Verdict(Answer.NO)
    for statement in (s for s in listed if s.allows):
        answer = _all((applies(statement, request), _not(denied)))
        if answer is Answer.YES:
            return Verdict(answer, statement.label)
        if answer is Answer.MAYBE and best.allowed is Answer.NO:
            best = Verdict(answer, statement.label)
    return best


def applies(statement: Statement, request: Request) -> Answer:
    """Whether every element of a statement matches the request."""
    parts = [
        _principals(statement, request),
        _actions(statement, request),
        _resources(statement, request),
        *(condition_holds(condition, request) for condition in statement.conditions),
    ]
    if statement.doubts or _unresolved(statement, request):
        parts.append(Answer.MAYBE)
    return _all(parts)


def _all(answers: Iterable[Answer]) -> Answer:
    found = set(answers)
    if Answer.NO in found:
        return Answer.NO
    return Answer.MAYBE if Answer.MAYBE in found else Answer.YES


def _any(answers: Iterable[Answer]) -> Answer:
    return _not(_all(_not(a) for a in answers))


def _not(answer: Answer) -> Answer:
    return answer if answer is Answer.MAYBE else Answer(1 - answer.value)


def _yes(value: bool) -> Answer:
    return Answer.YES if value else Answer.NO


_MATCHES = {Match.YES: Answer.YES, Match.NO: Answer.NO, Match.MAYBE: Answer.MAYBE}


def _principals(statement: Statement, request: Request) -> Answer:
    def named(elements: Iterable[tuple[str, Value]]) -> Answer:
        return _any(_MATCHES[match_principal(k, v, request.principal)] for k, v in elements)

    if "NotPrincipal" in statement.negated:
        listed = _not(named(statement.not_principals))
        # AWS may check the account of a listed principal first, and then denies it all the same.
        return Answer.MAYBE if listed is Answer.NO and not statement.allows else listed
    return named(statement.principals) if statement.principals else Answer.MAYBE


def _actions(statement: Statement, request: Request) -> Answer:
    def named(values: Iterable[Value]) -> Answer:
        return _any(_action(v, request.action) for v in values)

    if "NotAction" in statement.negated:
        return _not(named(statement.not_actions))
    return named(statement.actions)


def _action(value: Value, action: str) -> Answer:
    if value is UNKNOWN:
        return Answer.MAYBE
    pattern = parse_pattern(str(value), wildcards=True, variables=False)
    return _yes(covers(pattern, action, ignore_case=True))


def _resources(statement: Statement, request: Request) -> Answer:
    def named(values: Iterable[Value]) -> Answer:
        return _any(_resource(v, request) for v in values)

    if "NotResource" in statement.negated:
        return _not(named(statement.not_resources))
    # A trust policy names none: it is of its role alone.
    return named(statement.resources) if statement.resources else Answer.YES


def _resource(value: Value, request: Request) -> Answer:
    if value is UNKNOWN:
        return Answer.MAYBE
    return _text_holds(str(value), True, request, lambda p: covers(p, request.resource))


Test = Callable[[Pattern], bool]


def _text_holds(text: str, wildcards: bool, request: Request, test: Test) -> Answer:
    try:
        pattern = fill(parse_pattern(text, wildcards), lambda v: resolve(v, request))
        return Answer.NO if pattern is None else _yes(test(pattern))
    except Unreadable:
        return Answer.MAYBE


def resolve(variable: Variable, request: Request) -> str | None:
    """The value of a variable in this request."""
    values = request.context.get(variable.key, ())
    if len(values) > 1 or multivalued(variable.key):
        raise Unreadable("a variable has more than one value")
    return values[0] if values else variable.default


def _unresolved(statement: Statement, request: Request) -> bool:
    """Whether a variable has no value: AWS may then hold the whole statement for invalid."""
    try:
        return any(resolve(v, request) is None for v in _variables(statement))
    except Unreadable:
        return True


def _variables(statement: Statement) -> Iterator[Variable]:
    """Every variable of a statement. Raises Unreadable."""
    texts = [*statement.resources, *statement.not_resources]
    texts += [value for condition in statement.conditions for value in condition.values]
    for text in texts:
        if text is not UNKNOWN:
            yield from variables_of(parse_pattern(str(text), wildcards=False))


def keys_of(statements: Iterable[Statement]) -> Iterator[str]:
    """Every key that a policy asks for, by conditions and by variables."""
    for statement in statements:
        yield from (condition.key for condition in statement.conditions if condition.key)
        with suppress(Unreadable):
            yield from (variable.key for variable in _variables(statement))


def condition_holds(condition: Condition, request: Request) -> Answer:
    """Whether one operator on one key holds."""
    operator = parse_operator(condition.operator)
    if operator is None or not condition.values:
        return Answer.MAYBE
    given = request.context.get(condition.key, ())
    if operator.null:
        return _any(_null(value, bool(given)) for value in condition.values)
    if not given:
        return _yes(operator.when_absent)
    if operator.of == "one" and (len(given) > 1 or multivalued(condition.key)):
        return Answer.MAYBE
    answers = [_one_holds(operator, condition, text, request) for text in given]
    return _any(answers) if operator.of == "any" else _all(answers)


def _null(value: Value, exists: bool) -> Answer:
    try:
        return Answer.MAYBE if value is UNKNOWN else _yes(truth_of(str(value)) is not exists)
    except Unreadable:
        return Answer.MAYBE


def _one_holds(operator: Operator, condition: Condition, given: str, request: Request) -> Answer:
    """One value of the request against all of the policy's."""
    found = _any(_compare(operator, value, given, request) for value in condition.values)
    return _not(found) if operator.negated else found


def _compare(operator: Operator, value: Value, given: str, request: Request) -> Answer:
    if value is UNKNOWN:
        return Answer.MAYBE
    ignore_case = operator.comparison == "equals ignoring case"
    like = operator.comparison == "like"

    def test(pattern: Pattern) -> bool:
        if operator.family == "arn":
            return covers_arn(pattern, given)
        if operator.family in ("string", "binary"):
            return covers(pattern, given, ignore_case)
        return _typed(operator, literal(pattern) or "", given)

    return _text_holds(str(value), like, request, test)


def _typed(operator: Operator, wanted: str, given: str) -> bool:
    """Numbers, dates, Booleans and addresses; what has not the form is Unreadable."""
    if operator.family == "boolean":
        return truth_of(wanted) is truth_of(given)
    if operator.family == "address":
        block, address = network(wanted), network(given)
        return block.version == address.version and address.subnet_of(block)  # type: ignore[arg-type]
    read = number if operator.family == "number" else moment
    left, right = read(given), read(wanted)
    return {
        "==": left == right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[operator.comparison]
