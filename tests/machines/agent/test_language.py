"""The agent is of Python 3.9 and its standard library: it runs on the image's own interpreter."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
AGENT = ROOT / "machines" / "agent"
SOURCES = [*sorted(AGENT.rglob("*.py")), ROOT / "machines" / "first_stage_program.py"]
LATER = {"tomllib"}  # in our standard library, and not in that of 3.9
LATER_NAMES = {"pairwise", "batched", "UTC", "StrEnum", "TaskGroup", "chdir"}


def faults(source: str) -> list[str]:
    """What 3.9 does not know, or what is not of the standard library nor of the agent."""
    tree = ast.parse(source, feature_version=(3, 9))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
            )
            for name in modules:
                top = name.split(".")[0]
                own = name == "machines.agent" or name.startswith("machines.agent.")
                if (top not in sys.stdlib_module_names or top in LATER) and not own:
                    found.append(f"import of {name}")
            found += [f"import of {a.name}" for a in node.names if a.name in LATER_NAMES]
        if isinstance(node, ast.Call):
            words = {keyword.arg for keyword in node.keywords}
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "zip" and "strict" in words:
                found.append("zip(strict=)")
            if name == "dataclass" and words & {"slots", "kw_only"}:
                found.append("dataclass(slots=, kw_only=)")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_source_is_of_the_image(path):
    source = path.read_text(encoding="utf-8")
    assert faults(source) == []
    assert source == "" or "from __future__ import annotations\n" in source
    assert source.count("\n") <= 300


@pytest.mark.parametrize(
    "source",
    ["match x:\n case 1: pass", "import tomllib", "import yaml", "from machines import checks",
     "import machines", "from plan import cluster", "from datetime import UTC",
     "zip(a, b, strict=True)", "@dataclass(slots=True)\nclass A: pass",
     "def f[T](x: T) -> T: return x"],
)  # fmt: skip
def test_what_the_image_does_not_have_is_found(source):
    try:
        found = faults(source)
    except SyntaxError as error:
        found = [str(error)]
    assert found


def test_there_is_an_agent():
    assert len(SOURCES) > 20
