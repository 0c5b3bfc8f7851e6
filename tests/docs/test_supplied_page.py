"""docs/supplied.md tells every fault and warning that the plan has for supplied things."""

import re

import pytest

from docs.generate import pages
from docs.supplied_page import BROWNFIELD, NOUNS, PAGE, told_by

SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in BROWNFIELD.glob("*.py")}
NOTES = re.compile(r"faults\.add\(|warnings\.append\(")
ONE = """
def check(found, faults, warnings):
    said = f"is {found.state}, not live"
    said += "; have its owner mend it"
    faults.add("key", said, found)
    warnings.append(f"{found.path}: {found} is old" if found.age else f"{found.path}: x is new")
    _tell(faults, "has no policy; ask for one")
    why = _why(found) if found.odd else None
    faults.add("key", why)
    rest = f" and {found.more} more" if found.more else ""
    kind = "a" if found.a else "b" if found.b else "c"
    faults.add("key", f"lets {found.first}{rest} in as {kind}")

def _tell(faults, what):
    faults.add("key", what)

def _why(found):
    if found.one:
        return "leads to one; take another"
    return None
"""


def test_every_module_that_notes_something_of_supplied_things_is_on_the_page():
    noting = {module for module, source in SOURCES.items() if NOTES.search(source)}
    assert len(noting) > 8
    assert noting == set(NOUNS)


@pytest.mark.parametrize("module", NOUNS)
def test_no_note_of_a_module_is_left_out(module):
    """Notes are counted as text, sentences are read as code."""
    faults, warnings = told_by(SOURCES[module], {"RUN_LOCK": "was not read; run heiiki lock"})
    places = len(NOTES.findall(SOURCES[module]))
    repeated = SOURCES[module].count("RUN_LOCK, ") + SOURCES[module].count("have its owner mend it")
    assert len(faults) + len(warnings) >= places - repeated > 0


def test_the_page_holds_the_faults_of_the_key():
    text = PAGE.read_text(encoding="utf-8")
    assert text == pages()[PAGE]
    key = text.partition("### The KMS key")[2].partition("###")[0]
    lines = [line.removeprefix("- fault: ") for line in key.splitlines()]
    assert {
        "is …, not Enabled; have its owner enable it, or give another",
        "has a policy whose … denies … to use it; have its owner except it",
        "has a policy that does not let … use it; ask its owner for …",
    } <= set(lines)


def test_a_sentence_is_followed_to_where_it_is_made():
    assert told_by(ONE, {}) == (
        [
            "is …, not live; have its owner mend it",
            "leads to one; take another",
            "lets …[ and … more] in as …",
            "has no policy; ask for one",
        ],
        ["is old", "x is new"],
    )


def test_a_message_that_cannot_be_read_is_an_error():
    with pytest.raises(ValueError, match="check, line 2: no sentence can be read"):
        told_by("def check(faults, found):\n    faults.add('key', found.why())\n", {})
