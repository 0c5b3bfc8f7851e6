"""docs/ci: the workflows are what they seem: YAML, sound shell, and commands that exist."""

import shlex

import pytest
import typer
import yaml

from automation.commands.app import app
from tests.docs.workflows import WORKFLOWS, scripts
from tests.scenarios import ROOT
from tests.tools import shell

every_workflow = pytest.mark.parametrize("name", WORKFLOWS)


def heiiki_lines(name):
    lines = (shlex.split(line) for script in scripts(name) for line in script.splitlines())
    return [words[1:] for words in lines if words and words[0].endswith("/heiiki")]


@every_workflow
def test_its_scripts_are_sound(name):
    assert len(scripts(name)) > 5
    for script in scripts(name):
        shell.check_script(f"#!/bin/bash\n{script}\n")


@every_workflow
def test_it_asks_heiiki_what_heiiki_answers(name):
    commands = typer.main.get_command(app).commands
    said = [words[0] for words in heiiki_lines(name)]
    assert sorted(said) == ["preview", "prove", "prove", "prove", "status", "validate"]
    for command, *arguments in heiiki_lines(name):
        given = arguments[: arguments.index(">")] if ">" in arguments else arguments
        commands[command].make_context(command, given)


@every_workflow
def test_evidence_is_kept_where_a_job_fails_and_no_key_is_stored(name):
    text = (ROOT / "docs/ci" / name).read_text(encoding="utf-8")
    assert "--html proof.html > proof.json" in text and "preview.json" in text
    assert "proof.*" in text or "[proof.json, proof.html]" in text
    assert text.count("always") >= 3
    assert "AWS_SECRET_ACCESS_KEY" not in text and "AWS_ACCESS_KEY_ID" not in text


def test_both_workflows_ask_the_same():
    asked = [sorted(map(tuple, heiiki_lines(name))) for name in WORKFLOWS]
    assert asked[0] == asked[1] and yaml.safe_load((ROOT / "docs/ci" / WORKFLOWS[0]).read_text())


def test_jobs_that_assume_a_role_alone_may_ask_for_a_token():
    """The others run what a pull request brings, and need none. None leaves its token in git."""
    workflow = yaml.safe_load((ROOT / "docs/ci/github-actions.yml").read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    may, assume = set(), set()
    for name, job in workflow["jobs"].items():
        uses = [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]
        if job.get("permissions", {}).get("id-token") == "write":
            may.add(name)
        if "aws-actions/configure-aws-credentials" in uses:
            assume.add(name)
        (checkout,) = (s for s in job["steps"] if s.get("uses", "").startswith("actions/checkout"))
        assert checkout["with"]["persist-credentials"] is False
    assert may == assume == {"preview", "recorded", "live"}
