"""One MIME document, read back by cloud-init's own parser; its size; no secret in it."""

import base64
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from machines.user_data import (
    USER_DATA_MAX_BYTES,
    File,
    Part,
    Script,
    check_user_data,
    encode_user_data,
    environment_file,
    files_part,
    render_multipart,
    script_parts,
)
from machines.yaml_text import to_yaml
from tests.machines.strategies import HOSTILE
from tests.quick_yaml import loaded
from tests.tools.cloud_init import check_cloud_config, read_user_data
from tests.tools.shell import source_environment

SCRIPT = Script("a.sh", "#!/bin/bash\necho 閉域\n")


@pytest.mark.tools
@settings(max_examples=15, deadline=None)
@given(
    contents=st.lists(HOSTILE, min_size=1, max_size=3),
    content_type=st.sampled_from(["application/x-test", "text/x-test"]),
)
@example(contents=["閉域", "a\n\n", "\n a"], content_type="text/x-test")
@example(contents=["a\ud800"], content_type="text/x-test")
def test_cloud_init_reads_every_part_back_as_it_was(contents: list[str], content_type: str) -> None:
    parts = [Part(content_type, text, f"p{i}") for i, text in enumerate(contents)]
    try:
        document = render_multipart(parts)
    except ValueError as error:
        assert any(f"p{i}" in str(error) for i in range(3))
        return
    read = read_user_data(document.encode())
    assert [part.content.decode() for part in read] == contents
    assert [part.file_name for part in read] == [part.file_name for part in parts]


@pytest.mark.tools
def test_cloud_init_takes_scripts_in_the_order_given() -> None:
    parts = script_parts([Script("z.sh", "#!/bin/sh\n"), Script("a.sh", "#!/bin/sh\n# a\n")])
    read = read_user_data(render_multipart(parts).encode())
    assert [part.content_type for part in read] == ["text/x-shellscript"] * 2
    assert sorted(part.file_name for part in read) == ["01-z.sh", "02-a.sh"]


@pytest.mark.tools
@settings(max_examples=25, deadline=None)
@given(value=HOSTILE)
def test_a_shell_reads_every_value_back_and_runs_none(value: str) -> None:
    try:
        file = environment_file("/x", {"A": value, "B": "after"})
    except ValueError as error:
        assert str(error).startswith("A ")
        return
    part = files_part([file])
    check_cloud_config(part.content)
    assert source_environment(file.content, ["A", "B"]) == {"A": value, "B": "after"}


def test_the_boundary_stands_in_no_part_even_when_a_part_quotes_it() -> None:
    first = render_multipart([Part("text/plain", "x", "x")])
    boundary = first.split('boundary="')[1].split('"')[0]
    second = render_multipart([Part("text/plain", f"--{boundary}--", "x")])
    assert boundary in second and f'boundary="{boundary}"' not in second


def test_a_boundary_that_a_part_holds_is_given_up_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Digest:
        def __init__(self, text: bytes) -> None:
            self.text = "1" * 64 if text == b"0" * 64 else "0" * 64

        def hexdigest(self) -> str:
            return self.text

    monkeypatch.setattr("machines.user_data.hashlib.sha256", Digest)
    document = render_multipart([Part("text/plain", "heiiki-" + "0" * 32, "x")])
    assert 'boundary="heiiki-11111111' in document


def test_user_data_past_the_limit_is_refused_with_both_sizes_and_what_fills_it() -> None:
    parts = [Part("text/plain", "x" * USER_DATA_MAX_BYTES, "long"), *script_parts([SCRIPT])]
    with pytest.raises(ValueError, match=r"is 1\d{4} bytes and EC2 takes 16384 \(long 16384, 01-a"):
        render_multipart(parts)
    with pytest.raises(ValueError, match=r"is 16386 bytes"):  # bytes count, not characters
        check_user_data("閉" * (USER_DATA_MAX_BYTES // 3) + "xxx"[:2] + "x")


def test_user_data_at_the_limit_is_taken_and_encoded() -> None:
    document = "x" * USER_DATA_MAX_BYTES
    assert base64.b64decode(encode_user_data(user_data=document)).decode() == document
    with pytest.raises(ValueError, match="is 16385 bytes"):
        encode_user_data(user_data=document + "x")


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        ("-----BEGIN EC PRIVATE KEY-----\nMHcCAQ", "a private key"),
        ("key = AKIAABCDEFGHIJKLMNOP", "an AWS access key"),
        ("AWS_SECRET_ACCESS_KEY=" + "a/b+" * 10, "an AWS secret key"),
    ],
)
def test_a_secret_is_refused_and_not_shown(secret: str, kind: str) -> None:
    with pytest.raises(ValueError, match=f"holds {kind}") as raised:
        render_multipart([Part("text/plain", secret, "x")])
    assert secret not in str(raised.value) and secret[-8:] not in str(raised.value)


def test_the_name_of_a_secret_is_none() -> None:
    check_user_data("unset AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN\n")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("echo\n", "script a.sh must begin with #!"),
        ("#!/bin/sh\r\n", r"script a.sh has a carriage return \(a Windows line end\)"),
        ("#!/bin/sh\n\0", "script a.sh has a NUL"),
        ("#!/bin/sh\n\ud800", "script a.sh has a character that UTF-8 cannot write"),
    ],
)
def test_a_script_that_would_not_run_is_refused_by_name(content: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        render_multipart(script_parts([Script("a.sh", content)]))


@pytest.mark.parametrize("name", ["", "a b", "../a", 'a"b', "a\nb", "é"])
def test_a_file_name_that_would_leave_its_header_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="file name must be"):
        render_multipart([Part("text/plain", "x", name)])


def test_a_value_of_two_lines_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="A must be one line"):
        environment_file("/x", {"A": "a\nb"})


def test_files_written_one_by_one_are_the_document_written_whole() -> None:
    files = [File("/etc/a", "閉域\n"), File("/etc/b", " x \n\n", "0600"), File("/etc/y", "no")]
    part = files_part(files)
    document: dict[str, Any] = loaded(part.content)
    assert [file["path"] for file in document["write_files"]] == ["/etc/a", "/etc/b", "/etc/y"]
    assert part.content == "#cloud-config\n" + to_yaml(document)


@pytest.mark.tools
def test_written_files_belong_to_root() -> None:
    part = files_part([File("/etc/a", "閉域\n"), File("/etc/b", " x \n\n", "0600")])
    check_cloud_config(part.content)
    files: list[dict[str, Any]] = loaded(part.content)["write_files"]
    assert files == [
        {"path": "/etc/a", "owner": "root:root", "permissions": "0644", "content": "閉域\n"},
        {"path": "/etc/b", "owner": "root:root", "permissions": "0600", "content": " x \n\n"},
    ]
