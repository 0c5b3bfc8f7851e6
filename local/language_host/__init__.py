"""The Python language host, for engines that come without one."""
