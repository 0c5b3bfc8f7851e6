"""What one run of the program is asked for, whole and part, and what it says of missing files."""

import json
import shutil

import pytest
import yaml

from components.asked import read_asked
from spec.errors import SpecError
from spec.stack_file import parse_stack_file
from tests.scenarios import EXAMPLES, read

PART = {"heiiki:part": json.dumps({"of": "parts", "name": "cluster"})}


@pytest.fixture
def folder(tmp_path):
    for name in ("Pulumi.parts.yaml", "heiiki.parts.lock.yaml"):
        shutil.copy(EXAMPLES / "parts" / name, tmp_path / name)
    return tmp_path


def message(config, stack, directory):
    with pytest.raises(SpecError) as caught:
        read_asked(config, stack=stack, directory=directory)
    return str(caught.value)


def test_a_part_is_asked_for_by_the_files_of_its_whole(folder):
    asked = read_asked(PART, stack="parts-cluster", directory=folder)
    assert (asked.spec, asked.lock) == read("parts")
    assert asked.part is not None and asked.part.name == "cluster"
    assert asked.where == "Pulumi.parts.yaml"


def test_a_part_takes_a_whole_that_no_engine_passes_on_whole(folder):
    whole = folder / "Pulumi.parts.yaml"
    text = whole.read_text(encoding="utf-8") + f"  other:key: {'x' * 200_000}\n"
    with pytest.raises(SpecError, match="is the largest key"):
        parse_stack_file(text, where=whole.name)
    whole.write_text(text, encoding="utf-8")
    assert read_asked(PART, stack="parts-cluster", directory=folder).spec == read("parts")[0]


def test_a_part_without_its_whole_says_so_in_its_own_file(folder):
    (folder / "Pulumi.parts.yaml").unlink()
    assert message(PART, "parts-cluster", folder) == (
        "Pulumi.parts-cluster.yaml is not valid (1 fault):\n"
        "  part.of: there is no Pulumi.parts.yaml beside this file; a part is made from the "
        "whole's stack file and lock file\n"
        "    got: 'parts'"
    )


def test_a_part_without_its_wholes_lock_file_says_which_stack_to_lock(folder):
    (folder / "heiiki.parts.lock.yaml").unlink()
    assert message(PART, "parts-cluster", folder) == (
        "heiiki.parts.lock.yaml is not valid (1 fault):\n"
        "  (whole file): is missing beside Pulumi.parts.yaml; run heiiki lock --stack parts"
    )


def test_a_part_of_a_part_is_refused(folder):
    shutil.copy(EXAMPLES / "parts" / "Pulumi.parts-network.yaml", folder / "Pulumi.parts.yaml")
    assert "part: makes this the file of a part" in message(PART, "parts-cluster", folder)


def test_a_whole_is_asked_for_by_its_own_configuration():
    spec, lock = read("dev")
    dumped = spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    config = {
        f"heiiki:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in dumped.items()
    }
    asked = read_asked(config, stack="dev", directory=EXAMPLES / "dev")
    assert (asked.spec, asked.lock, asked.part) == (spec, lock, None)
    assert "heiiki.dev.lock.yaml is not valid" in message(config, "dev", EXAMPLES / "open")


def test_files_that_are_named_are_read_where_the_lock_file_is(tmp_path):
    """The engine passes the keys on, and not what stands beside the stack file."""
    source = EXAMPLES / "self-hosted"
    shutil.copytree(source, tmp_path / "copy")
    document = yaml.safe_load((source / "Pulumi.self-hosted.yaml").read_text(encoding="utf-8"))
    config = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in document["config"].items()
    }
    asked = read_asked(config, stack="self-hosted", directory=tmp_path / "copy")
    assert asked.spec == read("self-hosted")[0]
    file = asked.spec.node_pools["workers"].custom.files["/etc/sysctl.d/90-site.conf"]
    assert "tcp_keepalive_time = 300" in file.text
    (tmp_path / "copy" / "machines" / "settings.sh").unlink()
    assert message(config, "self-hosted", tmp_path / "copy") == (
        "Pulumi.self-hosted.yaml is not valid (1 fault):\n"
        "  nodePools.workers.custom.scripts.settings.file: is not there beside the stack file; "
        "write it, or content\n"
        "    got: 'machines/settings.sh'"
    )


PASSED_ON = (
    "is passed on by the engine otherwise than this file says; Pulumi.yaml has a config: of its "
    "own, or environment: names what adds to it: write the values into this file"
)


def test_what_the_engine_adds_to_the_judged_file_is_refused(tmp_path):
    """Defaults in Pulumi.yaml and values of an ESC environment are in no file that is judged."""
    for name in ("Pulumi.dev.yaml", "heiiki.dev.lock.yaml"):
        shutil.copy(EXAMPLES / "dev" / name, tmp_path)
    asked = yaml.safe_load((tmp_path / "Pulumi.dev.yaml").read_text(encoding="utf-8"))["config"]
    config = {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in asked.items()
    }
    as_written = read_asked(config, stack="dev", directory=tmp_path, judged=True)
    assert (as_written.spec, as_written.lock) == read("dev")
    more = {**config, "heiiki:tags": '{"a": "b"}', "heiiki:profile": "highlyAvailable"}
    assert read_asked(more, stack="dev", directory=tmp_path).spec.tags == {"a": "b"}
    with pytest.raises(SpecError) as caught:
        read_asked(more, stack="dev", directory=tmp_path, judged=True)
    told = [(fault.path, fault.message) for fault in caught.value.faults]
    assert sorted(told) == [("profile", PASSED_ON), ("tags", PASSED_ON)]


def test_another_part_than_the_judged_file_s_is_refused(folder):
    shutil.copy(EXAMPLES / "parts" / "Pulumi.parts-cluster.yaml", folder)
    read_asked(PART, stack="parts-cluster", directory=folder, judged=True)
    other = {"heiiki:part": json.dumps({"of": "parts", "name": "pools"})}
    with pytest.raises(SpecError) as caught:
        read_asked(other, stack="parts-cluster", directory=folder, judged=True)
    assert [(fault.path, fault.message) for fault in caught.value.faults] == [("part", PASSED_ON)]
