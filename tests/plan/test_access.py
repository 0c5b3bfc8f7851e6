"""Who the Kubernetes API knows: one entry per principal, names that nobody else takes."""

import pytest

from tests.plan.samples import ACCOUNT, plan, refused

ARN = f"arn:aws:iam::{ACCOUNT}:role/viewers"
PROFILE = {
    "kind": "existing",
    "instanceProfileArn": f"arn:aws:iam::{ACCOUNT}:instance-profile/nodes",
    "roleArn": f"arn:aws:iam::{ACCOUNT}:role/nodes",
}
ADMINISTRATOR = {"kind": "existing", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/platform"}
CLUSTER_ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


def principals(**more):
    return {
        "access.principals": {name: {"principalArn": ARN, **keys} for name, keys in more.items()}
    }


def test_nodes_and_the_administrator_have_entries():
    found = plan().principals
    assert set(found) == {"node-workers", "administrator"}
    node, admin = found["node-workers"], found["administrator"]
    assert (node.type, node.role, node.username, node.groups) == (
        "EC2_LINUX", "node-workers", None, (),
    )  # fmt: skip
    assert (admin.type, admin.role, admin.policy_arn) == (
        "STANDARD", "administrator", CLUSTER_ADMIN,
    )  # fmt: skip
    assert admin.administers_cluster
    assert not node.administers_cluster


@pytest.mark.parametrize("name", ["eks", "aws", "system", "amazon", "iam", "test"])
def test_the_administrators_username_is_one_that_eks_takes(name):
    username = plan({"name": name}).principals["administrator"].username
    assert username == f"administrator:{name}"
    assert not username.startswith(("system:", "eks:", "aws:", "amazon:", "iam:"))


def test_a_managed_groups_entry_is_made_by_eks_itself():
    assert set(plan({"nodePools.workers.kind": "managed"}).principals) == {"administrator"}


def test_a_supplied_role_is_known_by_its_arn():
    found = plan({"nodePools.workers.instanceProfile": PROFILE,
                  "access.administrator": ADMINISTRATOR})  # fmt: skip
    assert found.principals["node-workers"].principal_arn == PROFILE["roleArn"]
    assert found.principals["node-workers"].role is None
    assert found.principals["administrator"].principal_arn == ADMINISTRATOR["roleArn"]
    assert "node-workers" not in found.roles
    assert "administrator" not in found.roles


def test_pools_that_share_a_role_share_its_entry():
    pool = {"instanceType": "m7i.large", "maxSize": 3, "instanceProfile": PROFILE}
    found = plan({"nodePools": {"one": pool, "two": pool}}).principals
    assert set(found) == {"node-one", "administrator"}


def test_an_entry_is_called_by_the_name_that_eks_knows_it_by():
    """By a key, it would be made anew beside itself when the key changes."""
    names = [
        plan({"access.principals": {key: {"principalArn": ARN}}}).principals[key].logical_name
        for key in ("one", "two")
    ]
    assert names == ["role-viewers"] * 2
    pool = {"instanceType": "m7i.large", "maxSize": 3, "instanceProfile": PROFILE}
    for pools in (["one", "two"], ["two"]):
        (entry,) = [p for p in plan({"nodePools": dict.fromkeys(pools, pool)}).principals.values()
                    if p.type == "EC2_LINUX"]  # fmt: skip
        assert entry.logical_name == f"node-{pools[0]}"
    ours = plan({"access.administrator": ADMINISTRATOR}).principals
    assert {n: p.logical_name for n, p in ours.items()} == {n: n for n in ours}
    assert set(ours) == {"node-workers", "administrator"}


def test_pools_of_two_kinds_do_not_share_a_role():
    """EKS makes a managed group no entry of its own where the role has one."""
    pool = {"instanceType": "m7i.large", "maxSize": 3, "instanceProfile": PROFILE}
    managed = {**pool, "kind": "managed"}
    assert refused({"nodePools": {"one": managed, "two": pool}}) == [
        ("nodePools.one.instanceProfile.roleArn",
         "is the role of nodePools.two too, which is selfManaged: the access entry of both would "
         "go with that pool; give each kind a role of its own", f"'{PROFILE['roleArn']}'"),
    ]  # fmt: skip
    assert set(plan({"nodePools": {"one": managed, "two": managed}}).principals) == {
        "administrator"
    }


def test_further_principals_have_what_was_asked():
    found = plan(
        principals(viewers={"policy": "AmazonEKSViewPolicy", "namespaces": ["web"],
                            "groups": ["readers"], "username": "viewer"})
    ).principals["viewers"]  # fmt: skip
    assert found.principal_arn == ARN
    assert found.policy_arn == "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    assert (found.namespaces, found.groups, found.username) == (("web",), ("readers",), "viewer")
    assert not found.administers_cluster


def test_an_administrator_of_some_namespaces_does_not_administer_the_cluster():
    limited = {"policy": "AmazonEKSClusterAdminPolicy", "namespaces": ["web"]}
    assert not plan(principals(web=limited)).principals["web"].administers_cluster
    everywhere = {"policy": "AmazonEKSClusterAdminPolicy"}
    assert plan(principals(all=everywhere)).principals["all"].administers_cluster


@pytest.mark.parametrize("name", ["administrator", "node-workers"])
def test_a_name_that_heiiki_uses_is_refused(name):
    assert refused(principals(**{name: {}})) == [
        (f"access.principals.{name}",
         "is the name of an entry that heiiki makes; known: node-workers, administrator", None),
    ]  # fmt: skip


def test_a_person_is_not_called_as_the_entries_of_pools_are():
    """In a split cluster such an entry would come and go with the pools."""
    assert refused(principals(**{"node-auditors": {}})) == [
        ("access.principals.node-auditors",
         "begins with node-, as the entries of pools do; choose another name", "'node-auditors'"),
    ]  # fmt: skip
    assert plan(principals(nodes={})).principals["nodes"].type == "STANDARD"


def test_a_second_entry_of_one_principal_is_refused():
    assert refused(principals(one={}, two={})) == [
        ("access.principals.two.principalArn",
         "has the entry one already, and EKS takes one; keep one", f"'{ARN}'"),
    ]  # fmt: skip
    changes = {"access.administrator": {"kind": "existing", "roleArn": ARN}, **principals(one={})}
    assert refused(changes) == [
        ("access.principals.one.principalArn",
         "has the entry administrator already, and EKS takes one; keep one", f"'{ARN}'"),
    ]  # fmt: skip


def test_namespaces_without_a_policy_are_refused():
    assert refused(principals(one={"namespaces": ["web"]})) == [
        ("access.principals.one.namespaces",
         "limits a policy, but policy is missing; write it too", None),
    ]  # fmt: skip


def test_an_administrator_who_is_every_node_is_refused():
    role = {"kind": "existing", "roleArn": PROFILE["roleArn"]}
    changes = {"nodePools.workers.instanceProfile": PROFILE, "access.administrator": role}
    assert refused(changes) == [
        ("access.administrator.roleArn", "is the role of nodes, and an administrator of the "
         "cluster must not be every node; give a role of its own", f"'{PROFILE['roleArn']}'"),
    ]  # fmt: skip


def role(name):
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


@pytest.mark.parametrize("kind", ["managed", "selfManaged"])
@pytest.mark.parametrize("written", ["nodes", "Nodes", "teams/nodes"])
def test_nodes_with_a_supplied_role_are_no_person(kind, written):
    """IAM has a name once, whatever its path and case; EKS makes the entry of a managed pool."""
    pool = {"nodePools.workers.kind": kind, "nodePools.workers.instanceProfile": PROFILE}
    someone = {"access.principals": {"ops": {"principalArn": role(written)}}}
    assert refused(pool | someone) == [
        ("access.principals.ops.principalArn",
         "is the role of nodePools.workers.instanceProfile.roleArn, which machines and services "
         "have; name a role that people have", f"'{role(written)}'"),
    ]  # fmt: skip
    administrator = {"access.administrator": {"kind": "existing", "roleArn": role(written)}}
    assert [path for path, *_ in refused(pool | administrator)] == ["access.administrator.roleArn"]
    beside = {"access.principals": {"ops": {"principalArn": role("nodes-of-others")}}}
    assert "ops" in plan(pool | beside).principals
    of_that_name = f"arn:aws:iam::{ACCOUNT}:user/nodes"
    user = {"access.principals": {"ops": {"principalArn": of_that_name}}}
    assert plan(pool | user).principals["ops"].principal_arn == of_that_name


@pytest.mark.parametrize("kind", ["managed", "selfManaged"])
@pytest.mark.parametrize("path", ["", "x/"])
def test_a_role_that_the_stack_makes_is_no_person(kind, path):
    made = plan({"nodePools.workers.kind": kind}).roles
    assert {"cluster", "node-workers", "administrator"} <= set(made)
    for name, ours in made.items():
        arn = role(path + ours.role_name.upper())
        someone = {"access.principals": {"ops": {"principalArn": arn}}}
        ((where, told, _),) = refused({"nodePools.workers.kind": kind, **someone})
        assert where == "access.principals.ops.principalArn"
        assert told == (
            "is the administrator that this stack makes, who is let in already; leave it out"
            if name == "administrator"
            else f"is the role {name} of this stack, which is not for people; name a role that "
            "people have"
        )


def test_nodes_of_the_stack_do_not_administer_it():
    arn = role(plan().roles["node-workers"].role_name)
    assert refused({"access.administrator": {"kind": "existing", "roleArn": arn}}) == [
        ("access.administrator.roleArn", "is the role node-workers of this stack, which is not for "
         "people; give a role of its own", f"'{arn}'"),
    ]  # fmt: skip


def test_one_person_by_two_spellings_is_refused():
    two = {"one": {"principalArn": ARN}, "two": {"principalArn": role("x/Viewers")}}
    assert refused({"access.principals": two}) == [
        ("access.principals.two.principalArn",
         "has the entry one already, and EKS takes one; keep one", f"'{role('x/Viewers')}'"),
    ]  # fmt: skip


def test_a_supplied_administrators_machine_needs_a_supplied_profile():
    changes = {"access.administrator": ADMINISTRATOR, "access.operator": {}}
    assert refused(changes) == [
        ("access.operator.instanceProfileArn", "is needed: access.administrator is supplied, so "
         "its owner makes the instance profile that holds it", None),
    ]  # fmt: skip
    arn = f"arn:aws:iam::{ACCOUNT}:instance-profile/platform"
    assert plan({**changes, "access.operator": {"instanceProfileArn": arn}}).layout.operator
    assert refused({"access.operator": {"instanceProfileArn": arn}}) == [
        ("access.operator.instanceProfileArn", "is for a supplied access.administrator; leave it "
         "out, heiiki makes the profile of the role that it makes", f"'{arn}'"),
    ]  # fmt: skip


def test_a_config_map_that_nobody_reads_is_not_applied():
    assert refused({"access.applyConfigMap": True}) == [
        ("access.applyConfigMap", "applies aws-auth, which authenticationMode API does not read; "
         "write API_AND_CONFIG_MAP, or leave it out", "true"),
    ]  # fmt: skip
    both = {"access.applyConfigMap": True, "access.authenticationMode": "API_AND_CONFIG_MAP"}
    assert plan(both).control_plane.authentication_mode == "API_AND_CONFIG_MAP"


@pytest.mark.parametrize("group", ["system:masters", "system:nodes", "system:authenticated"])
def test_a_group_of_kubernetes_own_is_refused_and_the_policy_named(group):
    ((path, message, value),) = refused(principals(sre={"groups": ["viewers", group]}))
    assert path == "access.principals.sre.groups.1" and group in value
    assert message == (
        "is a group of Kubernetes' own, which EKS takes in no access entry; for an administrator "
        "write policy: AmazonEKSClusterAdminPolicy, else a group of your own"
    )
    assert plan(principals(sre={"groups": ["viewers", "team:systems"]})).principals["sre"].groups
