"""When the gate opens, and every way in which it must not. One event more or less decides."""

import json

import pytest

from automation.errors import PolicyRefusedError
from automation.events import EventLog
from automation.gate import require_not_stopped, require_pass, verdict_of
from automation.results import Preview, Verdict, as_json
from rules.docs import render
from rules.pack import policies
from rules.table import BY_ID, STACK_RULES
from tests.automation.events import PASSED, judged, step, violated


def log_of(events: list[object]) -> EventLog:
    log = EventLog()
    for number, event in enumerate(events):
        log.take(event if isinstance(event, str) else json.dumps({"sequence": number, **event}))
    return log


def preview(verdict: Verdict | None) -> Preview:
    return Preview("preview", "dev", {}, (), (), 1.0, verdict)


def refused(events: list[object]) -> str:
    with pytest.raises(PolicyRefusedError) as raised:
        require_pass(preview(verdict_of(log_of(events))))
    return str(raised.value)


def test_a_pack_that_judged_everything_and_found_nothing_passes():
    verdict = verdict_of(log_of([*PASSED, judged("cluster", passed=("rule-c",))]))
    assert verdict.passed
    assert (verdict.rules, verdict.resources, verdict.packs) == (4, 1, ("pack",))
    require_pass(preview(verdict))


def test_as_many_rules_are_told_as_the_page_of_the_rules_has():
    """Those of single resources and of the whole; neither the declaration nor the exceptions."""
    named = [policy.name for policy in policies()]
    whole = {"policyPackName": "pack", "passed": [rule.name for rule in STACK_RULES]}
    single = tuple(name for name in named if name not in whole["passed"])
    events = [judged("cluster", passed=single), {"policyAnalyzeStackSummaryEvent": whole}]
    assert verdict_of(log_of(events)).rules == len(BY_ID) == render().count("\nPolicy `")


def test_a_violation_is_refused_with_what_the_rule_says():
    text = refused([*PASSED, violated("cluster", "has a door; remove it")])
    assert "cluster: rule-a: has a door; remove it" in text


def test_advice_alone_does_not_refuse():
    verdict = verdict_of(log_of([*PASSED, violated("cluster", "could be better", "advisory")]))
    assert verdict.passed
    assert [a.message for a in verdict.advisories] == ["could be better"]


def test_advice_is_counted_apart_from_exceptions_in_force():
    excepted = violated("gateway", "excepted", "advisory", policy="exceptions-in-force")
    verdict = verdict_of(log_of([*PASSED, violated("vpc", "advice", "advisory"), excepted]))
    assert [a.message for a in verdict.advised] == ["advice"] and len(verdict.advisories) == 2
    told = as_json(preview(verdict))["verdict"]
    assert (told["passed"], told["advised"], len(told["advisories"])) == (True, 1, 2)


def test_a_rule_that_could_not_run_is_refused_although_it_is_only_advice():
    message = 'can\'t run policy "rule-a" during preview: the value is not known yet'
    assert "could not judge everything" in refused(
        [*PASSED, violated("cluster", message, "advisory")]
    )


def test_a_resource_that_nobody_judged_is_refused():
    assert "gateway: was not judged by any rule" in refused([*PASSED, step("gateway")])


def test_a_resource_that_goes_needs_no_verdict():
    assert verdict_of(log_of([*PASSED, step("gateway", "delete")])).passed


@pytest.mark.parametrize("operation", ["read", "read-replacement"])
def test_what_is_only_read_is_refused(operation):
    text = refused([*PASSED, step("theirs", operation, "aws:ec2/routeTable:RouteTable")])
    assert (
        "theirs: is only read, and the engine shows what is read to no policy; use its id as text "
        "and name it under boundary.supplied"
    ) in text


def test_an_earlier_part_may_be_read():
    reference = step("network", "read", "pulumi:pulumi:StackReference")
    assert verdict_of(log_of([*PASSED, reference])).passed


def test_a_deployment_that_was_not_judged_as_a_whole_is_refused():
    events = [e for e in PASSED if "policyAnalyzeStackSummaryEvent" not in e]
    assert not verdict_of(log_of(events)).passed
    assert "the pack was not asked about the deployment as a whole" in refused(events)


@pytest.mark.parametrize("events", [[], [step("cluster")]])
def test_silence_is_no_pass(events):
    assert "the policy pack judged nothing" in refused(events)


def test_a_lost_line_is_refused():
    assert "part of the engine's report was lost" in refused([PASSED[0], "{", *PASSED[1:]])


def test_a_gap_in_the_sequence_is_refused():
    log = log_of(PASSED)
    log.take(json.dumps({"sequence": 9, **step("other")}))
    log.take(json.dumps({"sequence": 10, **judged("other")}))
    assert verdict_of(log).lost


def test_without_a_verdict_there_is_no_pass():
    with pytest.raises(PolicyRefusedError, match="judged nothing"):
        require_pass(preview(None))


def test_a_violation_in_the_middle_of_up_says_that_things_were_made():
    with pytest.raises(PolicyRefusedError, match="stopped up at cluster") as raised:
        require_not_stopped("up", log_of([*PASSED, violated("cluster", "has a door")]))
    assert "What was made before is recorded" in str(raised.value)
    require_not_stopped("up", log_of(PASSED))
