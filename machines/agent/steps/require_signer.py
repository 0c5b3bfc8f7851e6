"""`require-signer`: go on only with a certificate that the authority of now has signed.

While an authority of kubelets is rotated, for a while some controllers sign with the former one and
some with the next. A machine that went into service with a certificate of the former one would be
refused once that is trusted no more, long before the certificate ends. So its kubelet asks anew
until the next one signs. That is asked once in a machine's life: what a kubelet renews later is
signed by whoever signs then, and the file that this machine has may be of before.
"""

from __future__ import annotations

import shutil
from typing import ClassVar

from machines.agent.machine import Machine
from machines.agent.settings import (
    PATH,
    SECONDS,
    UNIT,
    Schema,
    Setting,
    list_of,
    whole_number,
)
from machines.agent.steps.step import Step

# Of openssl: of this authority alone, whoever has signed it in turn.
VERIFY = ("openssl", "verify", "-no-CApath", "-partial_chain", "-purpose", "sslclient", "-CAfile")
ANOTHER = 2  # what it ends with where that has not signed; 1 where it could not look
SIGNED = "signed"


class RequireSigner(Step):
    kind = "require-signer"
    does = (
        "waits until a certificate that a unit asks for is of the authority that signs now, and "
        "lets it ask anew while it is of another"
    )
    schema: ClassVar[Schema] = {
        "certificate": Setting(PATH, "the certificate that the unit is given"),
        "authority": Setting(PATH, "the certificate of the authority that signs now"),
        "unit": Setting(UNIT, "who asks for it when it starts and there is none"),
        "forget": Setting(list_of(PATH), "files and folders with what it was given before"),
        "timeoutSeconds": Setting(SECONDS, "how long is waited", 300),
        "pollSeconds": Setting(whole_number(1, 300), "the longest pause between two looks", 10),
    }

    def done(self, machine: Machine) -> bool:
        return bool(machine.journal.noted(self.name, SIGNED))

    def run(self, machine: Machine) -> None:
        wrong = ""

        def reached() -> bool:
            nonlocal wrong
            wrong = self._wrong(machine)
            if wrong and machine.path(self.settings["certificate"]).exists():
                self._ask_anew(machine)
            return not wrong

        seconds, poll = self.settings["timeoutSeconds"], self.settings["pollSeconds"]
        machine.wait(seconds, reached, lambda: wrong, poll)
        machine.journal.note(self.name, SIGNED, True)

    def _wrong(self, machine: Machine) -> str:
        """Why it is not so yet, or ""."""
        certificate = machine.path(self.settings["certificate"])
        if not certificate.exists():
            return f"{self.settings['unit']} has no certificate yet"
        authority = machine.path(self.settings["authority"])
        command = [*VERIFY, str(authority), str(certificate)]
        if machine.commands.run(command, allowed=(0, ANOTHER)).status == ANOTHER:
            return f"{self.settings['unit']} has a certificate of another authority"
        return ""

    def _ask_anew(self, machine: Machine) -> None:
        unit = self.settings["unit"]
        machine.console.say(f"{unit} has a certificate of another authority and asks anew")
        machine.commands.run(["systemctl", "stop", unit])
        for name in self.settings["forget"]:
            path = machine.path(name)
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        machine.commands.run(["systemctl", "start", unit])
