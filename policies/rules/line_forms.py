"""Hosts that stand on lines of settings in a form of their own, without a scheme or a program.

A setting may also be written by a command: what `echo` or `printf` is given is read as the lines
that it writes. (resolv.conf(5), chrony.conf(5), timesyncd.conf(5), ssh_config(5), fstab(5), nfs(5),
rsyslog's omfwd and selectors, dnsmasq(8), WireGuard, OpenVPN, ipsec.conf(5), swanctl.conf(5); read
2026-11-29.)
"""

import re
from collections.abc import Iterator
from typing import Final

from rules.called_hosts import NAME, NUMBERS, SUFFIXES

_NAME = r"(?:[a-z0-9_-]+\.)+[a-z]{2,}"
# A word, and behind it the hosts; of resolv.conf also the domains that complete short names.
_WORDS: Final = re.compile(
    r"\s*(?:nameserver|server|pool|peer|remote|HostName|ProxyJump)\s+([^\s;={]+)"
)
_DOMAINS: Final = re.compile(rf"\s*(?:search|domain)\s+({_NAME}(?:\s+{_NAME})*)\s*$", re.IGNORECASE)
_LISTED: Final = re.compile(
    r"\s*(?:(?:Fallback)?(?:NTP|DNS)|location|right|remote_addrs)\s*=\s*(.+)"
)
_SEARCHED: Final = re.compile(r"\s*unqualified-search-registries\s*=\s*\[(.*)\]")  # registries.conf
_PEER: Final = re.compile(r"\s*Endpoint\s*=\s*\[?([^\s\]:]+)\]?:\d+\s*$")  # of WireGuard
_BACKEND: Final = re.compile(rf"\s*server\s+[\w-]+\s+({_NAME}|\d+(?:\.\d+){{3}}):\d+")  # of HAProxy
_PROXIED: Final = re.compile(rf"-D(?:https?|socks)[.\w]*[pP]roxyHost=({_NAME})")  # of Java
_OPTIONS: Final = re.compile(
    rf"""\b(?:fetch|request|require)\(.*\bhost(?:name)?["']?\s*:\s*["']({_NAME})["']"""
)
_DNSMASQ: Final = re.compile(r"\s*(?:server|address)=/[^\s/]*/([^\s#@]+)")
# To whom rsyslog sends: a selector and behind it one @ or two, or an action with its target.
_LOGGED: Final = re.compile(rf"""\s*[\w*,;!=]+\.[\w*,;!=.]+\s+-?@@?(?:\([^)]*\))?\[?({_NAME})""")
_OMFWD: Final = re.compile(rf"""\bomfwd\b.*?\btarget\s*=\s*["']?({_NAME})""", re.IGNORECASE)
_UPLOAD: Final = re.compile(rf"""\bProxyCommand[=\s]+["']?[^"']*?\s({_NAME})(?=[\s:"']|$)""")
# Where file systems are mounted from: of NFS and its like, of SMB.
_MOUNTED: Final = re.compile(rf"(?<![\w./-])({_NAME}):/(?!/)")
_MOUNTING: Final = re.compile(
    r"(?<!-)\b(?:nfs4?|ceph|glusterfs|lustre|mount|What)\b", re.IGNORECASE
)
_SHARED: Final = re.compile(
    rf"""(?<![\w:\\])\\\\({_NAME})\\|(?<![\w:/])//({_NAME})/\S*\s.*\bcifs\b"""
)
_CUSTOMIZED: Final = re.compile(rf"(?:\s-k|--kustomize|kustomize build)[ =]({_NAME})/")
_LOGIN: Final = re.compile(
    r"\b(?:buildah|crane|docker|helm registry|nerdctl|oras|podman|skopeo)\s+login\b"
    rf"[^|;&]*?\s({_NAME})(?=[\s/]|$)"
)
# A pair of host and port, as programs open sockets.
_PAIR: Final = re.compile(rf"""\(\(?["']({_NAME})["']\s*,\s*\d{{1,5}}\s*\)""", re.IGNORECASE)
_W32TIME: Final = re.compile(r"""/manualpeerlist:["']?([^"'\s]+)""", re.IGNORECASE)
_WRITTEN: Final = re.compile(
    r"""(?:\b(?:echo|printf)\s+(?:-\w+\s+)*|<<<\s*)(?:"([^"]*)"|'([^']*)'|([^\s>|;&"']+))([^>|;&]*)"""
)
_REPLACED: Final = re.compile(r"\bs([/|#,])(?:\\.|(?!\1).)*\1((?:\\.|(?!\1).)*)\1")  # of sed
_RESOLVED: Final = re.compile(rf"""\bGetHost\w+\(\s*["']({_NAME})["']""")  # of .NET
_PROXY_SERVER: Final = re.compile(
    rf"""\bProxyServer["']?\s.*-Value\s+["']?({_NAME})""", re.IGNORECASE
)
_ONE: Final = (_WORDS, _PEER, _DNSMASQ, _LOGGED, _BACKEND)
_MANY: Final = (_DOMAINS, _LISTED, _SEARCHED)
_ANYWHERE: Final = (
    _OMFWD,
    _UPLOAD,
    _CUSTOMIZED,
    _LOGIN,
    _OPTIONS,
    _PAIR,
    _PROXIED,
    _W32TIME,
    _SHARED,
    _PROXY_SERVER,
    _RESOLVED,
)


def in_forms(line: str) -> Iterator[str]:
    """The hosts of a line that has one of these forms, or writes one that has."""
    yield from _begun(line)
    for written in _written(line):
        yield from (host for each in written.split("\\n") for host in _begun(each))
    for form in _ANYWHERE:
        for match in form.finditer(line):
            named = next(group for group in match.groups() if group)
            yield from (host for word in named.split(",") for host in _plain(word))
    if ":/" in line and _MOUNTING.search(line):
        yield from (host for match in _MOUNTED.finditer(line) for host in _plain(match[1]))


def _written(line: str) -> Iterator[str]:
    """What a line has a command write: `echo`, `printf` with its words, a here string, `sed`."""
    if "echo" in line or "printf" in line or "<<<" in line:
        for match in _WRITTEN.finditer(line):
            text = match[1] or match[2] or match[3] or ""
            for word in match[4].split():
                text = text.replace("%s", word.strip("\"'"), 1)
            yield text
            if "xargs" in line:  # each word is one for the program behind it
                yield from (f"server {word}" for word in text.split())
    if "sed" in line:
        yield from (match[2] for match in _REPLACED.finditer(line))


def _begun(line: str) -> Iterator[str]:
    """The hosts of a line that begins as a setting does."""
    for form in _ONE:
        if match := form.match(line):
            yield from _plain(match[1])
    for form in _MANY:
        if match := form.match(line):
            words = re.split(r"[\s,]+", match[1])
            yield from (host for word in words for host in _plain(word))


def _plain(word: str) -> Iterator[str]:
    """A host that is written without a scheme, if it is one."""
    name = re.sub(r":\d+$", "", word.strip("\"',").partition("#")[0].rpartition("@")[2])
    named = NAME.fullmatch(name) and name.rpartition(".")[2].lower() not in SUFFIXES
    if named or (NUMBERS.fullmatch(name) and name.count(".") == 3):
        yield name.lower()
