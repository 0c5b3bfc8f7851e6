"""The form of the tables: how one Pulumi resource type becomes calls to an AWS API.

Names of operations are boto3's (`create_subnet`); members and paths are the API's own. A property
finds its member by rule (`vpcId` → `VpcId`, `securityGroups` → `SecurityGroup`); only exceptions
are written down. ../resources/ holds the tables, calls.py and provider.py walk them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from local.provider_answers import Failure
from local.provider_values import Properties, Value

if TYPE_CHECKING:
    from local.aws.translate.calls import Call

Kind = Literal["plain", "set", "json", "policy", "base64", "cidr", "domains", "rules"]
"""How two values compare: plain in order; set without; json and policy as documents; base64 as what
it encodes; cidr by network; domains as a set, whatever their last dot; rules as the single rules
that blocks of them stand for."""


@dataclass(frozen=True)
class Property:
    """One input property.

    member: its name in the API, where the rule does not find it.
    replaces: a change makes a new resource; or the nested keys whose change does; or only the
        removal does.
    computed: AWS chooses when it is not given, so leaving it out later changes nothing.
    read: a JMESPath in the described object, where the rule does not find it.
    unread: the API does not tell it; the state keeps what was asked.
    hooked: a hook of the resource sends it; the rule leaves it out of requests.
    local: never sent to the API, only kept (forceDestroy, skipDestroy).
    when_asked: told only where the program gave it; others may manage the rest (inline rules).
    renames: nested keys, dotted, to members: {"ebs.iops": "Iops"}.
    computed_in: nested keys that AWS fills in where they are not given, unknown in a preview.
    defaults_in: defaults of nested keys.
    secret: by nature, whether the program marks it or not.
    request: the operation whose input holds it, where that is neither create nor an update.
    """

    member: str = ""
    replaces: bool | tuple[str, ...] | Literal["removal"] = False
    default: Value = None
    computed: bool = False
    required: bool = False
    read: str = ""
    unread: bool = False
    hooked: bool = False
    local: bool = False
    when_asked: bool = False
    kind: Kind = "plain"
    renames: Mapping[str, str] = field(default_factory=dict)
    computed_in: tuple[str, ...] = ()
    defaults_in: Mapping[str, Value] = field(default_factory=dict)
    request: str = ""
    secret: bool = False


@dataclass(frozen=True)
class Update:
    """Called when one of `properties` changes; each: one call for each changed property.

    on_create: also called after create, with those of its properties that were given and differ
    from the default of the API (`default` of the property).
    fixed: further members of the request.
    always: properties that go with every call, changed or not.
    skip_empty: not called where all its properties are gone (a hook calls the opposite).
    """

    operation: str
    properties: tuple[str, ...]
    each: bool = False
    on_create: bool = False
    fixed: Mapping[str, Any] = field(default_factory=dict)
    always: tuple[str, ...] = ()
    skip_empty: bool = False


class Tagging(Protocol):
    """How a service takes, changes and tells tags."""

    def on_create(self, tags: Mapping[str, str]) -> Mapping[str, Any]:
        """Members of the create request; {} when tags are set by a call of their own."""

    def change(self, call: "Call", olds: Mapping[str, str], news: Mapping[str, str]) -> None: ...

    def read(self, call: "Call", described: Mapping[str, Any]) -> Mapping[str, str]: ...


Computed = str | Callable[["Call", Mapping[str, Any]], Value]
"""A JMESPath in the described object, or a function of the call and that object."""


@dataclass(frozen=True)
class Resource:
    """One resource type.

    Identity is one of: `id_path`, where AWS gives an id, a JMESPath in the answer to create, with
    `id_member`, the member that names it in requests, and `id_of`, the id within what is told; or
    `identity`, the properties that name it, joined by `separator` (the real provider's id).
    `names` are properties that requests carry beside the id (the cluster of an association).
    read, when it is a function, makes the described object; else `describe` and `described` do.
    pending: JMESPath of a state and the values of it that mean "wait".
    missing: error codes that mean "gone".
    volatile: outputs that any update may change, unknown in its preview; volatile_with: those that
        a change of one property does.
    members: further members of the create request.
    within: a member of requests that is a structure holding properties (LaunchTemplateData).
    shape: the operation whose input judges the properties, where create is a function.
    after_create: what create leaves undone; it may run twice.
    auto_name: the property that gets a generated name when it is not given.
    check: faults that lie between properties. parse_id: the properties that an id stands for.
    """

    token: str
    service: str
    properties: Mapping[str, Property]
    create: "str | Callable[[Call], str]"
    delete: "str | Callable[[Call], None] | None"
    id_path: str = ""
    id_member: str = ""
    id_of: Callable[[str], str] = str
    identity: tuple[str, ...] = ()
    separator: str = ":"
    names: tuple[str, ...] = ()
    describe: str = ""
    described: str = ""
    read: "Callable[[Call], Mapping[str, Any] | None] | None" = None
    enrich: "Callable[[Call, Mapping[str, Any]], Mapping[str, Any]] | None" = None
    updates: Sequence[Update] = ()
    update: "Callable[[Call, Properties, frozenset[str]], None] | None" = None
    after_create: "Callable[[Call], None] | None" = None
    tags: Tagging | None = None
    computed: Mapping[str, Computed] = field(default_factory=dict)
    volatile: tuple[str, ...] = ()
    volatile_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pending: tuple[str, frozenset[str]] | None = None
    missing: tuple[str, ...] = ()
    members: "Callable[[Call], Mapping[str, Any]] | None" = None
    shape: str = ""
    within: str = ""
    auto_name: str = ""
    name_start: str = ""
    name_limit: int = 255
    lower_case_name: bool = False
    check: Callable[[Properties], Sequence[Failure]] | None = None
    parse_id: "Callable[[Call], Properties] | None" = None
