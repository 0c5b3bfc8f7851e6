"""Start the pack. PolicyPack serves until the engine stops it: nothing may stand behind it."""

import gc

gc.disable()  # a short-lived process that keeps nearly all it makes: nothing to look for

from pulumi_policy import EnforcementLevel, PolicyPack

from analyzer import guard
from rules.pack import policies

guard()
PolicyPack(
    name="heiiki-closed-network",
    display_name="Closed network",
    description="What no resource of a network without the internet may do, judged beforehand.",
    policies=policies(),
    enforcement_level=EnforcementLevel.MANDATORY,
    provider="aws",
    tags=["network", "aws", "eks"],
)
