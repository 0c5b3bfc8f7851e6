"""Hosts and images that a text names: a script, a unit, a setting, a container's arguments.

What is found is what is written: URLs, addresses, the hosts that known programs are called with,
and the hosts that a package manager asks where nothing else is said. Which of them lie outside,
hosts.py and images.py say. A text may hide a host from every reader; `docs/proof/kubernetes.md`
says what is not seen.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from socket import inet_aton, inet_ntoa
from typing import NamedTuple

from rules.shell_words import code_lines, commands, filled, variables, words_of


class Named(NamedTuple):
    """A host or an image, and the line that it stands in."""

    line: int
    text: str


# Of a URL the part between // and what ends it; variables and IPv6 addresses are kept whole.
_AUTHORITY = (
    r"""(?:\$\{[^}\s]*\}|\$\([^)]*\)|\{\{[^}]*\}\}|\[[^\]\s]*\]|[^\s/?#"'`<>|\\;,(){}\[\]&])*"""
)
# What stands behind // is looked at and not taken: another URL may begin in it.
URL = re.compile(rf"(?<![\w.-])([A-Za-z][A-Za-z0-9+.-]*)://(?=({_AUTHORITY}))")
_TEMPLATE = re.compile(r"\{\{[^}]*\}\}")  # of cloud-init's Jinja: filled in on the machine, too
# What stands behind // there is no host.
_NO_HOSTS = words_of("s3 file unix npipe spiffe env arn k8s ssm secretsmanager urn")
# Host names that are names of namespaces and schemas: nothing is asked of them.
_IDENTIFIERS = ("www.w3.org", "json-schema.org", "schemas.xmlsoap.org", "schemas.microsoft.com")
_FOUR = re.compile(r"(?<![\w./-])(?<!\d:)\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\w)")
_BITS = re.compile(r"/(\d{1,3})(?![\w./])")
_VERSION_FLAG = re.compile(r"""(?:^|\s)--?(?:[\w.-]+[.-])?version[=\s]["']?$""", re.IGNORECASE)
_SIX = re.compile(r"(?<![\w:.])[23][0-9a-f]{3}:[0-9a-f:]+(?![\w:.])", re.IGNORECASE)
_NUMBERS = re.compile(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}")
_DEVICE = re.compile(r"/dev/(?:tcp|udp)/([^/\s\"']+)/")  # of bash: a connection to a host
_REMOTE = re.compile(r"(?<![\w./@-])[\w.+-]+@([a-z0-9-]+(?:\.[a-z0-9-]+)+):(?=[\w~./])", re.I)
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.[a-z]{2,}", re.IGNORECASE)
# Lines of resolv.conf, chrony.conf, ntp.conf, timesyncd.conf and resolved.conf.
_SERVERS = re.compile(r"\s*(?:nameserver|server|pool|peer)\s+([^\s;={]+)")
_LISTED = re.compile(r"\s*(?:Fallback)?(?:NTP|DNS)\s*=\s*(.+)")
_PEER = re.compile(r"\s*Endpoint\s*=\s*\[?([^\s\]:]+)\]?:\d+\s*$")  # of WireGuard's settings
PROXY = re.compile(
    r"""\b((?:https?|all|ftp|no)[_-]proxy)\b["']?\s*[=:]\s*["']?([^\s"';]*)""", re.IGNORECASE
)
_ENCODED = re.compile(r"(?<![\w+/=])[A-Za-z0-9+/]{24,}={0,2}(?![\w+/=])")

_CALLERS = words_of(
    "aria2c axel curl dig drill ftp getent git helm host http https kdig lftp mail mailx nc ncat "
    "netcat nmap nslookup ntpdate openssl oras ping ping6 resolvectl rsync scp sendmail sftp sntp "
    "socat ssh ssh-keyscan swaks telnet traceroute wget"
)
# Of these the options whose next word is no host; of the others few have any.
_VALUED = {
    "curl": words_of(
        "-o -H -d -X -u -A -e -b -c -F -T -m -w -E --output --header --data --data-binary "
        "--request --user --user-agent --cookie --form --cacert --cert --key --max-time "
        "--connect-timeout --retry --retry-delay --write-out --output-dir"
    ),
    "wget": words_of("-O -o -a -P -t -T -U -e -i --header --post-data --ca-certificate --user"),
    "ssh": words_of("-i -l -p -o -F -b -c -E -S"),
    "git": words_of("-C -b -c --branch --depth --config"),
}
_VALUED |= dict.fromkeys(("scp", "sftp"), _VALUED["ssh"])
_VALUED_ELSEWHERE = words_of("-i -p -c -w -f --values --version --namespace")
_SUFFIXES = words_of(  # of files; what ends in one is none of the hosts that a program is given
    "gz tgz xz bz2 zst tar zip sh pem crt cer key json yaml yml toml txt rpm deb whl conf cfg log "
    "py env img iso bin list repo service html xml csv lock tmp sock out"
)
# Where a package manager goes when nothing else is said is outside, whatever its host is called. It
# is named after the program; where a resolver leads it inside, boundary.hosts lists that name.
_SOURCE = "default-source"
# By the programs: where each goes, the words by which it does, and those by which something else is
# said. Programs of one source stand together, and the first of them names it.
_DEFAULTS: dict[str, tuple[str, frozenset[str], tuple[str, ...]]] = {
    name: (host or f"{names.split()[0]}.{_SOURCE}", words_of(verbs), tuple(instead.split()))
    for names, host, verbs, instead in (
        ("pip pip3 pipx uv poetry", "", "install download wheel sync add",
         "--no-index --index-url index-url PIP_INDEX_URL PIP_NO_INDEX UV_INDEX_URL "
         "UV_DEFAULT_INDEX"),
        ("npm npx yarn pnpm", "", "install i ci add exec dlx",
         "--registry npm_config_registry registry="),
        ("gem bundle", "", "install update", "--source --local BUNDLE_MIRROR"),
        ("go", "", "get install mod", "GOPROXY"),
        ("cargo", "", "install add fetch build", "--registry --offline replace-with"),
        ("conda mamba", "", "install create update", "--offline channels"),
        ("snap", "", "install refresh", "--dangerous snap-store-proxy"),
        ("ansible-galaxy", "", "install", "--server --offline"),
        ("add-apt-repository apt-add-repository", "", "", ""),
        ("ssh-import-id", "launchpad.net", "", ""),
        ("ssh-import-id-gh", "github.com", "", ""),
    )
    for name in names.split()
}  # fmt: skip
_LOCAL_PACKAGE = re.compile(r"(?:\.{0,2}/|file:).*")
_PULLERS = words_of("docker podman nerdctl crictl ctr buildah skopeo")
_PULLS = words_of("pull run create from copy")
# Most lines have none of these words, and need no second look.
_PROGRAM = re.compile(rf"\b(?:{'|'.join(sorted({*_CALLERS, *_DEFAULTS, 'python'}))})")
_PULLING = re.compile(rf"\b(?:{'|'.join(sorted(_PULLERS))}|sandbox_image|pod-infra)")


def hosts_in(text: str, within: bool = True) -> Iterator[Named]:
    """The hosts that a text names, in lower case, without port; `$` where a variable stands.

    within: whether to look into what is written in base64, too.
    """
    known = variables(text)
    for number, line in code_lines(text):
        for host in dict.fromkeys(_in_line(line, text, known)):
            yield Named(number, host)
        if within:
            for hidden in _decoded(line):
                yield from (Named(number, host) for _, host in hosts_in(hidden, within=False))


def _in_line(line: str, text: str, known: Mapping[str, str]) -> Iterator[str]:
    if "://" in line:
        # A URL that is the value of a proxy's variable is judged by itself.
        proxies = {m.start(2) for m in PROXY.finditer(line)} if "proxy" in line.lower() else set()
        for match in URL.finditer(line):
            if match[1].lower() not in _NO_HOSTS and match.start() not in proxies:
                yield from _host_of(filled(match[2], known))
    if "/dev/" in line:
        yield from (filled(m[1], known).lower() for m in _DEVICE.finditer(line))
    if "." in line or "::" in line:
        yield from _addresses(line)
        if "@" in line and "://" not in line:
            yield from (match[1].lower() for match in _REMOTE.finditer(line))
        if servers := _SERVERS.match(line):
            yield from _plain(servers[1])
        if peer := _PEER.match(line):
            yield from _plain(peer[1])
        if listed := _LISTED.match(line):
            yield from (host for word in listed[1].split() for host in _plain(word))
    for words in commands(line) if _PROGRAM.search(line) else ():
        if words[0] in _CALLERS:
            yield from _called([filled(word, known) for word in words])
        else:
            yield from _defaults(words, text)


def _host_of(authority: str) -> Iterator[str]:
    """The host of what stands between // and the path."""
    host = _TEMPLATE.sub("$filled", authority.rpartition("@")[2])
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
        yield host if "$" in host else _dotted(host.lower())


def _dotted(host: str) -> str:
    """An IPv4 address that is written as numbers of any base, as programs read it: 0xcb007109."""
    if not _NUMBERS.fullmatch(host):
        return host
    try:
        return inet_ntoa(inet_aton(host))
    except OSError:
        return host


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
    called = any(words[0] in _CALLERS for words in commands(line) if words)
    return block is not None and block.num_addresses > 1 and not called


def _plain(word: str) -> Iterator[str]:
    """A host that is written without a scheme, if it is one."""
    name = word.strip("\"',").partition("#")[0]
    if _NAME.fullmatch(name):
        yield name.lower()


def _called(words: list[str]) -> Iterator[str]:
    """The hosts among the words that a program of the network is called with."""
    valued = _VALUED.get(words[0], _VALUED_ELSEWHERE)
    skipped = False
    for word in words[1:]:
        skip, skipped = skipped, word in valued
        if skip or word.startswith("-") or "://" in word or "=" in word:
            continue
        name = word.rpartition("@")[2].partition("/")[0]
        name = re.sub(r"^(?:tcp|udp|openssl)\d?:", "", name, flags=re.IGNORECASE).partition(":")[0]
        if _NAME.fullmatch(name) and name.rpartition(".")[2].lower() not in _SUFFIXES:
            yield name.lower()


def _defaults(words: list[str], text: str) -> Iterator[str]:
    """The host that a package manager asks by itself."""
    if words[0].startswith("python") and words[1:3] == ["-m", "pip"]:
        words = words[2:]
    known = _DEFAULTS.get(re.sub(r"^pip3\.\d+$", "pip", words[0]))
    if known is None:
        return
    host, verbs, instead = known
    if verbs and not verbs.intersection(words[1:3]):
        return
    if "-i" in words or any(said in text for said in instead):
        return
    given = [word for word in words[1:] if not word.startswith("-") and word not in verbs]
    if given and all(_LOCAL_PACKAGE.fullmatch(word) for word in given) and "-r" not in words:
        return
    yield host


def _decoded(line: str) -> Iterator[str]:
    """Texts that a line holds in base64, such as a script that is piped into a shell."""
    for match in _ENCODED.finditer(line):
        try:
            hidden = base64.b64decode(match[0], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        if hidden.isprintable() or "\n" in hidden:
            yield hidden


def images_in(text: str) -> Iterator[Named]:
    """The images that a text pulls or runs, as it writes them."""
    for number, line in code_lines(text) if _PULLING.search(text) else ():
        if match := _SANDBOX.search(line):
            yield Named(number, match[1])
        for words in commands(line):
            yield from (Named(number, image) for image in _pulled(words))


_SANDBOX = re.compile(  # of containerd's and the kubelet's configuration
    r"""(?:sandbox_image|pod-infra-container-image)["']?\s*[=: ]\s*["']?([^\s"',]+)"""
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
