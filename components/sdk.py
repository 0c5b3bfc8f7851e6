"""Take of the SDK no more than this program needs: load the modules of AWS whose classes are named,
leave out debug messages and who called whom, and wait for each resource once.

A package of pulumi_aws imports all of its modules when it is first used: `aws.ec2.Vpc` costs 180 of
them, and those of this program together as much processor time as all that heiiki does itself
(docs/performance.md). The SDK keeps each resource in a module of the resource's name, so a class is
looked for there first, then among the packages' shared inputs. What is found in neither place, and
every function, runs the package's own __init__ as ever: slower, never different.
"""

import asyncio
import importlib
import re
import sys
from collections.abc import Sequence
from importlib.abc import InspectLoader, Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pulumi
from pulumi.runtime.proto import source_pb2

from components.sdk_types import TYPES as SHARED
from components.sdk_types import LoaderOfResource, LoaderOfTypes, has

SDK = "pulumi_aws"
_CONSTRUCTORS = 3  # of the class, of CustomResource or ComponentResource, of Resource
BORDERS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])")


def load_by_name() -> None:
    """From now on, load the packages of the SDK by the names asked of them. Again is no fault."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def leave_out_debug_messages() -> None:
    """From now on, send the engine no debug messages of the SDK.

    It sends five for each resource, each in a call that it waits for, and the engine throws them
    away unless `pulumi --debug` was asked for (docs/adr/0014).
    """
    pulumi.log.debug = _unsaid


def _unsaid(*_: object, **__: object) -> None:
    """In the place of pulumi.log.debug."""


def leave_out_callers() -> None:
    """From now on, tell the engine of each resource where it is declared, not who called that.

    For each resource the SDK reads some twenty callers with their lines of source, and sends them.
    The engine writes them into the state, where nobody looks for them (docs/adr/0024).
    """
    pulumi.runtime.resource._get_stack_trace = _declared_at


def _declared_at() -> source_pb2.StackTrace:
    """In the place of what collects callers: the one that has called the resource's class, which
    calls its base, which calls Resource."""
    frame, constructors = sys._getframe(1), 0
    while constructors < _CONSTRUCTORS and frame.f_back is not None:
        constructors += frame.f_code.co_name == "__init__"
        frame = frame.f_back
    file = Path(frame.f_code.co_filename)
    if constructors < _CONSTRUCTORS or not file.is_absolute():  # such as <stdin>
        return source_pb2.StackTrace()
    position = source_pb2.SourcePosition(uri=file.as_uri(), line=frame.f_lineno)
    return source_pb2.StackTrace(frames=[source_pb2.StackFrame(pc=position)])


async def begin_registrations() -> None:
    """Let every registration begin. For pulumi.run, once all is declared.

    The SDK waits for registrations that have begun, one by one, and for outputs afterwards. Of a
    program that never waits itself none has begun by then: it would wait for all outputs, each time
    one comes for all that are left, which grows with the square of the resources.
    """
    await asyncio.sleep(0)


def module_of(class_name: str) -> str:
    """The module that the SDK keeps a resource in: VpcArgs and Vpc in vpc."""
    return BORDERS.sub("_", class_name.removesuffix("Args")).lower()


class _Package(ModuleType):
    """A package that has not run its __init__ yet."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if name in SHARED:
            return importlib.import_module(f"{self.__name__}.{name}")
        for module in (module_of(name), "_inputs") if name[0].isupper() else ():
            path = f"{self.__name__}.{module}"
            if PathFinder.find_spec(path, self.__path__) is None:
                continue
            found = importlib.import_module(path)
            if has(found, name):
                setattr(self, name, getattr(found, name))
                return getattr(found, name)
        return getattr(self._whole(), name)

    def _whole(self) -> ModuleType:
        """Run the package's own __init__, after which it is as any other."""
        spec = self.__spec__
        self.__class__ = ModuleType  # type: ignore[assignment]  # its __init__ asks for its own names
        if spec is None or not isinstance(spec.loader, _ByName):
            raise ImportError(f"{self.__name__} was not loaded by {__name__}")
        spec.loader.whole.exec_module(self)
        return self


class _ByName(Loader):
    """Makes a package without running its __init__."""

    def __init__(self, whole: Loader) -> None:
        self.whole = whole

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        module.__class__ = _Package


class _Finder(MetaPathFinder):
    """Finds the packages right below the SDK, and their outputs, which few programs read."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        parts = fullname.split(".")
        if parts[0] != SDK or len(parts) not in (2, 3):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or not isinstance(spec.loader, InspectLoader):
            return None
        if len(parts) == 2 and spec.submodule_search_locations:
            spec.loader = _ByName(spec.loader)
        elif parts[2:] == ["outputs"]:
            spec.loader = LazyLoader(LoaderOfTypes(spec.loader))
        elif len(parts) == 3:
            of_types = parts[2] in SHARED
            spec.loader = (LoaderOfTypes if of_types else LoaderOfResource)(spec.loader)
        return spec
