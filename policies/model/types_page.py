"""docs/proof/types.md: how every type of the AWS provider stands; a test keeps it in step."""

from collections.abc import Collection, Iterator

from model.types import HARMLESS_TYPES, MODELLED, MODELLED_TYPES, Standing, standing
from rules.model import SAME_TYPES
from rules.types import inspected

_INTRO = """\
# Types in the proof

Written from the model (`policies/model/types.py`) by the tests; do not edit this page.

The proof speaks of a deployment's network. It may do so only where it knows what each resource can
do to it. Every type of the AWS provider stands in exactly one of four ways:

| standing | types | what it means |
|---|---|---|
"""
_MEANING = {
    Standing.MODELLED: "the model reads it, and the proof reasons with what it says",
    Standing.JUDGED: "a rule looks at each such resource ([policies](../policies.md)); its "
    "effects are refused or named, not reasoned with",
    Standing.HARMLESS: "no value of its inputs opens a way out",
    Standing.UNKNOWN: "nobody has judged it; wherever it occurs it is a finding (CN-001)",
}


def render(tokens: Collection[str]) -> str:
    """The whole page. tokens: every type of the provider."""
    by = {way: sorted(t for t in tokens if standing(t) is way) for way in Standing}
    rows = [f"| {way.value} | {len(by[way])} | {_MEANING[way]} |" for way in Standing]
    return "\n".join(
        [
            _INTRO + "\n".join(rows),
            f"\n{len(tokens)} types in all.\n",
            *_modelled(),
            *_refused(),
            "## Judged by a rule\n",
            *_families(by[Standing.JUDGED]),
            *_harmless(by[Standing.HARMLESS]),
            "## Unknown\n",
            *_families(by[Standing.UNKNOWN]),
            "",
        ]
    )


def _modelled() -> Iterator[str]:
    yield "## Modelled\n"
    for part, types in MODELLED.items():
        others = [token for token, same in SAME_TYPES.items() if same in types]
        yield f"- {part}: " + ", ".join(f"`{token}`" for token in (*types, *others))
    yield ""


def _refused() -> Iterator[str]:
    """What the model reads, while no rule has judged it resource by resource."""
    refused = [t for t in MODELLED_TYPES if not inspected(t) and t not in HARMLESS_TYPES]
    listed = ", ".join(f"`{token}`" for token in sorted(refused))
    yield f"Of these no rule judges {listed}, so that the pack refuses them (CN-001).\n"


def _harmless(tokens: Collection[str]) -> Iterator[str]:
    yield "\n## Harmless\n"
    for why in dict.fromkeys(HARMLESS_TYPES.values()):
        of = [token for token in tokens if HARMLESS_TYPES[token] == why]
        if of:
            yield f"- {why}: " + ", ".join(f"`{token}`" for token in of)
    yield ""


def _families(tokens: Collection[str]) -> Iterator[str]:
    """One line for each module of the provider."""
    modules: dict[str, list[str]] = {}
    for token in tokens:
        module, _, noun = token.removeprefix("aws:").partition("/")
        modules.setdefault(module, []).append(noun.rpartition(":")[2])
    for module, nouns in modules.items():
        yield f"- `{module}`: {', '.join(nouns)}"
