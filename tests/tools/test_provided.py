"""`python -m tests.tools`: all is tried, and the image is made while programs are built."""

import threading

from local.go_programs import ProgramError
from tests.tools import __main__ as tools

SECONDS = 60.0


def test_the_image_is_made_while_programs_are_built_and_each_is_told_of_once(monkeypatch, capsys):
    building = threading.Event()

    def image() -> None:
        assert building.wait(SECONDS), "nothing is built meanwhile"

    steps = {"before": lambda: None, tools.MEANWHILE: image, "after": building.set}
    monkeypatch.setattr(tools, "STEPS", steps)
    assert tools.main() == 0
    said = capsys.readouterr().out.splitlines()
    names = ["before", "after", tools.MEANWHILE]
    assert [line.partition(" … here (")[0] for line in said] == names


def test_one_run_names_all_that_is_missing(monkeypatch, capsys):
    def missing() -> None:
        raise ProgramError("not to be had")

    steps = {"one": missing, tools.MEANWHILE: missing, "two": lambda: None, "three": missing}
    monkeypatch.setattr(tools, "STEPS", steps)
    assert tools.main() == 1
    said = capsys.readouterr().out
    assert said.count("missing\n  not to be had\n") == 3 and said.count("here (0 s)") == 1
