"""Forms that recur in the tables.

What replaces, defaults and forms of ids are facts about the real provider, read in
internal/service/<service>/*.go of github.com/hashicorp/terraform-provider-aws (v6), which it wraps.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from local.aws.translate.calls import Call
from local.aws.translate.table import Property

PLAIN: Final = Property()
REPLACES: Final = Property(replaces=True)
REQUIRED: Final = Property(required=True)
NAMING: Final = Property(required=True, replaces=True)
CHOSEN: Final = Property(computed=True)
CHOSEN_ONCE: Final = Property(computed=True, replaces=True)
NEVER_TOLD_ONCE: Final = Property(unread=True, replaces=True)
LOCAL: Final = Property(local=True)


def ec2_arn(kind: str, owner: str = "OwnerId") -> Callable[[Call, Mapping[str, Any]], str]:
    """An ARN that EC2 does not tell: arn:<partition>:ec2:<region>:<owner>:<kind>/<id>."""

    def build(call: Call, described: Mapping[str, Any]) -> str:
        account = described.get(owner) or call.account_id
        return f"arn:{call.partition}:ec2:{call.region}:{account}:{kind}/{call.id}"

    return build


def owner_id(call: Call, described: Mapping[str, Any]) -> str:
    """The owner, also where the embedded AWS leaves it out: there is one account."""
    return str(described.get("OwnerId") or call.account_id)


def filters(**wanted: str) -> list[dict[str, Any]]:
    """EC2 filters; _ in a name stands for the dash that the API has there."""
    return [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in wanted.items()]
