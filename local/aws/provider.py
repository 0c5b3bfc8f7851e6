"""The local aws provider: answers the engine by calls to the embedded AWS.

Which resource types there are and how each becomes calls stands in resources/, as tables; the
machinery is in translate/. A type or property without an entry is an error that names it.
"""

import json
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from local.aws.resources import RESOURCES
from local.aws.translate import checks, lifecycle, states
from local.aws.translate.calls import Call
from local.aws.translate.clients import Clients
from local.aws.translate.shapes import suggest
from local.aws.translate.table import Resource
from local.provider_answers import (
    CONNECTION,
    Checked,
    Difference,
    Failure,
    ProviderError,
    State,
    Subject,
)
from local.provider_protocol import LocalProvider
from local.provider_values import UNKNOWN, Properties, Value

# What a stack may set on the aws provider (pulumi_aws 7.51.1, provider.py). Credentials and
# endpoints are accepted and not used: the embedded AWS has one account and one address.
CONFIG_KEYS: Final = frozenset(
    [
        "accessKey",
        "allowedAccountIds",
        "assumeRoleWithWebIdentity",
        "assumeRoles",
        "customCaBundle",
        "defaultTags",
        "ec2MetadataServiceEndpoint",
        "ec2MetadataServiceEndpointMode",
        "endpoints",
        "forbiddenAccountIds",
        "httpProxy",
        "httpsProxy",
        "ignoreTags",
        "insecure",
        "maxRetries",
        "noProxy",
        "profile",
        "region",
        "retryMode",
        "s3UsEast1RegionalEndpoint",
        "s3UsePathStyle",
        "secretKey",
        "sharedConfigFiles",
        "sharedCredentialsFiles",
        "skipCredentialsValidation",
        "skipMetadataApiCheck",
        "skipRegionValidation",
        "skipRequestingAccountId",
        "stsRegion",
        "tagPolicyCompliance",
        "token",
        "tokenBucketRateLimiterCapacity",
        "useDualstackEndpoint",
        "useFipsEndpoint",
        "userAgents",
        "version",
        "pluginDownloadURL",
    ]
)
# Where pulumi_aws takes the region from when the program sets none, in this order (provider.py).
REGION_VARIABLES: Final = ("AWS_REGION", "AWS_DEFAULT_REGION")


@dataclass(frozen=True)
class Settings:
    """One provider resource of the program."""

    region: str
    default_tags: Mapping[str, str] = field(default_factory=dict)
    refusal: str | None = None  # why nothing may be made here; a preview may be had all the same


class AwsProvider(LocalProvider):
    package = "aws"
    version = "7.51.1"

    def __init__(self, endpoint_url: str):
        self._clients = Clients(endpoint_url)
        self._settings: dict[str, Settings] = {}
        self._latest: Settings | None = None
        self._lock = threading.Lock()

    def check_config(self, config: Properties) -> Sequence[Failure]:
        unknown = [key for key in sorted(config) if key not in CONFIG_KEYS]
        return [
            Failure(key, f"the aws provider has no setting {key}{suggest(key, CONFIG_KEYS)}")
            for key in unknown
            if not key.startswith("__")
        ]

    def configure(self, config: Properties) -> None:
        named = (os.environ.get(name) for name in REGION_VARIABLES)
        region = config.get("region") or next(filter(None, named), None)
        if not region or region is UNKNOWN:
            raise ProviderError(
                "the aws provider has no region; set it: pulumi config set aws:region "
                f"eu-central-1, or in {' or '.join(REGION_VARIABLES)}"
            )
        tags = _nested(config.get("defaultTags")).get("tags") or {}
        settings = Settings(
            str(region),
            {k: str(v) for k, v in tags.items()},
            self._account_refusal(config, str(region)),
        )
        with self._lock:
            if not self._settings:
                self._clients.warm(settings.region)
            self._settings[CONNECTION.get()] = self._latest = settings

    def _account_refusal(self, config: Properties, region: str) -> str | None:
        """Why the embedded AWS's one account is not one that the stack allows, if so.

        The real provider refuses to start then. Here a stack of any account may be previewed: this
        is how it is judged where there are neither credentials nor a network.
        """
        allowed = _nested(config.get("allowedAccountIds")) or []
        forbidden = _nested(config.get("forbiddenAccountIds")) or []
        if not allowed and not forbidden:
            return None
        account = self._clients.caller(region)["accountId"]
        if (not allowed or account in allowed) and account not in forbidden:
            return None
        return (
            f"AWS account {account} is not allowed: allowedAccountIds is "
            f"{', '.join(allowed) or 'not set'}, forbiddenAccountIds is "
            f"{', '.join(forbidden) or 'not set'}"
        )

    def _require_account(self) -> None:
        if (refusal := self._current().refusal) is not None:
            raise ProviderError(refusal)

    def _current(self) -> Settings:
        """The settings of the calling connection. One that reconnected after a long idle time has
        a new address; it gets the latest settings, which are its own unless there are several."""
        settings = self._settings.get(CONNECTION.get()) or self._latest
        if settings is None:
            raise ProviderError("the aws provider was asked before it was configured")
        return settings

    def _call(
        self, subject: Subject, inputs: Properties, outputs: Properties | None = None, id_: str = ""
    ) -> Call:
        region = inputs.get("region") or (outputs or {}).get("region")
        if not region or region is UNKNOWN:
            region = self._current().region
        return Call(
            clients=self._clients,
            resource=resource_for(subject.type),
            subject=subject,
            region=str(region),
            inputs=dict(inputs),
            outputs=dict(outputs or {}),
            # EC2 gives some objects a new id on change; the outputs then know better.
            id=str((outputs or {}).get("id") or id_),
        )

    def check(self, subject: Subject, olds: Properties, news: Properties, seed: bytes) -> Checked:
        tags = self._current().default_tags
        return checks.check(self._call(subject, news), olds, tags, seed)

    def diff(
        self, subject: Subject, id_: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Difference:
        return lifecycle.diff(resource_for(subject.type), outputs, olds, news)

    def create(self, subject: Subject, inputs: Properties, preview: bool) -> State:
        call = self._call(subject, inputs)
        if preview:
            return State("", states.previewed(call), inputs)
        self._require_account()
        return lifecycle.create(call)

    def read(
        self, subject: Subject, id_: str, outputs: Properties, inputs: Properties
    ) -> State | None:
        return lifecycle.read(self._call(subject, inputs, outputs, id_))

    def update(
        self,
        subject: Subject,
        id_: str,
        outputs: Properties,
        olds: Properties,
        news: Properties,
        preview: bool,
    ) -> Properties:
        call = self._call(subject, news, outputs, id_)
        if preview:
            changed = lifecycle.changed_properties(call.resource, outputs, olds, news)
            return states.previewed_update(call, olds, changed)
        self._require_account()
        return lifecycle.update(call, olds)

    def delete(self, subject: Subject, id_: str, outputs: Properties, inputs: Properties) -> None:
        self._require_account()
        lifecycle.delete(self._call(subject, inputs, outputs, id_))

    def invoke(self, token: str, args: Properties) -> Properties:
        region = str(args.get("region") or self._current().region)
        if token == "aws:index/getCallerIdentity:getCallerIdentity":
            caller = self._clients.caller(region)
            return {**caller, "id": caller["accountId"]}
        if token == "aws:index/getRegion:getRegion":
            name = str(args.get("name") or region)
            endpoint = f"ec2.{name}.{self._clients.dns_suffix(name)}"
            return {
                "id": name,
                "name": name,
                "region": name,
                "endpoint": endpoint,
                "description": self._clients.region_description(name),
            }
        if token == "aws:index/getPartition:getPartition":
            suffix = self._clients.dns_suffix(region)
            reverse = ".".join(reversed(suffix.split(".")))
            partition = self._clients.partition(region)
            return {
                "id": partition,
                "partition": partition,
                "dnsSuffix": suffix,
                "reverseDnsPrefix": reverse,
            }
        return super().invoke(token, args)


def resource_for(token: str) -> Resource:
    resource = RESOURCES.get(token)
    if resource is None:
        raise ProviderError(
            f"the local aws provider does not know the resource type {token}"
            f"{suggest(token, RESOURCES)}; docs/local.md lists what it knows"
        )
    return resource


def _nested(value: Value) -> Any:
    """Nested provider settings come as JSON text."""
    if isinstance(value, str):
        return json.loads(value)
    return value or {}


def create_servicer(endpoint_url: str) -> AwsProvider:
    """A provider for the AWS at this address, to be served with provider_protocol.serve."""
    return AwsProvider(endpoint_url)
