"""The JSON Schema of the boundary declaration: the engine checks it before the first resource.

The engine checks shapes only; what a value means (dates, private ranges, empty texts) is
checked in boundary.py, where every fault comes with a way out.
"""

from typing import Any

_TEXTS = {"type": "array", "items": {"type": "string"}}
_TEXT = {"type": "string"}

# No type: a name alone, as it was once, is told by the pack, with what to write instead.
_USED = {
    "properties": {"names": _TEXTS, "owner": _TEXT, "reason": _TEXT, "expires": _TEXT},
    "required": ["names", "owner", "reason", "expires"],
}

SCHEMA: dict[str, dict[str, Any]] = {
    "accounts": {**_TEXTS, "description": "Account ids that are the operator's own."},
    "organizationId": {**_TEXT, "description": "The organization whose accounts are all own."},
    "regions": {**_TEXTS, "description": "Regions resources may lie in; empty: not judged."},
    "services": {
        **_TEXTS,
        "description": "Suffixes of the AWS services endpoints may reach; empty: not judged.",
    },
    "packages": {
        "type": "array",
        "description": "Further Pulumi packages whose resources may be used until a date.",
        "items": _USED,
    },
    "apiGroups": {
        "type": "array",
        "description": "Further Kubernetes API groups whose objects may be used until a date.",
        "items": _USED,
    },
    "registries": {
        **_TEXTS,
        "description": "Registries inside that images may come from besides the own accounts' ECR "
        "of the regions: a host, with a port and the beginning of a path where wanted.",
    },
    "hosts": {
        **_TEXTS,
        "description": "Names inside that machines and pods may be told of: a host, or .domain for "
        "every host of a domain.",
    },
    "cidrs": {
        **_TEXTS,
        "description": "Private ranges traffic may go to; empty: every private range.",
    },
    "connections": {
        "type": "array",
        "description": "Ways to other private networks that are meant to exist.",
        "items": {
            "type": "object",
            "properties": {
                "name": _TEXT,
                "cidrs": _TEXTS,
                "accounts": _TEXTS,
                "owner": _TEXT,
                "reason": _TEXT,
            },
            "required": ["name", "owner", "reason"],
        },
    },
    "supplied": {
        "type": "array",
        "description": "Things outside the deployment that it may use: `ids`, or `stacks` that "
        "put them out.",
        "items": {
            "type": "object",
            "properties": {"ids": _TEXTS, "stacks": _TEXTS, "owner": _TEXT, "reason": _TEXT},
            "required": ["owner", "reason"],
        },
    },
    "domains": {
        "type": "array",
        "description": "Domains whose name servers are the operator's own; names in and under them "
        "may be asked.",
        "items": {
            "type": "object",
            "properties": {"names": _TEXTS, "owner": _TEXT, "reason": _TEXT},
            "required": ["names", "owner", "reason"],
        },
    },
    "factsMaxAgeDays": {
        "type": "integer",
        "description": "For how many days what was read of supplied things counts, 1 to 90; 30 "
        "where nothing is said.",
    },
    "exceptions": {
        "type": "array",
        "description": "Rules that single resources may break until a date.",
        "items": {
            "type": "object",
            "properties": {
                "rule": _TEXT,
                "type": _TEXT,
                "name": _TEXT,
                "owner": _TEXT,
                "reason": _TEXT,
                "expires": _TEXT,
                "scp": _TEXT,
                "only": _TEXTS,
            },
            "required": ["rule", "name", "owner", "reason", "expires"],
        },
    },
}
