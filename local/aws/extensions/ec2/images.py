"""Machine images of EKS nodes, with the SSM parameters that name them: well formed, not real.

Image ids are the same in every process, by region and name, so that a lock file made here stays
valid. Names follow docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html and
retrieve-ami-id-bottlerocket.html, read 2026-11-22; release versions are plausible, not looked up.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from moto.ec2.models.amis import Ami, AmiBackend
from moto.ec2.models.managed_prefixes import ManagedPrefixListBackend
from moto.ssm.models import Parameter, ParameterDict

from local.aws.extensions.eks.kept import facts as eks_facts
from local.aws.extensions.registry import patch

RELEASED = datetime(2026, 11, 12)
AL2023_RELEASE = "20261112"
BOTTLEROCKET_RELEASE = "1.56.0-5f5ae5b1"
EKS_OWNER, BOTTLEROCKET_OWNER, LINUX_OWNER = "602401143452", "092701018921", "137112412989"
AL2023_VARIANTS = {
    "x86_64": ("standard", "nvidia", "neuron"),
    "arm64": ("standard", "nvidia"),
}
BOTTLEROCKET_VARIANTS = ("", "-nvidia", "-fips")


class Image(NamedTuple):
    name: str
    owner_id: str
    architecture: str
    parameters: tuple[tuple[str, str], ...]  # (name, value); an empty value is the image id

    def id(self, region: str) -> str:
        return "ami-" + hashlib.sha256(f"{region}/{self.name}".encode()).hexdigest()[:17]


def _al2023(version: str, patch: str) -> Iterator[Image]:
    for architecture, variants in AL2023_VARIANTS.items():
        for variant in variants:
            name = f"amazon-eks-node-al2023-{architecture}-{variant}-{version}-v{AL2023_RELEASE}"
            path = f"/aws/service/eks/optimized-ami/{version}/amazon-linux-2023"
            prefix = f"{path}/{architecture}/{variant}/recommended"
            parameters = (
                (f"{prefix}/image_id", ""),
                (f"{prefix}/image_name", name),
                (f"{prefix}/release_version", f"{patch}-{AL2023_RELEASE}"),
            )
            yield Image(name, EKS_OWNER, architecture, parameters)


def _bottlerocket(version: str) -> Iterator[Image]:
    for architecture in AL2023_VARIANTS:
        for variant in BOTTLEROCKET_VARIANTS:
            flavour = f"aws-k8s-{version}{variant}"
            name = f"bottlerocket-{flavour}-{architecture}-v{BOTTLEROCKET_RELEASE}"
            prefix = f"/aws/service/bottlerocket/{flavour}/{architecture}"
            number = BOTTLEROCKET_RELEASE.split("-")[0]
            parameters = (
                (f"{prefix}/latest/image_id", ""),
                (f"{prefix}/latest/image_version", BOTTLEROCKET_RELEASE),
                (f"{prefix}/{number}/image_id", ""),
                (f"{prefix}/{number}/image_version", BOTTLEROCKET_RELEASE),
            )
            yield Image(name, BOTTLEROCKET_OWNER, architecture, parameters)


def _linux() -> Iterator[Image]:
    for architecture in AL2023_VARIANTS:
        for variant in ("ami", "ami-minimal"):
            name = f"al2023-{variant}-2023.9.20261110.0-kernel-6.12-{architecture}"
            path = f"/aws/service/ami-amazon-linux-latest/al2023-{variant}-kernel-default"
            yield Image(name, LINUX_OWNER, architecture, ((f"{path}-{architecture}", ""),))


@cache
def catalogue() -> tuple[Image, ...]:
    eks = [
        image
        for version, row in eks_facts("cluster_versions")["versions"].items()
        for image in (*_al2023(version, row["patch"]), *_bottlerocket(version))
    ]
    return (*eks, *_linux())


def _load_images(backend: AmiBackend) -> None:
    region = backend.region_name  # type: ignore[attr-defined]
    for image in catalogue():
        image_id = image.id(region)
        backend.amis[image_id] = Ami(
            backend,
            image_id,
            name=image.name,
            description=f"Image {image.name} of the embedded AWS",
            owner_id=image.owner_id,
            owner_alias="amazon",
            public=True,
            virtualization_type="hvm",
            architecture=image.architecture,
            creation_date=RELEASED,
            image_location=f"amazon/{image.name}",
            hypervisor="xen",
            root_device_type="ebs",
            root_device_name="/dev/xvda",
            region_name=f"{region}a",
            boot_mode="uefi-preferred" if image.architecture == "x86_64" else "uefi",
        )


def _parameters(region: str) -> Iterator[tuple[str, str]]:
    for image in catalogue():
        for name, value in image.parameters:
            yield name, value or image.id(region)


PREFIXES = (
    "/aws/service/eks/optimized-ami",
    "/aws/service/bottlerocket",
    "/aws/service/ami-amazon-linux-latest",
)


def _load_parameters(parameters: ParameterDict) -> None:
    for name, value in _parameters(parameters.region_name):
        made = Parameter(  # type: ignore[abstract]  # moto makes it too
            account_id="",  # public parameters belong to no account in their ARN
            name=name,
            value=value,
            parameter_type="String",
            description=None,
            allowed_pattern=None,
            keyid=None,
            last_modified_date=RELEASED,
            version=1,
            data_type="aws:ec2:image" if value.startswith("ami-") else "text",
        )
        dict.__setitem__(parameters, name, [made])


def _prefix_list_of_aws(create: Callable[..., None]) -> Callable[..., None]:
    """AWS's prefix lists get ids that are the same in every process, as a lock file needs them."""

    def create_with_stable_id(
        backend: ManagedPrefixListBackend, name: str, address_family: str, entries: Any
    ) -> None:
        before = set(backend.managed_prefix_lists)
        create(backend, name, address_family, entries)
        (made,) = set(backend.managed_prefix_lists) - before
        kept = backend.managed_prefix_lists.pop(made)
        kept.id = "pl-" + hashlib.sha256(name.encode()).hexdigest()[:8]
        kept.prefix_list_arn = kept.prefix_list_arn.replace(made, kept.id)
        backend.managed_prefix_lists[kept.id] = kept

    return create_with_stable_id


def install() -> None:
    """Images with each region's EC2, parameters when one of their names is first asked for."""
    patch(AmiBackend, _load_amis=_load_images)
    check = ParameterDict._check_loading_status

    def check_and_load(parameters: ParameterDict, key: str) -> None:
        check(parameters, key)
        asked = str(key or "")
        wanted = any(asked.startswith(p) or p.startswith(asked.rstrip("/")) for p in PREFIXES)
        if asked.startswith("/aws") and wanted and "kept_images" not in parameters.__dict__:
            parameters.__dict__["kept_images"] = True
            check(parameters, PREFIXES[-1])  # moto's own first: what comes last is the answer
            _load_parameters(parameters)

    patch(ParameterDict, _check_loading_status=check_and_load)
    patch(
        ManagedPrefixListBackend,
        _create_aws_managed_prefix_list=_prefix_list_of_aws(
            ManagedPrefixListBackend._create_aws_managed_prefix_list
        ),
    )
