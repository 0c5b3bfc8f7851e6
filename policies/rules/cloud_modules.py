"""Hosts that modules of cloud-init go to by settings that are none by their form.

By a name alone, by a short way to write one, or because nothing else is said.
(cloud-init 25.2, module reference and cloudinit/config/cc_*.py; read 2026-11-29.)
"""

from collections.abc import Iterator
from typing import Any, Final

from rules.called_hosts import NAME
from rules.unknowns import at, each, is_set

# What goes to somebody wherever it is asked for, unless one of the others is said beside it.
_DEFAULTS: Final = (
    ("ubuntu_pro", "token", (), "contracts.canonical.com"),
    ("ubuntu_advantage", "token", (), "contracts.canonical.com"),
    ("rh_subscription", "username", ("server-hostname",), "subscription.rhsm.redhat.com"),
    ("rh_subscription", "activation-key", ("server-hostname",), "subscription.rhsm.redhat.com"),
    ("landscape", "client", ("client.url",), "landscape.canonical.com"),
    ("apk_repos", "alpine_repo", ("alpine_repo.base_url",), "alpine.global.ssl.fastly.net"),
)
# By a setting's value, where no other is given beside it.
_VALUES: Final = (
    ("chef", "install_type", "omnibus", "omnibus_url", "www.chef.io"),
    ("puppet", "install_type", "aio", "aio_install_url", "raw.githubusercontent.com"),
    ("ansible", "install_method", "pip", "", "pip.default-source"),
)
_NAMED: Final = ("master", "server", "server-hostname", "keyserver", "plugin.stomp.host")
_KEY_SERVER: Final = "keyserver.ubuntu.com"


def hosts_of_modules(config: Any) -> Iterator[tuple[str, str]]:
    """Where in a cloud-config, and the host."""
    for key in ("servers", "pools", "peers"):
        yield from _listed(f"ntp.{key}", at(config, "ntp", key))
    for key in ("nameservers", "searchdomains", "domain"):
        yield from _listed(f"resolv_conf.{key}", at(config, "resolv_conf", key))
    yield from _of_time(config)
    for module, key, instead, host in _DEFAULTS:
        said = any(is_set(at(config, module, *path.split("."))) for path in instead)
        if at(config, module, key) is not None and not said:
            yield f"{module}.{key}", host
    for module, key, value, other, host in _VALUES:
        if at(config, module, key) == value and not (other and at(config, module, other)):
            yield f"{module}.{key}", host
    seeded = [str(word) for _, word in each(at(config, "random_seed", "command"))]
    if seeded[:1] == ["pollinate"] and not any("-s" in word for word in seeded[1:]):
        yield "random_seed.command", "entropy.ubuntu.com"
    yield from _of_keys(at(config, "apt", "sources"))
    remotes = at(config, "rsyslog", "remotes")
    for name, remote in remotes.items() if isinstance(remotes, dict) else ():
        yield from _alone(f"rsyslog.remotes.{name}", str(remote).rpartition("@")[2])
    for index, mount in each(at(config, "mounts")):
        source = str(mount[0]) if isinstance(mount, list) and mount else ""
        if ":/" in source or source.startswith("//"):
            yield from _alone(f"mounts{index}", source.removeprefix("//").partition("/")[0])


def hosts_of_setting(key: str, value: str) -> Iterator[str]:
    """The hosts of one setting, wherever it stands."""
    if key == "ssh_import_id":
        yield "github.com" if value.startswith("gh:") else "launchpad.net"
    elif key == "source" and value.startswith("ppa:"):
        yield "launchpad.net"
    elif key in _NAMED and NAME.fullmatch(value):
        yield value.lower()


def _of_time(config: Any) -> Iterator[tuple[str, str]]:
    """Where nobody says whom to ask for the time, the distribution's own pool is asked."""
    asked = isinstance(config, dict) and "ntp" in config
    off = at(config, "ntp", "enabled") is False
    said = any(is_set(at(config, "ntp", key)) for key in ("servers", "pools", "config"))
    if asked and not off and not said:
        yield "ntp", "pool.ntp.org"


def _of_keys(sources: Any) -> Iterator[tuple[str, str]]:
    """Keys of package sources that are given by their ids alone."""
    for name, source in sources.items() if isinstance(sources, dict) else ():
        by_id = is_set(at(source, "keyid"))
        if by_id and not (is_set(at(source, "key")) or is_set(at(source, "keyserver"))):
            yield f"apt.sources.{name}.keyid", _KEY_SERVER


def _listed(where: str, value: Any) -> Iterator[tuple[str, str]]:
    yield from ((where, item.lower()) for _, item in each(value) if isinstance(item, str))


def _alone(where: str, word: str) -> Iterator[tuple[str, str]]:
    name = word.strip().partition(":")[0]
    if NAME.fullmatch(name):
        yield where, name.lower()
