"""What must be true of machine images and key pairs that the stack file names."""

from plan.brownfield.uses import Use, image_uses, key_pair_uses
from plan.errors import Faults, PlanError
from plan.instance_types import instance_type
from plan.machines import machines_for_people
from plan.self_hosted.needs import machine_images
from spec.cluster import ClusterSpec
from spec.lock import Lock
from spec.supplied_identities import SuppliedImage

RUN_LOCK = "was not read; run heiiki lock"


def check_supplied_machines(
    spec: ClusterSpec, lock: Lock, faults: Faults, warnings: list[str]
) -> None:
    """Compare images with the machines that boot from them; key pairs must be there."""
    for use in image_uses(spec):
        found = lock.supplied.images.get(use.named)
        if found is None:
            faults.add(use.path, RUN_LOCK, use.named)
            continue
        _check_image(use, found, spec, lock, faults)
        if found.owner_id != lock.account_id and found.owner_alias != "amazon":
            warnings.append(
                f"{use.path}: {use.named} is an image of account {found.owner_id}, whose programs "
                "run on every machine that boots from it; see that this account is yours"
            )
    for use in key_pair_uses(spec):
        if use.named not in lock.supplied.key_pairs:
            faults.add(use.path, RUN_LOCK, use.named)


def _check_image(
    use: Use, found: SuppliedImage, spec: ClusterSpec, lock: Lock, faults: Faults
) -> None:
    if found.state != "available":
        faults.add(use.path, f"is {found.state}, not available; give another image", use.named)
    path = use.path.removesuffix(".imageId")
    machine = path.removesuffix(".image")
    asked, root_device = _booted_by(use, path, spec)
    try:
        limits = instance_type(asked, lock.instance_types, path=f"{machine}.instanceType")
    except PlanError:
        return  # told of where offers are checked
    if found.architecture != limits.architecture:
        faults.add(use.path, f"is of {found.architecture}, and {asked} is {limits.architecture}; "
                   "give an image of that, or another instanceType", use.named)  # fmt: skip
    if root_device is not None and found.root_device_name != root_device:
        faults.add(f"{path}.rootDevice", f"is not the image's root device, which is "
                   f"{found.root_device_name}: encryption would be asked for another volume; "
                   f"write {found.root_device_name}", root_device)  # fmt: skip


def _booted_by(use: Use, path: str, spec: ClusterSpec) -> tuple[str, str | None]:
    """The machines' instance type, and their root device where the stack file says it. path: of
    the image."""
    if use.pool is not None:
        pool = spec.node_pools[use.pool]
        return pool.instance_type, getattr(pool.image, "root_device", None)
    own = machine_images(spec).get(path)
    if own is not None:
        return own[0], own[1].root_device
    return machines_for_people(spec)[path].instance_type, None
