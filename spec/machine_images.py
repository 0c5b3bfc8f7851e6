"""What may be asked of the images that machines of a control plane of our own boot."""

from typing import Annotated, Literal

from pydantic import Field

from spec.base import Spec, default_kind
from spec.fields import DeviceName, ImageId

ROOT_DEVICE = "/dev/xvda"


class OptimizedMachineImage(Spec):
    """Amazon Linux 2023 of AWS for EKS; the lock file pins its id."""

    kind: Literal["optimized"] = "optimized"


class CustomMachineImage(Spec):
    """An image of your own: systemd, cloud-init, Python 3.9 or newer, openssl and containerd."""

    kind: Literal["custom"]
    image_id: ImageId = Field(description="Id of the image.")
    root_device: DeviceName = Field(
        ROOT_DEVICE,
        description="Device of its root volume, as the image names it: /dev/sda1 of Ubuntu. "
        "Encryption is asked for by this name.",
    )


MachineImageSpec = Annotated[
    OptimizedMachineImage | CustomMachineImage,
    Field(discriminator="kind"),
    default_kind("optimized"),
]


def root_device(image: OptimizedMachineImage | CustomMachineImage) -> str:
    """Of the image, as it names it."""
    return image.root_device if isinstance(image, CustomMachineImage) else ROOT_DEVICE
