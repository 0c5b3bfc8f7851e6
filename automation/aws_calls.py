"""Calls to AWS by boto3, with failures said to the operator."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
import botocore.exceptions
from botocore.config import Config

from automation.errors import AutomationError, CredentialsError

if TYPE_CHECKING:
    from boto3.session import Session

SETTINGS = Config(
    connect_timeout=10,
    read_timeout=30,
    retries={"mode": "standard", "max_attempts": 5},
    user_agent_extra="heiiki",
)
_NO_CREDENTIALS = (
    botocore.exceptions.NoCredentialsError,
    botocore.exceptions.PartialCredentialsError,
    botocore.exceptions.CredentialRetrievalError,
    botocore.exceptions.ProfileNotFound,
    botocore.exceptions.TokenRetrievalError,
    botocore.exceptions.SSOError,
)
_REJECTED = (
    "ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId",
    "UnrecognizedClientException", "AuthFailure", "SignatureDoesNotMatch", "InvalidAccessKeyId",
)  # fmt: skip
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
_HOW_TO_SIGN_IN = (
    "Sign in as usual (AWS_PROFILE, aws sso login, or keys in the environment), or work without an "
    "account: python -m local exec -- heiiki …"
)


def new_session() -> "Session":
    """A boto3 session with the credentials that AWS's own tools would use."""
    with asking("credentials"):
        return boto3.Session()


@contextmanager
def asking(action: str) -> Iterator[None]:
    """Turn boto3's exceptions into sentences. action: the IAM action, "ec2:DescribeVpcs"."""
    try:
        yield
    except _NO_CREDENTIALS as error:
        raise CredentialsError(f"there are no AWS credentials: {error}", advice=_HOW_TO_SIGN_IN)\
            from None  # fmt: skip
    except botocore.exceptions.ClientError as error:
        raise _refused(action, error) from None
    except botocore.exceptions.BotoCoreError as error:
        raise AutomationError(
            f"AWS did not answer {action}: {error}",
            advice="Check the region's name and the way to AWS (proxy, VPN, AWS_ENDPOINT_URL), "
            "then run the command again.",
        ) from None


def _refused(action: str, error: botocore.exceptions.ClientError) -> AutomationError:
    code = error.response.get("Error", {}).get("Code", "")
    said = error.response.get("Error", {}).get("Message", "")
    if code in _REJECTED:
        return CredentialsError(f"AWS rejects the credentials ({code})", advice=_HOW_TO_SIGN_IN)
    if code in _DENIED:
        return CredentialsError(
            f"AWS does not allow {action} ({code})",
            advice=f"Give your role or user the permission {action}, or take another profile.",
        )
    return AutomationError(
        f"AWS refused {action}: {code}: {said}", advice="Run the command again when it is mended."
    )
