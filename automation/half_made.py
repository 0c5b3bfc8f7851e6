"""What an `up` that failed has left: proved from the record, since no stack policy judged it.

The engine asks a pack about the whole deployment when an update ends well, and not otherwise. What
stands then is a part of what the preview judged, and a part may be open where the whole is not: a
subnet without its table yet, a VPC without its DNS Firewall.
"""

from collections.abc import Iterator
from typing import Any, Final

from automation.errors import AutomationError
from automation.proof import ProofEngine
from automation.recorded_stack import stacks_of
from automation.stack_files import StackFiles

_LISTED: Final = 8


def found_of(files: StackFiles, export: str) -> Iterator[str]:
    """Sentences about what is recorded; none where nothing is. Never raises: the failure itself
    must be told."""
    if not stacks_of(export):
        return
    engine = ProofEngine(files.short_name, "--state", files.policy_file, facts=files.facts_file)
    try:
        result = engine.answer(lambda: export)
    except AutomationError as error:
        why = "; ".join((error.message, *error.details))
        yield f"what has been made was judged by nobody: {why}"
        return
    counted = [
        f
        for f in result.findings
        if not f["answered"] and f["level"] == "mandatory" and f["claim"] != "completeness"
    ]
    grave = [f for f in counted if f["severity"] == "critical"]
    yield from map(_sentence, grave[:_LISTED])
    if not grave:
        count = result.document["resources"]
        yield f"what has been made so far, {count} resources, has no way in or out"
    elif more := len(counted) - min(len(grave), _LISTED):
        yield f"and {more} more; pulumi stack export, then heiiki prove --state, tells all of it"


def _sentence(finding: dict[str, Any]) -> str:
    word = "is open" if finding["decided"] else "may be open"
    rule = f"{finding['rule']} " if finding["rule"] else ""
    return f"what has been made {word}: {rule}{finding['resource']} {finding['what']}"
