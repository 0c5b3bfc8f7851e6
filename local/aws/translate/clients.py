"""boto3 clients to one endpoint, each made once, and what the account and region are."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from local.provider_answers import ProviderError

# The embedded AWS asks for no credentials, but the client signs; these are no secret.
ACCESS_KEY: Final = "local"
WARM_SERVICES: Final = ("ec2", "iam", "eks", "kms", "logs", "route53resolver", "autoscaling", "sts")


class Clients:
    """Thread-safe. A client costs 50 to 300 ms to make, most of it reading the service model."""

    def __init__(self, endpoint_url: str):
        self.endpoint_url = endpoint_url
        self._session: Any = boto3.session.Session(
            aws_access_key_id=ACCESS_KEY, aws_secret_access_key=ACCESS_KEY
        )
        self._clients: dict[tuple[str, str], Any] = {}
        self._identities: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()
        # No waiting before a retry: a loopback endpoint is there or it is not.
        self._config = Config(
            retries={"total_max_attempts": 1},
            max_pool_connections=64,
            connect_timeout=5,
            read_timeout=120,
            s3={"addressing_style": "path"},
        )

    def warm(self, region: str) -> None:
        """Starts making the clients that most programs need, behind the first calls."""
        pool = ThreadPoolExecutor(max_workers=1)
        for service in WARM_SERVICES:
            pool.submit(self.get, service, region)
        pool.shutdown(wait=False)

    def get(self, service: str, region: str) -> Any:
        with self._lock:
            key = (service, region)
            if key not in self._clients:
                self._clients[key] = self._session.client(
                    service,
                    region_name=region,
                    endpoint_url=self.endpoint_url,
                    config=self._config,
                )
            return self._clients[key]

    def caller(self, region: str) -> dict[str, str]:
        """accountId, arn and userId of the caller, asked once for each region."""
        if region not in self._identities:
            answer = self.get("sts", region).get_caller_identity()
            self._identities[region] = {
                "accountId": answer["Account"],
                "arn": answer["Arn"],
                "userId": answer["UserId"],
            }
        return self._identities[region]

    def partition(self, region: str) -> str:
        found = self._session.get_partition_for_region(region)
        return str(found)

    def dns_suffix(self, region: str) -> str:
        return str(self._endpoints(region).get("dnsSuffix", "amazonaws.com"))

    def region_description(self, region: str) -> str:
        """Such as "Europe (Frankfurt)"; the name for a region that botocore does not list."""
        listed = self._endpoints(region).get("regions", {})
        return str(listed.get(region, {}).get("description", region))

    def _endpoints(self, region: str) -> dict[str, Any]:
        """The region's partition in botocore's endpoints.json."""
        name = self.partition(region)
        partitions = self._session._session.get_data("endpoints")["partitions"]
        return next((p for p in partitions if p["partition"] == name), {})


def error_code(error: Exception) -> str:
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""


def operator_error(error: Exception, what: str, operation: str) -> ProviderError:
    """An error of the API or of botocore, in words for the operator."""
    if isinstance(error, ClientError):
        said = error.response.get("Error", {})
        return ProviderError(
            f"{what}: {operation} was refused: {said.get('Code')}: {said.get('Message')}"
        )
    if isinstance(error, ParamValidationError):
        return ProviderError(f"{what}: {operation} was not sent: {error}")
    if isinstance(error, BotoCoreError):
        return ProviderError(
            f"{what}: {operation} did not reach the embedded AWS: {error}; is it running?"
        )
    return ProviderError(f"{what}: {operation}: {type(error).__name__}: {error}")
