"""What only AWS knows of a region: account, zones, images, endpoint services, add-on versions."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from automation.aws_calls import Account, asking
from plan.cluster import MACHINE_IMAGE
from plan.errors import Faults
from plan.fact_files import load_facts
from plan.features import is_gateway_service
from plan.images import has_image, image_key
from plan.instance_types import ARCHITECTURES, instance_type
from spec.cluster import ClusterSpec
from spec.errors import SpecError
from spec.lock import EndpointService, OfferedInstanceType
from spec.node_pools import OptimizedImage

ADD_ONS = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns", "aws-ebs-csi-driver")
# Public parameters: docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html and
# retrieve-ami-id-bottlerocket.html; docs.aws.amazon.com/linux/al2023/ug/ec2.html. Read 2026-11-22.
_IMAGE_PARAMETERS = {
    "al2023": "/aws/service/eks/optimized-ami/{version}/amazon-linux-2023/{architecture}"
    "/{al2023}/recommended/image_id",
    "bottlerocket": "/aws/service/bottlerocket/aws-k8s-{version}{bottlerocket}/{architecture}"
    "/latest/image_id",
}
_MACHINE_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
_PARAMETERS_PER_CALL = 10


class Aws:
    """Clients of one region, and the lookups that a lock file needs.

    Faults of the stack file, such as a zone that does not exist, go to `faults`.
    """

    def __init__(
        self, account: Account, region: str, faults: Faults, progress: Callable[[str], None]
    ) -> None:
        self._account, self.region, self.faults, self._progress = account, region, faults, progress

    def hear(self, noun: str) -> None:
        """Say what is asked for next."""
        self._progress(noun)

    def client(self, service: str) -> Any:
        return self._account.client(service, self.region)

    def paged(self, service: str, action: str, key: str, **arguments: Any) -> list[Any]:
        """All items of a paged answer. action: in snake case, "describe_subnets"."""
        return self._account.paged(service, self.region, action, key, **arguments)

    def account(self) -> tuple[str, str]:
        """Account id and partition of the credentials in use."""
        self._progress("account")
        with asking("sts:GetCallerIdentity"):
            answer = self.client("sts").get_caller_identity()
        return answer["Account"], answer["Arn"].split(":")[1]

    def zone_ids(self, zones: Iterable[str]) -> dict[str, str]:
        """Zone name to zone id, in the order asked for."""
        self._progress("Availability Zones")
        with asking("ec2:DescribeAvailabilityZones"):
            answer = self.client("ec2").describe_availability_zones()
        known = {z["ZoneName"]: z["ZoneId"] for z in answer["AvailabilityZones"]
                 if z.get("ZoneType", "availability-zone") == "availability-zone"}  # fmt: skip
        found = {}
        for zone in zones:
            if zone in known:
                found[zone] = known[zone]
            else:
                message = f"{zone} is not open to this account; it has {', '.join(sorted(known))}"
                self.faults.add("availabilityZones", message, zone)
        return found

    def images(
        self, spec: ClusterSpec, version: str, offered: Mapping[str, OfferedInstanceType]
    ) -> dict[str, str]:
        """Image ids by the lock file's keys; a fault for one that a pool needs and AWS lacks."""
        self._progress("machine images")
        needed = self._needed_images(spec, version, offered)
        keys = [f"{family}/{version}/{architecture}" for family in _IMAGE_PARAMETERS
                for architecture in ARCHITECTURES]  # fmt: skip
        keys += [key for _, key in needed if key != MACHINE_IMAGE]
        parameters = {key: _parameter(key) for key in keys} | {MACHINE_IMAGE: _MACHINE_PARAMETER}
        values = self._parameters(list(parameters.values()))
        found = {key: values[name] for key, name in parameters.items() if name in values}
        for path, key in needed:
            if key not in found:
                self.faults.add(
                    path, f"AWS has no image {key} in {self.region}; its public parameter "
                    f"{parameters[key]} is not there"
                )  # fmt: skip
        return found

    def _needed_images(
        self, spec: ClusterSpec, version: str, offered: Mapping[str, OfferedInstanceType]
    ) -> list[tuple[str, str]]:
        needed = [("access.operator", MACHINE_IMAGE)]
        for name, pool in spec.node_pools.items():
            path = f"nodePools.{name}"
            if not isinstance(pool.image, OptimizedImage):
                continue
            try:
                limits = instance_type(pool.instance_type, offered, path=f"{path}.instanceType")
            except SpecError:
                continue  # told of where offers are looked up
            if has_image(pool.image.family, limits):  # else the plan says what to write
                needed.append((f"{path}.image", image_key(pool.image.family, version, limits)))
        return needed

    def _parameters(self, names: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for start in range(0, len(names), _PARAMETERS_PER_CALL):
            with asking("ssm:GetParameters"):
                answer = self.client("ssm").get_parameters(
                    Names=names[start : start + _PARAMETERS_PER_CALL]
                )
            found |= {p["Name"]: p["Value"] for p in answer["Parameters"]}
        return found

    def endpoint_services(self, spec: ClusterSpec) -> dict[str, EndpointService]:
        """Services by suffix: those of every feature, and those that the stack file adds.

        Names are matched by their end, since partitions and older services begin differently.
        """
        self._progress("endpoint services")
        details = self.paged("ec2", "describe_vpc_endpoint_services", "ServiceDetails")
        features = load_facts("features.yaml")["features"]
        of_features = {service for feature in features.values() for service in feature["calls"]}
        found = {}
        for service in sorted(of_features | set(spec.network.endpoints.additional)):
            match = _service(details, f".{self.region}.{service}", is_gateway_service(service))
            if match is not None:
                found[service] = self._with_prefix_list(match)
            elif service in spec.network.endpoints.additional:
                close = difflib.get_close_matches(service, _suffixes(details, self.region))
                hint = f"; did you mean {' or '.join(close)}?" if close else ""
                self.faults.add(f"network.endpoints.additional.{service}",
                                f"no endpoint service of {self.region} ends so{hint}")  # fmt: skip
        return found

    def _with_prefix_list(self, service: EndpointService) -> EndpointService:
        """A gateway's addresses: rules name them where the endpoint itself is supplied."""
        if service.type != "Gateway":
            return service
        lists = self.paged("ec2", "describe_managed_prefix_lists", "PrefixLists",
                           Filters=[{"Name": "prefix-list-name",
                                     "Values": [service.service_name]}])  # fmt: skip
        if not lists:
            return service
        return service.model_copy(update={"prefix_list_id": lists[0]["PrefixListId"]})

    def add_ons(self, version: str) -> dict[str, str]:
        """The default version of each add-on for the Kubernetes version."""
        self._progress("add-on versions")
        found = {}
        for name in ADD_ONS:
            addons = self.paged("eks", "describe_addon_versions", "addons",
                                kubernetesVersion=version, addonName=name)  # fmt: skip
            defaults = [
                row["addonVersion"]
                for addon in addons
                for row in addon["addonVersions"]
                for fit in row["compatibilities"]
                if fit.get("defaultVersion") and fit["clusterVersion"] == version
            ]
            if defaults:
                found[name] = defaults[0]
        return found


def _parameter(key: str) -> str:
    """The public parameter of an image, by its key in the lock file."""
    family, version, architecture, *variant = key.split("/")
    return _IMAGE_PARAMETERS[family].format(
        version=version, architecture=architecture,
        al2023=variant[0] if variant else "standard", bottlerocket="-".join(["", *variant]),
    )  # fmt: skip


def _service(details: list[Any], end: str, gateway: bool) -> EndpointService | None:
    """The service whose name ends so, of the kind that is wanted; the shortest name where several
    do, which is the one without a prefix of its own."""
    kind = "Gateway" if gateway else "Interface"
    matches = [
        d
        for d in details
        if d["ServiceName"].endswith(end) and kind in [t["ServiceType"] for t in d["ServiceType"]]
    ]
    if not matches:
        return None
    chosen = min(matches, key=lambda d: (len(d["ServiceName"]), d["ServiceName"]))
    return EndpointService.model_validate(
        {
            "serviceName": chosen["ServiceName"],
            "type": kind,
            "policySupported": chosen["VpcEndpointPolicySupported"],
            "availabilityZones": sorted(chosen["AvailabilityZones"]),
        }
    )


def _suffixes(details: list[Any], region: str) -> list[str]:
    return [
        d["ServiceName"].split(f".{region}.", 1)[1]
        for d in details
        if f".{region}." in d["ServiceName"]
    ]
