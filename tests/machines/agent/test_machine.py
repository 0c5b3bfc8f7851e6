"""Commands as the agent runs them, for real."""

import pytest

from machines.agent.clock import Clock
from machines.agent.errors import AgentError
from machines.agent.machine import Commands

commands = Commands()


def test_a_command_gives_what_it_says():
    assert commands.run(["sh", "-c", "echo out; echo err >&2"]).output == "out\n"
    assert commands.run(["sh", "-c", "exit 3"], allowed=(0, 3)).status == 3


def test_a_command_that_fails_is_told_with_its_last_words():
    with pytest.raises(AgentError, match=r"^sh -c exit 3 ended with 3$"):
        commands.run(["sh", "-c", "exit 3"])
    with pytest.raises(AgentError, match=r"ended with 4: last$"):
        commands.run(["sh", "-c", "echo first >&2; echo last >&2; exit 4"])


def test_a_command_that_takes_too_long_or_is_not_there_is_told():
    with pytest.raises(AgentError, match=r"^sleep took longer than 0.01 s$"):
        commands.run(["sleep", "5"], seconds=0.01)
    with pytest.raises(AgentError, match="no-such-program could not be started: No such file"):
        commands.run(["no-such-program"])


def test_a_command_ends_with_the_boot_s_time_but_is_given_a_moment(monkeypatch):
    late = Clock()
    late.until = late.uptime() - 1
    monkeypatch.setattr("machines.agent.machine.LEAST_SECONDS", 0.05)
    with pytest.raises(AgentError, match=r"^sleep took longer than 0.05 s$"):
        Commands(late).run(["sleep", "600"], seconds=900)
    monkeypatch.setattr("machines.agent.machine.LEAST_SECONDS", 60)
    assert Commands(late).run(["true"], seconds=900).status == 0


def test_a_command_sees_nothing_of_the_agents_environment(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert "secret" not in commands.run(["env"]).output
