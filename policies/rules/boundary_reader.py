"""Reads what is declared as inside: every fault with its path and a way out, and what is sound."""

import datetime
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeVar

from rules.addresses import PRIVATE_RANGES, Network, inside, parse_network
from rules.boundary import (
    FACTS_COUNT_DAYS,
    Boundary,
    Connection,
    OwnDomains,
    RuleException,
    Supply,
    Used,
)
from rules.image_references import PUBLIC
from rules.schema import SCHEMA
from rules.unknowns import ACCOUNT, REGION

ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")  # AWS Organizations API reference, Organization.Id
RULE = re.compile(r"CN-\d{3}|[a-z0-9]+(-[a-z0-9]+)+")
PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
API_GROUP = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
REGISTRY = re.compile(  # host, port, path; in lower case, since names of hosts know no other
    r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
)
HOST = re.compile(r"\.?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?")
SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
NAME = re.compile(r"[^*]{2,}\*?")
DOMAIN = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
SUPPLIED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{2,}")  # an id, an ARN or a bucket's name
PART = re.compile(r"\S.*\S.*\S")  # words of a finding; fewer letters would fit whatever it says
UNPOLICED_RULE = ("CN-083", "aws-ec2-vpc-endpoint-require-policy")  # id and name
LONGEST_EXCEPTION = datetime.timedelta(days=366)
FACTS_DAYS = range(1, 91)  # older than a quarter of a year, facts say what a network was

# Of what stood in the list in another form before.
_WITH = dict.fromkeys(
    ("packages", "apiGroups"),
    " with names, owner, reason and expires, since names alone bind nobody",
)

_OF_INTERNET = tuple(f".{name}" for name in PUBLIC)

Entry = TypeVar("Entry")


def parse_boundary(config: Mapping[str, Any], today: datetime.date) -> Boundary:
    """Check a declaration; the same text is checked once a day, not once per resource."""
    return _parse_cached(json.dumps(config, sort_keys=True, default=str), today)


@lru_cache(maxsize=8)
def _parse_cached(text: str, today: datetime.date) -> Boundary:
    reader = _Reader(today)
    return replace(reader.boundary(json.loads(text)), faults=tuple(reader.faults))


@dataclass
class _Reader:
    """Reads a declaration and collects every fault, each with its path and a way out."""

    today: datetime.date
    faults: list[str] = field(default_factory=list)

    def boundary(self, config: Mapping[str, Any]) -> Boundary:
        self._only(config, "", set(SCHEMA))
        cidrs = self._cidrs(config.get("cidrs"), "cidrs")
        return Boundary(
            accounts=self._texts(config, "accounts", ACCOUNT, "a 12-digit account id as text"),
            organization_id=self._organization(config),
            regions=self._texts(config, "regions", REGION, "a region such as eu-west-1"),
            services=self._texts(config, "services", SERVICE, "an endpoint suffix such as ecr.api"),
            packages=self._sound(config, "packages", self._packages),
            api_groups=self._sound(config, "apiGroups", self._api_groups),
            registries=self._registries(config),
            hosts=self._texts(config, "hosts", HOST, "a name such as ntp.corp.example, or .domain"),
            cidrs=cidrs,
            connections=self._sound(config, "connections", self._connection),
            supplied=self._sound(config, "supplied", self._supply),
            domains=self._sound(config, "domains", self._domains),
            facts_max_age_days=self._facts_days(config),
            exceptions=self._sound(config, "exceptions", self._exception),
        )

    def _fault(self, path: str, what: str) -> None:
        self.faults.append(f"{path}: {what}")

    def _only(self, given: Mapping[str, Any], path: str, known: set[str]) -> None:
        for key in sorted(set(given) - known):
            self._fault(f"{path}{key}", f"is not a key here; known are {', '.join(sorted(known))}")

    def _list(self, value: Any, path: str) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            self._fault(path, "must be a list")
            return []
        return value

    def _texts(
        self, config: Mapping[str, Any], path: str, shape: re.Pattern[str], wanted: str
    ) -> frozenset[str]:
        found = set()
        for index, item in enumerate(self._list(config.get(path.rsplit(".", 1)[-1]), path)):
            if isinstance(item, str) and shape.fullmatch(item):
                found.add(item)
            else:
                self._fault(f"{path}[{index}]", f"must be {wanted}, got {item!r}")
        return frozenset(found)

    def _registries(self, config: Mapping[str, Any]) -> frozenset[str]:
        wanted = "a registry such as registry.internal:5000/team"
        found = self._texts(config, "registries", REGISTRY, wanted)
        public = {name for name in found if f".{re.split('[:/]', name)[0]}".endswith(_OF_INTERNET)}
        for index, name in enumerate(config.get("registries") or ()):
            if name in public:
                self._fault(
                    f"registries[{index}]",
                    f"{name} is of the internet; name what has to use it under exceptions",
                )
        return found - public

    def _organization(self, config: Mapping[str, Any]) -> str | None:
        value = config.get("organizationId")
        if value is None:
            return None
        if isinstance(value, str) and ORGANIZATION.fullmatch(value):
            return value
        self._fault(
            "organizationId", f"must be an organization id such as o-a1b2c3d4e5, got {value!r}"
        )
        return None

    def _facts_days(self, config: Mapping[str, Any]) -> int:
        value = config.get("factsMaxAgeDays")
        if value is None:
            return FACTS_COUNT_DAYS
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and value in FACTS_DAYS:  # 7.0 is in it, as the engine may write 7
            return int(value)
        first, last = FACTS_DAYS[0], FACTS_DAYS[-1]
        self._fault(
            "factsMaxAgeDays", f"must be a whole number of days, {first} to {last}, got {value!r}"
        )
        return FACTS_COUNT_DAYS

    def _cidrs(self, value: Any, path: str) -> tuple[Network, ...]:
        found = []
        for index, item in enumerate(self._list(value, path)):
            network = parse_network(item)
            if network is None or network.with_prefixlen != item:
                self._fault(
                    f"{path}[{index}]", f"must be a CIDR block without host bits, got {item!r}"
                )
            elif not inside(network, PRIVATE_RANGES):
                self._fault(
                    f"{path}[{index}]", f"{item} is not private; a boundary holds private ranges"
                )
            else:
                found.append(network)
        return tuple(found)

    def _objects(self, config: Mapping[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
        found = []
        for index, item in enumerate(self._list(config.get(key), key)):
            if isinstance(item, dict):
                found.append((f"{key}[{index}].", item))
            else:
                self._fault(f"{key}[{index}]", f"must be an object{_WITH.get(key, '')}")
        return found

    def _sound(
        self,
        config: Mapping[str, Any],
        key: str,
        read: Callable[[dict[str, Any], str], Entry],
    ) -> tuple[Entry, ...]:
        """The entries of a list in which there is no fault: half an entry may grant more than all
        of it."""
        found = []
        for path, item in self._objects(config, key):
            before = len(self.faults)
            entry = read(item, path)
            if len(self.faults) == before:
                found.append(entry)
        return tuple(found)

    def _text(self, item: Mapping[str, Any], path: str, key: str, why: str) -> str:
        value = item.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self._fault(f"{path}{key}", why)
        return ""

    def _name(self, item: Mapping[str, Any], path: str) -> str:
        value = self._text(item, path, "name", "must be the logical name of a resource")
        if value and not NAME.fullmatch(value):
            self._fault(
                f"{path}name",
                f"{value!r} must be a logical name, or at least two characters and a trailing *",
            )
        return value

    def _connection(self, item: dict[str, Any], path: str) -> Connection:
        self._only(item, path, {"name", "cidrs", "accounts", "owner", "reason"})
        cidrs = self._cidrs(item.get("cidrs"), f"{path}cidrs")
        if not item.get("cidrs") and "accounts" not in item:
            self._fault(f"{path}cidrs", "must name the private ranges behind the connection")
        elif not item.get("cidrs") and not item["accounts"]:
            why = "must name whom the VPC link lets in: API Gateway's account in the region"
            self._fault(f"{path}accounts", why)
        return Connection(
            name=self._name(item, path),
            cidrs=cidrs,
            owner=self._text(item, path, "owner", "must name who answers for the connection"),
            reason=self._text(item, path, "reason", "must say what the connection is for"),
            accounts=self._texts(item, f"{path}accounts", ACCOUNT, "a 12-digit account id as text"),
        )

    def _supply(self, item: dict[str, Any], path: str) -> Supply:
        self._only(item, path, {"ids", "stacks", "owner", "reason"})
        wanted = "an id such as rtb-0a1b2c3d4e5f60718, an ARN or a bucket's name, without *"
        ids = self._texts(item, f"{path}ids", SUPPLIED, wanted)
        called = "the logical name of a stack reference, without *"
        stacks = self._texts(item, f"{path}stacks", SUPPLIED, called)
        if not (item.get("ids") or item.get("stacks")):
            self._fault(f"{path}ids", "must name what is supplied, or `stacks` must")
        return Supply(
            ids=tuple(sorted(ids)),
            stacks=tuple(sorted(stacks)),
            owner=self._text(item, path, "owner", "must name who answers for what is supplied"),
            reason=self._text(item, path, "reason", "must say why it is used and keeps closed"),
        )

    def _domains(self, item: dict[str, Any], path: str) -> OwnDomains:
        self._only(item, path, {"names", "owner", "reason"})
        wanted = "a domain such as corp.example, in small letters, without * or a dot at its end"
        names = self._texts(item, f"{path}names", DOMAIN, wanted)
        if not item.get("names"):
            self._fault(f"{path}names", "must name the domains")
        return OwnDomains(
            names=tuple(sorted(names)),
            owner=self._text(item, path, "owner", "must name who keeps the domains' name servers"),
            reason=self._text(item, path, "reason", "must say why machines ask for their names"),
        )

    def _packages(self, item: dict[str, Any], path: str) -> Used:
        names = self._texts(item, f"{path}names", PACKAGE, "a package name such as awsx")
        return self._used(item, path, names, "packages")

    def _api_groups(self, item: dict[str, Any], path: str) -> Used:
        names = self._texts(item, f"{path}names", API_GROUP, "a group such as cert-manager.io")
        return self._used(item, path, names, "API groups")

    def _used(self, item: dict[str, Any], path: str, names: frozenset[str], what: str) -> Used:
        self._only(item, path, {"names", "owner", "reason", "expires"})
        if not item.get("names"):
            self._fault(f"{path}names", f"must name the {what}")
        return Used(
            names=tuple(sorted(names)),
            owner=self._text(item, path, "owner", f"must name who answers for the {what}"),
            reason=self._text(item, path, "reason", "must say why they are used and keep closed"),
            expires=self._expires(item, path, f"the use of {', '.join(sorted(names))}"),
        )

    def _exception(self, item: dict[str, Any], path: str) -> RuleException:
        self._only(
            item, path, {"rule", "name", "type", "owner", "reason", "expires", "scp", "only"}
        )
        rule = self._text(item, path, "rule", "must be a rule id such as CN-010, or a policy name")
        if rule and not RULE.fullmatch(rule):
            self._fault(
                f"{path}rule", f"{rule!r} is neither a rule id such as CN-010 nor a policy name"
            )
        type_ = item.get("type")
        if type_ is not None and not (isinstance(type_, str) and type_.count(":") == 2):
            self._fault(
                f"{path}type", f"must be a type token such as aws:ec2/eip:Eip, got {type_!r}"
            )
        return RuleException(
            rule=rule,
            name=self._name(item, path),
            type=type_ if isinstance(type_, str) else None,
            owner=self._text(item, path, "owner", "must name who answers for the exception"),
            reason=self._text(item, path, "reason", "must say why the rule may be broken"),
            expires=self._expires(item, path, f"the exception for {item.get('name')!r}"),
            scp=self._scp(item, path, rule),
            only=self._only_of(item, path),
            path=path,
        )

    def _only_of(self, item: Mapping[str, Any], path: str) -> tuple[str, ...]:
        """The parts of a resource; a list of none would answer for nothing, or for all of it."""
        if "only" not in item:
            return ()
        wanted = "a part of the resource as the finding calls it, such as bundles/* or a host"
        parts = self._texts(item, f"{path}only", PART, wanted)
        if not item.get("only"):
            self._fault(f"{path}only", "must name the parts, or be left out")
        return tuple(sorted(parts))

    def _scp(self, item: Mapping[str, Any], path: str, rule: str) -> str:
        if rule in UNPOLICED_RULE:
            return self._text(
                item, path, "scp", "must name the service control policy that holds the endpoint's "
                "callers, such as p-a1b2c3d4, since no endpoint policy does",
            )  # fmt: skip
        if "scp" in item:
            self._fault(f"{path}scp", f"is for exceptions to {UNPOLICED_RULE[0]} alone")
        return ""

    def _expires(self, item: Mapping[str, Any], path: str, what: str) -> datetime.date:
        value = item.get("expires")
        try:
            expires = datetime.date.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            self._fault(f"{path}expires", f"must be a date such as 2027-01-31, got {value!r}")
            return self.today
        if expires < self.today:
            self._fault(f"{path}expires", f"{what} ended on {expires}; remove it, or renew it")
        latest = self.today + LONGEST_EXCEPTION
        if expires > latest:
            self._fault(
                f"{path}expires",
                f"an exception runs for a year at most, until {latest}, got {expires}",
            )
        return expires
