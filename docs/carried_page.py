"""docs/self-hosted/carried.md: what who carries in has to be allowed, for the example's places."""

import json
from pathlib import Path

from docs.parts_of_pages import with_parts
from plan.iam_carrier import carrier_policy
from plan.partitions import partition_of
from spec.lock import parse_lock
from spec.self_hosted import SelfHostedSpec
from spec.stack_file import parse_stack_file

PAGE = Path(__file__).parent / "self-hosted" / "carried.md"
EXAMPLE = Path(__file__).parents[1] / "examples" / "self-hosted"


def carried_page() -> str:
    """The page as it is, with the policy made anew."""
    stack_file = EXAMPLE / "Pulumi.self-hosted.yaml"
    spec = parse_stack_file(stack_file.read_text(encoding="utf-8"), where=stack_file.name)
    lock_text = (EXAMPLE / "heiiki.self-hosted.lock.yaml").read_text(encoding="utf-8")
    lock = parse_lock(lock_text, where="heiiki.self-hosted.lock.yaml")
    assert isinstance(spec.control_plane, SelfHostedSpec)
    policy = carrier_policy(
        spec.control_plane.artifacts, partition_of(spec.region), lock.account_id
    )
    return with_parts(PAGE, {"plan/iam_carrier": f"```json\n{json.dumps(policy, indent=2)}\n```"})
