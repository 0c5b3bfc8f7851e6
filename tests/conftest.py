"""Every test starts from the same environment: no AWS or Pulumi settings of its caller."""

import functools
import gc
import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

from local.aws.service_models import read_once
from tests.longest import longest_first

ENGINE = Path(__file__).parent / "engine"
PURE = tuple(Path(__file__).parent / room for room in ("spec", "plan", "machines"))

# Nothing of what is collected becomes garbage, and looking for it took a quarter of the time.
gc.disable()

for _name in [n for n in os.environ if n.startswith(("AWS_", "PULUMI_", "HEIIKI_STACK"))]:
    del os.environ[_name]

# Memory is there; the engine's collector took a tenth of its processor time.
os.environ.setdefault("GOGC", "400")

read_once()  # before any module of the tests imports moto

# No timed assertions: machines are noisy. What fails says how to have it again.
settings.register_profile(
    "heiiki", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("heiiki")


def pytest_configure() -> None:
    """What a shell starts in the background ignores interrupts, and so would all that it starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those of tests/engine drive the engine. Those of the pure rooms count branches, but for what
    is drawn at random or marked: there is much of it, and counting takes more than twice as long.
    """
    for item in items:
        engine, pure = _rooms(item.path)
        if engine:
            item.add_marker(pytest.mark.engine)
        drawn = is_hypothesis_test(getattr(item, "function", None))
        if pure and not drawn and item.get_closest_marker("uncounted") is None:
            item.add_marker(pytest.mark.counted)
    longest_first(items)


@functools.cache
def _rooms(path: Path) -> tuple[bool, bool]:
    """Whether a file drives the engine, and whether it is of a pure room."""
    return path.is_relative_to(ENGINE), any(path.is_relative_to(room) for room in PURE)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: the garbage collector need not look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()
