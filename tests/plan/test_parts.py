"""Which part makes what. That it holds for whole programs is shown by tests/program/test_parts."""

import pytest

from plan.parts import Share, part_of
from spec.part import ORDER


@pytest.mark.parametrize(
    ("component", "child", "part"),
    [
        ("cluster", "", "network"),  # the key
        ("cluster", "anything in it", "network"),
        ("roles", "flow-logs", "network"),
        ("roles", "administrator", "cluster"),
        ("roles", "node-workers", "pools"),
        ("access", "administrator", "cluster"),
        ("access", "node-workers", "pools"),
        ("people", "", "cluster"),
    ],
)
def test_the_first_row_that_fits_decides(component, child, part):
    assert part_of(component, child) == part


@pytest.mark.parametrize(("component", "child"), [("mesh", ""), ("mesh", "x"), ("roles", "")])
def test_what_no_row_names_is_not_guessed(component, child):
    with pytest.raises(KeyError, match=component):
        part_of(component, child)


def test_a_share_is_everything_or_one_part():
    roles = dict.fromkeys(("flow-logs", "cluster", "node-a"))
    assert Share().of("roles", roles) == roles and Share().makes("people")
    shares = [Share(name) for name in ORDER]
    assert [list(share.of("roles", roles)) for share in shares] == [
        ["flow-logs"], ["cluster"], ["node-a"],
    ]  # fmt: skip
    assert [share.makes("people") for share in shares] == [False, True, False]
