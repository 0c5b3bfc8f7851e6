"""Whose account it is: looked at before anything is changed there."""

from automation.aws_calls import Account, asking
from automation.errors import RefusedError


def caller_of(account: Account, region: str) -> tuple[str, str]:
    """Account id and ARN of whom the credentials stand for."""
    with asking("sts:GetCallerIdentity"):
        found = account.client("sts", region).get_caller_identity()
    return found["Account"], found["Arn"]


def require_account(account: Account, region: str, expected: str, *, lock_name: str) -> None:
    """Raise RefusedError unless the credentials lead to the account of the lock file."""
    found, arn = caller_of(account, region)
    if found != expected:
        raise RefusedError(
            f"the credentials are for account {found}, and the stack belongs to {expected}",
            details=[f"you are {arn}", f"{lock_name} was written for {expected}"],
            advice="Nothing was changed. Sign in to that account (AWS_PROFILE, aws sso login). If "
            "the cluster is to be in the other one, write a stack file of its own and run heiiki "
            "lock there.",
        )
