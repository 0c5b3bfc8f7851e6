"""Two clusters behind one name: blue answers, a line is changed, and green answers.

Both are brought up by the engine from the stack files of docs/self-hosted/blue-green.md. What
answers are the real etcd, API server and IAM authenticator of each one's controller, with the
bundle and the keys that the engine has put into AWS for it. People ask by kubectl, with the
kubeconfig that they were given before, and find by the name what Route 53 and the load balancers of
the embedded AWS lead to.

The tests of this module follow each other.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from machines.authenticator import CONFIGURATION
from tests.control_plane.machine import ControlPlane
from tests.engine.aws_side import client
from tests.engine.trading.people import Names, People, outside, people, vpc_with_zone
from tests.engine.trading.served import API_PORT, served
from tests.engine.trading.stacks import (
    BLUE,
    DOMAIN,
    GREEN,
    PEOPLE,
    REGION,
    Stacks,
    config,
    own_name,
)
from tests.plan.pki.authority import authority

pytestmark = [pytest.mark.engine, pytest.mark.tools]
NOW = datetime.now(UTC).replace(microsecond=0)
ADMINISTRATORS = "heiiki:administrators"


@dataclass(frozen=True)
class Traded:
    """zone_id: of the name that people call. kubeconfig: that people were given by blue."""

    stacks: Stacks
    asked: dict
    zone_id: str
    outputs: dict
    planes: dict[str, ControlPlane]
    people: People
    names: Names

    @property
    def kubeconfig(self) -> str:
        return self.outputs[BLUE]["kubeconfig"]


@pytest.fixture(scope="module")
def traded(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("traded")
    vpc_id, zone_id = vpc_with_zone(world, DOMAIN)
    keys = {name: authority(f"{name} kubernetes", start=NOW - timedelta(days=1))
            for name in (BLUE, GREEN)}  # fmt: skip
    asked = {name: config(name, keys, vpc_id, zone_id) for name in keys}
    stacks, outputs = Stacks.begin(world, folder / "stacks"), {}
    for name in (BLUE, GREEN):
        stacks.make(name, asked[name], keys[name])
        assert "create lb/loadBalancer api-main" in stacks.up(name)
        outputs[name] = stacks.outputs(name)
    (folder / "people").mkdir()
    with people(world, folder / "people", vpc_id) as asking:
        sts = outside(asking.variables)
        with (
            served(world, BLUE, outputs[BLUE]["machinesBucket"], keys[BLUE], folder / BLUE, sts)
            as blue,
            served(world, GREEN, outputs[GREEN]["machinesBucket"], keys[GREEN], folder / GREEN, sts)
            as green,
        ):  # fmt: skip
            planes = {BLUE: blue, GREEN: green}
            asking.ports.update({n: plane.machine.port(API_PORT) for n, plane in planes.items()})
            yield Traded(stacks, asked, zone_id, outputs, planes, asking, Names(world, vpc_id))


def records(world, traded):
    """Of the name that people call."""
    route53 = client(world, "route53", REGION)
    rows = route53.list_resource_record_sets(HostedZoneId=traded.zone_id)["ResourceRecordSets"]
    return [row for row in rows if row["Name"].rstrip(".") == PEOPLE]


def test_blue_answers_people_at_their_name(traded):
    assert f"server: https://{PEOPLE}:6443" in traded.kubeconfig.replace('"', "")
    assert traded.people.answered_by(traded.kubeconfig) == BLUE
    asked = set(traded.people.way.asked)
    assert f"{PEOPLE}:6443" in asked and not any(own_name(BLUE) in one for one in asked)
    who = traded.people.kubectl(traded.kubeconfig, "auth", "whoami", "--output=yaml").stdout
    assert f"username: administrator:{BLUE}" in who and ADMINISTRATORS in who


def test_green_is_tried_by_its_own_name_before(traded):
    tried = traded.outputs[GREEN]["administratorKubeconfig"]
    assert own_name(GREEN) in tried and PEOPLE not in tried
    assert traded.people.answered_by(tried) == GREEN


def test_a_changed_line_leads_the_same_kubeconfig_to_green_and_blue_is_still_up(world, traded):
    (before,) = records(world, traded)
    people = traded.asked[BLUE]["controlPlane"]["endpoints"]["people"]
    people["loadBalancer"]["dnsName"] = own_name(GREEN)
    traded.stacks.ask(BLUE, traded.asked[BLUE])
    assert traded.stacks.up(BLUE) == ["update route53/record api-people"], "in one call, in place"
    (after,) = records(world, traded)
    assert after == {**before, "ResourceRecords": [{"Value": own_name(GREEN)}]}
    assert before["TTL"] == 60, "for which others remember the former one"

    assert traded.people.answered_by(traded.kubeconfig) == GREEN
    who = traded.people.kubectl(traded.kubeconfig, "auth", "whoami", "--output=yaml").stdout
    assert f"assumed-role/{BLUE}-{REGION}-administrator" in who and ADMINISTRATORS in who
    own = traded.outputs[BLUE]["administratorKubeconfig"]
    assert traded.people.answered_by(own) == BLUE
    assert traded.names.cluster_at(PEOPLE, API_PORT) == GREEN
    assert traded.names.cluster_at(own_name(BLUE), API_PORT) == BLUE


def test_it_is_the_kubeconfig_that_lets_people_follow(traded):
    """The name leads to green by now. That a token is for its cluster is held by STS, against the
    signature, which the embedded AWS does not check; so here it is the id on both sides."""
    elsewhere = traded.kubeconfig.replace(PEOPLE, f"other.{DOMAIN}")
    assert "no such name" in traded.people.answered_by(elsewhere)
    written = yaml.safe_load(traded.kubeconfig)["users"][0]["user"]["exec"]["args"]
    for plane in traded.planes.values():
        taken = plane.machine.path(CONFIGURATION).read_text(encoding="utf-8")
        assert written[written.index("--cluster-name") + 1] == yaml.safe_load(taken)["clusterID"]
    blue_alone = traded.outputs[BLUE]["administratorKubeconfig"].replace(own_name(BLUE), PEOPLE)
    assert "certificate signed by unknown authority" in traded.people.answered_by(blue_alone)


def test_neither_takes_the_other_s_clients_by_certificate(traded):
    """Whose authority each believes of servers alone."""
    for own, other in ((BLUE, GREEN), (GREEN, BLUE)):
        plane = traded.planes[own]
        assert plane.status("/api", plane.client("a", ADMINISTRATORS)) == 200
        assert plane.status("/api", traded.planes[other].client("a", ADMINISTRATORS)) == 401
