"""Nothing is changed in an account that the stack does not belong to."""

import json

import pytest

from automation import RefusedError, Stack
from automation.identity import caller_of
from tests.automation.conftest import REGION
from tests.automation.events import PASSED, summary

GOOD = {"events": PASSED}
OURS, OTHER = "123456789012", "999999999999"


@pytest.fixture
def signed_in(project, engine, monkeypatch):
    """A stack on a real account, as far as it can tell; whose it is, is given."""
    monkeypatch.setattr("automation.load_balancers.require_none", lambda *_: None)

    def make(account: str) -> Stack:
        arn = f"arn:aws:sts::{account}:assumed-role/admin/ann"
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


def test_who_one_is_comes_from_sts(account):
    found, arn = caller_of(account, REGION)
    assert found == OURS and arn.startswith("arn:aws:")
