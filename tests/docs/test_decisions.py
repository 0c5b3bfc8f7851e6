"""docs/adr/README.md: every record of a decision is in the list, under its title and its number."""

import re

from tests.scenarios import ROOT

RECORDS = ROOT / "docs" / "adr"
LIST = (RECORDS / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+) \|$", re.M)


def test_every_record_is_in_the_list_once_and_in_order():
    listed = [(number, file) for number, file, _ in ROW.findall(LIST)]
    there = sorted(path.name for path in RECORDS.glob("[0-9]*.md"))
    assert len(there) > 30
    assert listed == [(name[:4], name) for name in there]


def test_a_row_says_what_the_title_of_its_record_begins_with():
    for number, file, said in ROW.findall(LIST):
        title = (RECORDS / file).read_text(encoding="utf-8").partition("\n")[0]
        assert title.startswith(f"# {number} "), title
        assert said.startswith(title.removeprefix(f"# {number} ")), (title, said)


def test_the_numbers_that_are_not_used_are_those_that_are_named():
    used = {int(number) for number, _, _ in ROW.findall(LIST)}
    (sentence,) = re.findall(r"^The numbers .* are not used\.$", LIST, re.M)
    named = {int(number) for number in re.findall(r"\d{4}", sentence)}
    assert named == set(range(1, max(used) + 1)) - used
