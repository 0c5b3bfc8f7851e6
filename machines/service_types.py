"""Kinds of Services that lead nowhere here, refused where they are made.

kube-proxy answers at no port of a node, and nobody makes load balancers for Services
(docs/adr/0034-make-no-load-balancers-for-services.md). Kubernetes itself would leave such a Service
pending for ever, without a word.
"""

from machines.admission import limit_manifests
from machines.manifests import Document

LIMIT = "services-lead-somewhere.heiiki"


def service_type_manifests() -> list[Document]:
    """A load balancer's class names who makes it: that one answers for it."""
    return limit_manifests(
        LIMIT,
        "services",
        [
            {
                "expression": "object.spec.type != 'NodePort'",
                "message": "nothing answers at ports of nodes here; use type ClusterIP, and see "
                "docs/self-hosted/README.md of heiiki, Ways to pods",
            },
            {
                "expression": "object.spec.type != 'LoadBalancer' || "
                "has(object.spec.loadBalancerClass)",
                "message": "nobody makes load balancers for Services here; use type ClusterIP, or "
                "name the loadBalancerClass of a controller of your own, and see "
                "docs/self-hosted/README.md of heiiki, Ways to pods",
            },
        ],
    )
