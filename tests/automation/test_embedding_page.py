"""docs/embedding.md speaks of what is there, and of all of it."""

import ast
import inspect
import re

import automation
from automation import Stack
from tests.scenarios import ROOT

PAGE = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")


def test_the_example_imports_what_there_is():
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    imports = [n for n in ast.walk(ast.parse(block)) if isinstance(n, ast.ImportFrom)]
    names = {a.name for n in imports if n.module == "automation" for a in n.names}
    assert names and names <= set(automation.__all__)


def test_every_operation_event_and_error_is_on_the_page():
    operations = {n for n, _ in inspect.getmembers(Stack, inspect.isfunction) if n[0] != "_"}
    assert {n for n in operations if f"`{n}(" not in PAGE} == set()
    kinds = [getattr(automation, n) for n in automation.__all__]
    errors = {k.__name__ for k in kinds if inspect.isclass(k) and issubclass(k, Exception)}
    events = {k.__name__ for k in automation.Event.__args__}
    assert {n for n in errors | events if f"`{n}`" not in PAGE} == set()
