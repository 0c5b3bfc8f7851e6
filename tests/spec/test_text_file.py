"""A name that an operator gives may lead to anything."""

import os

import pytest

from spec.errors import SpecError
from spec.text_file import is_there, read_text_file


def made(folder, what):
    path = folder / "Pulumi.dev.yaml"
    if what == "text":
        path.write_text("閉域", encoding="utf-8")
    elif what == "bytes":
        path.write_bytes(b"a: \xff\xfe")
    elif what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "loop":
        path.symlink_to(path)
    elif what == "long":
        return folder / ("x" * 5000)
    return path


def test_text_is_read_as_utf_8(tmp_path):
    path = made(tmp_path, "text")
    assert is_there(path) and read_text_file(path) == "閉域"


@pytest.mark.parametrize(
    ("what", "there", "told"),
    [
        ("bytes", True, "is no UTF-8 text at byte 3; save it as UTF-8"),
        ("folder", True, "is a directory; a file is needed here"),
        ("pipe", True, "is no ordinary file; a file is needed here"),
        ("loop", True, "cannot be read: Too many levels of symbolic links"),
        ("nothing", False, "cannot be read: No such file or directory"),
        ("long", False, "cannot be read: File name too long"),
    ],
)
def test_anything_else_is_a_fault_that_names_it(tmp_path, what, there, told):
    path = made(tmp_path, what)
    assert is_there(path) == there
    with pytest.raises(SpecError) as raised:
        read_text_file(path)
    assert [fault.message for fault in raised.value.faults] == [told]
    assert raised.value.where == path.name
