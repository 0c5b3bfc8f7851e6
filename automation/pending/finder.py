"""Looks up in AWS what an unfinished step has come to."""

import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import botocore.exceptions
import jmespath  # type: ignore[import-untyped]

from automation.aws_calls import Account, asking, iam_action
from automation.errors import AutomationError, RefusedError
from automation.identity import caller_of
from automation.pending.kinds import ELSEWHERE, HARMLESS, KINDS, LISTS, Kind
from automation.pending.record import Found
from automation.state import Resource

CLUSTER_TAG = "heiiki:cluster"
# The words by which AWS says where something is in its life, in lower case.
_GONE = ("deleted", "disassociated", "expired", "pendingdeletion", "pendingreplicadeletion",
         "rejected", "terminated", "unavailable")  # fmt: skip
_ENDING = ("delete in progress", "deleting", "disassociating", "shutting-down")
_CHANGING = ("associating", "creating", "initiating", "modifying", "pending", "updating")
_FAILED = ("create_failed", "failed")
_KEPT = ("eks",)  # the others' failures AWS clears away by itself, and their names are free at once
_PAUSE_SECONDS, _PAUSES = 10.0, 180  # half an hour, as long as the provider waits for a cluster
# All accounts share one space of bucket names, and a stranger may write our tags on his: so S3 is
# told whose it must be, and denies what it knows of another's.
_WHOSE = {"s3": "ExpectedBucketOwner"}
_NOT_THERE = ("ListenerNotFound", "LoadBalancerNotFound", "NoSuchBucket", "NoSuchEntity",
              "NoSuchHostedZone", "NotFoundException", "ParameterNotFound",
              "RepositoryNotFoundException", "ResourceNotFoundException",
              "TargetGroupNotFound")  # fmt: skip
# By service how it is asked for tags: the call, where a row has what to ask of, the arguments (""
# and [] stand for that), and where the tags stand.
_TAGS_OF: Mapping[str, tuple[str, str, Mapping[str, Any], str]] = {
    "ecr": ("list_tags_for_resource", "repositoryArn", {"resourceArn": ""}, "tags"),
    "elbv2": ("describe_tags", "TargetGroupArn || LoadBalancerArn", {"ResourceArns": []},
              "TagDescriptions[0].Tags"),
    "logs": ("list_tags_for_resource", "arn", {"resourceArn": ""}, "tags"),
    "route53": ("list_tags_for_resource", "Id", {"ResourceType": "hostedzone", "ResourceId": ""},
                "ResourceTagSet.Tags"),
    "ssm": ("list_tags_for_resource", "Name", {"ResourceType": "Parameter", "ResourceId": ""},
            "TagList"),
}  # fmt: skip
_ZONE = "/hostedzone/"  # before the id of a zone, where Route 53 lists it
# A bucket without tags is another's, or was cut off before it got ours.
_UNMARKED = "one of its name is there without the stack's tags, and is not taken over; look " \
            "whose it is, and delete it if it is empty and nobody's"  # fmt: skip
_NOT_MADE = "was not made"


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    state: str


class Finder:
    """Asks in one region.

    known: type and id of what is recorded as there. tell: hears for what time passes.
    """

    def __init__(
        self, account: Account, region: str, known: frozenset[tuple[str, str]], *,
        tell: Callable[[str], None], sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self._account, self._region, self._known = account, region, known
        self._tell, self._sleep = tell, sleep

    def find(self, resource: Resource) -> Found:
        """What a creation has come to, once AWS is done with it.

        RefusedError when several fit, or when what was made is broken and in the way.
        """
        kind = KINDS.get(resource.type)
        if kind is None:
            why = HARMLESS.get(resource.type) or ELSEWHERE.get(resource.type)
            return Found(None, why or f"{resource.type} cannot be looked up; look whether it is "
                                      "there before you go on")  # fmt: skip
        rows = self._at_rest(resource, self._fresh)
        if len(rows) > 1:
            raise RefusedError(
                f"{resource.name} was being made when a run was killed, and {len(rows)} fit it",
                details=sorted(row.id for row in rows),
                advice="Delete those that are not in use, then run the command again.",
            )
        if not rows:
            return Found(None, _UNMARKED if self._namesakes(resource) else _NOT_MADE)
        if rows[0].state in _FAILED:
            raise RefusedError(
                f"{resource.name} was being made when a run was killed, and is {rows[0].state}",
                details=[rows[0].id],
                advice="Delete it in AWS, then run the command again.",
            )
        return Found(rows[0].id, f"was made, and is recorded as {rows[0].id}")

    def wait_for(self, resource: Resource) -> None:
        """Until AWS is done with the change or the deletion of what is recorded."""
        if resource.type in KINDS:
            self._at_rest(resource, self._recorded)

    def _fresh(self, resource: Resource) -> list[_Row]:
        """What nobody has recorded and nobody is taking away."""
        known = {id_ for type_, id_ in self._known if type_ == resource.type}
        gone = {*_GONE, *_ENDING} | (set() if _service(resource) in _KEPT else {*_FAILED})
        return [r for r in self._rows(resource) if r.id not in known and r.state not in gone]

    def _recorded(self, resource: Resource) -> list[_Row]:
        return [row for row in self._rows(resource) if row.id == resource.id]

    def _at_rest(
        self, resource: Resource, look: Callable[[Resource], list[_Row]]
    ) -> list[_Row]:  # fmt: skip
        """The rows, when none of them is on its way any more: AWS makes nothing on a cluster that
        is half made, and changes nothing that it still changes."""
        for tries in range(_PAUSES + 1):
            rows = look(resource)
            moving = [row for row in rows if row.state in (*_CHANGING, *_ENDING)]
            if not moving:
                return rows
            if tries == 0:
                self._tell(f"{resource.name} is {moving[0].state} in AWS; waiting for its end")
            self._sleep(_PAUSE_SECONDS)
        raise AutomationError(
            f"{resource.name} is still {moving[0].state} in AWS after half an hour",
            advice="Look at it there, and run the command again when it is done.",
        )

    def _rows(self, resource: Resource) -> list[_Row]:
        """What fits it, whoever has recorded it and whatever becomes of it."""
        kind, inputs = KINDS[resource.type], _texts(resource)
        return [
            _Row(_id_of(kind, row, inputs), _state(row))
            for row in self._candidates(resource) if self._is_marked(row, resource)
        ]  # fmt: skip

    def _namesakes(self, resource: Resource) -> bool:
        """Whether something of its name is there that is not the stack's."""
        return not all(self._is_marked(row, resource) for row in self._candidates(resource))

    def _candidates(self, resource: Resource) -> list[Mapping[str, Any]]:
        """What has its name, or joins what it joins."""
        kind, inputs = KINDS[resource.type], _texts(resource)
        answer = self._answer(kind, self._question(kind, resource, inputs))
        rows = [row for row in jmespath.search(kind.rows, answer) or () if row]
        if kind.tags == "tagging":
            rows = self._keys(rows)
        wanted = {path: inputs[name] for path, name in kind.same.items() if name in inputs}
        return [
            row for row in rows
            if all(_same(jmespath.search(path, row), value) for path, value in wanted.items())
        ]  # fmt: skip

    def _is_marked(self, row: Mapping[str, Any], resource: Resource) -> bool:
        """Only what carries our tags: another's of the same name is not to be taken over."""
        kind = KINDS[resource.type]
        if kind.tags in ("", "tagging"):
            return True
        return _marks(resource).items() <= self._tags(kind, row).items()

    def _question(
        self, kind: Kind, resource: Resource, inputs: Mapping[str, str]
    ) -> dict[str, Any]:  # fmt: skip
        asked: dict[str, Any] = {
            member: [inputs[name]] if member in LISTS else inputs[name]
            for member, name in kind.arguments.items()
        }
        marks = _marks(resource).items()
        if kind.tags == "filter":
            singular = kind.action in ("describe_flow_logs", "describe_nat_gateways")
            asked["Filter" if singular else "Filters"] = [
                {"Name": f"tag:{key}", "Values": [value]} for key, value in marks
            ]
        if kind.tags == "tagging":
            asked |= {"ResourceTypeFilters": ["kms:key"],
                      "TagFilters": [{"Key": k, "Values": [v]} for k, v in marks]}  # fmt: skip
        if kind.service in _WHOSE:
            asked[_WHOSE[kind.service]], _ = caller_of(self._account, self._region)
        return asked

    def _answer(self, kind: Kind, asked: Mapping[str, Any]) -> Any:
        """All pages; nothing where what it stands on is not there either."""
        client = self._client(kind.service)
        with asking(iam_action(kind.service, kind.action)):
            try:
                if client.can_paginate(kind.action):
                    pages = client.get_paginator(kind.action).paginate(**asked)
                    return pages.build_full_result()
                return getattr(client, kind.action)(**asked)
            except botocore.exceptions.ClientError as error:
                code = error.response["Error"]["Code"]
                if kind.service == "s3" and code in ("AccessDenied", "NoSuchTagSet"):
                    return {"TagSet": []}  # there, and not marked as ours
                if code in _NOT_THERE or code.endswith(".NotFound") or _no_such_group(error):
                    return {}
                raise

    def _tags(self, kind: Kind, row: Mapping[str, Any]) -> dict[str, str]:
        if kind.tags in _TAGS_OF:
            action, member, arguments, path = _TAGS_OF[kind.tags]
            of = str(jmespath.search(member, row)).removesuffix(":*").removeprefix(_ZONE)
            asked = {k: of if v == "" else [of] if v == [] else v for k, v in arguments.items()}
            with asking(iam_action(kind.tags, action)):
                found = getattr(self._client(kind.tags), action)(**asked)
            row = {"Tags": jmespath.search(path, found) or ()}
        tags = row.get("tags", row.get("Tags", ()))
        return dict(tags) if isinstance(tags, Mapping) else {t["Key"]: t["Value"] for t in tags}

    def _keys(self, rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """What KMS says of each key. An earlier cluster's of the same name may wait for its
        deletion."""
        with asking("kms:DescribeKey"):
            client = self._client("kms")
            return [client.describe_key(KeyId=r["ResourceARN"])["KeyMetadata"] for r in rows]

    def _client(self, service: str) -> Any:
        return self._account.client(service, self._region)


def _texts(resource: Resource) -> dict[str, str]:
    """The inputs that name something; a port does, too."""
    told = {k: v for k, v in resource.inputs.items() if isinstance(v, str)}
    port = resource.inputs.get("port")
    return {**told, "port": str(int(port))} if isinstance(port, int | float) else told


def _same(told: Any, asked: str) -> bool:
    """Route 53 ends its names with a dot."""
    return told == asked or (isinstance(told, str) and told == f"{asked}.")


def _service(resource: Resource) -> str:
    return KINDS[resource.type].service


def _no_such_group(error: botocore.exceptions.ClientError) -> bool:
    """Auto Scaling has one code for everything that it does not like."""
    said = error.response["Error"]
    return said["Code"] == "ValidationError" and "not found" in said.get("Message", "").lower()


def _id_of(kind: Kind, row: Mapping[str, Any], inputs: Mapping[str, str]) -> str:
    if "{" not in kind.id:
        return str(jmespath.search(kind.id, row)).removeprefix(_ZONE)
    destination = next((v for k, v in inputs.items() if k.startswith("destination")), "")
    return kind.id.format(**{**inputs, "destination": zlib.crc32(destination.encode())})


def _words(row: Mapping[str, Any]) -> Iterator[Any]:
    """Each kind keeps the word of its life elsewhere; some keep it one step further down."""
    for name in ("State", "Status", "status", "FlowLogStatus", "AssociationState",
                 "CidrBlockState", "KeyState"):  # fmt: skip
        word = row.get(name)
        if isinstance(word, Mapping):
            word = word.get("Name", word.get("Code", word.get("State")))
        yield word


def _state(row: Mapping[str, Any]) -> str:
    return next((str(word).lower() for word in _words(row) if word), "")


def _marks(resource: Resource) -> dict[str, str]:
    """The tags that make it findable. An Auto Scaling group lists its own in another form."""
    tags = resource.inputs.get("tags")
    if isinstance(tags, list):
        tags = {t["key"]: t["value"] for t in tags}
    pairs = dict(tags or {})
    return {key: str(pairs.get(key, "")) for key in ("Name", CLUSTER_TAG)}
