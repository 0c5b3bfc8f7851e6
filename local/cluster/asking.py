"""Somebody who asks the API all the time while something is done to the cluster, and what they
were answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from local.cluster.operator_tools import KUBECONFIGS
from local.machines import MachineHandle

PROGRAM = Path(__file__).with_name("asking_program.py")
PLACE, LOG, UNIT = "/usr/local/lib/asking.py", "/var/log/asking.log", "asking"
GOOD = "200"


@dataclass(frozen=True, slots=True)
class Heard:
    """Of some time. longest_seconds: from the end of one good answer to that of the next, so half a
    second where nothing is wrong. words: what went wrong, each once."""

    asked: int
    failed: int
    longest_seconds: float
    words: tuple[str, ...]

    def __str__(self) -> str:
        told = (
            f"asked {self.asked} times, {self.failed} without an answer, at most "
            f"{self.longest_seconds:.1f} s between two good ones"
        )
        return "; ".join([told, *self.words[:3]])


def heard(lines: Iterable[str], begin: float, end: float) -> Heard:
    """Of questions that began in that time. lines: of the program's log."""
    rows = [line.rstrip("\n").split(" ", 2) for line in lines if line.endswith("\n")]
    within = [(float(ended), said) for began, ended, said in rows if begin <= float(began) < end]
    good = [ended for ended, said in within if said == GOOD]
    gaps = [later - earlier for earlier, later in zip([begin, *good], [*good, end], strict=True)]
    wrong = [said for _, said in within if said != GOOD]
    return Heard(len(within), len(wrong), max(gaps), tuple(dict.fromkeys(wrong)))


@dataclass(frozen=True, slots=True)
class Asking:
    """On the operator's machine, with the administrator's certificate."""

    machine: MachineHandle

    def start(self) -> None:
        root = self.machine.root()
        (root / PLACE.lstrip("/")).write_text(PROGRAM.read_text(encoding="utf-8"), "utf-8")
        self.stop()
        kubeconfig = KUBECONFIGS["administratorKubeconfig"]
        begin = ["systemd-run", "--quiet", "--collect", f"--unit={UNIT}"]
        self.machine.run([*begin, "/usr/bin/python3", "-I", PLACE, kubeconfig, LOG])

    def stop(self) -> None:
        self.machine.run(["systemctl", "stop", UNIT], check=False)

    def between(self, begin: float, end: float) -> Heard:
        """In seconds since the epoch."""
        log = self.machine.root() / LOG.lstrip("/")
        with log.open(encoding="utf-8") as lines:
            return heard(lines, begin, end)
