"""A program that the engine stops ends at once and in silence: the engine tells the reason."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

from local.language_host import program


def test_an_interrupted_program_shows_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("print('begun', flush=True)\n", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes connections, never answers
        address = f"127.0.0.1:{deaf.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, program.__file__, f"--monitor={address}", f"--engine={address}",
             "--project=p", "--stack=s", "--dry_run=true", "--parallel=2", str(tmp_path)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        deaf.settimeout(60)
        connection, _ = deaf.accept()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        connection.close()
    assert process.returncode == program.EXIT_CODE_INTERRUPTED
    assert "Traceback" not in errors
