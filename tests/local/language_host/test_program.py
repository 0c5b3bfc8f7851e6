"""Programs under the real engine: what they are told, what the operator sees, how they end."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from .conftest import VENV, Project

pytestmark = pytest.mark.engine

PROGRAM = """
    import pulumi

    class Part(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("tiny:index:Part", name, {}, None)
            self.register_outputs({})

    Part("one")
    """


def test_a_program_makes_resources_and_outputs(project: Project) -> None:
    project.write(
        PROGRAM + 'pulumi.export("answer", pulumi.Output.from_input(6).apply(lambda n: n * 7))'
    )

    assert "2 to create" in " ".join(project.pulumi("preview").split())
    project.pulumi("up", "--yes", "--skip-preview")

    assert json.loads(project.pulumi("stack", "output", "--json")) == {"answer": 42}
    assert "2 unchanged" in project.pulumi("preview")


def test_a_program_knows_its_stack_and_where_it_is(project: Project) -> None:
    project.write(
        """
        import os, sys
        import pulumi
        from pulumi.runtime import is_dry_run
        pulumi.export("project", pulumi.get_project())
        pulumi.export("stack", pulumi.get_stack())
        pulumi.export("organization", pulumi.get_organization())
        pulumi.export("root", pulumi.runtime.get_root_directory())
        pulumi.export("directory", os.getcwd())
        pulumi.export("prefix", sys.prefix)
        pulumi.export("virtualenv", os.environ["VIRTUAL_ENV"])
        pulumi.export("shadowed", [p for p in sys.path if "language_host" in p])
        pulumi.export("arguments", sys.argv)
        pulumi.export("reads", sys.stdin.read())
        print("dry run", is_dry_run())
        """
    )

    assert "dry run True" in project.pulumi("preview")
    assert "dry run False" in project.pulumi("up", "--yes", "--skip-preview")

    assert json.loads(project.pulumi("stack", "output", "--json")) == {
        "project": "tiny",
        "stack": "dev",
        "organization": "organization",
        "root": str(project.directory),
        "directory": str(project.directory),
        "prefix": str(VENV),
        "virtualenv": str(VENV),
        "shadowed": [],
        "arguments": ["."],
        "reads": "",
    }


def test_secrets_of_the_configuration_stay_secret(project: Project) -> None:
    project.pulumi("config", "set", "plain", "seen")
    project.pulumi("config", "set", "--secret", "hidden", "s3cr3t-value")
    project.write(
        """
        import pulumi
        config = pulumi.Config()
        pulumi.export("plain", config.require("plain"))
        pulumi.export("hidden", config.require_secret("hidden"))
        known = [pulumi.runtime.is_config_secret(f"tiny:{key}") for key in ("plain", "hidden")]
        print("known as secrets:", known)
        """
    )

    said = project.pulumi("up", "--yes", "--skip-preview")

    assert "known as secrets: [False, True]" in said
    assert "s3cr3t-value" not in said
    assert json.loads(project.pulumi("stack", "output", "--json", "--show-secrets")) == {
        "plain": "seen",
        "hidden": "s3cr3t-value",
    }


def test_an_exception_is_shown_once_from_the_programs_own_line_on(project: Project) -> None:
    project.write(
        """
        def build():
            raise ValueError("the boom")
        build()
        """
    )

    said = project.pulumi("preview", exit_code=1)

    diagnostics = said.partition("Diagnostics:")[2]
    assert diagnostics.count("ValueError: the boom") == 1
    assert "line 4, in <module>" in diagnostics
    assert "runpy" not in said and "language_host" not in said
    assert "exited with code" not in said


def test_an_error_for_the_operator_is_shown_once_and_without_traceback(project: Project) -> None:
    project.write('import pulumi\nraise pulumi.RunError("write it otherwise")')

    said = project.pulumi("preview", exit_code=1)

    assert said.partition("Diagnostics:")[2].count("write it otherwise") == 1
    assert "Traceback" not in said and "exited with code" not in said


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import sys; sys.exit(7)", "the program exited with code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended by SIGKILL"),
    ],
)
def test_a_program_that_just_ends_is_an_error(project: Project, program: str, words: str) -> None:
    project.write(program)

    assert words in project.pulumi("preview", exit_code=1)


def test_an_exception_after_resources_fails_the_run(project: Project) -> None:
    project.write(PROGRAM + 'raise RuntimeError("late")')

    said = project.pulumi("up", "--yes", "--skip-preview", exit_code=1)

    assert "RuntimeError: late" in said


def test_long_output_arrives_whole(project: Project) -> None:
    project.write(
        """
        import sys
        for number in range(2000):
            print(f"line {number} of many")
        print("x" * 200_000 + "end")
        print("to the other stream", file=sys.stderr)
        """
    )

    said = project.pulumi("preview", "--diff")

    assert all(f"line {number} of many" in said for number in range(2000))
    assert "x" * 200_000 + "end" in said
    assert "to the other stream" in said


def test_output_is_shown_as_it_comes(project: Project) -> None:
    project.write(
        """
        import os, time
        print("the first words")
        deadline = time.monotonic() + 60
        while not os.path.exists("go on"):
            if time.monotonic() > deadline:
                raise TimeoutError("nobody has read the first words")
            time.sleep(0.02)
        """
    )
    process = project.start("preview")
    assert process.stdout is not None

    for line in process.stdout:
        if "the first words" in line:
            break
    else:
        pytest.fail("the words came only at the end, if at all")

    (project.directory / "go on").touch()
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said


LONG_RUN = """
    import os, subprocess, time
    child = subprocess.Popen(["sleep", "300"])
    with open("pids", "w") as file:
        print(os.getpid(), child.pid, os.getppid(), file=file)
    os.rename("pids", "running")
    time.sleep(300)
    """


def alive(pid: int) -> bool:
    """A process that has ended and waits to be reaped by somebody does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # before, or while it was read
        return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_outlives_the_engine(project: Project, number: signal.Signals) -> None:
    pack = project.write_pack(
        """
        import os
        from pulumi_policy import PolicyPack, ResourceValidationPolicy
        with open("../pack pid", "w") as file:
            print(os.getpid(), file=file)
        rule = ResourceValidationPolicy("nothing", "Nothing.", lambda args, report: None)
        PolicyPack("idle", policies=[rule])
        """
    )
    project.write(LONG_RUN)
    process = project.start("preview", "--policy-pack", str(pack))
    running = project.directory / "running"
    deadline = time.monotonic() + 120
    while not running.exists():
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()[0]
        time.sleep(0.05)
    program, grandchild, host = map(int, running.read_text().split())
    pack_process = int((project.directory / "pack pid").read_text())
    family = {"program": program, "its child": grandchild, "host": host, "pack": pack_process}
    assert all(map(alive, family.values()))

    os.kill(process.pid, number)

    deadline = time.monotonic() + 60
    while left := [name for name, pid in family.items() if alive(pid)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
    process.communicate(timeout=60)


def test_a_virtual_environment_is_relative_to_the_project_file(project: Project) -> None:
    (project.directory / "environment").symlink_to(VENV)
    project.options["virtualenv"] = "environment"
    project.write('import os, pulumi\npulumi.export("virtualenv", os.environ["VIRTUAL_ENV"])')

    project.pulumi("up", "--yes", "--skip-preview")

    assert json.loads(project.pulumi("stack", "output", "--json")) == {
        "virtualenv": str(project.directory / "environment")
    }


def test_the_programs_own_folder_is_where_it_imports_from(project: Project) -> None:
    (project.directory / "children.py").write_text('NAME = "of the program"')
    project.write('import children, pulumi\npulumi.export("name", children.NAME)')

    project.pulumi("up", "--yes", "--skip-preview")

    assert json.loads(project.pulumi("stack", "output", "--json")) == {"name": "of the program"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"virtualenv": "state"}, "runtime.options.virtualenv names {}/state, which is no virtual"),
        ({"toolchain": "poetry"}, "runtime.options.toolchain is 'poetry'"),
        ({"typechecker": "mypy"}, "runtime.options.typechecker is 'mypy'"),
    ],
)
def test_options_that_cannot_be_followed_are_named(
    project: Project, options: dict[str, str], words: str
) -> None:
    project.options.update(options)
    (project.directory / "state" / "file").touch()
    project.write(PROGRAM)

    said = project.pulumi("preview", exit_code=1)

    assert words.format(project.directory) in said
    assert "Traceback" not in said
