"""One booted cluster for all tests of the folder."""

from collections.abc import Iterator

import pytest

from local.cluster import Mirror
from local.cluster.boot_steps import agent_status, steps_of, timeline
from local.machines import MachineHandle, World
from tests.embedded_aws import serving_aws
from tests.local.cluster import stand_in
from tests.local.cluster.booted import Booted
from tests.tools.kubernetes import KUBERNETES


@pytest.fixture(scope="session")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    """Three members of etcd, each booted by its own user data."""
    folder = tmp_path_factory.mktemp("cluster")
    programs = {"etcd": KUBERNETES.binary("etcd")}
    with serving_aws() as url:
        made = stand_in.StandIn(url, programs)
        made.network()
        made.store()
        world = World(folder / "world")
        with Mirror(
            world, url, stand_in.REGION, made.vpc_id, stand_in.ENDPOINTS, print
        ) as mirror:  # fmt: skip
            cluster = Booted(made, mirror)
            for name in stand_in.ETCD.members:  # at once: none waits for another
                made.member(name)
            for name in stand_in.ETCD.members:
                cluster.wait_in_service(f"etcd-{name}")
            print(told(cluster))
            yield cluster


def told(cluster: Booted) -> str:
    """The timeline of all boots so far."""
    found: list[tuple[str, MachineHandle]] = [
        (role, cluster.machine(role)) for role in cluster.roles
    ]
    return timeline(step for role, one in found for step in steps_of(role, agent_status(one)))
