"""One booted cluster for all tests of the folder."""

from collections.abc import Iterator

import pytest

from local.carry_in.images import carried_images
from local.carry_in.programs import programs
from local.cluster import Mirror
from local.cluster.boot_steps import agent_status, steps_of, timeline
from local.machines import World
from machines.role_bundles import (
    CONTROLLER_PROGRAMS,
    ECR_PROGRAMS,
    ETCD_PROGRAMS,
    NODE_PROGRAMS,
)
from tests.embedded_aws import serving_aws
from tests.local.cluster import stand_in
from tests.local.cluster.booted import Booted

CONTROLLERS, WORKERS = 2, 2
NAMES = (*ETCD_PROGRAMS, *NODE_PROGRAMS, *CONTROLLER_PROGRAMS, *ECR_PROGRAMS)


@pytest.fixture(scope="package")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    """Three members, two controllers behind one endpoint, two workers: each booted by its own user
    data, and all at once, as a stack makes them."""
    folder = tmp_path_factory.mktemp("cluster")
    carried, built = carried_images(print), programs(print)
    images = carried.references(stand_in.REGISTRY)
    images["kms-plugin"] = f"{stand_in.REGISTRY}/heiiki/kms-plugin@sha256:{0:064x}"  # not asked for
    wanted = {name: built[name].path for name in NAMES}
    with serving_aws() as url:
        made = stand_in.StandIn(url, wanted, images)
        made.network()
        made.store()
        made.endpoint()
        world = World(folder / "world")
        with Mirror(world, url, stand_in.REGION, made.vpc_id, print, carried) as mirror:
            cluster = Booted(made, mirror)
            for name in stand_in.ETCD.members:  # at once: none waits for another
                made.member(name)
            made.controllers(CONTROLLERS)
            made.workers(WORKERS)
            cluster.operator = made.operator()
            for name in stand_in.ETCD.members:
                cluster.wait_in_service(f"etcd-{name}")
            cluster.wait_in_service("controller", count=CONTROLLERS)
            cluster.wait_in_service("worker", count=WORKERS)
            print(told(cluster))
            yield cluster


def told(cluster: Booted) -> str:
    """The timeline of all boots so far."""
    return timeline(
        step
        for role in cluster.roles
        for one in cluster.machines(role)
        for step in steps_of(role, agent_status(one))
    )
