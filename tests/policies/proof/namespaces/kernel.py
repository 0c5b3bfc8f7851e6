"""Namespaces of the kernel, without names: they are gone with the last process that holds them."""

import ctypes
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.policies.proof.namespaces.layout import Layout

NEW_NETWORK = 0x40000000
SECONDS = 120
SETTINGS: Mapping[str, str] = {
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    "net/ipv4/conf/all/accept_local": "1",  # where every address is at home, every source is too
    "net/ipv4/conf/all/send_redirects": "0",
    "net/ipv4/conf/default/send_redirects": "0",
    "net/ipv6/conf/all/accept_dad": "0",  # an address is used at once
    "net/ipv6/conf/default/accept_dad": "0",
    "net/ipv6/conf/default/accept_ra": "0",
}
FORWARDING = ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding")
_libc = ctypes.CDLL(None, use_errno=True)


class Spaces:
    """The namespaces of a layout, wired and told; sockets are opened `within` them."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self._held: dict[str, int] = {}
        for name, space in layout.spaces.items():
            self._held[name] = self._made()
            with self.within(name):
                for setting, value in SETTINGS.items():
                    Path("/proc/sys", setting).write_text(value)
                for setting in FORWARDING:
                    Path("/proc/sys", setting).write_text(str(int(space.forwards)))
        self._wire()
        for name, space in layout.spaces.items():
            with self.within(name):
                # without any address of its own a namespace refuses every next hop
                _told(["ip", "-batch", "-"], "\n".join(["link set dev lo up", *space.ip]))
                _told(["ip", "-6", "-batch", "-"], "\n".join(space.six))
                if space.nft:
                    _told(["nft", "-f", "-"], space.nft)

    @contextmanager
    def within(self, name: str) -> Iterator[None]:
        self._enter(self._held[name])
        try:
            yield
        finally:
            self._enter(self._home)

    def close(self) -> None:
        for held in (*self._held.values(), self._home):
            os.close(held)

    def _made(self) -> int:
        if _libc.unshare(NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), "no new network namespace")
        try:
            return os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        finally:
            self._enter(self._home)

    def _enter(self, held: int) -> None:
        if _libc.setns(held, NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), "no way into a network namespace")

    def _wire(self) -> None:
        """All links from one place: a link may be made with each of its ends somewhere else."""
        at = f"/proc/{os.getpid()}/fd"
        lines = [
            f"link add name {device} netns {at}/{self._held[one]} type veth "
            f"peer name {far} netns {at}/{self._held[other]}"
            for one, device, other, far in self.layout.links
        ]
        _told(["ip", "-batch", "-"], "\n".join(lines))


def _told(command: list[str], text: str) -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}\n{text}")
