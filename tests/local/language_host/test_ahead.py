"""The program's Python that waits: what it becomes is what a new one would be."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.language_host import children, waiting
from local.language_host.ahead import Ahead, Place
from local.language_host.children import Child

PYTHON = Path(sys.executable)
ARGUMENTS = ["--monitor=one", "two words", ""]
TELLING = """
    import gc, json, os, signal, sys
    from pathlib import Path
    Path("found.json").write_text(json.dumps({
        "pid": os.getpid(), "name": __name__, "arguments": sys.argv, "path": sys.path[1:],
        "beside": sys.path[0],
        "directory": os.getcwd(), "environment": dict(os.environ), "reads": sys.stdin.read(),
        "leads": os.getpgrp() == os.getpid(), "collects": gc.isenabled(),
        "ends": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
        "files": sorted(os.listdir("/proc/self/fd")),
    }))
    import subprocess
    Path("started.json").write_bytes(subprocess.check_output(
        [sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))"]))
    sys.exit(7)
    """


@pytest.fixture
def ahead() -> Iterator[Ahead]:
    made = Ahead()
    yield made
    begin(made, Place(Path("/nothing/here"), "/"))  # ends the one that waits


def begin(ahead: Ahead, place: Place) -> None:
    ahead.asked_about(place, environment())
    ahead.start()


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "telling.py"
    path.write_text(textwrap.dedent(TELLING), encoding="utf-8")
    return path


def environment(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1", **more}


def found(folder: Path) -> dict[str, object]:
    told: dict[str, object] = json.loads((folder / "found.json").read_text())
    started = json.loads((folder / "started.json").read_text())
    return {**told, "its children's": started}


def test_what_waits_becomes_what_a_new_python_is(
    ahead: Ahead, script: Path, tmp_path: Path
) -> None:
    place, told = Place(PYTHON, str(tmp_path)), environment(PULUMI_CONFIG='{"a": "閉域\\n"}')

    begin(ahead, place)
    child = ahead.take(place, told, script, ARGUMENTS)
    assert child is not None and child.wait() == 7
    waited = found(tmp_path)
    new = Child([PYTHON, script, *ARGUMENTS], tmp_path, told)
    assert new.wait() == 7

    expected = found(tmp_path)
    assert waited.pop("pid") != expected.pop("pid")
    # Of the file that Python was started with: all the host's own are beside each other.
    assert waited.pop("beside") == str(Path(waiting.__file__).parent)
    assert expected.pop("beside") == str(script.parent)
    assert waited == expected
    assert waited["arguments"] == [str(script), *ARGUMENTS]
    assert waited["environment"] == waited["its children's"] == told
    assert waited["reads"] == "" and waited["leads"] and waited["collects"] and waited["ends"]


def test_it_has_loaded_the_sdk_before_it_is_told(tmp_path: Path) -> None:
    """And still runs a script where there is none to load, which says so."""
    script = tmp_path / "script.py"
    script.write_text("import sys; print('pulumi.runtime.settings' in sys.modules)")
    said = [
        subprocess.run(
            [sys.executable, *flags, waiting.__file__],
            input=json.dumps({"script": str(script), "arguments": [], "environment": {}}),
            capture_output=True, text=True, check=True, timeout=120,
        ).stdout
        for flags in ([], ["-I", "-S"])
    ]  # fmt: skip
    assert said == ["True\n", "False\n"]


@pytest.mark.parametrize("ignored", [False, True])
def test_an_interrupt_is_to_the_script_what_it_was_to_its_python(
    tmp_path: Path, ignored: bool
) -> None:
    """What runs in the background of a shell ignores them."""
    script = tmp_path / "script.py"
    script.write_text("import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)")
    command = [sys.executable, waiting.__file__]
    if ignored:
        command = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command]
    told = json.dumps({"script": str(script), "arguments": [], "environment": {}})
    done = subprocess.run(command, input=told, capture_output=True, text=True, timeout=120)
    assert done.stdout == f"{ignored}\n", done.stderr


def test_it_serves_once_and_its_own_place(ahead: Ahead, script: Path, tmp_path: Path) -> None:
    here, there = Place(PYTHON, str(tmp_path)), Place(PYTHON, "/")

    def take(place: Place) -> Child | None:
        return ahead.take(place, environment(), script, [])

    ahead.start()  # nobody has asked about a program
    assert take(here) is None
    begin(ahead, here)
    first = waiting_process(ahead)
    waited = ahead._waiting
    assert waited is not None and waited[1] in children._running
    assert take(there) is None
    assert not alive(first) and waited[1] not in children._running
    ahead.start()
    child = take(here)
    assert child is not None and child.wait() == 7
    assert take(here) is None


def test_asked_again_about_the_same_place_it_goes_on_waiting(ahead: Ahead, tmp_path: Path) -> None:
    begin(ahead, Place(PYTHON, str(tmp_path)))
    first, kept = waiting_process(ahead), ahead._waiting
    begin(ahead, Place(PYTHON, str(tmp_path)))
    assert waiting_process(ahead) == first and alive(first)
    begin(ahead, Place(PYTHON, "/"))
    assert waiting_process(ahead) != first and not alive(first)
    assert kept is not None and kept[1] not in children._running


def test_one_that_has_ended_is_not_taken(ahead: Ahead, script: Path, tmp_path: Path) -> None:
    place = Place(PYTHON, str(tmp_path))
    begin(ahead, place)
    os.kill(waiting_process(ahead), signal.SIGKILL)
    assert ahead._waiting is not None and ahead._waiting[1].wait() == -signal.SIGKILL
    assert ahead.take(place, environment(), script, []) is None


@pytest.mark.parametrize(("letters", "taken"), [(131072 - 3, True), (131072 - 2, False)])
def test_what_linux_would_not_start_is_not_taken(
    ahead: Ahead, script: Path, tmp_path: Path, letters: int, taken: bool
) -> None:
    """`X=`, and the end, which Linux counts."""
    told, place = environment(X="x" * letters), Place(PYTHON, str(tmp_path))
    begin(ahead, place)
    child = ahead.take(place, told, script, [])
    assert (child is not None) is taken
    if child is not None:
        assert child.wait() == 7
        assert found(tmp_path)["its children's"] == told
    else:
        with pytest.raises(OSError, match="Argument list too long"):
            Child([PYTHON, script], tmp_path, told)


def test_it_ends_with_who_started_it(tmp_path: Path) -> None:
    """A host that is killed tells nobody."""
    with subprocess.Popen(
        [sys.executable, waiting.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        said, _ = process.communicate(timeout=120)
    assert (process.returncode, said) == (0, b"")


def waiting_process(ahead: Ahead) -> int:
    assert ahead._waiting is not None
    return ahead._waiting[1]._process.pid


def alive(process_id: int) -> bool:
    return os.path.exists(f"/proc/{process_id}")
