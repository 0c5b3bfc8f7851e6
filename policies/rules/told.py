"""What user data tells a machine: hosts, images, proxies, the cluster's facts.

Each kind of text is read as its own reader reads it, and all of it as plain text besides, so that
a host is found wherever it is written. What cannot be read raises Unreadable.
"""

import base64
import binascii
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from rules.called_hosts import NAME
from rules.cloud_modules import hosts_of_modules, hosts_of_setting
from rules.named_hosts import Named, hosts_in, images_in, proxies_in
from rules.nesting import DEEPEST, TooDeep, is_deep, read_json, scalars
from rules.node_facts import of_bootstrap, of_bottlerocket, of_node_config
from rules.safe_yaml import YamlFault, document, documents
from rules.unknowns import at
from rules.user_data import Part, Unreadable, inflated, kind_of, parts_of

# Of each kind, what a node must be told to join without asking EKS (nodeadm's validation, and
# Bottlerocket's settings.kubernetes; read 2026-11-22).
JOIN: Final[dict[str, tuple[str, ...]]] = {
    "node-config": ("name", "apiServerEndpoint", "certificateAuthority", "cidr"),
    "bottlerocket": ("cluster-name", "api-server", "cluster-certificate", "cluster-dns-ip"),
    "bootstrap.sh": ("--apiserver-endpoint", "--b64-cluster-ca", "--dns-cluster-ip"),
}

# Of TOML, whose keys go down a table at each dot: Python ends at some ten times as many.
_MOST_DOTS: Final = 10_000


@dataclass(slots=True)
class Told:
    """What was found. Each place is the end of the sentence "userData …", with a space behind it.

    joins: per kind of node that is told how to join, the facts that it is told, with what it says
    of its size and name.
    metrics: of Bottlerocket, what settings.metrics.send-metrics is; None where nothing is said.
    """

    hosts: list[tuple[str, str]] = field(default_factory=list)
    images: list[tuple[str, str]] = field(default_factory=list)
    proxies: list[tuple[str, str, str]] = field(default_factory=list)
    joins: dict[str, dict[str, str]] = field(default_factory=dict)
    metrics: list[Any] = field(default_factory=list)


@lru_cache(maxsize=4096)  # several rules ask, one after the other, of every machine there is
def told_by(given: str, encoded: bool) -> Told:
    """What user data tells; raises Unreadable."""
    told = Told()
    for part in parts_of(given, encoded):
        _read(part, told)
    return told


def told_of(parts: Iterable[Part]) -> Told:
    """What scripts tell that are no user data."""
    told = Told()
    for part in parts:
        _as_text(part.where, part.text, told)
    return told


def _read(part: Part, told: Told) -> None:
    try:
        if part.kind == "bottlerocket":
            _bottlerocket(part, told)
            return
        _as_text(part.where, part.text, told)
        if part.kind == "node-config":
            _node_config(part, told)
        elif part.kind == "text":
            _json(part, told)
        elif part.kind == "cloud-config":
            _cloud_config(part.where, _document(part.text), told)
    except YamlFault as fault:
        raise Unreadable(f"{part.where}line {fault.line} {fault.what}") from None


def _as_text(where: str, text: str, told: Told) -> None:
    hosts, images, proxies = _named(text)
    told.hosts += [(f"{where}line {line} ", host) for line, host in hosts]
    told.images += [(f"{where}line {line} ", image) for line, image in images]
    told.proxies += [(f"{where}line {n} ", name, value) for n, name, value in proxies]
    if "bootstrap.sh" in text:
        _bootstrap(text, told)


@lru_cache(maxsize=64)  # the pools of a cluster have most of their texts in common
def _named(
    text: str,
) -> tuple[tuple[Named, ...], tuple[Named, ...], tuple[tuple[int, str, str], ...]]:
    """The hosts, images and proxies that a text names."""
    return tuple(hosts_in(text)), tuple(images_in(text)), tuple(proxies_in(text))


@lru_cache(maxsize=64)
def _document(text: str) -> Any:
    """The one document of a text, for reading alone; raises YamlFault."""
    return document(text)


def _bootstrap(text: str, told: Told) -> None:
    """Amazon Linux 2: the facts are options. It guesses the DNS address without a service CIDR."""
    flat = text.replace("\\\n", " ")
    for line in flat.splitlines():
        words = line.split("#", 1)[0].split()
        if any(word.endswith("/etc/eks/bootstrap.sh") for word in words):
            facts = told.joins.setdefault("bootstrap.sh", {})
            facts |= {option: "given" for option in JOIN["bootstrap.sh"] if option in words}
            facts |= of_bootstrap(line)
            if "--service-ipv4-cidr" in words:
                facts["--dns-cluster-ip"] = "given"


def _node_config(part: Part, told: Told) -> None:
    for _, config in documents(part.text):
        facts = told.joins.setdefault("node-config", {})
        cluster = at(config, "spec", "cluster")
        if isinstance(cluster, dict):
            facts |= {k: str(cluster[k]) for k in JOIN["node-config"] if cluster.get(k)}
        facts |= of_node_config(config)
        _escaped(part.where, config, told)
        servers = at(config, "spec", "instance", "network", "nameservers")
        told.hosts += _listed(f"{part.where}spec.instance.network.nameservers ", servers)


def _json(part: Part, told: Told) -> None:
    """Ignition, and whatever else is JSON: each text by its own lines, and without escapes."""
    if not part.text.lstrip("\ufeff \t\r\n").startswith("{"):
        return
    try:
        read = read_json(part.text)
    except TooDeep as error:
        raise Unreadable(f"{part.where}{error}") from None
    except ValueError:
        return  # for whoever takes it as another text
    for path, value in scalars(read):
        if isinstance(value, str):
            within = Told()
            _as_text(f"{part.where}{path} ", value, within)
            _add_new(within, told)


def _add_new(found: Told, told: Told) -> None:
    """What the whole text has not shown already."""
    hosts, images = ({said for _, said in listed} for listed in (told.hosts, told.images))
    proxies = {(name, value) for _, name, value in told.proxies}
    told.hosts += [one for one in found.hosts if one[1] not in hosts]
    told.images += [one for one in found.images if one[1] not in images]
    told.proxies += [one for one in found.proxies if one[1:] not in proxies]


def _cloud_config(where: str, config: Any, told: Told) -> None:
    if isinstance(config, list):  # an archive: of texts, each with a type or a beginning
        for index, item in enumerate(config):
            content = item.get("content") if isinstance(item, dict) else item
            if isinstance(content, str):
                _read(Part(f"{where}[{index}] ", kind_of(content), content), told)
        return
    told.hosts += [(f"{where}{path} ", host) for path, host in hosts_of_modules(config)]
    for path, value in scalars(config):
        key = path.rpartition(".")[2].partition("[")[0]
        key = "plugin.stomp.host" if path.endswith("plugin.stomp.host") else key
        told.hosts += [(f"{where}{path} ", host) for host in hosts_of_setting(key, str(value))]
    for index, file in enumerate(_items(at(config, "write_files"))):
        _file(f"{where}write_files[{index}].content ", file, told)
    for key in ("bootcmd", "runcmd", "snap.commands"):
        commands = at(config, *key.split("."))
        listed = list(commands.values()) if isinstance(commands, dict) else _items(commands)
        for index, command in enumerate(listed):
            if isinstance(command, list):
                words = [str(word) for word in command]
                first = ["snap"] if key.startswith("snap") and words[:1] != ["snap"] else []
                _as_text(f"{where}{key}[{index}] ", shlex.join([*first, *words]), told)
            elif isinstance(command, str):  # which YAML may have folded
                seen = {host for _, host in told.hosts}
                more = (host for _, host in hosts_in(command) if host not in seen)
                told.hosts += [(f"{where}{key}[{index}] ", host) for host in more]
    _escaped(where, config, told)


def _file(where: str, file: Any, told: Told) -> None:
    """A file whose content is encoded; what is written in clear is found in the whole text."""
    encoding, content = at(file, "encoding"), at(file, "content")
    if not isinstance(encoding, str) or not isinstance(content, str | bytes):
        return
    data = content.encode() if isinstance(content, str) else content
    for step in reversed(
        encoding.lower().replace("gzip", "gz").replace("base64", "b64").split("+")
    ):
        if step == "b64":
            data = _from_base64(where, data)
        elif step == "gz":
            data = inflated(data)
        elif step not in ("text/plain", ""):
            raise Unreadable(f"{where}is encoded in a way that no rule here reads")
    _as_text(where, _text(where, data), told)


def _bottlerocket(part: Part, told: Told) -> None:
    import tomllib  # here, since few machines read TOML

    if part.text.count(".") > _MOST_DOTS:
        raise Unreadable(f"{part.where}has keys of more than {_MOST_DOTS} tables")
    try:
        read = tomllib.loads(part.text)
    except (tomllib.TOMLDecodeError, RecursionError):
        raise Unreadable(f"{part.where}is TOML that cannot be parsed") from None
    if is_deep(read):  # one key may name a thousand tables
        raise Unreadable(f"{part.where}is nested deeper than {DEEPEST}")
    settings = at(read, "settings")
    where = part.where
    kubernetes = at(settings, "kubernetes")
    if isinstance(kubernetes, dict):
        facts = told.joins.setdefault("bottlerocket", {})
        facts |= {k: str(kubernetes[k]) for k in JOIN["bottlerocket"] if kubernetes.get(k)}
        facts |= of_bottlerocket(kubernetes)
    told.metrics.append(at(settings, "metrics", "send-metrics"))
    network = at(settings, "network")
    if proxy := at(network, "https-proxy"):
        told.proxies.append((f"{where}settings.network.https-proxy ", "https_proxy", str(proxy)))
    if excepted := at(network, "no-proxy"):
        joined = ",".join(str(item) for item in _items(excepted))
        told.proxies.append((f"{where}settings.network.no-proxy ", "no_proxy", joined))
    told.hosts += _listed(f"{where}settings.ntp.time-servers ", at(settings, "ntp", "time-servers"))
    told.hosts += _listed(f"{where}settings.dns.name-servers ", at(settings, "dns", "name-servers"))
    for path, value in scalars(settings, "settings"):
        of_proxy = path.startswith(("settings.network.https", "settings.network.no-proxy"))
        if of_proxy or not isinstance(value, str):
            continue
        last = path.rpartition(".")[2]
        if last == "source" or last == "pod-infra-container-image":
            told.images.append((f"{where}{path} ", value))
        elif last in ("user-data", "manifest"):
            data = _from_base64(f"{where}{path} ", value.encode())
            text = _text(f"{where}{path} ", data)
            _read(Part(f"{where}{path} ", kind_of(text), text), told)
            if last == "manifest":
                _static_pod(f"{where}{path} ", text, told)
        else:
            told.hosts += [(f"{where}{path} ", host) for _, host in hosts_in(value)]
            told.images += [(f"{where}{path} ", image) for _, image in images_in(value)]
            if last.partition("[")[0] in ("endpoint", "search-list") and NAME.fullmatch(value):
                told.hosts.append((f"{where}{path} ", value.lower()))


def _static_pod(where: str, text: str, told: Told) -> None:
    for _, pod in documents(text):
        for path, value in scalars(pod):
            if path.rpartition(".")[2] == "image" and isinstance(value, str):
                told.images.append((f"{where}{path} ", value))


def _escaped(where: str, config: Any, told: Told) -> None:
    """Hosts that the text hides by its own escapes, and its reader does not."""
    seen = {host for _, host in told.hosts}
    for path, value in scalars(config):
        if isinstance(value, str) and "://" in value:
            hidden = (host for _, host in hosts_in(value, within=0) if host not in seen)
            told.hosts += [(f"{where}{path} ", host) for host in hidden]


def _items(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ([] if value is None else [value])


def _listed(where: str, value: Any) -> list[tuple[str, str]]:
    return [(where, item.lower()) for item in _items(value) if isinstance(item, str)]


def _from_base64(where: str, data: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable(f"{where}is not base64") from None


def _text(where: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Unreadable(f"{where}is no text") from None
