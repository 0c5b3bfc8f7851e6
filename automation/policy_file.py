"""heiiki.<stack>.policy.json, the file that people sign: what it says, and what is wrong with it.

What a value means is the policy pack's to judge, which shares no code with heiiki: it is asked as a
process. That the file can be meant in one way only is seen here too, before it is handed on.
"""

import json
from pathlib import Path
from typing import Any

from automation.stack_files import StackFiles
from spec.errors import Fault, SpecError
from spec.text_file import is_there, read_text_file

_LEAST = '{"boundary": {"accounts": ["<account id>"]}}'


class _Pairs(list[tuple[str, Any]]):
    """An object as it is written, where a key may stand twice."""


def read_policy_file(path: Path) -> dict[str, Any]:
    """The settings by policy. SpecError when they are none, or when a key is written twice."""
    text = read_text_file(path)
    faults: list[Fault] = []
    try:
        settings = _once(json.loads(text, object_pairs_hook=_Pairs), "", faults)
    except RecursionError:
        raise SpecError([Fault("", "is nested too deeply")], where=path.name) from None
    except json.JSONDecodeError as error:
        way = _way_out(text, error)
        message = f"is no JSON: {error}{f'; {way}' if way else ''}"
        raise SpecError([Fault("", message)], where=path.name) from None
    except ValueError as error:  # a number of more digits than Python reads
        raise SpecError([Fault("", f"is no JSON: {error}")], where=path.name) from None
    if not isinstance(settings, dict):
        faults.append(
            Fault("", f"must be an object of settings by policy; write at least {_LEAST}")
        )
    if faults:
        raise SpecError(dict.fromkeys(faults), where=path.name)
    found: dict[str, Any] = settings
    return found


def _way_out(text: str, error: json.JSONDecodeError) -> str | None:
    """What to write where a text is no JSON; None where nothing is known."""
    at = error.pos
    rest, before = text[at:].lstrip(), text[:at].rstrip()
    if text.startswith("\ufeff"):
        return "save it as UTF-8 without a byte order mark"
    if not text.strip():
        return f"write at least {_LEAST}"
    if rest.startswith(("//", "/*", "#")):
        return "leave comments out, JSON has none"
    if rest[:1] in ("}", "]") and before.endswith(","):
        return "leave out the comma before the bracket"
    if before.endswith(("{", ",")) and rest[:1].isalpha():
        return 'put keys in plain double quotes, "'
    if rest[:1] in ("'", "\u2018", "\u2019", "\u201c", "\u201d"):
        return 'put keys and texts in plain double quotes, "'
    if not rest or error.msg.startswith("Unterminated"):
        return "the file ends too early: restore it from version control, or close what is open"
    if error.msg.startswith("Expecting ','"):
        return "a comma is missing before it"
    if before == "" and rest[:1].isalpha():
        return "write JSON, which begins with a brace"
    return None


def check_policy_file(files: StackFiles) -> None:
    """Raise SpecError with every reason why the pack would refuse the file. None need be there."""
    if not is_there(files.policy_file):
        return
    read_policy_file(files.policy_file)
    from automation.proof import declaration_faults

    if told := declaration_faults(files.policy_file):
        raise SpecError([_fault(line) for line in told], where=files.policy_file.name)


def check_account(files: StackFiles, account_id: str) -> None:
    """Raise SpecError where a sound policy file declares other accounts than the lock file's, in
    which all that the stack makes would count as somebody else's."""
    if not is_there(files.policy_file):
        return
    accounts = read_policy_file(files.policy_file).get("boundary", {}).get("accounts", [account_id])
    if account_id not in accounts:
        message = (
            f"leaves out {account_id}, the lock file's, so all that the stack makes would count as "
            "somebody else's; add it, or run heiiki lock with credentials of the account that is "
            "meant"
        )
        raise SpecError([Fault("boundary.accounts", message)], where=files.policy_file.name)


def _fault(line: str) -> Fault:
    """The pack's sentence; those about an entry begin with its path."""
    path, colon, message = line.partition(": ")
    return Fault(path, message) if colon and path.startswith("boundary.") else Fault("", line)


def _once(value: Any, path: str, faults: list[Fault]) -> Any:
    """The value with its objects as mappings. faults: gets the keys that are there again."""
    if isinstance(value, _Pairs):
        found: dict[str, Any] = {}
        for key, item in value:
            at = f"{path}.{key}" if path else key
            if key in found:
                faults.append(Fault(at, "is written twice; leave the one that is meant"))
            found[key] = _once(item, at, faults)
        return found
    if isinstance(value, list):
        return [_once(item, f"{path}[{index}]", faults) for index, item in enumerate(value)]
    return value
