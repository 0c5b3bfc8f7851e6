"""The names of the pack's policies, for those who do not serve them: they need no policy SDK, which
takes half of the time that the proof has for itself."""

from typing import Final

from rules.table import RULES, STACK_RULES

BOUNDARY: Final = "boundary"
EXCEPTIONS_IN_FORCE: Final = "exceptions-in-force"
# Of rules whose findings are warnings.
ADVISORY: Final = frozenset(r.name for r in (*RULES, *STACK_RULES) if r.level == "advisory")
NAMES: Final = frozenset({BOUNDARY, EXCEPTIONS_IN_FORCE, *(r.name for r in (*RULES, *STACK_RULES))})
