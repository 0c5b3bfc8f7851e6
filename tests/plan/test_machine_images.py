"""Images of one's own for controllers and members of etcd: what follows, and what is compared."""

from typing import Any

import pytest

from plan.brownfield.uses import image_uses
from tests.plan import foreign_etcd
from tests.plan.own import asked, lock, own, planned
from tests.plan.samples import completed, locked, refused_as_read
from tests.spec.stack_files import stack

IMAGES = {"controllers": "ami-0aaaaaaaaaaaaaaa0", "etcd": "ami-0bbbbbbbbbbbbbbb0"}
UBUNTU = "/dev/sda1"
CHANGES = {
    f"controlPlane.{part}": {"image": {"kind": "custom", "imageId": image, "rootDevice": UBUNTU}}
    for part, image in IMAGES.items()
}


def keys(changes: dict[str, Any] = CHANGES) -> dict[str, Any]:
    return completed(lock(changes), stack(asked(changes))).model_dump(mode="json", by_alias=True)


def test_machines_boot_it_with_an_encrypted_root_volume_at_its_device():
    found = own(CHANGES)
    assert (found.controller_image_id, found.etcd_image_id) == (*IMAGES.values(),)
    assert found.controllers.root_volume.device == found.etcd.root_volume.device == UBUNTU
    usual = own()
    assert usual.controllers.root_volume.device == usual.etcd.root_volume.device == "/dev/xvda"
    assert usual.controller_image_id == usual.etcd_image_id != ""


def test_the_lock_file_reads_them_and_needs_no_image_of_aws_for_them():
    uses = image_uses(stack(asked(CHANGES)))
    assert {use.path: use.named for use in uses} == {
        f"controlPlane.{part}.image.imageId": image for part, image in IMAGES.items()
    }
    without = keys()
    del without["images"]["al2023/1.35/x86_64"]
    told = refused_as_read(asked(CHANGES), locked(without))
    assert [path for path, _, _ in told] == ["nodePools.workers.image"]
    del without["supplied"]["images"][IMAGES["etcd"]]
    told = refused_as_read(asked(CHANGES), locked(without))
    assert ("controlPlane.etcd.image.imageId", "was not read; run heiiki lock",
            repr(IMAGES["etcd"])) in told  # fmt: skip


@pytest.mark.parametrize("part", IMAGES)
@pytest.mark.parametrize(
    ("record", "key", "words"),
    [
        ({"architecture": "arm64"}, "imageId", "is of arm64, and m6i.large is x86_64"),
        ({"state": "failed"}, "imageId", "is failed, not available"),
        ({"rootDeviceName": "/dev/xvda"}, "rootDevice", "write /dev/xvda"),
    ],
)
def test_an_image_that_does_not_fit_is_told(part, record, key, words):
    found = keys()
    found["supplied"]["images"][IMAGES[part]] |= record
    ((path, message, _),) = refused_as_read(asked(CHANGES), locked(found))
    assert path == f"controlPlane.{part}.image.{key}" and words in message


def test_an_image_of_somebody_else_is_warned_of():
    found = keys()
    found["supplied"]["images"][IMAGES["controllers"]]["ownerId"] = "9" * 12
    warnings = planned(CHANGES, locked(found)).warnings
    assert any(w.startswith("controlPlane.controllers.image.imageId: ") for w in warnings)


def test_members_of_others_boot_none_of_ours():
    changes = {**foreign_etcd.changes(), "controlPlane.controllers": CHANGES[
        "controlPlane.controllers"]}  # fmt: skip
    found = own(changes)
    assert (found.controller_image_id, found.etcd_image_id) == (IMAGES["controllers"], "")
