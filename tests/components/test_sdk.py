"""The SDK loaded by name is the SDK, only less of it. It is asked in processes of their own."""

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pulumi
import pytest

from components.sdk import leave_out_debug_messages, module_of
from components.sdk_types import LoaderOfTypes

ROOT = Path(__file__).parents[2]
BY_NAME = "from components.sdk import load_by_name; load_by_name()"
TELL = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")

def tell(package, name):  # functions of that name come from modules of that name
    module = importlib.import_module(f"pulumi_aws.{package}")
    try:
        found = getattr(module, name)
    except AttributeError as error:
        return str(error)
    return [type(found).__name__, getattr(found, "__module__", ""), getattr(found, "__name__", "")]
"""
ASK = "[tell(p, n) for p, of in names.items() for n in of]"
COUNT = "len([m for m in sys.modules if m.startswith('pulumi_aws.') and m.count('.') == 2])"
TYPES = """
import typing
from pulumi import _types

KINDS = _types.is_input_type, _types.is_output_type, typing.is_typeddict

def types_of(kind, found):  # what the SDK makes of annotations, of these types' own types as well
    name = f"{kind.__module__}.{kind.__name__}"
    if name not in found:
        found[name] = None  # begun
        read = kind.__annotations__  # those of a TypedDict nobody evaluates
        if not typing.is_typeddict(kind):
            read = _types._types_from_py_properties(kind)
        found[name] = {key: repr(typ) for key, typ in sorted(read.items())}
        waiting = list(read.values())
        while waiting:
            typ = waiting.pop()
            waiting += getattr(typ, "__args__", ())
            if isinstance(typ, type) and typ.__module__.startswith("pulumi_aws."):
                if any(is_one(typ) for is_one in KINDS):
                    types_of(typ, found)
    return found

def all_types(names):
    found = {}
    for package, classes in names.items():
        for name in classes:
            kind = getattr(importlib.import_module(f"pulumi_aws.{package}"), name, str)
            if not issubclass(kind, str):  # of an enum there are no further types
                types_of(kind, found)
    return found
"""


def asked(*lines: str, given: object = None) -> Any:
    """What a process that has the SDK for itself prints; `given` is its JSON input."""
    program = "\n".join((TELL, *lines))
    run = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(given), cwd=ROOT, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def named_here() -> dict[str, list[str]]:
    """What the components name of each package of the SDK."""
    text = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "components").rglob("*.py"))
    found: dict[str, set[str]] = {}
    for package, name in re.findall(r"\baws\.([a-z0-9]+)\.([A-Z]\w+)", text):
        found.setdefault(package, set()).add(name)
    return {package: sorted(names) for package, names in found.items()}


def named_with_types() -> dict[str, list[str]]:
    """The same, with the arguments of each."""
    return {
        package: [*named, *(f"{name}Args" for name in named if "Args" not in name)]
        for package, named in named_here().items()
    }


class AsEver(NamedTuple):
    """What the SDK is where nobody loads it by name.

    told: every public name of the packages that are used here. modules: how many are loaded for
    those that are named here. types: theirs.
    """

    told: dict[str, dict[str, Any]]
    modules: int
    types: dict[str, Any]


@pytest.fixture(scope="module")
def as_ever() -> AsEver:
    """In one process, since to load all of it takes seconds."""
    told, modules, types = asked(
        TYPES,
        "names, of_types = json.load(sys.stdin)",
        ASK,
        f"count = {COUNT}",
        "modules = {p: importlib.import_module(f'pulumi_aws.{p}') for p in names}",
        "[module.outputs for module in modules.values()]  # the SDK loads them when they are used",
        "of = {p: dir(module) for p, module in modules.items()}",
        "told = {p: {n: tell(p, n) for n in of[p] if n[0] != '_'} for p in of}",
        "print(json.dumps([told, count, all_types(of_types)]))",
        given=[named_here(), named_with_types()],
    )
    assert len(told["ec2"]) > 500
    return AsEver(told, modules, types)


def by_name(names: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Any]]:
    return asked(
        BY_NAME,
        "names = json.load(sys.stdin)",
        "print(json.dumps({p: {n: tell(p, n) for n in names[p]} for p in names}))",
        given=names,
    )


def test_to_import_the_program_loads_no_class_of_the_sdk():
    """A type in a signature would, unless its module takes annotations as text."""
    loaded = asked(
        BY_NAME,
        "import components.program",
        "print(json.dumps([name for name in sys.modules if name.startswith('pulumi_aws')]))",
    )
    assert "pulumi_aws.ec2" in loaded and "pulumi_aws.s3" in loaded
    assert [name for name in loaded if name.count(".") > 1] == []


def test_every_class_and_function_is_what_it_is_as_ever(as_ever):
    # Modules are attributes of their package once something has loaded them, and not before.
    names = {
        package: [name for name, (kind, *_) in told.items() if kind != "module"]
        for package, told in as_ever.told.items()
    }
    assert all(names.values())
    assert by_name(names) == {p: {n: as_ever.told[p][n] for n in names[p]} for p in names}


def test_what_is_named_here_loads_few_modules(as_ever):
    names = named_here()
    few = asked(BY_NAME, "names = json.load(sys.stdin)", ASK, f"print({COUNT})", given=names)
    # A few shared modules for each package, beside one for each resource.
    assert few < sum(map(len, names.values())) + 6 * len(names)
    assert as_ever.modules > 5 * few


def test_a_name_that_is_not_there_is_missed_as_ever():
    told = by_name({"ec2": ["Nonsense", "get_nonsense"]})
    assert told == {
        "ec2": {
            name: f"module 'pulumi_aws.ec2' has no attribute '{name}'"
            for name in ("Nonsense", "get_nonsense")
        }
    }


def test_outputs_are_there_when_they_are_read():
    told = asked(
        BY_NAME,
        "import pulumi_aws as aws",
        "aws.ec2.Vpc",
        "outputs = aws.ec2.outputs",
        "print(json.dumps([outputs.__name__, outputs.SecurityGroupIngress.__name__]))",
    )
    assert told == ["pulumi_aws.ec2.outputs", "SecurityGroupIngress"]


def test_the_types_of_all_that_is_named_here_are_what_they_are_as_ever(as_ever):
    ask = "print(json.dumps(all_types(json.load(sys.stdin))))"
    told = asked(BY_NAME, TYPES, ask, given=named_with_types())
    assert told == as_ever.types
    nested = [name for name in told if "._inputs." in name or ".outputs." in name]
    assert len(nested) > 100
    assert any("_enums." in text for types in told.values() for text in types.values())


def test_of_the_types_of_a_package_those_are_made_that_are_named():
    told = asked(
        BY_NAME,
        "import pulumi_aws as aws, pulumi",
        "args = aws.ec2.SecurityGroup.__module__",
        "inputs = sys.modules['pulumi_aws.ec2._inputs']",
        "made = [name for name in inputs.__all__ if name in vars(inputs)]",
        "later = aws.ec2.LaunchTemplateEnclaveOptionsArgs",
        "given = [name for name in made if name in vars(sys.modules[args])]",
        "told = [made, len(inputs.__all__), given, later.__name__, later in vars(inputs).values()]",
        "print(json.dumps([*told, pulumi.input_type.__module__]))",
    )
    made, count, given, later, is_made, mark = told
    assert {"SecurityGroupIngressArgs", "SecurityGroupIngressArgsDict"} <= set(made) == set(given)
    assert len(made) < 10 and count > 500
    assert later == "LaunchTemplateEnclaveOptionsArgs" and is_made
    assert mark == "pulumi._types", "the SDK's own decorator is there again"


@pytest.mark.parametrize("more", ["KINDS = [A.__mro__]", "del __all__"])
def test_a_module_that_does_more_with_its_types_is_read_as_ever(tmp_path, more):
    (tmp_path / "_inputs.py").write_text(f"__all__ = ['A']\nclass A:\n    pass\n{more}\n")
    spec = importlib.util.spec_from_file_location("_inputs", tmp_path / "_inputs.py")
    module = importlib.util.module_from_spec(spec)
    LoaderOfTypes(spec.loader).exec_module(module)
    assert isinstance(vars(module)["A"], type) and type(module) is ModuleType
    assert vars(module).get("KINDS") in ([module.A.__mro__], None)


def test_to_ask_twice_changes_nothing():
    told = asked(BY_NAME, "before = list(sys.meta_path)", "load_by_name()",
                 "print(json.dumps(sys.meta_path == before))")  # fmt: skip
    assert told is True


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("Vpc", "vpc"),
        ("VpcArgs", "vpc"),
        ("VpcIpv4CidrBlockAssociation", "vpc_ipv4_cidr_block_association"),
        ("BucketServerSideEncryptionConfiguration", "bucket_server_side_encryption_configuration"),
    ],
)
def test_a_resource_lies_in_the_module_of_its_name(name, module):
    assert module_of(name) == module


class Engine:
    """What is logged."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def Log(self, request: Any) -> None:
        self.said.append(request.message)


def test_debug_messages_are_left_out_and_others_are_not(monkeypatch):
    engine = Engine()
    monkeypatch.setattr(pulumi.log, "get_engine", lambda: engine)
    monkeypatch.setattr(pulumi.log, "debug", pulumi.log.debug)  # and put back at the end
    pulumi.log.debug("before")
    leave_out_debug_messages()
    pulumi.log.debug("after")
    pulumi.log.warn("a warning")
    assert engine.said == ["before", "a warning"]


@pytest.fixture(scope="module")
def ran() -> Any:
    """The whole program, run once on mocks as a host runs it, and what the SDK did meanwhile."""
    return asked(
        "import asyncio, runpy",
        "from pathlib import Path",
        "from components import sdk",
        "from pulumi.runtime import config, mocks, resource, settings, stack",
        "from spec.stack_file import asked_in_file",
        "asyncio.set_event_loop(loop := asyncio.new_event_loop())",
        "told = {'declared': [], 'as ever': []}",
        "def place(trace):",
        "    return [[frame.pc.uri, frame.pc.line] for frame in trace.frames]",
        "class Monitor(mocks.MockMonitor):",
        "    def RegisterResource(self, request):",
        "        told['declared'].append([request.name, place(request.stackTrace)])",
        "        return super().RegisterResource(request)",
        "class AsAsked(mocks.Mocks):",
        "    def new_resource(self, args):",
        "        return None, args.inputs",
        "    def call(self, args):",
        "        raise LookupError(args.token)",
        "mocks.set_mocks(AsAsked(), 'heiiki', 'dev', preview=True, monitor=Monitor(AsAsked()))",
        "settings.set_root_resource(None)  # run_in_stack makes the stack itself",
        "ours, theirs = sdk._declared_at, resource._get_stack_trace",
        "def both():",
        "    told['as ever'].append([place(ours()), place(theirs())])",
        "    return ours()",
        "sdk._declared_at = both",
        "wait = stack.wait_for_rpcs",
        "async def counted():",
        "    told['begun'] = len(settings._get_rpc_manager().rpcs)",
        "    await wait()",
        "stack.wait_for_rpcs = counted",
        "written = Path('Pulumi.dev.yaml').read_text(encoding='utf-8')",
        "keys = asked_in_file(written, where='Pulumi.dev.yaml').items()",
        "texts = {f'heiiki:{k}': v if isinstance(v, str) else json.dumps(v) for k, v in keys}",
        "config.set_all_config(texts)",
        "program = lambda: runpy.run_path('.', run_name='__main__') and None",
        "loop.run_until_complete(stack.run_in_stack(program))",
        "print(json.dumps(told))",
    )


def test_every_registration_has_begun_when_the_sdk_starts_to_wait(ran):
    """Else it waits, each time an output comes, for all that are left."""
    assert len(ran["declared"]) > 90
    assert ran["begun"] >= len(ran["declared"])  # beside them the outputs of components


def test_the_engine_is_told_where_a_resource_is_declared_and_not_who_called_that(ran):
    told = {name: frames for name, frames in ran["declared"] if name != "heiiki-dev"}
    assert {len(frames) for frames in told.values()} == {1}
    ((uri, line),) = told["network"]
    assert uri == (ROOT / "components" / "cluster.py").as_uri() and line > 1


def test_where_a_resource_is_declared_is_what_the_sdk_would_say(ran):
    pairs = [(ours, theirs) for ours, theirs in ran["as ever"] if theirs]
    assert len(pairs) > 90 and any(len(theirs) > 10 for _, theirs in pairs)
    assert [ours for ours, _ in pairs] == [theirs[:1] for _, theirs in pairs]
