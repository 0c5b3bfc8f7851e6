"""`write-files`: the bundle's files, each in its place."""

from __future__ import annotations

from typing import Any, ClassVar

from machines.agent.files import file_digest, is_written, write_atomically
from machines.agent.machine import Machine
from machines.agent.settings import MODE, OWNER, PATH, WITHIN, Schema, Setting, rows, with_defaults
from machines.agent.steps.step import Step

FILE = {
    "path": Setting(PATH, "where the file belongs"),
    "source": Setting(WITHIN, "the file in the bundle"),
    "mode": Setting(MODE, "the file's mode", "0644"),
    "owner": Setting(OWNER, "user:group", "root:root"),
}


class WriteFiles(Step):
    kind = "write-files"
    does = "writes files of the bundle, each whole or not at all, with mode and owner"
    schema: ClassVar[Schema] = {
        "files": Setting(rows(FILE), "rows of path, source, mode and owner")
    }

    def done(self, machine: Machine) -> bool:
        return all(self._is_written(machine, row) for row in self._rows())

    def run(self, machine: Machine) -> None:
        for row in self._rows():
            if not self._is_written(machine, row):
                content = (machine.bundle / row["source"]).read_bytes()
                mode = int(row["mode"], 8)
                write_atomically(machine.path(row["path"]), [content], mode, row["owner"])

    def _rows(self) -> list[dict[str, Any]]:
        return [with_defaults(FILE, row) for row in self.settings["files"]]

    def _is_written(self, machine: Machine, row: dict[str, Any]) -> bool:
        digest = file_digest(machine.bundle / row["source"])
        return is_written(machine.path(row["path"]), digest, int(row["mode"], 8), row["owner"])
