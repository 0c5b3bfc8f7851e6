"""Results as people read them: the change list with its effects, the verdict, the outputs."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from automation.commands.screen import short_type
from automation.gate import violation_line
from automation.results import Output, Preview, ResourceChange, Rollout, Verdict

_SIGNS = {"create": ("+", "green"), "update": ("~", "yellow"), "delete": ("-", "red"),
          "replace": ("±", "red"), "import": ("=", "cyan"), "refresh": ("?", "yellow")}  # fmt: skip
_RISKS = {"none": "", "machines": "MACHINES ", "outage": "OUTAGE ", "dataLoss": "DATA LOSS "}
_PATHS = 6
_HIDDEN = "[secret]"
_VALUE_CHARACTERS = 100


def show_changes(
    console: Console, changes: tuple[ResourceChange, ...], *, none: str = "nothing changes"
) -> None:
    """One row per change: what, which, and what it does to what is running."""
    if not changes:
        console.print(none)
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for header in ("", "resource", "type", "effect"):
        table.add_column(header, overflow="fold")
    for change in changes:
        sign, style = _SIGNS.get(change.operation, ("?", ""))
        risk = _RISKS[change.risk]
        table.add_row(
            Text(sign, style=style),
            Text(change.name),
            Text(short_type(change.type), style="dim"),
            Text(risk, style="bold red").append(change.effect, style="default"),
        )
        if change.operation != "create" and change.properties:
            table.add_row("", Text("  " + _paths(change), style="dim"), "", "")
    console.print(table)


def _paths(change: ResourceChange) -> str:
    paths = [p.path for p in change.properties]
    more = f" and {len(paths) - _PATHS} more" if len(paths) > _PATHS else ""
    return ", ".join(paths[:_PATHS]) + more


def change_counts(changes: tuple[ResourceChange, ...]) -> str:
    """ "3 to create, 1 to change"."""
    words = {"create": "to create", "update": "to change", "delete": "to delete",
             "replace": "to replace", "import": "to take over"}  # fmt: skip
    counts = Counter(c.operation for c in changes)
    told = [f"{n} {words.get(operation, operation)}" for operation, n in counts.items()]
    return ", ".join(told) or "nothing changes"


def show_verdict(console: Console, verdict: Verdict) -> None:
    """What the pack said, and how far that goes."""
    for advisory in verdict.advisories:
        console.print(Text(f"advice: {violation_line(advisory)}", style="yellow"))
    if not verdict.passed:
        count = len(verdict.violations) + len(verdict.not_run)
        count += len(verdict.not_judged) + len(verdict.only_read)
        console.print(Text(f"policy pack NOT passed: {count} findings", style="bold red"))
        for finding in (*verdict.violations, *verdict.not_run):
            console.print(Text(f"  {violation_line(finding)}"))
        for urn in (*verdict.not_judged, *verdict.only_read):
            console.print(Text(f"  {urn} was not judged"))
        return
    advised = f", advisory findings: {len(verdict.advised)}" if verdict.advised else ""
    console.print(
        Text("policy pack passed: ", style="bold green").append(
            f"{verdict.rules} rules over {verdict.resources} resources{advised}. Each resource was "
            "judged by itself, and all of them together: where ids come from, where packets may "
            "go, whom policies let pass. What is not proved yet: docs/proof/README.md.",
            style="default",
        )
    )


def show_preview(console: Console, preview: Preview) -> None:
    """A preview as a whole."""
    show_changes(console, preview.changes)
    for note in preview.notes:
        console.print(f"note: {note}", markup=False, highlight=False)
    for refusal in preview.refusals:
        console.print(Text(f"heiiki up would refuse this: {refusal.message}", style="bold red"))
        for detail in refusal.details:
            console.print(Text(f"  {detail}"))
        console.print(Text(refusal.advice))
    console.print(f"{change_counts(preview.changes)}, in {preview.seconds:.0f} s")
    if preview.verdict is not None and preview.verdict.passed:  # else the refusal says why
        show_verdict(console, preview.verdict)


def show_outputs(console: Console, outputs: Mapping[str, Output]) -> None:
    """Outputs by name; secrets masked unless they were asked for, long values shortened."""
    if not outputs:
        console.print("the stack has no outputs")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("output")
    table.add_column("value", overflow="fold")
    for name, output in outputs.items():
        for label, text in _rows(name, output):
            table.add_row(Text(label), Text(text))
    console.print(table)


def show_rollouts(console: Console, rolling: tuple[Rollout, ...]) -> None:
    """Pools that are still being rolled, and how to watch that."""
    for rollout in rolling:
        told = f"{rollout.status}, {rollout.percent_complete} % done"
        if rollout.unread:
            told = f"how far that is cannot be read: {rollout.unread}"
        console.print(
            f"{rollout.pool}: its machines are being replaced, and up does not wait for the end "
            f"({told}). Watch it: {rollout.watch}",
            markup=False, soft_wrap=True,
        )  # fmt: skip


def _rows(name: str, output: Output) -> list[tuple[str, str]]:
    if output.secret and output.value is None:
        return [(name, _HIDDEN)]
    if isinstance(output.value, dict):
        rows = [(f"{name}.{key}", _text(value)) for key, value in output.value.items()]
        return rows or [(name, "none")]
    return [(name, _text(output.value))]


def _text(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = text.replace("\n", " ")
    return text if len(text) <= _VALUE_CHARACTERS else f"{text[: _VALUE_CHARACTERS - 1]}…"
