"""Make the SDK's types of inputs, outputs and words when they are named.

A package of pulumi_aws keeps all types of its resources' inputs in `_inputs`, those of their
outputs in `outputs`, and those of words in `_enums`, and every resource's module takes all of
`_inputs` by `import *`. Of ec2 that is 700 classes for some ten that a program names, and 60 ms to
make them. Here the class statements of these modules are kept, and each is executed when its name
is asked for: a resource's module is given the names that stand in it, and a class those that stand
in its body. A module that does more with its classes than to define them is executed as ever.
"""

import builtins
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.abc import InspectLoader, Loader
from importlib.machinery import ModuleSpec
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pulumi

TYPES = ("_inputs", "_enums", "outputs")
_MARKS = ("input_type", "output_type")  # what the SDK decorates these classes with, and type_token
_WORD = re.compile(r"[A-Za-z_]\w*")
_LONGEST = 400  # characters of an annotation; what is longer is documentation


class _Waiting:
    """A class statement that has not been executed, and what decorates it."""

    def __init__(self, body: FunctionType, name: str, *bases: Any, **more: Any) -> None:
        self.body, self.name, self.bases, self.more = body, name, bases, more
        self.marks: list[Callable[[Any], Any]] = []

    def make(self, names: dict[str, Any]) -> Any:
        """Execute it, with the module's names."""
        body = FunctionType(self.body.__code__, names, self.name)
        made = builtins.__build_class__(body, self.name, *self.bases, **self.more)
        for mark in self.marks:
            made = mark(made)
        return made


class _Reading(threading.local):
    """The words of the module that is being read, of each that has asked for the next one."""

    def __init__(self) -> None:
        self.words: list[frozenset[str]] = []

    @contextmanager
    def of(self, words: frozenset[str]) -> Iterator[None]:
        self.words.append(words)
        try:
            yield
        finally:
            self.words.pop()


_reading = _Reading()
_making = threading.RLock()


class _Types(ModuleType):
    """A module whose classes are made when they are named."""

    @property
    def __all__(self) -> list[str]:
        """What `import *` takes: of a module that is read here, the names that stand in it."""
        public: list[str] = vars(self)["__all__"]
        if not _reading.words:
            return public
        return [name for name in public if name in _reading.words[-1]]

    def __getattr__(self, name: str) -> Any:
        if name in _waiting_in(self):
            return _make(self, name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        return sorted({*vars(self), *_waiting_in(self)})


def _waiting_in(module: ModuleType) -> dict[str, _Waiting]:
    found: dict[str, _Waiting] = vars(module).get("__waiting__", {})
    return found


def has(module: ModuleType, name: str) -> bool:
    """Whether a module defines it, made or not."""
    return name in vars(module) or name in _waiting_in(module)


def _make(module: ModuleType, name: str) -> Any:
    """Make a class, and what its body names: the SDK evaluates annotations that are text later, by
    the module's own names."""
    names, enums = vars(module), vars(module)["__enums__"]
    with _making:
        waiting = _waiting_in(module).pop(name, None)
        if waiting is None:  # another thread was quicker
            return names[name]
        names[name] = waiting.make(names)
        for word in words_in(waiting.body.__code__) - names.keys():
            if word in _waiting_in(module):
                _make(module, word)
            elif enums is not None and word in vars(enums)["__all__"]:
                names[word] = getattr(enums, word)
        return names[name]


def words_in(code: CodeType) -> frozenset[str]:
    """Every name in some code, also in text that may be an annotation."""
    found: set[str] = set()
    waiting: list[Any] = [code]
    while waiting:
        item = waiting.pop()
        if isinstance(item, CodeType):
            found.update(item.co_names)
            waiting += item.co_consts
        elif isinstance(item, tuple):
            waiting += item
        elif isinstance(item, str) and len(item) <= _LONGEST:
            found.update(_WORD.findall(item))
    return frozenset(found)


@contextmanager
def _classes_wait() -> Iterator[None]:
    """The SDK's decorators take a class that waits, too; with all others they do what they did."""
    before = {name: getattr(pulumi, name) for name in (*_MARKS, "type_token")}
    for name in _MARKS:
        setattr(pulumi, name, _later(before[name]))
    pulumi.type_token = lambda type_token: _later(before["type_token"](type_token))
    try:
        yield
    finally:
        for name, mark in before.items():
            setattr(pulumi, name, mark)


def _later(mark: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def marked(found: Any) -> Any:
        if not isinstance(found, _Waiting):
            return mark(found)
        found.marks.append(mark)
        return found

    return marked


class _OwnLoader(Loader):
    """Executes a module in a way of its own. whole: the loader that would execute all of it."""

    def __init__(self, whole: InspectLoader) -> None:
        self.whole = whole

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None


class LoaderOfTypes(_OwnLoader):
    """Executes a module of types and lets its classes wait."""

    def exec_module(self, module: ModuleType) -> None:
        code = self.whole.get_code(module.__name__)
        names, before = vars(module), dict(vars(module))
        if code is None:
            return self.whole.exec_module(module)
        names["__builtins__"] = {**vars(builtins), "__build_class__": _Waiting}
        try:
            with _classes_wait(), _reading.of(frozenset()):
                exec(code, names)
            _ = names["__all__"]
        except Exception:  # it does more with its classes than to define them, or is written anew
            names.clear()
            names.update(before)
            return self.whole.exec_module(module)
        names["__builtins__"] = vars(builtins)
        waiting = {name: made for name, made in names.items() if isinstance(made, _Waiting)}
        for name in waiting:
            del names[name]
        names["__waiting__"] = waiting
        names["__enums__"] = _enums_beside(module)
        module.__class__ = _Types


def _enums_beside(module: ModuleType) -> ModuleType | None:
    package, _, own = module.__name__.rpartition(".")
    return None if own == "_enums" else sys.modules.get(f"{package}._enums")


class LoaderOfResource(_OwnLoader):
    """Executes the module of a resource, which takes of the types those that it names."""

    def exec_module(self, module: ModuleType) -> None:
        code = self.whole.get_code(module.__name__)
        if code is None:
            return self.whole.exec_module(module)
        with _reading.of(words_in(code)):
            exec(code, vars(module))
