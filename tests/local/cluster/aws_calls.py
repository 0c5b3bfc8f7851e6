"""Calls of AWS by a machine, with its role's own credentials, over its own network: by curl."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from local.machines import MachineHandle

METADATA = "http://169.254.169.254/latest"
MARK = "heiiki-answered "
JSON = {"ssm": "AmazonSSM", "kms": "TrentService",
        "ecr": "AmazonEC2ContainerRegistry_V20150921"}  # fmt: skip
VERSIONS = {"ec2": "2016-11-15", "autoscaling": "2011-01-01", "sts": "2011-06-15"}
HOSTS = {"ecr": "api.ecr"}
REFUSED = ("AccessDenied", "UnauthorizedOperation")


@dataclass(frozen=True, slots=True)
class AwsCall:
    service: str
    method: str = "POST"
    path: str = "/"
    data: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    bucket: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """body: empty of an object that was asked for, which may be large and is not text."""

    status: int
    body: str

    @property
    def is_refused(self) -> bool:
        """By IAM, and not because something is not there or not so."""
        if not self.body:
            return self.status == 403
        return self.status in (400, 403) and any(code in self.body for code in REFUSED)

    def read(self) -> Any:
        assert self.status == 200, self
        return json.loads(self.body)


def asks(service: str, action: str, **params: Any) -> AwsCall:
    """In the protocol of the service."""
    if service in JSON:
        headers = {"Content-Type": "application/x-amz-json-1.1",
                   "X-Amz-Target": f"{JSON[service]}.{action}"}  # fmt: skip
        return AwsCall(service, data=json.dumps(params), headers=headers)
    form = urlencode({"Action": action, "Version": VERSIONS[service], **params})
    return AwsCall(service, data=form)


def of_object(method: str, bucket: str, key: str, **headers: str) -> AwsCall:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if method != "PUT":
        return AwsCall("s3", method, f"/{key}", headers=named, bucket=bucket)
    named["Content-Type"] = "application/octet-stream"  # curl's own is a form's
    return AwsCall("s3", method, f"/{key}", "x", named, bucket)


def keys_of(machine: MachineHandle) -> dict[str, str]:
    """What the metadata service gives the machine."""
    curl = ["curl", "--silent", "--show-error", "--fail", "--max-time", "20"]
    life = ["--request", "PUT", "--header", "X-aws-ec2-metadata-token-ttl-seconds: 300"]
    token = machine.run([*curl, *life, f"{METADATA}/api/token"]).stdout
    ask = [*curl, "--header", f"X-aws-ec2-metadata-token: {token}"]
    there = f"{METADATA}/meta-data/iam/security-credentials/"
    role = machine.run([*ask, there]).stdout
    return dict(json.loads(machine.run([*ask, f"{there}{role}"]).stdout))


def call_aws(
    machine: MachineHandle, region: str, calls: Iterable[AwsCall],
    keys: Mapping[str, str] | None = None,
) -> list[Answered]:  # fmt: skip
    """One process for all of them. keys: others than the machine's own, if any."""
    given = keys_of(machine) if keys is None else keys
    command = ["curl"]
    asked = list(calls)
    for call in asked:
        command += [*(["--next"] if len(command) > 1 else []), *_words(call, region, given)]
    said = machine.run(command, seconds=120.0).stdout
    bodies = said.split(MARK)
    answers = []
    for body, after in pairwise(bodies):
        # A mark is followed by its status, and then by the next one's body.
        text = body if not answers else body.partition("\n")[2]
        answers.append(Answered(int(after.partition("\n")[0]), text))
    assert len(answers) == len(asked), said
    return answers


def _words(call: AwsCall, region: str, keys: Mapping[str, str]) -> list[str]:
    host = f"{HOSTS.get(call.service, call.service)}.{region}.amazonaws.com"
    named = {**call.headers, "X-Amz-Security-Token": keys.get("Token", "")}
    headers = [f"{name}: {value}" for name, value in named.items() if value]
    quiet = ["--output", "/dev/null"] if call.service == "s3" and call.method == "GET" else []
    return [
        "--silent", "--show-error", "--max-time", "30", "--request", call.method, *quiet,
        "--aws-sigv4", f"aws:amz:{region}:{call.service}",
        "--user", f"{keys['AccessKeyId']}:{keys['SecretAccessKey']}",
        *(word for header in headers for word in ("--header", header)),
        *(["--data-raw", call.data] if call.data else []),
        "--write-out", f"{MARK}%{{http_code}}\n",
        f"https://{f'{call.bucket}.' if call.bucket else ''}{host}{call.path}",
    ]  # fmt: skip
