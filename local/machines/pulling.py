"""Who pulls an image, and whether its role may: the embedded AWS is asked for each request."""

import http.client
import json
import re
from dataclasses import dataclass

from local.aws.arriving import FROM_VPC, JUDGE, NO_CONTENT

ENDPOINT, LOGIN = "ecr.dkr", "GetAuthorizationToken"
TARGET = "AmazonEC2ContainerRegistry_V20150921"
ANSWER_SECONDS = 120
_PATH = re.compile(r"/v2/(.+)/(manifests|blobs/uploads|blobs|tags)/?[^/]*")
# What ECR asks for (ECR's user guide, "Amazon ECR endpoints and quotas" and IAM actions for pulling
# and pushing, read 2026-11-29).
OPERATIONS = {
    ("GET", "manifests"): "BatchGetImage",
    ("HEAD", "manifests"): "BatchGetImage",
    ("PUT", "manifests"): "PutImage",
    ("DELETE", "manifests"): "BatchDeleteImage",
    ("GET", "blobs"): "GetDownloadUrlForLayer",
    ("HEAD", "blobs"): "BatchCheckLayerAvailability",
    ("POST", "blobs/uploads"): "InitiateLayerUpload",
    ("PATCH", "blobs/uploads"): "UploadLayerPart",
    ("PUT", "blobs/uploads"): "CompleteLayerUpload",
    ("GET", "tags"): "ListImages",
}


@dataclass(frozen=True, slots=True)
class Asking:
    """The embedded AWS, and from where it is asked."""

    host: str
    port: int
    region: str
    vpc_id: str


def operation_of(method: str, target: str) -> tuple[str, str] | None:
    """ECR's operation and the repository that a request of a registry is about; None: of none."""
    path = target.partition("?")[0]
    if path.rstrip("/") == "/v2":
        return LOGIN, ""
    found = _PATH.fullmatch(path)
    if found is None or (method, found[2]) not in OPERATIONS:
        return None
    return OPERATIONS[method, found[2]], found[1]


def refusal(asking: Asking, session: tuple[str, str], method: str, target: str) -> str:
    """Why who has this session may not do this; "" where it may. OSError: nobody answers."""
    asked = operation_of(method, target)
    if asked is None:
        return f"nobody may {method} {target.partition('?')[0]}"
    operation, repository = asked
    access_key, token = session
    scope = f"Credential={access_key}/20260101/{asking.region}/ecr/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Security-Token": token,
        "X-Amz-Target": f"{TARGET}.{operation}",
        JUDGE: ENDPOINT,
        **({FROM_VPC: asking.vpc_id} if asking.vpc_id else {}),
    }
    body = json.dumps({"repositoryName": repository} if repository else {})
    outside = http.client.HTTPConnection(asking.host, asking.port, timeout=ANSWER_SECONDS)
    try:
        outside.request("POST", "/", body, headers)
        answer = outside.getresponse()
        said = answer.read()
    finally:
        outside.close()
    if answer.status == NO_CONTENT:
        return ""
    told = f"the embedded AWS answered {answer.status}"
    try:
        error = json.loads(said)
    except ValueError:
        return told
    return str(error.get("message") or error.get("Message") or told)
