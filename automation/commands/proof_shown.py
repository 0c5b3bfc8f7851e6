"""A proof as the terminal shows it: what was found, a table of rules, and the verdict.

One cause breaks a rule in many places. So what is alike is told once, with all resources of which
it is true, and what to write instead stands once behind all findings that it mends.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from automation.proof import ProofResult

_NAMED = 4  # resources of a row that are listed
_ALIKE = 40  # resources of which one sentence is told by name; --json has all
_STYLES = {
    "closed": "bold green", "open, answered for": "bold yellow", "open": "bold red",
    "undecided": "bold yellow", "breaks": "bold magenta", "may break": "bold magenta",
    "advice": "yellow",
}  # fmt: skip
_COMPLETE = {True: ", and complete", False: ", but not complete", None: ", and may be incomplete"}

_Finding = Mapping[str, Any]
_Names = Mapping[tuple[str, str], str]


def show_proof(console: Console, stack: str, result: "ProofResult") -> None:
    unanswered = [f for f in result.findings if not f["answered"]]
    advised = [f for f in unanswered if f["level"] == "advisory"]
    broken = [f for f in unanswered if f["claim"] == "completeness"]
    apart = {id(finding) for finding in (*broken, *advised)}
    counted = [f for f in unanswered if id(f) not in apart]
    named = [f for f in result.findings if f["answered"]]
    called = _called(result.findings)
    _list(console, "open", (f for f in counted if f["decided"]), called)
    _list(console, "undecided", (f for f in counted if not f["decided"]), called)
    _list(console, "breaks", (f for f in broken if f["decided"]), called)
    _list(console, "may break", (f for f in broken if not f["decided"]), called)
    _list(console, "advice", advised, called)
    if named:
        counted_as = "finding" if len(named) == 1 else "findings"
        console.print(Text(f"{len(named)} {counted_as} that somebody answers for:", style="bold"))
        for line in dict.fromkeys(_answered(f) for f in named):
            console.print(Text(f"  {line}"))
    looked = result.document
    for line in looked["ofNothing"]:
        console.print(Text("of nothing: ", style="yellow").append(line, style="default"))
    _tabulate(console, result.findings, called)
    complete = _COMPLETE[looked["complete"]]
    told = f"; advisory findings, which change no verdict: {len(advised)}" if advised else ""
    console.print(
        Text(f"{stack} is ").append(result.verdict, style=_STYLES[result.verdict]).append(
            f"{complete}: {looked['resources']} resources, ways from {looked['interfaces']} kinds "
            f"of network interfaces, {looked['policies']} policies{told}"
        )
    )  # fmt: skip


def _tabulate(console: Console, findings: Iterable[_Finding], called: _Names) -> None:
    """One row per rule and who answers: how grave it is, and of which resources."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for finding in findings:
        level = ", advisory" if finding["level"] == "advisory" else ""
        severity = f"{finding['severity']}{level}"
        row = (finding["rule"], severity, finding["answered"] or "nobody")
        rows.setdefault(row, []).append(called[finding["type"], finding["resource"]])
    if not rows:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for header in ("rule", "severity", "where", "answered by"):
        table.add_column(header, overflow="fold", no_wrap=header in ("rule", "severity"))
    for (rule, severity, answered), where in sorted(rows.items()):
        names = list(dict.fromkeys(where))
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        passes = answered != "nobody" or severity.endswith(", advisory")
        style = "yellow" if passes else "red"
        listed = ", ".join(names[:_NAMED]) + more
        table.add_row(rule, severity, Text(listed), Text(answered, style=style))
    console.print(table)


def _called(findings: Iterable[_Finding]) -> dict[tuple[str, str], str]:
    """What each resource is called, by type and name: by its type too, where others of that name
    are spoken of."""
    types: dict[str, set[str]] = {}
    for finding in findings:
        types.setdefault(finding["resource"], set()).add(finding["type"])
    return {
        (type_, name): f"{name} ({type_.rsplit(':', 1)[-1]})" if len(of) > 1 and type_ else name
        for name, of in types.items()
        for type_ in of
    }


def _list(console: Console, heading: str, findings: Iterable[_Finding], called: _Names) -> None:
    """Each thing that was found, by rule and what to write instead: first what a packet, a name or
    a request shows, which is what single rules are about."""
    mended: dict[tuple[str, str], dict[tuple[str, str], list[str]]] = {}
    for finding in sorted(findings, key=lambda found: not found["witness"]):
        alike = mended.setdefault((finding["rule"], finding["instead"]), {})
        name = called[finding["type"], finding["resource"]]
        alike.setdefault((finding["what"], finding["witness"]), []).append(name)
    for (rule, instead), alike in mended.items():
        for (what, witness), names in alike.items():
            told = f"{_all_of(names)} {what}"
            text = Text(f"{heading}: ", style=_STYLES[heading])
            console.print(text.append(f"{rule} {told}" if rule else told, style="default"))
            if witness:
                console.print(Text(f"    {witness}"))
        if instead:
            console.print(Text(f"    {instead}"))


def _all_of(names: Iterable[str]) -> str:
    """What a sentence is about that ends as it does of a single thing."""
    listed = list(dict.fromkeys(names))
    more = f" and {len(listed) - _ALIKE} more" if len(listed) > _ALIKE else ""
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:_ALIKE])}{more}:"


def _answered(finding: _Finding) -> str:
    rule = f"{finding['rule']} " if finding["rule"] else ""
    return f"{rule}{finding['resource']} {finding['what']}: {finding['answered']}"
