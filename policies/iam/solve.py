"""Whether any request of a shape that is outside is allowed, asked of z3; a model as a request."""

import datetime
import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import z3

from iam.automata import Sample
from iam.encode import Encoder, families
from iam.exemptions import Exemption
from iam.keys import Shape
from iam.patterns import Unreadable, parse_pattern
from iam.requests import NO_RESOURCE, Owner, Principal, Request
from iam.symbols import Member, Slot, Symbols
from iam.terms import (
    FALSE,
    TRUE,
    Segmented,
    Sort,
    Term,
    Text,
    both,
    either,
    equal,
    matches,
    no,
    read,
)
from iam.truth import Truth, some
from iam.work import Work
from iam.world import (
    WEB_IDENTITY,
    Question,
    issuer_of,
    own_provider,
    token_provider,
)
from rules.documents import Statement, Value
from rules.unknowns import UNKNOWN

RLIMIT = 500_000  # steps of z3 for one question, not seconds: the same answer on every machine


@dataclass(frozen=True)
class Case:
    """One kind of request: its shape, whether it names a resource, and of a token the provider."""

    shape: Shape
    resource: bool = True
    provider: str = ""


class Asked:
    """A policy and a question about requests of one case, ready to be asked."""

    def __init__(
        self, statements: Sequence[Statement], question: Question, case: Case, work: Work
    ) -> None:
        """Raises Unreadable. work: what may be done for the policy in all of its cases."""
        found, counts = families(statements)
        self._case, self._question, self._work = case, question, work
        self.symbols = Symbols(case.shape, question, found, counts, case.resource, case.provider)
        encoder = Encoder(self.symbols, work)
        denials = some(encoder.applies(s) for s in statements if not s.allows).negated()
        self._allows = [encoder.applies(s) for s in statements if s.allows]
        self._denials: Truth = denials
        allowing = [s for s in statements if s.allows]
        self._services = {_service(a) for s in allowing for a in s.actions or ("*",)}
        self._caller = TRUE  # that the caller is outside: the better known half of a question
        self._outside = self._outsiders()

    @cached_property
    def _found(self) -> dict[Sort, Sequence[Sample]] | Unreadable:
        try:
            return self.symbols.samples(self._work)
        except Unreadable as fault:  # for every allowance: the search is not begun again
            return fault

    @property
    def _samples(self) -> dict[Sort, Sequence[Sample]]:
        """The texts to choose from; asked for once every comparison is known. Raises Unreadable."""
        if isinstance(self._found, Unreadable):
            raise self._found
        return self._found

    @cached_property
    def _facts(self) -> list[z3.BoolRef]:
        """What holds of every request that is outside. Raises Unreadable."""
        found = [*self.symbols.constraints, self._outside]
        for sort, chosen in self._samples.items():
            found += sort.constraints(chosen, self._work)
        return found

    def lets_nothing(self) -> bool:
        """Whether surely no allowance lets a request: asked of all at once, which most often is
        all that is asked. Raises Unreadable."""
        any_ = either(allow.may for allow in self._allows)
        if z3.is_false(any_) or z3.is_false(self._denials.may):
            return True
        return bool(self._check(self._solver(any_, self._denials.may)) == z3.unsat)

    def counterexample(self, which: int, surely: bool) -> Request | None:
        """A request from or to the outside that an allowance lets; None when there is none.

        Raises OutOfSteps and Unreadable. which: of the allowances, in their order. surely: one
        whose answer rests on nothing undocumented.
        """
        allow, denial = self._allows[which], self._denials
        if z3.is_false(allow.may) or z3.is_false(denial.may):
            return None
        solver = self._solver(*((a.must if surely else a.may) for a in (allow, denial)))
        answer = self._check(solver)
        if answer == z3.unknown:
            raise OutOfSteps
        return self._request(self._plainest(solver)) if answer == z3.sat else None

    def _solver(self, *claims: z3.BoolRef) -> z3.Solver:
        """z3 without its tactics: some of them are held to seconds of the clock, and heed no steps,
        so that one policy could keep it for minutes."""
        self._work.take(len(self._facts))
        solver = z3.SimpleSolver()
        solver.set("random_seed", 0)
        solver.add(*self._facts, *claims)
        return solver

    def _check(self, solver: z3.Solver, *claims: z3.BoolRef) -> z3.CheckSatResult:
        before = _steps(solver)
        solver.set("rlimit", max(1, min(RLIMIT, self._work.left)))
        answer = solver.check(*claims)
        self._work.spend(_steps(solver) - before)
        return answer

    def _plainest(self, solver: z3.Solver) -> z3.ModelRef:
        """The first model in an order of our own: which one z3 finds depends on its history."""
        model = solver.model()
        for choice in (self._caller,), *self.symbols.choices(self._samples):
            for claim in choice:
                if self._work.is_done:  # a request is a request, however it looks
                    return model
                self._work.spend(1)
                if z3.is_true(model.eval(claim, True)):
                    solver.add(claim)
                    break
                if self._check(solver, claim) == z3.sat:
                    model = solver.model()
                    solver.add(claim)
                    break
        return model

    def _outsiders(self) -> z3.BoolRef:
        symbols, subject = self.symbols, self._question.subject
        kind = self._case.shape.kind
        if kind == "Federated":
            return self._strangers()
        principal = TRUE if kind == "Anonymous" else no(symbols.owned(symbols.principal))
        if subject != "endpoint":
            return principal
        resource = no(
            either((symbols.owned(symbols.resource_owner), symbols.supplied(symbols.resource)))
        )
        exempt = [e for e in self._question.exempt if self._speaks_of(e)]
        public = either(self._exempted(e) for e in exempt if e.anybody)
        token = both((equal(symbols.action, WEB_IDENTITY), no(resource)))
        self._caller = both((principal, no(public), no(token)))
        return either(
            (
                self._caller,
                both((resource, no(either(self._exempted(e) for e in exempt)))),
            )
        )

    def _speaks_of(self, exemption: Exemption) -> bool:
        """Whether an allowance may be of the exempted actions: most are of one service."""
        return any(
            _service(exempted) in self._services or None in self._services
            for exempted in exemption.actions
        )

    def _exempted(self, exemption: Exemption) -> z3.BoolRef:
        patterns = (
            parse_pattern(a.lower(), wildcards=True, variables=False)
            for a in exemption.actions
            if None in self._services or _service(a) in self._services
        )
        action = either(matches(self.symbols.action, p) for p in patterns)
        if exemption.owners:
            owner = self.symbols.resource_owner.account
            return both((action, either(equal(owner, named) for named in exemption.owners)))
        if exemption.service is None:
            return action
        resource = self.symbols.resource
        if not isinstance(resource, Segmented):
            return FALSE
        _, _, service, _, account, rest = resource.segments
        starts = (parse_pattern(f"{b}*", True, variables=False) for b in exemption.beginnings)
        return both(
            (
                action,
                equal(service, exemption.service),
                either(equal(account, a) for a in exemption.accounts),
                either(matches(rest, start) for start in starts),
            )
        )

    def _strangers(self) -> z3.BoolRef:
        provider = self._case.provider
        if not own_provider(provider, self._question.boundary):
            return TRUE
        if not token_provider(provider):
            return FALSE
        issuer, tokens = issuer_of(provider), self._question.tokens
        audience, subject = (self._claim(f"{issuer}:{claim}") for claim in ("aud", "sub"))
        patterns = (parse_pattern(s, True, variables=False) for s in tokens.subjects)
        audiences = either(equal(audience, a) for a in tokens.audiences)
        folded = (parse_pattern(s, False, variables=False) for s in tokens.folded)
        named = (
            *(matches(subject, p) for p in patterns),
            *(matches(subject, p, ignore_case=True) for p in folded),
        )
        return no(both((audiences, either(named))))

    def _claim(self, key: str) -> Text:
        term = self.symbols.key(key).slots[0].term
        return "" if term is None or isinstance(term, Segmented) else term

    def _text(self, model: z3.ModelRef, term: Term) -> str:
        return read(model, term, self._samples)

    def _owner(self, model: z3.ModelRef, party: Member) -> Owner:
        member = z3.is_true(model.eval(party.member, True))
        organization = self._text(model, party.organization) if member else None
        return Owner(self._text(model, party.account), organization)

    def _request(self, model: z3.ModelRef) -> Request:
        symbols, case = self.symbols, self._case
        name = case.provider or self._text(model, symbols.name)
        owner = self._owner(model, symbols.principal)
        session = None if symbols.session is None else self._text(model, symbols.session)
        kind = case.shape.kind
        return Request(
            Principal(kind, name, owner if kind in ("AWS", "Service") else None, session),
            self._text(model, symbols.action),
            self._text(model, symbols.resource) if case.resource else NO_RESOURCE,
            self._owner(model, symbols.resource_owner),
            z3.is_true(model.eval(symbols.through, True)),
            dict(self._context(model)),
        )

    def _context(self, model: z3.ModelRef) -> Iterator[tuple[str, tuple[str, ...]]]:
        for name, key in sorted(self.symbols.keys.items()):
            slots = (s for s in key.slots if z3.is_true(model.eval(s.present, True)))
            values = dict.fromkeys(
                _value(model, slot, key.family)
                if slot.term is None
                else self._text(model, slot.term)
                for slot in slots
            )
            if values:
                yield name, tuple(values)


def _service(action: Value) -> str | None:
    """The service of an action; None when it may be any."""
    service = str(action).partition(":")[0].lower()
    return None if action is UNKNOWN or set("*?") & set(service) else service


def _steps(solver: z3.Solver) -> int:
    """What z3 has counted since the process began."""
    return int(solver.statistics().get_key_value("rlimit count"))


class OutOfSteps(Exception):
    """z3 did not decide within its steps."""


def _value(model: z3.ModelRef, slot: Slot, family: str) -> str:
    if slot.number is not None:
        value = model.eval(slot.number, True)
        found = Fraction(value.numerator_as_long(), value.denominator_as_long())
        return _moment(found) if family == "date" else _decimal(found)
    if slot.address is not None:
        address = model.eval(slot.address, True).as_long()
        version_6 = z3.is_true(model.eval(slot.version_6, True))
        of = ipaddress.IPv6Address if version_6 else ipaddress.IPv4Address
        return str(of(address))
    return ""


def _decimal(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.30f}".rstrip("0")


def _moment(value: Fraction) -> str:
    if value.denominator == 1 and value < 10**11:
        return str(value.numerator)
    start = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    when = start + datetime.timedelta(microseconds=int(value * 10**6))
    return when.isoformat()
