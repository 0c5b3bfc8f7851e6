"""Calls to AWS by boto3, with failures said to the operator."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import botocore.exceptions
import botocore.session
from botocore.config import Config
from botocore.loaders import Loader, create_loader

from automation.errors import AutomationError, CredentialsError
from spec.errors import SpecError

if TYPE_CHECKING:
    from boto3.session import Session

SETTINGS = Config(
    connect_timeout=10,
    read_timeout=30,
    retries={"mode": "standard", "max_attempts": 5},
    user_agent_extra="heiiki",
)
_SETTING_OF = {
    "AWS_PROFILE": "profile",
    "AWS_CONFIG_FILE": "config_file",
    "AWS_SHARED_CREDENTIALS_FILE": "credentials_file",
}
_NO_CREDENTIALS = (
    botocore.exceptions.NoCredentialsError,
    botocore.exceptions.PartialCredentialsError,
    botocore.exceptions.CredentialRetrievalError,
    botocore.exceptions.ProfileNotFound,
    botocore.exceptions.TokenRetrievalError,
    botocore.exceptions.SSOError,
)
# Nobody answers, so there is no answer to judge.
UNREACHABLE = (botocore.exceptions.ConnectionError, botocore.exceptions.HTTPClientError)
_REJECTED = (
    "ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId",
    "UnrecognizedClientException", "AuthFailure", "SignatureDoesNotMatch", "InvalidAccessKeyId",
)  # fmt: skip
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
# Operations whose permission has another name: S3 API reference, each operation's permissions (read
# 2026-11-28); and those that are written otherwise.
_ACTION_OF = {
    "iam:GetOpenIdConnectProvider": "iam:GetOpenIDConnectProvider",
    "iam:ListOpenIdConnectProviders": "iam:ListOpenIDConnectProviders",
    "elbv2:DescribeTargetGroups": "elasticloadbalancing:DescribeTargetGroups",
    "rds:DescribeDbClusters": "rds:DescribeDBClusters",
    "rds:DescribeDbInstances": "rds:DescribeDBInstances",
    "rds:DescribeDbProxies": "rds:DescribeDBProxies",
    "rds:DescribeDbProxyEndpoints": "rds:DescribeDBProxyEndpoints",
    "rds:DescribeDbSubnetGroups": "rds:DescribeDBSubnetGroups",
    "route53:ListHostedZonesByVpc": "route53:ListHostedZonesByVPC",
    "route53:ListVpcAssociationAuthorizations": "route53:ListVPCAssociationAuthorizations",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
    "wafv2:GetWebAcl": "wafv2:GetWebACL",
    "wafv2:ListWebAcls": "wafv2:ListWebACLs",
}
API_GATEWAY = "apigateway"
_KEY_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_CREDENTIALS_IN_URL = re.compile(r"://[^/\s\"']*@")
_HOW_TO_SIGN_IN = (
    "Sign in as usual (AWS_PROFILE, aws sso login, or keys in the environment), or work without an "
    "account: .venv/bin/python -m local exec -- heiiki …"
)


@dataclass(frozen=True, slots=True)
class Account:
    """Clients with one set of credentials, each made once: to make one takes 50 to 300 ms."""

    session: "Session"
    endpoint_url: str | None
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict, compare=False, repr=False)

    def client(self, service: str, region: str) -> Any:
        """A client of the service in the region."""
        key = (service, region)
        if key not in self._clients:
            with _using_settings():
                self._clients[key] = self.session.client(
                    service, region_name=region, endpoint_url=self.endpoint_url, config=SETTINGS
                )  # type: ignore[call-overload]
            if self.endpoint_url and service == "s3control":
                _keep_host(self._clients[key], self.endpoint_url)
        return self._clients[key]

    def paged(
        self, service: str, region: str, action: str, key: str, **arguments: Any
    ) -> list[Any]:
        """All items of a paged answer. action: in snake case, "describe_subnets"."""
        client = self.client(service, region)
        with asking(iam_action(service, action)):
            if not client.can_paginate(action):
                return list(getattr(client, action)(**arguments)[key])
            pages = client.get_paginator(action).paginate(**arguments)
            return [item for page in pages for item in page.get(key, ())]


def _keep_host(client: Any, endpoint_url: str) -> None:
    """Ask S3 Control at the endpoint itself. boto3 puts the account before its host, whatever that
    is, and no name of an address such as 127.0.0.1 leads anywhere."""

    def at_endpoint(request: Any, **_: Any) -> None:
        asked = urlsplit(request.url)
        request.url = urlsplit(endpoint_url)._replace(path=asked.path, query=asked.query).geturl()

    client.meta.events.register("before-sign.s3-control", at_endpoint)


def account_of(environment: Mapping[str, str]) -> Account:
    """The credentials that AWS's own tools would find with these variables.

    boto3 reads the process's variables by itself; these may differ from them.
    """
    key, secret = (environment.get(name) for name in _KEY_VARIABLES)
    if bool(key) != bool(secret):
        there, missing = _KEY_VARIABLES if key else reversed(_KEY_VARIABLES)
        raise CredentialsError(
            f"{there} is set, and {missing} is not", advice="Set both of them, or neither."
        )
    with _using_settings():
        core = botocore.session.Session()
        for variable, setting in _SETTING_OF.items():
            if variable in environment:
                core.set_config_variable(setting, environment[variable])
        core.register_component("data_loader", _models(core.get_config_variable("data_path")))
        session = boto3.Session(
            botocore_session=core,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=environment.get("AWS_SESSION_TOKEN"),
        )
    return Account(session, environment.get("AWS_ENDPOINT_URL"))


@cache
def _models(search_path: str | None) -> Loader:
    """Reads each service's model once in this process, and not once for every session."""
    return create_loader(search_path)


def iam_action(service: str, operation: str) -> str:
    """The permission that an operation needs. operation: in snake case, "describe_subnets".

    Those of API Gateway are the methods of HTTP, of paths: Service Authorization Reference, Amazon
    API Gateway Management (read 2026-11-30).
    """
    if service == API_GATEWAY and operation.startswith("get_"):
        return f"{API_GATEWAY}:GET"
    called = f"{service}:{''.join(part.title() for part in operation.split('_'))}"
    return _ACTION_OF.get(called, called)


@contextmanager
def _using_settings() -> Iterator[None]:
    """Turn what is wrong with AWS's own variables and files into sentences; nobody is asked yet."""
    try:
        yield
    except _NO_CREDENTIALS as error:
        raise _no_credentials(error) from None
    except (botocore.exceptions.BotoCoreError, OSError, ValueError) as error:
        raise CredentialsError(
            f"the settings for AWS cannot be used: {said(error)}",
            advice="Correct the variables (AWS_PROFILE, AWS_ENDPOINT_URL, AWS_CONFIG_FILE and the "
            "like) or the files ~/.aws/config and ~/.aws/credentials.",
        ) from None


@contextmanager
def asking(action: str) -> Iterator[None]:
    """Turn boto3's exceptions into sentences. action: the IAM action, "ec2:DescribeVpcs"."""
    try:
        yield
    except _NO_CREDENTIALS as error:
        raise _no_credentials(error) from None
    except botocore.exceptions.ClientError as error:
        raise _refused(action, error) from None
    except botocore.exceptions.BotoCoreError as error:
        raise AutomationError(
            f"AWS did not answer {action}: {said(error)}",
            advice="Check the region's name and the way to AWS (proxy, VPN, AWS_ENDPOINT_URL), "
            "then run the command again.",
        ) from None
    except SpecError:
        raise
    except (OSError, ValueError) as error:  # where the credentials were looked for
        raise _no_credentials(error) from None


def _no_credentials(error: Exception) -> CredentialsError:
    return CredentialsError(f"there are no AWS credentials: {said(error)}", advice=_HOW_TO_SIGN_IN)


def said(error: Exception) -> str:
    """What is wrong, without what nobody may read: botocore shows the URLs that it was given, and
    of a header that cannot be sent the token in it."""
    text = str(error)
    if "header value" in text:
        return "a key or a token has a character that cannot be sent, such as the end of a line"
    return _CREDENTIALS_IN_URL.sub("://(not shown)@", text)


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
