"""Nothing that came from a file makes a terminal do anything, wherever in a message it stands."""

import pytest

from spec.errors import Fault, SpecError, joined
from spec.lock import parse_lock
from spec.shown import printable, shown_path
from tests.spec.stack_files import changed, faults, message, text_of

COMMANDS = ("\x1b[2J", "\x9b2J", "\x07", "\r", "\n", "\x7f", "\u202e", "\u2066", "\u200b", "\u2028")


@pytest.mark.parametrize("command", COMMANDS, ids=ascii)
def test_a_key_is_shown_with_its_commands_escaped(command):
    key = f"a{command}b"
    escaped = repr(key)[1:-1]
    assert command not in escaped
    assert faults({key: 1})[0][0] == escaped
    for path in ("nodePools.workers", "nodePools", "tags", "network.subnets"):
        found = message(text_of(changed({f"{path}.{key}": 1})))
        assert f"  {path}.{escaped}: " in found
        assert found.replace("\n", "").isprintable()


@pytest.mark.parametrize("command", COMMANDS, ids=ascii)
def test_so_it_is_in_the_lock_file_and_in_faults_of_yaml_and_of_secrets(command):
    quoted = '"a' + "".join(f"\\U{ord(c):08x}" for c in command) + 'b"'
    escaped = repr(f"a{command}b")[1:-1]
    with pytest.raises(SpecError) as caught:
        parse_lock(f"{quoted}: 1", where="x")
    assert f"  {escaped}: is no key that heiiki knows" in str(caught.value)
    twice = message(f"config: {{{quoted}: 1, {quoted}: 2}}")
    assert f"the key {escaped} stands here a second time" in twice
    secure = message(text_of(changed({f"tags.a{command}b": {"secure": "v1:x:y"}})))
    assert f"  tags.{escaped}: is encrypted" in secure


def test_names_of_files_and_messages_are_escaped_and_lines_are_kept():
    error = SpecError([Fault("a", "is \x1b[2J\nso")], where="Pulumi.\x1b[2J.yaml")
    assert str(error) == ("Pulumi.\\x1b[2J.yaml is not valid (1 fault):\n  a: is \\x1b[2J\nso")
    assert "\x1b" not in str(joined([error, error]))


def test_letters_of_every_script_are_shown_as_they_are():
    assert shown_path(["tags", "閉域 ã"]) == "tags.閉域 ã"
    assert printable("a\tb\x1b", keep="\t") == "a\tb\\x1b"
