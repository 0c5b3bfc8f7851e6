"""Start the pack. PolicyPack serves until the engine stops it: nothing may stand behind it."""

import gc

gc.disable()  # short-lived, and nearly all it makes stays: looking for garbage would cost a third

from pulumi_policy import EnforcementLevel, PolicyPack

from rules.pack import guard, policies

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
