"""Every rule over its cases: compliant, violating, unknown, absent, another type.

The judge is the whole pack behind the SDK's own analyzer, so a case also shows that no second
rule fires for the same cause.
"""

import pytest

from rules.judge import CHECKS
from rules.table import BY_ID, RULES
from tests.policies.analyzer import ADVISORY, MANDATORY, broken, judge
from tests.policies.cases import ABSENT, CASES, COMPLIANT, ENDPOINT, Case, changed, unknown

VALUED = [case for case in CASES if case.path]
every_case = pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
every_value = pytest.mark.parametrize("case", VALUED, ids=[case.id for case in VALUED])


@pytest.mark.parametrize("typ", COMPLIANT)
def test_a_compliant_resource_breaks_no_rule(typ):
    assert judge(typ, COMPLIANT[typ]) == []


@every_case
def test_one_change_is_caught_by_exactly_its_rule(case: Case):
    found = judge(case.type, changed(case, case.bad), case.name)
    rule = BY_ID[case.rule]
    assert {(d.policyName, d.enforcementLevel) for d in found} == {(rule.name, MANDATORY)}
    for diagnostic in found:
        title, _, message = diagnostic.message.partition("\n")
        assert title == rule.title
        assert message.startswith(f"{rule.id} {case.type.rsplit(':', 1)[-1]} '{case.name}' ")
        assert message.endswith(rule.remedy)


@every_value
def test_an_unknown_value_is_judged_as_the_table_says(case: Case):
    found = judge(case.type, unknown(case), case.name)
    assert ADVISORY not in {d.enforcementLevel for d in found}, "the SDK dropped a rule"
    assert (_readable_first(case) in broken(case.type, unknown(case), case.name)) is case.unknown
    if BY_ID[case.rule].unknown == "deferred":
        assert found == []


@every_value
def test_an_absent_value_counts_as_what_aws_makes_of_it(case: Case):
    found = broken(case.type, changed(case, ABSENT), case.name)
    assert found == ({_readable_first(case)} if case.absent else set())


def _readable_first(case: Case) -> str:
    """The rule that speaks when a policy cannot be read at all, or a target is missing."""
    if case.path == ("policy",) and case.type == ENDPOINT:
        return "CN-083"
    first = {
        "CN-160": "CN-131",
        "CN-161": "CN-130",
        "CN-171": "CN-133",
        "CN-180": "CN-131",
        "CN-229": "CN-081",
        "CN-146": "CN-145",
    }
    return first.get(case.rule, case.rule)


@every_case
def test_a_rule_says_nothing_about_another_type(case: Case):
    other = "aws:ec2/tag:Tag"
    found = broken(other, changed(case, case.bad), case.name)
    assert found <= {"CN-003", "CN-136", "CN-270"}, "judged on every type"


def test_every_rule_of_the_table_has_a_check_and_a_case():
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids) == len({rule.name for rule in RULES})
    assert set(ids) == set(CHECKS) == {case.rule for case in CASES}
