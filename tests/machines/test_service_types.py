"""Services that would lead nowhere; a real API server refuses them in tests/local/cluster/."""

import re

from machines.cloud_controller import CONTROLLERS, cloud_controller_manifests
from machines.cluster_manifests import cluster_manifest_files
from machines.kube_apiserver import ApiServerSwitches
from machines.kube_proxy import NO_MACHINE, kube_proxy_configuration
from machines.service_types import LIMIT, service_type_manifests
from tests.machines.self_hosted import CLUSTER


def test_they_are_refused_in_every_namespace_and_by_everybody_who_delivers_manifests():
    policy, binding = service_type_manifests()
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", LIMIT), "as the API server takes it"
    assert binding["spec"] == {"policyName": LIMIT, "validationActions": ["Deny"]}
    assert policy["metadata"]["name"] == LIMIT and policy["spec"]["failurePolicy"] == "Fail"
    assert policy["spec"]["matchConstraints"].keys() == {"resourceRules"}, "no namespace is apart"
    (rule,) = policy["spec"]["matchConstraints"]["resourceRules"]
    assert (rule["resources"], rule["operations"]) == (["services"], ["CREATE", "UPDATE"])
    assert [one["expression"].split("'")[1] for one in policy["spec"]["validations"]] == [
        "NodePort", "LoadBalancer",
    ]  # fmt: skip
    files = {file.path.rpartition("/")[2]: file.content
             for file in cluster_manifest_files(CLUSTER, ApiServerSwitches())}  # fmt: skip
    assert LIMIT in files["70-service-types.yaml"]


def test_that_is_so_because_nobody_makes_what_they_would_lead_to():
    """Whoever lets kube-proxy answer at nodes, or starts who makes load balancers, changes this."""
    assert kube_proxy_configuration(CLUSTER)["nodePortAddresses"] == [NO_MACHINE]
    (daemon_set,) = (d for d in cloud_controller_manifests(CLUSTER) if d["kind"] == "DaemonSet")
    (container,) = daemon_set["spec"]["template"]["spec"]["containers"]
    (told,) = (one for one in container["args"] if one.startswith("--controllers="))
    assert told == "--controllers=cloud-node-controller,cloud-node-lifecycle-controller"
    assert not any("lb" in one or "route" in one for one in CONTROLLERS)
    (rights,) = (d["rules"] for d in cloud_controller_manifests(CLUSTER)
                 if d["kind"] == "ClusterRole")  # fmt: skip
    assert "services" not in str(rights) and "nodes" in str(rights)
