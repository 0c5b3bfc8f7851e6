"""Which files are begun first."""

from types import SimpleNamespace

from tests.longest import SECONDS, TESTS, longest_first


def test_they_are_there_and_the_longest_is_the_first():
    assert all((TESTS / name).is_file() for name in SECONDS)
    assert list(SECONDS.values()) == sorted(SECONDS.values(), reverse=True)


def test_what_is_short_stays_in_its_order():
    named = [
        ("automation/test_up.py", 0), ("engine/test_life.py", 0), ("engine/test_life.py", 1),
        ("local/cluster/test_cluster.py", 0), ("bench/test_flat.py", 0),
    ]  # fmt: skip
    items = [SimpleNamespace(path=TESTS / name, number=number) for name, number in named]
    longest_first(items)
    assert [(str(item.path.relative_to(TESTS)), item.number) for item in items] == [
        named[3], named[1], named[2], named[0], named[4],
    ]  # fmt: skip
