"""aws-auth, applied by `up` from inside: the real engine, and an API server over TLS that stands
behind the cluster's endpoint. The kubeconfig is the stack's own, with its exec plugin.

What is said of a server out of reach is the local provider's wording; tests/automation/test_up.py
has the real one's. What happens to it later stands in test_aws_auth_for_real.py.
"""

import contextlib
from pathlib import Path

import pytest
import yaml

from automation import AutomationError
from tests.engine.inside import ACCOUNT, AppliedStack, world_inside
from tests.engine.world import World
from tests.local.kubernetes.server import TOKEN, Server, api_server

AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"


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


def test_from_inside_a_later_up_applies_exactly_what_is_handed_over(site):
    with site.reachable():
        done = site.stack.up()
        seen = site.stack.live(site.stack.state())
    kinds = {"you", "cluster", "support", "add-on", "access", "pool", "endpoint", "API"}
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


def test_the_cluster_is_destroyed_from_outside_and_takes_it_along(site):
    asked = len(site.server.api.asked)
    site.stack.destroy(disable_protection=True)
    assert site.stack.state().managed == []
    assert len(site.server.api.asked) == asked
