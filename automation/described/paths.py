"""Paths into the answers of AWS: JMESPath, with what lies between the forms of AWS and of the
engine as a few functions more."""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final, TypeVar, cast

import jmespath  # type: ignore[import-untyped]
from jmespath import functions

from automation.described import api_parts, function_policies, spelling

F = TypeVar("F", bound=Callable[..., Any])


def _takes(*arguments: dict[str, list[str]]) -> Callable[[F], F]:
    """Enter a method of _Functions as a function of the paths."""
    return cast(Callable[[F], F], functions.signature(*arguments))


class _Functions(functions.Functions):  # type: ignore[misc]
    """What the paths of the tables may call besides JMESPath's own functions."""

    @_takes({"types": []})
    def _func_tags(self, tags: Any) -> dict[str, Any]:
        """Tags by key, in whichever form a service has them."""
        if isinstance(tags, dict):
            return tags
        rows = ({k.lower(): v for k, v in row.items()} for row in tags or ())
        return {row["key"]: row.get("value", "") for row in rows}

    @_takes({"types": []})
    def _func_json(self, document: Any) -> str | None:
        """A document as text; nothing where there is none."""
        return document if document is None or isinstance(document, str) else json.dumps(document)

    @_takes({"types": []})
    def _func_name(self, path: Any) -> str | None:
        """What follows the last slash of an ARN or path."""
        return path.rsplit("/", 1)[-1] if isinstance(path, str) else None

    @_takes({"types": []}, {"types": ["string"]})
    def _func_split(self, text: Any, separator: str) -> list[str]:
        return [part for part in (text or "").split(separator) if part]

    @_takes({"types": []}, {"types": ["string"]})
    def _func_begins(self, text: Any, start: str) -> bool:
        """starts_with, of what may be absent."""
        return isinstance(text, str) and text.startswith(start)

    @_takes({"types": []}, {"types": []})
    def _func_others(self, grants: Any, owner: Any) -> list[Any]:
        """What an ACL grants to anybody but the owner."""
        return [g for g in grants or () if (g.get("Grantee") or {}).get("ID") != owner]

    @_takes({"types": []}, {"types": []}, {"types": ["boolean"]})
    def _func_attached(self, volumes: Any, device: Any, there: bool) -> list[Any]:
        """The volumes that are attached as a device, or those that are not."""
        return [
            volume
            for volume in volumes or ()
            if any(a.get("Device") == device for a in volume.get("Attachments", ())) is there
        ]

    @_takes({"types": []}, {"types": []})
    def _func_unless(self, value: Any, usual: Any) -> Any:
        """A value that AWS tells always, and a program only where it is not the usual one."""
        return None if value == usual else value

    @_takes({"types": []}, {"types": []})
    def _func_parts(self, of: Any, names: Any) -> list[str]:
        """The ids of a thing's parts: whose they are and what they are called, by a comma."""
        return [f"{of},{name}" for name in names or ()]

    @_takes({"types": []})
    def _func_relative(self, domains: Any) -> list[str]:
        """Domains as people write them: AWS ends each with a dot."""
        return [domain.removesuffix(".") for domain in domains or ()]

    @_takes({"types": []}, {"types": ["string"]})
    def _func_rows(self, of: Any, name: str) -> list[dict[str, Any]]:
        """What AWS has by key as a list, where a program says each key under a name."""
        return [{**value, name: key} for key, value in (of or {}).items()]

    @_takes({"types": []}, {"types": []})
    def _func_abroad(self, stages: Any, region: Any) -> list[dict[str, Any]]:
        """Stages whose actions name a region only where it is another one: AWS tells it always."""
        return [
            {**stage, "actions": [
                {key: value for key, value in action.items() if (key, value) != ("region", region)}
                for action in stage.get("actions", ())
            ]}
            for stage in stages or ()
        ]  # fmt: skip

    @_takes({"types": []})
    def _func_permissions(self, policy: Any) -> list[dict[str, str]]:
        return function_policies.permissions(policy)

    @_takes({"types": []})
    def _func_is_whole(self, policy: Any) -> bool:
        return function_policies.is_whole(policy)

    @_takes({"types": []}, {"types": ["string"]})
    def _func_unless_usual(self, policy: Any, topic: str) -> Any:
        """A topic's policy, where it is another one than SNS gives each."""
        return None if _is_usual(policy, topic) else policy

    @_takes({"types": []}, {"types": []})
    def _func_rule_of(self, rule: Any, bus: Any) -> str:
        return rule_of(rule, bus)

    @_takes({"types": []})
    def _func_camel(self, block: Any) -> Any:
        return spelling.as_in_programs(block)

    @_takes({"types": []})
    def _func_unescaped(self, policy: Any) -> Any:
        return api_parts.unescaped(policy)

    @_takes({"types": []})
    def _func_exported(self, body: Any) -> dict[str, Any] | None:
        return api_parts.exported(body)

    @_takes({"types": []})
    def _func_integrations(self, resources: Any) -> list[dict[str, Any]]:
        return api_parts.integrations(resources)

    @_takes({"types": []})
    def _func_authorizers(self, listed: Any) -> list[dict[str, Any]]:
        return api_parts.authorizers(listed)

    @_takes({"types": []})
    def _func_served_body(self, stage: Any) -> str | None:
        return api_parts.served_body(stage)

    @_takes({"types": []})
    def _func_served_policy(self, stage: Any) -> str | None:
        return api_parts.served_policy(stage)

    @_takes({"types": []})
    def _func_present(self, value: Any) -> bool:
        return value is not None


def rule_of(rule: Any, bus: Any) -> str:
    """The id of a rule of events: with its bus, where that is not the one of the account."""
    return f"{rule}" if bus in (None, "", "default") else f"{bus}/{rule}"


def object_key(key: str) -> str:
    """The key of an object as S3 has it: the provider leaves out what a path does not need (its
    resource aws_s3_object)."""
    return re.sub("/+", "/", key.removeprefix("./").lstrip("/"))


def _is_usual(policy: Any, topic: str) -> bool:
    """Whether it is what SNS gives each topic: its own account may, whatever it lists of actions
    (SNS developer guide, default policy; read 2026-11-29)."""
    try:
        (statement,) = json.loads(policy)["Statement"]
        allowed = statement.pop("Action")
        sid, account = statement.pop("Sid"), topic.split(":")[4]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        return False
    only = {"StringEquals": {"AWS:SourceOwner": account}}
    everybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Resource": topic, "Condition": only}
    return bool(allowed) and sid == "__default_statement_ID" and statement == everybody


_OPTIONS: Final = jmespath.Options(custom_functions=_Functions())


@cache
def _compiled(path: str) -> Any:
    return jmespath.compile(path)


def at(path: str, thing: Any) -> Any:
    """What a path finds in a thing."""
    return _compiled(path).search(thing, options=_OPTIONS)
