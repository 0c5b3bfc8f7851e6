"""The ways in which services take, change and tell tags."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from local.aws.translate.calls import Call, search


def pairs(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    return [{key: name, value: content} for name, content in sorted(tags.items())]


def own_tags(listed: Iterable[Mapping[str, Any]] | None, key: str, value: str) -> dict[str, str]:
    """Tags that AWS sets itself (aws:…) are none of ours."""
    return {t[key]: t.get(value, "") for t in listed or () if not t[key].startswith("aws:")}


def changed(olds: Mapping[str, str], news: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What to set, and the keys to take away."""
    setting = {key: value for key, value in news.items() if olds.get(key) != value}
    return setting, sorted(olds.keys() - news.keys())


@dataclass(frozen=True)
class Ec2Tags:
    """TagSpecifications at create, CreateTags and DeleteTags later. `type` as EC2 spells it.

    With specified=False the create operation takes none, and they are set after it.
    """

    type: str
    path: str = "Tags"
    specified: bool = True

    def on_create(self, tags: Mapping[str, str]) -> Mapping[str, Any]:
        if not tags or not self.specified:
            return {}
        return {"TagSpecifications": [{"ResourceType": self.type, "Tags": pairs(tags)}]}

    def change(self, call: Call, olds: Mapping[str, str], news: Mapping[str, str]) -> None:
        setting, removing = changed(olds, news)
        owner = ec2_owner(call)
        if removing:
            call.send(
                "delete_tags", "ec2", Resources=[owner], Tags=[{"Key": key} for key in removing]
            )
        if setting:
            call.send("create_tags", "ec2", Resources=[owner], Tags=pairs(setting))

    def read(self, call: Call, described: Mapping[str, Any]) -> Mapping[str, str]:
        return own_tags(described.get(self.path), "Key", "Value")


def ec2_owner(call: Call) -> str:
    """EC2 names what it tags by id; a key pair's Pulumi id is its name instead."""
    return str(call.outputs.get("keyPairId") or call.id)


@dataclass(frozen=True)
class ServiceTags:
    """Tags by operations of the service itself.

    owner: the member that names the resource in tag, untag and list; owner_value: its value.
    member: the member of the create request, "" where create takes none.
    fixed: further members of all three requests.
    """

    tag: str
    untag: str
    owner: str
    owner_value: Callable[[Call], str] = lambda call: call.id
    form: Literal["list", "map"] = "list"
    member: str = "Tags"
    tags_member: str = "Tags"
    keys_member: str = "TagKeys"
    key: str = "Key"
    value: str = "Value"
    list_operation: str = ""
    listed: str = "Tags"
    many_owners: bool = False
    fixed: tuple[tuple[str, str], ...] = ()

    def _form(self, tags: Mapping[str, str]) -> Any:
        return dict(tags) if self.form == "map" else pairs(tags, self.key, self.value)

    def _owner(self, call: Call) -> dict[str, Any]:
        value = self.owner_value(call)
        return {self.owner: [value] if self.many_owners else value, **dict(self.fixed)}

    def on_create(self, tags: Mapping[str, str]) -> Mapping[str, Any]:
        return {self.member: self._form(tags)} if tags and self.member else {}

    def change(self, call: Call, olds: Mapping[str, str], news: Mapping[str, str]) -> None:
        setting, removing = changed(olds, news)
        if removing:
            call.send(self.untag, **{**self._owner(call), self.keys_member: removing})
        if setting:
            call.send(self.tag, **{**self._owner(call), self.tags_member: self._form(setting)})

    def read(self, call: Call, described: Mapping[str, Any]) -> Mapping[str, str]:
        if self.list_operation:
            told = call.find(self.list_operation, self.listed, **self._owner(call))
        else:
            told = search(self.listed, described)
        if self.form == "map":
            return {k: v for k, v in (told or {}).items() if not k.startswith("aws:")}
        return own_tags(told, self.key, self.value)
