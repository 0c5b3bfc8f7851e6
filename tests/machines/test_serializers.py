"""YAML and TOML as others read them: PyYAML, Go through nodeadm, tomllib."""

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machines.toml_text import to_toml
from machines.yaml_text import to_yaml
from tests.machines.strategies import HOSTILE
from tests.quick_yaml import loaded
from tests.tools import nodeadm


def _utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


WRITABLE = HOSTILE.filter(_utf8)
DOCUMENTS = st.recursive(
    st.one_of(WRITABLE, st.integers(-(2**53), 2**53), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(WRITABLE, inner, max_size=3)
    ),
    max_leaves=8,
)


@given(document=st.dictionaries(WRITABLE, DOCUMENTS, max_size=3))
def test_yaml_comes_back_as_it_was(document: dict[str, Any]) -> None:
    text = to_yaml(document)
    assert text.isascii()
    assert loaded(text) == document


@pytest.mark.tools
@settings(max_examples=40, deadline=None)
@given(document=st.dictionaries(st.just("k"), DOCUMENTS, min_size=1))
def test_go_reads_the_same_yaml(document: dict[str, Any]) -> None:
    config = {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {"kubelet": {"config": document}},
    }
    assert nodeadm.dump(to_yaml(config).encode())["spec"]["kubelet"]["config"] == document


TOML_DOCUMENTS = st.recursive(
    st.one_of(WRITABLE, st.integers(-(2**63), 2**63 - 1), st.booleans(), st.lists(WRITABLE)),
    lambda inner: st.dictionaries(WRITABLE, inner, max_size=3),
    max_leaves=8,
)


@given(document=st.dictionaries(WRITABLE, TOML_DOCUMENTS, max_size=4))
def test_toml_comes_back_as_it_was(document: dict[str, Any]) -> None:
    assert tomllib.loads(to_toml(document)) == document


def test_toml_takes_nothing_it_would_have_to_guess() -> None:
    with pytest.raises(TypeError, match="take no float"):
        to_toml({"a": 1.5})  # type: ignore[dict-item]


def test_a_long_line_is_left_whole() -> None:
    assert to_yaml(["a b " * 100]) == f'- "{"a b " * 100}"\n'


def test_equal_lists_are_written_twice_and_not_referred_to() -> None:
    groups = ["a", "b"]
    assert "&" not in to_yaml([groups, groups])


def test_what_is_written_once_is_not_taken_for_what_only_looks_like_it() -> None:
    apart: list[Any] = [{"a": 1, "b": 2}, {"b": 2, "a": 1}, {"1": "x"}, {1: "x"}, [True], ["True"]]
    written = [to_yaml(document) for document in apart * 2]
    assert written[: len(apart)] == written[len(apart) :] and len(set(written)) == len(apart)
    apart[0]["a"] = 3
    assert to_yaml(apart[0]) == '"a": 3\n"b": 2\n'
