"""The values of the wire, secrets and names that every local provider shares."""

from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from local.provider_answers import Failure, failure_message, redact, secrets_in
from local.provider_values import (
    OUTPUT_SIGNATURE,
    RESOURCE_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN,
    Secret,
    autoname,
    conceal,
    decode,
    encode,
    has_unknown,
    path_text,
    reveal,
)

SCALARS = (
    st.booleans()
    | st.text(max_size=8)
    | st.integers(min_value=-(2**53), max_value=2**53)
    | st.just(UNKNOWN)
)
KEYS = st.text(min_size=1, max_size=6).filter(lambda key: key != SIGNATURE_KEY)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS, inner, max_size=3)
        | inner.filter(lambda value: not isinstance(value, Secret)).map(Secret)
    ),
    max_leaves=10,
)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_what_is_encoded_is_read_back(properties: dict[str, object]) -> None:
    assert decode(encode(properties)) == properties


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_secret_marks_come_off_and_go_back_on(properties: dict[str, object]) -> None:
    plain = reveal(properties)
    assert "Secret(" not in repr(plain)
    assert reveal(conceal(plain, properties)) == plain
    assert secrets_in(conceal(plain, properties)) >= secrets_in(properties)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_no_secret_survives_in_a_message(properties: dict[str, object]) -> None:
    secrets = {text for text in secrets_in(properties) if text not in "[secret]"}
    message = redact(" ".join(sorted(secrets)), properties)
    assert not any(text in message.replace("[secret]", "") for text in secrets)


def test_a_failure_names_no_secret_property_since_the_engine_prints_its_value() -> None:
    news = {"open": "a", "hidden": Secret("hunter-22"), "nested": {"deep": [Secret("hunter-33")]}}
    assert failure_message(Failure("open", "is bad"), news).property == "open"
    for path in ("hidden", "nested.deep[0]"):
        message = failure_message(Failure(path, "is bad"), news)
        assert message.property == "" and message.reason == f"{path}: is bad"


def test_an_output_value_is_what_it_holds() -> None:
    known = {SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": "x", "secret": True}
    unknown = {SIGNATURE_KEY: OUTPUT_SIGNATURE}
    found = decode(encode({"known": known, "unknown": unknown}))
    assert found == {"known": Secret("x"), "unknown": UNKNOWN}


def test_a_reference_to_a_resource_is_its_id() -> None:
    reference = {SIGNATURE_KEY: RESOURCE_SIGNATURE, "urn": "urn:x", "id": "vpc-1"}
    assert decode(encode({"vpc": reference})) == {"vpc": "vpc-1"}


def test_null_is_absent_and_whole_numbers_are_whole() -> None:
    struct = struct_pb2.Struct()
    struct.update({"gone": None, "count": 3, "share": 0.5})
    assert decode(struct) == {"count": 3, "share": 0.5}
    assert isinstance(decode(struct)["count"], int)


def test_a_secret_anywhere_in_a_list_marks_the_list() -> None:
    """Its entries may have moved."""
    assert conceal({"a": ["x", "y"]}, {"a": [Secret("x"), "y"]}) == {"a": Secret(["x", "y"])}


def test_an_unknown_is_found_at_any_depth() -> None:
    assert has_unknown({"a": [{"b": Secret(UNKNOWN)}]})
    assert not has_unknown({"a": [{"b": Secret("x")}]})


def test_paths_read_as_the_engine_writes_them() -> None:
    assert path_text(("tags", "a.b")) == 'tags["a.b"]'
    assert path_text(("ingress", 0, "fromPort")) == "ingress[0].fromPort"


def test_a_generated_name_follows_from_the_seed_alone() -> None:
    assert autoname("core", b"1") == autoname("core", b"1") != autoname("core", b"2")
