"""Credentials of an instance's role, which the embedded AWS knows: made by its own STS."""

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from local.machines.description import WorldSpec

LIFE_SECONDS = 6 * 3600
RENEW_BEFORE = timedelta(minutes=5)
_FORM = "%Y-%m-%dT%H:%M:%SZ"


class Credentials:
    """Asked from several threads at once; a machine gets new ones before the old ones end."""

    def __init__(self, aws_url: str, world: WorldSpec) -> None:
        self._aws_url, self._world = aws_url, world
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[datetime, bytes]] = {}

    def of(self, role: str, instance_id: str) -> bytes:
        """The document that the metadata service hands out."""
        with self._lock:
            ends, document = self._known.get((role, instance_id), (datetime.now(UTC), b""))
            if datetime.now(UTC) + RENEW_BEFORE < ends:
                return document
            return self._new(role, instance_id)

    def _new(self, role: str, instance_id: str) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            made = self._client().assume_role(
                RoleArn=f"arn:aws:iam::{self._world.account}:role/{role}",
                RoleSessionName=instance_id,
                DurationSeconds=LIFE_SECONDS,
            )["Credentials"]
        except (BotoCoreError, ClientError) as error:  # told to who asks, as EC2 does
            return json.dumps(
                {
                    "Code": "AssumeRoleUnauthorizedAccess",
                    "Message": str(error),
                    "LastUpdated": datetime.now(UTC).strftime(_FORM),
                }
            ).encode()
        document = {
            "Code": "Success",
            "LastUpdated": datetime.now(UTC).strftime(_FORM),
            "Type": "AWS-HMAC",
            "AccessKeyId": made["AccessKeyId"],
            "SecretAccessKey": made["SecretAccessKey"],
            "Token": made["SessionToken"],
            "Expiration": made["Expiration"].strftime(_FORM),
        }
        text = json.dumps(document, indent=2).encode()
        self._known[role, instance_id] = (made["Expiration"], text)
        return text

    def _client(self) -> Any:
        import boto3  # a third of a second, when the first machine asks
        from botocore.config import Config

        return boto3.client(
            "sts",
            region_name=self._world.region,
            endpoint_url=self._aws_url,
            aws_access_key_id="embedded",
            aws_secret_access_key="embedded",
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
        )
