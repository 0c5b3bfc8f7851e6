"""How the tables say what AWS is asked, and which resources are in its answers.

A Call is one operation; a Kind is one type of resource in the answers of a call, with each of its
properties as the engine records it and where the answer has it, by JMESPath. In a path `_of` is
what a part belongs to, or what a call was asked about.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from automation.aws_calls import iam_action

# Names of services in permissions, where they are other than boto3's.
_IAM_PREFIXES: Final = {
    "efs": "elasticfilesystem",
    "opensearch": "es",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "s3control": "s3",
    "stepfunctions": "states",
}


class From(str):
    """An argument that is taken from what a call is asked about, by its JMESPath."""

    __slots__ = ()


_NOWHERE: Final = "`[]`"


@dataclass(frozen=True, eq=False, slots=True)
class Call:
    """One operation of AWS that only reads.

    items: the things in its answer. arguments: a From is filled in from `of`, for each thing of
    which it is asked once. every: asked of all things of that call, since only the answer tells
    where they lie. filter: the name of EC2's filter for VPCs, or, of a call with `of`, the filter
    that takes the ids of many things at once, and filter_id where an item of the answer has it.
    ids: what a thing is called. within: what it lies in or is attached to.
    more: further calls about each thing, under the names that paths know them by. when: what must
    hold of a thing for a call of `more`, or one with `of`, to ask about it. none: error codes which
    say that there is nothing.
    alone: of things that count where they are asked about, and not where others refer to them.
    owned: of things of the account at large, such as a role: only those count that are recorded.
    refers: ids of what a thing refers to by a name that alone would not say what it is of.
    by_key: asked once for each part of a thing that a stack has recorded, under its `_key`.
    first: what is asked for comes first, and its first page is all that counts.
    recorded: it is asked only where one of these types is recorded. Where whole VPCs are read, what
    lies in them is asked for all the same; what nobody has recorded is told by its interfaces.
    """

    service: str
    operation: str
    items: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    of: "Call | None" = None
    every: bool = False
    filter: str = ""
    filter_as: str = "Filters"
    filter_id: str = ""
    ids: str = "`[]`"
    within: str = _NOWHERE
    more: "Mapping[str, Call]" = field(default_factory=dict)
    when: str = ""
    none: tuple[str, ...] = ()
    alone: bool = False
    owned: bool = False
    refers: str = "`[]`"
    by_key: bool = False
    first: bool = False
    recorded: tuple[str, ...] = ()

    @property
    def in_vpcs(self) -> bool:
        """Whether what it tells of may lie in a VPC."""
        return self.within != _NOWHERE

    @property
    def services(self) -> frozenset[str]:
        """Whom it takes to have the answer."""
        of = frozenset() if self.of is None else self.of.services
        return of | {self.service} | {call.service for call in self.more.values()}

    @property
    def action(self) -> str:
        """The permission that the call needs."""
        action = iam_action(self.service, self.operation)
        return action.replace(f"{self.service}:", f"{iam_prefix(self.service)}:", 1)


@dataclass(frozen=True, eq=False, slots=True)
class Kind:
    """One type of resource in the answers of a call.

    id: where its id stands. key: properties by which it is found in a record that has another id.
    each: the parts of a thing that are resources of their own. where: what must hold of one;
    or_recorded: or that it is recorded.
    unless: a type of which a thing may be recorded instead, and then is, or several, parted by
    spaces; under another id by unless_id. with_: the type as which the same thing must have been
    told. restates: it says what another type says, and so is told only where it is recorded.
    unread: properties that nobody reads, and so are unknown.
    silent: properties by which a program asks and AWS does not answer, or that say in another way
    what is read. kept: properties that nobody reads, and that are as recorded for as long as these
    outputs are: while_, such as a version that every change raises. Otherwise they are unknown.
    held: properties that nobody reads, each as recorded for as long as an output of its own is, and
    unknown otherwise, though made of what it was; nothing where they are not recorded.
    fixed: properties that it was made with and that cannot change, or by which nothing is sent, so
    they are as recorded.
    apart: properties that a resource of their own may say, by its type and where its id stands; of
    each item of a list, where there are ids of all of them.
    chosen: properties that AWS chooses where a program leaves them out, by what tells a choice of
    AWS's. single: there is one in an account and a region, whatever its record calls it.
    gives: ids of things that AWS lists apart, and that are a part of it.
    comes: whether it is as AWS makes it beside something else: where a stack has recorded that and
    not it, it is told of, and nobody's to judge until somebody changes it.
    """

    token: str
    call: Call
    id: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    each: str = ""
    where: str = ""
    unless: str = ""
    unless_id: str = ""
    with_: str = ""
    restates: bool = False
    unread: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    or_recorded: bool = False
    kept: tuple[str, ...] = ()
    while_: tuple[str, ...] = ()
    held: Mapping[str, str] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    apart: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)
    single: bool = False
    gives: str = ""
    comes: str = ""


TAGS: Final = {"tags": "tags(Tags)"}  # as EC2 has them


def named(token: str, path: str) -> str:
    """The path of a name as that of a resource of a type: of what has no id but its name, another
    thing may be called alike."""
    return f"join(' ', ['{token}', {path}])"


def iam_prefix(service: str) -> str:
    """What permissions call a service of boto3."""
    return _IAM_PREFIXES.get(service, service)
