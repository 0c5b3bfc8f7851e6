"""`prove --live` says of data services and functions what `prove --state` says.

Every closed design with them, and everything that opens one, is told to the reader as AWS would
tell it, and read; the network around it is as it is recorded. What is found is the same by either.
"""

import json
import re
from dataclasses import replace

import pytest
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_TEXT

from automation.described import (
    builds,
    caches,
    databases,
    file_systems,
    functions,
    jobs,
    messages,
    schedules,
    stores,
    streams,
    studios,
    tasks,
    warehouses,
)
from automation.described.paths import at
from automation.described.reader import Reading
from automation.described.scope import Scope
from model.deployment import Node
from proof.prove import prove
from rules.unknowns import UNKNOWN, has_unknown
from tests.automation.described import (
    builds_of_aws,
    data_services_of_aws,
    file_systems_of_aws,
    functions_of_aws,
    jobs_of_aws,
    messages_of_aws,
    schedules_of_aws,
    streams_of_aws,
    studios_of_aws,
    tasks_of_aws,
    warehouses_of_aws,
)
from tests.automation.described.parity import HERE, Told, said
from tests.policies.mutations import builds as of_builds
from tests.policies.mutations import data_services
from tests.policies.mutations import file_systems as of_file_systems
from tests.policies.mutations import functions as of_functions
from tests.policies.mutations import jobs as of_jobs
from tests.policies.mutations import schedules as of_schedules
from tests.policies.mutations import streams as of_streams
from tests.policies.mutations import studios as of_studios
from tests.policies.mutations import tasks as of_tasks
from tests.policies.mutations import warehouses as of_warehouses
from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.designs import DESIGNS as EVERY_DESIGN
from tests.policies.mutations.function_designs import FUNCTION_DESIGNS
from tests.policies.mutations.mutation import made_with
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, Stack, stack

TABLES = (
    databases, caches, functions, stores, messages, warehouses, tasks, builds, streams, jobs,
    file_systems, studios, schedules,
)  # fmt: skip
OWN = tuple(kind for table in TABLES for kind in table.KINDS)
TOKENS = {kind.token for kind in OWN}
# Of the design of events, what is held against AWS elsewhere (test_settings_parity.py).
ELSEWHERE = ("aws:cloudwatch/eventTarget:EventTarget", "aws:cloudwatch/metricAlarm:MetricAlarm")


def topics(stack: Stack) -> Stack:
    """A topic with its own account's queue subscribed."""
    after = EVERY_DESIGN["events"](stack)
    return after.lacking(*after.each(*ELSEWHERE))


def stock(stack: Stack) -> Stack:
    """Warehouses, copies of databases, a search domain."""
    return stack.having(*of_warehouses.warehouses(stack), *of_warehouses.search(stack))


DESIGNS = {
    **FUNCTION_DESIGNS,
    "topics": topics,
    "warehouses and a search domain": stock,
    "tasks and builds": lambda before: before.having(
        *of_tasks.tasks(before), *of_builds.builds(before)
    ),
    "file systems": lambda before: before.having(*of_file_systems.file_systems(before)),
    "jobs": lambda before: before.having(*of_jobs.jobs(before)),
    "studios": lambda before: before.having(*of_studios.studios(before)),
    "schedules and pipes": lambda before: before.having(*of_schedules.schedules(before)),
    "streams and state machines": lambda before: before.having(*of_streams.streams(before)),
    **{
        name: EVERY_DESIGN[name]
        for name in ("databases, caches and brokers", "policies of the older version")
    },
}
# Those of the catalogue that are about queues, topics and secrets.
MESSAGES = re.compile(
    r"a (Queue|QueuePolicy|Topic|TopicPolicy|Secret|SecretPolicy) for a foreign account"
    r"|a secret that is copied to another region|messages sent .*|a queue that .* a foreign queue"
)
# What AWS takes of nobody, and so tells of nobody.
UNREADABLE = (
    "a task with a text that is no list of containers",
    "a task with no containers at all",
    f"CN-252 {of_streams.STREAM} destination absent",
    f"CN-145 {of_jobs.DEFINITION} containerProperties {{",
    f"CN-145 {of_jobs.DEFINITION} containerProperties absent",
    # A task without a definition of what runs in it.
    f"CN-004 {of_schedules.PIPE} targetParameters.ecsTaskParameters.overrides.containerOverrides "
    "[{'environmentFiles': [{'type': 's3', 'v",
)
# Where something is unknown before it is made, AWS knows it afterwards.
MUTATIONS = [
    mutation
    for mutation in (
        *data_services.MUTATIONS,
        *data_services.FURTHER,
        *of_warehouses.MUTATIONS,
        *of_warehouses.FURTHER,
        *of_tasks.MUTATIONS,
        *of_tasks.FURTHER,
        *of_builds.MUTATIONS,
        *of_builds.FURTHER,
        *of_file_systems.MUTATIONS,
        *of_file_systems.FURTHER,
        *of_jobs.MUTATIONS,
        *of_jobs.FURTHER,
        *of_streams.MUTATIONS,
        *of_streams.FURTHER,
        *of_studios.MUTATIONS,
        *of_studios.FURTHER,
        *of_schedules.MUTATIONS,
        *of_schedules.FURTHER,
        *of_functions.MUTATIONS,
        *of_functions.FURTHER,
        *(entry.mutation for entry in ENTRIES if MESSAGES.fullmatch(entry.mutation.name)),
    )
    if mutation.verdict == "open"
    and not mutation.name.endswith(f" {UNKNOWN}")
    and "nobody knows" not in mutation.name
    and "Unknown.VALUE" not in mutation.name
    and mutation.name not in UNREADABLE
]


def real_id(node: Node) -> str:
    """As the provider calls it, where that is another id than the deployments of tests have."""
    if node.resource.type == data_services_of_aws.PROXY_ENDPOINT:
        return "proxy-proxy/readers"
    if node.resource.type in warehouses_of_aws.TYPES:
        return warehouses_of_aws.real_id(node)
    for module in (
        tasks_of_aws,
        messages_of_aws,
        builds_of_aws,
        streams_of_aws,
        jobs_of_aws,
        file_systems_of_aws,
        studios_of_aws,
        schedules_of_aws,
    ):
        if node.resource.type in module.TYPES:
            return module.real_id(node)
    return functions_of_aws.real_id(node)


def as_made(opened: Stack) -> Stack:
    """With what AWS would want beside it, by the names that AWS has."""
    return streams_of_aws.as_made(messages_of_aws.as_made(functions_of_aws.as_made(opened)))


TOLD = Told(
    OWN,
    (
        data_services_of_aws.tell, functions_of_aws.tell, messages_of_aws.tell,
        warehouses_of_aws.tell, tasks_of_aws.tell, builds_of_aws.tell,
        streams_of_aws.tell, jobs_of_aws.tell, file_systems_of_aws.tell,
        studios_of_aws.tell, schedules_of_aws.tell,
    ),
    real_id,
)  # fmt: skip


@pytest.mark.parametrize("name", DESIGNS)
def test_a_closed_design_is_closed_by_what_aws_says(stubbed, monkeypatch, name):
    after = as_made(DESIGNS[name](stack("dev", True)))
    added = {n.resource.urn for n in after.deployment.nodes.values() if n.resource.type in TOKENS}
    assert len(added) > 1
    assert TOLD.same(stubbed, after, monkeypatch, "closed") == set()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[mutation.name for mutation in MUTATIONS])
def test_what_opens_one_is_found_by_what_aws_says(stubbed, monkeypatch, mutation):
    (opened,) = map(as_made, mutation.change(stack("dev", True)))
    assert not any(has_unknown(n.resource.props) for n in opened.deployment.nodes.values())
    assert TOLD.same(stubbed, opened, monkeypatch, "open")


@pytest.mark.parametrize("type_", [
    functions_of_aws.POLICY_OF_FUNCTION, functions_of_aws.PERMISSION,
    functions_of_aws.POLICY_OF_POINT, functions_of_aws.POLICY_OF_TABLE,
    messages_of_aws.QUEUE_POLICY, messages_of_aws.TOPIC_POLICY, messages_of_aws.SECRET_POLICY,
])  # fmt: skip
def test_what_somebody_has_let_in_beside_the_record_is_found(stubbed, monkeypatch, type_):
    """A stranger, by a policy or a permission that the stack knows nothing of."""
    before = stack("dev", True)
    root = f"arn:aws:iam::{FOREIGN}:root"
    stranger = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [stranger]})
    given = {"policy": policy, "principal": FOREIGN, "action": "lambda:InvokeFunction"}
    opened = as_made(before.having(before.makes(type_, "door", given)))
    deployment, described = TOLD.read(stubbed, opened, monkeypatch, beside=type_)
    assert described.missing == []
    by_aws = prove(deployment, opened.boundary)
    assert by_aws.verdict == "open"
    assert {rule for rule, _ in said(by_aws)} & {"CN-131", "CN-233"}


@pytest.mark.parametrize("name", ["door", messages_of_aws.STRANGERS])
def test_whoever_has_subscribed_to_a_recorded_topic_is_found(stubbed, monkeypatch, name):
    """Somebody of the own account, or of another one, whose the subscription is then."""
    before = topics(stack("dev", True))
    (topic,) = before.each(messages_of_aws.TOPIC)
    thief = {"protocol": "email", "endpoint": "thief@example.com"}
    of = {"topic": messages_of_aws.real_id(topic)}
    opened = before.having(before.makes(messages_of_aws.SUBSCRIPTION, name, {**thief, **of}))
    deployment, _ = TOLD.read(stubbed, opened, monkeypatch, beside=messages_of_aws.SUBSCRIPTION)
    by_aws = prove(deployment, opened.boundary)
    assert by_aws.verdict == "open" and {rule for rule, _ in said(by_aws)} == {"CN-133"}


def test_a_revision_of_a_job_that_somebody_has_registered_is_found(stubbed, monkeypatch):
    """Whoever names the definition alone runs the newest."""
    before = as_made(DESIGNS["jobs"](stack("dev", True)))
    image = {"type": "container", "containerProperties": {"image": "docker.io/x:7"}}
    newest = jobs_of_aws.told("report", 2, **image)
    told = replace(TOLD, tell=(*TOLD.tell, lambda answers, _: answers.lists(
        "batch", "DescribeJobDefinitions", "jobDefinitions", newest
    )))  # fmt: skip
    deployment, described = told.read(stubbed, before, monkeypatch)
    assert described.missing == []
    by_aws = prove(deployment, before.boundary)
    found = {("CN-145", newest["jobDefinitionArn"]), ("CN-146", newest["jobDefinitionArn"])}
    assert by_aws.verdict == "open" and said(by_aws) == found


@pytest.mark.parametrize("type_", studios_of_aws.TYPES)
def test_what_somebody_has_put_into_the_vpc_beside_a_studio_is_found(stubbed, monkeypatch, type_):
    """One of his own, that the stack knows nothing of, with the internet before it or an image from
    outside."""
    door = {
        studios_of_aws.NOTEBOOK: ("directInternetAccess", "Enabled"),
        studios_of_aws.DOMAIN: ("appNetworkAccessType", "PublicInternetOnly"),
        studios_of_aws.MODEL: ("primaryContainer.image", "docker.io/x:7"),
    }
    (opened,) = made_with(of_studios.studios, type_, *door[type_])(stack("dev", True))
    deployment, described = TOLD.read(stubbed, as_made(opened), monkeypatch, beside=type_)
    assert described.missing == []
    by_aws = prove(deployment, opened.boundary)
    assert by_aws.verdict == "open"
    assert {rule for rule, _ in said(by_aws)} & {"CN-259", "CN-145"}


def test_more_queues_than_an_answer_holds_are_read(stubbed, monkeypatch):
    """SQS tells that there are more to those alone who have said how many they take."""
    urls = [f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q{number}" for number in range(1500)]

    def answer(operation, asked):
        begin, most = int(asked.get("NextToken", 0)), asked.get("MaxResults")
        end = begin + (most or 1000)
        more = {"NextToken": str(end)} if most and end < len(urls) else {}
        return {"QueueUrls": urls[begin:end], **more}

    monkeypatch.setattr(stubbed.client("sqs", REGION), "_make_api_call", answer)
    found = Reading(stubbed, REGION, HERE).run([messages.QUEUES], Scope())
    assert [thing.item["url"] for thing in found[messages.QUEUES]] == urls


def test_a_policy_that_is_recorded_as_a_whole_is_told_once(stubbed, monkeypatch):
    """Its statements could be permissions as well."""
    before = stack("dev", True)
    said_once = {"Sid": "own", "Effect": "Allow", "Principal": {"AWS": FOREIGN}, "Resource": "*"}
    policy = json.dumps({"Statement": [{**said_once, "Action": "lambda:InvokeFunction"}]})
    kind = functions_of_aws.POLICY_OF_FUNCTION
    opened = as_made(before.having(before.makes(kind, "door", {"policy": policy})))
    deployment, _ = TOLD.read(stubbed, opened, monkeypatch)
    assert list(deployment.of_type(kind)) and not list(
        deployment.of_type(functions_of_aws.PERMISSION)
    )
    deployment, _ = TOLD.read(stubbed, opened, monkeypatch, beside=kind)
    assert list(deployment.of_type(functions_of_aws.PERMISSION))
    assert not list(deployment.of_type(kind))


def test_variables_that_aws_may_not_decrypt_are_unknown():
    (function,) = (kind for kind in functions.KINDS if kind.token == functions_of_aws.FUNCTION)
    error = {"Error": {"ErrorCode": "AccessDeniedException", "Message": "no"}}
    answer = {"Environment": error, "ImageConfigResponse": error}
    assert at(function.inputs["environment"], answer) == {"variables": UNKNOWN_TEXT}
    assert at(function.inputs["imageConfig"], answer) == UNKNOWN_TEXT
    assert at(function.inputs["environment"], {}) is at(function.inputs["imageConfig"], {}) is None


def test_a_gateway_of_aws_to_a_cluster_is_a_public_address():
    (cluster,) = (kind for kind in databases.KINDS if kind.token == data_services.CLUSTER)
    public = cluster.inputs["publiclyAccessible"]
    assert at(public, {"InternetAccessGatewayEnabled": True}) is True
    assert at(public, {"PubliclyAccessible": False, "InternetAccessGatewayEnabled": False}) is False


def test_groups_of_a_file_system_are_those_of_its_interfaces_and_else_unknown():
    """Without groups it would count as one of the default group."""
    systems = {kind.token: kind for kind in file_systems.KINDS if "securityGroupIds" in kind.inputs}
    assert len(systems) == 4
    card = {"Groups": [{"GroupId": "sg-1"}, {"GroupId": "sg-2"}]}
    for kind in systems.values():
        groups = kind.inputs["securityGroupIds"]
        assert at(groups, {"_interfaces": [card]}) == ["sg-1", "sg-2"]
        assert at(groups, {"_interfaces": []}) == at(groups, {}) == UNKNOWN_TEXT


def test_a_stream_that_sends_to_what_nobody_knows_yet_is_unknown():
    """And one that sends outside is no bucket for having one beside."""
    (stream,) = (kind for kind in streams.KINDS if kind.token == of_streams.STREAM)
    to, bucket = (
        stream.inputs["destination"],
        {"ExtendedS3DestinationDescription": {"RoleARN": "x"}},
    )
    assert at(to, {"Destinations": [bucket]}) == "extended_s3"
    assert at(to, {"Destinations": [{"NewestDestinationDescription": {}}]}) == UNKNOWN_TEXT
    outside = {"SplunkDestinationDescription": {"HECEndpoint": "https://x"}}
    assert at(to, {"Destinations": [{**bucket, **outside}]}) == "splunk"
