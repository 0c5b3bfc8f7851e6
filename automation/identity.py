"""Whose account it is: looked at before anything is changed there."""

import re
from dataclasses import dataclass

from automation.aws_calls import Account, asking
from automation.errors import RefusedError

_SESSION = re.compile(
    r"arn:(?P<partition>[a-z-]+):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/.+"
)


def caller_of(account: Account, region: str) -> tuple[str, str]:
    """Account id and ARN of whom the credentials stand for."""
    with asking("sts:GetCallerIdentity"):
        found = account.client("sts", region).get_caller_identity()
    return found["Account"], found["Arn"]


@dataclass(frozen=True, slots=True)
class Expected:
    """Who may change the stack. None: that is not known, or nobody is named.

    account_id: the lock file's. deployer_arn: the stack file's, a role or a user.
    """

    region: str
    account_id: str | None
    deployer_arn: str | None
    lock_name: str


def identity_refusal(account: Account, expected: Expected) -> RefusedError | None:
    """Why whoever has the credentials may not change the stack."""
    found, arn = caller_of(account, expected.region)
    if expected.account_id not in (None, found):
        return _other_account(found, arn, expected)
    if expected.deployer_arn and principal_of(arn) != _without_path(expected.deployer_arn):
        return RefusedError(
            "the credentials are not those of the deployer that the stack file names",
            details=[f"you are {arn}", f"access.deployerArn is {expected.deployer_arn}"],
            advice="Nothing was changed. Sign in as it (AWS_PROFILE, aws sts assume-role). If "
            "another one is to run up from now on, write it into access.deployerArn first: "
            "nothing in the cluster changes with it.",
        )
    return None


def principal_of(caller_arn: str) -> str:
    """The role whose session it is, without its path, which a session does not show; else the
    ARN itself."""
    session = _SESSION.fullmatch(caller_arn)
    if session is None:
        return caller_arn
    return f"arn:{session['partition']}:iam::{session['account']}:role/{session['role']}"


def _without_path(arn: str) -> str:
    account, role, name = arn.partition(":role/")
    return f"{account}{role}{name.rsplit('/', 1)[-1]}"


def _other_account(found: str, arn: str, expected: Expected) -> RefusedError:
    return RefusedError(
        f"the credentials are for account {found}, and the stack belongs to {expected.account_id}",
        details=[f"you are {arn}", f"{expected.lock_name} was written for {expected.account_id}"],
        advice="Nothing was changed. Sign in to that account (AWS_PROFILE, aws sso login). If "
        "the cluster is to be in the other one, write a stack file of its own and run heiiki "
        "lock there.",
    )
