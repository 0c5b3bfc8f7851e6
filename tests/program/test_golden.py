"""Golden scenarios: each example's stack file beside everything that it yields.

UPDATE_GOLDEN=1 rewrites examples/<case>/expected; review it as the effect of the change.
"""

import os
import shutil
from pathlib import Path

import pytest

from components.program import program
from spec.errors import parse
from spec.etcd import CreateEtcd
from tests.mocks import build
from tests.program.golden import golden_files
from tests.scenarios import ALIKE, EXAMPLES, SCENARIOS, read

ON_CONTROLLERS = "etcd-on-controllers"  # the example self-hosted with etcd in its other place
BESIDE = Path(__file__).parent / "expected"


def scenario_of(name):
    """Stack file and lock file, and the folder of what they yield."""
    if name != ON_CONTROLLERS:
        return (*read(name), EXAMPLES / name / "expected")
    spec, lock = read("self-hosted")
    own = spec.control_plane.model_copy(
        update={"etcd": parse(CreateEtcd, {"placement": "controllers"}, where=name)}
    )
    changes = {"control_plane": own, "profile": "development"}
    return spec.model_copy(update=changes), lock, BESIDE / name


@pytest.mark.parametrize("scenario", [*SCENARIOS, *ALIKE, ON_CONTROLLERS])
def test_an_example_yields_what_lies_beside_it(scenario):
    spec, lock, folder = scenario_of(scenario)
    recorder, _ = build(lambda: program(spec, lock, where=scenario))
    files = golden_files(recorder.resources)
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
