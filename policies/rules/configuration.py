"""What a configuration may say of the pack: every rule keeps its level, or gets a higher one."""

import difflib
from collections.abc import Mapping

from rules.declaration import Setting
from rules.policy_names import ADVISORY, BOUNDARY, EXCEPTIONS_IN_FORCE, NAMES


def configuration_faults(levels: dict[str, str], with_properties: set[str]) -> list[str]:
    """Why a configuration would weaken the pack; empty when it would not.

    levels: policy name (or `all`) to mandatory, advisory, remediate or disabled.
    with_properties: the names that are given anything besides a level.
    """
    known = NAMES | {"all"}
    faults = [f"there is no policy {name}{_meant(name)}" for name in sorted(set(levels) - known)]
    lowered = sorted(
        f"{name} ({level})"
        for name, level in levels.items()
        if name in known - {EXCEPTIONS_IN_FORCE}
        and level != "mandatory"
        and not (name in ADVISORY and level == "advisory")
    )
    if lowered:
        listed = ", ".join(lowered[:3]) + (" and others" if len(lowered) > 3 else "")
        faults.append(
            f"every rule keeps its level, but the configuration lowers {listed}; "
            "name the resource and the rule under boundary.exceptions instead"
        )
    if levels.get(EXCEPTIONS_IN_FORCE) == "disabled":
        faults.append(f"{EXCEPTIONS_IN_FORCE} stays on, so that exceptions are seen")
    for name in sorted(with_properties - {BOUNDARY}):
        faults.append(f"{name} takes no properties; write them under {BOUNDARY}")
    return faults


def _meant(name: str) -> str:
    close = difflib.get_close_matches(name[:80], [BOUNDARY, *sorted(NAMES)], n=1, cutoff=0.8)
    return f"; is {close[0]} meant?" if close else ""


def settings_faults(settings: Mapping[str, Setting]) -> list[str]:
    """The same of a file: what the engine would be refused when it hands it on."""
    levels = {name: setting.level or "mandatory" for name, setting in settings.items()}
    return configuration_faults(
        levels, {n for n, setting in settings.items() if setting.properties}
    )


def raised(settings: Mapping[str, Setting]) -> frozenset[str]:
    """The names of advisory policies that a file makes mandatory, by their own name or by `all`."""
    of_all = settings["all"].level if "all" in settings else None
    own = {name: settings[name].level for name in ADVISORY & set(settings)}
    return frozenset(n for n in ADVISORY if (own.get(n) or of_all) == "mandatory")
