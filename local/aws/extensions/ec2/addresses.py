"""Which address of a subnet a new interface gets."""

from typing import Any

from moto.ec2.models.subnets import Subnet

from local.aws.extensions.registry import patch

_any_address = Subnet.get_available_subnet_ip


def _fresh_address(self: Any, instance: Any) -> str:
    """Those that were given back come last.

    moto hands them out at once. A machine in the place of another then has the name of its node,
    and Kubernetes removes that node with the machine that is gone. EC2 promises nothing either way.
    """
    given_back, self._unused_ips = self._unused_ips, set()
    try:
        return _any_address(self, instance)
    except StopIteration:
        self._unused_ips, given_back = given_back, set()
        return _any_address(self, instance)
    finally:
        self._unused_ips |= given_back


def install() -> None:
    patch(Subnet, get_available_subnet_ip=_fresh_address)
