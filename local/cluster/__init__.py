"""Machines of what the embedded AWS has been told: each instance of a VPC boots, for real.

What a stack makes is read from the embedded AWS, as an AWS would act on it; who does that knows of
neither Kubernetes nor this project's stacks. `life` and `stack` do: they are `make cluster`.
"""

from local.cluster.mirror import Mirror

__all__ = ["Mirror"]
