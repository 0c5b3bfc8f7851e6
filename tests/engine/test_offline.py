"""A stack of any account is judged where there are neither credentials nor a network."""

import pytest

from automation import AutomationError, Stack
from local.leftovers import leftovers
from tests.scenarios import ROOT

OURS, THEIRS = "123456789012", "999988887777"


def test_a_stack_of_another_account_is_judged_and_cannot_be_made(world, tmp_path):
    for name in ("Pulumi.dev.yaml", "heiiki.dev.lock.yaml", "heiiki.dev.policy.json"):
        text = (ROOT / name).read_text(encoding="utf-8").replace(OURS, THEIRS)
        (tmp_path / name).write_text(text, encoding="utf-8")
    stack = Stack("dev", file=tmp_path / "Pulumi.dev.yaml", environment=world.environment)
    preview = stack.preview()
    assert preview.verdict.passed and preview.counts["create"] > 60
    assert THEIRS in (tmp_path / "heiiki.dev.lock.yaml").read_text(encoding="utf-8")
    with pytest.raises(AutomationError, match=rf"{OURS}"):
        stack.up()
    assert not list(leftovers(world.aws_endpoint_url, ["ap-northeast-1"]))
