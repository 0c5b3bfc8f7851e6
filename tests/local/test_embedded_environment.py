"""What a wrapped command gets to see."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from automation.invocation import WITHIN
from local.environment import Home, SettingError, attached, backend_url, closed, command_environment

OPERATORS_OWN = {
    "AWS_PROFILE": "production",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ENDPOINT_URL_STS": "https://sts.example.com",
    "AWS_SECRET_ACCESS_KEY": "real",
    "PULUMI_ACCESS_TOKEN": "real",
    "PULUMI_BACKEND_URL": "s3://real",
    "PULUMI_CONFIG_PASSPHRASE": "real",
    "HTTPS_PROXY": "http://proxy.example.com",
    "https_proxy": "http://proxy.example.com",
    "KUBECONFIG": "/home/me/.kube/config",
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def environment(home: Home, refresh: bool = False) -> dict[str, str]:
    before = {**OPERATORS_OWN, "PATH": "/usr/bin", "LANG": "C", "PULUMI_OPTION_COLOR": "never"}
    return command_environment(
        before, home, Path("/engine"), "http://127.0.0.1:1", "aws:2,tls:3", refresh
    )


def test_nothing_of_the_operators_accounts_is_seen(home: Home) -> None:
    seen = environment(home)

    assert not {name for name, value in OPERATORS_OWN.items() if seen.get(name) == value}
    assert seen["AWS_SECRET_ACCESS_KEY"] == "embedded"
    assert seen["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert seen["AWS_CONFIG_FILE"] == os.devnull


def test_what_is_the_commands_own_business_is_kept(home: Home) -> None:
    seen = environment(home)

    assert seen["LANG"] == "C"
    assert shlex.split(seen[WITHIN]) == [sys.executable, "-m", "local", "exec", "--"]
    assert seen["PULUMI_OPTION_COLOR"] == "never"


def test_everything_points_at_this_machine(home: Home) -> None:
    seen = environment(home)

    assert seen["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert seen["PULUMI_DEBUG_PROVIDERS"] == "aws:2,tls:3"
    assert (
        seen["PULUMI_BACKEND_URL"] == f"file://{home.state}?metadata=skip" and home.state.is_dir()
    )
    assert backend_url(Path("/a b/#1?%20")) == "file:///a%20b/%231%3F%2520?metadata=skip"
    assert seen["PULUMI_HOME"] == str(home.engine) and home.engine.is_dir()
    assert seen["PATH"].split(":") == ["/engine", str(Path(sys.executable).parent), "/usr/bin"]


def test_the_engine_keeps_logs_only_where_somebody_has_made_their_folder(home: Home) -> None:
    seen = environment(home)
    assert (Path(seen["PULUMI_HOME"]) / "logs").is_file()
    (home.engine / "logs").unlink()
    (home.engine / "logs").mkdir()
    environment(home)
    assert (home.engine / "logs").is_dir()


def test_the_ordinary_command_works_from_another_clone_on_the_same_stack_file(home: Home) -> None:
    """`pulumi` writes the passphrase's salt into the stack file, which is checked in."""
    other = Home(home.directory / "other")
    given = environment(home)["PULUMI_CONFIG_PASSPHRASE"]
    assert given and given == environment(other)["PULUMI_CONFIG_PASSPHRASE"]
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in environment(home)


def test_the_engine_looks_first_only_when_it_must(home: Home) -> None:
    assert "PULUMI_OPTION_REFRESH" not in environment(home)
    assert environment(home, refresh=True)["PULUMI_OPTION_REFRESH"] == "true"


def test_state_is_beside_the_project_file_unless_told_otherwise() -> None:
    checkout = Path(__file__).parents[2]

    assert Home.of({}).directory == checkout / ".heiiki"
    assert Home.of({"HEIIKI_HOME": "/elsewhere"}).directory == Path("/elsewhere")
    assert (checkout / "Pulumi.yaml").is_file()


def test_closing_twice_changes_nothing() -> None:
    once = closed(OPERATORS_OWN)

    assert closed(once) == once


def test_named_providers_are_left_to_the_official_plugins() -> None:
    ours = "aws:2,tls:3,kubernetes:4"
    assert attached(ours, {}) == ours == attached(ours, {"HEIIKI_OFFICIAL_PROVIDERS": " "})
    left = attached(ours, {"HEIIKI_OFFICIAL_PROVIDERS": "kubernetes, tls"})
    assert left == "aws:2"
    with pytest.raises(SettingError, match="names gcp; write any of aws, tls, kubernetes"):
        attached(ours, {"HEIIKI_OFFICIAL_PROVIDERS": "tls,gcp"})
