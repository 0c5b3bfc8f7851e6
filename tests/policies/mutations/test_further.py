"""What is opened by every type and input of a family of services; each by its own rule.

One mutation of each channel stands in the catalogue, beside all others; here are the rest.
"""

from collections.abc import Callable, Iterable

import pytest

from model.deployment import Node
from tests.policies.mutations import apis as of_apis
from tests.policies.mutations import builds as of_builds
from tests.policies.mutations import data_services as of_data_services
from tests.policies.mutations import file_systems as of_file_systems
from tests.policies.mutations import jobs as of_jobs
from tests.policies.mutations import pipelines as of_pipelines
from tests.policies.mutations import schedules as of_schedules
from tests.policies.mutations import streams as of_streams
from tests.policies.mutations import studios as of_studios
from tests.policies.mutations import tasks as of_tasks
from tests.policies.mutations import warehouses as of_warehouses
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.runs import proved
from tests.policies.mutations.stacks import Stack, stack

Makes = Callable[[Stack], Iterable[Node]]
# What is made of each, closed, and how many network interfaces of its own that has.
CLOSED: dict[str, tuple[Makes, int]] = {
    "APIs": (of_apis.apis, 2),
    "builds": (of_builds.builds, 1),
    "data services": (of_data_services.data_services, 11),
    "file systems": (of_file_systems.file_systems, 4),
    "jobs": (of_jobs.jobs, 2),
    "pipelines": (of_pipelines.pipelines, 1),
    "schedules": (of_schedules.schedules, 1),
    "search": (of_warehouses.search, 1),
    "studios": (of_studios.studios, 3),
    "streams": (of_streams.streams, 1),
    "tasks": (of_tasks.tasks, 3),
    "warehouses": (of_warehouses.warehouses, 6),
}
# What somebody has to answer for in one of them.
ANSWERED: dict[str, Callable[[Stack], Stack]] = {"APIs": of_apis.answered}
FURTHER = (
    *of_apis.FURTHER,
    *of_builds.FURTHER,
    *of_data_services.FURTHER,
    *of_file_systems.FURTHER,
    *of_jobs.FURTHER,
    *of_pipelines.FURTHER,
    *of_schedules.FURTHER,
    *of_streams.FURTHER,
    *of_studios.FURTHER,
    *of_tasks.FURTHER,
    *of_warehouses.FURTHER,
)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("name", CLOSED)
def test_they_are_closed_until_somebody_opens_one(name, known):
    make, interfaces = CLOSED[name]
    before = stack("dev", known)
    answered = ANSWERED[name](before) if name in ANSWERED else before
    run = proved("dev", answered.having(*make(before)))
    assert run.counted == [] and run.proof.verdict == "closed"
    assert run.proof.interfaces == proved("dev", before).proof.interfaces + interfaces


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("mutation", FURTHER, ids=[mutation.name for mutation in FURTHER])
def test_what_opens_one_is_found(mutation: Mutation, known: bool):
    (opened,) = mutation.change(stack("dev", known))
    run = proved("dev", opened)
    assert mutation.caught <= run.found <= mutation.caught | mutation.also
    assert run.proof.verdict == "open"
    about = {finding.resource for finding in run.counted if finding.claim == "rule"}
    assert about and about <= run.stack.touched
