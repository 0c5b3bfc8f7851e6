"""The stack file of a part: what may stand in it, and what an operator reads of a bad one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.errors import SpecError
from spec.part import ORDER, PartSpec, part_in_config, part_in_file, whole_is_missing
from spec.stack_file import parse_stack_file
from tests.spec.stack_files import SMALLEST, changed, text_of

WHERE = "Pulumi.dev-cluster.yaml"
GOOD = {"of": "dev", "name": "cluster"}


def faults(part, **more):
    with pytest.raises(SpecError) as caught:
        part_in_file(text_of({"part": part, **more}), where=WHERE)
    return [(fault.path, fault.message, fault.value) for fault in caught.value.faults]


def test_a_part_names_its_whole_and_itself():
    part = part_in_file(text_of({"part": GOOD}), where=WHERE)
    assert part is not None and (part.of, part.name) == ("dev", "cluster")
    assert part_in_config({"heiiki:part": json.dumps(GOOD)}, where=WHERE) == part
    assert (part.earlier, part.later) == (("network",), ("pools",))
    assert [part.stack_of(name) for name in ORDER] == ["dev-network", "dev-cluster", "dev-pools"]


@given(st.sampled_from(ORDER))
def test_the_order_is_the_same_from_everywhere(name):
    part = PartSpec.model_validate({"of": "dev", "name": name})
    assert (*part.earlier, name, *part.later) == ("network", "cluster", "pools")


@pytest.mark.parametrize("stack", ["shared", "acme/platform/shared-network"])
def test_another_part_may_be_called_otherwise(stack):
    part = PartSpec.model_validate({**GOOD, "stacks": {"network": stack}})
    assert (part.stack_of("network"), part.stack_of("pools")) == (stack, "dev-pools")


def test_the_file_of_a_whole_is_of_no_part():
    assert part_in_file(text_of(SMALLEST), where=WHERE) is None
    assert part_in_config({"heiiki:name": "dev"}, where=WHERE) is None


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ({"of": "dev"}, ("part.name", "is missing; this key is required", None)),
        ({"name": "pools"}, ("part.of", "is missing; this key is required", None)),
        ({**GOOD, "name": "nodes"},
         ("part.name", "must be 'network', 'cluster' or 'pools'", "'nodes'")),
        ({**GOOD, "of": "../dev"},
         ("part.of", "must be the name of a stack: letters, digits, '-', '_' and '.', such as dev",
          "'../dev'")),
        ({**GOOD, "region": "x"},
         ("part.region", "is no key that heiiki knows; known here: name, of, stacks", "'x'")),
        ({**GOOD, "stacks": {"network": "acme/shared"}},
         ("part.stacks.network", "must be the name of a stack, such as dev-network, or "
          "organization/project/stack", "'acme/shared'")),
        ({**GOOD, "stacks": {"cluster": "x"}},
         ("part.stacks", "names cluster, which is this stack itself; name other parts only",
          "a mapping of 1")),
        ("network", ("part", "must be a mapping of keys to values", "'network'")),
    ],
)  # fmt: skip
def test_a_bad_part_is_told_with_what_to_write(part, told):
    assert faults(part) == [told]


def test_nothing_else_of_heiiki_stands_in_a_parts_file_and_all_faults_are_told_at_once():
    stray = "stands in the file of a part; write it into the whole's"
    assert faults(GOOD, region="eu-west-1", tags={}) == [
        ("region", stray, None), ("tags", stray, None),
    ]  # fmt: skip
    assert [f[0] for f in faults({"of": "dev"}, region="eu-west-1")] == ["part.name", "region"]


def test_keys_of_other_projects_are_left_alone():
    text = text_of({"part": GOOD}) + "  aws:profile: me\n"
    assert part_in_file(text, where=WHERE) is not None


def test_a_part_is_no_whole():
    for keys in ({"part": GOOD}, changed({"part": GOOD})):
        with pytest.raises(SpecError) as caught:
            parse_stack_file(text_of(keys), where=WHERE)
        assert [(f.path, f.message) for f in caught.value.faults] == [
            ("part", "makes this the file of a part; the stack file of a whole cluster is needed "
             "here")
        ]  # fmt: skip


def test_a_missing_whole_is_told_by_the_key_that_names_it():
    fault = whole_is_missing(PartSpec.model_validate(GOOD))
    assert fault.lines() == [
        "  part.of: there is no Pulumi.dev.yaml beside this file; a part is made from the whole's "
        "stack file and lock file",
        "    got: 'dev'",
    ]
