"""docs/command.md: the `heiiki` command, as its own help describes it."""

from typing import Any

import typer.main

from automation.commands.app import app

_HEAD = """\
# The `heiiki` command

Generated from the command itself; run `make docs` after a change.

Results go to stdout, progress and warnings to stderr. With `--json`, stdout carries exactly one
JSON document, also when the command fails: `{"error": {"kind", "message", "details", "advice"}}`,
or `faults` with a YAML path each.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | refused: faults in a file, the policy pack did not pass, a check failed, or you said no |
| 2 | wrong usage |
| 3 | the engine or AWS failed; running the same command again goes on from there |
| 130 | interrupted, or its terminal was closed; what was under way was ended and recorded first |

`heiiki diff` ends as diff(1) does: 0 the same, 1 different, 2 a file is missing or has faults.

`heiiki --version` prints which heiiki it is.

A stack that is named without a file is the checkout's, wherever the command is called; where the
current folder has another file of that name, it asks for `--file`.

Secrets are masked everywhere but in `heiiki kubeconfig` and `heiiki outputs --show-secrets`. Stack
files are never written to: the engine works on a copy in `.heiiki/stacks/<stack>/` (or below
`HEIIKI_HOME`), which also keeps the event log of each last operation, and may be deleted at any
time.
"""


def command_page() -> str:
    """The page's text."""
    group: Any = typer.main.get_command(app)
    index = [f"| [`heiiki {n}`](#heiiki-{n}) | {_first(c)} |" for n, c in group.commands.items()]
    sections = [_section(name, command) for name, command in group.commands.items()]
    table = "\n".join(["| command | what it does |", "|---|---|", *index])
    return "\n".join([_HEAD, table, "", *sections])


def _first(command: Any) -> str:
    return str(command.help).split("\n\n")[0].replace("\n", " ")


def _section(name: str, command: Any) -> str:
    paragraphs = [p.replace("\n", " ") for p in str(command.help).split("\n\n")]
    rows = [_row(option) for option in command.params]
    table = ["| option | meaning |", "|---|---|", *rows]
    return "\n".join([f"## heiiki {name}", "", *_spaced(paragraphs), *table, ""])


def _spaced(paragraphs: list[str]) -> list[str]:
    return [line for paragraph in paragraphs for line in (paragraph.strip(), "")]


def _row(option: Any) -> str:
    argument = option.param_type_name == "argument"
    names = ", ".join(f"`{name}`" for name in sorted(option.opts, key=len, reverse=True))
    value = "" if argument or option.is_flag else f" *{(option.metavar or option.name).lower()}*"
    meaning = str(option.help).replace("<", "&lt;")
    return f"| {names}{value} | {meaning} |"
