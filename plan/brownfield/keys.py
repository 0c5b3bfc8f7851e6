"""What must be true of the supplied KMS key: it can encrypt, for those who need it and no other."""

import json
from typing import Any

from plan.brownfield.policies import Statement, listed
from plan.brownfield.principals import (
    allowing,
    aws_principals,
    does,
    for_anybody,
    named,
    services,
    strangers,
)
from plan.brownfield.services import for_us, shut_by
from plan.endpoint_policies import Boundary
from plan.errors import Faults
from plan.iam_patterns import any_covers
from plan.kms import SCALING_SIDS, key_policy
from plan.partitions import Partition
from plan.self_hosted.needs import own_control_plane
from spec.cluster import ClusterSpec
from spec.control_plane import ExistingKey
from spec.lock import Lock
from spec.supplied_identities import SuppliedKey

PATH = "controlPlane.encryptionKey.keyArn"
RUN_LOCK = "was not read; run heiiki lock"
# What a caller asks for: policies write them with wildcards of any width.
_USES = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey",
         "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo")  # fmt: skip
_OF_MACHINES = ("kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
_BY_IAM = ("kms:CreateGrant", "kms:DescribeKey")  # of whoever makes a cluster with the key


def check_supplied_key(
    spec: ClusterSpec, lock: Lock, partition: Partition, faults: Faults, warnings: list[str]
) -> None:
    """Note whatever keeps the cluster from the key, or lets strangers use it."""
    asked = spec.control_plane.encryption_key
    if not isinstance(asked, ExistingKey):
        return
    arn = asked.key_arn
    _, of_partition, _, region, account, _ = arn.split(":")
    if (of_partition, region) != (partition.name, spec.region):
        return  # told of by its ARN
    own = account == lock.account_id
    if not own:
        _check_foreign(spec, arn, account, lock.account_id, faults, warnings)
    found = lock.supplied.keys.get(arn)
    if own and (found is None or found.policy is None):
        faults.add(PATH, RUN_LOCK, arn)
    elif found is not None:
        _check_kind(arn, found, faults, warnings)
        if found.policy is not None:
            _check_policy(spec, lock, partition, arn, found.policy, faults, warnings)


def _check_foreign(
    spec: ClusterSpec, arn: str, account: str, own: str, faults: Faults, warnings: list[str]
) -> None:
    """KMS shows a key's policy to its own account only, so nobody here has judged it."""
    said = f"is of account {account}, which alone sees its policy"
    if spec.boundary.organization_id is None:
        faults.add(PATH, f"{said}; give a key of the own account {own}, or write "
                   "boundary.organizationId if that account is of your organization",
                   arn)  # fmt: skip
    else:
        warnings.append(f"{PATH}: {arn} {said}; have its owner see who may use it, and let this "
                        "account's cluster, logs and Auto Scaling")  # fmt: skip


def _check_kind(arn: str, found: SuppliedKey, faults: Faults, warnings: list[str]) -> None:
    if found.manager != "CUSTOMER":
        faults.add(PATH, "is a key that AWS keeps, whose policy nobody changes; give a key of your "
                   "own", arn)  # fmt: skip
        return
    if (found.spec, found.usage) != ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"):
        faults.add(PATH, f"is of {found.spec} for {found.usage}; Secrets, logs and volumes need "
                   "SYMMETRIC_DEFAULT for ENCRYPT_DECRYPT, give such a key", arn)  # fmt: skip
    if found.state != "Enabled":
        faults.add(PATH, f"is {found.state}, not Enabled; have its owner enable it, or give "
                   "another", arn)  # fmt: skip
    if not found.rotation:
        warnings.append(f"{PATH}: {arn} is not rotated; have its owner switch rotation on")


def _check_policy(
    spec: ClusterSpec, lock: Lock, partition: Partition, arn: str, policy: dict[str, Any],
    faults: Faults, warnings: list[str],
) -> None:  # fmt: skip
    boundary = Boundary(spec.boundary, lock.account_id)
    statements = allowing(policy)
    for number, statement in enumerate(statements):
        if outside := strangers(statement, boundary):
            faults.add(PATH, f"has a policy whose {named(statement, number)} lets "
                       f"{', '.join(outside)} use it, held to the own account {lock.account_id} by "
                       "no condition that is understood; have its owner take that out",
                       arn)  # fmt: skip
        elif for_anybody(statement):
            warnings.append(
                f"{PATH}: {arn} has a policy whose {named(statement, number)} lets "
                f"{', '.join(services(statement))} use it for anybody; have its owner hold that to "
                "aws:SourceAccount, or for logs to kms:EncryptionContext:aws:logs:arn"
            )
    own = [s for s in statements if for_us(s, partition, lock.account_id)]
    for ask in _asked(spec, partition, lock.account_id):
        who = services(ask) or ["EC2 Auto Scaling's service-linked role"]
        for number, statement in enumerate(listed(policy.get("Statement", []))):
            if shut_by(statement, who[0], dict.fromkeys(_uses(ask), arn)) == "always":
                faults.add(PATH, f"has a policy whose {named(statement, number)} denies {who[0]} "
                           "to use it; have its owner except it", arn)  # fmt: skip
        if not _is_let(ask, own):
            faults.add(PATH, f"has a policy that does not let {who[0]} use it; ask its owner for "
                       f"{json.dumps(ask, sort_keys=True)}", arn)  # fmt: skip
    if own_control_plane(spec) is not None:
        _check_machines(partition, lock.account_id, arn, statements, faults)
    elif not any(_by_iam(s, partition, lock.account_id) for s in statements):
        warnings.append(
            f"{PATH}: {arn} has a policy that leaves nothing to the account's IAM; see that it "
            "lets whoever runs heiiki, since EKS makes its grant in that one's name"
        )


def _check_machines(
    partition: Partition, account_id: str, arn: str, statements: list[Statement], faults: Faults
) -> None:
    """Machines of a control plane of our own use the key by their roles, which are not there when
    the key's policy is written, so that it can name none of them."""
    root = partition.arn("iam", "root", account_id=account_id)
    own = [s for s in statements if {root, account_id} & set(aws_principals(s))]
    lacking = [use for use in _OF_MACHINES if not any(does(s, use) for s in own)]
    if lacking:
        ask = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": lacking, "Resource": "*"}
        faults.add(PATH, f"has a policy that leaves {', '.join(lacking)} not to the account's IAM, "
                   "by which machines of the cluster use it; ask its owner for "
                   f"{json.dumps(ask, sort_keys=True)}", arn)  # fmt: skip


def _asked(spec: ClusterSpec, partition: Partition, account_id: str) -> list[Statement]:
    """What our own key's policy would hold for services and for EC2 Auto Scaling's role. Of those
    who carry in, the plan asks the key's owner in a warning of its own."""
    own: list[Statement] = key_policy(spec, partition, account_id)["Statement"]
    return [s for s in own if services(s) or s.get("Sid") in SCALING_SIDS]


def _is_let(ask: Statement, statements: list[Statement]) -> bool:
    """Whether some statements, taken together, let the same one do the same."""
    if ask["Sid"] in SCALING_SIDS:
        its = [s for s in statements if _names_scaling(s, ask)]
    else:
        its = [s for s in statements if set(services(ask)) & set(services(s))]
    return all(any(does(s, use) for s in its) for use in _uses(ask))


def _uses(ask: Statement) -> tuple[str, ...]:
    return ("kms:CreateGrant",) if ask["Action"] == "kms:CreateGrant" else _USES


def _names_scaling(statement: Statement, ask: Statement) -> bool:
    """By principal, or by the condition that stands for one that may not exist yet."""
    role = str(ask["Condition"]["ArnEquals"]["aws:PrincipalArn"])
    names = aws_principals(statement)
    if any(name == role or name.startswith(f"{role}_") for name in names):
        return True
    if "*" not in names:
        return False  # the account's root leaves it to IAM, which gives this role nothing
    keys = [
        (operator.lower(), [str(value) for value in listed(values)])
        for operator, block in statement.get("Condition", {}).items()
        for key, values in block.items()
        if key.lower() == "aws:principalarn"
    ]
    return all(_lets_arn(operator, values, role) for operator, values in keys)


def _lets_arn(operator: str, values: list[str], arn: str) -> bool:
    """Whether a condition on the principal's ARN lets this one pass. ArnEquals takes wildcards, as
    ArnLike does, and what says whom it keeps out is not understood."""
    if operator in ("arnequals", "arnlike", "stringlike"):
        return any_covers(values, arn)
    return operator == "stringequals" and arn in values


def _by_iam(statement: Statement, partition: Partition, account_id: str) -> bool:
    root = partition.arn("iam", "root", account_id=account_id)
    named_root = {root, account_id} & set(aws_principals(statement))
    return bool(named_root) and all(does(statement, use) for use in _BY_IAM)
