"""Who brings a cluster what controllers deliver: for minutes, and signed by whom."""

import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from machines import apply_manifests_program as program
from machines.cluster_manifests import APPLY_PROGRAM, APPLY_UNIT, applying_files
from tests.control_plane.pki import Signed, authority
from tests.tools import shell

KUBECTL = """\
#!/bin/sh
echo "$@"
cat "${1#--kubeconfig=}"
ls -d "$HOME"
"""


@pytest.fixture
def pki(tmp_path: Path) -> tuple[Path, Signed]:
    shell.require("openssl")
    ca, folder = authority("kubelet"), tmp_path / "pki"
    folder.mkdir()
    (folder / "kubelet-signing-ca.crt").write_text(ca.certificate_pem, encoding="utf-8")
    (folder / "kubelet-ca.key").write_text(ca.key_pem, encoding="utf-8")
    return folder, ca


def test_the_certificate_lives_for_minutes_and_is_of_a_key_of_its_own(
    tmp_path: Path, pki: tuple[Path, Signed]
) -> None:
    folder, ca = pki
    made = tmp_path / "made"
    made.mkdir()
    now = time.time()
    program.sign(str(made), str(folder), now)
    found = x509.load_pem_x509_certificate((made / "client.crt").read_bytes())
    found.verify_directly_issued_by(ca.certificate)
    assert found.subject.rfc4514_string() == "CN=heiiki:controller,O=system:masters"
    begin, end = (found.not_valid_before_utc, found.not_valid_after_utc)
    assert begin <= datetime.fromtimestamp(now, UTC) < end
    assert (end - begin).total_seconds() == program.EARLY_SECONDS + program.LIFE_SECONDS
    uses = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(uses) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    key = found.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey) and key != ca.key.public_key()


def test_it_applies_the_folder_marks_its_own_node_and_leaves_no_key(
    tmp_path: Path, pki: tuple[Path, Signed], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(KUBECTL, encoding="utf-8")
    kubectl.chmod(0o755)
    memory = tmp_path / "memory"
    memory.mkdir()
    monkeypatch.setattr(program, "MEMORY", str(memory))
    monkeypatch.setattr(sys, "argv", ["apply", "/manifests", str(pki[0]), str(kubectl)])
    program.main()
    said = capsys.readouterr().out
    assert "apply --server-side --force-conflicts --field-manager=heiiki" in said
    lines = [line for line in said.splitlines() if line.startswith("--kubeconfig=")]
    node = f"node/{socket.gethostname().lower()}"
    assert lines[1].endswith(f" wait --for=create {node} --timeout=120s")
    assert lines[2].endswith(f" label --overwrite {node} node-role.kubernetes.io/control-plane=")
    assert "--filename=/manifests" in said and '"server": "https://127.0.0.1:6443"' in said
    assert str(memory) in said.splitlines()[-1], "kubectl keeps nothing elsewhere"
    assert list(memory.iterdir()) == []


def test_what_fails_says_why_and_leaves_no_key(
    tmp_path: Path, pki: tuple[Path, Signed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "MEMORY", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["apply", "/manifests", str(pki[0]), "/bin/false"])
    before, home = set(tmp_path.iterdir()), os.environ.get("HOME")
    with pytest.raises(SystemExit, match="/bin/false ended with 1"):
        program.main()
    assert set(tmp_path.iterdir()) == before and os.environ.get("HOME") == home


def test_the_unit_runs_the_program_that_is_delivered_with_it(tmp_path: Path) -> None:
    files = {file.path: file.content for file in applying_files()}
    (line,) = [one for one in files[f"/etc/systemd/system/{APPLY_UNIT}"].splitlines()
               if one.startswith("ExecStart=")]  # fmt: skip
    _, _, path, manifests, pki, kubectl = line.split()
    assert path == APPLY_PROGRAM and (manifests, pki) == (
        "/etc/kubernetes/cluster", "/etc/kubernetes/pki",
    )  # fmt: skip
    assert kubectl == "/opt/heiiki/bin/kubectl"
    source = tmp_path / "program.py"
    source.write_text(files[APPLY_PROGRAM], encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-I", str(source), "/a", str(tmp_path), "/b"],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ended.returncode == 1 and ended.stderr.startswith("openssl ended with ")
