"""docs/real-account.md lists what `heiiki lock` asks AWS for, and nothing else."""

import re

from automation.aws_calls import iam_action
from tests.scenarios import ROOT

PAGED = re.compile(r'(?:\.paged\(|\b(?:answer|_asked|_open)\(\s*aws,)\s*"(\w+)",\s*"(\w+)"')
FOUND = re.compile(r'\bfound\(\s*aws,\s*"(\w+)"')
ASKED = re.compile(r'\basking\(\s*"(\w+:\w+)"')


def asked_for() -> set[str]:
    code = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "automation/lock").glob("*.py"))
    calls = PAGED.findall(code) + [("ec2", f"describe_{noun}s") for noun in FOUND.findall(code)]
    return {iam_action(*call) for call in calls} | set(ASKED.findall(code))


def test_the_page_lists_what_the_lock_asks_for_and_no_other():
    page = (ROOT / "docs/real-account.md").read_text(encoding="utf-8")
    told = page.split("needs these permissions and no other")[1].split("What is judged of it")[0]
    assert {"s3:ListBucket", "s3:GetEncryptionConfiguration", "iam:GetRole"} <= asked_for()
    assert set(re.findall(r"`(\w+:\w+)`", told)) == asked_for()
