"""Files, units and scripts of a role: what may be asked, and what stands beside the stack file."""

from typing import Any

import pytest

from spec.additions import MAX_CONTENT_CHARACTERS
from spec.beside import MAX_FILE_BYTES, MAX_WRITTEN, files_beside, with_files
from spec.errors import SpecError
from tests.spec.stack_files import faults as faults_of
from tests.spec.stack_files import stack
from tests.spec.test_self_hosted import OWN

ONE_TEXT = "write content or file, one of the two; "
KEY = "-----BEGIN PRIVATE KEY-----\nhunter2"


def on_workers(**custom: Any) -> dict[str, Any]:
    return {"controlPlane": OWN, "nodePools.workers.custom": custom}


def refused(**custom: Any) -> list[str]:
    return [f"{path.removeprefix('nodePools.workers.custom.')}: {message}"
            for path, message, _ in faults_of(on_workers(**custom))]  # fmt: skip


def test_nothing_is_added_where_nothing_is_written():
    found = stack({"controlPlane": OWN})
    assert files_beside(found) == []
    assert (found.node_pools["workers"].custom, found.control_plane.etcd.custom) == (None, None)
    assert with_files(found, None, where="x") is found, "no folder is looked at"


@pytest.mark.parametrize(
    ("custom", "told"),
    [
        ({"files": {"etc/x": {"content": ""}}},
         ["files.etc/x: must be the absolute path of a file without . and .., such as "
          "/etc/chrony.d/site.conf, with at most 240 characters between two slashes"]),
        *(({"files": {name: {"content": ""}}},
           [f"files.{name}: must be the absolute path of a file without . and .., such as "
            "/etc/chrony.d/site.conf, with at most 240 characters between two slashes"])
          for name in ("/etc/../x", "/etc//x")),
        ({"files": {"/etc/x": {}}}, [f"files./etc/x: {ONE_TEXT}neither is there"]),
        ({"files": {"/etc/x": {"content": "", "file": "a/b"}}},
         [f"files./etc/x: {ONE_TEXT}both are there"]),
        ({"files": {"/etc/x": {"content": "", "mode": 420}}},
         ["files./etc/x.mode: must be four octal digits in quotes, such as '0644'"]),
        ({"files": {"/etc/x": {"content": "", "mode": "4755"}}},
         ["files./etc/x.mode: must be four octal digits in quotes, such as '0644'"]),
        ({"files": {"/etc/x": {"content": "", "owner": "root"}}},
         ["files./etc/x.owner: must be user:group, such as root:root"]),
        *(({"files": {"/etc/x": {"file": name}}},
           ["files./etc/x.file: must be the path of a file in a folder beside the stack file, "
            "without . and .., such as machines/site.conf"])
          for name in ("site.conf", "/etc/passwd", "../x/y", "a/../../b", "a//b", ".ssh/x")),
        ({"units": {"site": {"content": ""}}},
         ["units.site: must be a systemd unit's name, such as site.service"]),
        *(({"units": {name: {"content": ""}}},
           [f"units.{name}: must be a systemd unit's name, such as site.service"])
          for name in ("-site.service", "--now.service", ".site.service")),
        ({"scripts": {"a b": {"content": ""}}},
         ["scripts.a b: must be a script's name: 1 to 64 letters, digits, '.', '_' and '-'"]),
        ({"scripts": {"a": {"content": "", "before": "x", "after": "y"}}},
         ["scripts.a: write before or after, one of the two; both are there"]),
        ({"scripts": {"a": {"content": "x" * (MAX_CONTENT_CHARACTERS + 1)}}},
         [f"scripts.a.content: must have at most {MAX_CONTENT_CHARACTERS} characters"]),
    ],
)  # fmt: skip
def test_a_fault_says_what_is_wrong_and_what_to_write(custom, told):
    assert refused(**custom) == told


def test_a_name_is_no_longer_than_linux_takes():
    longest = f"/etc/{'a' * 240}"
    found = stack(on_workers(files={longest: {"content": ""}}))
    assert longest in found.node_pools["workers"].custom.files
    (told,) = refused(files={f"{longest}a": {"content": ""}})
    assert told.endswith("with at most 240 characters between two slashes")


@pytest.mark.parametrize("text", [{"file": "site.conf"}, {"content": "a" * 16_385}])
@pytest.mark.parametrize("group", ["files", "units", "scripts"])
def test_a_text_that_is_faulty_is_told_once_and_not_as_missing_too(group, text):
    name = {"files": "/etc/x", "units": "x.service", "scripts": "x"}[group]
    with pytest.raises(SpecError) as caught:
        stack(on_workers(**{group: {name: text}}))
    (key,) = text
    told = [fault.path for fault in caught.value.faults]
    assert told == [f"nodePools.workers.custom.{group}.{name}.{key}"]
    assert list(caught.value.more) == []


def test_a_text_that_is_none_is_not_shown():
    with pytest.raises(SpecError) as caught:
        stack(on_workers(files={"/etc/x": {"content": KEY * MAX_CONTENT_CHARACTERS}}))
    assert "hunter2" not in str(caught.value)


def test_files_are_read_beside_the_stack_file_for_every_role(tmp_path):
    (tmp_path / "machines").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / "machines" / name).write_text(f"#!/bin/sh\n# {name} 閉域\n", encoding="utf-8")
    own = {
        **OWN,
        "etcd": {"custom": {"files": {"/etc/a": {"file": "machines/a"}}}},
        "controllers": {"custom": {"units": {"b.service": {"file": "machines/b"}}}},
    }
    pool = {"scripts": {"c": {"file": "machines/c"}, "d": {"content": "#!/bin/sh\n"}}}
    asked = stack({"controlPlane": own, "nodePools.workers.custom": pool})
    assert files_beside(asked) == ["machines/a", "machines/b", "machines/c"]
    found = with_files(asked, tmp_path, where="x")
    assert found.control_plane.etcd.custom.files["/etc/a"].text == "#!/bin/sh\n# a 閉域\n"
    assert found.control_plane.controllers.custom.units["b.service"].text.endswith("# b 閉域\n")
    scripts = found.node_pools["workers"].custom.scripts
    assert (scripts["c"].text, scripts["d"].text) == ("#!/bin/sh\n# c 閉域\n", "#!/bin/sh\n")


def test_what_cannot_be_read_is_told_with_its_key_all_at_once(tmp_path):
    folder = tmp_path / "machines"
    (folder / "folder").mkdir(parents=True)
    (folder / "large").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    (folder / "full").write_bytes(b"x" * MAX_FILE_BYTES)
    (folder / "binary").write_bytes(b"\xff\xfe")
    names = ("none", "folder", "large", "full", "binary")
    asked = stack(on_workers(files={f"/etc/{n}": {"file": f"machines/{n}"} for n in names}))
    with pytest.raises(SpecError) as caught:
        with_files(asked, tmp_path, where="Pulumi.test.yaml")
    assert caught.value.rest is asked, "the plan of the rest is still checked"
    assert {f.path.rpartition("/")[2]: f.message for f in caught.value.faults} == {
        "none.file": "is not there beside the stack file; write it, or content",
        "folder.file": "is a directory; a file is needed here",
        "large.file": f"is larger than {MAX_FILE_BYTES} bytes; carry in what is large as a program "
        "or an image",
        "binary.file": "is no UTF-8 text at byte 0; save it as UTF-8",
    }


def test_no_more_is_written_into_the_stack_file_than_an_engine_can_hand_on():
    """Each line end is three characters when JSON has been written within JSON."""
    lines = "\n" * MAX_CONTENT_CHARACTERS
    one = on_workers(files={"/etc/a": {"content": lines}})
    assert with_files(stack(one), None, where="x")
    two = on_workers(files={"/etc/a": {"content": lines}, "/etc/b": {"content": lines}})
    with pytest.raises(SpecError) as caught:
        with_files(stack(two), None, where="x")
    (fault,) = caught.value.faults
    assert fault.path == "nodePools.workers.custom.files./etc/a.content"
    assert f"is the largest of 2 texts with {2 * (3 * len(lines) + 6)} bytes" in fault.message
    assert f"{MAX_WRITTEN} are safe; write files" in fault.message
