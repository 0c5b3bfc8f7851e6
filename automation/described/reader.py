"""Reads an account by the tables: asks each call, and keeps what lies in what is asked about.

What a thing lies in, or what names it, is known only from other answers, so the reading goes on
until nothing more is found. Whoever may not ask something gets no answer at all: with a part of
the network missing, nothing could be proved of the rest. A service that nobody reaches from here is
another matter: what it holds is unknown, and the rest is proved.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import botocore.exceptions

from automation.aws_calls import UNREACHABLE, asking, said
from automation.described.calls import Call, From
from automation.described.paths import at
from automation.described.scope import Grade, Scope, Thing
from automation.errors import AutomationError, CredentialsError
from automation.texts import texts

if TYPE_CHECKING:
    from automation.aws_calls import Account

_AT_ONCE: Final = 100  # values of one filter; EC2 takes 200
_NEEDED: Final = "ec2"  # without the network itself there is nothing to prove
_TOKENS: Final = (
    "NextToken",
    "nextToken",
    "Marker",
    "NextMarker",
)  # for the next page, by the service
# Of what has no token: what says that there is more, after which item of which list to ask for it.
_AFTER: Final = {
    "HasMoreDeliveryStreams": ("ExclusiveStartDeliveryStreamName", "DeliveryStreamNames"),
}
_ATTEMPTS: Final = 3  # to reach a service
# What refers to a thing; any other text that is called alike means something else.
_NAME: Final = re.compile(r"(?:[a-z]+-)+[0-9a-f]{8,}|arn:[a-z-]+:.+")
Found = Mapping[Call, Sequence[Thing]]


class Reading:
    """One reading of one region of an account. silent: services that nobody reached, and why."""

    def __init__(self, account: "Account", region: str, here: Mapping[str, str]) -> None:
        self._account = account
        self._region = region
        self._here = dict(here)
        self._found: dict[Call, list[Thing]] = {}
        self._answers: dict[str, list[Any]] = {}
        self._denied: dict[str, None] = {}
        self.silent: dict[str, str] = {}

    def run(self, calls: Sequence[Call], scope: Scope) -> Found:
        """Everything that the calls find of a scope. Raises CredentialsError with every permission
        that is missing, and AutomationError where AWS gives no answer."""
        vpcs = sorted(i for i in scope.made | scope.described if i.startswith("vpc-"))
        for call in calls:
            self._found[call] = []
            if call.of is None and scope.asks(call.recorded, within=call.in_vpcs):
                self._found[call] = self._listed(call, vpcs)
        while self._step(calls, scope):
            pass
        if self._denied:
            raise CredentialsError(
                "AWS does not allow all that has to be read, so nothing is known",
                details=[f"missing: {action}" for action in self._denied],
                advice="Give your role or user these permissions (docs/real-account.md has the "
                "policies), or take another profile.",
            )
        return self._found

    def _step(self, calls: Sequence[Call], scope: Scope) -> bool:
        """Grade what is there, and ask about what has come into view; whether anything changed."""
        changed = self._graded(scope)
        for call in calls:
            if call.of is not None:
                changed |= self._ask_about(call, scope)
        for call in calls:
            for thing in self._found[call]:
                if thing.grade and call.more and id(call) not in thing.asked:
                    thing.asked.add(id(call))
                    self._add_more(call, thing)
                    changed = True
        return changed

    def _ask_about(self, call: Call, scope: Scope) -> bool:
        assert call.of is not None
        fresh = [
            thing
            for thing in self._found[call.of]
            if (thing.grade or call.every)
            and id(call) not in thing.asked
            and (not call.when or at(call.when, thing.item))
        ]
        for thing in fresh:
            thing.asked.add(id(call))
        if call.filter:
            self._found[call] += self._of_many(call, fresh)
        else:
            for thing in fresh:
                for about in _asked_about(call, thing, scope):
                    self._found[call] += self._things(call, self._items(call, about), thing)
        return bool(fresh)

    def _of_many(self, call: Call, things: list[Thing]) -> Iterator[Thing]:
        by_id = {i: thing for thing in things for i in thing.ids}
        for item in self._filtered(call, sorted(by_id)):
            yield from self._things(call, [item], by_id[item[call.filter_id]])

    def _listed(self, call: Call, vpcs: list[str]) -> list[Thing]:
        about = {"_here": self._here}
        items = self._filtered(call, vpcs) if call.filter else self._items(call, about)
        return list(self._things(call, items, None))

    def _filtered(self, call: Call, values: list[str]) -> Iterator[Any]:
        for start in range(0, len(values), _AT_ONCE):
            chosen = {"Name": call.filter, "Values": values[start : start + _AT_ONCE]}
            yield from self._items(call, {}, {call.filter_as: [chosen]})

    def _things(self, call: Call, items: Any, of: Thing | None) -> Iterator[Thing]:
        for found in items:
            item = dict(found) if isinstance(found, Mapping) else {"_text": found}
            item["_here"] = self._here
            if of is not None:
                item["_of"] = of.item
            ids, within = at(call.ids, item) or (), at(call.within, item) or ()
            yield Thing(item, frozenset(filter(None, ids)), frozenset(filter(None, within)), of)

    def _add_more(self, call: Call, thing: Thing) -> None:
        for name, further in call.more.items():
            asks = not further.when or at(further.when, thing.item)
            thing.item[name] = list(self._items(further, thing.item)) if asks else []

    def _items(
        self, call: Call, about: Mapping[str, Any], more: Mapping[str, Any] | None = None
    ) -> list[Any]:
        """The items of all pages of an answer; the same question is asked once."""
        arguments = {**_filled(call.arguments, about), **(more or {})}
        asked = f"{call.service} {call.operation} {arguments}"
        if asked not in self._answers:
            self._answers[asked] = self._pages(call, arguments)
        return [item for page in self._answers[asked] for item in at(call.items, page) or ()
                if item is not None]  # fmt: skip

    def _pages(self, call: Call, arguments: Mapping[str, Any]) -> list[Any]:
        if call.service in self.silent:
            return []
        client = self._account.client(call.service, self._region)
        client.meta.events.register_first("needs-retry", _give_up, unique_id="heiiki-give-up")
        try:
            with asking(call.action):
                try:
                    return list(_pages(client, call, arguments))
                except botocore.exceptions.ClientError as error:
                    if error.response.get("Error", {}).get("Code") not in call.none:
                        raise
                    return []
                except UNREACHABLE as error:
                    if call.service == _NEEDED:
                        raise
                    if self._offered(call.service):
                        self.silent[call.service] = said(error)
                    return []
        except CredentialsError as error:
            if call.action not in error.message:  # no credentials at all, or rejected ones
                raise
            self._denied[call.action] = None
            return []

    def _offered(self, service: str) -> bool:
        """Whether a region has a service, by AWS's own list of endpoints. Of one that it has not,
        such as VPC Lattice in China and GovCloud, there is no host to ask, and nothing either.

        Of a service that is the same in every region, such as IAM, and of one that is newer than
        the list, it names no region anywhere: that says nothing."""
        session = self._account.session
        listed = {
            partition: session.get_available_regions(service, partition)
            for partition in session.get_available_partitions()
        }
        return self._region in listed[self._here["partition"]] or not any(listed.values())

    def _graded(self, scope: Scope) -> bool:
        """Give each thing the best grade that it has by its names, what it lies in, what it is a
        part of, or what refers to it."""
        places: dict[str, Grade] = {}
        for i in (*scope.described, *scope.made):
            places[i] = Grade.MADE if i in scope.made else Grade.DESCRIBED
        named: set[str] = set()
        for call, things in self._found.items():
            for thing in things:
                if thing.grade:
                    named |= {t for t in texts(_own(thing.item)) if _NAME.fullmatch(t)}
                    named |= {*at(call.refers, thing.item)}
                for i in thing.ids:
                    places[i] = max(places.get(i, Grade.ELSEWHERE), thing.grade)
        changed = False
        for call, things in self._found.items():
            for thing in things:
                grade = self._grade(call, thing, scope, places, named)
                changed |= grade > thing.grade
                thing.grade = max(thing.grade, grade)
        return changed

    def _grade(
        self, call: Call, thing: Thing, scope: Scope, places: Mapping[str, Grade], named: set[str]
    ) -> Grade:
        if call.owned and not scope.whole:
            return scope.grade(thing.ids)
        grades = [scope.grade(thing.ids), *(places.get(i, Grade.ELSEWHERE) for i in thing.within)]
        if thing.of is not None:
            grades.append(thing.of.grade)
        if thing.ids & named and not call.alone:
            grades.append(Grade.MADE if scope.whole else Grade.DESCRIBED)
        return max(grades)


def _give_up(caught_exception: Any = None, attempts: int = 1, **_: Any) -> None:
    """Ask whom nobody reaches less often than botocore would: where there is no way to a service, a
    connection takes all of its ten seconds each time, and there are some twenty services."""
    if isinstance(caught_exception, botocore.exceptions.ConnectTimeoutError) or (
        isinstance(caught_exception, UNREACHABLE) and attempts >= _ATTEMPTS
    ):
        raise caught_exception


def _asked_about(call: Call, thing: Thing, scope: Scope) -> Iterator[Mapping[str, Any]]:
    """What a call is asked by about a thing: once, or of each of its parts that is recorded."""
    if not call.by_key:
        yield thing.item
        return
    for name in thing.ids & scope.keys.keys():
        yield from ({**thing.item, "_key": key} for key in scope.keys[name])


def _own(item: Mapping[str, Any]) -> dict[str, Any]:
    """What an item says itself, without what it belongs to."""
    return {key: value for key, value in item.items() if key not in ("_of", "_here")}


def _filled(value: Any, about: Mapping[str, Any]) -> Any:
    if isinstance(value, From):
        return at(value, about)
    if isinstance(value, Mapping):
        return {key: _filled(item, about) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, about) for item in value]
    return value


def _pages(client: Any, call: Call, arguments: Mapping[str, Any]) -> Iterator[Any]:
    if client.can_paginate(call.operation):
        pages = client.get_paginator(call.operation).paginate(**arguments)
    else:
        pages = _by_token(getattr(client, call.operation), arguments)
    for page in pages:
        yield page
        if call.first:
            return
        if page.get("AdditionalRoutesAvailable") and not page.get("NextToken"):
            raise AutomationError(
                f"AWS tells only the first of all answers to {call.action}",
                advice="A table of a transit gateway has more static routes than AWS shows. What "
                "stands in it cannot be proved this way.",
            )


def _by_token(ask: Any, arguments: Mapping[str, Any]) -> Iterator[Any]:
    """The pages of what boto3 has no paginator for."""
    page = _whole(ask(**arguments))
    yield page
    while further := _further(page):
        page = _whole(ask(**arguments, **further))
        yield page


def _whole(page: Mapping[str, Any]) -> Mapping[str, Any]:
    """An answer with what comes as a stream read to its end."""
    return {name: v.read() if hasattr(v, "read") else v for name, v in page.items()}


def _further(page: Mapping[str, Any]) -> dict[str, Any]:
    """What asks for the page after one; nothing after the last."""
    for more, (start, items) in _AFTER.items():
        if page.get(more):
            return {start: page[items][-1]}
    return next(({name: page[name]} for name in _TOKENS if page.get(name)), {})
