"""AWS's own variables and files, whatever they say: a sentence, no traceback and no secret."""

import pytest
from botocore.config import Config

from automation.aws_calls import account_of
from automation.errors import AutomationError, CredentialsError

NOWHERE = "http://127.0.0.1:1"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIA" + "X" * 16, "AWS_SECRET_ACCESS_KEY": "hunter2-secret"}
OWN_SETTINGS = "the settings for AWS cannot be used: "
NO_CREDENTIALS = "there are no AWS credentials: "


@pytest.fixture(autouse=True)
def nothing_else(monkeypatch, tmp_path):
    """No settings of whoever runs the tests, and no question to a metadata service."""
    for variable in ("AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    once = Config(retries={"total_max_attempts": 1})  # nobody answers the second time either
    monkeypatch.setattr("automation.aws_calls.SETTINGS", once)


def asked(environment, monkeypatch):
    """What is said of a question with these variables."""
    for variable, value in environment.items():  # botocore reads the rest of them by itself
        monkeypatch.setenv(variable, value)
    with pytest.raises(AutomationError) as caught:
        account_of(environment).paged("ec2", "eu-west-1", "describe_vpcs", "Vpcs")
    assert caught.value.advice
    return caught.value


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"AWS_PROFILE": "nobodys"}, f"{NO_CREDENTIALS}The config profile (nobodys) could not be"),
        ({"AWS_PROFILE": "p", "AWS_CONFIG_FILE": "broken"}, f"{OWN_SETTINGS}Unable to parse"),
        ({"AWS_SHARED_CREDENTIALS_FILE": "broken"}, f"{OWN_SETTINGS}Unable to parse"),
        ({**KEYS, "AWS_ENDPOINT_URL": "nonsense"}, f"{OWN_SETTINGS}Invalid endpoint: nonsense"),
        ({"AWS_ACCESS_KEY_ID": "AKIA"},
         "AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not"),
        ({"AWS_SECRET_ACCESS_KEY": "x"},
         "AWS_SECRET_ACCESS_KEY is set, and AWS_ACCESS_KEY_ID is not"),
        ({"AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent/token",
          "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/x"}, f"{NO_CREDENTIALS}[Errno 2]"),
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://evil.example/"},
         f"{OWN_SETTINGS}Unsupported host 'evil.example'"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_used_are_told(environment, told, monkeypatch, tmp_path):
    (tmp_path / "broken").write_text("[profile p\nx")
    environment = {
        key: str(tmp_path / value) if value == "broken" else value
        for key, value in environment.items()
    }
    found = asked(environment, monkeypatch)
    assert isinstance(found, CredentialsError) and found.message.startswith(told)


@pytest.mark.parametrize(
    ("environment", "secret"),
    [
        ({**KEYS, "AWS_ENDPOINT_URL": NOWHERE, "AWS_SESSION_TOKEN": "hunter2\ntoken"}, "hunter2"),
        ({**KEYS, "AWS_ENDPOINT_URL": "http://me:hunter2@127.0.0.1:1"}, "hunter2"),
    ],
)
def test_what_nobody_may_read_is_in_no_message(environment, secret, monkeypatch):
    found = asked(environment, monkeypatch)
    assert found.message.startswith("AWS did not answer ec2:DescribeVpcs: ")
    assert secret not in str(found) and secret not in repr(found.as_json())
