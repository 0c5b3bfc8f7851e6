"""What a policy says of a request in z3, once as it may be and once as it surely is.

`may` holds of every request that AWS could allow or match; `must` only of those it surely does.
They part where AWS documents no answer, or where a text could not be read.
"""

from collections.abc import Callable, Iterable, Iterator

import z3

from iam.candidates import OTHER
from iam.keys import multivalued
from iam.operators import (
    Family,
    Operator,
    moment,
    network,
    number,
    parse_operator,
    truth_of,
)
from iam.patterns import (
    Pattern,
    Token,
    Unreadable,
    Variable,
    Wild,
    literal,
    parse_pattern,
    splits,
    variables_of,
)
from iam.principals import account_of, everybody, readable
from iam.symbols import Slot, Symbols
from iam.terms import (
    TRUE,
    Inserted,
    Segmented,
    Term,
    Text,
    Var,
    both,
    either,
    equal,
    matches,
    matches_arn,
    no,
)
from iam.truth import UNSURE, Truth, every, some, sure
from iam.work import OF_TEXT, TooMuch, Work
from rules.documents import Condition, Statement, Value
from rules.unknowns import UNKNOWN

_MOST_VARIABLES = 3
# Keys whose values hold no colon: they may stand within a component of an ARN.
_UNDIVIDED = frozenset(
    {
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:sourceaccount",
        "aws:username",
    }
)
_TEXTS = ("string", "arn", "boolean", "binary")


def families(statements: Iterable[Statement]) -> tuple[dict[str, Family], dict[str, int]]:
    """What each key is compared as, and how many values of it can matter at once.

    Every comparison of a set of values needs one value as its witness, and no more.
    """
    found: dict[str, Family] = {}
    counts: dict[str, int] = {}
    for condition in (c for s in statements for c in s.conditions):
        operator = parse_operator(condition.operator)
        if operator is None or operator.null:
            continue
        before = found.get(condition.key)
        texts = before in _TEXTS and operator.family in _TEXTS and before != operator.family
        found[condition.key] = "string" if texts else before or operator.family
        if operator.of != "one":
            counts[condition.key] = counts.get(condition.key, 1) + 1
    return found, counts


class Encoder:
    """Statements over the variables of one request."""

    def __init__(self, symbols: Symbols, work: Work) -> None:
        self._symbols = symbols
        self._work = work

    def applies(self, statement: Statement) -> Truth:
        """Whether every element of a statement matches."""
        unresolved: list[z3.BoolRef] = []
        found = every(self._elements(statement, unresolved))
        # A variable without a value may make the whole statement invalid.
        return every((found, Truth(TRUE, no(either(unresolved)))))

    def _elements(self, statement: Statement, unresolved: list[z3.BoolRef]) -> Iterator[Truth]:
        yield self._principals(statement)
        yield self._actions(statement)
        yield self._resources(statement, unresolved)
        for condition in statement.conditions:
            yield self._condition(condition, unresolved)
        if statement.doubts:
            yield UNSURE

    def _principals(self, statement: Statement) -> Truth:
        if "NotPrincipal" in statement.negated:
            listed = some(self._principal(k, v) for k, v in statement.not_principals).negated()
            if statement.allows:
                return listed
            # AWS may check the account of a listed principal first: the listed may be denied too.
            return Truth(TRUE, listed.must)
        if not statement.principals:
            return UNSURE
        return some(self._principal(k, v) for k, v in statement.principals)

    def _principal(self, kind: str, value: Value) -> Truth:
        symbols = self._symbols
        if everybody(kind, value):
            return sure(True)
        if kind not in ("AWS", "Service", "Federated"):
            return UNSURE if symbols.shape.kind == "AWS" else sure(False)
        if kind != symbols.shape.kind:
            return sure(False)
        if not readable(kind, value):
            return UNSURE
        text = str(value)
        account = account_of(text) if kind == "AWS" else None
        if account is not None:
            return sure(equal(symbols.principal.account, account))
        names = [symbols.name, *([symbols.session] if symbols.session is not None else [])]
        return sure(either(matches(name, (text,)) for name in names))

    def _actions(self, statement: Statement) -> Truth:
        if "NotAction" in statement.negated:
            return some(self._action(v) for v in statement.not_actions).negated()
        return some(self._action(v) for v in statement.actions)

    def _action(self, value: Value) -> Truth:
        if value is UNKNOWN:
            return UNSURE
        self._work.take(OF_TEXT)
        pattern = parse_pattern(str(value).lower(), wildcards=True, variables=False)
        return sure(matches(self._symbols.action, pattern))

    def _resources(self, statement: Statement, unresolved: list[z3.BoolRef]) -> Truth:
        resource = self._symbols.resource

        def laid(pattern: Pattern) -> z3.BoolRef:
            if isinstance(resource, Segmented):
                ways = splits(pattern, len(resource.segments), resource.delimiter)
                self._work.take(OF_TEXT * len(ways))
            return matches(resource, pattern)

        def one(value: Value) -> Truth:
            return self._text(value, True, unresolved, laid)

        if "NotResource" in statement.negated:
            return some([one(v) for v in statement.not_resources]).negated()
        if not statement.resources:
            return sure(True)
        return some([one(v) for v in statement.resources])

    def _text(
        self,
        value: Value,
        wildcards: bool,
        unresolved: list[z3.BoolRef],
        test: Callable[[Pattern], z3.BoolRef],
    ) -> Truth:
        """A text of the policy with its variables filled."""
        if value is UNKNOWN:
            return UNSURE
        try:
            return some([self._way(w, test) for w in self._filled(value, wildcards, unresolved)])
        except TooMuch:
            raise
        except Unreadable:
            unresolved.append(TRUE)
            return UNSURE

    def _way(
        self, way: tuple[list[z3.BoolRef], Pattern], test: Callable[[Pattern], z3.BoolRef]
    ) -> Truth:
        """One filling of a text. A value among other text may be anything, and surely is one."""
        guards, pattern = way
        self._work.take(OF_TEXT)
        inserted = [t for t in pattern if isinstance(t, Inserted)]
        if not inserted or len(pattern) == 1:
            try:
                return sure(both((*guards, test(pattern))))
            except TooMuch:
                raise
            except Unreadable:
                if not inserted:
                    raise
        may = test(tuple(Wild.ANY if isinstance(t, Inserted) else t for t in pattern))
        values = {t.key: _plain(t.text) for t in inserted}
        known = both(equal(t.text, values[t.key]) for t in inserted)
        must = test(tuple(values[t.key] if isinstance(t, Inserted) else t for t in pattern))
        return Truth(both((*guards, may)), both((*guards, known, must)))

    def _filled(
        self, value: Value, wildcards: bool, unresolved: list[z3.BoolRef]
    ) -> list[tuple[list[z3.BoolRef], Pattern]]:
        """The pattern once with the values of its variables and once with their defaults."""
        pattern = parse_pattern(str(value), wildcards)
        if len(list(variables_of(pattern))) > _MOST_VARIABLES:
            raise Unreadable("a text has too many variables")
        ways: list[tuple[list[z3.BoolRef], list[Token]]] = [([], [])]
        for token in pattern:
            if not isinstance(token, Variable):
                ways = [(guards, [*tokens, token]) for guards, tokens in ways]
                continue
            slot = self._variable(token)
            inserted = Inserted(token.key, token.default, _text_term(slot))
            given = [([*g, slot.present], [*t, inserted]) for g, t in ways]
            if token.default is None:
                unresolved.append(no(slot.present))
                ways = given
            else:
                absent = no(slot.present)
                ways = given + [([*g, absent], [*t, token.default]) for g, t in ways]
        return [(guards, tuple(tokens)) for guards, tokens in ways]

    def _variable(self, token: Variable) -> Slot:
        key = self._symbols.key(token.key)
        if multivalued(token.key) or key.family not in _TEXTS or len(key.slots) != 1:
            raise Unreadable("a variable stands where it cannot be followed")
        return key.slots[0]

    def _condition(self, condition: Condition, unresolved: list[z3.BoolRef]) -> Truth:
        operator = parse_operator(condition.operator)
        if operator is None or not condition.values:
            return UNSURE
        key = self._symbols.key(condition.key)
        if operator.null:
            return some(_null(value, key.present) for value in condition.values)
        if operator.of == "one" and (multivalued(condition.key) or len(key.slots) > 1):
            absent = no(key.present)
            when = sure(z3.BoolVal(operator.when_absent))
            return some([every([sure(absent), when]), every([sure(key.present), UNSURE])])
        ones = [self._one(operator, condition, slot, unresolved) for slot in key.slots]
        given = [sure(slot.present) for slot in key.slots]
        if operator.of == "any":
            found = some(every(pair) for pair in zip(given, ones, strict=True))
        else:
            found = every(
                some((is_there.negated(), one)) for is_there, one in zip(given, ones, strict=True)
            )
        absent = sure(no(key.present))
        if operator.when_absent:
            return some((absent, found))
        return every((absent.negated(), found))

    def _one(
        self, operator: Operator, condition: Condition, slot: Slot, unresolved: list[z3.BoolRef]
    ) -> Truth:
        found = some(
            [self._compare(operator, value, slot, unresolved) for value in condition.values]
        )
        return found.negated() if operator.negated else found

    def _compare(
        self, operator: Operator, value: Value, slot: Slot, unresolved: list[z3.BoolRef]
    ) -> Truth:
        ignore_case = operator.comparison == "equals ignoring case"

        def test(pattern: Pattern) -> z3.BoolRef:
            if operator.family in ("string", "arn", "binary"):
                term = _term(slot)
                if operator.family == "arn":
                    if any(v.key not in _UNDIVIDED for v in _named_variables(value)):
                        raise Unreadable("a variable stands where it cannot be followed")
                    return matches_arn(term, pattern)
                return matches(term, pattern, ignore_case)
            text = literal(pattern)
            if text is None:
                raise Unreadable("a variable stands where it cannot be followed")
            return _typed(operator, text, slot)

        return self._text(value, operator.comparison == "like", unresolved, test)


def _named_variables(value: Value) -> Iterator[Variable]:
    yield from variables_of(parse_pattern(str(value), wildcards=False))


def _plain(text: Text) -> str:
    """A value that a variable's text may well have."""
    if isinstance(text, str):
        return text
    return next(iter(text.sort.plain), OTHER) if isinstance(text, Var) else OTHER


def _text_term(slot: Slot) -> Text:
    term = _term(slot)
    if isinstance(term, Segmented):
        raise Unreadable("a variable stands where it cannot be followed")
    return term


def _term(slot: Slot) -> Term:
    if slot.term is None:
        raise Unreadable("a key is compared as two kinds of value")
    return slot.term


def _null(value: Value, exists: z3.BoolRef) -> Truth:
    try:
        absent = UNKNOWN if value is UNKNOWN else truth_of(str(value))
    except Unreadable:
        return UNSURE
    if absent is UNKNOWN:
        return UNSURE
    return sure(no(exists) if absent else exists)


def _typed(operator: Operator, text: str, slot: Slot) -> z3.BoolRef:
    """Numbers, dates, Booleans and addresses."""
    if operator.family == "boolean":
        wanted = "true" if truth_of(text) else "false"
        term = _term(slot)
        if isinstance(term, Segmented):
            raise Unreadable("a key is compared as two kinds of value")
        return equal(term, wanted)
    if operator.family == "address":
        if slot.address is None or slot.version_6 is None:
            raise Unreadable("a key is compared as two kinds of value")
        block = network(text)
        version = slot.version_6 if block.version == 6 else z3.Not(slot.version_6)
        first, last = int(block.network_address), int(block.broadcast_address)
        return z3.And(version, slot.address >= first, slot.address <= last)
    if slot.number is None:
        raise Unreadable("a key is compared as two kinds of value")
    read = number if operator.family == "number" else moment
    left, right = slot.number, z3.RealVal(str(read(text)))
    orders = {
        "==": left == right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }
    return orders[operator.comparison]
