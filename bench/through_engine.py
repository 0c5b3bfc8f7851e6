"""Every mutation through the real engine: does the pack say there what the proof says on its own?

    python -m bench.through_engine                  each, with no id known, as first previews are
    python -m bench.through_engine --known          with every id known, as after an update
    python -m bench.through_engine --write          and write docs/proof/README.md's figures
    python -m bench.through_engine --only Routes    channels or mutations whose names begin so
    python -m bench.through_engine --pack           by one process of the pack, without the engine

Each is a preview with the pack, of a program that registers the opened stack's resources
(tests/policies/wire/). What the pack says there, of each resource and of the whole, is held
against what the proof says: rule, resource and sentence, refused or warned. It may be stopped and
called again: what was asked is kept in .heiiki/through-engine.jsonl, and is asked again when the
stack or what is expected of it has become another one, or with --anew. Ends with 1 where anything
differs. A preview takes a second or two; --at-once previews run beside each other.
"""

import argparse
import datetime
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "policies"))  # the pack's own folder is its import root

from bench.page import table, written
from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.runs import proved
from tests.policies.mutations.stacks import ANSWERED, CLOSED, OWN, Stack, stack
from tests.policies.mutations.variants import FILES, variants
from tests.policies.wire import declarations, pack
from tests.policies.wire.engine import Engine
from tests.policies.wire.places import first_place
from tests.policies.wire.said import Expected, differences, expected
from tests.policies.wire.sent import NOT_SHOWN, CircleError, Sent, facts, sent, shown

KEPT = ROOT / ".heiiki" / "through-engine.jsonl"
PAGE = ROOT / "docs" / "proof" / "README.md"
MARK = "through the engine"
CLOSED_ONES = ("unchanged", "variant")  # what else is asked about
ALREADY = 2  # that wait for an engine, beside those that have one


@dataclass(frozen=True)
class Case:
    """One preview. name: of the mutation under its channel, or of an example as it is.

    question: a digest of what is registered, declared and expected.
    """

    name: str
    scenario: str
    known: bool
    verdict: str
    question: str
    resources: tuple[Sent, ...]
    declared: dict[str, object]
    facts: dict[str, object] | None
    wanted: Expected


@dataclass(frozen=True)
class Answer:
    """What came of it. refused: whether the preview failed. waits: how much it lets wait."""

    name: str
    scenario: str
    known: bool
    verdict: str
    question: str
    on: str
    refused: bool
    waits: int
    statements: int
    differences: tuple[str, ...]
    seconds: float


def cases(known: bool, only: str) -> Iterator[Case]:
    """The closed examples and those that somebody answers for as they are, each mutation at the
    first place of an example where it fits (which example goes round), and the closed variants that
    are drawn so."""
    for scenario in (*CLOSED, OWN, *ANSWERED):
        if f"unchanged: {scenario}".startswith(only):
            yield _case(f"unchanged: {scenario}", stack(scenario, known))
    for entry in ENTRIES:
        if entry.id.startswith(only) or entry.mutation.name.startswith(only):
            yield _case(entry.id, first_place(entry, known))
    for seed in range(FILES):
        if f"variant {seed}".startswith(only):
            for number, variant in enumerate(variants(seed)):
                if variant.stack.known is known:
                    yield from _as_program(f"variant {seed}.{number}", variant.stack)


def _as_program(name: str, closed: Stack) -> Iterator[Case]:
    """A few variants are no program: a table's own routes take what waits for the table."""
    try:
        yield _case(name, closed)
    except CircleError as error:
        print(f"     {name} is left out: {error}", flush=True)


def _case(name: str, opened: Stack) -> Case:
    resources = tuple(sent(opened, pack.STACK))
    declared, opened = declarations.declared(opened, _today())
    opened = shown(opened)
    proof = proved(opened.name, opened).proof
    wanted = expected(opened, proof)
    told = facts(opened, pack.STACK, _today())
    asked = hashlib.sha256(json.dumps([declared, told and told["resources"]]).encode())
    for one in sorted(resources, key=lambda one: one.urn):  # a program registers in any order
        asked.update(one.urn.encode() + repr(sorted(one.sources.items())).encode())
        asked.update(one.inputs.SerializeToString(deterministic=True))
        asked.update(one.outputs.SerializeToString(deterministic=True))
    for statement in (*sorted(wanted.statements), *sorted(wanted.waits)):
        asked.update(repr(statement).encode())
    question = asked.hexdigest()
    return Case(
        name, opened.name, opened.known, proof.verdict, question, resources, declared, told, wanted
    )


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


def ask(case: Case, engine: Engine) -> Answer:
    """Preview it."""
    began = time.monotonic()
    previewed = engine.preview(case.resources, case.declared, case.facts)
    found = differences(case.wanted, previewed.said)
    refused = previewed.code != 0
    if not (refused or case.wanted.waits or case.name.startswith(CLOSED_ONES)):
        found += [] if case.name in NOT_SHOWN else ["it is open, and passes"]
    if refused != any(statement.mandatory for statement in previewed.said):
        found.append(f"the preview ended with {previewed.code}: {previewed.text[-2000:]}")
    if previewed.registered < len(case.resources):
        found.append(f"{previewed.registered} of {len(case.resources)} resources were registered")
    return Answer(
        case.name, case.scenario, case.known, case.verdict, case.question, _today().isoformat(),
        refused, len(case.wanted.waits), len(previewed.said), tuple(found),
        round(time.monotonic() - began, 1),
    )  # fmt: skip


def ask_pack(every: Iterable[Case]) -> Iterator[Answer]:
    """Ask one process of the pack, by the engine's protocol. Nothing of it is kept."""
    with pack.started() as process:
        for case in every:
            began = time.monotonic()
            said = process.judge(case.resources, case.declared, case.facts)
            yield Answer(
                case.name, case.scenario, case.known, case.verdict, case.question,
                _today().isoformat(), any(statement.mandatory for statement in said),
                len(case.wanted.waits), len(said), tuple(differences(case.wanted, said)),
                round(time.monotonic() - began, 1),
            )  # fmt: skip


def kept() -> dict[tuple[str, bool], Answer]:
    """The last answer about each."""
    if not KEPT.exists():
        return {}
    found: dict[tuple[str, bool], Answer] = {}
    for line in KEPT.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        answer = Answer(**{**row, "differences": tuple(row["differences"])})
        found[answer.name, answer.known] = answer
    return found


def answers(every: Iterable[Case], at_once: int, anew: bool) -> Iterator[Answer]:
    """Of all cases, those that were asked before first seen so; each new one is kept at once."""
    before = {} if anew else kept()
    KEPT.parent.mkdir(exist_ok=True)
    engines: SimpleQueue[Engine] = SimpleQueue()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(at_once) as pool:
        for number in range(at_once):
            place = Path(folder) / str(number)
            place.mkdir()
            engines.put(Engine(place))
        asked: set[Future[Answer]] = set()
        for case in every:
            answer = before.get((case.name, case.known))
            if answer is not None and answer.question == case.question and not answer.differences:
                yield answer  # as it was
                continue
            asked.add(pool.submit(_with_one_of, engines, case))
            if len(asked) >= at_once + ALREADY:
                done, asked = wait(asked, return_when=FIRST_COMPLETED)
                yield from map(_keep, done)
        yield from map(_keep, wait(asked).done)
        for _ in range(at_once):
            engines.get().close()


def _with_one_of(engines: "SimpleQueue[Engine]", case: Case) -> Answer:
    engine = engines.get()
    try:
        return ask(case, engine)
    finally:
        engines.put(engine)


def _keep(future: "Future[Answer]") -> Answer:
    answer = future.result()
    with KEPT.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(answer)) + "\n")
    return answer


def summary(found: Iterable[Answer]) -> str:
    """What docs/proof/README.md says, from the answers about what is there today."""
    listed = list(found)
    rows = [
        ("every id known" if known else "no id known", *_counted(of))
        for known in (False, True)
        if (of := [answer for answer in listed if answer.known is known])
    ]
    heading = ("", "mutations", "refused", "wait for the update", "closed stacks", "refused",
               "sentences", "differences", "last asked")  # fmt: skip
    return table(heading, iter(rows))


def _counted(listed: list[Answer]) -> tuple[str, ...]:
    closed = [answer for answer in listed if answer.name.startswith(CLOSED_ONES)]
    opened = [answer for answer in listed if not answer.name.startswith(CLOSED_ONES)]
    figures = (
        sum(answer.refused for answer in opened),
        sum(bool(answer.waits) and not answer.refused for answer in opened),
        len(closed),
        sum(answer.refused for answer in closed),
        sum(answer.statements for answer in listed),
        sum(len(answer.differences) for answer in listed),
    )
    asked = f"{len(opened)} of {len(ENTRIES)}"
    return (asked, *map(str, figures), max(answer.on for answer in listed))


def _told(answer: Answer, number: int) -> None:
    ids = "known" if answer.known else "unknown"
    end = "refused" if answer.refused else "passed"
    said = f"{len(answer.differences)} DIFFERENCES" if answer.differences else "the same"
    print(f"{number:4} {answer.name} ({answer.scenario}, ids {ids}): {end}, {said}", flush=True)
    for difference in answer.differences:
        print(f"       {difference[:300]}", flush=True)


def main() -> None:
    """Ask, tell, and write where asked."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.through_engine", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--known", action="store_true", help="with every id known")
    parser.add_argument("--anew", action="store_true", help="also what was asked before")
    parser.add_argument("--only", default="", metavar="BEGINNING", help="of these names alone")
    parser.add_argument("--pack", action="store_true", help="its process, without the engine")
    parser.add_argument("--at-once", type=int, default=2, help="previews at a time; default 2")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    chosen = parser.parse_args()
    every = cases(chosen.known, chosen.only)
    found = []
    asked = ask_pack(every) if chosen.pack else answers(every, chosen.at_once, chosen.anew)
    for answer in asked:
        found.append(answer)
        _told(answer, len(found))
    different = [answer for answer in found if answer.differences]
    print(summary(found), flush=True)
    if different:
        print(table(("mutation", "example", "differs"), (
            (a.name, a.scenario, line) for a in different for line in a.differences)))  # fmt: skip
    if chosen.write:
        names = {entry.id for entry in ENTRIES}
        last = [a for a in kept().values() if a.name in names or a.name.startswith(CLOSED_ONES)]
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(written(text, MARK, summary(last)), encoding="utf-8")
    raise SystemExit(1 if different else 0)


if __name__ == "__main__":
    main()
