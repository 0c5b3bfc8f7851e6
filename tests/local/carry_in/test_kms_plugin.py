"""The KMS plugin that is carried in: the real program, asked as an API server asks it, with the
embedded AWS's KMS behind it."""

import base64
import os
import secrets
import stat
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.carry_in.programs import OWN
from tests.embedded_aws import serving_aws
from tests.local.machines.traces import wait_until
from tests.ports import free_port
from tests.tools.kms_plugin import (
    REGION,
    Plugin,
    Status,
    aws_variables,
    flags,
    kms_plugin,
    made_key,
)

pytestmark = pytest.mark.tools

SECRET = b"a key by which Secrets are encrypted"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def aws_url() -> Iterator[str]:
    with serving_aws() as url:
        yield url


@pytest.fixture(scope="module")
def key(aws_url: str) -> str:
    return made_key(aws_url)


@pytest.fixture(scope="module")
def plugin(aws_url: str, key: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plugin]:
    with kms_plugin(tmp_path_factory.mktemp("plugin"), aws_url, key) as started:
        assert started.status() == Status("v2", "ok", key)
        yield started


def health(plugin: Plugin, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{plugin.health_port}{path}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_what_it_encrypts_it_decrypts_and_says_by_which_key(plugin: Plugin, key: str) -> None:
    ciphertext, by = plugin.encrypt(SECRET)
    assert by == key == plugin.status().key
    assert SECRET not in ciphertext
    assert plugin.decrypt(ciphertext, by) == SECRET
    assert plugin.encrypt(SECRET)[0] != ciphertext
    assert health(plugin, "/healthz") == (200, "ok") and health(plugin, "/livez") == (200, "ok")


def test_another_cluster_with_the_same_key_reads_nothing(
    plugin: Plugin, aws_url: str, key: str, tmp_path: Path
) -> None:
    ciphertext, _ = plugin.encrypt(SECRET)
    with kms_plugin(tmp_path, aws_url, key, context="heiiki/cluster=other") as other:
        assert other.status().health == "ok"
        refused = other.refusal(ciphertext, key)
        assert refused == "could not decrypt: InvalidCiphertextException"
        assert plugin.refusal(other.encrypt(SECRET)[0], key) == refused
    assert plugin.decrypt(ciphertext, key) == SECRET


def test_another_key_follows_and_what_the_first_encrypted_is_read_on(
    plugin: Plugin, aws_url: str, key: str, tmp_path: Path
) -> None:
    """An API server sees another in the status, and keeps whose a ciphertext is beside it."""
    before, _ = plugin.encrypt(SECRET)
    new = made_key(aws_url)
    with kms_plugin(tmp_path, aws_url, new) as rotated:
        assert rotated.status() == Status("v2", "ok", new)
        after, by = rotated.encrypt(SECRET)
        assert by == new != key
        assert rotated.decrypt(before, key) == rotated.decrypt(after, new) == SECRET
        assert "could not decrypt: " in rotated.refusal(before, new), "it is of the one before"


@pytest.mark.parametrize(
    ("of", "into"),
    [
        (":123456789012:", ":210987654321:"),
        (REGION, "eu-west-1"),
        (":key/", ":alias/"),
        ("arn:aws:kms", ""),
    ],
)
def test_a_key_of_others_decrypts_nothing(plugin: Plugin, key: str, of: str, into: str) -> None:
    """Whoever writes to etcd could name one of their own."""
    ciphertext, _ = plugin.encrypt(SECRET)
    assert of in key
    assert "the key is none of arn:aws:kms:" in plugin.refusal(ciphertext, key.replace(of, into))
    assert plugin.refusal(ciphertext, "").startswith("could not decrypt: the key is none of")


def test_what_is_no_ciphertext_of_ours_is_refused(plugin: Plugin, key: str) -> None:
    ciphertext, _ = plugin.encrypt(SECRET)
    other = "the ciphertext is none of this plugin's"
    assert other in plugin.refusal(b"2" + ciphertext[1:], key)
    assert other in plugin.refusal(b"1", key) and other in plugin.refusal(b"", key)
    changed = ciphertext[:-1] + bytes([ciphertext[-1] ^ 1])
    assert plugin.refusal(changed, key) == "could not decrypt: InvalidCiphertextException"
    assert ciphertext[:1] == b"1", "as aws-encryption-provider writes it"


def test_its_socket_is_its_user_s_alone(plugin: Plugin) -> None:
    found = plugin.socket.stat()
    assert stat.S_ISSOCK(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o600
    assert found.st_uid == os.getuid()


def test_neither_secrets_nor_ciphertexts_are_logged(plugin: Plugin, key: str) -> None:
    data = secrets.token_bytes(32)
    ciphertext, _ = plugin.encrypt(data)
    plugin.decrypt(ciphertext, key)
    plugin.refusal(ciphertext[:-1] + bytes([ciphertext[-1] ^ 1]), key)
    log = plugin.log.read_text(encoding="utf-8")
    assert '"to":"decrypt","uid":"a-request","why":"InvalidCiphertextException"' in log
    for hidden in (data, ciphertext, ciphertext[1:], b"embedded"):
        told = (hidden.hex(), base64.b64encode(hidden).decode(), repr(hidden)[2:-1])
        assert not any(text in log for text in told)


def test_while_kms_is_away_it_lives_and_says_so_and_then_is_well_again(
    aws_url: str, key: str, tmp_path: Path
) -> None:
    port = free_port()
    with kms_plugin(tmp_path, f"http://127.0.0.1:{port}", key) as alone:
        said = alone.status()
        assert (said.version, said.key) == ("v2", key)
        assert said.health == "could not encrypt: connection refused"
        assert health(alone, "/healthz") == (503, f"{said.health}\n")
        assert health(alone, "/livez") == (200, "ok"), "another would not reach it either"
        with serving_aws(port):
            wait_until(lambda: alone.status().health == "ok")
            assert alone.decrypt(*alone.encrypt(SECRET)) == SECRET


def test_a_socket_that_was_left_is_taken_over_and_one_in_use_is_not(
    plugin: Plugin, aws_url: str, key: str, tmp_path: Path
) -> None:
    with kms_plugin(tmp_path / "first", aws_url, key) as first:
        first.status()
        left = first.socket
        os.link(left, tmp_path / "kept")
    os.rename(tmp_path / "kept", left)
    assert stat.S_ISSOCK(left.stat().st_mode), "as after a kill"
    with kms_plugin(tmp_path / "second", aws_url, key, socket=left) as second:
        assert second.status().health == "ok"
        said = refused(tmp_path, aws_url, flags(key, left, second.health_port))
        assert f"--listen {left} is answered at by another process" in said
        assert second.status().health == "ok", "it was not taken away"
    (tmp_path / "file").touch()
    said = refused(tmp_path, aws_url, flags(key, tmp_path / "file", 1))
    assert "is there, and is no socket" in said and (tmp_path / "file").exists()


def refused(folder: Path, aws_url: str, given: list[str]) -> str:
    """What a plugin says that ends by itself."""
    done = subprocess.run(
        [OWN.binary("kms-plugin"), *given], cwd=folder, env=aws_variables(aws_url),
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    return done.stderr


@pytest.mark.parametrize(
    ("without", "instead", "sentence"),
    [
        ("--key", "--key=alias/a", "must be the ARN of a KMS key; an alias may come to mean"),
        ("--region", "", "--region must be given"),
        ("--listen", "", "--listen must be given"),
        ("--encryption-context", "", "--encryption-context must be given"),
        ("--encryption-context", "--encryption-context=a", "must be name=value"),
        ("--health-port", "more", "is no flag"),
        ("--health-port", "--unknown=1", "flag provided but not defined: -unknown"),
    ],
)
def test_a_flag_that_is_wrong_ends_it_with_what_is(
    key: str, tmp_path: Path, without: str, instead: str, sentence: str
) -> None:
    given = [f for f in flags(key, tmp_path / "a.sock", 1) if not f.startswith(without)]
    assert sentence in refused(tmp_path, NOBODY, [*given, *([instead] if instead else [])])
