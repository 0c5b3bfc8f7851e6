"""aws-auth, applied by `up` from inside: the real engine, and an API server over TLS that stands
behind the cluster's endpoint. The kubeconfig is the stack's own, with its exec plugin.

What is said of a server out of reach, and of somebody else's entries, is the local provider's
wording; tests/automation/test_up.py has the real one's.
"""

import contextlib
from pathlib import Path

import pytest
import yaml

from automation import AutomationError
from tests.engine.inside import ACCOUNT, ANNA, AppliedStack, world_inside
from tests.engine.world import World
from tests.local.kubernetes.server import TOKEN, Server, api_server

AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
THEIRS = {"mapRoles": "- rolearn: arn:aws:iam::123456789012:role/theirs\n"}


def said(error: AutomationError) -> str:
    """As one line: the engine breaks what providers say."""
    return " ".join(str(error).split())


class Site(AppliedStack):
    """With its API server, which may be away."""

    def __init__(self, world: World, folder: Path, server: Server) -> None:
        super().__init__(world, folder)
        self.server, self._folder = server, folder

    def reachable(self) -> contextlib.AbstractContextManager[Server]:
        return api_server(self._folder, {TOKEN}, self.server)

    @property
    def aws_auth(self) -> dict[str, str] | None:
        kept = self.server.api.objects.get(AWS_AUTH)
        return None if kept is None else kept.object["data"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inside")
    with api_server(folder, {TOKEN}) as server:
        pass  # from here on its address is known, and nobody is there
    ca_pem = server.ca.certificate_pem
    with world_inside(folder, url=server.url, ca_pem=ca_pem, token=TOKEN) as world:
        yield Site(world, folder, server)


def test_from_outside_up_ends_with_what_to_do(site):
    with pytest.raises(AutomationError) as raised:
        site.stack.up()
    error = raised.value
    assert error.message == "up failed on aws-auth"
    assert f"the API server {site.server.url} cannot be reached: Connection refused" in said(error)
    assert "set access.applyConfigMap: false" in error.advice
    assert site.stack.state().of_type("aws:eks/cluster:Cluster"), "what was made is recorded"


def test_from_outside_it_is_handed_over_where_it_is_not_to_be_applied(site):
    site.ask({"applyConfigMap": False})
    done = site.stack.up()
    assert site.aws_auth is None
    assert yaml.safe_load(done.outputs["awsAuthConfigMap"].value)["data"]["mapRoles"]
    site.ask({"applyConfigMap": True})


def test_an_aws_auth_of_somebody_else_is_left_as_it_is(site):
    theirs = {"metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": dict(THEIRS)}
    with site.reachable() as server:
        server.api.put(AWS_AUTH, theirs, manager="vpcLambda")
        with pytest.raises(AutomationError) as raised:
            site.stack.up()
        assert "exists already" in said(raised.value)
        assert "access.principals, delete it, and run heiiki up again" in raised.value.advice
        assert site.aws_auth == THEIRS
        del server.api.objects[AWS_AUTH]


def test_from_inside_a_later_up_applies_exactly_what_is_handed_over(site):
    with site.reachable():
        done = site.stack.up()
        seen = site.stack.live(site.stack.state())
    kinds = {"you", "cluster", "support", "add-on", "pool", "endpoint", "API"}
    assert {s.kind for s in seen} == kinds
    assert [s for s in seen if not s.well] == [] and "and it answers here" in seen[-1].said
    assert [(c.operation, c.name) for c in done.changes] == [("create", "aws-auth")]
    handed = yaml.safe_load(done.outputs["awsAuthConfigMap"].value)
    assert site.aws_auth == handed["data"] and set(site.aws_auth) == {"mapRoles"}
    assert yaml.safe_load(site.aws_auth["mapRoles"]) == [
        {
            "rolearn": f"arn:aws:iam::{ACCOUNT}:role/dev-ap-northeast-1-node-workers",
            "username": "system:node:{{EC2PrivateDNSName}}",
            "groups": ["system:bootstrappers", "system:nodes"],
        },
        {
            "rolearn": f"arn:aws:iam::{ACCOUNT}:role/dev-ap-northeast-1-administrator",
            "username": "administrator:dev",
            "groups": ["system:masters"],
        },
    ]
    assert site.stack.preview().changes == (), "and without a change nobody need be inside"


def test_another_person_changes_it_in_place(site):
    person = {"principalArn": ANNA, "username": "anna", "groups": ["auditors"]}
    with site.reachable() as server:
        server.api.asked.clear()
        site.ask({"principals": {"anna": person}})
        changed = site.stack.up()
        assert "DELETE" not in server.api.methods()
    assert ("update", "aws-auth") in [(c.operation, c.name) for c in changed.changes]
    assert yaml.safe_load(site.aws_auth["mapUsers"]) == [
        {"userarn": ANNA, "username": "anna", "groups": ["auditors"]}
    ]


def test_entries_that_somebody_else_has_written_since_are_not_overwritten(site):
    kept = site.server.api.objects[AWS_AUTH]
    ours, owners = dict(kept.object["data"]), dict(kept.owners)
    kept.object["data"]["mapRoles"] = THEIRS["mapRoles"]
    kept.owners["data.mapRoles"] = "kubectl-edit"
    with site.reachable():
        site.ask({"principals": {"anna": {"principalArn": ANNA, "groups": ["readers"]}}})
        with pytest.raises(AutomationError) as raised:
            site.stack.up()
    assert 'conflict with "kubectl-edit"' in said(raised.value)
    assert "heiiki does not overwrite them" in raised.value.advice
    assert site.aws_auth["mapRoles"] == THEIRS["mapRoles"]
    kept.object["data"], kept.owners = ours, owners  # as its advice says


def test_what_is_no_longer_asked_for_is_taken_away_and_nothing_else(site):
    other = "/api/v1/namespaces/kube-system/configmaps/other"
    with site.reachable() as server:
        server.api.put(other, {"metadata": {"name": "other", "namespace": "kube-system"}})
        site.ask({"applyConfigMap": False})
        site.stack.up()
        assert site.aws_auth is None and other in server.api.objects
        site.ask({"applyConfigMap": True})
        site.stack.up()
    assert yaml.safe_load(site.aws_auth["mapUsers"])[0]["groups"] == ["readers"]


def test_the_cluster_is_destroyed_from_outside_and_takes_it_along(site):
    asked = len(site.server.api.asked)
    site.stack.destroy(disable_protection=True)
    assert site.stack.state().managed == []
    assert len(site.server.api.asked) == asked
