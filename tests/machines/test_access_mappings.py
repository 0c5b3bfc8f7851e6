"""Who of the plan stands in aws-auth: roles and users apart, and only who has a group."""

from machines.access_mappings import access_mappings
from machines.aws_auth import RoleMapping, UserMapping
from plan.access import Principal

ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
ROLE, USER = "arn:aws:iam::123456789012:role/{}", "arn:aws:iam::123456789012:user/{}"


def principal(name, *, username=None, groups=(), policy=None, namespaces=(), type="STANDARD"):
    return Principal(name, None, None, type, username, groups, policy, namespaces)


def mapped(arn, **asked):
    return access_mappings({"who": principal("who", **asked)}, {"who": arn})


def test_a_role_is_mapped_to_its_groups_by_a_name_of_its_own():
    arn = ROLE.format("viewers")
    assert mapped(arn, groups=("viewers",)) == ([RoleMapping(arn, "who", ("viewers",))], [])


def test_a_user_stands_among_the_users():
    arn = USER.format("teams/ann")
    assert mapped(arn, groups=("viewers",), username="ann") == (
        [], [UserMapping(arn, "ann", ("viewers",))],
    )  # fmt: skip


def test_a_role_that_is_called_user_is_a_role():
    arn = ROLE.format("user/deploy")
    assert mapped(arn, groups=("deployers",)) == ([RoleMapping(arn, "who", ("deployers",))], [])


def test_who_administers_the_cluster_is_its_master():
    arn = ROLE.format("admins")
    assert mapped(arn, policy=ADMIN) == ([RoleMapping(arn, "who", ("system:masters",))], [])
    assert mapped(arn, policy=ADMIN, namespaces=("team",)) == ([], [])


def test_who_has_a_policy_and_no_group_is_left_to_the_access_entry():
    assert mapped(ROLE.format("viewers"), policy=VIEW) == ([], [])


def test_nodes_are_mapped_by_the_name_of_their_machine():
    arn = ROLE.format("nodes")
    (row,), users = mapped(arn, type="EC2_LINUX")
    assert users == [] and row == RoleMapping(
        arn, "system:node:{{EC2PrivateDNSName}}", ("system:bootstrappers", "system:nodes")
    )
