"""Every type of the provider stands somewhere, and the page says where. UPDATE_GOLDEN=1 writes."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pulumi_aws
import pytest

from model.build import build_model
from model.deployment import Deployment, Node
from model.nouns import ADOPTERS, GIVERS
from model.types import MODELLED, MODELLED_TYPES, Standing, standing
from model.types_page import render
from tests.policies.model.deployments import example, node
from tests.scenarios import SCENARIOS

PAGE = Path(__file__).parents[3] / "docs" / "proof" / "types.md"
_CLASS = re.compile(r"super\(\w+, __self__\)\.__init__\(\s*'(aws:\w+/\w+:\w+)'")


@pytest.fixture(scope="module")
def tokens() -> set[str]:
    """Every type of the installed provider: what its resource classes register as."""
    folder = Path(pulumi_aws.__file__).parent
    texts = (path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    return {token for text in texts for token in _CLASS.findall(text)}


class Asked(Deployment):
    """A deployment that remembers which types it was asked for."""

    def of_type(self, *types: str) -> Iterator[Node]:
        ASKED.update(types)
        return super().of_type(*types)


ASKED: set[str] = set()


def test_the_model_reads_exactly_the_types_that_it_is_said_to_read():
    """One of each, with nothing set: a builder must stand that, too."""
    ASKED.clear()
    build_model(Asked.of(node(t, t) for t in sorted(MODELLED_TYPES)))
    given = {g.type for g in GIVERS} | {a.type for a in ADOPTERS}
    assert set(MODELLED_TYPES) - (ASKED | given) == set()
    assert ASKED - set(MODELLED_TYPES) == set()
    assert given - set(MODELLED_TYPES) == set()


def test_every_type_that_is_modelled_exists_and_is_listed_once(tokens):
    assert len(tokens) > 1400
    assert set(MODELLED_TYPES) - tokens == set()
    assert len(MODELLED_TYPES) == sum(len(types) for types in MODELLED.values())


def test_what_stands_nowhere_is_unknown_and_found(tokens):
    assert standing("aws:ec2/fleet:Fleet") is Standing.UNKNOWN
    assert standing("aws:ec2/doorOfTomorrow:DoorOfTomorrow") is Standing.UNKNOWN
    assert standing("aws:cloudfront/distribution:Distribution") is Standing.JUDGED
    assert standing("aws:ec2/keyPair:KeyPair") is Standing.HARMLESS
    assert standing("aws:ec2/routeTableAssociation:RouteTableAssociation") is Standing.MODELLED
    fleet = node("aws:ec2/fleet:Fleet", "fleet")
    other = node("kubernetes:core/v1:Namespace", "space")
    assert [r.name for r in build_model(Deployment.of([fleet, other])).unknown] == ["fleet"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_in_the_examples_is_unknown(scenario):
    assert build_model(example(scenario, known=False)).unknown == ()


def test_the_page_says_how_each_stands(tokens):
    text = render(tokens)
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text, "run UPDATE_GOLDEN=1 pytest tests/policies"
    for way in Standing:
        assert f"| {way.value} | {sum(standing(t) is way for t in tokens)} |" in text
