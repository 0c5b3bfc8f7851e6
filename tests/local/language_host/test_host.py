"""The host as the engine speaks to it, without an engine."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from .conftest import VENV

CHECKOUT = Path(__file__).parents[3]


@contextlib.contextmanager
def started(
    *words: str, program: tuple[str, str] = ("-m", "local.language_host")
) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, *program, *words],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def engine_address() -> Iterator[str]:
    """Somebody who takes connections, as an engine does."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture(scope="module")
def host(engine_address: str) -> Iterator[language_pb2_grpc.LanguageRuntimeStub]:
    with started("--logtostderr", "-v=9", engine_address) as process:
        assert process.stdout is not None
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            yield language_pb2_grpc.LanguageRuntimeStub(channel)


def info(directory: Path, **options: str) -> language_pb2.ProgramInfo:
    struct = struct_pb2.Struct()
    struct.update({"toolchain": "pip", **options})
    return language_pb2.ProgramInfo(
        root_directory=str(directory),
        program_directory=str(directory),
        entry_point=".",
        options=struct,
    )


def test_it_says_what_runs_programs(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    about = host.About(language_pb2.AboutRequest(info=info(tmp_path, virtualenv=str(VENV))))

    assert about.executable == str(VENV / "bin" / "python")
    assert about.version == sys.version.split()[0]


def test_it_says_its_version(host: language_pb2_grpc.LanguageRuntimeStub) -> None:
    assert host.GetPluginInfo(empty_pb2.Empty()).version == "3.250.0"


def test_dependencies_are_those_that_nothing_else_needs_unless_asked(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    def names(everything: bool) -> set[str]:
        request = language_pb2.GetProgramDependenciesRequest(
            info=info(tmp_path, virtualenv=str(VENV)), transitiveDependencies=everything
        )
        return {d.name for d in host.GetProgramDependencies(request).dependencies}

    assert "pulumi-aws" in names(False) and "botocore" not in names(False)
    assert names(True) > names(False) and "botocore" in names(True)


def test_required_packages_are_plugins_of_the_installed_ones(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    request = language_pb2.GetRequiredPackagesRequest(info=info(tmp_path, virtualenv=str(VENV)))

    packages = host.GetRequiredPackages(request).packages

    assert {(p.name, p.kind) for p in packages} == {
        ("aws", "resource"),
        ("kubernetes", "resource"),
        ("tls", "resource"),
    }
    assert all(p.version.startswith("v") for p in packages)


def test_a_missing_virtual_environment_is_made_and_filled(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    (tmp_path / "requirements.txt").write_text("# nothing\n")

    answers = list(
        host.InstallDependencies(
            language_pb2.InstallDependenciesRequest(info=info(tmp_path, virtualenv="env"))
        )
    )

    said = b"".join(answer.stdout for answer in answers).decode()
    assert f"-m venv {tmp_path / 'env'}" in said
    assert f"{tmp_path / 'env'}/bin/python -m pip install -r requirements.txt" in said
    assert (tmp_path / "env" / "bin" / "python").exists()


def test_a_failed_installation_is_an_error_that_names_the_command(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    (tmp_path / "requirements.txt").write_text("-r missing.txt\n")

    with pytest.raises(grpc.RpcError) as caught:
        list(
            host.InstallDependencies(
                language_pb2.InstallDependenciesRequest(info=info(tmp_path, virtualenv=str(VENV)))
            )
        )

    assert "-m pip install -r requirements.txt` failed" in str(caught.value)


def test_a_lock_file_of_another_toolchain_is_not_passed_over(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    (tmp_path / "uv.lock").touch()
    inner = tmp_path / "program"
    inner.mkdir()
    plain = language_pb2.ProgramInfo(root_directory=str(inner), program_directory=str(inner))

    with pytest.raises(grpc.RpcError, match=r"uv\.lock asks for another toolchain than pip"):
        host.About(language_pb2.AboutRequest(info=plain))
    host.About(language_pb2.AboutRequest(info=info(inner)))  # told to use pip, it does


def test_what_it_does_not_do_is_said_as_the_engine_understands_it(
    host: language_pb2_grpc.LanguageRuntimeStub,
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        host.GenerateProgram(language_pb2.GenerateProgramRequest())

    error = caught.value
    assert isinstance(error, grpc.Call)
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_program_that_linux_does_not_start_is_refused_with_its_cause(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    request = language_pb2.RunRequest(
        info=info(tmp_path, virtualenv=str(VENV)),
        pwd=str(tmp_path),
        config={"tiny:large": "x" * 200_000},
    )
    with pytest.raises(grpc.RpcError) as caught:
        host.Run(request)

    error = caught.value
    assert isinstance(error, grpc.Call)
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    details = error.details() or ""
    assert details.startswith("the program did not start: Argument list too long")
    assert "PULUMI_CONFIG has 2" in details and "xxx" not in details


def test_it_ends_when_its_engine_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, "-m", "local.language_host", address],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None and process.stdout.readline()
        listener.settimeout(60)
        for _ in range(2):  # it has looked, and goes on
            listener.accept()[0].close()
        assert process.poll() is None
    process.communicate(timeout=60)
    assert process.returncode == 0


PATIENT = (
    "import sys; from local.language_host import server\n"
    "server._LOOK_SECONDS = 3600.0\n"
    "server.run(sys.argv[1:])"
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_when_asked(number: signal.Signals, engine_address: str) -> None:
    """And not when it looks for its engine the next time, which would be in an hour."""
    with started(engine_address, program=("-c", PATIENT)) as process:
        assert process.stdout is not None and process.stdout.readline()
        os.kill(process.pid, number)
        assert process.wait(timeout=60) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_with_it_ends_the_python_that_waits_for_a_program(
    engine_address: str, tmp_path: Path, number: signal.Signals
) -> None:
    program = info(tmp_path, virtualenv=str(VENV))
    with started(engine_address) as process:
        assert process.stdout is not None
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            host = language_pb2_grpc.LanguageRuntimeStub(channel)
            host.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest(info=program))
            assert waiting_for(process.pid) == []
            pack = language_pb2.RunPluginRequest(info=program, kind="analyzer", pwd=str(tmp_path))
            assert next(iter(host.RunPlugin(pack))).stdout  # the port that the engine asks at
            (waits,) = waiting_for(process.pid)
            os.kill(process.pid, number)
            process.wait(timeout=60)
        until_gone(waits)


def until_gone(process_id: int) -> None:
    for _ in range(600):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                time.sleep(0.1)
                continue
        return
    raise AssertionError(f"{process_id} is still there")


def waiting_for(process_id: int) -> list[int]:
    """The children of a process that wait for a program."""
    children = Path(f"/proc/{process_id}/task").glob("*/children")
    ids = [int(word) for file in children for word in file.read_text().split()]
    return [i for i in ids if b"waiting.py" in Path(f"/proc/{i}/cmdline").read_bytes()]


def test_it_listens_on_this_machine_alone(engine_address: str) -> None:
    with started(engine_address) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        listening = [
            line.split()[1].split(":")[0]
            for table in ("tcp", "tcp6")
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
            if line.split()[3] == "0A" and int(line.split()[1].split(":")[1], 16) == port
        ]

    # 127.0.0.1, or the same address as IPv6 writes it.
    assert [address[-8:] for address in listening] == ["0100007F"]
    assert listening[0][:-8] in ("", "0000000000000000FFFF0000")


def test_the_stubs_alone_are_enough() -> None:
    """The SDK around them costs 0.3 s on every command; this notices when it comes back in."""
    code = (
        "import sys; sys.argv = ['x', '--version']; from local.language_host.__main__ import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([m for m in ('local.language_host.host', 'pulumi.output') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True
    )

    assert said.stdout.splitlines()[-1] == "['local.language_host.host']", said.stderr
