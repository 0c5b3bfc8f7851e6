"""Access entries, access policies and pod identity."""

import pytest

VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"


def test_an_entry_is_created_changed_and_deleted(aws, network, create_cluster):
    create_cluster(accessConfig={"authenticationMode": "API"})
    eks, principal = aws("eks"), network.role("operator", "ec2.amazonaws.com")
    entry = eks.create_access_entry(
        clusterName="c1", principalArn=principal, kubernetesGroups=["ops"], tags={"a": "b"}
    )["accessEntry"]
    assert entry["type"] == "STANDARD"
    assert entry["username"] == ("arn:aws:sts::123456789012:assumed-role/operator/{{SessionName}}")
    assert "access-entry/c1/role/123456789012/operator/" in entry["accessEntryArn"]
    eks.update_access_entry(clusterName="c1", principalArn=principal, kubernetesGroups=["view"])
    described = eks.describe_access_entry(clusterName="c1", principalArn=principal)["accessEntry"]
    assert described["kubernetesGroups"] == ["view"]
    eks.delete_access_entry(clusterName="c1", principalArn=principal)
    with pytest.raises(eks.exceptions.ResourceNotFoundException):
        eks.describe_access_entry(clusterName="c1", principalArn=principal)


def test_the_creator_is_admin_unless_told_not_to(aws, create_cluster):
    create_cluster(accessConfig={"authenticationMode": "API"})
    eks = aws("eks")
    (creator,) = eks.list_access_entries(clusterName="c1")["accessEntries"]
    (policy,) = eks.list_associated_access_policies(clusterName="c1", principalArn=creator)[
        "associatedAccessPolicies"
    ]
    assert policy["policyArn"].endswith("/AmazonEKSClusterAdminPolicy")


def test_no_entry_for_a_creator_who_declines_it(aws, create_cluster):
    create_cluster(
        accessConfig={
            "authenticationMode": "API",
            "bootstrapClusterCreatorAdminPermissions": False,
        }
    )
    assert aws("eks").list_access_entries(clusterName="c1")["accessEntries"] == []


def test_without_the_api_mode_there_are_no_entries(aws, network, create_cluster):
    create_cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})
    eks = aws("eks")
    with pytest.raises(eks.exceptions.InvalidRequestException, match="authentication mode"):
        eks.list_access_entries(clusterName="c1")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"type": "EC2", "kubernetesGroups": ["ops"]}, "cannot be set"),
        ({"type": "NOPE"}, "must be one of"),
        ({"kubernetesGroups": ["system:masters"]}, "cannot start with system:"),
        ({"username": "eks:me"}, "cannot start with eks:"),
        ({"principalArn": "arn:aws:iam::123456789012:role/none"}, "invalid principal"),
        ({"principalArn": "arn:aws:iam::999999999999:role/x", "type": "EC2"}, "of this account"),
    ],
)
def test_what_an_entry_may_not_be(aws, network, create_cluster, settings, words):
    create_cluster()
    eks = aws("eks")
    asked = {
        "clusterName": "c1",
        "principalArn": network.role("node", "ec2.amazonaws.com"),
    } | settings
    with pytest.raises(eks.exceptions.InvalidParameterException, match=words):
        eks.create_access_entry(**asked)


def test_an_entry_for_nodes_has_the_names_of_nodes(aws, network, create_cluster):
    create_cluster()
    principal = network.role("node", "ec2.amazonaws.com")
    entry = aws("eks").create_access_entry(clusterName="c1", principalArn=principal, type="EC2")
    assert entry["accessEntry"]["username"] == "system:node:{{SessionName}}"
    assert entry["accessEntry"]["kubernetesGroups"] == ["system:nodes"]


def test_a_policy_is_associated_rescoped_and_disassociated(aws, network, create_cluster):
    create_cluster()
    eks, principal = aws("eks"), network.role("operator", "ec2.amazonaws.com")
    of = {"clusterName": "c1", "principalArn": principal}
    eks.create_access_entry(**of)
    eks.associate_access_policy(**of, policyArn=VIEW, accessScope={"type": "cluster"})
    eks.associate_access_policy(
        **of, policyArn=VIEW, accessScope={"type": "namespace", "namespaces": ["prod"]}
    )
    (policy,) = eks.list_associated_access_policies(**of)["associatedAccessPolicies"]
    assert policy["accessScope"] == {"type": "namespace", "namespaces": ["prod"]}
    found = eks.list_access_entries(clusterName="c1", associatedPolicyArn=VIEW)
    assert found["accessEntries"] == [principal]
    eks.disassociate_access_policy(**of, policyArn=VIEW)
    assert eks.list_associated_access_policies(**of)["associatedAccessPolicies"] == []
    with pytest.raises(eks.exceptions.ResourceNotFoundException):
        eks.disassociate_access_policy(**of, policyArn=VIEW)


def test_an_unknown_policy_or_a_scope_without_namespaces_is_refused(aws, network, create_cluster):
    create_cluster()
    eks, principal = aws("eks"), network.role("operator", "ec2.amazonaws.com")
    of = {"clusterName": "c1", "principalArn": principal}
    eks.create_access_entry(**of)
    with pytest.raises(eks.exceptions.InvalidParameterException, match="namespaces must be set"):
        eks.associate_access_policy(**of, policyArn=VIEW, accessScope={"type": "namespace"})
    with pytest.raises(eks.exceptions.InvalidParameterException, match="invalid policy"):
        eks.associate_access_policy(
            **of, policyArn=VIEW.replace("View", "Any"), accessScope={"type": "cluster"}
        )
    known = {policy["arn"] for policy in eks.list_access_policies()["accessPolicies"]}
    assert VIEW in known


def test_a_pod_identity_association_lives_through_its_life(aws, network, create_cluster):
    create_cluster()
    eks, role = aws("eks"), network.role("pod", "pods.eks.amazonaws.com")
    of = {"clusterName": "c1", "namespace": "kube-system", "serviceAccount": "ebs"}
    made = eks.create_pod_identity_association(**of, roleArn=role, tags={"a": "b"})["association"]
    with pytest.raises(eks.exceptions.ResourceInUseException, match=made["associationId"]):
        eks.create_pod_identity_association(**of, roleArn=role)
    other = network.role("other", "pods.eks.amazonaws.com")
    named = {"clusterName": "c1", "associationId": made["associationId"]}
    eks.update_pod_identity_association(**named, roleArn=other)
    described = eks.describe_pod_identity_association(**named)["association"]
    assert described["roleArn"] == other and described["tags"] == {"a": "b"}
    (listed,) = eks.list_pod_identity_associations(**of)["associations"]
    assert listed["associationArn"] == made["associationArn"]
    eks.delete_pod_identity_association(**named)
    with pytest.raises(eks.exceptions.ResourceNotFoundException):
        eks.describe_pod_identity_association(**named)


def test_a_role_that_pods_may_not_assume_is_refused(aws, network, create_cluster):
    create_cluster()
    eks, role = aws("eks"), network.role("pod", "ec2.amazonaws.com")
    with pytest.raises(eks.exceptions.InvalidParameterException, match="Trust policy"):
        eks.create_pod_identity_association(
            clusterName="c1", namespace="a", serviceAccount="b", roleArn=role
        )


def test_a_cluster_takes_one_identity_provider(aws, create_cluster):
    create_cluster()
    eks = aws("eks")
    oidc = {
        "identityProviderConfigName": "corp",
        "issuerUrl": "https://login.example",
        "clientId": "kubernetes",
        "groupsClaim": "groups",
    }
    update = eks.associate_identity_provider_config(clusterName="c1", oidc=oidc, tags={"a": "b"})
    assert update["update"]["type"] == "AssociateIdentityProviderConfig"
    listed = eks.list_identity_provider_configs(clusterName="c1")["identityProviderConfigs"]
    named = {"clusterName": "c1", "identityProviderConfig": listed[0]}
    described = eks.describe_identity_provider_config(**named)["identityProviderConfig"]["oidc"]
    assert described | oidc == described and described["status"] == "ACTIVE"
    with pytest.raises(eks.exceptions.ResourceInUseException, match="one at most"):
        eks.associate_identity_provider_config(clusterName="c1", oidc=oidc)
    eks.disassociate_identity_provider_config(**named)
    with pytest.raises(eks.exceptions.ResourceNotFoundException):
        eks.describe_identity_provider_config(**named)
