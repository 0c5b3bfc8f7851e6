"""What answers the internet: load balancers, edges, and services with a public face."""

from collections.abc import Iterator
from typing import Any

from tests.policies.mutations.mutation import Change, add, opens
from tests.policies.mutations.parts import cluster_subnets, supply
from tests.policies.mutations.stacks import Of, Stack

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
EDGES = (
    "aws:cloudfront/distribution:Distribution",
    "aws:cloudfront/vpcOrigin:VpcOrigin",
    "aws:globalaccelerator/accelerator:Accelerator",
    "aws:apigateway/restApi:RestApi",
    "aws:apigateway/vpcLink:VpcLink",
    "aws:apigatewayv2/api:Api",
    "aws:lambda/functionUrl:FunctionUrl",
)
# With a public face, or compute that runs outside the VPC: no rule looks into them, so none may be.
UNJUDGED: dict[str, dict[str, Any]] = {
    "aws:lambda/function:Function": {"role": "arn:aws:iam::123456789012:role/x"},
    "aws:rds/instance:Instance": {"publiclyAccessible": True},
    "aws:rds/clusterInstance:ClusterInstance": {"publiclyAccessible": True},
    "aws:redshift/cluster:Cluster": {"publiclyAccessible": True},
    "aws:opensearch/domain:Domain": {"domainName": "x"},
    "aws:mq/broker:Broker": {"publiclyAccessible": True},
    "aws:msk/cluster:Cluster": {},
    "aws:dms/replicationInstance:ReplicationInstance": {"publiclyAccessible": True},
    "aws:transfer/server:Server": {"endpointType": "PUBLIC"},
    "aws:codebuild/project:Project": {},
    "aws:glue/job:Job": {},
    "aws:sagemaker/notebookInstance:NotebookInstance": {"directInternetAccess": "Enabled"},
    "aws:apprunner/service:Service": {},
    "aws:ecs/service:Service": {"networkConfiguration": {"assignPublicIp": True}},
    "aws:sfn/stateMachine:StateMachine": {},
    "aws:ses/emailIdentity:EmailIdentity": {"email": "x@example.com"},
    "aws:ssm/association:Association": {"name": "x"},
    "aws:ssm/resourceDataSync:ResourceDataSync": {},
    "aws:lightsail/instance:Instance": {},
    "aws:verifiedaccess/endpoint:Endpoint": {},
}


def _balancer(type_: str = BALANCER, **given: Any) -> Change:
    return add(type_, lambda s: {"subnets": [Of(n) for n in cluster_subnets(s)], **given})


def _listener(action: dict[str, Any]) -> Change:
    return add(LISTENER, {"port": 443, "defaultActions": [action]})


def _supplied_address(stack: Stack) -> Iterator[Stack]:
    """The address is declared as supplied, which does not make it private."""
    address = "eipalloc-0a1b2c3d4e5f60718"
    mapping = [{"subnetId": Of(cluster_subnets(stack)[0]), "allocationId": address}]
    props = {"internal": True, "loadBalancerType": "network", "subnetMappings": mapping}
    opened = stack.having(stack.makes(BALANCER, "door", props))
    yield opened.declaring(supplied=(*stack.boundary.supplied, supply(address)))


OIDC = {"type": "authenticate-oidc", "authenticateOidc": {"issuer": "https://login.example"}}
POOL = {"type": "authenticate-cognito", "authenticateCognito": {"userPoolDomain": "x"}}
MUTATIONS = (
    opens("a load balancer that faces the internet", "CN-110", _balancer(internal=False)),
    opens("a load balancer that says nothing", "CN-110", _balancer()),
    opens("a classic load balancer that faces the internet", "CN-110", _balancer(CLASSIC)),
    opens(
        "a load balancer of both families",
        "CN-111",
        _balancer(internal=True, ipAddressType="dualstack"),
    ),
    opens(
        "a load balancer with an Elastic IP",
        "CN-112 CN-004",
        _balancer(
            internal=True,
            loadBalancerType="network",
            subnetMappings=[{"allocationId": "eipalloc-0a1b2c3d4e5f60718"}],
        ),
    ),
    opens(
        "a load balancer with an Elastic IP that somebody answers for", "CN-112", _supplied_address
    ),
    opens("a listener that asks an issuer outside", "CN-178", _listener(OIDC)),
    opens("a listener that asks a user pool", "CN-178", _listener(POOL)),
    *(
        opens(f"a {t.split('/')[0][4:]} {t.rsplit(':')[-1]} at AWS's edge", "CN-015", add(t))
        for t in EDGES
    ),
    *(
        opens(
            f"a {t.split('/')[0][4:]} {t.rsplit(':')[-1]}, which no rule judges",
            "CN-001",
            add(t, props),
        )
        for t, props in UNJUDGED.items()
    ),
)
