"""aws-auth on a real kube-apiserver: created, changed in place, taken away, never overwritten."""

import json

import pytest
import yaml

from automation import AutomationError
from tests.engine.inside import ACCOUNT, ANNA, AppliedStack, world_inside
from tests.tools.kubernetes import api_server

CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps"
AWS_AUTH = f"{CONFIG_MAPS}/aws-auth"
NODES = f"arn:aws:iam::{ACCOUNT}:role/dev-ap-northeast-1-node-workers"


class Site(AppliedStack):
    """With what its API server says."""

    def __init__(self, world, folder, server):
        super().__init__(world, folder)
        self.server = server

    @property
    def aws_auth(self):
        return self.kept("aws-auth")

    def kept(self, name):
        """The ConfigMap as the server keeps it; None where there is none."""
        listed = json.loads(self.server.ask("GET", CONFIG_MAPS))["items"]
        return next((item for item in listed if item["metadata"]["name"] == name), None)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inside")
    with api_server(folder / "server") as server:
        ca_pem = server.ca.certificate_pem
        with world_inside(folder, url=server.url, ca_pem=ca_pem, token=server.token) as world:
            yield Site(world, folder, server)


def test_an_aws_auth_of_somebody_else_is_left_as_it_is(site):
    theirs = {"mapRoles": f"- rolearn: arn:aws:iam::{ACCOUNT}:role/theirs\n"}
    named = {"name": "aws-auth", "namespace": "kube-system"}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": named, "data": theirs}
    site.server.ask("POST", f"{CONFIG_MAPS}?fieldManager=vpcLambda", body)
    with pytest.raises(AutomationError) as raised:
        site.stack.up()
    assert "exists already" in " ".join(str(raised.value).split())
    assert "access.principals, delete it, and run heiiki up again" in raised.value.advice
    assert site.aws_auth["data"] == theirs
    site.server.ask("DELETE", AWS_AUTH)


def test_up_from_inside_applies_exactly_what_is_handed_over(site):
    done = site.stack.up()
    assert ("create", "aws-auth") in [(c.operation, c.name) for c in done.changes]
    handed = yaml.safe_load(done.outputs["awsAuthConfigMap"].value)
    assert site.aws_auth["data"] == handed["data"]
    assert yaml.safe_load(handed["data"]["mapRoles"])[0]["rolearn"] == NODES
    assert site.stack.preview().changes == ()


def test_another_person_changes_it_in_place(site):
    before = site.aws_auth["metadata"]
    site.ask({"principals": {"anna": {"principalArn": ANNA, "groups": ["auditors"]}}})
    changed = site.stack.up()
    assert ("update", "aws-auth") in [(c.operation, c.name) for c in changed.changes]
    after = site.aws_auth
    assert after["metadata"]["uid"] == before["uid"]
    assert after["metadata"]["resourceVersion"] != before["resourceVersion"]
    assert yaml.safe_load(after["data"]["mapUsers"])[0]["groups"] == ["auditors"]


def test_entries_that_somebody_else_has_written_since_are_not_overwritten(site):
    theirs = {"data": {"mapRoles": "- rolearn: arn:aws:iam::123456789012:role/theirs\n"}}
    changed = f"{AWS_AUTH}?fieldManager=kubectl-edit"
    site.server.ask("PATCH", changed, theirs, "application/merge-patch+json")
    site.ask({"principals": {"anna": {"principalArn": ANNA, "groups": ["readers"]}}})
    with pytest.raises(AutomationError) as raised:
        site.stack.up()
    # The person's entries are still ours to write; those of the roles are no longer.
    assert "heiiki does not overwrite them" in raised.value.advice
    assert 'conflict with "kubectl-edit"' in " ".join(str(raised.value).split())
    assert site.aws_auth["data"]["mapRoles"] == theirs["data"]["mapRoles"]


def test_what_is_no_longer_asked_for_is_taken_away_and_nothing_else(site):
    named = {"name": "other", "namespace": "kube-system"}
    other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": named}
    site.server.ask("POST", f"{CONFIG_MAPS}?fieldManager=kubectl-create", other)
    site.ask({"applyConfigMap": False})
    site.stack.up()
    assert site.aws_auth is None and site.kept("other") is not None
