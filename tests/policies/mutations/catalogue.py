"""Every mutation, by the channel that it opens."""

from dataclasses import dataclass

from tests.policies.mutations import (
    apis,
    builds,
    clusters,
    completeness,
    connections,
    data_services,
    deliveries,
    endpoints,
    file_systems,
    filters,
    fronts,
    functions,
    gateways,
    ipv6,
    jobs,
    keepers,
    kubernetes,
    machines,
    names,
    own_clusters,
    pipelines,
    routes,
    schedules,
    stores,
    strangers,
    streams,
    studios,
    tasks,
    told,
    transit,
    trusts,
    warehouses,
    workloads,
)
from tests.policies.mutations.mutation import Mutation


@dataclass(frozen=True)
class Entry:
    """A mutation under its channel."""

    channel: str
    mutation: Mutation

    @property
    def id(self) -> str:
        return f"{self.channel}: {self.mutation.name}"


CHANNELS: dict[str, tuple[Mutation, ...]] = {
    "Gateways and public addresses": gateways.MUTATIONS,
    "Routes": routes.MUTATIONS,
    "IPv6": ipv6.MUTATIONS,
    "Connections": connections.MUTATIONS,
    "Transit gateways": transit.MUTATIONS,
    "Filters": filters.MUTATIONS,
    "Machines": machines.MUTATIONS,
    "EKS": clusters.MUTATIONS,
    "Names": names.MUTATIONS,
    "Endpoints": endpoints.MUTATIONS,
    "Completeness": completeness.MUTATIONS,
    "Own control planes": own_clusters.MUTATIONS,
    "Stores": stores.MUTATIONS,
    "Trusts": trusts.MUTATIONS,
    "Deliveries": deliveries.MUTATIONS,
    "Fronts": fronts.MUTATIONS,
    "Data services": data_services.MUTATIONS,
    "Warehouses": warehouses.MUTATIONS,
    "Keepers": keepers.MUTATIONS,
    "Functions and tables": functions.MUTATIONS,
    "Tasks": tasks.MUTATIONS,
    "Jobs": jobs.MUTATIONS,
    "APIs": apis.MUTATIONS,
    "Builds": builds.MUTATIONS,
    "File systems": file_systems.MUTATIONS,
    "Streams and state machines": streams.MUTATIONS,
    "Pipelines": pipelines.MUTATIONS,
    "Notebooks and models": studios.MUTATIONS,
    "Schedules and pipes": schedules.MUTATIONS,
    "User data": told.MUTATIONS,
    "Kubernetes": kubernetes.MUTATIONS,
    "Pods": workloads.MUTATIONS,
    "Strangers": strangers.MUTATIONS,
}
ENTRIES = tuple(Entry(channel, m) for channel, listed in CHANNELS.items() for m in listed)
