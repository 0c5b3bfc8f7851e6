"""The language host as a process: `python -m local.language_host ENGINE_ADDRESS`."""

import importlib.util
import sys
import types


def main() -> None:
    _skip_the_sdk()
    from local.language_host.server import run

    run(sys.argv[1:])


def _skip_the_sdk() -> None:
    """Lets `pulumi.runtime.proto` be imported without what lies above it.

    The host needs the stubs alone. The SDK around them takes 0.3 s to import, on every command
    of the engine, before the program even starts.
    """
    spec = importlib.util.find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations:
        sys.exit(f"the pulumi package is not installed for {sys.executable}")
    folder = spec.submodule_search_locations[0]
    for name, path in (("pulumi", folder), ("pulumi.runtime", f"{folder}/runtime")):
        module = types.ModuleType(name)
        module.__path__ = [path]
        sys.modules[name] = module


if __name__ == "__main__":
    main()
