"""The Python language host, for engines that come without one."""

from local.language_host.install import ensure_language_host

__all__ = ["ensure_language_host"]
