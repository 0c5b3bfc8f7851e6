"""docs/supplied.md: every sentence that the plan can say of supplied things, read from its code.

The rest of the page is written by hand. What a sentence fills in stands as …, but for what the code
itself says there; a message that cannot be read so is an error, so that none is missing.
"""

import ast
import importlib
import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import plan.brownfield
from docs.parts_of_pages import with_parts

PAGE = Path(__file__).parent / "supplied.md"
BROWNFIELD = Path(plan.brownfield.__path__[0])
HOLE = "…"
NOUNS = {  # of the modules of plan/brownfield/ that note something, in the order of the page
    "checks": "VPC, subnets and route tables",
    "routes": "Routes",
    "watch": "Who watches the VPC",
    "endpoints": "Endpoints and security groups",
    "gateways": "Gateways, addresses and connections",
    "roles": "Roles and instance profiles",
    "keys": "The KMS key",
    "buckets": "The bucket of the flow logs",
    "stores": "Buckets and repositories of `carryIn`",
    "machines": "Images and key pairs",
    "api": "Target groups and zones of the API",
    "arns": "Every ARN",
}
Function = ast.FunctionDef
_KEY = re.compile(rf"^[\w.{HOLE}]+: (?:{HOLE} )?")  # a warning begins with its key, and the value
_WORDS = re.compile(r"[a-z]+ [a-z]+")


def supplied_page() -> str:
    """The page as it is, with its sentences made anew."""
    return with_parts(PAGE, {"plan": sentences()})


def sentences() -> str:
    """A section a module, faults before warnings."""
    sections = []
    for module, noun in NOUNS.items():
        source = (BROWNFIELD / f"{module}.py").read_text(encoding="utf-8")
        names = vars(importlib.import_module(f"plan.brownfield.{module}"))
        faults, warnings = told_by(source, names)
        lines = [f"- fault: {text}" for text in faults]
        lines += [f"- warning: {text}" for text in warnings]
        sections.append(f"### {noun}\n\n" + "\n".join(lines))
    return "\n\n".join(sections)


def told_by(source: str, names: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The faults and the warnings that a module notes, each once, in its own order.

    names: what the module's names stand for, imported ones too; its texts are taken from there.
    """
    return _Module(source, names).told()


class _Module:
    """One module's source, in which names are followed to what they stand for."""

    def __init__(self, source: str, names: Mapping[str, Any]) -> None:
        tree = ast.parse(source)
        self._functions = {n.name: n for n in ast.walk(tree) if isinstance(n, Function)}
        self._constants = {name: text for name, text in names.items() if isinstance(text, str)}

    def told(self) -> tuple[list[str], list[str]]:
        faults, warnings = list[str](), list[str]()
        for function in self._functions.values():
            for call in _calls(function):
                match ast.unparse(call.func):
                    case "faults.add":
                        faults += self._sentences(call.args[1], function)
                    case "warnings.append":
                        warnings += self._sentences(call.args[0], function)
        return list(dict.fromkeys(faults)), list(dict.fromkeys(warnings))

    def _sentences(self, message: ast.expr, function: Function) -> list[str]:
        found = [_KEY.sub("", text) for text in self._texts(message, function)]
        if not found or not all(_WORDS.search(text) for text in found):
            raise ValueError(f"{function.name}, line {message.lineno}: no sentence can be read")
        return [text.replace("<", "&lt;").replace("*", r"\*") for text in found]

    def _texts(self, value: ast.expr, function: Function) -> list[str]:
        """What an expression may say; nothing for None."""
        match value:
            case ast.Constant(value=None):
                return []
            case ast.Constant():
                return [str(value.value)]
            case ast.JoinedStr():
                parts = [self._texts(part, function) for part in value.values]
                return ["".join(chosen) for chosen in itertools.product(*parts)]
            case ast.FormattedValue(value=ast.Name()):
                return self._texts(value.value, function)
            case ast.IfExp():
                return _either(self._texts(value.body, function),
                               self._texts(value.orelse, function))  # fmt: skip
            case ast.Name():
                return self._named(value.id, function)
            case ast.Call(func=ast.Name(id=name)) if name in self._functions:
                callee = self._functions[name]
                returns = [n.value for n in ast.walk(callee) if isinstance(n, ast.Return)]
                return [t for v in returns if v is not None for t in self._texts(v, callee)]
        return [HOLE]

    def _named(self, name: str, function: Function) -> list[str]:
        """A constant, a local name with all that is added to it, or an argument of the callers."""
        if name in self._constants:
            return [self._constants[name]]
        found = list[str]()
        for node in ast.walk(function):
            match node:
                case ast.Assign(targets=[ast.Name(id=target)]) if target == name:
                    found += self._texts(node.value, function)
                case ast.AugAssign(target=ast.Name(id=target)) if target == name:
                    added = self._texts(node.value, function)
                    found = [a + b for a, b in itertools.product(found, added)]
        return found or self._argument(name, function)

    def _argument(self, name: str, function: Function) -> list[str]:
        names = [argument.arg for argument in function.args.args]
        if name not in names:
            return [HOLE]
        found = list[str]()
        for caller in self._functions.values():
            for call in _calls(caller):
                if ast.unparse(call.func) == function.name:
                    found += self._texts(call.args[names.index(name)], caller)
        return found or [HOLE]


def _either(one: list[str], other: list[str]) -> list[str]:
    """Both of two texts; one that may be left out stands in brackets, one of many is not told."""
    both = [*one, *other]
    if not (one and other):
        return both
    if "" in both and len(both) == 2:
        return [f"[{max(both)}]"]
    return [HOLE] if HOLE in both or len(both) > 2 else both


def _calls(function: Function) -> Iterator[ast.Call]:
    """In the order of the source."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    yield from sorted(calls, key=lambda call: (call.lineno, call.col_offset))
