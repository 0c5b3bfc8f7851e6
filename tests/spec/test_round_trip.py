"""The same spec from the file, from Pulumi's configuration, and from what was written out."""

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given

import spec
from spec.base import Spec
from spec.cluster import ClusterSpec
from spec.errors import SpecError
from spec.stack_file import NAMESPACE, parse_pulumi_config, parse_stack_file
from spec.yaml_text import load_yaml
from tests.quick_yaml import loaded
from tests.scenarios import EXAMPLES, SCENARIOS
from tests.spec.stack_files import SMALLEST, stack, text_of
from tests.spec.strategies import FAST, stack_keys

FILES = [EXAMPLES / s / f"Pulumi.{s}.yaml" for s in SCENARIOS]


def as_pulumi_passes(document: dict) -> dict[str, str]:
    """Text as it stands, booleans and numbers as text, everything else as JSON."""
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in document["config"].items()
    }


@pytest.mark.parametrize("file", FILES, ids=SCENARIOS)
def test_an_example_means_the_same_in_the_file_and_in_pulumis_configuration(file: Path):
    text = file.read_text(encoding="utf-8")
    config = as_pulumi_passes(loaded(text))
    assert parse_pulumi_config(config, where="x") == parse_stack_file(text, where="x")


@FAST
@given(stack_keys())
def test_any_valid_file_means_the_same_in_pulumis_configuration(keys):
    text = text_of(keys)
    config = as_pulumi_passes(loaded(text))
    assert parse_pulumi_config(config, where="x") == parse_stack_file(text, where="x")


@FAST
@given(stack_keys())
def test_what_is_written_out_in_camel_case_is_read_back_the_same(keys):
    first = parse_stack_file(text_of(keys), where="x")
    written = first.model_dump(mode="json", by_alias=True)
    assert parse_stack_file(text_of(written), where="x") == first


def test_a_name_that_looks_like_json_stays_text_in_pulumis_configuration():
    config = as_pulumi_passes(loaded(text_of(SMALLEST))) | {f"{NAMESPACE}:name": "true"}
    assert parse_pulumi_config(config, where="x").name == "true"


def test_configuration_that_is_no_json_is_a_fault_of_its_key():
    config = as_pulumi_passes(loaded(text_of(SMALLEST)))
    for junk in ("{", "[" * 100_000, "plain", ""):
        with pytest.raises(SpecError) as caught:
            parse_pulumi_config({**config, f"{NAMESPACE}:network": junk}, where="x")
        (fault,) = caught.value.faults
        assert (fault.path, fault.message) == ("network", "must be a mapping of keys to values")


def test_other_namespaces_in_pulumis_configuration_are_left_alone():
    config = as_pulumi_passes(loaded(text_of(SMALLEST)))
    assert parse_pulumi_config({**config, "aws:region": "x"}, where="x") == stack()


def test_models_are_frozen_and_take_no_snake_case_in_yaml():
    one = stack()
    with pytest.raises(ValueError, match="frozen"):
        one.name = "other"
    with pytest.raises(SpecError):
        parse_stack_file(text_of({**SMALLEST, "add_ons": {}}), where="x")


def test_every_model_of_the_room_forbids_unknown_keys_and_every_asked_key_is_described():
    folder = Path(spec.__file__).parent
    for file in folder.glob("*.py"):
        ast.parse(file.read_text(encoding="utf-8"))
    models = set()
    waiting = [Spec]
    while waiting:
        waiting += waiting.pop().__subclasses__()
        models |= set(waiting)
    models = {model for model in models if model.__module__.startswith("spec.")}  # no test's own
    assert ClusterSpec in models
    for model in models:
        assert model.model_config["extra"] == "forbid", model
        assert model.model_config["frozen"], model
        if model.__module__ in ("spec.lock", "spec.supplied", "spec.supplied_identities"):
            continue
        for name, field in model.model_fields.items():
            assert field.description or name == "kind", f"{model.__name__}.{name}"


def test_load_yaml_names_the_file():
    with pytest.raises(SpecError, match=r"^Pulumi\.x\.yaml is not valid"):
        load_yaml("[", where="Pulumi.x.yaml")
