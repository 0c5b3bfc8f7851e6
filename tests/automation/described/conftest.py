"""What tests of the reader share."""

import pytest

from automation.aws_calls import Account, account_of


@pytest.fixture(scope="module")
def stubbed() -> Account:
    """An account that answers what a test has told it, and is nowhere else."""
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    return account_of({**keys, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
