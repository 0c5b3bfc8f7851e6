"""Long work, shown while it goes on: a live list on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from automation.commands.screen import Screen, short_type
from automation.events import (
    Diagnostic,
    Event,
    OperationStarted,
    ResourceDone,
    ResourceFailed,
    ResourceStarted,
)

_ROWS = 12
_DOING = {
    "create": "creating", "update": "changing", "delete": "deleting", "read": "reading",
    "refresh": "reading", "create-replacement": "replacing", "delete-replaced": "deleting",
    "import": "taking over",
}  # fmt: skip
_DONE = {
    "create": "created", "update": "changed", "delete": "deleted",
    "create-replacement": "replaced", "delete-replaced": "deleted", "import": "took over",
}  # fmt: skip
_OPERATIONS = {
    "preview": "previewing, with the policy pack", "up": "creating and changing",
    "refresh": "reading what AWS has", "destroy": "deleting",
}  # fmt: skip


class Progress:
    """Hears the events of one command and keeps what is to be seen of them."""

    def __init__(self, console: Console, *, lines: bool) -> None:
        self._console, self._lines = console, lines
        self._operation = ""
        self._changes_things = False
        self._began = time.monotonic()
        self._spinner = Spinner("dots")  # one for all frames: a new one begins with its first
        self._working: dict[str, tuple[ResourceStarted, float]] = {}
        self._done = 0
        self._warned: set[str] = set()
        self.live: Live | None = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Out of the way while a person is asked."""
        if self.live is None:
            yield
            return
        self.live.stop()
        try:
            yield
        finally:
            self.live.start()

    def __call__(self, event: Event) -> None:
        if isinstance(event, OperationStarted):
            self._operation, self._done, self._began = event.operation, 0, time.monotonic()
            self._changes_things = event.operation in ("up", "destroy")
            self._working.clear()
            if self._lines:
                self._say(f"… {_OPERATIONS[event.operation]}", "dim")
        elif isinstance(event, ResourceStarted) and not event.component:
            self._working[event.urn] = (event, time.monotonic())
        elif isinstance(event, ResourceFailed) or (
            isinstance(event, ResourceDone) and event.urn in self._working
        ):
            self._ended(event)
        elif isinstance(event, Diagnostic) and event.severity == "warning":
            if event.message not in self._warned:  # the program says it in preview and in up
                self._say(f"warning: {event.message}", "yellow")
            self._warned.add(event.message)

    def _ended(self, event: ResourceDone | ResourceFailed) -> None:
        _, began = self._working.pop(event.urn, (None, time.monotonic()))
        self._done += 1
        if isinstance(event, ResourceFailed):
            self._say(f"failed: {event.name} ({short_type(event.type)})", "red")
        elif self._changes_things and event.operation in _DONE:
            seconds = time.monotonic() - began
            if self._lines or seconds >= 1:
                what = f"{event.name} ({short_type(event.type)})"
                self._say(f"{_DONE[event.operation]} {what} in {seconds:.0f} s")

    def _say(self, line: str, style: str = "") -> None:
        self._console.print(Text(line, style=style))

    def __rich__(self) -> RenderableType:
        if not self._operation:
            return Text("")
        now = time.monotonic()
        working = [w for w in list(self._working.values()) if w[0].operation in _DOING]
        shown = working[:_ROWS] if self._changes_things else []
        more = f", {len(working) - len(shown)} more" if shown and working[_ROWS:] else ""
        counts = f"{self._done} done, {len(working)} at work{more}, {now - self._began:.0f} s"
        self._spinner.update(text=f"{_OPERATIONS[self._operation]}: {counts}")
        if not shown:
            return self._spinner
        table = Table.grid(padding=(0, 1))
        for event, began in shown:
            kind = Text(short_type(event.type), style="dim")
            table.add_row(_DOING[event.operation], event.name, kind, f"{now - began:.0f} s")
        return Group(table, self._spinner)


@contextmanager
def progress_on(screen: Screen) -> Iterator[Progress]:
    """The callback for a Stack; shown live where a person watches stderr."""
    live_view = screen.err.is_terminal and not screen.as_json
    shown = Progress(screen.err, lines=not live_view)
    if not live_view:
        yield shown
        return
    shown.live = Live(shown, console=screen.err, refresh_per_second=8, transient=True)
    with shown.live:
        yield shown
