"""Nothing is changed in an account that the stack does not belong to, nor by a stranger."""

import json

import pytest

from automation import CredentialsError, RefusedError, Stack
from automation.identity import caller_of
from tests.automation.conftest import REGION
from tests.automation.events import PASSED, summary

GOOD = {"events": PASSED}
OURS, OTHER = "123456789012", "999999999999"


@pytest.fixture
def signed_in(project, engine, monkeypatch):
    """A stack on a real account, as far as it can tell; whose it is, is given."""
    monkeypatch.setattr("automation.load_balancers.require_none", lambda *_: None)

    def make(account: str, arn: str = "") -> Stack:
        arn = arn or f"arn:aws:sts::{account}:assumed-role/admin/ann"
        monkeypatch.setattr("automation.identity.caller_of", lambda *_: (account, arn))
        return Stack(
            "dev", project=project, environment={**engine.environment, "AWS_ENDPOINT_URL": ""}
        )

    resource = {"urn": "urn:pulumi:dev::heiiki::aws:ec2/vpc:Vpc::cluster", "id": "vpc-1",
                "type": "aws:ec2/vpc:Vpc"}  # fmt: skip
    exported = {"stdout": json.dumps({"deployment": {"resources": [resource]}})}
    engine.says(preview=GOOD, up=GOOD, destroy={"events": [summary(delete=1)]},
                stack_export=exported)  # fmt: skip
    return make


@pytest.mark.parametrize("operation", ["up", "destroy"])
def test_another_account_is_refused_before_anything_is_done(engine, signed_in, operation):
    with pytest.raises(RefusedError) as raised:
        getattr(signed_in(OTHER), operation)()
    assert str(raised.value).splitlines()[:3] == [
        f"the credentials are for account {OTHER}, and the stack belongs to {OURS}",
        f"  you are arn:aws:sts::{OTHER}:assumed-role/admin/ann",
        f"  heiiki.dev.lock.yaml was written for {OURS}",
    ]
    done = engine.file.with_suffix(f".{operation}")
    assert not done.exists()
    getattr(signed_in(OURS), operation)()
    assert done.exists()


RESOURCE = {"urn": "urn:pulumi:dev::heiiki::aws:ec2/vpc:Vpc::cluster", "type": "aws:ec2/vpc:Vpc"}
CUT_OFF = {"deployment": {"pending_operations": [{"type": "creating", "resource": RESOURCE}]}}


@pytest.mark.parametrize("operation", ["refresh", "destroy"])
def test_no_record_is_settled_or_refreshed_with_another_account(engine, signed_in, operation):
    """Nothing of ours is found there, and the record would say that it was never made."""
    stack = signed_in(OTHER)
    engine.says(stack_export={"stdout": json.dumps(CUT_OFF)}, refresh=GOOD)
    with pytest.raises(RefusedError, match=f"are for account {OTHER}"):
        getattr(stack, operation)()
    done = engine.file.with_suffix(".calls")
    assert not done.exists() or not (engine.calls("stack import") or engine.calls(operation))


def test_what_was_cut_off_meanwhile_is_not_settled_either(engine, signed_in, monkeypatch):
    stack = signed_in(OTHER)
    engine.says(
        stack_export=[{"stdout": json.dumps(r)} for r in ({"deployment": {}}, CUT_OFF)],
        destroy={"events": [summary(delete=0)]},
    )
    with pytest.raises(RefusedError, match=f"are for account {OTHER}"):
        stack.destroy()
    assert not engine.calls("stack import") and not engine.calls("destroy")


DEPLOYER = f"arn:aws:iam::{OURS}:role/teams/network/deploy"
SESSION = f"arn:aws:sts::{OURS}:assumed-role/deploy/ann"
STRANGERS = (
    f"arn:aws:sts::{OURS}:assumed-role/admin/deploy",
    f"arn:aws:sts::{OURS}:assumed-role/redeploy/ann",
    f"arn:aws:sts::{OURS}:federated-user/deploy",
    f"arn:aws:iam::{OURS}:user/deploy",
    f"arn:aws:iam::{OURS}:root",
)


def name_deployer(project, arn: str, more: str = "") -> None:
    file = project / "Pulumi.dev.yaml"
    file.write_text(f"{file.read_text()}  heiiki:access:\n    deployerArn: {arn}\n{more}")


@pytest.mark.parametrize("operation", ["up", "destroy"])
@pytest.mark.parametrize("arn", STRANGERS)
def test_nobody_but_the_deployer_changes_anything(engine, signed_in, project, operation, arn):
    name_deployer(project, DEPLOYER)
    with pytest.raises(RefusedError) as raised:
        getattr(signed_in(OURS, arn), operation)()
    assert str(raised.value).splitlines() == [
        "the credentials are not those of the deployer that the stack file names",
        f"  you are {arn}",
        f"  access.deployerArn is {DEPLOYER}",
        "Nothing was changed. Sign in as it (AWS_PROFILE, aws sts assume-role). If another one "
        "is to run up from now on, write it into access.deployerArn first: nothing in the cluster "
        "changes with it.",
    ]
    done = engine.file.with_suffix(f".{operation}")
    assert not done.exists()
    getattr(signed_in(OURS, SESSION), operation)()
    assert done.exists()


@pytest.mark.parametrize("named", [None, f"arn:aws:iam::{OURS}:user/ci/deploy"])
def test_a_user_may_be_named_and_nobody_need_be(engine, signed_in, project, named):
    if named:
        name_deployer(project, named)
    assert signed_in(OURS, named or STRANGERS[0]).up().verdict.passed


def test_a_preview_by_somebody_else_says_that_up_would_refuse(signed_in, project):
    name_deployer(project, DEPLOYER)
    (refusal,) = signed_in(OURS, STRANGERS[0]).preview().refusals
    assert refusal.details == (f"you are {STRANGERS[0]}", f"access.deployerArn is {DEPLOYER}")
    assert signed_in(OURS, SESSION).preview().refusals == ()


def test_a_preview_without_credentials_is_no_failure_of_who_asks(signed_in, project, monkeypatch):
    name_deployer(project, DEPLOYER)
    stack = signed_in(OURS)

    def fails(*_):
        raise CredentialsError("there are no AWS credentials")

    monkeypatch.setattr("automation.identity.caller_of", fails)
    assert stack.preview().refusals == ()


def test_a_preview_asks_nobody_where_no_deployer_is_named(signed_in, monkeypatch):
    stack = signed_in(OURS)
    monkeypatch.setattr("automation.identity.caller_of", lambda *_: pytest.fail("asked"))
    assert stack.preview().verdict.passed


def test_faults_of_the_stack_file_hinder_no_destroy(engine, signed_in, project):
    name_deployer(project, DEPLOYER, more="    nonsense: 1\n")
    signed_in(OURS, STRANGERS[0]).destroy()
    assert engine.calls("destroy")


def test_who_one_is_comes_from_sts(account):
    found, arn = caller_of(account, REGION)
    assert found == OURS and arn.startswith("arn:aws:")
