"""One request of a shape, in z3: its parts, the keys of its context, and what ties them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import z3

from iam.automata import Domain, Part, Sample
from iam.candidates import OTHER, PLAIN, STRANGER, STRANGERS
from iam.keys import Party, Shape, Tie, carries_several, several, tie
from iam.operators import Family
from iam.patterns import Pattern, parse_pattern
from iam.requests import NO_RESOURCE
from iam.terms import (
    FALSE,
    TRUE,
    Choice,
    Segmented,
    Sort,
    Term,
    Text,
    Var,
    both,
    either,
    equal,
    matches,
    no,
)
from iam.usual_calls import few_usual
from iam.work import Work
from iam.world import TOKEN_CALLS, TOKEN_EXTRAS, Question
from rules.aws_owned import ARN_ACCOUNTS, ENCRYPTION_CONTEXTS, PARTITIONS, UNDIVIDED
from rules.moments import FIRST_REQUEST, NOW

_DIGITS = "0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_ID = f"{_LOWER}{_DIGITS}-"
_WORD = f"{_LOWER}{_LOWER.upper()}{_DIGITS}+=,.@_-"
_ANY: Domain = (Part("", 0, None, excluded=True),)
_SOME: Domain = (Part("", 1, None, excluded=True),)
_SERVICE: Domain = (Part(_ID, 1, None),)
_REGION: Domain = (Part(_ID, 0, None),)
_ACCOUNT: Domain = (Part(_DIGITS, 12, 12),)
# Ids of EC2 and of Route 53 Resolver: a bucket of such a name would count as nobody's.
_NO_BUCKET = re.compile(r"(?:[a-z]+-)+[0-9a-f]{8}(?:[0-9a-f]{9})?")
_ORGANIZATION: Domain = (Part("o", 1, 1), Part("-", 1, 1), Part(f"{_LOWER}{_DIGITS}", 10, 32))


@dataclass(frozen=True, eq=False)
class Member:
    """An account and its organization in z3; `member` says whether there is one."""

    account: Var
    organization: Var
    member: z3.BoolRef


@dataclass(frozen=True, eq=False)
class Slot:
    """One value that a key may have in the request."""

    present: z3.BoolRef
    term: Term | None = None
    number: z3.ArithRef | None = None  # of numbers and dates
    address: z3.ArithRef | None = None
    version_6: z3.BoolRef | None = None


@dataclass(frozen=True, eq=False)
class Key:
    """A key of the context: the values it may have, of one family."""

    family: Family
    slots: tuple[Slot, ...]

    @property
    def present(self) -> z3.BoolRef:
        """Whether the request has the key."""
        return either(slot.present for slot in self.slots)


@dataclass(eq=False)
class Sorts:
    """The texts that variables of a request range over."""

    made: dict[str, Sort] = field(default_factory=dict)

    def variable(
        self,
        name: str,
        domain: Domain = _ANY,
        *plain: str,
        of: str | None = None,
        values: Sequence[str] = (),
    ) -> Var:
        """A variable; of the sort `of` where it is to be compared with others."""
        sort = of or name
        if sort not in self.made:
            self.made[sort] = Sort(sort, domain, tuple(values), plain)
        return self.made[sort].variable(name)


class Symbols:
    """The parts of a request as variables; `constraints` are what every request keeps to."""

    def __init__(
        self,
        shape: Shape,
        question: Question,
        families: dict[str, Family],
        counts: dict[str, int],
        resource: bool,
        provider: str,
    ) -> None:
        """counts: how many values of a key can matter at once; resource: whether one is named;
        provider: whose token it is."""
        self.shape, self.question = shape, question
        self.constraints: list[z3.BoolRef] = []
        self._sorts = Sorts()
        self._families, self._counts = families, counts
        self.keys: dict[str, Key] = {}
        self.through = TRUE if shape.through_endpoint else z3.Bool("through an endpoint")
        self.action = self._sorts.variable(
            "action", self._actions(), *TOKEN_CALLS, *few_usual(question.service or question.shown)
        )
        self.principal = self._member("principal")  # of a service, for whom it acts
        self.resource_owner = self._member("resource owner")
        self.name: Term = provider or self._name()
        self.session: Term | None = self._session()
        self.resource: Term = self._resource() if resource else NO_RESOURCE
        self._calls()
        self._one_organization()

    def samples(self, work: Work) -> dict[Sort, Sequence[Sample]]:
        """The texts that z3 may choose from, once every comparison is known. Raises Unreadable."""
        return {sort: sort.samples(work) for sort in self._sorts.made.values()}

    def choices(self, samples: dict[Sort, Sequence[Sample]]) -> Iterator[Iterable[z3.BoolRef]]:
        """What to settle one after the other in a counterexample, the plainer answers first."""
        yield (no(self.through),)
        for party in (self.principal, self.resource_owner):
            yield (no(party.member),)
        for _, key in sorted(self.keys.items()):
            yield from ((no(slot.present),) for slot in key.slots)
        for sort, chosen in samples.items():
            for variable in sort.variables:
                index = variable.index
                yield (index == i for i in range(len(chosen)))

    def _actions(self) -> Domain:
        service = self.question.service
        prefix = tuple(Part(c, 1, 1) for c in service) if service else _SERVICE
        return (*prefix, Part(":", 1, 1), Part(f"{_LOWER}{_DIGITS}", 1, None))

    def _calls(self) -> None:
        if self.shape.kind == "Federated":
            self.constraints.append(
                either(equal(self.action, call) for call in (*TOKEN_CALLS, *TOKEN_EXTRAS))
            )
        elif self.question.subject != "endpoint":
            self.constraints += [no(equal(self.action, call)) for call in TOKEN_CALLS]

    def _member(self, name: str) -> Member:
        boundary = self.question.boundary
        own = sorted(boundary.accounts)[:1]
        organization = [boundary.organization_id] if boundary.organization_id else []
        variable = self._sorts.variable
        return Member(
            variable(f"{name} account", _ACCOUNT, STRANGER, *own, of="account"),
            variable(
                f"{name} organization", _ORGANIZATION, STRANGERS, *organization, of="organization"
            ),
            z3.Bool(f"{name} is a member"),
        )

    def _one_organization(self) -> None:
        """An account is of one organization, whoever speaks of it."""
        left, right = self.principal, self.resource_owner
        alike = both((left.member == right.member, equal(left.organization, right.organization)))
        self.constraints.append(z3.Implies(equal(left.account, right.account), alike))

    def _name(self) -> Term:
        variable = self._sorts.variable
        if self.shape.kind == "AWS":
            service = variable("principal service", values=("iam", "sts"))
            rest = variable("principal rest", _SOME, "role/outside")
            return self._arn("principal", service, "", self.principal.account, rest)
        if self.shape.kind != "Service":
            return ""
        named = self.shape.service
        name = variable(
            "service name", (Part(f"{_ID}.", 1, None),), f"{named or 's3'}.amazonaws.com"
        )
        endings = ("*?.amazonaws.com", "*?.amazonaws.com.cn")
        self.constraints.append(either(matches(name, _glob(e)) for e in endings))
        if named is not None:
            self.constraints.append(matches(name, _glob(f"{named}.*")))
        else:
            others = (matches(name, _glob(f"{service}.*")) for service in ENCRYPTION_CONTEXTS)
            self.constraints += [no(other) for other in others]
        return name

    def _arn(self, name: str, service: Text, region: Text, account: Text, rest: Text) -> Segmented:
        partition = self._sorts.variable(f"{name} partition", values=PARTITIONS)
        return Segmented(("arn", partition, service, region, account, rest))

    def _session(self) -> Term | None:
        if self.shape.kind != "AWS":
            return None
        rest = self._sorts.variable("session rest", _SOME, "assumed-role/outside/session")
        return self._arn("session", "sts", "", self.principal.account, rest)

    def _resource(self) -> Term:
        variable = self._sorts.variable
        service = variable("resource service", _SERVICE, "s3", "ecr")
        term = self._arn(
            "resource",
            service,
            variable("resource region", _REGION, "", self.question.region or "us-east-1"),
            self._account("resource", self.resource_owner, ("", *ARN_ACCOUNTS)),
            variable("resource rest", _SOME, "outside-bucket/key", "outside"),
        )
        if self.question.arn is not None:
            whole, below = self.question.arn, f"{self.question.arn}/"
            inside = matches(term, (*_literal(below), *_glob("*")))
            self.constraints.append(either((matches(term, _literal(whole)), inside)))
        self._undivided(term)
        registry = matches(self.action, _glob("ecr:*"))
        self.constraints.append(z3.Implies(registry, equal(service, "ecr")))
        return term

    def _undivided(self, term: Segmented) -> None:
        """ARNs of some services have no colon behind the account."""
        for name in UNDIVIDED:
            divided = matches(term.segments[5], _glob("*:*"))
            self.constraints.append(no(both((equal(term.segments[2], name), divided))))

    def _account(self, name: str, owner: Member, others: Sequence[str]) -> Choice:
        """The account in an ARN: the owner's, or what stands there in its place."""
        claims = [z3.Bool(f"{name} names {other or 'no account'}") for other in others]
        rest = [no(c) for c in claims]
        options: list[tuple[z3.BoolRef, str | Var]] = []
        for index, (claim, other) in enumerate(zip(claims, others, strict=True)):
            options.append((both((claim, *rest[:index])), other))
        return Choice((*options, (both(rest), owner.account)))

    def key(self, name: str) -> Key:
        """The key of this name, made when it is first asked for."""
        if name not in self.keys:
            family = self._families.get(name, "string")
            found = tie(name, self.shape)
            count = self._counts.get(name, 1) if carries_several(name, found) else 1
            slots = tuple(self._slot(name, index, family, found) for index in range(count))
            self.keys[name] = Key(family, slots)
            self._presence(found, self.keys[name].present)
        return self.keys[name]

    def _presence(self, found: Tie, present: z3.BoolRef) -> None:
        rules = {
            "endpoint": present == self.through,
            "maybe endpoint": z3.Implies(present, self.through),
            "no endpoint": z3.Implies(present, no(self.through)),
        }
        party = self._of(found.party)
        if found.presence in rules:
            self.constraints.append(rules[found.presence])
        elif found.presence == "always":
            member = found.fact in ("organization", "path") and party is not None
            self.constraints.append(present == party.member if member and party else present)

    def _of(self, party: Party | None) -> Member | None:
        if party in ("principal", "source"):
            return self.principal
        return self.resource_owner if party == "resource" else None

    def _slot(self, name: str, index: int, family: Family, found: Tie) -> Slot:
        label = f"{name} [{index}]"
        present = z3.Bool(f"{label} is there")
        if found.presence == "never":
            present = FALSE
        elif found.presence == "always" and found.fact not in ("organization", "path"):
            present = TRUE if index == 0 else present
        tied = found.party is not None or bool(found.values)
        if family in ("number", "date") and not tied:
            value = z3.Real(f"{label} number")
            if family == "date" or name in NOW:
                self.constraints.append(value >= (int(FIRST_REQUEST) if name in NOW else 0))
            return Slot(present, number=value)
        if family == "address" and not tied:
            return self._address(label, present)
        return Slot(present, term=self._term(label, name, present, found))

    def _address(self, label: str, present: z3.BoolRef) -> Slot:
        address, version_6 = z3.Int(f"{label} address"), z3.Bool(f"{label} is version 6")
        most = z3.If(version_6, z3.IntVal(2**128 - 1), z3.IntVal(2**32 - 1))
        self.constraints.append(z3.And(address >= 0, address <= most))
        return Slot(present, address=address, version_6=version_6)

    def _term(self, label: str, name: str, present: z3.BoolRef, found: Tie) -> Term:
        party = self._of(found.party)
        variable = self._sorts.variable
        if found.fact == "name":
            return self.name
        if party is not None and found.fact == "arn":
            return self._source_arn(label, party)
        if party is not None and found.fact == "path":
            self.constraints.append(z3.Implies(present, party.member))
            return Segmented((party.organization, variable(f"{label} path", _ANY, "r-ab12/")), "/")
        if party is not None and found.fact == "organization":
            self.constraints.append(z3.Implies(present, party.member))
            return party.organization
        if party is not None:
            others = found.values
            return self._account(label, party, others) if others else party.account
        if found.values:
            return (
                found.values[0] if len(found.values) == 1 else variable(label, values=found.values)
            )
        if found.party == "endpoint":
            return self._of_endpoint(label, found)
        if name == "aws:username":
            return variable(label, (Part(_WORD, 1, None),), OTHER)
        some = several(name) and self._counts.get(name, 1) > 1
        return variable(label, _SOME if some else _ANY, PLAIN.get(name, OTHER), of=name)

    def _source_arn(self, label: str, party: Member) -> Term:
        variable = self._sorts.variable
        term = self._arn(
            label,
            variable(f"{label} service", _SERVICE, "s3"),
            variable(f"{label} region", _REGION, "", "us-east-1"),
            self._account(label, party, ("",)),
            variable(f"{label} rest", _SOME, "outside"),
        )
        self._undivided(term)
        supplied = self.supplied(term)
        if not z3.is_false(supplied):
            self.constraints.append(z3.Implies(supplied, self.owned(party)))
        return term

    def supplied(self, term: Term) -> z3.BoolRef:
        """Whether an ARN is of a bucket that boundary.supplied lists."""
        return either(matches(term, pattern) for pattern in self._supplied())

    def _supplied(self) -> Iterator[Pattern]:
        ids = (i for i in self.question.boundary.supplied_ids if not _NO_BUCKET.fullmatch(i))
        for id_ in sorted(ids):
            bucket = id_.split(":", 5)
            if len(bucket) == 1:
                start = _glob("arn:*:s3:::")
            elif bucket[2:5] == ["s3", "", ""]:
                start = _literal(f"arn:{bucket[1]}:s3:::")
            else:
                continue
            name = _literal(bucket[-1])
            yield from ((*start, *name), (*start, *name, *_glob("/*")))

    def _of_endpoint(self, label: str, found: Tie) -> Text:
        """Whose endpoint it is: an own one's keys are own; of another nothing is known."""
        boundary = self.question.boundary
        text = self._sorts.variable(label, _ANY, OTHER)
        if self.question.subject == "endpoint" and boundary.accounts:
            organization = boundary.organization_id
            if found.fact == "account" and organization is None:
                self.constraints.append(either(equal(text, a) for a in sorted(boundary.accounts)))
            elif found.fact != "account" and organization is not None:
                below = matches(text, (*_literal(f"{organization}/"), *_glob("*")))
                self.constraints.append(either((equal(text, organization), below)))
        return text

    def owned(self, party: Member) -> z3.BoolRef:
        """Whether an account is inside the boundary."""
        boundary = self.question.boundary
        claims = [equal(party.account, account) for account in sorted(boundary.accounts)]
        organization = boundary.organization_id
        if organization is not None:
            claims.append(both((party.member, equal(party.organization, organization))))
        return either(claims)


def _glob(text: str) -> Pattern:
    return parse_pattern(text, wildcards=True, variables=False)


def _literal(text: str) -> Pattern:
    return parse_pattern(text, wildcards=False, variables=False)
