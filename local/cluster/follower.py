"""The process that keeps machines as EC2 says that they are, after the command that started it."""

import fcntl
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from local.machines import MachinesError
from local.processes import end_holder, is_held

STOP_SECONDS = 60.0
_CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Follower:
    """Of one folder. It holds a lock of its file, which ends with it however it ends."""

    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "follow.log"

    @property
    def _lock(self) -> Path:
        return self.folder / "follow.lock"

    def start(self, *arguments: str) -> None:
        """arguments: of `python -m local.cluster follow`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock.open("w") as lock, self.log.open("ab") as log:
            fcntl.flock(lock, fcntl.LOCK_EX)
            process = subprocess.Popen(
                [sys.executable, "-m", "local.cluster", "follow", *arguments],
                cwd=_CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                pass_fds=[lock.fileno()], start_new_session=True,
            )  # fmt: skip
            lock.write(str(process.pid))

    def runs(self) -> bool:
        return is_held(self._lock)

    def stop(self) -> None:
        """Does nothing when it does not run."""
        if not end_holder(self._lock, lambda: int(self._lock.read_text("utf-8")), STOP_SECONDS):
            raise MachinesError(f"who holds {self._lock} does not end")

    def words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""
