"""Files that are no YAML, or YAML that no stack file is: one sentence each, and never a hang."""

import time

import pytest

from spec.errors import Fault, SpecError
from spec.stack_file import parse_stack_file
from spec.yaml_text import MAX_NODES, load_yaml
from tests.spec.stack_files import SMALLEST, message, stack, text_of

NO_CONFIG = "config: is missing; write config: and heiiki: keys under it"
BASE = """\
config:
  heiiki:name: test
  heiiki:region: ap-northeast-1
  heiiki:availabilityZones: [ap-northeast-1a, ap-northeast-1c]
  # one pool
  heiiki:nodePools:
    workers:
      instanceType: m7i.large
      maxSize: 3
"""
TOO_LARGE = "(whole file): is too large, or an alias leads back into itself"


def bomb(levels: int) -> str:
    """Nine aliases of nine aliases: a kilobyte that stands for 9 ** levels nodes."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for i in range(1, levels):
        lines.append(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]")
    return "\n".join([*lines, f"config: {{heiiki:network: *a{levels - 1}}}"])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", NO_CONFIG),
        ("[]", NO_CONFIG),
        ("config: 3", NO_CONFIG),
        ("config:", NO_CONFIG),
        ("config: [\n", "(whole file): is no YAML: line 2, column 1: expected the node content, "
         "but found '<stream end>'"),
        ("config:\n\t heiiki:name: x", "(whole file): is no YAML: line 2, column 1: found "
         "character '\\t' that cannot start any token; line 2 is indented by a tab: indent it by "
         "spaces"),
        ("config: {a: 1, a: 2}", "(whole file): is no YAML: line 1, column 16: the key a stands "
         "here a second time; keep one"),
        ("config:\n  heiiki:name: a\n  heiiki:name: b", "(whole file): is no YAML: line 3, column "
         "3: the key heiiki:name stands here a second time; keep one"),
        ("config: !prose x", "(whole file): is no YAML: line 1, column 9: could not determine a "
         "constructor for the tag (not shown); put text that begins with ! in quotes"),
        ("config: *prose", "(whole file): is no YAML: line 1, column 9: found undefined alias "
         "(not shown); put text that begins with * in quotes"),
        ("config: {[a]: b}", "(whole file): is no YAML: line 1, column 10: found unhashable key; "
         "put text that begins with a brace or a bracket in quotes"),
        *((f"config: {text}", "(whole file): is no YAML: has a number or a date that is none; "
           "put it in quotes") for text in ("!!timestamp x", '!!int ""', "!!bool x", '!!float ""')),
        ("config: 2026-13-45", "(whole file): is no YAML: has a number or a date that is none; "
         "put it in quotes"),
        ("\x00", "(whole file): is no YAML: holds a character that YAML forbids, at 0"),
        ("config: '\ud800'", "(whole file): is no YAML: holds a character that YAML forbids, at 9"),
        ("[" * 1000, "(whole file): is nested too deeply"),
        ("config: &a {heiiki:network: *a}", TOO_LARGE),
        ("config: &a [*a]", TOO_LARGE),
        (bomb(8), TOO_LARGE),
        ("--- a\n--- b", "(whole file): is no YAML: line 2, column 1: but found another document"
         "; write one document, without --- between keys"),
    ],
)  # fmt: skip
def test_a_broken_file_is_told_in_one_sentence(text, line):
    started = time.process_time()
    found = message(text)
    assert time.process_time() - started < 5
    assert found == f"Pulumi.test.yaml is not valid (1 fault):\n  {line}"


SLIPS = {
    "one space less": (
        ("      maxSize", "     maxSize"), "indent the lines from line 7 on, each key as those "
        "beside it",
    ),
    "one space more": (
        ("      maxSize", "       maxSize"), "indent line 9 as the keys beside it, and put a value "
        "that holds a colon and a space in quotes",
    ),
    "a tab": (("      maxSize", "\tmaxSize"), "line 9 is indented by a tab: indent it by spaces"),
    "no space": (
        ("maxSize: 3", "maxSize:3"), "line 9 has no colon with a space behind it after its key",
    ),
    "no colon": (
        ("maxSize: 3", "maxSize 3"), "line 9 has no colon with a space behind it after its key",
    ),
    "a space of another kind": (
        ("maxSize: 3", "maxSize:\u00a03"), "line 9 holds U+00A0, which looks like a space and is "
        "none",
    ),
    "a colon of another kind": (
        ("maxSize: 3", "maxSize\uff1a 3"), "line 9 holds U+FF1A, which looks like a colon and is "
        "none",
    ),
    "a quote that stays open": (
        ("m7i.large", '"m7i.large'), "the quote that begins in line 8 is not closed",
    ),
    "a bracket that stays open": (
        ("ap-northeast-1c]", "ap-northeast-1c"), "the bracket that opens in line 4 is not closed, "
        "or a comma is missing",
    ),
    "a value with a colon": (
        ("m7i.large", "m7i.large: x"), "indent line 8 as the keys beside it, and put a value that "
        "holds a colon and a space in quotes",
    ),
    "a merge that was not ended": (
        ("      maxSize: 3\n", "<<<<<<< HEAD\n      maxSize: 3\n=======\n      maxSize: 5\n"
         ">>>>>>> other\n"),
        "line 9 is a mark of a merge: keep one of the two sides, and no mark",
    ),
    "a place to be filled in": (
        ("m7i.large", "{{ type }}"), "put text that begins with a brace or a bracket in quotes",
    ),
    "a sign that begins nothing": (
        ("m7i.large", "@m7i.large"), "put text that begins with this character in quotes",
    ),
}  # fmt: skip


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize(("slip", "way"), SLIPS.values(), ids=SLIPS)
def test_a_slip_is_told_by_what_to_write(slip, way, ends):
    assert slip[0] in BASE
    text = BASE.replace(*slip, 1).replace("\n", ends)
    with pytest.raises(SpecError) as caught:
        parse_stack_file(text, where="x")
    (fault,) = caught.value.faults
    assert fault.message.startswith("is no YAML: line ") and fault.message.endswith(f"; {way}")


def test_a_comment_holds_what_it_likes():
    """It is no slip that what stands in a comment looks like another sign."""
    text = BASE.replace("maxSize: 3", "maxSize 3 # 三台\uff1a\u3000多くて")
    with pytest.raises(SpecError, match="line 9 has no colon"):
        parse_stack_file(text, where="x")
    assert parse_stack_file(BASE.replace("3\n", "3 # 三台\uff1a\u3000\n"), where="x") == stack()


def test_a_large_file_without_aliases_is_read():
    text = text_of(SMALLEST) + "".join(f"  other:k{i}: {{a: [1, 2]}}\n" for i in range(500))
    assert load_yaml(text, where="x")["config"]["other:k499"] == {"a": [1, 2]}
    assert MAX_NODES > 10_000


def test_aliases_and_merge_keys_are_read_and_keys_that_stand_there_win():
    text = (
        "pool: &pool {instanceType: m7i.large, maxSize: 3}\n"
        + text_of({**SMALLEST, "nodePools": {}}).replace("nodePools: {}", "nodePools:")
        + "    one: *pool\n    two: {<<: *pool, maxSize: 4}\n"
    )
    pools = parse_stack_file(text, where="x").node_pools
    assert {name: pool.max_size for name, pool in pools.items()} == {"one": 3, "two": 4}


@pytest.mark.parametrize("merged", ["*a", "[*a]", "{<<: *a}", "[{b: 1}, {<<: *a}]"])
def test_a_merge_that_leads_back_is_refused(merged):
    text = text_of(SMALLEST).replace("config:\n", f"config: &a\n  <<: {merged}\n")
    with pytest.raises(SpecError) as caught:
        parse_stack_file(text, where="x")
    told = "is no YAML: line 1, column 9: a merge key leads back into its own mapping"
    assert caught.value.faults == (Fault("", told),)


def test_one_mapping_is_merged_as_often_as_is_asked():
    text = "a: &a {x: 1}\nb: &b {<<: *a}\nc: {<<: [*a, *b], d: {<<: *a}}\n"
    assert load_yaml(text, where="x")["c"] == {"x": 1, "d": {"x": 1}}


def test_keys_of_other_projects_are_left_alone():
    text = (
        text_of(SMALLEST)
        + "  aws:region: us-east-1\n  heiiki-shop:name: 3\nencryptionsalt: v1:a=\n"
    )
    assert parse_stack_file(text, where="x") == stack()


def test_a_byte_order_mark_and_foreign_line_ends_are_read():
    text = "\ufeff" + text_of(SMALLEST).replace("\n", "\r\n")
    assert parse_stack_file(text, where="x") == stack()


def test_a_file_in_a_wrong_encoding_is_a_fault_and_no_traceback():
    for encoding in ("utf-16", "utf-32", "shift_jis"):
        text = (text_of(SMALLEST) + "# 閉域\n").encode(encoding).decode("latin-1")
        try:
            load_yaml(text, where="x")
        except SpecError as error:
            assert error.faults[0].message.startswith("is no YAML: ")
