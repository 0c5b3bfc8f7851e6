"""Golden scenarios: each example's stack file beside everything that it yields.

UPDATE_GOLDEN=1 rewrites examples/<case>/expected; review it as the effect of the change.
"""

import os
import shutil

import pytest

from components.program import program
from tests.mocks import build
from tests.program.golden import golden_files
from tests.scenarios import ALIKE, EXAMPLES, SCENARIOS, read


@pytest.mark.parametrize("scenario", (*SCENARIOS, *ALIKE))
def test_an_example_yields_what_lies_beside_it(scenario):
    spec, lock = read(scenario)
    recorder, _ = build(lambda: program(spec, lock, where=scenario))
    files = golden_files(recorder.resources)
    folder = EXAMPLES / scenario / "expected"
    if os.environ.get("UPDATE_GOLDEN"):
        shutil.rmtree(folder, ignore_errors=True)
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    kept = {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert sorted(files) == sorted(kept)
    for name, content in files.items():
        assert content == kept[name], name
