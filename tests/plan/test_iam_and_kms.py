"""Roles, their trusts and permissions, the key's policy: least privilege, predictable names."""

from dataclasses import asdict

from plan.names import ROLE_NAME_MAX
from tests.plan.samples import ACCOUNT, plan

MANAGED = "arn:aws:iam::aws:policy/"
FULL = {
    "access": {"operator": {}, "sessionManager": True},
    "addOns": {"ebsCsi": True, "clusterAutoscaler": True},
    "nodePools.workers.minSize": 3,
    "nodePools.groups": {"kind": "managed", "instanceType": "m7i.large", "minSize": 2,
                         "maxSize": 2},
}  # fmt: skip


def test_each_cluster_has_roles_of_its_own_with_predictable_names():
    roles = plan(FULL).roles
    assert {name: role.role_name for name, role in roles.items()} == {
        name: f"test-ap-northeast-1-{name}"
        for name in ("cluster", "node-workers", "node-groups", "administrator", "flow-logs",
                     "vpc-cni", "ebs-csi", "cluster-autoscaler")
    }  # fmt: skip
    assert all(len(role.role_name) <= ROLE_NAME_MAX for role in roles.values())


def test_the_smallest_cluster_has_four_roles_and_the_cnis():
    assert set(plan().roles) == {"cluster", "node-workers", "administrator", "flow-logs", "vpc-cni"}
    assert "flow-logs" not in plan({"network.flowLogs.enabled": False}).roles
    assert "vpc-cni" not in plan({"addOns.vpcCni": False}).roles


def test_who_may_take_on_each_role():
    trusts = {
        name: [(s["Principal"], s["Action"]) for s in role.trust["Statement"]]
        for name, role in plan(FULL).roles.items()
    }
    own_account = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    pods = ({"Service": ["pods.eks.amazonaws.com"]}, ["sts:AssumeRole", "sts:TagSession"])
    machines = ({"Service": ["ec2.amazonaws.com"]}, "sts:AssumeRole")
    assert trusts == {
        "cluster": [({"Service": ["eks.amazonaws.com"]}, "sts:AssumeRole")],
        "node-workers": [machines],
        "node-groups": [machines],
        "administrator": [(own_account, "sts:AssumeRole"), machines],
        "flow-logs": [({"Service": ["vpc-flow-logs.amazonaws.com"]}, "sts:AssumeRole")],
        "vpc-cni": [pods], "ebs-csi": [pods], "cluster-autoscaler": [pods],
    }  # fmt: skip
    assert len(plan().roles["administrator"].trust["Statement"]) == 1  # no machine, no EC2 trust


def test_service_trusts_are_held_to_the_own_account():
    roles = plan(FULL).roles
    for name in ("flow-logs", "vpc-cni", "ebs-csi", "cluster-autoscaler"):
        (statement,) = roles[name].trust["Statement"]
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_managed_policies_are_the_least_that_each_role_needs():
    found = {n: {a.removeprefix(MANAGED) for a in r.managed_policy_arns}
             for n, r in plan(FULL).roles.items()}  # fmt: skip
    node = {"AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly",
            "AmazonSSMManagedInstanceCore"}  # fmt: skip
    assert found == {
        "cluster": {"AmazonEKSClusterPolicy"},
        "node-workers": node, "node-groups": node,
        "administrator": {"AmazonSSMManagedInstanceCore"},
        "flow-logs": set(),
        "vpc-cni": {"AmazonEKS_CNI_Policy"},
        "ebs-csi": {"service-role/AmazonEBSCSIDriverPolicy"},
        "cluster-autoscaler": set(),
    }  # fmt: skip
    without = plan({"access.operator": {}}).roles
    assert "AmazonSSMManagedInstanceCore" not in str(asdict(without["node-workers"]))
    assert without["administrator"].managed_policy_arns == ()


def test_profiles_are_made_for_machines_that_we_start():
    profiles = {name for name, role in plan(FULL).roles.items() if role.instance_profile}
    assert profiles == {"node-workers", "administrator"}
    assert not plan().roles["administrator"].instance_profile


def test_the_administrators_machine_may_only_carry_images_in():
    statements = plan(FULL).roles["administrator"].statements
    actions = {a for s in statements for a in ([s["Action"]] if isinstance(s["Action"], str)
                                               else s["Action"])}  # fmt: skip
    assert {a.split(":")[0] for a in actions} == {"ecr"}
    assert "ecr:PutImage" in actions
    assert statements[1]["Resource"] == f"arn:aws:ecr:ap-northeast-1:{ACCOUNT}:repository/*"


def test_what_the_autoscaler_changes_is_held_to_the_clusters_tag():
    reads, writes = plan(FULL).roles["cluster-autoscaler"].statements
    assert "Condition" not in reads
    assert all(a.split(":")[1].startswith(("Describe", "Get", "List")) for a in reads["Action"])
    assert writes["Action"] == [
        "autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup",
    ]  # fmt: skip
    assert writes["Condition"] == {"Null": {"aws:ResourceTag/kubernetes.io/cluster/test": "false"}}


def test_flow_logs_write_to_their_own_group_only():
    statement, looking = plan().roles["flow-logs"].statements
    assert looking == {"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": "*"}
    assert statement["Action"] == [
        "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents",
    ]  # fmt: skip
    assert statement["Resource"] == (
        f"arn:aws:logs:ap-northeast-1:{ACCOUNT}:log-group:/heiiki/test/flow-logs*"
    )
    assert not [a for a in statement["Action"] if "Delete" in a or "*" in a]


def test_no_inline_statement_has_a_wildcard_action():
    for name, role in plan(FULL).roles.items():
        for statement in role.statements:
            assert "*" not in str(statement["Action"]), name


def test_the_keys_policy_lets_the_account_logs_and_volumes_use_it():
    statements = {s["Sid"]: s for s in plan().key_policy["Statement"]}
    assert set(statements) == {
        "AccountDecidesByIam", "Logs", "AutoScalingVolumes", "AutoScalingGrants",
    }  # fmt: skip
    assert statements["AccountDecidesByIam"]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    logs = statements["Logs"]
    assert logs["Principal"] == {"Service": "logs.ap-northeast-1.amazonaws.com"}
    assert logs["Condition"]["ArnLike"] == {
        "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:ap-northeast-1:{ACCOUNT}:*"
    }
    for sid in ("AutoScalingVolumes", "AutoScalingGrants"):
        condition = statements[sid]["Condition"]
        assert condition["StringEquals"] == {
            "kms:CallerAccount": ACCOUNT, "aws:PrincipalAccount": ACCOUNT,
        }  # fmt: skip
        assert condition["ArnEquals"]["aws:PrincipalArn"].endswith("AWSServiceRoleForAutoScaling")
    assert statements["AutoScalingGrants"]["Condition"]["Bool"] == {
        "kms:GrantIsForAWSResource": "true"
    }


def test_a_supplied_cluster_role_yields_none():
    role = {"kind": "existing", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/eks"}
    assert "cluster" not in plan({"controlPlane.role": role}).roles
