"""docs/proof/invariants.md, written from the table of invariants; a test keeps it in step."""

from collections.abc import Iterator, Mapping

from rules.invariants import CHANNELS, INVARIANTS, Row

_INTRO = """\
# What a closed network holds to

Written from `policies/rules/invariants.py` by `make golden`; do not edit this page.

Each demand on a closed network, with the [rules](../policies.md) that see to it, or what sees to it
where no rule does. A rule prints the number of the first one that it is about. Below stand the
channels that private subnets leave open. A test holds that every row has a rule or an answer, that
each rule exists, and that it stands in the row that it names. That each mandatory rule catches
something that no other one does: [mutations](mutations.md).
"""


def render() -> str:
    """The whole page."""
    lines = [
        _INTRO,
        "## Invariants\n",
        *_table("invariant", INVARIANTS),
        "\n## Channels\n",
        *_table("channel", CHANNELS),
    ]
    return "\n".join(lines) + "\n"


def _table(name: str, rows: Mapping[int, Row]) -> Iterator[str]:
    yield f"| | {name} | rules | beside them |\n|---|---|---|---|"
    for number, row in rows.items():
        anchor = f'<a id="{name}-{number}"></a>{number}'
        links = ", ".join(f"[{id_}](../policies.md#{id_.lower()})" for id_ in row.ids)
        yield f"| {anchor} | {row.claim} | {links} | {row.answer} |"
