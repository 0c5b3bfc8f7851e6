"""Services whose endpoints take no policy: AWS lets everybody through them.

What an endpoint's policy would keep out, only a service control policy can, and it binds principals
of the own organization alone: hence a name that answers for it, and a date.
Source: AWS PrivateLink guide, vpc-endpoints-access; aws-samples/data-perimeter-policy-examples,
vpc_endpoint_policies; EKS user guide, security/vpc-interface-endpoints. Read 2026-11-22. AWS itself
tells it as VpcEndpointPolicySupported of ec2:DescribeVpcEndpointServices.
"""

# By the name behind the region, or behind the prefix where the service is global.
UNPOLICED = frozenset({"acm", "billing", "oidc-eks", "pricing.api", "route53"})
