"""docs/environments.md: its stack files are valid, and differ as the page says."""

import re

import yaml
from typer.testing import CliRunner

from automation.commands.app import app
from tests.scenarios import EXAMPLES, ROOT

PAGE = (ROOT / "docs" / "environments.md").read_text(encoding="utf-8")


def test_the_two_environments_of_the_page_differ_as_it_says(tmp_path):
    files = {}
    for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL):
        name = re.match(r"# Pulumi\.(\w+)\.yaml\n", text)[1]
        files[name] = tmp_path / f"Pulumi.{name}.yaml"
        files[name].write_text(text, encoding="utf-8")
        lock = yaml.safe_load((EXAMPLES / "dev" / "heiiki.dev.lock.yaml").read_text("utf-8"))
        lock["instanceTypes"]["t3.small"] = lock["instanceTypes"]["m7i.large"]  # the bastion's
        path = tmp_path / f"heiiki.{name}.lock.yaml"
        path.write_text(yaml.safe_dump(lock), encoding="utf-8")
    assert sorted(files) == ["closed", "verification"]
    ended = CliRunner().invoke(app, ["diff", str(files["verification"]), str(files["closed"])])
    assert ended.exit_code == 1
    (shown,) = re.findall(r"```text\n\$ heiiki diff verification closed\n(.*?)```", PAGE, re.DOTALL)
    assert [line.rstrip() for line in ended.stdout.splitlines()] == shown.splitlines()
