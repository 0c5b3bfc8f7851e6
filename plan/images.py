"""Which image of AWS a pool's nodes boot: its key in the lock file."""

from plan.fact_files import load_facts
from plan.instance_types import InstanceType

_FACTS = "accelerators.yaml"


def accelerator_of(limits: InstanceType) -> str | None:
    """The variant of the image that has the drivers of the type's accelerators, if it has any."""
    family = limits.name.split(".")[0]
    families = load_facts(_FACTS)["families"]
    return next((variant for variant, names in families.items() if family in names), None)


def has_image(family: str, limits: InstanceType) -> bool:
    """Whether AWS makes an image of the family that can use the type as a whole."""
    variant = accelerator_of(limits)
    known = load_facts(_FACTS)["images"]
    return variant is None or limits.architecture in known[variant].get(family, ())


def image_key(family: str, version: str, limits: InstanceType) -> str:
    """Such as al2023/1.35/x86_64, or al2023/1.35/x86_64/nvidia."""
    variant = accelerator_of(limits)
    return "/".join([family, version, limits.architecture, *([variant] if variant else [])])
