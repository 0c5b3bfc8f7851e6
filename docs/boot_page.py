"""docs/self-hosted/boot.md: what each step of a boot does and is told, read from the agent."""

from pathlib import Path

from docs.parts_of_pages import with_parts
from machines.agent.settings import REQUIRED, Schema
from machines.agent.steps.registry import KINDS

PAGE = Path(__file__).parent / "self-hosted" / "boot.md"


def boot_page() -> str:
    """The page as it is, with its table made anew."""
    return with_parts(PAGE, {"machines/agent/steps": steps_table()})


def steps_table() -> str:
    """A row a kind of step, in the order of the registry."""
    rows = [
        f"| `{kind}` | {step.does} | {_settings(step.schema)} |" for kind, step in KINDS.items()
    ]
    return "\n".join(["| Step | What it does | Settings |", "|---|---|---|", *rows])


def _settings(schema: Schema) -> str:
    """Their names, with what holds where one is left out."""
    return ", ".join(
        f"`{name}`" if setting.default is REQUIRED else f"`{name}` ({_default(setting.default)})"
        for name, setting in schema.items()
    )


def _default(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
