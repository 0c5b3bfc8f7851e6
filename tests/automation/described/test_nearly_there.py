"""What AWS tells of a schedule, a pipe or of SageMaker that is nearly another thing, or nearly
gone."""

import pytest

from automation.described import schedules, studios
from automation.described.reader import Reading
from automation.described.scope import Grade, Scope
from tests.automation.described.answers import Answers
from tests.automation.described.parity import HERE
from tests.policies.mutations.schedules import PIPE, SCHEDULE
from tests.policies.mutations.stacks import ACCOUNT, REGION
from tests.policies.mutations.studios import DOMAIN, NOTEBOOK

_OF = f"{REGION}:{ACCOUNT}"


def grades(account, monkeypatch, calls, answered, made):
    """How what the last of some calls finds stands to a stack. answered: what is said, by service,
    operation and member of the answer; made: what is recorded, by type and id."""
    answers = Answers(account, REGION)
    for (service, operation, member), item in answered.items():
        said = item if member is None else {member: [item]}
        answers.says(service, operation, lambda _, said=said: said)
    answers.answering({call.service for call in calls}, monkeypatch.setattr)
    ids = {name for type_, id_ in made for name in (id_, f"{type_} {id_}")}
    scope = Scope.of(ids, types={type_ for type_, _ in made} | {SCHEDULE, PIPE, DOMAIN, NOTEBOOK})
    found = Reading(account, REGION, HERE).run(calls, scope)
    return [thing.grade for thing in found[calls[-1]]]


@pytest.mark.parametrize(("type_", "grade"), [
    (SCHEDULE, [Grade.MADE]), ("aws:cloudwatch/eventRule:EventRule", []),
])  # fmt: skip
def test_a_schedule_is_nobodys_for_being_called_as_another_thing(
    stubbed, monkeypatch, type_, grade
):
    """A rule of a bus is called by both names, too."""
    named = {"Name": "nightly", "GroupName": "own",
             "Arn": f"arn:aws:scheduler:{_OF}:schedule/own/nightly"}  # fmt: skip
    answered = {("scheduler", "ListSchedules", "Schedules"): named,
                ("scheduler", "GetSchedule", None): named}  # fmt: skip
    calls = [schedules.SCHEDULES.of, schedules.SCHEDULES]
    assert grades(stubbed, monkeypatch, calls, answered, [(type_, "own/nightly")]) == grade


GOING = {
    "pipe": (schedules.PIPES, PIPE, "orders", "pipes", "ListPipes", "Pipes", "DescribePipe",
             {"Name": "orders", "Arn": f"arn:aws:pipes:{_OF}:pipe/orders",
              "CurrentState": "DELETING"}),
    "domain": (studios.DOMAINS, DOMAIN, "d-1", "sagemaker", "ListDomains", "Domains",
               "DescribeDomain", {"DomainId": "d-1", "Status": "Deleting"}),
    "notebook": (studios.NOTEBOOKS, NOTEBOOK, "n", "sagemaker", "ListNotebookInstances",
                 "NotebookInstances", "DescribeNotebookInstance",
                 {"NotebookInstanceName": "n", "NotebookInstanceStatus": "Deleting",
                  "NotebookInstanceArn": f"arn:aws:sagemaker:{_OF}:notebook-instance/n"}),
}  # fmt: skip


@pytest.mark.parametrize("noun", GOING)
def test_what_is_being_deleted_is_there(stubbed, monkeypatch, noun):
    call, type_, id_, service, listing, member, telling, item = GOING[noun]
    answered = {(service, listing, member): item, (service, telling, None): item}
    made = [(type_, id_)]
    assert grades(stubbed, monkeypatch, [call.of, call], answered, made) == [Grade.MADE]
