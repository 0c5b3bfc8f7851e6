"""Which room may import which, kept by a test instead of by memory."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT: dict[str, tuple[str, ...]] = {  # room -> the rooms beneath it
    "spec": (),
    "plan": ("spec",),
    "machines": ("plan", "spec"),
    "components": ("machines", "plan", "spec"),
    "automation": ("components", "machines", "plan", "spec"),
    "policies": (),  # a second opinion must not share the first one's code
    "local": (),
    "docs": ("automation", "local", "machines", "plan", "spec"),  # what it documents
}
PURE = ("spec", "plan", "machines")
CLOUD = ("pulumi", "boto3", "botocore", "moto")
OUTSIDE = {  # what a pure room may take from outside the standard library
    "spec": {"pydantic", "pydantic_core", "yaml"},
    "plan": {"cryptography", "yaml"},
    "machines": {"yaml"},
}
IMPURE = ("os", "random", "secrets", "socket", "subprocess", "time", "urllib", "uuid", "http")
AGENT = "machines/agent"  # runs on machines that have nothing else of the house
FOLDERS = {  # inside components: the other folders' resources come by argument
    "network": (), "iam": (), "pki": (), "delivery": (), "machines": (),
    "etcd": ("network", "iam", "pki", "delivery", "machines"),
    "control_plane": ("network", "iam", "pki", "delivery", "machines"),
    "node_pools": ("network", "iam", "pki", "delivery", "machines"),
    "access": ("network", "iam", "pki", "delivery"),
    "add_ons": ("network", "iam", "pki", "delivery"),
}  # fmt: skip


def imported(source: str) -> list[str]:
    """Every module that the source imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(source)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return names + [n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module]


def faults(room: str, source: str) -> list[str]:
    """The imports of `source` that its room may not have."""
    above = set(MAY_IMPORT) - {room, *MAY_IMPORT[room]}
    wrong = []
    for name in imported(source):
        top = name.split(".")[0]
        cloud = room in PURE and top.startswith(CLOUD)
        impure = room in ("spec", "plan") and top in IMPURE
        if top in above or cloud or impure:
            wrong.append(name)
    return wrong


def files_of(room: str) -> list[Path]:
    return [path for path in sorted((ROOT / room).rglob("*.py")) if path.stat().st_size]


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_lies_beneath_it(room):
    files = files_of(room)
    assert files, f"{room} is not empty"
    found = {
        str(path.relative_to(ROOT)): wrong
        for path in files
        if (wrong := faults(room, path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("spec", "from plan.addresses import node_cidr"),
        ("spec", "import os"),
        ("plan", "import pulumi_aws as aws"),
        ("plan", "from machines import nodeadm"),
        ("plan", "import time"),
        ("machines", "from components.network import vpc"),
        ("policies", "import spec.network"),
        ("components", "from policies.rules import routes"),
        ("components", "def f():\n    import automation.cli"),
        ("automation", "from policies.rules import routes"),
        ("local", "from spec.cluster import ClusterSpec"),
        ("docs", "from components.program import program"),
    ],
)
def test_an_arrow_that_points_the_wrong_way_is_found(room, line):
    assert faults(room, line) != []


@pytest.mark.parametrize("room", OUTSIDE)
def test_a_pure_room_takes_little_from_outside(room):
    import sys

    own = {*MAY_IMPORT, *sys.stdlib_module_names, *OUTSIDE[room]}
    tops = {
        name.split(".")[0]
        for path in files_of(room)
        for name in imported(path.read_text(encoding="utf-8"))
    }
    assert tops
    assert tops - own == set()


def test_the_agent_takes_nothing_of_the_rest_of_the_house():
    files = files_of(AGENT)
    assert len(files) > 10
    for path in files:
        names = imported(path.read_text(encoding="utf-8"))
        own = [name for name in names if name.split(".")[0] in MAY_IMPORT]
        assert all(name.startswith("machines.agent.") for name in own), path


def test_folders_of_components_keep_apart():
    folders = [f.name for f in (ROOT / "components").iterdir() if f.is_dir() and f.name in FOLDERS]
    assert len(folders) >= 5
    for folder in folders:
        for path in (ROOT / "components" / folder).glob("*.py"):
            others = {
                name.split(".")[1]
                for name in imported(path.read_text(encoding="utf-8"))
                if name.startswith("components.") and name.split(".")[1] != folder
            }
            assert others <= set(FOLDERS[folder]), path


PACK = {  # inside policies: what the proof stands on knows nothing of it
    "rules": ("model",),
    "model": ("rules",),
    "proof": ("model", "rules"),
    "evidence": ("model", "proof", "rules"),
}
DECIDES = ("proof", "evidence")


@pytest.mark.parametrize("folder", PACK)
def test_folders_of_the_pack_point_one_way(folder):
    files = files_of(f"policies/{folder}")
    assert files
    for path in files:
        tops = {name.split(".")[0] for name in imported(path.read_text(encoding="utf-8"))}
        assert tops & {*PACK} <= {folder, *PACK[folder]}, path
        if folder in DECIDES:
            assert not tops & {"pulumi", "pulumi_policy", "os", "time"}, path


def test_every_folder_of_tests_is_a_package():
    folders = {p.parent for p in (ROOT / "tests").rglob("test_*.py")}
    assert len(folders) > 5
    assert [str(f) for f in folders if not (f / "__init__.py").is_file()] == []
