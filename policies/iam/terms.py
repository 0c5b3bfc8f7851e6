"""Texts of a request: constants, variables, choices of them, and texts that fall into segments.

An ARN is six texts instead of one, and a pattern over it a choice of patterns over them. So every
comparison is one of a single variable, and z3 chooses among the variable's samples
(`iam.automata`); variables of one sort share their samples, and so can be compared.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import z3

from iam.automata import Atom, Domain, Sample, samples
from iam.patterns import (
    Pattern,
    Token,
    Unreadable,
    Variable,
    Wild,
    components,
    covers,
    covers_arn,
    literal,
    splits,
    variables_of,
)
from iam.work import OF_SAMPLE, Work

TRUE, FALSE = z3.BoolVal(True), z3.BoolVal(False)


def both(claims: Iterable[z3.BoolRef]) -> z3.BoolRef:
    """All of the claims; what is plainly true or false is worked out here, as it comes."""
    found = []
    for claim in claims:
        if z3.is_false(claim):
            return FALSE
        if not z3.is_true(claim):
            found.append(claim)
    return z3.And(*found) if len(found) > 1 else (found or [TRUE])[0]


def either(claims: Iterable[z3.BoolRef]) -> z3.BoolRef:
    """At least one of the claims."""
    found = []
    for claim in claims:
        if z3.is_true(claim):
            return TRUE
        if not z3.is_false(claim):
            found.append(claim)
    return z3.Or(*found) if len(found) > 1 else (found or [FALSE])[0]


def no(claim: z3.BoolRef) -> z3.BoolRef:
    """The contrary of a claim."""
    if z3.is_true(claim) or z3.is_false(claim):
        return FALSE if z3.is_true(claim) else TRUE
    return z3.Not(claim)


@dataclass(eq=False)
class Sort:
    """Variables that range over the same texts. values: all of them, where they are few.
    compared: whether one of them is compared with another."""

    name: str
    domain: Domain = ()
    values: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    variables: list["Var"] = field(default_factory=list)
    compared: bool = False

    def variable(self, name: str) -> "Var":
        """A further variable."""
        found = Var(name, self, z3.Int(name))
        self.variables.append(found)
        return found

    def samples(self, work: Work) -> tuple[Sample, ...]:
        """A text for everything that the comparisons of the variables can say of one; where they
        are compared with one another, as many as there are variables. Raises Unreadable."""
        atoms = tuple(dict.fromkeys(a for v in self.variables for a in v.atoms))
        if self.values:
            return tuple(_sample(text, atoms) for text in self.values)
        found = samples(self.domain, atoms, len(self.variables) if self.compared else 1, work)
        classes: dict[tuple[bool, ...], list[str]] = {}
        for sample in found:
            classes.setdefault(sample.matches, []).append(sample.text)
        for text in reversed(self.plain):  # the plainest first, in place of a made-up one
            texts = classes.get(_sample(text, atoms).matches, [])
            if texts and text in texts:
                texts.remove(text)
                texts.insert(0, text)
            elif texts:
                texts[0] = text
        return tuple(Sample(t, matches) for matches, texts in classes.items() for t in texts)

    def constraints(self, chosen: Sequence[Sample], work: Work) -> Iterable[z3.BoolRef]:
        """Each variable is one of the samples, and its comparisons say what that sample says.

        Raises TooMuch.
        """
        atoms = tuple(dict.fromkeys(a for v in self.variables for a in v.atoms))
        places = {atom: place for place, atom in enumerate(atoms)}
        for variable in self.variables:
            work.take(OF_SAMPLE * (len(variable.atoms) + 5) * len(chosen))
            index = variable.index
            is_one = [index == i for i in range(len(chosen))]
            yield z3.And(index >= 0, index < len(chosen))
            for atom, claim in variable.atoms.items():
                place = places[atom]
                yield claim == either(
                    one for one, s in zip(is_one, chosen, strict=True) if s.matches[place]
                )


def _sample(text: str, atoms: Iterable[Atom]) -> Sample:
    return Sample(text, tuple(covers(a.pattern, text, a.ignore_case) for a in atoms))


@dataclass(eq=False)
class Var:
    """A text that is not fixed: the number of a sample, and what it is compared with."""

    name: str
    sort: Sort
    index: z3.ArithRef
    atoms: dict[Atom, z3.BoolRef] = field(default_factory=dict)

    def matches(self, atom: Atom) -> z3.BoolRef:
        """The claim that the pattern matches."""
        if atom not in self.atoms:
            self.atoms[atom] = z3.Bool(f"{self.name} matches {len(self.atoms)}")
        return self.atoms[atom]


@dataclass(frozen=True, eq=False)
class Choice:
    """One of several texts, each with the claim that it is this one."""

    options: tuple[tuple[z3.BoolRef, "str | Var"], ...]


Text = str | Var | Choice


@dataclass(frozen=True, eq=False)
class Segmented:
    """A text of segments joined by a delimiter; all but the last hold no delimiter."""

    segments: tuple[Text, ...]
    delimiter: str = ":"


Term = Text | Segmented


@dataclass(frozen=True, eq=False)
class Inserted(Variable):
    """A variable of a pattern whose value in the request is this text."""

    text: Text = ""


def equal(left: Text, right: Text) -> z3.BoolRef:
    """Whether two texts are the same. Raises Unreadable where they range over different texts."""
    if isinstance(left, Choice):
        return either(both((guard, equal(text, right))) for guard, text in left.options)
    if isinstance(right, Choice) or isinstance(left, str):
        return TRUE if left == right else FALSE if isinstance(right, str) else equal(right, left)
    if isinstance(right, str):
        return left.matches(Atom((right,) if right else ()))
    if left.sort is not right.sort:
        raise Unreadable("a variable stands where it cannot be followed")
    if left is right:
        return TRUE
    left.sort.compared = True
    return left.index == right.index


def matches(term: Term, pattern: Pattern, ignore_case: bool = False) -> z3.BoolRef:
    """Whether a pattern matches the whole term."""
    if not isinstance(term, Segmented):
        return _whole(term, pattern, ignore_case)
    ways = splits(pattern, len(term.segments), term.delimiter)
    return either(_segments(term.segments, way, ignore_case) for way in ways)


def matches_arn(term: Term, pattern: Pattern) -> z3.BoolRef:
    """Whether an ARN operator matches: component by component."""
    wanted = components(pattern)
    if isinstance(term, Segmented):
        if len(term.segments) != 6:
            raise Unreadable("an ARN operator compares what is no ARN")
        return _segments(term.segments, wanted, False)
    if isinstance(term, str):
        return TRUE if covers_arn(pattern, term) else FALSE
    narrow = {Wild.ANY: Wild.WITHIN, Wild.ONE: Wild.ONE_WITHIN}
    tokens: list[Token] = []
    for index, component in enumerate(wanted):
        last = index == len(wanted) - 1
        tokens += [":"] if index else []
        tokens += [narrow.get(t, t) if isinstance(t, Wild) and not last else t for t in component]
    return _whole(term, tuple(tokens), False)


def _segments(
    segments: Sequence[Text], patterns: Sequence[Pattern], ignore_case: bool
) -> z3.BoolRef:
    pairs = zip(segments, patterns, strict=True)
    return both(_whole(s, p, ignore_case) for s, p in pairs)


def _whole(term: Text, pattern: Pattern, ignore_case: bool) -> z3.BoolRef:
    if pattern == (Wild.ANY,):
        return TRUE
    if isinstance(term, Choice):
        return either(both((guard, _whole(t, pattern, ignore_case))) for guard, t in term.options)
    inserted = pattern[0] if pattern else None
    if len(pattern) == 1 and isinstance(inserted, Inserted) and not ignore_case:
        return equal(term, inserted.text)
    if any(True for _ in variables_of(pattern)):
        raise Unreadable("a variable stands where it cannot be followed")
    if isinstance(term, str):
        return TRUE if covers(pattern, term, ignore_case) else FALSE
    text = literal(pattern)
    cased = ignore_case and (text is None or text.lower() != text.upper())
    return term.matches(Atom(pattern, cased))


def read(model: z3.ModelRef, term: Term, chosen: dict[Sort, Sequence[Sample]]) -> str:
    """The text of a term in a model."""
    if isinstance(term, str):
        return term
    if isinstance(term, Segmented):
        return term.delimiter.join(read(model, s, chosen) for s in term.segments)
    if isinstance(term, Choice):
        options = (t for guard, t in term.options if z3.is_true(model.eval(guard, True)))
        return read(model, next(options, ""), chosen)
    number: int = model.eval(term.index, True).as_long()
    return chosen[term.sort][number].text
