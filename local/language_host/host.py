"""The LanguageRuntime service: what the engine asks of a language.

Protocol: proto/pulumi/language.proto of github.com/pulumi/pulumi, v3.250.0. What is not answered
here (code generation, linking, packing) is for authors of providers; the engine is told so.
"""

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from local.language_host.ahead import Ahead, Place
from local.language_host.children import Cancelled, Child, Output, follow, why_not_started
from local.language_host.interpreter import Interpreter, RefusedError
from local.language_host.packages import Plugin, installed_packages, required_plugins
from local.language_host.policy_pack import run_policy_pack
from local.language_host.program import EXIT_CODE_ERROR_SHOWN

VERSION = "3.250.0"  # of the protocol that is answered
_PROGRAM_SCRIPT = Path(__file__).with_name("program.py")
_PACK_SCRIPT = Path(__file__).with_name("pack.py")
_POLICY_PACK = "analyzer"


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    def __init__(self, engine_address: str) -> None:
        self.engine_address = engine_address
        self._programs: set[Child] = set()
        self._ahead = Ahead()

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        self.engine_address = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        with _refusals(context):
            interpreter = Interpreter.of(request.info)
            if interpreter.is_missing():
                for output in interpreter.install(Path(request.info.program_directory)):
                    # The engine shows what comes there as it comes.
                    sys.stderr.buffer.write(output.data)
                    sys.stderr.buffer.flush()
            self._ahead.asked_about(
                Place(interpreter.executable(), request.info.program_directory),
                interpreter.environment(os.environ),
            )
            plugins = required_plugins(installed_packages(interpreter))
            return language_pb2.GetRequiredPackagesResponse(
                packages=[_dependency(plugin) for plugin in plugins]
            )

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        with _refusals(context):
            packages = installed_packages(Interpreter.of(request.info))
            return language_pb2.GetProgramDependenciesResponse(
                dependencies=[
                    language_pb2.DependencyInfo(name=package.name, version=package.version)
                    for package in packages
                    if request.transitiveDependencies or not package.required
                ]
            )

    def About(
        self, request: language_pb2.AboutRequest, context: grpc.ServicerContext
    ) -> language_pb2.AboutResponse:
        with _refusals(context):
            interpreter = Interpreter.of(request.info)
            question = "import sys; print(sys.executable); print(sys.version.split()[0])"
            answer = subprocess.run(
                [interpreter.executable(), "-c", question],
                env=interpreter.environment(os.environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=True,
            )
            executable, version = answer.stdout.splitlines()
            return language_pb2.AboutResponse(
                executable=executable, version=version, metadata={"toolchain": "Pip"}
            )

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        with _refusals(context):
            interpreter = Interpreter.of(request.info)
            directory = Path(request.info.program_directory)
            for output in interpreter.install(directory, _cancelled(context)):
                if output.stream == "stdout":
                    yield language_pb2.InstallDependenciesResponse(stdout=output.data)
                else:
                    yield language_pb2.InstallDependenciesResponse(stderr=output.data)

    def Run(
        self, request: language_pb2.RunRequest, context: grpc.ServicerContext
    ) -> language_pb2.RunResponse:
        with _refusals(context):
            interpreter = Interpreter.of(request.info)
            if request.attach_debugger:
                raise RefusedError("this language host attaches no debugger; the official one does")
            environment = interpreter.environment({**os.environ, **_configuration(request)})
            arguments = self._arguments(request)
            place = Place(interpreter.executable(), request.pwd or request.info.program_directory)
            try:
                # Its output is the host's own: the engine reads it with nothing in between.
                child = self._ahead.take(place, environment, _PROGRAM_SCRIPT, arguments) or Child(
                    [place.python, _PROGRAM_SCRIPT, *arguments], place.directory, environment
                )
            except OSError as error:
                why = why_not_started(error, environment)
                raise RefusedError(f"the program did not start: {why}") from error
        self._programs.add(child)
        context.add_callback(lambda: _interrupt(child))
        exit_code = child.wait()
        self._programs.discard(child)
        if exit_code == EXIT_CODE_ERROR_SHOWN:
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error=_fault(exit_code))

    def _arguments(self, request: language_pb2.RunRequest) -> list[str]:
        named = {
            "monitor": request.monitor_address,
            "engine": self.engine_address,
            "project": request.project,
            "root_directory": request.info.root_directory,
            "stack": request.stack,
            "pwd": request.pwd,
            "dry_run": "true" if request.dryRun else "false",
            "parallel": str(request.parallel),
            "organization": request.organization,
        }
        arguments = [f"--{name}={value}" for name, value in named.items() if value]
        return [*arguments, request.info.entry_point or ".", *request.args]

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        cancelled = _cancelled(context)
        with _refusals(context):
            interpreter = Interpreter.of(request.info)
            python = interpreter.executable()
            environment = interpreter.environment(
                dict(entry.split("=", 1) for entry in request.env) or os.environ
            )
            folder = request.info.program_directory

            def start_pack(stack: Mapping[str, str]) -> Child:
                # The pack's folder is its working directory, and its name comes last.
                command: list[Path | str] = [python, "-u", _PACK_SCRIPT, *request.args, folder]
                return Child(command, folder, {**environment, **stack}, capture=True)

            if request.kind == _POLICY_PACK:
                self._ahead.start()  # the engine waits for the pack, and then asks for the program
                said = run_policy_pack(start_pack, cancelled)
            else:
                child = Child([python, "-u", folder, *request.args], request.pwd, environment, True)
                said = follow(child, cancelled)
            yield from _plugin_answers(said)

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        for child in list(self._programs):
            _interrupt(child)
        return empty_pb2.Empty()


def _configuration(request: language_pb2.RunRequest) -> dict[str, str]:
    return {
        "PULUMI_CONFIG": json.dumps(dict(request.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
    }


def _dependency(plugin: Plugin) -> plugin_pb2.PackageDependency:
    dependency = plugin_pb2.PackageDependency(
        name=plugin.name, kind="resource", version=plugin.version, server=plugin.server
    )
    if plugin.parameterization is not None:
        dependency.parameterization.name = plugin.parameterization["name"]
        dependency.parameterization.version = plugin.parameterization["version"]
        dependency.parameterization.value = base64.b64decode(plugin.parameterization["value"])
    return dependency


def _fault(exit_code: int) -> str:
    if exit_code == 0:
        return ""
    if exit_code < 0:
        return f"the program was ended by {signal.Signals(-exit_code).name}"
    return f"the program exited with code {exit_code}"


def _plugin_answers(
    said: Generator[Output, None, int],
) -> Iterator[language_pb2.RunPluginResponse]:
    while True:
        try:
            output = next(said)
        except StopIteration as end:
            if end.value != 0:
                yield language_pb2.RunPluginResponse(exitcode=end.value)
            return
        if output.stream == "stdout":
            yield language_pb2.RunPluginResponse(stdout=output.data)
        else:
            yield language_pb2.RunPluginResponse(stderr=output.data)


def _interrupt(child: Child) -> None:
    threading.Thread(target=child.stop, args=(signal.SIGINT,), daemon=True).start()


def _cancelled(context: grpc.ServicerContext) -> Cancelled:
    """Done when the call has ended, whoever ended it."""
    cancelled: Cancelled = Cancelled()
    if not context.add_callback(lambda: cancelled.set_result(None)):
        cancelled.set_result(None)
    return cancelled


@contextmanager
def _refusals(context: grpc.ServicerContext) -> Iterator[None]:
    """The operator reads why, without a traceback of the host."""
    try:
        yield
    except RefusedError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
