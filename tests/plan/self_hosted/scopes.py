"""Clusters that the tests of a control plane of our own start from."""

from typing import Any

from plan.api_endpoints import ApiEndpoints, plan_api_endpoints
from plan.controllers import ControllersPlan, plan_controllers
from plan.errors import Faults
from plan.etcd import EtcdPlan, plan_etcd
from plan.self_hosted.places import Scope
from plan.subnets import plan_subnets
from plan.tags import Tags
from spec.api_endpoints import ApiEndpointSpec
from spec.controllers import ControllersSpec
from spec.errors import parse
from spec.etcd import CreateEtcd
from tests.spec.stack_files import stack

THREE = [f"ap-northeast-1{letter}" for letter in "acd"]
DNS_NAME = "api.k8s.example.com"


def scope_of(zones: str = "acd", changes: dict[str, Any] | None = None, first: str = "") -> Scope:
    """A cluster over these zones; first: those of its first lock file."""
    names = [f"ap-northeast-1{letter}" for letter in zones]
    spec = stack({"availabilityZones": names, **(changes or {})})
    tags = Tags(spec.name, spec.tags)
    return Scope(
        cluster=spec.name,
        region=spec.region,
        profile=spec.profile,
        layout=plan_subnets(spec, tags),
        first_zones=tuple(f"ap-northeast-1{letter}" for letter in first or zones),
        tags=tags,
        offered={},
    )


HIGHLY_AVAILABLE = {"profile": "highlyAvailable"}


class Told:
    """What a plan says beside itself: faults by path, and warnings."""

    def __init__(self) -> None:
        self.faults, self.warnings = Faults(), []  # type: tuple[Faults, list[str]]

    @property
    def refused(self) -> list[str]:
        return [f"{fault.path}: {fault.message}" for fault in self.faults.found]


def etcd(asked: dict[str, Any] | None = None, scope: Scope | None = None) -> tuple[EtcdPlan, Told]:
    told, spec = Told(), parse(CreateEtcd, asked or {}, where="test")
    return plan_etcd(spec, scope or scope_of(), "etcd", told.faults, told.warnings), told


def controllers(
    asked: dict[str, Any] | None = None, scope: Scope | None = None
) -> tuple[ControllersPlan, Told]:
    told, spec = Told(), parse(ControllersSpec, asked or {}, where="test")
    found = plan_controllers(spec, scope or scope_of(), "controllers", told.faults, told.warnings)
    return found, told


def endpoints(
    asked: dict[str, dict[str, Any]] | None = None, scope: Scope | None = None
) -> tuple[ApiEndpoints, Told]:
    told, wanted = Told(), {"main": {}} if asked is None else asked
    specs = {
        name: parse(ApiEndpointSpec, {"dnsName": DNS_NAME, **keys}, where="test")
        for name, keys in wanted.items()
    }
    vpc = stack().network.vpc.cidr
    found = plan_api_endpoints(specs, scope or scope_of(), (vpc,), "api", told.faults)
    return found, told
