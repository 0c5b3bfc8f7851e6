"""`wait-for`: go on only when an address answers, or a command is content."""

from __future__ import annotations

import socket
import ssl
from typing import Any, ClassVar

from machines.agent.errors import AgentError
from machines.agent.machine import Machine
from machines.agent.settings import (
    PATH,
    SECONDS,
    TEXT,
    Schema,
    Setting,
    list_of,
    matching,
    optional,
    whole_number,
)
from machines.agent.steps.step import Step
from machines.agent.transport import chunks, exchange, trusting

TRY_SECONDS = 5.0
WAYS = ("https", "http", "tcp", "command")
HOSTNAME = "{hostname}"


class WaitFor(Step):
    kind = "wait-for"
    does = (
        "waits until an HTTPS address, one on the loopback, a TCP port or a command answers as "
        "asked"
    )
    schema: ClassVar[Schema] = {
        "https": Setting(
            optional(matching(r"https://[^\s@]+", "an https URL")),
            "an address, in which {hostname} stands for the machine's", None,
        ),
        "http": Setting(
            optional(matching(r"http://127\.0\.0\.1:\d{1,5}/[^\s@]*", "a URL of 127.0.0.1")),
            "an address on the machine's own loopback", None,
        ),
        "status": Setting(list_of(whole_number(100, 599)), "the answers that are good", [200]),
        "ca": Setting(optional(PATH), "the authority of the address's certificate", None),
        "certificate": Setting(optional(PATH), "the client's certificate", None),
        "key": Setting(optional(PATH), "the key of the client's certificate", None),
        "tcp": Setting(optional(matching(r"[^\s:]+:\d{1,5}", "host:port")), "a port", None),
        "command": Setting(optional(list_of(TEXT)), "a command that ends with 0", None),
        "timeoutSeconds": Setting(SECONDS, "how long is waited", 300),
        "pollSeconds": Setting(whole_number(1, 300), "the longest pause between two tries", 2),
    }  # fmt: skip

    @classmethod
    def check(cls, settings: dict[str, Any], where: str) -> list[str]:
        faults = []
        if len([way for way in WAYS if settings[way] is not None]) != 1:
            faults.append(f"{where}: must have exactly one of {', '.join(WAYS)}")
        if (settings["certificate"] is None) != (settings["key"] is None):
            faults.append(f"{where}: certificate and key belong together")
        return faults

    def done(self, machine: Machine) -> bool:
        return not self._wrong(machine)

    def run(self, machine: Machine) -> None:
        wrong = ""

        def reached() -> bool:
            nonlocal wrong
            wrong = self._wrong(machine)
            return not wrong

        seconds, poll = self.settings["timeoutSeconds"], self.settings["pollSeconds"]
        machine.wait(seconds, reached, lambda: wrong, poll)

    def _wrong(self, machine: Machine) -> str:
        """Why it is not so yet, or ""."""
        try:
            if self.settings["command"] is not None:
                machine.commands.run(self.settings["command"], seconds=TRY_SECONDS * 6)
            elif self.settings["tcp"] is not None:
                host, _, port = self.settings["tcp"].rpartition(":")
                socket.create_connection((host, int(port)), timeout=TRY_SECONDS).close()
            else:
                return self._address(machine)
        except AgentError as error:
            return str(error)
        except OSError as error:
            return f"{self.settings['tcp'] or self._url()}: {error}"
        return ""

    def _url(self) -> str:
        """A node is called as its machine."""
        url = str(self.settings["https"] or self.settings["http"])
        return url.replace(HOSTNAME, socket.gethostname().lower())

    def _address(self, machine: Machine) -> str:
        url = self._url()
        context = self._context(machine) if self.settings["https"] else None
        with exchange("GET", url, {}, timeout=TRY_SECONDS, context=context) as answer:
            for _ in chunks(answer):
                pass
        good = answer.status in self.settings["status"]
        return "" if good else f"{url} answers {answer.status}"

    def _context(self, machine: Machine) -> ssl.SSLContext:
        def file(key: str) -> str | None:
            return str(machine.path(self.settings[key])) if self.settings[key] else None

        return trusting(file("ca"), certificate=file("certificate"), key=file("key"))
