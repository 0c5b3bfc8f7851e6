"""The live view of long work, as it stands on a terminal. Looked at by hand in real ones too."""

import io
import time

import pytest
from rich.console import Console
from rich.text import Text

from automation.commands.progress import Progress, progress_on
from automation.commands.screen import Screen
from automation.events import Diagnostic, OperationStarted, ResourceDone, ResourceStarted

LONG = "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"


@pytest.fixture
def now(monkeypatch):
    """A clock that a test turns."""
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    return clock


def console(width: int = 80) -> Console:
    return Console(file=io.StringIO(), width=width, force_terminal=True, get_time=time.monotonic,
                   highlight=False)  # fmt: skip


def step(kind: type, name: str, type_token: str = "aws:ec2/vpc:Vpc"):
    return kind(f"urn::{name}", type_token, name, "create", False)


def frame(of: Progress, screen: Console) -> list[str]:
    """What is to be seen now."""
    with screen.capture() as seen:
        screen.print(of)
    return [line.rstrip() for line in plain(seen.get())]


def plain(ansi: str) -> list[str]:
    """The lines without their colours."""
    return Text.from_ansi(ansi).plain.splitlines()


def test_a_frame_tells_what_is_at_work_and_for_how_long(now):
    screen = console()
    shown = Progress(screen, lines=False)
    shown(OperationStarted("up"))
    assert frame(shown, screen) == ["⠋ creating and changing: 0 done, 0 at work, 0 s"]
    shown(step(ResourceStarted, "cluster"))
    now[0] += 75
    shown(step(ResourceStarted, "dns-firewall", LONG))
    now[0] += 0.5
    assert frame(shown, screen)[:2] == [
        "creating cluster      ec2.Vpc                                      76 s",
        "creating dns-firewall route53.ResolverFirewallRuleGroupAssociation 0 s",
    ]
    assert frame(shown, screen)[2].endswith("creating and changing: 0 done, 2 at work, 76 s")


def test_the_spinner_turns(now):
    screen = console()
    shown = Progress(screen, lines=False)
    shown(OperationStarted("preview"))
    first = frame(shown, screen)[0][0]
    now[0] += 0.3
    assert frame(shown, screen)[0][0] != first


def test_a_frame_is_not_higher_than_a_terminal(now):
    screen = console()
    shown = Progress(screen, lines=False)
    shown(OperationStarted("up"))
    for i in range(30):
        shown(step(ResourceStarted, f"subnet-{i}"))
    lines = frame(shown, screen)
    assert len(lines) == 13
    assert lines[-1].endswith("0 done, 30 at work, 18 more, 0 s")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_of_a_frame_is_wider_than_the_terminal(now, width):
    screen = console(width)
    shown = Progress(screen, lines=False)
    shown(OperationStarted("up"))
    shown(step(ResourceStarted, "a-name-of-a-resource-that-is-long", LONG))
    assert max(map(len, frame(shown, screen))) <= width


def test_what_took_long_stays_and_what_did_not_goes(now):
    screen = console()
    shown = Progress(screen, lines=False)
    shown(OperationStarted("up"))
    for name, seconds in (("quick", 0.2), ("slow", 90)):
        shown(step(ResourceStarted, name, LONG))
        now[0] += seconds
        shown(step(ResourceDone, name, LONG))
    said = plain(screen.file.getvalue())
    assert said == ["created slow (route53.ResolverFirewallRuleGroupAssociation) in 90 s"]


def test_a_warning_is_said_once_and_broken_between_words(now):
    screen = console(width=40)
    shown = Progress(screen, lines=False)
    for operation in ("preview", "up"):
        shown(OperationStarted(operation))
        shown(Diagnostic("", "warning", "nodePools.workers.minSize: 1 nodes survive no failure"))
    assert [line.rstrip() for line in plain(screen.file.getvalue())] == [
        "warning: nodePools.workers.minSize: 1", "nodes survive no failure",
    ]  # fmt: skip


@pytest.mark.parametrize(("no_color", "variable"), [(True, ""), (False, "1"), (False, "")])
def test_colours_go_with_the_option_or_with_the_variable(monkeypatch, no_color, variable):
    monkeypatch.setenv("NO_COLOR", variable)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    screen = Screen(as_json=False, no_color=no_color)
    with screen.err.capture() as seen:
        screen.warn("x")
    assert ("\x1b[33m" in seen.get()) == (not no_color and not variable)


def test_the_view_is_gone_and_the_cursor_back_when_an_operation_fails():
    screen = Screen(as_json=False, no_color=False)
    screen.err = Console(file=io.StringIO(), force_terminal=True, width=80)
    with pytest.raises(KeyboardInterrupt), progress_on(screen) as shown:
        shown(OperationStarted("up"))
        assert shown.live is not None and shown.live.is_started
        raise KeyboardInterrupt
    text = screen.err.file.getvalue()
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def test_elsewhere_it_is_plain_lines(capsys):
    with progress_on(Screen(as_json=False, no_color=False)) as shown:
        shown(OperationStarted("up"))
        shown(step(ResourceStarted, "cluster"))
        shown(step(ResourceDone, "cluster"))
    assert shown.live is None
    assert capsys.readouterr().err == (
        "… creating and changing\ncreated cluster (ec2.Vpc) in 0 s\n"
    )
