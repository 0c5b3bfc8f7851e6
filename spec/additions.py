"""Files, units and scripts of the operator's own, on machines that boot by heiiki's agent.

Each is written into the stack file, or into a file beside it. Pulumi passes the whole configuration
to the program as one variable of its environment, of which Linux takes 128 KiB (pulumi issue 20402,
read 2026-11-29); so what stands in the stack file is small, and what is larger lies beside it.
"""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from spec.base import Spec
from spec.fields import Text

MAX_CONTENT_CHARACTERS = 16_384  # of one, in the stack file
# Linux takes 255 bytes of a name, and the agent writes each beside itself under a longer one.
_PART = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9._@:+-]{1,240}"

MachinePath = Annotated[
    str,
    Text(
        rf"(?:/{_PART}){{1,16}}",
        "must be the absolute path of a file without . and .., such as /etc/chrony.d/site.conf, "
        "with at most 240 characters between two slashes",
    ),
]
FileBeside = Annotated[
    str,
    Text(
        rf"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/{_PART}){{1,15}}",
        "must be the path of a file in a folder beside the stack file, without . and .., such as "
        "machines/site.conf",
    ),
]
FileMode = Annotated[str, Text(r"0[0-7]{3}", "must be four octal digits in quotes, such as '0644'")]
FileOwner = Annotated[
    str,
    Text(
        r"[A-Za-z0-9_][A-Za-z0-9_-]{0,31}:[A-Za-z0-9_][A-Za-z0-9_-]{0,31}",
        "must be user:group, such as root:root",
    ),
]
UnitName = Annotated[
    str,
    Text(
        # Not with a hyphen first, which systemctl would take for an option.
        r"[A-Za-z0-9_][A-Za-z0-9:_.@-]{0,199}\.(?:service|socket|target|timer|path|mount)",
        "must be a systemd unit's name, such as site.service",
    ),
]
ScriptName = Annotated[
    str,
    Text(
        r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
        "must be a script's name: 1 to 64 letters, digits, '.', '_' and '-'",
    ),
]
StepName = Annotated[
    str, Text(r"[a-z][a-z0-9-]{0,63}", "must be a step of the role's boot, such as start-kubelet")
]


class Written(Spec):
    """A text, here or in a file beside the stack file. No key or password: it is no secret."""

    content: str | None = Field(
        None,
        max_length=MAX_CONTENT_CHARACTERS,
        description="The text itself, or `file`.",
        examples=["# site settings"],
    )
    file: FileBeside | None = Field(
        None,
        description="File with the text, in a folder beside the stack file, such as "
        "machines/site.conf: UTF-8, at most 256 KiB.",
        examples=["machines/site.conf"],
    )

    @model_validator(mode="after")
    def _has_one_text(self) -> Self:
        if (self.content is None) == (self.file is None):
            found = "neither is" if self.content is None else "both are"
            raise ValueError(f"write content or file, one of the two; {found} there")
        return self

    @property
    def text(self) -> str:
        """What is written; of a file, once spec/beside.py has read it."""
        assert self.content is not None, "read by spec/beside.py"
        return self.content


class AddedFile(Written):
    """A file, written before anything starts, at each boot."""

    mode: FileMode = Field("0644", description="Its mode.")
    owner: FileOwner = Field("root:root", description="Its owner; both must be on the image.")


class AddedUnit(Written):
    """A systemd unit."""

    enabled: bool = Field(
        True,
        description="It is started at each boot, after heiiki's own units. false: it is only "
        "written, such as the service of a timer.",
    )


class AddedScript(Written):
    """A script, run by root to its end at each boot; it must bear being run again."""

    before: StepName | None = Field(
        None,
        description="Step of the role's boot that waits for it (docs/self-hosted/boot.md). "
        "Default: the first that starts a unit.",
    )
    after: StepName | None = Field(None, description="Step that it waits for; or `before`.")

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if self.before is not None and self.after is not None:
            raise ValueError("write before or after, one of the two; both are there")
        return self


class AdditionsSpec(Spec):
    """What machines of a role have beside what heiiki gives them."""

    files: dict[MachinePath, AddedFile] = Field(
        default_factory=dict, description="Files, by their path on the machine."
    )
    units: dict[UnitName, AddedUnit] = Field(
        default_factory=dict, description="systemd units, by name."
    )
    scripts: dict[ScriptName, AddedScript] = Field(
        default_factory=dict, description="Scripts, by name; of one place in the order of names."
    )

    def each(self) -> Iterator[tuple[str, Written]]:
        """Everything that is written, by its key."""
        for key, group in (("files", self.files), ("units", self.units),
                           ("scripts", self.scripts)):  # fmt: skip
            for name, written in group.items():
                yield f"{key}.{name}", written
