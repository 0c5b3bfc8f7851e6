"""Whom AWS lets in right now, held against the record: access entries, and endpoints' policies.

A resource that is there and sound may let in others than it was made for; only its text tells.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from automation.seen import Seen, asked, gone
from automation.state import Resource

if TYPE_CHECKING:
    from automation.aws_calls import Account

ENTRY = "aws:eks/accessEntry:AccessEntry"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
_FIELDS = {"type": "type", "userName": "username", "kubernetesGroups": "kubernetesGroups"}
_SHOWN = "heiiki refresh records that, and heiiki preview shows how up would set it right"


def access_entries(
    associations: Sequence[Resource], recorded: Sequence[Resource], region: str, account: "Account"
) -> Iterator[Seen]:
    """Each recorded entry with its policies, then entries that are not recorded.

    associations: what is recorded of policies, for all entries.
    """
    known: dict[str, set[str]] = {}
    for resource in recorded:
        cluster, _, principal = resource.id.partition(":")
        wanted = {"clusterName": cluster, "principalArn": principal}
        answer = asked(account, region, "eks:DescribeAccessEntry", **wanted)
        if answer is None:
            yield gone("access", resource.name)
            continue
        known.setdefault(cluster, set()).add(principal)
        found = answer["accessEntry"]
        differs = [
            name
            for name, member in _FIELDS.items()
            if name in resource.outputs
            and _plain(resource.outputs[name]) != _plain(found.get(member))
        ]
        given = account.paged(
            "eks", region, "list_associated_access_policies", "associatedAccessPolicies", **wanted
        )
        mine = (a for a in associations if a.id.startswith(f"{cluster}#{principal}#"))
        if {_policy(a.outputs) for a in mine} != {_policy(row) for row in given}:
            differs.append("policies")
        told = f"is not as recorded: {', '.join(differs)}; {_SHOWN}" if differs else "as recorded"
        yield Seen("access", resource.name, told, not differs)
    for cluster, principals in known.items():
        rows = account.paged(
            "eks", region, "list_access_entries", "accessEntries", clusterName=cluster
        )
        for stranger in sorted({str(row) for row in rows} - principals):
            yield Seen("access", stranger, "is not recorded here: another part's stack, EKS or "
                       "somebody else let it in", None)  # fmt: skip


def _policy(row: Mapping[str, Any]) -> str:
    """A policy of an entry with its scope, as one text."""
    scope = row.get("accessScope") or {}
    return f"{row.get('policyArn')} {scope.get('type')} {_plain(scope.get('namespaces'))}"


def policy_differs(resource: Resource, found: Mapping[str, Any]) -> str:
    """How to go on about an endpoint whose policy is another than the recorded one, or nothing."""
    recorded, now = (
        _document(resource.outputs.get("policy")),
        _document(found.get("PolicyDocument")),
    )
    if recorded is None or recorded == now:
        return ""
    return f"; its policy is not the recorded one: {_SHOWN}"


def _document(text: object) -> str | None:
    """A policy as text that does not depend on how it is written; None where there is none."""
    if not isinstance(text, str) or not text:
        return None
    try:
        return _plain(json.loads(text))
    except ValueError:
        return text


def _plain(value: Any) -> str:
    """The same text for lists in another order, and for one thing with and without a list."""
    return json.dumps(_sorted(value), sort_keys=True)


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(child) for key, child in value.items()}
    if not isinstance(value, list):
        return None if value == "" else value
    children = sorted(
        (_sorted(child) for child in value), key=lambda c: json.dumps(c, sort_keys=True)
    )
    return children[0] if len(children) == 1 else children or None
