"""What may be asked of kubelets: limits of a node that close nothing less when they are changed."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from spec.base import Spec
from spec.fields import Text, WholeNumber

# Signals of hard eviction: "Node-pressure Eviction", kubernetes.io (read 2026-11-30). Those of
# containerfs take a file system of images apart from it, which machines do not have.
Signal = Literal[
    "memory.available",
    "nodefs.available",
    "nodefs.inodesFree",
    "imagefs.available",
    "imagefs.inodesFree",
    "pid.available",
]
Threshold = Annotated[
    str,
    Text(
        r"(?:[1-9]\d?|0)(?:\.\d+)?%|[1-9]\d*(?:\.\d+)?(?:[KMGT]i?|k)?",
        "must be a part such as 5%, or an amount such as 500Mi",
    ),
]
USUAL_LOW, USUAL_HIGH = 80, 85  # of the kubelet: KubeletConfiguration v1beta1, read 2026-11-30


class KubeletSpec(Spec):
    """Limits of a node. What is not written stays as heiiki has it."""

    pod_pids_limit: WholeNumber | None = Field(
        None, ge=64, le=4194304, description="Processes that a pod may have. Default: 4096."
    )
    image_gc_high_threshold_percent: WholeNumber | None = Field(
        None,
        ge=1,
        le=100,
        description="Per cent of the disk from which on images that nobody uses are deleted. "
        "Default: 85.",
    )
    image_gc_low_threshold_percent: WholeNumber | None = Field(
        None, ge=0, le=99, description="Per cent of the disk until which they are. Default: 80."
    )
    eviction_hard: dict[Signal, Threshold] = Field(
        default_factory=dict,
        description="Below how much of what pods are ended at once. Signals that are not named "
        "stay as heiiki has them: 200Mi of memory, 10% of the disk and of process ids, 5% of its "
        "inodes, 15% of that of images.",
    )

    @model_validator(mode="after")
    def _images_are_deleted_down_to_less(self) -> Self:
        """A kubelet for which this does not hold does not start."""
        low, high = self.image_gc_low_threshold_percent, self.image_gc_high_threshold_percent
        least, most = USUAL_LOW if low is None else low, USUAL_HIGH if high is None else high
        if least >= most:
            raise ValueError(
                f"imageGcLowThresholdPercent {least} must be less than imageGcHighThresholdPercent "
                f"{most}, or the kubelet does not start; write both"
            )
        return self
