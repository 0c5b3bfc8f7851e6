"""Who is who in the cluster: nodes as nodes, people by a name of their own, nobody twice."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machines.aws_auth import (
    RoleMapping,
    UserMapping,
    node_role_mapping,
    render_aws_auth_data,
    render_aws_auth_manifest,
    role_arn_without_path,
)
from tests.machines.strategies import HOSTILE
from tests.machines.values import assert_golden
from tests.quick_yaml import loaded

ACCOUNT = "arn:aws:iam::123456789012"
NODES = node_role_mapping(role_arn=f"{ACCOUNT}:role/dev-nodes", instance_id_node_name=False)
BY_ID = node_role_mapping(role_arn=f"{ACCOUNT}:role/dev-by-id", instance_id_node_name=True)
ADMIN = RoleMapping(f"{ACCOUNT}:role/team/ops/dev-admin", "dev-admin", ("system:masters",))
READER = RoleMapping(f"{ACCOUNT}:role/reader", "reader:{{SessionName}}", ("viewers", "auditors"))
ANNA = UserMapping(f"{ACCOUNT}:user/staff/anna", "anna", ("viewers",))


def roles_of(*mappings: RoleMapping) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = loaded(render_aws_auth_data(roles=mappings)["mapRoles"])
    return rows


def test_the_manifest_is_a_config_map_with_guidance() -> None:
    text = render_aws_auth_manifest(roles=[ADMIN, READER, BY_ID, NODES], users=[ANNA])
    assert_golden("aws_auth.yaml", text)
    manifest = loaded(text)
    assert (manifest["kind"], manifest["metadata"]) == (
        "ConfigMap",
        {"name": "aws-auth", "namespace": "kube-system"},
    )
    assert manifest["data"] == render_aws_auth_data(
        roles=[NODES, BY_ID, ADMIN, READER], users=[ANNA]
    )
    assert "kubectl apply --server-side --field-manager=heiiki" in text
    assert "--force-conflicts" not in text.split("add them to the stack file")[0]


def test_nodes_are_nodes_by_the_name_that_their_kubelet_takes() -> None:
    assert roles_of(NODES, BY_ID) == [
        {
            "rolearn": f"{ACCOUNT}:role/{name}",
            "username": username,
            "groups": ["system:bootstrappers", "system:nodes"],
        }
        for name, username in (
            ("dev-by-id", "system:node:{{SessionName}}"),
            ("dev-nodes", "system:node:{{EC2PrivateDNSName}}"),
        )
    ]


def test_an_administrator_has_a_name_of_their_own() -> None:
    assert roles_of(ADMIN) == [
        {
            "rolearn": f"{ACCOUNT}:role/dev-admin",
            "username": "dev-admin",
            "groups": ["system:masters"],
        }
    ]


def test_a_role_loses_its_path_and_a_user_keeps_it() -> None:
    sso = "arn:aws-us-gov:iam::123456789012:role/aws-reserved/sso.amazonaws.com/r/AWSReserved_A_1"
    assert role_arn_without_path(sso) == "arn:aws-us-gov:iam::123456789012:role/AWSReserved_A_1"
    users = loaded(render_aws_auth_data(roles=[], users=[ANNA])["mapUsers"])
    assert users == [
        {"userarn": f"{ACCOUNT}:user/staff/anna", "username": "anna", "groups": ["viewers"]}
    ]


@given(order=st.permutations([NODES, BY_ID, ADMIN, READER]))
def test_the_order_asked_changes_nothing(order: list[RoleMapping]) -> None:
    assert render_aws_auth_data(roles=order) == render_aws_auth_data(
        roles=[NODES, BY_ID, ADMIN, READER]
    )


def test_no_users_means_no_key_for_them() -> None:
    assert set(render_aws_auth_data(roles=[NODES])) == {"mapRoles"}


@given(username=HOSTILE, group=HOSTILE)
def test_a_hostile_name_is_read_back_as_it_was_or_refused(username: str, group: str) -> None:
    mapping = RoleMapping(f"{ACCOUNT}:role/a", username, (group,))
    try:
        rows = loaded(loaded(render_aws_auth_manifest(roles=[mapping]))["data"]["mapRoles"])
    except ValueError as error:
        assert str(error).startswith(("username", "groups"))
    else:
        assert rows == [{"rolearn": f"{ACCOUNT}:role/a", "username": username, "groups": [group]}]


@pytest.mark.parametrize(
    ("roles", "users", "sentence"),
    [
        (
            [ADMIN, RoleMapping(f"{ACCOUNT}:role/dev-admin", "x", ("y",))],
            [],
            r"is mapped twice .*got '.*:role/dev-admin'",
        ),
        ([], [ANNA, ANNA], r"is mapped twice .*user/staff/anna"),
        (
            [ADMIN, RoleMapping(f"{ACCOUNT}:role/b", "dev-admin", ("y",))],
            [],
            "username stands for both .*role/b and .*role/dev-admin",
        ),
        ([ADMIN], [UserMapping(ANNA.user_arn, "dev-admin", ("y",))], "username stands for both"),
        ([RoleMapping(f"{ACCOUNT}:role/a", "a", ())], [], "groups of 'a' must not be empty"),
        ([RoleMapping(f"{ACCOUNT}:role/a", "a", ("",))], [], "groups must be one non-empty line"),
        (
            [RoleMapping(f"{ACCOUNT}:role/a", NODES.username, ("system:masters",))],
            [],
            "system:node:… is for nodes",
        ),
        (
            [RoleMapping(f"{ACCOUNT}:role/a", "a", ("system:nodes",))],
            [],
            "system:node:… is for nodes",
        ),
        (
            [RoleMapping(f"{ACCOUNT}:role/a", "system:admin", ("x",))],
            [],
            "must not begin with system:",
        ),
        (
            [RoleMapping(NODES.role_arn, NODES.username, ("system:nodes", "system:masters"))],
            [],
            "nodes are no administrators",
        ),
        (
            [RoleMapping("arn:aws:sts::123456789012:assumed-role/a/b", "a", ("b",))],
            [],
            "role_arn must be the ARN of an IAM role, such as",
        ),
        (
            [],
            [UserMapping(f"{ACCOUNT}:root", "a", ("b",))],
            "user_arn must be the ARN of an IAM user",
        ),
    ],
)
def test_a_mapping_that_would_mislead_is_refused(
    roles: list[RoleMapping], users: list[UserMapping], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        render_aws_auth_data(roles=roles, users=users)
