"""Whatever is in the file, the operator reads faults: never a traceback, never a secret."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.errors import SpecError
from spec.lock import lock_file_name, parse_lock
from spec.shown import printable
from spec.stack_file import parse_pulumi_config, parse_stack_file
from tests.quick_yaml import dumped, loaded
from tests.scenarios import EXAMPLES, SCENARIOS
from tests.spec.stack_files import SMALLEST, text_of
from tests.spec.strategies import FAST, JUNK, MARKER, broken_keys, stack_keys

LOCK = loaded((EXAMPLES / "existing" / lock_file_name("existing")).read_text("utf-8"))
EXAMPLE_KEYS = [
    {
        key.removeprefix("heiiki:"): value
        for key, value in loaded((EXAMPLES / s / f"Pulumi.{s}.yaml").read_text("utf-8"))[
            "config"
        ].items()
    }
    for s in SCENARIOS
]
START = st.one_of(st.sampled_from(EXAMPLE_KEYS), stack_keys())


def check(error: SpecError, document: Any) -> None:
    """Every fault has a message, and a path that stands in the file or is said to be missing."""
    assert error.faults
    assert MARKER not in str(error).lower()
    for fault in error.faults:
        assert fault.message
        assert len(fault.value or "") < 200
        if fault.path == "":
            assert fault.message.startswith(("is no YAML", "is too large", "is nested"))
        elif "(not shown)" not in fault.path:
            places = stands(document, fault.path)
            absent = fault.message.startswith(("is missing", "needs kind"))
            assert places or absent, (fault, document)


def stands(document: Any, path: str) -> bool:
    """Whether a key at this path is in the document; keys may themselves hold dots."""
    if path == "":
        return True
    if isinstance(document, dict):
        children = {printable(str(key)[:80]) or "''": value for key, value in document.items()}
    elif isinstance(document, list):
        children = {str(i): value for i, value in enumerate(document)}
    else:
        return False
    return any(
        path == key or (path.startswith(f"{key}.") and stands(value, path[len(key) + 1 :]))
        for key, value in children.items()
    )


@FAST
@given(broken_keys(START))
def test_a_broken_stack_file_gives_faults_and_nothing_else(keys):
    text = text_of(keys)
    try:
        parse_stack_file(text, where="x")
    except SpecError as error:
        config = loaded(text)["config"]
        document = {str(k).removeprefix("heiiki:"): v for k, v in config.items()}
        check(error, {**document, "config": config})


@FAST
@given(broken_keys(START))
def test_a_broken_configuration_gives_faults_and_nothing_else(keys):
    config = {
        f"heiiki:{k}": v if isinstance(v, str) else json.dumps(v, default=str)
        for k, v in keys.items()
    }
    try:
        parse_pulumi_config(config, where="x")
    except SpecError as error:
        check(error, keys)


@FAST
@given(broken_keys(st.just(LOCK)))
def test_a_broken_lock_file_gives_faults_and_nothing_else(document):
    text = dumped(document, allow_unicode=True)
    try:
        parse_lock(text, where="x")
    except SpecError as error:
        check(error, loaded(text))


@FAST
@given(
    st.one_of(
        st.text(),
        st.text(alphabet="{}[]:,-&*!|>'\"%@`#? \n\tab1.~<=0x"),
        st.binary().map(lambda raw: raw.decode("latin-1")),
    )
)
def test_random_text_gives_faults_and_nothing_else(text):
    for parse in (parse_stack_file, parse_lock):
        with pytest.raises(SpecError) as caught:
            parse(text, where="x")
        assert caught.value.faults
    with pytest.raises(SpecError):
        parse_pulumi_config({f"heiiki:{text}": text, "heiiki:network": text}, where="x")


FAULTS: dict[str, tuple[str, Any, str]] = {  # a fault of its own place: key, value, path
    "name": ("name", "UPPER", "name"),
    "region": ("region", "Tokyo", "region"),
    "zones": ("availabilityZones", ["ap-northeast-1a", "tokyo-c"], "availabilityZones.1"),
    "profile": ("profile", "fast", "profile"),
    "unknown": ("nosuchkey", 1, "nosuchkey"),
    "boundary": ("boundary", {"accountId": 1}, "boundary.accountId"),
    "vpc": ("network", {"vpc": {"kind": "create", "cidr": "8.8.8.0/24"}}, "network.vpc.cidr"),
    "add-ons": ("addOns", {"irsa": "perhaps"}, "addOns.irsa"),
    "control plane": ("controlPlane", {"version": 1.35}, "controlPlane.version"),
    "access": ("access", {"operator": {"subnet": 3}}, "access.operator.subnet"),
    "tags": ("tags", {"aws:x": "y"}, "tags.aws:x"),
    "pool": ("nodePools", {"a": {"instanceType": "m7i.large"}}, "nodePools.a.maxSize"),
}


@FAST
@given(st.sets(st.sampled_from(sorted(FAULTS)), min_size=2))
def test_independent_faults_are_all_told_at_once(names):
    keys = copy.deepcopy(SMALLEST) | {FAULTS[name][0]: FAULTS[name][1] for name in names}
    with pytest.raises(SpecError) as caught:
        parse_stack_file(text_of(keys), where="x")
    assert {fault.path for fault in caught.value.faults} == {FAULTS[name][2] for name in names}


@FAST
@given(JUNK)
def test_junk_in_place_of_the_whole_configuration_gives_faults(junk):
    with pytest.raises(SpecError):
        parse_stack_file(dumped({"config": junk}, allow_unicode=True), where="x")
