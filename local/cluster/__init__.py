"""Machines of what the embedded AWS has been told: each instance of a VPC boots, for real.

Nothing here knows of Kubernetes or of this project's stacks. What a stack makes in the embedded
AWS is read from there, as an AWS would act on it.
"""

from local.cluster.mirror import Mirror

__all__ = ["Mirror"]
