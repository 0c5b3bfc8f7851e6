"""An example that lives no life on the engine: made by its program and the provider, and read.

Its program runs as in a test of components, but each resource of AWS is made in the embedded AWS,
and the program gets what that has become.
"""

import json
from collections.abc import Iterator

import pytest

from automation.aws_calls import Account
from automation.described.live import as_text, supplied_ids
from automation.described.reader import Reading
from automation.described.records import Records
from automation.described.resources import resources_of
from automation.described.tables import calls
from automation.state import Resource
from bench.supplied import TRANSIT_GATEWAY
from components.program import program
from local.aws.api import forget
from model.build import build_network
from model.deployment import Deployment, Node
from proof.prove import prove
from rules.boundary_reader import parse_boundary
from rules.model import Resource as Judged
from sources.recorded import read_recorded
from spec.lock import lock_file_name, parse_lock
from spec.stack_file import parse_stack_file
from tests.automation.described.made import Making, account_at
from tests.engine.proofs import allowed, comparable, listening, said
from tests.local.aws.engine_side import EngineSide, engine_side
from tests.mocks import Registration, build
from tests.policies.mutations.stacks import TODAY
from tests.scenarios import ALIKE, EXAMPLES

HERE = {"region": "ap-northeast-1", "account": "123456789012", "partition": "aws"}


@pytest.fixture(scope="module")
def side(endpoint_url) -> Iterator[EngineSide]:
    forget()
    with engine_side(endpoint_url) as made:
        made.configure(region=HERE["region"])
        yield made


@pytest.fixture(scope="module")
def account(endpoint_url) -> Account:
    return account_at(endpoint_url)


def recorded(found: Registration) -> Resource:
    sources = {name: sorted(urns) for name, urns in found.sources.items()}
    outputs = {**found.outputs, "id": found.id}
    return Resource(
        found.urn, found.type, found.name, found.id, found.inputs, outputs, sources, found.protect
    )


def node(resource: Resource) -> Node:
    """A recorded resource, as the proof of a record has it."""
    sources = {name: frozenset(urns) for name, urns in resource.sources.items()}
    judged = Judged(resource.type, resource.name, resource.urn, resource.inputs)
    return Node(judged, sources, lambda: resource.outputs, of_state=True)


@pytest.mark.parametrize("name", ALIKE)
def test_an_example_is_closed_by_its_record_and_by_what_aws_has(side, account, name):
    ec2 = account.client("ec2", HERE["region"])
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    stack_file, lock_file, policy = (
        (EXAMPLES / name / file).read_text(encoding="utf-8").replace(TRANSIT_GATEWAY, gateway)
        for file in (f"Pulumi.{name}.yaml", lock_file_name(name), f"heiiki.{name}.policy.json")
    )
    spec, lock = parse_stack_file(stack_file, where=name), parse_lock(lock_file, where=name)
    boundary = parse_boundary(json.loads(policy)["boundary"], TODAY)
    making, _ = build(lambda: program(spec, lock, where=name), recorder=Making(side))
    resources = [recorded(found) for found in making.registrations]

    records, asked = Records(resources), set[str]()
    listening(account, asked)
    scope = records.scope(supplied_ids(spec))
    read = resources_of(Reading(account, HERE["region"], HERE).run(calls(), scope), records)
    assert read.missing == [] and len(asked) > 60 and asked <= allowed()

    by_record = Deployment.of(map(node, resources))
    by_aws = read_recorded(json.loads(as_text(read.resources)))
    assert len(by_record.made) > 100 and by_aws.made.keys() >= by_record.made.keys()
    proofs = prove(by_record, boundary), prove(by_aws, boundary)
    assert said(proofs[0]) == said(proofs[1]) and not any(f.counts for f in proofs[0].findings)
    assert proofs[0].verdict == proofs[1].verdict == "closed"
    network, theirs = build_network(by_record), build_network(by_aws)
    assert network.subnets and network.interfaces and network.endpoints
    assert comparable(theirs, network) == comparable(network, network)
