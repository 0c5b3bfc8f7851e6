"""A large file costs what its size costs, counted as work done and never as time."""

import pytest

from spec import cluster, errors, shown
from spec.errors import MAX_TOLD, Fault, SpecError
from spec.leftover import without
from spec.paths import Paths
from spec.shown import MAX_JUDGED, NOT_SHOWN, shown_path, shown_value
from spec.stack_file import parse_stack_file
from tests.spec.stack_files import SMALLEST, changed, text_of

MANY = 1000


def caught(keys):
    with pytest.raises(SpecError) as found:
        parse_stack_file(text_of(keys), where="x")
    return found.value


class Counting:
    """A pattern that notes how long the texts are that it is asked about."""

    def __init__(self, pattern):
        self.pattern, self.lengths = pattern, []

    def search(self, text):
        self.lengths.append(len(text))
        return self.pattern.search(text)

    fullmatch = search


@pytest.mark.parametrize("text", ["a" * 30_000, "eyJ" * 10_000, "://" * 10_000, "a\x1b" * 10_000])
def test_no_more_of_a_text_is_judged_than_is_bounded(monkeypatch, text):
    names = [name for name in vars(shown) if hasattr(getattr(shown, name), "fullmatch")]
    assert len(names) >= 4
    counting = [Counting(getattr(shown, name)) for name in names]
    for name, pattern in zip(names, counting, strict=True):
        monkeypatch.setattr(shown, name, pattern)
    lengths = []
    is_secret = shown.is_secret
    monkeypatch.setattr(
        shown, "is_secret", lambda seen: lengths.append(len(seen)) or is_secret(seen)
    )
    assert len(shown_value(text)) <= 80
    assert len(shown_path([text])) <= 4 * 80
    assert lengths
    lengths += [length for pattern in counting for length in pattern.lengths]
    assert max(lengths) <= 4 * MAX_JUDGED + 2  # as repr writes it, with its quotes


@pytest.mark.parametrize(
    "text",
    [
        "https://user:hunter2" + "x" * 500 + "@proxy.example.com",
        "eyJhunter2" + "x" * 500 + ".eyJ",
        "hunter2 is my password" + " " * 500,
    ],
)
def test_a_text_that_is_cut_before_it_is_judged_shows_no_secret(text):
    assert shown_value(text) == NOT_SHOWN
    assert "hunter2" not in shown_path([text]) or " is " in text


def test_only_the_first_faults_are_made_into_sentences_and_the_rest_are_counted(monkeypatch):
    made = []
    fault = errors._fault
    monkeypatch.setattr(errors, "_fault", lambda *told: made.append(1) or fault(*told))
    error = caught({**SMALLEST, **{f"k{i}": 1 for i in range(MANY)}, "tags": {"a": []}})
    assert len(error.faults) == len(made) == MAX_TOLD
    assert error.left_out == MANY + 1 - MAX_TOLD
    assert str(error).startswith(f"x is not valid ({MANY + 1} faults):\n")
    assert str(error).endswith(f"\n  and {MANY + 1 - MAX_TOLD} more")


def test_what_else_is_wrong_is_counted_as_well():
    sizes = {"instanceType": "m7i.large", "minSize": 4, "maxSize": 3}
    pools = {f"k{i}": {**sizes, "labels": 3} for i in range(MANY)}
    error = caught(changed({"nodePools": pools, "region": 3}))
    assert len(error.more) + error.more_left_out == MANY
    assert str(error).endswith(f"\n  and {MANY - MAX_TOLD} more")


def test_faults_that_are_known_are_kept_and_those_told_are_bounded():
    found = [Fault(f"k{i}", "is wrong") for i in range(MANY)]
    error = errors.joined([SpecError(found, left_out=2), SpecError(found, more=found)])
    assert len(error.faults) == 2 * MANY and len(error.more) == MANY
    assert f"({2 * MANY + 2} faults)" in str(error)
    assert f"\n  and {2 * MANY + 2 - MAX_TOLD} more\n" in str(error)


def test_encrypted_values_are_told_as_many():
    error = caught(changed({"tags": {f"k{i}": {"secure": "v1:a:b"} for i in range(MANY)}}))
    assert {fault.message for fault in error.faults} == {
        "is encrypted; no key of heiiki holds a secret, write the value in clear"
    }
    assert str(error).endswith(f"  and {MANY - MAX_TOLD} more")


def test_every_faulty_entry_is_left_out_in_one_walk():
    class Walked(dict):
        walks = 0

        def items(self):
            Walked.walks += 1
            return super().items()

    document = Walked({f"k{i}": {"a": i} for i in range(MANY)})
    left = without(document, [(f"k{i}",) for i in range(1, MANY)], lambda path: None)
    assert left == {"k0": {"a": 0}}
    assert Walked.walks == 1


def test_an_entry_that_goes_takes_the_changes_in_it_along_in_any_order():
    paths = [("a", "b"), ("a",), ("c", 0, "d")]
    for order in (paths, paths[::-1]):
        document = {"a": {"b": 1, "e": 2}, "c": [{"d": 1}, 5]}
        assert without(document, order, lambda path: None) == {"c": [{}, 5]}


def test_zones_are_judged_once_for_all_faults_of_them(monkeypatch):
    judged = []
    is_sound = cluster._is
    monkeypatch.setattr(cluster, "_is", lambda kind, v: judged.append(v) or is_sound(kind, v))
    error = caught(changed({"availabilityZones": [f"x{i}" for i in range(MANY)]}))
    assert len(error.faults) + error.left_out == MANY
    assert len(judged) <= 3 * MANY


def test_paths_touch_at_whole_keys_only():
    paths = Paths(["a.b", "c"])
    assert [p for p in ("a", "a.b", "a.b.c", "c.d", "") if paths.touch(p)] == [
        "a", "a.b", "a.b.c", "c.d",
    ]  # fmt: skip
    assert not any(paths.touch(p) for p in ("a.bb", "a.c", "cc", "d"))
