"""When kubectl is first answered in the operator's network: asked over and over from its machine,
while the stack comes up.

Nobody has a kubeconfig of the stack before that has ended. So kubectl asks for the API server's
health, which is told to whoever asks, at the load balancer, and does not verify who answers. It
wants a name, or asks its terminal for one; the API server knows no names with passwords.
"""

import json
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from local.cluster.operator_tools import FOLDER, KUBECTL
from local.machines import MachinesError

_UNVERIFIED = ("--insecure-skip-tls-verify", "--username=nobody", "--password=nobody")
PAUSE_SECONDS = 1.0  # between two questions: those who boot need the processors
_NOBODY_YET = (MachinesError, OSError, subprocess.TimeoutExpired, BotoCoreError, ClientError)


def health_question(elb: Any) -> list[str]:
    """The command, for the one load balancer that there is. MachinesError as long as there is none.

    elb: boto3's client of elbv2.
    """
    made = elb.describe_load_balancers()["LoadBalancers"]
    ports = [
        listener["Port"]
        for one in made
        for listener in elb.describe_listeners(LoadBalancerArn=one["LoadBalancerArn"])["Listeners"]
    ]
    if not ports:
        raise MachinesError("no load balancer listens yet")
    server = f"--server=https://{made[0]['DNSName']}:{ports[0]}"
    asked = ("--request-timeout=5s", "get", "--raw=/readyz")
    return [f"{FOLDER}/{KUBECTL}", server, *_UNVERIFIED, *asked]


class FirstAnswer:
    """Within `with`, asks until it was answered; then writes when into a file.

    ask: raises MachinesError, or what boto3 and files raise, as long as nobody answers.
    """

    def __init__(self, file: Path, ask: Callable[[], None]) -> None:
        self._file, self._ask = file, ask
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._until_answered, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _until_answered(self) -> None:
        while not self._ended.is_set():
            try:
                self._ask()
            except _NOBODY_YET:
                self._ended.wait(PAUSE_SECONDS)
            else:
                self._file.write_text(json.dumps(time.time()), encoding="utf-8")
                return
