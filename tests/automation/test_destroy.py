"""Deletion protection comes off by an `up` of its own, and only when it was asked for."""

import json

import pytest
import yaml

from automation import RefusedError, Stack
from automation.protection import protection_of, without_protection
from automation.state import State
from tests.automation.conftest import REGION
from tests.automation.events import PASSED, summary

CLUSTER = "aws:eks/cluster:Cluster"
FIREWALL = "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
GOOD = {"events": PASSED}


ARN = f"arn:aws:eks:{REGION}:123456789012:cluster/dev"


def exported(*, protected: bool) -> dict[str, str]:
    def resource(type_token: str, name: str, /, **outputs: object) -> dict[str, object]:
        urn = f"urn:pulumi:dev::heiiki::{type_token}::{name}"
        return {"urn": urn, "type": type_token, "id": name, "outputs": outputs}

    resources = [
        resource(CLUSTER, "control-plane", deletionProtection=protected, name="dev", arn=ARN),
        resource(FIREWALL, "dns", mutationProtection="ENABLED" if protected else "DISABLED"),
    ]
    return {"stdout": json.dumps({"deployment": {"resources": resources}})}


@pytest.fixture
def protected(engine, project, aws_environment):
    """A stack on the fake engine, with the embedded AWS behind it."""
    engine.says(stack_export=exported(protected=True), preview=GOOD, up=GOOD,
                destroy={"events": [summary(delete=2)]})  # fmt: skip
    return Stack("dev", project=project, environment={**engine.environment, **aws_environment})


def test_a_protected_stack_is_not_destroyed(engine, protected):
    with pytest.raises(RefusedError) as raised:
        protected.destroy()
    assert raised.value.details == (f"control-plane ({CLUSTER})", f"dns ({FIREWALL})")
    assert "--disable-protection" in raised.value.advice
    assert not engine.calls("up") and not engine.calls("destroy")


def test_protection_comes_off_by_an_up_and_then_it_is_destroyed(engine, protected, project):
    before = (project / "Pulumi.dev.yaml").read_text()
    result = protected.destroy(disable_protection=True)
    assert result.counts == {"delete": 2}
    assert len(engine.calls("up")) == len(engine.calls("destroy")) == 1
    assert (project / "Pulumi.dev.yaml").read_text() == before
    assert not (project / "heiiki.dev.policy.json").exists()


def test_the_up_before_it_has_its_own_settings(engine, protected, project):
    seen = {}

    def read(event: object) -> None:
        folder = engine.file.parent / "home" / "stacks" / "dev"
        if getattr(event, "operation", "") == "up":
            seen["config"] = yaml.safe_load((folder / "Pulumi.dev.yaml").read_text())["config"]
            seen["policy"] = json.loads((folder / "heiiki.dev.policy.json").read_text())

    environment = protected._run.environment
    Stack("dev", project=project, environment=environment, on_event=read).destroy(
        disable_protection=True
    )
    assert seen["config"]["heiiki:controlPlane"] == {"deletionProtection": False}
    exceptions = seen["policy"]["boundary"]["exceptions"]
    assert {(e["name"], e["type"]) for e in exceptions} == {
        ("control-plane", CLUSTER), ("dns", FIREWALL),
    }  # fmt: skip
    assert all(e["owner"] and e["reason"] and e["expires"] for e in exceptions)


def test_no_is_an_answer(engine, protected):
    with pytest.raises(RefusedError, match="as you wished"):
        protected.destroy(disable_protection=True, approve=lambda count: count != 2)
    assert not engine.calls("up") and not engine.calls("destroy")


def test_what_is_unprotected_is_destroyed_at_once(engine, protected):
    engine.says(stack_export=exported(protected=False), destroy={"events": [summary(delete=2)]})
    protected.destroy()
    assert not engine.calls("up")


def test_load_balancers_of_services_hold_it_up_unless_forced(engine, protected, account):
    ec2 = account.client("ec2", REGION)
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    account.client("elbv2", REGION).create_load_balancer(
        Name="of-a-service", Subnets=[subnet], Type="network", Scheme="internal",
        Tags=[{"Key": "elbv2.k8s.aws/cluster", "Value": "dev"}],
    )  # fmt: skip
    engine.says(stack_export=exported(protected=False), destroy={"events": [summary(delete=2)]})
    with pytest.raises(RefusedError) as raised:
        protected.destroy()
    assert raised.value.details == ("of-a-service",)
    assert not engine.calls("destroy")
    protected.destroy(force=True)
    assert len(engine.calls("destroy")) == 1


def test_a_faulty_stack_file_does_not_keep_from_destroying(engine, protected, project):
    (project / "Pulumi.dev.yaml").write_text("config: {heiiki:name: 7}")
    engine.says(stack_export=exported(protected=False), destroy={"events": [summary(delete=2)]})
    protected.destroy()
    assert len(engine.calls("destroy")) == 1


def test_own_settings_of_the_control_plane_and_own_exceptions_are_kept():
    state = State.parse(exported(protected=True)["stdout"])
    edits = without_protection(protection_of(state))
    document = {"config": {"heiiki:controlPlane": {"kind": "eks", "version": "1.35"}}}
    edits.config(document)
    assert document["config"]["heiiki:controlPlane"] == {
        "kind": "eks", "version": "1.35", "deletionProtection": False,
    }  # fmt: skip
    settings = {"boundary": {"regions": ["eu-west-1"], "exceptions": [{"rule": "mine"}]}}
    edits.policy(settings)
    assert settings["boundary"]["regions"] == ["eu-west-1"]
    assert settings["boundary"]["exceptions"][0] == {"rule": "mine"}
