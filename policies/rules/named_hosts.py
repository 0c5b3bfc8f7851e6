"""Hosts and images that a text names: a script, a unit, a setting, a container's arguments.

What is found is what is written: URLs, addresses, the hosts that known programs are called with,
and the hosts that a package manager asks where nothing else is said. Which of them lie outside,
hosts.py and images.py say. A text may hide a host from every reader; `docs/proof/kubernetes.md`
says what is not seen.
"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Final, NamedTuple

from rules.called_hosts import CALLERS, FILLED, PROGRAM, asked_by_default, called, dotted
from rules.hidden_texts import SHORTEST, folded_in, hidden_in
from rules.line_forms import in_forms
from rules.shell_words import (
    code_lines,
    commands,
    filled,
    fillings,
    given_values,
    variables,
    words_of,
)


class Named(NamedTuple):
    """A host or an image, and the line that it stands in."""

    line: int
    text: str


_BARE: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+", re.IGNORECASE)
DEEPEST: Final = 3  # base64 of base64, and so on
# The endings that no namespace is called by: redis.cache:6379 is a Service of namespace cache.
PUBLIC: Final = (
    r"(?:com|net|org|info|biz|edu|gov|mil|io|example|(?:ac|co|com|gov|net|org)\.[a-z]{2})"
)
# Of a URL the part between // and what ends it; variables and IPv6 addresses are kept whole.
_AUTHORITY = (
    r"""(?:\$\{[^}\s]*\}|\$\([^)]*\)|\{\{[^}]*\}\}|\[[^\]\s]*\]|[^\s/?#"'`<>|\\;,(){}\[\]&])*"""
)
# What stands behind // is looked at and not taken: another URL may begin in it.
URL = re.compile(rf"(?<![\w.-])([A-Za-z][A-Za-z0-9+.-]*)://(?=({_AUTHORITY}))")
_TEMPLATE = re.compile(r"\{\{[^}]*\}\}")  # of cloud-init's Jinja: filled in on the machine, too
_SUBSTITUTED = re.compile(r"\$\((?:[^()]|\([^()]*\))*\)|`[^`]*`")
_LOOP = re.compile(r"(?:\bfor\s+|^\s*)(\w+)(?:\s+in\s+|=\()([^;)\n]*)", re.MULTILINE)
_USED = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_BLOCK = re.compile(r"\{%.*?%\}")
# What stands behind // there is no host.
_NO_HOSTS = words_of("s3 file unix npipe spiffe env arn k8s ssm secretsmanager urn")
# Host names that are names of namespaces and schemas: nothing is asked of them.
_IDENTIFIERS = ("www.w3.org", "json-schema.org", "schemas.xmlsoap.org", "schemas.microsoft.com")
_FOUR = re.compile(r"(?<![\w./-])(?<!\d:)\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\w)")
_BITS = re.compile(r"/(\d{1,3})(?![\w./])")
_VERSION_FLAG = re.compile(r"""(?:^|\s)--?(?:[\w.-]+[.-])?version[=\s]["']?$""", re.IGNORECASE)
_SIX = re.compile(r"(?<![\w:.])[23][0-9a-f]{3}:[0-9a-f:]+(?![\w:.])", re.IGNORECASE)
_NUMBERS = re.compile(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}")
# Of bash and of awk: a connection to a host.
_DEVICE = re.compile(r"/(?:dev/(?:tcp|udp)|inet[46]?/(?:tcp|udp)/\w+)/([^/\s\"']+)/")
_REMOTE = re.compile(r"(?<![\w./@-])[\w.+-]+@([a-z0-9-]+(?:\.[a-z0-9-]+)+):(?=[\w~./])", re.I)
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.[a-z]{2,}", re.IGNORECASE)
# A host that a program of whatever name is told of: with its port, with a path as remote file
# systems have it, or as the first thing that a function is called with.
_TOLD = re.compile(
    rf"""(?<![\w./-])((?:[a-z0-9_-]+\.)+{PUBLIC})(?::\d{{1,5}}(?![\w/])|:/(?!/))"""
    rf"""|(?<!:)//((?:[a-z0-9_-]+\.)+{PUBLIC})/"""
    rf"""|\(\(?["']((?:[a-z0-9_-]+\.)+{PUBLIC})["']""",
    re.IGNORECASE,
)
# Where curl connects to in place of what a URL says.
_INSTEAD = re.compile(r"""--(?:resolve|connect-to)[=\s]+["']?[^\s:"']*:\d*:\[?([^\s:,"'\]]+)""")
# What stands behind a host and belongs to it, once a shell has read it: a brace, another quote.
_GOES_ON = re.compile(r"""\{[\w.-]*,|["'][\w.]|\\\.""")
PROXY = re.compile(
    r"""\b((?:https?|all|ftp|no)[_-]proxy)\b["']?\s*[=:]\s*["']?([^\s"';]*)""", re.IGNORECASE
)
_PULLERS = words_of("docker podman nerdctl crictl ctr buildah skopeo")
_PULLS = words_of("pull run create from copy")
_PULLING = re.compile(
    rf"\b(?:{'|'.join(sorted(_PULLERS))}|sandbox_image|pod-infra|(?:host|bootstrap)-containers)"
)


def hosts_in(text: str, within: int = DEEPEST, *, ported: bool = True) -> Iterator[Named]:
    """The hosts that a text names, in lower case, without port; `$` where a variable stands.

    within: how often to look into what is hidden (hidden_texts.py) in what was hidden.
    ported: whether a name with a port or a path counts, wherever it stands: in prose it does not.
    """
    known, given = variables(text), given_values(text)
    looped = dict(_LOOP.findall(text)) if "for " in text or "=(" in text else {}
    for number, line in code_lines(text):
        found = [*_in_line(line, text, known), *(_told(line) if ported else ())]
        found += _in_variables(line, given) if given and "$" in line else ()
        if looped:
            found += _in_loop(line, looped)
        for host in dict.fromkeys(found):
            yield Named(number, host)
        for hidden in hidden_in(line) if within and len(line) >= SHORTEST else ():
            yield from (Named(number, host) for _, host in hosts_in(hidden, within - 1))
    for number, hidden in folded_in(text) if within and len(text) >= SHORTEST else ():
        yield from (Named(number, host) for _, host in hosts_in(hidden, within - 1))


def listed_hosts(value: str) -> Iterator[str]:
    """Hosts that are written with their port or without, parted by commas."""
    for word in re.split(r"[,;\s]+", value):
        host = word.rpartition("@")[2].partition("/")[0].partition(":")[0]
        if _BARE.fullmatch(host) and "://" not in word:
            yield host.lower()


def _in_line(line: str, text: str, known: Mapping[str, str]) -> Iterator[str]:
    if ":\\/\\/" in line:  # a URL in JSON
        line = line.replace("\\/", "/")
    if "://" in line:
        # A URL that is the value of a proxy's variable is judged by itself.
        proxies = {m.start(2) for m in PROXY.finditer(line)} if "proxy" in line.lower() else set()
        for match in URL.finditer(line):
            if match[1].lower() not in _NO_HOSTS and match.start() not in proxies:
                goes_on = _GOES_ON.match(line, match.end(2))
                yield from ("$",) if goes_on else _host_of(filled(match[2], known))
    if "/dev/" in line or "/inet" in line:
        yield from (filled(m[1], known).lower() for m in _DEVICE.finditer(line))
    if "." in line or "::" in line:
        yield from _addresses(line)
        if "@" in line and "://" not in line:
            yield from (match[1].lower() for match in _REMOTE.finditer(line))
        yield from (dotted(match[1].lower()) for match in _INSTEAD.finditer(line))
        yield from in_forms(line)
    if ("$(" in line or "`" in line) and PROGRAM.search(line):
        for words in commands(_substituted(line)):
            yield from (host for host in called(words) if FILLED in host and host != FILLED)
    for words in commands(_rendered(line)) if PROGRAM.search(line) else ():
        yield from called([filled(word, known) for word in words])
        yield from asked_by_default(words, text)


def _rendered(line: str) -> str:
    """A line of a template as the machine may have it."""
    return _TEMPLATE.sub(FILLED, _BLOCK.sub(";", line)) if "{" in line else line


def _substituted(line: str) -> str:
    """A line with what the machine fills in in place of commands whose output is put there."""
    return _SUBSTITUTED.sub(FILLED, line)


def _in_variables(line: str, given: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The hosts that a program is called with by a variable, whichever value it has just then."""
    for words in commands(line) if PROGRAM.search(line) else ():
        for one in fillings(words, given):
            yield from called(one)


def _in_loop(line: str, looped: Mapping[str, str]) -> Iterator[str]:
    """The hosts that a program is called with one after the other. looped: by the variable."""
    for words in commands(line) if "$" in line and PROGRAM.search(line) else ():
        for name in (match[1] or match[2] for word in words[1:] for match in _USED.finditer(word)):
            listed = looped.get(looped.get(name, "").strip("\"'").removeprefix("${").split("[")[0])
            given = f"{looped.get(name, '')} {listed or ''}".replace('"', "").replace("'", "")
            yield from called([words[0], *(word for word in given.split() if "$" not in word)])


def _told(line: str) -> Iterator[str]:
    proxies = [m.span(2) for m in PROXY.finditer(line)]
    for match in _TOLD.finditer(line):
        host = (match[1] or match[2] or match[3]).lower()
        of_proxy = any(first <= match.start() < last for first, last in proxies)
        if host not in _IDENTIFIERS and not of_proxy:
            yield host


def _host_of(authority: str) -> Iterator[str]:
    """The host of what stands between // and the path."""
    host = _TEMPLATE.sub(FILLED, authority.rpartition("@")[2])
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif "$" not in host:
        host = host.partition(":")[0]
    else:
        host = re.sub(r":(?:\d+|\$\{?\w+\}?)$", "", host)
        # A variable behind a whole name holds the path.
        ended = re.fullmatch(r"([\w-]+(?:\.[\w-]+)+)\$\{?\w+\}?", host)
        host = ended[1] if ended else host
    if host and host not in _IDENTIFIERS:
        yield host if "$" in host else dotted(host.lower())


def _addresses(line: str) -> Iterator[str]:
    for match in (*_FOUR.finditer(line), *_SIX.finditer(line)):
        try:
            address = str(ip_address(match[0]))
        except ValueError:
            continue
        if not _is_block(match, line) and not _VERSION_FLAG.search(line[: match.start()]):
            yield address


def _is_block(match: re.Match[str], line: str) -> bool:
    """Whether an address is the first of a range that is told of, and not one that is called."""
    bits = _BITS.match(line, match.end())
    try:
        block = ip_network(f"{match[0]}/{bits[1]}") if bits else None
    except ValueError:  # an address with a path, as far as is known
        return False
    called = any(words[0] in CALLERS for words in commands(line) if words)
    return block is not None and block.num_addresses > 1 and not called


def images_in(text: str) -> Iterator[Named]:
    """The images that a text pulls or runs, as it writes them."""
    for number, line in code_lines(text) if _PULLING.search(text) else ():
        if match := _SANDBOX.search(line):
            yield Named(number, match[1])
        for match in _HOST_CONTAINER.finditer(line):
            yield Named(number, match[1])
        for words in commands(line):
            yield from (Named(number, image) for image in _pulled(words))


_SANDBOX = re.compile(  # of containerd's and the kubelet's configuration
    r"""(?:sandbox_image|pod-infra-container-image)["']?\s*[=: ]\s*["']?([^\s"',]+)"""
)
# Of containers on the host Bottlerocket may be told by its own client as well, once it has booted.
_HOST_CONTAINER = re.compile(
    r"""(?:host|bootstrap)-containers\.[\w-]+\.source["']?\s*[=\s]\s*["']?([^\s"',]+)"""
)
_TAKES_VALUE = re.compile(
    r"-(?:v|e|p|w|u|m|h|l|n|a)|--(?:name|volume|env|env-file|network|net|publish|user|workdir|label|"
    r"entrypoint|restart|mount|memory|cpus|hostname|namespace|platform|address|creds|authfile|"
    r"log-driver|log-opt|security-opt|cap-add|device|pid|ipc|uts|runtime-endpoint|auth|snapshotter)"
)


def _pulled(words: list[str]) -> Iterator[str]:
    """Of `docker pull`, `ctr images pull`, `crictl pull` and their like, the image."""
    if words[0] not in _PULLERS:
        return
    verb = next((i for i, word in enumerate(words) if word in _PULLS), None)
    if verb is None:
        return
    skipped = False
    for word in words[verb + 1 :]:
        skip, skipped = skipped, bool(_TAKES_VALUE.fullmatch(word))
        if not skip and not word.startswith("-"):
            yield word.removeprefix("docker://")
            return


def proxies_in(text: str) -> Iterator[tuple[int, str, str]]:
    """The proxies that a text sets, and what it excepts from them: line, name, value."""
    for number, line in code_lines(text) if "proxy" in text.lower() else ():
        for match in PROXY.finditer(line):
            yield number, match[1].lower().replace("-", "_"), match[2].strip("\"'")
