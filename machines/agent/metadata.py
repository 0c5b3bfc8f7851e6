"""What the machine knows of itself: instance metadata, version 2 alone."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone

from machines.agent.clock import Clock, pause
from machines.agent.errors import AgentError, Unreachable
from machines.agent.sigv4 import Credentials
from machines.agent.transport import chunks, exchange

ADDRESS = "http://169.254.169.254"
TOKEN_SECONDS = 21_600
REFRESH = timedelta(minutes=5)  # AWS has new ones at least five minutes before the old ones expire
ATTEMPTS = 6
ROLE = re.compile(r"[\w+=,.@-]{1,64}")


class Metadata:
    """Tokens and credentials are kept until they are about to expire."""

    def __init__(self, clock: Clock, address: str = ADDRESS) -> None:
        self._clock, self._address = clock, address
        self._token = ""
        self._credentials: Credentials | None = None
        self._until = datetime.min.replace(tzinfo=timezone.utc)

    def instance_id(self) -> str:
        return self.get("meta-data/instance-id")

    def availability_zone(self) -> str:
        return self.get("meta-data/placement/availability-zone")

    def credentials(self) -> Credentials:
        if self._credentials is None or self._clock.now() >= self._until - REFRESH:
            self._credentials, self._until = self._new_credentials()
        return self._credentials

    def forget_credentials(self) -> None:
        """AWS calls them expired, whatever their date says."""
        self._credentials = None

    def get(self, path: str) -> str:
        """The text at this path; AgentError says which path has none."""
        attempt = 0
        while True:
            attempt += 1
            try:
                if not self._token:
                    self._token = self._ask("PUT", "api/token", "")
                return self._ask("GET", path, self._token)
            except (_Expired, Unreachable):
                self._token = ""
                if attempt == ATTEMPTS:
                    raise
            self._clock.sleep(pause(attempt, base=0.2, most=5))

    def _ask(self, method: str, path: str, token: str) -> str:
        headers = (
            {"X-aws-ec2-metadata-token": token}
            if token
            else {"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_SECONDS)}
        )
        url = f"{self._address}/latest/{path}"
        with exchange(method, url, headers, timeout=5) as answer:
            body = b"".join(chunks(answer))
        if answer.status == 401:
            raise _Expired(f"instance metadata takes no token for {path} (401)")
        if answer.status >= 500:
            raise Unreachable(f"instance metadata answers {answer.status} for {path}")
        if answer.status != 200:
            raise AgentError(f"instance metadata has no {path} ({answer.status})")
        return body.decode()

    def _new_credentials(self) -> tuple[Credentials, datetime]:
        folder = "meta-data/iam/security-credentials/"
        role = self.get(folder).partition("\n")[0].strip()
        if not ROLE.fullmatch(role):
            raise AgentError("the machine has no role: instance metadata names none")
        try:
            said = json.loads(self.get(folder + role))
            credentials = Credentials(said["AccessKeyId"], said["SecretAccessKey"], said["Token"])
            until = datetime.strptime(said["Expiration"], "%Y-%m-%dT%H:%M:%SZ")
        except (ValueError, KeyError, TypeError):  # its own words may quote a credential
            raise AgentError("instance metadata has no credentials of the role yet") from None
        return credentials, until.replace(tzinfo=timezone.utc)


class _Expired(AgentError):
    pass
