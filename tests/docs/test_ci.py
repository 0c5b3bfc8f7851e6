"""docs/ci: the workflows are what they seem: YAML, sound shell, and commands that exist."""

import re
import shlex
import subprocess

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
        ends = [at for at, word in enumerate(arguments) if word in (">", "||")]
        given = arguments[: min(ends, default=None)]
        commands[command].make_context(command, given)


@every_workflow
def test_evidence_is_kept_where_a_job_fails_and_no_key_is_stored(name):
    text = (ROOT / "docs/ci" / name).read_text(encoding="utf-8")
    assert "--html proof.html > proof.json" in text and "preview.json" in text
    assert "proof.*" in text or "[proof.json, proof.html]" in text
    assert text.count("always") >= 3
    assert "AWS_SECRET_ACCESS_KEY" not in text and "AWS_ACCESS_KEY_ID" not in text


def _asked(words):
    return tuple(words[: words.index("||")] if "||" in words else words)


def test_both_workflows_ask_the_same():
    asked = [sorted(map(_asked, heiiki_lines(name))) for name in WORKFLOWS]
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


def test_actions_are_pinned_by_their_commits():
    """A tag may be moved by whoever takes an action over."""
    text = (ROOT / "docs/ci/github-actions.yml").read_text(encoding="utf-8")
    used = re.findall(r"uses: (\S+)(.*)", text)
    assert len(used) > 10
    for action, beside in used:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", beside), action
    assert len({action for action, _ in used}) == len({a.partition("@")[0] for a, _ in used}) == 3


@pytest.mark.parametrize("fails", ["heiiki prove", "pulumi policy", "heiiki status", ""])
def test_a_record_is_asked_everything_whatever_fails_first(tmp_path, fails):
    """On GitLab lines are one script, which would end at the first that fails."""
    workflow = yaml.safe_load((ROOT / "docs/ci/gitlab-ci.yml").read_text(encoding="utf-8"))
    failing = f'case "$said" in "{fails or "-"}"*) exit 1; esac'
    tool = f'#!/bin/sh\nsaid="${{0##*/}} $*"\necho "$said" >> asked\n{failing}\n'
    (tmp_path / ".venv/bin").mkdir(parents=True)
    for path in (".venv/bin/heiiki", "pulumi"):
        (tmp_path / path).write_text(tool)
        (tmp_path / path).chmod(0o755)
    script = "\n".join(["set -eo pipefail", *workflow["recorded"]["script"]])
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin", "STACK": "prod"}
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environ, check=False)
    assert done.returncode == bool(fails)
    asked = [line.split()[:2] for line in (tmp_path / "asked").read_text().splitlines()]
    assert asked == [
        ["pulumi", "stack"],
        ["heiiki", "prove"],
        ["pulumi", "policy"],
        ["heiiki", "status"],
    ]
