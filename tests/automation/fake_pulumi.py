"""Stands in for the engine where a test needs it to say one certain thing.

It answers the commands that automation gives it, from the scenario that FAKE_PULUMI names, and
notes each call in the file beside it. That the real engine takes the same commands and writes such
events is what tests/engine shows.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path


def main() -> int:
    scenario_file = Path(os.environ["FAKE_PULUMI"])
    scenario = json.loads(scenario_file.read_text())
    words = [w for w in sys.argv[1:] if w not in ("--non-interactive", "--color", "never")]
    with scenario_file.with_suffix(".calls").open("a") as calls:
        calls.write(json.dumps(words) + "\n")
    told = {k: v for k, v in os.environ.items() if k.startswith("PULUMI_")}
    scenario_file.with_suffix(".environment").write_text(json.dumps(told))
    names = [n for n in scenario if words[: len(n.split())] == n.split()]
    if not names:
        return 0
    name = max(names, key=len)  # the one that says most about the call
    answers = scenario[name]
    # A list of answers is given one after the other, the last one for ever.
    turns = scenario_file.with_suffix(f".{name.replace(' ', '-')}")
    turn = int(turns.read_text()) if turns.exists() else 0
    turns.write_text(str(turn + 1))
    answer = answers[min(turn, len(answers) - 1)]
    interrupts: list[int] = []
    if answer.get("waits"):  # it hears before its log has a line; Python, before, may lose one
        signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    if "--event-log" in words:
        events = answer.get("events", [])
        if not answer.get("cut") and not any("summaryEvent" in event for event in events):
            events.append({"summaryEvent": {"resourceChanges": {}, "durationSeconds": 1}})
        write_events(Path(words[words.index("--event-log") + 1]), events)
    while answer.get("waits") and (answer.get("deaf") or not interrupts):
        time.sleep(0.01)
    sys.stdout.write(answer.get("stdout", ""))
    sys.stderr.write(answer.get("stderr", ""))
    sys.stdout.flush()
    if answer.get("signal"):
        os.kill(os.getpid(), answer["signal"])
    return int(answer.get("exit", 0))


def write_events(path: Path, events: list[object]) -> None:
    with path.open("a") as file:
        for number, event in enumerate(events):
            text = event if isinstance(event, str) else json.dumps({"sequence": number, **event})
            file.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
