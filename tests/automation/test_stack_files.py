"""Which files a stack has, and what an operator reads when one is not there."""

from pathlib import Path

import pytest

from automation import Stack
from automation.errors import RefusedError
from automation.stack_files import find_stack_files, read_plan, read_spec
from spec.errors import SpecError
from tests.scenarios import EXAMPLES, ROOT


def test_without_a_name_it_is_the_stack_dev_of_the_project(project):
    files = find_stack_files(project=project)
    assert (files.stack, files.stack_file) == ("dev", project / "Pulumi.dev.yaml")
    assert files.lock_file == project / "heiiki.dev.lock.yaml"
    assert files.policy_file == project / "heiiki.dev.policy.json"


def test_a_folder_gives_its_only_stack_file_and_the_stacks_name():
    files = find_stack_files(file=EXAMPLES / "two-vpc")
    assert files.stack == "two-vpc"
    assert files.lock_file == EXAMPLES / "two-vpc" / "heiiki.two-vpc.lock.yaml"


@pytest.mark.parametrize("name", [None, "dev"])
def test_a_program_may_write_paths_as_text(project, name):
    for kind in (str, Path):
        for asked in (project, project / "Pulumi.dev.yaml"):
            driven = Stack(name, file=kind(asked), project=kind(project))
            assert driven.files.stack_file == project / "Pulumi.dev.yaml"
    with pytest.raises(RefusedError, match="is the file of stack dev, not of bad"):
        Stack("bad", file=str(project / "Pulumi.dev.yaml"))


def test_an_organization_is_for_the_engine_and_not_in_file_names(project):
    files = find_stack_files("acme/dev", project=project)
    assert files.stack == "acme/dev"
    assert files.stack_file == project / "Pulumi.dev.yaml"


@pytest.mark.parametrize(
    ("stack", "file", "told"),
    [
        ("prod", None, "Stack files there: Pulumi.dev.yaml"),
        ("../dev", None, "is no name of a stack"),
        (None, "heiiki.dev.lock.yaml", "is no stack file"),
        ("prod", "Pulumi.dev.yaml", "is the file of stack dev, not of prod"),
    ],
)
def test_a_wrong_name_is_answered_with_the_right_ones(project, stack, file, told):
    with pytest.raises(RefusedError) as raised:
        find_stack_files(stack, project / file if file else None, project=project)
    assert told in str(raised.value)


def test_a_folder_with_two_stack_files_needs_a_name(project):
    (project / "Pulumi.prod.yaml").write_text("config: {}\n")
    with pytest.raises(RefusedError) as raised:
        find_stack_files(file=project, project=project)
    assert "Pulumi.dev.yaml, Pulumi.prod.yaml" in str(raised.value)
    assert find_stack_files("dev", project, project=project).stack == "dev"


def test_faults_of_both_files_are_told_at_once(project):
    edit(project / "Pulumi.dev.yaml", "maxSize: 3", "maxSize: none")
    edit(project / "heiiki.dev.lock.yaml", "partition: aws\n", "")
    with pytest.raises(SpecError) as raised:
        read_plan(find_stack_files(project=project))
    told = {(fault.file, fault.path) for fault in raised.value.faults}
    assert told >= {
        ("Pulumi.dev.yaml", "nodePools.workers.maxSize"),
        ("heiiki.dev.lock.yaml", "partition"),
    }


def test_a_missing_lock_file_says_how_to_get_one(project):
    (project / "heiiki.dev.lock.yaml").unlink()
    with pytest.raises(SpecError, match="run heiiki lock"):
        read_plan(find_stack_files(project=project))


def test_a_file_that_is_no_text_is_said_to_be_none(project):
    (project / "Pulumi.dev.yaml").write_bytes(b"config: \xff\xfe")
    with pytest.raises(SpecError, match="is no UTF-8 text at byte 8"):
        read_plan(find_stack_files(project=project))


def test_another_file_of_the_name_in_the_current_folder_is_not_passed_over(monkeypatch, project):
    monkeypatch.chdir(project)
    for stack in ("dev", None, "acme/dev"):
        with pytest.raises(RefusedError) as raised:
            find_stack_files(stack)
        assert str(ROOT / "Pulumi.dev.yaml") in str(raised.value)
        assert "Write --file . for the one that lies here" in str(raised.value)
    assert find_stack_files(file=Path(".")).stack_file == project / "Pulumi.dev.yaml"
    assert find_stack_files("dev", ROOT).stack_file == ROOT / "Pulumi.dev.yaml"
    assert find_stack_files("dev", project=ROOT / "examples" / "dev").stack == "dev"


def test_a_file_that_is_the_project_s_own_is_no_other(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert find_stack_files("dev").stack_file == ROOT / "Pulumi.dev.yaml"
    (tmp_path / "Pulumi.dev.yaml").symlink_to(ROOT / "Pulumi.dev.yaml")
    assert find_stack_files("dev").stack_file == ROOT / "Pulumi.dev.yaml"
    monkeypatch.chdir(ROOT)
    assert find_stack_files("dev").stack_file == ROOT / "Pulumi.dev.yaml"


def test_one_that_the_project_lacks_is_found_out_to_lie_here(monkeypatch, project):
    (project / "Pulumi.dev.yaml").rename(project / "Pulumi.only-here.yaml")
    monkeypatch.chdir(project)
    with pytest.raises(RefusedError, match="lies in the current folder"):
        find_stack_files("only-here")


def test_of_another_program_s_folder_nobody_is_told_of_the_checkout_s_own_stack(
    monkeypatch, tmp_path
):
    """Else `heiiki prove` there would call something closed that nobody asked about."""
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path / "src")
    assert find_stack_files().stack_file == ROOT / "Pulumi.dev.yaml", "of no program"
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    for folder in (tmp_path, tmp_path / "src"):
        monkeypatch.chdir(folder)
        with pytest.raises(RefusedError) as raised:
            find_stack_files()
        assert f"{tmp_path / 'Pulumi.yaml'} is another program's" in str(raised.value)
        assert "heiiki prove --state FILE" in str(raised.value)
        assert find_stack_files("dev").stack_file == ROOT / "Pulumi.dev.yaml", "it is named"
        assert find_stack_files(file=ROOT).stack == "dev"
    monkeypatch.chdir(ROOT / "examples" / "two-vpc")
    assert find_stack_files().stack == "dev", "below the checkout"


def test_a_stack_file_of_another_program_is_told_as_such(tmp_path):
    file = tmp_path / "Pulumi.prod.yaml"
    said = "has keys of other programs alone, and none that begins with heiiki:"
    for text, told in (("aws:region: eu-west-1", True), ("heiiki:name: dev", False)):
        file.write_text(f"config:\n  {text}\n")
        with pytest.raises(SpecError) as raised:
            read_spec(find_stack_files(file=file))
        assert (said in str(raised.value)) is told and "is missing" in str(raised.value)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
