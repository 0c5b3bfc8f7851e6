"""`take-secrets`: the role's keys and certificates from Systems Manager.

A parameter's last part is the file's name. Each has a row, so that a file is where its reader looks
for it and nothing unasked for lands on the machine. What changed is noted by name before it is
written: whoever reloads learns of it even when the agent ends in between.
"""

from __future__ import annotations

from typing import Any, ClassVar

from machines.agent.aws_api import digest_of
from machines.agent.errors import AgentError
from machines.agent.files import is_written, write_atomically
from machines.agent.machine import Machine
from machines.agent.settings import (
    MODE,
    NAME,
    OWNER,
    PATH,
    Schema,
    Setting,
    matching,
    rows,
    with_defaults,
)
from machines.agent.steps.step import Step

MOST_PAGES = 50
SECRET = {
    "name": Setting(NAME, "the last part of the parameter's name"),
    "path": Setting(PATH, "where the file belongs"),
    "mode": Setting(MODE, "the file's mode", "0600"),
    "owner": Setting(OWNER, "user:group", "root:root"),
}


class TakeSecrets(Step):
    kind = "take-secrets"
    does = (
        "reads the parameters under the role's path, with decryption, and writes those that changed"
    )
    schema: ClassVar[Schema] = {
        "parameters": Setting(matching(r"(?:/[A-Za-z0-9_.-]+)+", "a path"), "the role's path"),
        "files": Setting(rows(SECRET), "rows of name, path, mode and owner"),
    }

    def done(self, machine: Machine) -> bool:
        """Only the store knows; within one boot the journal answers."""
        return False

    def run(self, machine: Machine) -> None:
        """Write what differs; AgentError names what the store lacks."""
        found = self._parameters(machine)
        wanted = [with_defaults(SECRET, row) for row in self.settings["files"]]
        if missing := sorted({row["name"] for row in wanted} - found.keys()):
            path = self.settings["parameters"]
            raise AgentError(f"Systems Manager has no {', '.join(missing)} under {path}")
        changed = [row for row in wanted if not self._is_written(machine, row, found)]
        known = machine.journal.noted(self.name, "changed") or []
        names = sorted({*known, *(row["path"] for row in changed)})
        machine.journal.note(self.name, "changed", names)
        for row in changed:
            content, mode = found[row["name"]], int(row["mode"], 8)
            write_atomically(machine.path(row["path"]), [content], mode, row["owner"])

    def _is_written(self, machine: Machine, row: dict[str, Any], found: dict[str, bytes]) -> bool:
        digest, mode = digest_of(found[row["name"]]), int(row["mode"], 8)
        return is_written(machine.path(row["path"]), digest, mode, row["owner"])

    def _parameters(self, machine: Machine) -> dict[str, bytes]:
        asked: dict[str, object] = {
            "Path": self.settings["parameters"], "Recursive": False, "WithDecryption": True
        }  # fmt: skip
        found: dict[str, bytes] = {}
        for _ in range(MOST_PAGES):
            page = machine.aws.ssm("GetParametersByPath", asked)
            for parameter in page.get("Parameters", []):
                name = str(parameter["Name"]).rpartition("/")[2]
                found[name] = str(parameter["Value"]).encode()
            if not page.get("NextToken"):
                return found
            asked["NextToken"] = page["NextToken"]
        raise AgentError(f"Systems Manager has no end of {self.settings['parameters']}")
