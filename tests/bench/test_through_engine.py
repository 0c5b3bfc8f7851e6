"""What was asked through the engine is kept, and asked again when it is another question."""

from dataclasses import dataclass, replace

import pytest

from bench import through_engine
from bench.through_engine import Answer, Case, _case, answers, summary
from model.deployment import Deployment
from tests.policies.mutations.stacks import stack
from tests.policies.wire.said import Expected, Statement

DOOR = Statement(True, "CN-010 InternetGateway 'door' is a way out")
CASE = Case(
    "Routes: a door", "dev", False, "open", "question", (), {}, None,
    Expected(frozenset({DOOR}), frozenset()),
)  # fmt: skip
SAME = replace(DOOR, text=f"{DOOR.text}. Take it away.")
ANSWER = Answer(
    "Routes: a door", "dev", False, "open", "q", "2026-11-30", True, 0, 3, (), 1.0
)  # fmt: skip


@dataclass
class Previewed:
    code: int = 1
    said: tuple[Statement, ...] = (SAME,)
    registered: int = 1
    text: str = ""


class FakeEngine:
    """Says what it is told to, and counts."""

    asked = 0
    says = Previewed()

    def __init__(self, folder):
        assert folder.is_dir()

    def preview(self, *_):
        FakeEngine.asked += 1
        return FakeEngine.says

    def close(self):
        pass


@pytest.fixture(autouse=True)
def engine(monkeypatch, tmp_path):
    monkeypatch.setattr(through_engine, "Engine", FakeEngine)
    monkeypatch.setattr(through_engine, "KEPT", tmp_path / "kept" / "answers.jsonl")
    monkeypatch.setattr(FakeEngine, "asked", 0)
    monkeypatch.setattr(FakeEngine, "says", Previewed())


def asked(case=CASE, anew=False):
    before = FakeEngine.asked
    (answer,) = answers([case], 2, anew)
    return answer, FakeEngine.asked - before


def test_what_was_asked_is_asked_again_when_it_is_another_question():
    assert asked()[1] == 1
    assert asked() == (through_engine.kept()["Routes: a door", False], 0)
    assert asked(replace(CASE, question="another"))[1] == 1
    assert asked(replace(CASE, question="another"))[1] == 0
    assert asked(replace(CASE, known=True))[1] == 1, "with the ids it is another preview"
    assert asked(anew=True)[1] == 1


def test_the_order_of_resources_makes_no_other_question():
    closed = stack("dev", known=False)
    nodes = dict(reversed(closed.deployment.nodes.items()))
    turned = replace(closed, deployment=Deployment(nodes))
    lacking = closed.lacking(next(closed.each("aws:ec2/flowLog:FlowLog")))
    questions = [_case("x", of).question for of in (closed, turned, lacking)]
    assert questions[0] == questions[1] != questions[2]


@pytest.mark.parametrize(
    ("says", "told"),
    [
        (Previewed(said=()), ["not told: refused: CN-010", "the preview ended with 1"]),
        (Previewed(code=0), ["it is open, and passes", "the preview ended with 0"]),
        (Previewed(registered=-1), ["-1 of 0 resources were registered"]),
    ],
)
def test_what_differs_is_asked_again_until_it_does_not(monkeypatch, says, told):
    monkeypatch.setattr(FakeEngine, "says", says)
    for _ in range(2):
        answer, count = asked()
        assert count == 1 and len(answer.differences) == len(told)
        assert all(
            line.startswith(start) for line, start in zip(answer.differences, told, strict=True)
        )
    monkeypatch.setattr(FakeEngine, "says", Previewed())
    assert asked()[0].differences == () and asked()[1] == 0


def test_the_page_counts_what_is_open_and_what_is_closed_apart():
    closed = replace(ANSWER, name="variant 1.0", refused=False, statements=1)
    waits = replace(ANSWER, name="Routes: another", refused=False, waits=2, on="2026-12-01")
    differs = replace(ANSWER, name="unchanged: dev", differences=("a", "b"), known=True)
    first, last = summary([ANSWER, closed, waits, differs]).splitlines()[2:]
    count = len(through_engine.ENTRIES)
    assert first == f"| no id known | 2 of {count} | 1 | 1 | 1 | 0 | 7 | 0 | 2026-12-01 |"
    assert last == f"| every id known | 0 of {count} | 0 | 0 | 1 | 1 | 3 | 2 | 2026-11-30 |"
