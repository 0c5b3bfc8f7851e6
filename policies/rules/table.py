"""The rule table: the one place where a rule has its id, name, reason and remedy.

Ids are stable for ever; a rule that goes leaves its number unused. The pack, docs/policies.md
and the tests read this table; what a rule does stands in the module of its AWS noun.
`invariant` is the number of the closed-network invariant the rule decides for one resource.
"""

from rules.model import Rule
from rules.unpoliced import UNPOLICED

_EC2 = "https://docs.aws.amazon.com/vpc/latest/userguide"
_PRIVATELINK = "https://docs.aws.amazon.com/vpc/latest/privatelink"
_EKS = "https://docs.aws.amazon.com/eks/latest/userguide"
_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
_R53 = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide"
_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg"
_ECS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide"
_K8S = "https://kubernetes.io/docs"
_CLOUD_INIT = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html"
_PRIVATE_CLUSTERS = f"{_EKS}/private-clusters.html"

_INSTANCE = "aws:ec2/instance:Instance"
_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
_INTERFACE = "aws:ec2/networkInterface:NetworkInterface"
_CLUSTER = "aws:eks/cluster:Cluster"
_NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
_ENDPOINT_POLICY = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
_SUBNET = "aws:ec2/subnet:Subnet"
_VPC = "aws:ec2/vpc:Vpc"
_ROUTES = (
    "aws:ec2/route:Route",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/defaultRouteTable:DefaultRouteTable",
)
_TGW_ROUTE = "aws:ec2transitgateway/route:Route"
_VPN_ROUTE = "aws:ec2/vpnConnectionRoute:VpnConnectionRoute"
_SECURITY_GROUPS = (
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/securityGroupRule:SecurityGroupRule",
)
_LOAD_BALANCERS = (
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:alb/loadBalancer:LoadBalancer",
    "aws:elb/loadBalancer:LoadBalancer",
)
_TARGET = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
_DATABASE = "aws:rds/instance:Instance"
_DATABASE_CLUSTER = "aws:rds/cluster:Cluster"
_DOCUMENTS = "aws:docdb/cluster:Cluster"
_GRAPHS = "aws:neptune/cluster:Cluster"
_PROXY = "aws:rds/proxy:Proxy"
_CACHES = (
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:elasticache/cluster:Cluster",
)
_SERVERLESS_CACHE = "aws:elasticache/serverlessCache:ServerlessCache"
_BROKERS = "aws:msk/cluster:Cluster"
_QUEUEING = "aws:mq/broker:Broker"
_MEMORY = "aws:memorydb/cluster:Cluster"
_WAREHOUSE = "aws:redshift/cluster:Cluster"
_SERVERLESS_WAREHOUSE = "aws:redshiftserverless/workgroup:Workgroup"
_SEARCH = "aws:opensearch/domain:Domain"
_COPYING = "aws:dms/replicationInstance:ReplicationInstance"
_SERVERLESS_COPYING = "aws:dms/replicationConfig:ReplicationConfig"
_TASKS = ("aws:ecs/service:Service", "aws:ecs/taskSet:TaskSet")
_TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
_FILE_SYSTEMS = (
    "aws:fsx/ontapFileSystem:OntapFileSystem",
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem",
    "aws:fsx/windowsFileSystem:WindowsFileSystem",
)
_BUILD = "aws:codebuild/project:Project"
_MODEL = "aws:sagemaker/model:Model"
_STUDIOS = (
    "aws:sagemaker/notebookInstance:NotebookInstance",
    "aws:sagemaker/domain:Domain",
    _MODEL,
)
_FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
_PRIVATE_APIS = ("aws:apigateway/restApi:RestApi", "aws:apigateway/domainName:DomainName")
_STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"
_JOB = "aws:batch/jobDefinition:JobDefinition"
_PROVIDER = "pulumi:providers:aws"
# Every form an object may be declared in: what it is, it says itself (kubernetes_objects.py).
_OBJECTS = ("kubernetes:*",)
_MACHINES = (_INSTANCE, _TEMPLATE, *_OBJECTS)  # whatever has user data; of objects EC2NodeClass
# What machines fetch, and are set up with.
_FETCHED = ("aws:s3/bucketObject:BucketObject", "aws:s3/bucketObjectv2:BucketObjectv2")
_S3_BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")

_ACCESS_POINT = "aws:s3/accessPoint:AccessPoint"
_FUNCTION = "aws:lambda/function:Function"
_NAMING_IMAGES = (
    "aws:eks/addon:Addon", *_MACHINES, *_FETCHED, _FUNCTION, _TASK_DEFINITION, _JOB, _BUILD, _MODEL,
)  # fmt: skip
_EVENT_SOURCE = "aws:lambda/eventSourceMapping:EventSourceMapping"
_PERMISSION = "aws:lambda/permission:Permission"

_STORE_POLICIES = (
    *_S3_BUCKETS,
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
)

_RESOURCE_POLICIES = (
    "aws:kms/key:Key",
    "aws:kms/keyPolicy:KeyPolicy",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/externalKey:ExternalKey",
    "aws:s3/bucket:Bucket",
    "aws:s3/bucketV2:BucketV2",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:sqs/queue:Queue",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:sns/topic:Topic",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:secretsmanager/secret:Secret",
    "aws:secretsmanager/secretPolicy:SecretPolicy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "aws:ecr/registryPolicy:RegistryPolicy",
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy",
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy",
    "aws:backup/vaultPolicy:VaultPolicy",
    "aws:vpclattice/authPolicy:AuthPolicy",
    "aws:vpclattice/resourcePolicy:ResourcePolicy",
    "aws:lambda/resourcePolicy:ResourcePolicy",
    "aws:dynamodb/resourcePolicy:ResourcePolicy",
    _ACCESS_POINT,
    "aws:s3control/accessPointPolicy:AccessPointPolicy",
    "aws:opensearch/domain:Domain",
    "aws:opensearch/domainPolicy:DomainPolicy",
    "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy",
)

_NAMED = (
    "Name it under boundary.connections in the policy file, with the private ranges behind it, an "
    "owner and a reason, or remove it."
)

RULES: tuple[Rule, ...] = (
    # types, packages and regions
    Rule(
        "CN-001",
        "aws-any-resource-disallow-unlisted-type",
        "Every AWS resource is of a type whose ways out are known.",
        "critical",
        ("aws:*",),
        1,
        "AWS keeps adding connectivity types; a type nobody has judged may be a door.",
        "Use a listed type, or name the resource under boundary.exceptions after judging it.",
        f"{_EC2}/extend-intro.html",
    ),
    Rule(
        "CN-002",
        "pulumi-any-resource-disallow-unlisted-package",
        "Every resource comes from a package whose ways out are known.",
        "critical",
        ("*",),
        1,
        "Another package, or a dynamic provider, can open a way that no rule here sees. A "
        "component that the program itself defines has no provider: what it holds is judged.",
        "List the package under boundary.packages after judging it, with an owner, a reason and "
        "an expiry date. Of aws-native and awscc use the type of package aws, or name the resource "
        "under boundary.exceptions.",
        "https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/",
    ),
    Rule(
        "CN-003",
        "aws-any-resource-disallow-unlisted-region",
        "Every AWS resource lies in a declared region.",
        "high",
        ("aws:*", "pulumi:providers:aws"),
        51,
        "Endpoints, policies and DNS filters are regional; another region has none of them.",
        "Use a region of boundary.regions, or add it there.",
        "https://www.pulumi.com/registry/packages/aws/",
    ),
    Rule(
        "CN-270",
        "aws-any-resource-disallow-unread-depth",
        "Texts of JSON are no deeper than somebody here reads them.",
        "critical",
        ("aws:*", "pulumi:providers:aws"),
        1,
        "Each reader of a document goes down a bounded way. What lies below could be a call, a "
        "rule or a statement that nobody has judged.",
        "Write the text less deep: 64 levels of objects and lists are read, and what AWS takes "
        "needs no twenty.",
        "https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-"
        "state-machine-structure.html",
        unknown="deferred",
        decides=False,
    ),
    # gateways and fronts
    Rule(
        "CN-010",
        "aws-ec2-internet-gateway-disallow-creation",
        "A closed network has no internet gateway.",
        "critical",
        (
            "aws:ec2/internetGateway:InternetGateway",
            "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment",
        ),
        2,
        "An internet gateway is one route away from being used.",
        "Delete it and reach AWS through VPC endpoints.",
        f"{_EC2}/VPC_Internet_Gateway.html",
    ),
    Rule(
        "CN-011",
        "aws-ec2-egress-only-gateway-disallow-creation",
        "A closed network has no egress-only internet gateway.",
        "critical",
        ("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",),
        2,
        "It is the internet gateway of IPv6.",
        "Delete it; a closed network is IPv4 only.",
        f"{_EC2}/egress-only-internet-gateway.html",
    ),
    Rule(
        "CN-012",
        "aws-ec2-nat-gateway-disallow-public",
        "A NAT gateway, if any, is private.",
        "critical",
        (
            "aws:ec2/natGateway:NatGateway",
            "aws:ec2/natGatewayEipAssociation:NatGatewayEipAssociation",
        ),
        2,
        "connectivityType is public unless said otherwise.",
        "Delete it, or set connectivityType to private with no Elastic IP for address translation "
        "between private networks.",
        f"{_EC2}/vpc-nat-gateway.html",
    ),
    Rule(
        "CN-013",
        "aws-ec2-carrier-gateway-disallow-creation",
        "A closed network has no carrier or local gateway route.",
        "critical",
        (
            "aws:ec2/carrierGateway:CarrierGateway",
            "aws:ec2/localGatewayRoute:LocalGatewayRoute",
            "aws:ec2/localGatewayRouteTableVpcAssociation:LocalGatewayRouteTableVpcAssociation",
        ),
        2,
        "Both lead into networks that AWS does not filter.",
        "Delete it.",
        "https://docs.aws.amazon.com/wavelength/latest/developerguide/how-wavelengths-work.html",
    ),
    Rule(
        "CN-014",
        "aws-ec2-eip-disallow-creation",
        "A closed network has no Elastic IP.",
        "critical",
        (
            "aws:ec2/eip:Eip",
            "aws:ec2/eipAssociation:EipAssociation",
            "aws:ec2/eipDomainName:EipDomainName",
        ),
        2,
        "A public address serves nothing but a path to or from the internet.",
        "Delete it; use private addresses.",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html",
    ),
    Rule(
        "CN-015",
        "aws-any-edge-disallow-public-front",
        "Nothing stands at AWS's public edge in front of the network.",
        "critical",
        (
            "aws:cloudfront/*",
            "aws:globalaccelerator/*",
            *_PRIVATE_APIS,
            "aws:apigatewayv2/*",
            "aws:lambda/functionUrl:FunctionUrl",
            "aws:cognito/*",
            "aws:codebuild/webhook:Webhook",
            "aws:codepipeline/webhook:Webhook",
            "aws:directconnect/publicVirtualInterface:PublicVirtualInterface",
            "aws:directconnect/hostedPublicVirtualInterface:HostedPublicVirtualInterface",
            "aws:directconnect/hostedPublicVirtualInterfaceAccepter:"
            "HostedPublicVirtualInterfaceAccepter",
        ),
        18,
        "An edge service answers the internet and replies from inside.",
        "Delete it; serve private clients through an internal load balancer, or a REST API whose "
        "endpointConfiguration.types is PRIVATE.",
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"
        "private-content-vpc-origins.html",
    ),
    Rule(
        "CN-016",
        "aws-ec2-vpc-disallow-default",
        "The default VPC and its subnets are not adopted, and nothing is put into them.",
        "critical",
        (
            "aws:ec2/defaultVpc:DefaultVpc",
            "aws:ec2/defaultSubnet:DefaultSubnet",
            "aws:elb/loadBalancer:LoadBalancer",
            _DATABASE,
            _DATABASE_CLUSTER,
            _DOCUMENTS,
            _GRAPHS,
            *_CACHES,
            _SERVERLESS_CACHE,
            _QUEUEING,
            _MEMORY,
            _WAREHOUSE,
            _SERVERLESS_WAREHOUSE,
            _COPYING,
            _SERVERLESS_COPYING,
        ),
        8,
        "The default VPC comes with an internet gateway and subnets that give public addresses.",
        "Create a VPC of its own; of a classic load balancer write subnets, of a database or a "
        "cache a subnet group of that VPC.",
        f"{_EC2}/default-vpc.html",
    ),
    Rule(
        "CN-017",
        "aws-ec2-block-public-access-disallow-exclusion",
        "No VPC or subnet is exempt from VPC Block Public Access.",
        "critical",
        ("aws:ec2/vpcBlockPublicAccessExclusion:VpcBlockPublicAccessExclusion",),
        31,
        "An exclusion takes the account's own barrier away.",
        "Delete the exclusion.",
        f"{_EC2}/security-vpc-bpa.html",
    ),
    Rule(
        "CN-018",
        "aws-ec2-block-public-access-configure-bidirectional",
        "VPC Block Public Access, where it is managed, blocks both directions.",
        "high",
        ("aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions",),
        31,
        "block-ingress and off leave the way out open.",
        "Set internetGatewayBlockMode to block-bidirectional.",
        f"{_EC2}/security-vpc-bpa.html",
    ),
    # connections to other networks
    Rule(
        "CN-020",
        "aws-ec2-vpc-peering-disallow-unnamed-connection",
        "A VPC peering connection is named in the boundary.",
        "critical",
        (
            "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
            "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
        ),
        17,
        "The other VPC may have a way out, or belong to somebody else.",
        _NAMED,
        "https://docs.aws.amazon.com/vpc/latest/peering/what-is-vpc-peering.html",
    ),
    Rule(
        "CN-021",
        "aws-ec2-vpc-peering-disallow-foreign-owner",
        "The peer VPC belongs to an own account.",
        "critical",
        ("aws:ec2/vpcPeeringConnection:VpcPeeringConnection",),
        17,
        "A peer in a foreign account is outside whatever its addresses are.",
        "Set peerOwnerId to an account of boundary.accounts, or leave it out for the same account.",
        "https://docs.aws.amazon.com/vpc/latest/peering/create-vpc-peering-connection.html",
    ),
    Rule(
        "CN-022",
        "aws-ec2-transit-gateway-disallow-unnamed-connection",
        "A transit gateway attachment is named in the boundary.",
        "critical",
        (
            "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
            "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter",
            "aws:ec2transitgateway/peeringAttachment:PeeringAttachment",
            "aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter",
            "aws:ec2transitgateway/connect:Connect",
            "aws:ec2transitgateway/connectPeer:ConnectPeer",
        ),
        17,
        "Behind a transit gateway often stands a shared egress VPC.",
        _NAMED,
        "https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html",
    ),
    Rule(
        "CN-023",
        "aws-ec2-transit-gateway-disallow-auto-accept",
        "A transit gateway does not accept attachments by itself.",
        "high",
        ("aws:ec2transitgateway/transitGateway:TransitGateway",),
        17,
        "Any account it is shared with could attach a network.",
        "Leave autoAcceptSharedAttachments out, or set it to disable.",
        "https://docs.aws.amazon.com/vpc/latest/tgw/tgw-transit-gateways.html",
    ),
    Rule(
        "CN-024",
        "aws-ec2-vpn-disallow-unnamed-connection",
        "A VPN or virtual private gateway is named in the boundary.",
        "critical",
        (
            "aws:ec2/vpnGateway:VpnGateway",
            "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment",
            "aws:ec2/customerGateway:CustomerGateway",
            "aws:ec2/vpnConnection:VpnConnection",
            _VPN_ROUTE,
            "aws:ec2/vpnConcentrator:VpnConcentrator",
            "aws:ec2clientvpn/*",
        ),
        2,
        "A VPN ends in a network that nothing here can judge.",
        _NAMED,
        "https://docs.aws.amazon.com/vpn/latest/s2svpn/VPC_VPN.html",
    ),
    Rule(
        "CN-025",
        "aws-any-network-disallow-unnamed-attachment",
        "No wide-area, lattice or sharing service joins the network unnamed.",
        "critical",
        (
            "aws:networkmanager/*",
            "aws:directconnect/*",
            "aws:vpclattice/*",
            "aws:ram/*",
            "aws:ec2/networkInterfacePermission:NetworkInterfacePermission",
            "aws:ec2/trafficMirrorSession:TrafficMirrorSession",
            "aws:ec2/trafficMirrorTarget:TrafficMirrorTarget",
            "aws:ec2/vpcEndpointService:VpcEndpointService",
            "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple",
            "aws:ec2/vpcEndpointConnectionAccepter:VpcEndpointConnectionAccepter",
            "aws:apigateway/vpcLink:VpcLink",
            "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint",
            "aws:route53/vpcAssociationAuthorization:VpcAssociationAuthorization",
        ),
        17,
        "Each of these lets another account or network in, or this one out.",
        _NAMED + " Behind a VPC link no ranges lie: name under accounts whom it lets in (CN-159).",
        "https://docs.aws.amazon.com/ram/latest/userguide/what-is.html",
    ),
    # routes
    Rule(
        "CN-030",
        "aws-ec2-route-disallow-internet-target",
        "No route leads to a gateway, interface or network outside the boundary.",
        "critical",
        _ROUTES,
        3,
        "Only local routes and gateway endpoints (by association) are closed by themselves; a "
        "gateway id that is unknown in preview may be an internet gateway's.",
        "Delete the route; reach AWS through a VPC endpoint, and other networks through a peering "
        "connection, transit gateway or virtual private gateway named under boundary.connections. "
        "A route to a private NAT gateway, an appliance or a firewall's endpoint passes where it "
        "is named there, with the private ranges behind it: its packets are followed (CN-005).",
        f"{_EC2}/VPC_Route_Tables.html",
    ),
    Rule(
        "CN-031",
        "aws-ec2-route-require-named-connection",
        "A route to another network is named in the boundary.",
        "critical",
        (*_ROUTES, _TGW_ROUTE),
        3,
        "Behind a peering, a transit gateway or a VPN lies a network that nothing here can judge.",
        "Name the route (or its route table) under boundary.connections in the policy file, with "
        "the private ranges behind it, an owner and a reason, or delete it.",
        f"{_EC2}/VPC_Route_Tables.html",
    ),
    Rule(
        "CN-032",
        "aws-ec2-route-disallow-destination-outside-boundary",
        "A route leads to private addresses of its connection only.",
        "critical",
        (*_ROUTES, _TGW_ROUTE, _VPN_ROUTE),
        4,
        "A default route, its two halves, a prefix list or IPv6 can carry any destination.",
        "Write one IPv4 CIDR block within the connection's cidrs.",
        f"{_EC2}/VPC_Route_Tables.html",
    ),
    Rule(
        "CN-033",
        "aws-ec2-route-table-disallow-propagation",
        "Route tables take no routes from a gateway.",
        "critical",
        (
            "aws:ec2/routeTable:RouteTable",
            "aws:ec2/defaultRouteTable:DefaultRouteTable",
            "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation",
        ),
        3,
        "The other side decides what is propagated, a default route included.",
        "Write the private routes one by one, each named under boundary.connections.",
        f"{_EC2}/VPC_Route_Tables.html",
        unknown="counts as set",
    ),
    # subnets and VPCs
    Rule(
        "CN-040",
        "aws-ec2-subnet-disallow-public-ip-on-launch",
        "A subnet gives no public addresses.",
        "critical",
        (_SUBNET,),
        6,
        "A public address makes every later gateway a way out.",
        "Leave mapPublicIpOnLaunch out, or set it to false.",
        f"{_EC2}/subnet-public-ip.html",
    ),
    Rule(
        "CN-041",
        "aws-ec2-subnet-disallow-ipv6",
        "A subnet has no IPv6 and no DNS64.",
        "critical",
        (_SUBNET,),
        6,
        "Every IPv6 address AWS assigns is public.",
        "Leave every IPv6 property and enableDns64 out.",
        f"{_EC2}/vpc-ip-addressing.html",
    ),
    Rule(
        "CN-042",
        "aws-ec2-subnet-disallow-customer-owned-ip",
        "Nothing has addresses or interfaces in the network behind an Outpost.",
        "high",
        (_SUBNET, _DATABASE, *_LOAD_BALANCERS, *_OBJECTS),
        6,
        "A customer-owned pool is reached through the local gateway of an Outpost; a local network "
        "interface is on the network behind it, past every route and security group.",
        "Leave mapCustomerOwnedIpOnLaunch, customerOwnedIpv4Pool, customerOwnedIpEnabled and "
        "enableLniAtDeviceIndex out.",
        "https://docs.aws.amazon.com/outposts/latest/userguide/routing.html",
    ),
    Rule(
        "CN-043",
        "aws-ec2-vpc-disallow-ipv6",
        "A VPC has no IPv6.",
        "critical",
        (_VPC, "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation"),
        8,
        "Every IPv6 address AWS assigns is public.",
        "Leave every IPv6 property out.",
        f"{_EC2}/vpc-ip-addressing.html",
    ),
    Rule(
        "CN-044",
        "aws-ec2-vpc-enable-dns",
        "A VPC has DNS support and DNS host names.",
        "high",
        (_VPC,),
        8,
        "Without both, endpoint names resolve to public addresses or not at all, and nodes do not "
        "join. enableDnsHostnames is off unless set.",
        "Set enableDnsHostnames to true and do not set enableDnsSupport to false.",
        f"{_EKS}/network-reqs.html",
    ),
    Rule(
        "CN-045",
        "aws-ec2-dhcp-options-disallow-outside-resolver",
        "Machines ask only resolvers and time servers inside the boundary.",
        "high",
        ("aws:ec2/vpcDhcpOptions:VpcDhcpOptions",),
        16,
        "An outside resolver carries data in the names it is asked for.",
        "Use AmazonProvidedDNS, or private addresses.",
        f"{_EC2}/VPC_DHCP_Options.html",
    ),
    # instances, launch templates, interfaces, volumes
    Rule(
        "CN-050",
        "aws-ec2-instance-disallow-public-ip",
        "Machines refuse a public address explicitly; tasks and what keeps data have none.",
        "critical",
        (
            _INSTANCE,
            _TEMPLATE,
            "aws:cloudwatch/eventTarget:EventTarget",
            _DATABASE,
            _DATABASE_CLUSTER,
            "aws:rds/clusterInstance:ClusterInstance",
            "aws:neptune/clusterInstance:ClusterInstance",
            _BROKERS,
            _QUEUEING,
            _WAREHOUSE,
            _SERVERLESS_WAREHOUSE,
            _SEARCH,
            _COPYING,
            *_TASKS,
            _JOB,
        ),
        7,
        "Where nothing is said of a machine, the subnet decides, and the subnet may be another "
        "stack's. A database or broker with a public address is asked from the internet.",
        "Set associatePublicIpAddress to false; in a launch template on every network interface. "
        "Of tasks leave assignPublicIp out; of a database publiclyAccessible, "
        "of brokers publicAccess, and of a warehouse elasticIp; give a search domain vpcOptions.",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html",
    ),
    Rule(
        "CN-051",
        "aws-ec2-network-interface-disallow-ipv6",
        "An interface has no IPv6 address.",
        "critical",
        (
            _INSTANCE,
            _TEMPLATE,
            _INTERFACE,
            _DATABASE,
            _DATABASE_CLUSTER,
            _DOCUMENTS,
            _PROXY,
            *_CACHES,
            _SERVERLESS_CACHE,
            _BROKERS,
            *_FILE_SYSTEMS,
            _MEMORY,
            _SEARCH,
            _COPYING,
        ),
        7,
        "Every IPv6 address AWS assigns is public.",
        "Leave every IPv6 property out; of databases, caches and brokers leave the network type "
        "out, or set it to IPv4.",
        f"{_EC2}/vpc-ip-addressing.html",
        unknown="counts as set",
    ),
    Rule(
        "CN-052",
        "aws-ec2-instance-require-imdsv2",
        "The metadata service demands session tokens.",
        "high",
        (
            _INSTANCE,
            _TEMPLATE,
            *_OBJECTS,
            "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults",
        ),
        36,
        "Without tokens a forged request reads the machine's credentials.",
        "Set metadataOptions.httpTokens to required.",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html",
    ),
    Rule(
        "CN-053",
        "aws-ec2-instance-require-hop-limit-one",
        "Metadata answers do not travel past the machine itself.",
        "high",
        (
            _INSTANCE,
            _TEMPLATE,
            *_OBJECTS,
            "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults",
        ),
        36,
        "With a hop limit of 2, pods read the node's credentials; images may default to 2.",
        "Set metadataOptions.httpPutResponseHopLimit to 1.",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html",
    ),
    Rule(
        "CN-054",
        "aws-ec2-instance-disallow-metadata-tags",
        "Tags are not readable through the metadata service.",
        "medium",
        (_INSTANCE, _TEMPLATE, "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults"),
        36,
        "Tags name owners, clusters and keys to every process on the machine.",
        "Leave metadataOptions.instanceMetadataTags out, or set it to disabled.",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/work-with-tags-in-IMDS.html",
    ),
    Rule(
        "CN-055",
        "aws-ec2-volume-enable-encryption",
        "Every volume is encrypted, and says so itself.",
        "high",
        (
            _INSTANCE,
            _TEMPLATE,
            *_OBJECTS,
            "aws:ebs/volume:Volume",
            "aws:ebs/encryptionByDefault:EncryptionByDefault",
        ),
        56,
        "Unless the account says otherwise a volume is in clear.",
        "Set encrypted to true on every block device, the root device included.",
        "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html",
    ),
    Rule(
        "CN-056",
        "aws-ec2-instance-require-pinned-image",
        "A machine image is named by its id.",
        "high",
        (_INSTANCE, _TEMPLATE, *_OBJECTS),
        40,
        "A parameter, an alias or a tag can change to an image nobody has judged.",
        "Write the ami-… id, resolved beforehand; in a node class as id of amiSelectorTerms.",
        "https://docs.aws.amazon.com/autoscaling/ec2/userguide/"
        "using-systems-manager-parameters.html",
    ),
    Rule(
        "CN-057",
        "aws-ec2-instance-disallow-ssh-key",
        "No machine takes an SSH key pair.",
        "medium",
        (_INSTANCE, _TEMPLATE, "aws:batch/computeEnvironment:ComputeEnvironment"),
        43,
        "A key that leaves the network opens every machine that took it.",
        "Leave keyName and ec2KeyPair out; use Session Manager through its endpoints.",
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html",
        unknown="counts as set",
    ),
    Rule(
        "CN-058",
        "aws-autoscaling-group-disallow-launch-configuration",
        "An Auto Scaling group starts machines from a launch template.",
        "high",
        ("aws:autoscaling/group:Group",),
        7,
        "What a launch configuration opens is not judged here, and it has no per-interface say.",
        "Use launchTemplate or mixedInstancesPolicy.",
        "https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-templates.html",
        unknown="counts as set",
    ),
    # EKS
    Rule(
        "CN-060",
        "aws-eks-cluster-disallow-public-endpoint",
        "The Kubernetes API has no public endpoint.",
        "critical",
        (_CLUSTER,),
        9,
        "endpointPublicAccess is true unless set; a list of client ranges does not close it.",
        "Set vpcConfig.endpointPublicAccess to false.",
        f"{_EKS}/cluster-endpoint.html",
    ),
    Rule(
        "CN-061",
        "aws-eks-cluster-enable-private-endpoint",
        "The Kubernetes API has a private endpoint.",
        "critical",
        (_CLUSTER,),
        9,
        "endpointPrivateAccess is false unless set; nodes would need the internet.",
        "Set vpcConfig.endpointPrivateAccess to true.",
        f"{_EKS}/cluster-endpoint.html",
    ),
    Rule(
        "CN-062",
        "aws-eks-cluster-require-customer-routed-egress",
        "The control plane's own traffic goes through the VPC.",
        "critical",
        (_CLUSTER,),
        10,
        "By default (AWS_MANAGED) webhook, OIDC and aggregated API calls leave on a path of AWS.",
        "Set vpcConfig.controlPlaneEgressMode to CUSTOMER_ROUTED (it cannot be taken back).",
        f"{_EKS}/control-plane-egress.html",
    ),
    Rule(
        "CN-063",
        "aws-eks-cluster-enable-control-plane-logs",
        "All five control plane logs are on.",
        "medium",
        (_CLUSTER,),
        45,
        "None is on unless set; without them nobody can tell who used the API.",
        "Set enabledClusterLogTypes to api, audit, authenticator, controllerManager, scheduler.",
        f"{_EKS}/control-plane-logs.html",
    ),
    Rule(
        "CN-064",
        "aws-eks-cluster-enable-deletion-protection",
        "A cluster cannot be deleted by one call.",
        "medium",
        (_CLUSTER,),
        45,
        "It is off unless set.",
        "Set deletionProtection to true.",
        f"{_EKS}/deletion-protection.html",
    ),
    Rule(
        "CN-065",
        "aws-eks-cluster-require-version",
        "A cluster says which Kubernetes version it runs.",
        "medium",
        (_CLUSTER,),
        45,
        "Without one EKS takes its newest, and images carried in no longer match.",
        "Set version.",
        f"{_EKS}/kubernetes-versions.html",
        unknown="counts as set",
    ),
    Rule(
        "CN-066",
        "aws-eks-cluster-require-support-type",
        "A cluster says what happens at the end of standard support.",
        "low",
        (_CLUSTER,),
        45,
        "EXTENDED (paid) is the default; STANDARD upgrades by itself. Either must be a decision.",
        "Set upgradePolicy.supportType.",
        f"{_EKS}/kubernetes-versions.html",
        unknown="counts as set",
    ),
    Rule(
        "CN-067",
        "aws-eks-cluster-require-service-cidr",
        "A cluster says which private range its services use.",
        "medium",
        (_CLUSTER,),
        45,
        "EKS guesses otherwise, and the guess can overlap a connected network; it never changes.",
        "Set kubernetesNetworkConfig.serviceIpv4Cidr to a private range.",
        f"{_EKS}/network-reqs.html",
    ),
    Rule(
        "CN-068",
        "aws-eks-cluster-disallow-creator-admin",
        "Who creates a cluster is not its administrator for ever.",
        "medium",
        (_CLUSTER,),
        44,
        "It is on unless set, and hidden: no access entry shows it beforehand.",
        "Set accessConfig.bootstrapClusterCreatorAdminPermissions to false; write access entries.",
        f"{_EKS}/access-entries.html",
    ),
    Rule(
        "CN-069",
        "aws-eks-cluster-require-access-entries",
        "Access to a cluster is decided by access entries.",
        "medium",
        (_CLUSTER,),
        44,
        "CONFIG_MAP, the API's default, can only be written from inside the network.",
        "Set accessConfig.authenticationMode to API (or API_AND_CONFIG_MAP).",
        f"{_EKS}/access-entries.html",
    ),
    Rule(
        "CN-070",
        "aws-eks-cluster-disallow-ipv6",
        "Pods and services have no IPv6 addresses.",
        "critical",
        (_CLUSTER,),
        8,
        "Pods of an ipv6 cluster have public addresses.",
        "Leave kubernetesNetworkConfig.ipFamily out, or set it to ipv4.",
        f"{_EKS}/cni-ipv6.html",
    ),
    Rule(
        "CN-071",
        "aws-eks-capability-disallow-creation",
        "No EKS capability runs outside the VPC.",
        "critical",
        ("aws:eks/capability:Capability",),
        28,
        "Capabilities run in AWS's own network; their traffic does not pass the VPC.",
        "Delete it and run the controller on the cluster's own nodes.",
        f"{_EKS}/capabilities.html",
    ),
    Rule(
        "CN-072",
        "aws-eks-identity-provider-disallow-outside-issuer",
        "Tokens are trusted from the cluster's own issuer only.",
        "high",
        (
            "aws:eks/identityProviderConfig:IdentityProviderConfig",
            "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        ),
        28,
        "Whoever holds a foreign issuer's key becomes a user or a role here; the control plane "
        "also calls the issuer.",
        "Use Pod Identity and access entries; for IRSA pass the EKS issuer's URL, or name the "
        "provider under boundary.exceptions while it is unknown in preview.",
        f"{_EKS}/authenticate-oidc-identity-provider.html",
    ),
    Rule(
        "CN-073",
        "aws-eks-access-entry-disallow-foreign-principal",
        "Only principals of own accounts get access to a cluster.",
        "high",
        (
            "aws:eks/accessEntry:AccessEntry",
            "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
            *_OBJECTS,
        ),
        44,
        "A foreign principal administers the cluster from outside, by an access entry or by the "
        "ConfigMap aws-auth.",
        "Use a role of an account in boundary.accounts.",
        f"{_EKS}/access-entries.html",
        unknown="deferred",
    ),
    Rule(
        "CN-074",
        "aws-eks-pod-identity-disallow-foreign-target",
        "Pods assume roles of own accounts only.",
        "high",
        ("aws:eks/podIdentityAssociation:PodIdentityAssociation", *_OBJECTS),
        26,
        "targetRoleArn, and the annotation of a ServiceAccount, reach into another account, past "
        "the network.",
        "Leave targetRoleArn and eks.amazonaws.com/role-arn out, or use a role of an account in "
        "boundary.accounts.",
        f"{_EKS}/pod-id-assign-target-role.html",
        unknown="deferred",
    ),
    Rule(
        "CN-075",
        "aws-eks-node-group-disallow-remote-access",
        "A node group opens no SSH.",
        "high",
        (_NODE_GROUP,),
        43,
        "remoteAccess without source groups opens port 22 to everything.",
        "Leave remoteAccess out; use Session Manager through its endpoints.",
        f"{_EKS}/create-managed-node-group.html",
        unknown="counts as set",
    ),
    Rule(
        "CN-076",
        "aws-eks-node-group-require-launch-template",
        "A node group takes its machines from a judged launch template.",
        "high",
        (_NODE_GROUP,),
        36,
        "Without one EKS chooses a hop limit of 2 and volumes in clear.",
        "Set launchTemplate.",
        f"{_EKS}/launch-templates.html",
        unknown="counts as set",
    ),
    Rule(
        "CN-077",
        "aws-eks-node-group-disallow-amazon-linux-2",
        "No node group runs Amazon Linux 2.",
        "high",
        (_NODE_GROUP,),
        40,
        "Its EKS images ended on 26 November 2025 with Kubernetes 1.32.",
        "Use an AL2023, Bottlerocket or CUSTOM amiType.",
        f"{_EKS}/eks-ami-deprecation-faqs.html",
    ),
    # endpoints
    Rule(
        "CN-080",
        "aws-ec2-vpc-endpoint-disallow-foreign-type",
        "An endpoint is of type Interface or Gateway.",
        "critical",
        (_ENDPOINT,),
        11,
        "Resource, ServiceNetwork, Tunnel and GatewayLoadBalancer endpoints lead to resources of "
        "others.",
        "Set vpcEndpointType to Interface or Gateway and leave resourceConfigurationArn and "
        "serviceNetworkArn out.",
        f"{_PRIVATELINK}/concepts.html",
    ),
    Rule(
        "CN-081",
        "aws-ec2-vpc-endpoint-disallow-foreign-service",
        "An endpoint leads to a service of AWS.",
        "critical",
        (_ENDPOINT,),
        11,
        "A com.amazonaws.vpce service belongs to whoever made it.",
        "Use the AWS service's own name; with boundary.services or boundary.regions set, one of "
        "them.",
        f"{_PRIVATELINK}/aws-services-privatelink-support.html",
    ),
    Rule(
        "CN-082",
        "aws-ec2-vpc-endpoint-disallow-foreign-region",
        "An endpoint stays in its region.",
        "critical",
        (_ENDPOINT,),
        11,
        "serviceRegion carries traffic to a region with no filters of ours.",
        "Leave serviceRegion out, or use a region of boundary.regions.",
        f"{_PRIVATELINK}/privatelink-cross-region-consideration.html",
    ),
    Rule(
        "CN-083",
        "aws-ec2-vpc-endpoint-require-policy",
        "An endpoint carries a readable policy of its own.",
        "critical",
        (_ENDPOINT, _ENDPOINT_POLICY),
        12,
        "Without one everybody may do everything to anything of that service, foreign accounts "
        "included.",
        "Write a policy whose text is known in preview: build ARNs from names and account ids, not "
        f"from outputs. For a service that takes no policy ({', '.join(sorted(UNPOLICED))}), name "
        "the endpoint under boundary.exceptions, with the service control policy that holds its "
        "callers in scp.",
        f"{_PRIVATELINK}/vpc-endpoints-access.html",
    ),
    Rule(
        "CN-084",
        "aws-ec2-vpc-endpoint-disallow-negated-statement",
        "No statement of an endpoint policy allows by exclusion.",
        "critical",
        (_ENDPOINT, _ENDPOINT_POLICY),
        14,
        "NotAction, NotResource and NotPrincipal allow everything that was forgotten.",
        "List what is allowed.",
        f"{_IAM}/reference_policies_elements_notaction.html",
    ),
    Rule(
        "CN-085",
        "aws-ec2-vpc-endpoint-disallow-foreign-principal",
        "An endpoint serves own principals only.",
        "critical",
        (_ENDPOINT, _ENDPOINT_POLICY),
        13,
        "Credentials carried in from another account would work here.",
        "Add StringEquals on aws:PrincipalOrgID or aws:PrincipalAccount with an own value "
        "(IfExists and ForAllValues do not bound).",
        "https://docs.aws.amazon.com/whitepapers/latest/building-a-data-perimeter-on-aws/"
        "building-a-data-perimeter-on-aws.html",
    ),
    Rule(
        "CN-086",
        "aws-ec2-vpc-endpoint-disallow-foreign-resource",
        "An endpoint reaches own resources only.",
        "critical",
        (_ENDPOINT, _ENDPOINT_POLICY),
        13,
        "Data could be written to a bucket, queue, key or registry of somebody else.",
        "Add StringEquals on aws:ResourceOrgID or aws:ResourceAccount with an own value, or name "
        "own ARNs with the account in them; of AWS's own resources only the documented reads pass.",
        "https://docs.aws.amazon.com/whitepapers/latest/building-a-data-perimeter-on-aws/"
        "building-a-data-perimeter-on-aws.html",
    ),
    Rule(
        "CN-087",
        "aws-ec2-vpc-endpoint-disallow-session-tokens",
        "The STS endpoint mints no session or federation tokens.",
        "medium",
        (_ENDPOINT, _ENDPOINT_POLICY),
        21,
        "Such tokens outlive the machine and work outside the network.",
        "Allow the AssumeRole actions one by one, or deny sts:GetSessionToken, "
        "sts:GetFederationToken, sts:GetWebIdentityToken and sts:GetDelegatedAccessToken without "
        "a condition.",
        f"{_IAM}/id_credentials_temp_request.html",
    ),
    Rule(
        "CN-088",
        "aws-ec2-vpc-endpoint-enable-private-dns",
        "An interface endpoint answers under the service's own name.",
        "high",
        (_ENDPOINT,),
        34,
        "Otherwise the name resolves to public addresses and nodes time out.",
        "Set privateDnsEnabled to true.",
        f"{_PRIVATELINK}/manage-dns-names.html",
    ),
    Rule(
        "CN-089",
        "aws-ec2-vpc-endpoint-require-security-group",
        "An interface endpoint names its security groups.",
        "high",
        (_ENDPOINT,),
        33,
        "Without one it takes the default security group of the VPC.",
        "Set securityGroupIds.",
        f"{_PRIVATELINK}/create-interface-endpoint.html",
        unknown="counts as set",
    ),
    Rule(
        "CN-090",
        "aws-ec2-vpc-endpoint-disallow-ipv6",
        "An endpoint has IPv4 addresses only.",
        "high",
        (_ENDPOINT,),
        8,
        "Every IPv6 address AWS assigns is public.",
        "Leave ipAddressType out, or set it to ipv4.",
        f"{_PRIVATELINK}/create-interface-endpoint.html",
    ),
    # security groups
    Rule(
        "CN-100",
        "aws-ec2-security-group-disallow-egress-outside-boundary",
        "Security groups let traffic out to addresses inside the boundary only.",
        "critical",
        (*_SECURITY_GROUPS, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
        32,
        "If a route ever leads out, the security group is what is left.",
        "Name security groups, prefix lists of this deployment's gateway endpoints, or CIDR blocks "
        "inside the boundary.",
        f"{_EC2}/vpc-security-groups.html",
    ),
    Rule(
        "CN-101",
        "aws-ec2-security-group-disallow-ingress-outside-boundary",
        "Security groups let traffic in from addresses inside the boundary only.",
        "high",
        (*_SECURITY_GROUPS, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"),
        32,
        "A public source has no business in a closed network.",
        "Name security groups or CIDR blocks inside the boundary.",
        f"{_EC2}/vpc-security-groups.html",
    ),
    Rule(
        "CN-102",
        "aws-ec2-security-group-disallow-all-protocols-to-cidr",
        "Egress to a CIDR block or prefix list names its protocol.",
        "medium",
        (*_SECURITY_GROUPS, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
        32,
        "Protocol -1 lets every port and protocol through, tunnels included.",
        "Name protocol and ports, or a security group as the target.",
        f"{_EC2}/security-group-rules.html",
    ),
    Rule(
        "CN-103",
        "aws-ec2-default-security-group-disallow-rules",
        "The default security group has no rules.",
        "high",
        ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",),
        32,
        "Whatever names no group gets this one.",
        "Leave ingress and egress out.",
        f"{_EC2}/default-security-group.html",
        unknown="counts as set",
    ),
    Rule(
        "CN-104",
        "aws-ec2-managed-prefix-list-disallow-entry-outside-boundary",
        "A prefix list holds addresses inside the boundary only.",
        "critical",
        (
            "aws:ec2/managedPrefixList:ManagedPrefixList",
            "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry",
        ),
        32,
        "A security group that names the list lets traffic out to every entry.",
        "Write CIDR blocks inside the boundary, or name the ranges under boundary.cidrs.",
        f"{_EC2}/managed-prefix-lists.html",
    ),
    # load balancers
    Rule(
        "CN-110",
        "aws-lb-load-balancer-require-internal",
        "A load balancer is internal, and says so.",
        "critical",
        _LOAD_BALANCERS,
        18,
        "It faces the internet unless set.",
        "Set internal to true.",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/"
        "how-elastic-load-balancing-works.html",
    ),
    Rule(
        "CN-111",
        "aws-lb-load-balancer-disallow-ipv6",
        "A load balancer has IPv4 addresses only.",
        "critical",
        (*_LOAD_BALANCERS, *_OBJECTS),
        18,
        "Every IPv6 address AWS assigns is public.",
        "Leave ipAddressType and annotations of that name out, or set them to ipv4.",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
    ),
    Rule(
        "CN-112",
        "aws-lb-load-balancer-disallow-elastic-ip",
        "A load balancer has no Elastic IP.",
        "critical",
        (*_LOAD_BALANCERS, *_OBJECTS),
        18,
        "An Elastic IP is a public address.",
        "Use privateIpv4Address in subnetMappings; of a Service the annotation "
        "aws-load-balancer-private-ipv4-addresses.",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html",
        unknown="counts as set",
    ),
    Rule(
        "CN-243",
        "aws-wafv2-acl-disallow-payment",
        "No web ACL asks for payment.",
        "high",
        (
            "aws:wafv2/webAcl:WebAcl",
            "aws:wafv2/webAclRule:WebAclRule",
            "aws:wafv2/ruleGroup:RuleGroup",
        ),
        18,
        "WAF settles what is paid with networks of the internet. All else that a web ACL does "
        "narrows what a load balancer answers.",
        "Leave monetizationConfig and the action monetize out, and write rules that are known in "
        "preview.",
        "https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-action.html",
    ),
    Rule(
        "CN-212",
        "aws-lb-target-disallow-outside-address",
        "Targets of load balancers have addresses inside.",
        "critical",
        (_TARGET,),
        18,
        "A load balancer sends what it is asked to its targets, from its own subnets and by its "
        "own security groups: whoever may ask it, gets there.",
        "Register targets inside the boundary, or name the ranges under boundary.cidrs.",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
        "load-balancer-target-groups.html",
        unknown="deferred",
    ),
    # DNS
    Rule(
        "CN-120",
        "aws-route53-resolver-endpoint-disallow-outbound",
        "No resolver endpoint carries questions out, unless named.",
        "critical",
        ("aws:route53/resolverEndpoint:ResolverEndpoint",),
        16,
        "An outbound endpoint asks whatever resolver a rule names.",
        "Delete it, set direction to INBOUND or INBOUND_DELEGATION, or name it under "
        "boundary.connections in the policy file.",
        f"{_R53}/resolver-overview-DSP-VPC.html",
    ),
    Rule(
        "CN-121",
        "aws-route53-resolver-rule-disallow-outside-forwarding",
        "Questions are forwarded for single domains, to private addresses, if at all.",
        "critical",
        ("aws:route53/resolverRule:ResolverRule",),
        16,
        "A rule for . sends every question out; a public target is a channel.",
        "Name the rule under boundary.connections in the policy file, a domain below the root, and "
        "targets within the connection's cidrs.",
        f"{_R53}/resolver-rules-managing.html",
    ),
    Rule(
        "CN-122",
        "aws-route53-resolver-firewall-config-disallow-fail-open",
        "DNS Firewall fails closed.",
        "critical",
        ("aws:route53/resolverFirewallConfig:ResolverFirewallConfig",),
        15,
        "Fail-open lets every question through while the firewall does not answer.",
        "Set firewallFailOpen to DISABLED.",
        f"{_R53}/resolver-dns-firewall-vpc-configuration.html",
    ),
    Rule(
        "CN-123",
        "aws-route53-resolver-firewall-association-enable-mutation-protection",
        "A DNS Firewall association cannot be loosened in passing.",
        "high",
        ("aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation",),
        15,
        "It is off unless set.",
        "Set mutationProtection to ENABLED.",
        f"{_R53}/resolver-dns-firewall-vpc-protections.html",
    ),
    Rule(
        "CN-124",
        "aws-route53-resolver-firewall-rule-disallow-trusted-redirection",
        "DNS Firewall judges every name of a redirection chain.",
        "high",
        ("aws:route53/resolverFirewallRule:ResolverFirewallRule",),
        15,
        "A trusted chain may end anywhere, and whoever owns the first name decides.",
        "Leave firewallDomainRedirectionAction out, or set it to INSPECT_REDIRECTION_DOMAIN.",
        f"{_R53}/resolver-dns-firewall-rule-settings.html",
    ),
    Rule(
        "CN-125",
        "aws-route53-resolver-firewall-rule-require-refusal",
        "A DNS Firewall rule allows or refuses; it does not watch or rewrite.",
        "high",
        ("aws:route53/resolverFirewallRule:ResolverFirewallRule",),
        15,
        "ALERT lets the question through; OVERRIDE answers with a name of its own.",
        "Set action to ALLOW, or to BLOCK with blockResponse NXDOMAIN or NODATA.",
        f"{_R53}/resolver-dns-firewall-rule-actions.html",
    ),
    # the data perimeter around roles, policies, keys and services that act for us
    Rule(
        "CN-130",
        "aws-iam-role-disallow-foreign-trust",
        "Roles trust own accounts and AWS services only.",
        "critical",
        ("aws:iam/role:Role",),
        26,
        "Whoever may assume a role acts as if inside.",
        "Name principals of boundary.accounts, or bound * by aws:PrincipalOrgID, and no service "
        "that lets a certificate stand for one (rolesanywhere, credentials.iot). Write the policy "
        "from names and account ids, so that it is known in preview.",
        f"{_IAM}/id_roles_update-role-trust-policy.html",
    ),
    Rule(
        "CN-131",
        "aws-any-resource-policy-disallow-foreign-principal",
        "Resource policies admit own principals and AWS services only.",
        "critical",
        _RESOURCE_POLICIES,
        25,
        "A key, bucket or queue open to others is a mailbox for what is inside. CloudFront hands "
        "what it may read to the internet, whoever's distribution it is.",
        "Name principals of boundary.accounts, or bound * by aws:PrincipalOrgID or "
        "aws:PrincipalAccount. Write the policy from names and account ids, so that it is known "
        "in preview.",
        f"{_IAM}/access_policies_identity-vs-resource.html",
    ),
    Rule(
        "CN-132",
        "aws-kms-grant-disallow-foreign-grantee",
        "Keys are granted to own principals only.",
        "high",
        ("aws:kms/grant:Grant",),
        25,
        "A grant works without any policy that shows it.",
        "Use a principal of an account in boundary.accounts.",
        "https://docs.aws.amazon.com/kms/latest/developerguide/grants.html",
        unknown="deferred",
    ),
    Rule(
        "CN-244",
        "aws-s3-access-grant-disallow-foreign-grantee",
        "Access grants of S3 are for own principals.",
        "high",
        ("aws:s3control/accessGrant:AccessGrant",),
        25,
        "Whoever has a grant gets credentials for a part of a bucket, and no policy of the bucket "
        "names him. Who is in a directory, nothing here tells.",
        "Set granteeType to IAM and granteeIdentifier to a principal of an account in "
        "boundary.accounts.",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-grant.html",
        unknown="deferred",
    ),
    Rule(
        "CN-133",
        "aws-any-resource-disallow-foreign-target",
        "What AWS sends on our behalf stays in own accounts.",
        "high",
        (
            "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
            "aws:cloudwatch/eventTarget:EventTarget",
            "aws:ec2/flowLog:FlowLog",
            "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig",
            "aws:s3/bucketNotification:BucketNotification",
            "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
            "aws:sns/topicSubscription:TopicSubscription",
            "aws:autoscaling/notification:Notification",
            "aws:dynamodb/kinesisStreamingDestination:KinesisStreamingDestination",
        ),
        27,
        "Deliveries by AWS's services pass neither the VPC nor its endpoints.",
        "Send to a resource whose ARN has an account of boundary.accounts in it; a replication "
        "names its destination account. Logs may go to a bucket, whose ARN has none, when "
        "it is of this deployment or named under boundary.supplied.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html",
        unknown="deferred",
    ),
    Rule(
        "CN-134",
        "aws-ecr-replication-disallow-foreign-registry",
        "Images are replicated to own registries only.",
        "critical",
        ("aws:ecr/replicationConfiguration:ReplicationConfiguration",),
        23,
        "The copy runs under a service role that no endpoint or organization policy stops.",
        "Use registries of boundary.accounts in boundary.regions.",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html",
    ),
    Rule(
        "CN-135",
        "aws-ecr-pull-through-cache-disallow-public-upstream",
        "A pull-through cache has an own registry upstream.",
        "high",
        ("aws:ecr/pullThroughCacheRule:PullThroughCacheRule",),
        23,
        "A public upstream brings unjudged images in and asked-for names out.",
        "Set upstreamRegistryUrl to a private ECR registry of an own account, or carry images in.",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html",
    ),
    Rule(
        "CN-136",
        "aws-any-resource-disallow-foreign-account",
        "Every ARN names an own account, or AWS itself.",
        "high",
        ("aws:*", "pulumi:providers:aws", *_OBJECTS),
        26,
        "A role, key, queue or topic of another account hands over what is inside, past the "
        "network.",
        "Use a resource of an account in boundary.accounts, or list the account there when it is "
        "your own.",
        f"{_IAM}/reference-arns.html",
        unknown="deferred",
    ),
    # Kubernetes
    Rule(
        "CN-140",
        "kubernetes-service-require-internal-load-balancer",
        "A Service of type LoadBalancer asks for an internal one.",
        "critical",
        _OBJECTS,
        19,
        "The cloud provider's default faces the internet.",
        "Annotate service.beta.kubernetes.io/aws-load-balancer-scheme: internal.",
        "https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/",
    ),
    Rule(
        "CN-141",
        "kubernetes-service-disallow-external-name",
        "A Service names nothing outside the cluster.",
        "high",
        _OBJECTS,
        49,
        "ExternalName and externalIPs send the cluster's own names elsewhere.",
        "Use a selector, or Endpoints with private addresses.",
        f"{_K8S}/concepts/services-networking/service/#externalname",
    ),
    Rule(
        "CN-142",
        "kubernetes-ingress-require-internal-scheme",
        "An Ingress or Gateway asks for an internal load balancer.",
        "critical",
        _OBJECTS,
        19,
        "A class or controller may face the internet unless the object says otherwise.",
        "Annotate alb.ingress.kubernetes.io/scheme: internal (a Gateway: under "
        "spec.infrastructure.annotations; a load balancer configuration: scheme internal).",
        "https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/",
    ),
    Rule(
        "CN-143",
        "kubernetes-webhook-disallow-url",
        "Webhooks are called inside the cluster.",
        "critical",
        _OBJECTS,
        47,
        "A url lets the API server send every object to any host.",
        "Use clientConfig.service.",
        f"{_K8S}/reference/access-authn-authz/extensible-admission-controllers/#url",
    ),
    Rule(
        "CN-144",
        "kubernetes-helm-release-disallow-hidden-manifests",
        "Charts are rendered where the rules can read them, and add-ons are AWS's own.",
        "high",
        (*_OBJECTS, "aws:eks/addon:Addon"),
        19,
        "A Release hides its objects from every rule, and so does a vendor's add-on.",
        "Use helm.v4.Chart, whose objects are resources of the stack.",
        "https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/",
    ),
    # barriers, buckets and zones
    Rule(
        "CN-150",
        "aws-ec2-public-sharing-require-block",
        "Images and snapshots cannot be shared in public.",
        "critical",
        (
            "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess",
            "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",
        ),
        25,
        "The state unblocked takes the account's own barrier away.",
        "Set state to block-new-sharing, or of snapshots to block-all-sharing.",
        "https://docs.aws.amazon.com/ebs/latest/userguide/block-public-access-snapshots.html",
    ),
    Rule(
        "CN-151",
        "aws-s3-public-access-block-require-all",
        "A public access block of S3 blocks all four ways.",
        "critical",
        (
            "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
            _ACCESS_POINT,
        ),
        25,
        "Each is false where nothing is said, but for an access point's; and a false opens what "
        "was closed.",
        "Set blockPublicAcls, blockPublicPolicy, ignorePublicAcls and restrictPublicBuckets to "
        "true.",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    ),
    Rule(
        "CN-152",
        "aws-s3-acl-disallow-foreign-grantee",
        "ACLs of buckets and objects admit nobody but the owner.",
        "critical",
        (
            *_S3_BUCKETS,
            "aws:s3/bucketObject:BucketObject",
            "aws:s3/bucketObjectv2:BucketObjectv2",
            "aws:s3/bucketLogging:BucketLogging",
            "aws:s3/bucketLoggingV2:BucketLoggingV2",
            "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
            "aws:s3/bucketAcl:BucketAcl",
            "aws:s3/bucketAclV2:BucketAclV2",
        ),
        25,
        "An ACL admits everybody, every AWS account, or an id that tells nobody whose it is; where "
        "ACLs count, whoever writes an object may write one.",
        "Leave acl, grants, accessControlPolicy and targetGrants out, set objectOwnership to "
        "BucketOwnerEnforced, and write a bucket policy with principals of boundary.accounts.",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html",
    ),
    Rule(
        "CN-153",
        "aws-s3-bucket-disallow-website",
        "No bucket is a website.",
        "high",
        (
            *_S3_BUCKETS,
            "aws:s3/bucketObject:BucketObject",
            "aws:s3/bucketObjectv2:BucketObjectv2",
            "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration",
            "aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2",
        ),
        18,
        "A website endpoint answers the internet, in clear and to everybody.",
        "Leave website and websiteRedirect out, and make no BucketWebsiteConfiguration.",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html",
        unknown="counts as set",
    ),
    Rule(
        "CN-154",
        "aws-s3-bucket-disallow-foreign-replication",
        "A bucket that says itself where it is copied to names an own account.",
        "critical",
        _S3_BUCKETS,
        27,
        "The copy runs under a service role that no endpoint policy stops, and a bucket's name "
        "does not tell whose it is.",
        "Set each destination's accountId to an account of boundary.accounts, or use "
        "BucketReplicationConfig.",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html",
    ),
    Rule(
        "CN-155",
        "aws-route53-zone-require-vpc",
        "A hosted zone is private.",
        "critical",
        ("aws:route53/zone:Zone",),
        16,
        "A zone without a VPC tells its names and addresses to everybody, and each question for "
        "them leaves the network.",
        "Set vpcs, and leave delegationSetId out.",
        f"{_R53}/hosted-zones-private.html",
        unknown="counts as set",
    ),
    # Kubernetes: groups, name servers, node classes
    Rule(
        "CN-156",
        "kubernetes-any-object-disallow-unlisted-group",
        "Every Kubernetes object is of an API group whose ways out are known.",
        "critical",
        _OBJECTS,
        1,
        "Controllers of other groups make load balancers, buckets, zones or whole clusters that no "
        "rule here sees; so does an object that does not say what it is.",
        "Write apiVersion and kind as text; list the group under boundary.apiGroups after judging "
        "what its controller does, with an owner, a reason and an expiry date.",
        f"{_K8S}/concepts/extend-kubernetes/api-extension/custom-resources/",
    ),
    Rule(
        "CN-157",
        "aws-eks-coredns-disallow-outside-upstream",
        "CoreDNS asks name servers inside the boundary only.",
        "critical",
        ("aws:eks/addon:Addon", *_OBJECTS),
        49,
        "An outside server learns every name that pods ask for, and data can be carried in names.",
        "Forward to /etc/resolv.conf, or to private addresses inside the boundary, in text that is "
        "known in preview.",
        "https://coredns.io/plugins/forward/",
    ),
    Rule(
        "CN-158",
        "kubernetes-ec2-node-class-disallow-public-ip",
        "Karpenter's node classes refuse public addresses explicitly.",
        "critical",
        _OBJECTS,
        7,
        "Where nothing is said, the subnet decides, and the subnet may be another stack's.",
        "Set spec.associatePublicIPAddress to false.",
        "https://karpenter.sh/docs/concepts/nodeclasses/",
    ),
    # Kubernetes: images, addresses, what pods are told
    Rule(
        "CN-145",
        "kubernetes-any-image-disallow-outside-registry",
        "Every image comes from a registry inside.",
        "critical",
        _NAMING_IMAGES,
        41,
        "A public registry answers no closed network; where it answers, there is a way out, and "
        "whoever writes there decides what runs here. A name without a registry is docker.io's.",
        "Copy the image into an own ECR repository and name it there, or list the registry under "
        "boundary.registries.",
        "https://github.com/distribution/reference/blob/v0.6.0/reference.go",
    ),
    Rule(
        "CN-146",
        "kubernetes-any-image-require-digest",
        "Every image is held to one content by its digest.",
        "medium",
        _NAMING_IMAGES,
        41,
        "A tag is moved by whoever may push; what was looked at is then not what runs.",
        "Write @sha256:<digest> behind the name.",
        f"{_K8S}/concepts/containers/images/#image-digests",
    ),
    Rule(
        "CN-147",
        "kubernetes-api-service-require-verification",
        "An aggregated API is known by its certificate.",
        "high",
        _OBJECTS,
        47,
        "The API server passes requests and their users on to whoever answers at the Service.",
        "Set spec.caBundle, and leave insecureSkipTLSVerify out.",
        f"{_K8S}/tasks/extend-kubernetes/setup-extension-api-server/",
    ),
    Rule(
        "CN-148",
        "kubernetes-pod-disallow-host-network",
        "Pods outside kube-system keep to a network of their own, and off their node.",
        "high",
        _OBJECTS,
        46,
        "On the node's network no NetworkPolicy holds a pod, and the instance's metadata gives it "
        "the node's role, whatever the hop limit. A pod gets there that is privileged or as good "
        "as that, sees the node's processes, asks its container runtime, or writes what the node "
        "runs. Known agents are no exception: a name, a label and an image say no more than "
        "whoever writes the pod wants them to say.",
        "Leave hostNetwork, hostPID, privileged and such capabilities and hostPath volumes out, or "
        "mount what is only read as readOnly; what has to run there belongs into kube-system, or "
        "under boundary.exceptions.",
        f"{_K8S}/concepts/security/pod-security-standards/#baseline",
    ),
    Rule(
        "CN-149",
        "kubernetes-any-address-disallow-outside",
        "Addresses that objects send traffic to lie inside.",
        "high",
        _OBJECTS,
        46,
        "Endpoints give an outside address a name of the cluster, and an egress rule says that "
        "pods are to reach it; the instance's metadata gives pods the node's role.",
        "Write addresses inside the boundary, and of link-local ones only 169.254.170.23 (Pod "
        "Identity), .169.253 (DNS), .169.123 (time) and 169.254.20.10 (the node's cache of names).",
        f"{_K8S}/concepts/services-networking/network-policies/",
    ),
    Rule(
        "CN-200",
        "kubernetes-pod-disallow-outside-host",
        "Pods, controllers and add-ons are told of hosts inside only.",
        "high",
        ("aws:eks/addon:Addon", *_OBJECTS),
        42,
        "What a process is told to ask, it asks; where that is outside, it fails, or finds a way.",
        "Use a host of the cluster or the VPC, or AWS's name of the region; list other names "
        "inside under boundary.hosts.",
        _PRIVATE_CLUSTERS,
        unknown="deferred",
    ),
    Rule(
        "CN-201",
        "aws-ec2-user-data-disallow-outside-host",
        "User data, and what machines fetch to be set up, name hosts inside only.",
        "critical",
        (*_MACHINES, *_FETCHED, "aws:ssm/parameter:Parameter"),
        42,
        "A machine runs its user data as root, before anybody looks: what that fetches from "
        "outside decides what the machine is. So does what it runs out of a bucket: objects that "
        "are scripts, or archives with some; and what it reads of parameters in clear.",
        "Carry in what is fetched, and name the bucket, repository or server inside; list names "
        "inside under boundary.hosts.",
        _CLOUD_INIT,
        unknown="deferred",
    ),
    Rule(
        "CN-202",
        "aws-ec2-user-data-require-inside-proxy",
        "A proxy of machines is inside, and is not asked for what is near.",
        "high",
        (*_MACHINES, *_FETCHED),
        42,
        "A proxy sees every request sent through it: for the instance's credentials, the cluster's "
        "API, images and names of the VPC too, where NO_PROXY does not except them.",
        "Name a proxy inside, and in NO_PROXY 169.254.169.254, 169.254.170.23, the VPC's and the "
        "service CIDR, .internal, the cluster's API and the names of ECR and S3.",
        "https://docs.aws.amazon.com/eks/latest/best-practices/networking.html",
        unknown="deferred",
    ),
    Rule(
        "CN-203",
        "kubernetes-controller-require-closed-flags",
        "Controllers do not ask services for which there is no endpoint.",
        "medium",
        _OBJECTS,
        48,
        "WAF, Shield, IAM and the price list answer on the internet only: a controller that needs "
        "them hangs, until somebody opens a way for it.",
        "Set --enable-shield=false, --enable-waf=false and --enable-wafv2=false of the Load "
        "Balancer Controller, ISOLATED_VPC=true of Karpenter with spec.instanceProfile for "
        "spec.role, --aws-use-static-instance-list=true of the Cluster Autoscaler.",
        _PRIVATE_CLUSTERS,
    ),
    Rule(
        "CN-204",
        "aws-eks-vpc-cni-require-closed-settings",
        "The VPC CNI takes addresses of the nodes' own subnets, and leads no pod out.",
        "medium",
        ("aws:eks/addon:Addon", *_OBJECTS),
        46,
        "It puts pods into any subnet of the VPC that somebody has tagged, with that subnet's "
        "routes; IPv6 egress and external SNAT are made for networks with a way out.",
        "Set env ENABLE_SUBNET_DISCOVERY to false, and leave ENABLE_V6_EGRESS and "
        "AWS_VPC_K8S_CNI_EXTERNALSNAT out or false.",
        f"{_EKS}/cni-subnet-selection.html",
    ),
    Rule(
        "CN-205",
        "kubernetes-gateway-class-disallow-lattice",
        "No Gateway is made of VPC Lattice.",
        "critical",
        _OBJECTS,
        17,
        "Its controller makes service networks and shares them with other VPCs and accounts.",
        "Use a class of the Load Balancer Controller, with the internal scheme.",
        "https://www.gateway-api-controller.eks.aws.dev/latest/",
    ),
    Rule(
        "CN-206",
        "aws-ec2-user-data-require-readable",
        "User data can be read by whoever judges it.",
        "critical",
        _MACHINES,
        42,
        "What nobody can read may fetch anything from anywhere.",
        "Write base64 of text: a script, cloud-config, NodeConfig, Bottlerocket's TOML, or MIME of "
        "these; compressed with gzip, if at all.",
        _CLOUD_INIT,
        decides=False,
    ),
    Rule(
        "CN-207",
        "aws-ec2-bottlerocket-disallow-metrics",
        "Bottlerocket sends no metrics.",
        "high",
        _MACHINES,
        39,
        "Where nothing is said, it sends them to a host of the internet.",
        "Set settings.metrics.send-metrics to false.",
        "https://bottlerocket.dev/en/os/latest/api/settings/metrics/",
        unknown="deferred",
    ),
    Rule(
        "CN-208",
        "aws-ec2-user-data-require-join-facts",
        "A node is told all that it needs to join.",
        "medium",
        (_INSTANCE, _TEMPLATE),
        37,
        "What it is not told, it asks EKS at boot, or guesses.",
        "Write what is missing: the API's endpoint, its certificate authority, the service CIDR or "
        "the cluster's DNS address. EKS adds them only to a managed node group with AWS's image.",
        f"{_EKS}/launch-templates.html",
        unknown="deferred",
    ),
    Rule(
        "CN-209",
        "kubernetes-pod-require-inside-proxy",
        "A proxy of pods and add-ons is inside, and is not asked for what is near.",
        "high",
        ("aws:eks/addon:Addon", *_OBJECTS),
        42,
        "A proxy sees every request sent through it, and the pod's credentials where NO_PROXY does "
        "not except Pod Identity.",
        "Name a proxy inside, and in NO_PROXY 169.254.170.23, .svc and .cluster.local.",
        f"{_EKS}/pod-id-how-it-works.html",
        unknown="deferred",
    ),
    Rule(
        "CN-217",
        "kubernetes-config-disallow-outside-host",
        "ConfigMaps and Secrets tell programs of hosts inside only.",
        "medium",
        _OBJECTS,
        42,
        "What a process is told to ask, it asks; where that is outside, it fails, or finds a way.",
        "Use a host of the cluster or the VPC, or AWS's name of the region; list other names "
        "inside under boundary.hosts.",
        f"{_K8S}/concepts/configuration/configmap/",
        unknown="deferred",
    ),
    Rule(
        "CN-218",
        "aws-ec2-user-data-require-max-pods",
        "A node is told how many pods it may run.",
        "medium",
        (_INSTANCE, _TEMPLATE),
        38,
        "What it is not told, its image guesses: by a table that is older than the instance type, "
        "by asking EC2, or 110, for which its subnet and its interfaces have no addresses.",
        "Write maxPods of spec.kubelet.config, max-pods of settings.kubernetes, or --max-pods with "
        "--use-max-pods false, as the instance type has addresses.",
        f"{_EKS}/choosing-instance-type.html",
        unknown="deferred",
    ),
    Rule(
        "CN-224",
        "kubernetes-ec2-node-class-require-selected-ids",
        "Karpenter's node classes choose subnets and groups by their ids.",
        "medium",
        _OBJECTS,
        46,
        "By tag or name a class takes whatever is called so when a node starts, also of another "
        "stack in a shared VPC, with that subnet's routes, which nobody has proved here, and that "
        "group's rules.",
        "Write an id into each of subnetSelectorTerms and securityGroupSelectorTerms.",
        "https://karpenter.sh/docs/concepts/nodeclasses/#specsubnetselectorterms",
    ),
    # who takes part in what is named
    Rule(
        "CN-159",
        "aws-any-network-disallow-foreign-party",
        "Whoever takes part in a connection or a share belongs to an own account.",
        "critical",
        (
            "aws:ec2transitgateway/peeringAttachment:PeeringAttachment",
            "aws:ec2/networkInterfacePermission:NetworkInterfacePermission",
            "aws:ec2/vpcEndpointService:VpcEndpointService",
            "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple",
            "aws:apigateway/vpcLink:VpcLink",
            "aws:ram/resourceShare:ResourceShare",
            "aws:ram/principalAssociation:PrincipalAssociation",
            "aws:ram/resourceShareAssociationsExclusive:ResourceShareAssociationsExclusive",
            "aws:directconnect/hostedPrivateVirtualInterface:HostedPrivateVirtualInterface",
            "aws:directconnect/hostedTransitVirtualInterface:HostedTransitVirtualInterface",
            "aws:directconnect/hostedConnection:HostedConnection",
            "aws:directconnect/gatewayAssociation:GatewayAssociation",
            "aws:directconnect/gatewayAssociationProposal:GatewayAssociationProposal",
        ),
        17,
        "boundary.connections lets a connection exist; it does not make its other end own.",
        "Use accounts of boundary.accounts, principals in them, or the organization of "
        "boundary.organizationId; leave allowExternalPrincipals out, or set it to false. Of a VPC "
        "link name API Gateway's account in the region under accounts of its connection. AWS lists "
        "them (https://docs.aws.amazon.com/apigateway/latest/developerguide/"
        "set-up-api-with-vpclink-accounts.html), and heiiki boundary --state proposes it; of a "
        "region that is not there aws ec2 describe-vpc-endpoint-service-permissions tells it of "
        "the service behind the link, and until then an exception may answer.",
        "https://docs.aws.amazon.com/ram/latest/userguide/getting-started-sharing.html",
    ),
    Rule(
        "CN-223",
        "aws-vpclattice-resource-disallow-outside-target",
        "What VPC Lattice leads to lies inside.",
        "critical",
        (
            "aws:vpclattice/resourceConfiguration:ResourceConfiguration",
            "aws:vpclattice/targetGroupAttachment:TargetGroupAttachment",
        ),
        17,
        "A resource gateway and a target group send what they are asked on, from subnets of their "
        "VPC: whoever may ask them, gets there. boundary.connections lets them exist, and does "
        "not make what stands behind them inside.",
        "Name addresses inside the boundary, or hosts inside; list names under boundary.hosts.",
        "https://docs.aws.amazon.com/vpc-lattice/latest/ug/resource-configuration.html",
        unknown="deferred",
    ),
    # services and tokens as principals
    Rule(
        "CN-160",
        "aws-any-resource-policy-require-source",
        "Resource policies admit services on behalf of own accounts only.",
        "critical",
        _RESOURCE_POLICIES,
        25,
        "A service acts for whoever asks it to: anybody's distribution, topic or trail could "
        "read, or fill, what is inside.",
        "Add StringEquals on aws:SourceAccount or aws:SourceOrgID, or ArnLike on aws:SourceArn, "
        "with an own value. For keys of CloudWatch Logs and CloudTrail their encryption context "
        "with an own ARN serves.",
        f"{_IAM}/confused-deputy.html",
    ),
    Rule(
        "CN-161",
        "aws-iam-role-require-token-claims",
        "A role for tokens names the audience and the service accounts.",
        "critical",
        ("aws:iam/role:Role",),
        26,
        "The issuer signs a token for every pod; without :sub and :aud each of them is the role.",
        "Add StringEquals on the issuer's :aud, and StringEquals or StringLike on its :sub with "
        "system:serviceaccount:<namespace>:<name>; or use Pod Identity.",
        f"{_EKS}/associate-service-account-role.html",
    ),
    # the provider
    Rule(
        "CN-165",
        "pulumi-aws-provider-disallow-foreign-account",
        "The aws provider acts in own accounts only.",
        "critical",
        (_PROVIDER,),
        26,
        "What a program creates through a foreign role lies outside, and its rules with it.",
        "Use roles and allowedAccountIds of boundary.accounts, written as text.",
        "https://www.pulumi.com/registry/packages/aws/installation-configuration/",
    ),
    Rule(
        "CN-166",
        "pulumi-aws-provider-disallow-foreign-host",
        "The aws provider asks AWS itself.",
        "critical",
        (_PROVIDER,),
        51,
        "Whoever stands between sees every request, the secrets in it, and may answer.",
        "Leave endpoints, httpProxy and httpsProxy out, or use AWS's own host names and private "
        "addresses; and take the provider from its publisher.",
        "https://www.pulumi.com/registry/packages/aws/installation-configuration/",
    ),
    Rule(
        "CN-167",
        "pulumi-aws-provider-require-region",
        "The aws provider names its region, where regions are declared.",
        "high",
        (_PROVIDER,),
        51,
        "Otherwise the environment of whoever runs the program decides, and no rule sees it.",
        "Set region on the provider (of the default provider aws:region in the stack's "
        "configuration), and stsRegion, if at all, to a region of boundary.regions.",
        "https://www.pulumi.com/registry/packages/aws/installation-configuration/",
        unknown="counts as set",
    ),
    Rule(
        "CN-168",
        "pulumi-kubernetes-provider-disallow-outside-server",
        "The kubernetes provider speaks to an API inside.",
        "critical",
        ("pulumi:providers:kubernetes",),
        51,
        "Whoever answers there gets every object, and the Secrets and tokens with them.",
        "Use the kubeconfig of a cluster inside: its private address, its name in the VPC, or the "
        "host that EKS gives it. A kubeconfig that is a file on the machine that runs the program "
        "is not read.",
        f"{_K8S}/concepts/configuration/organize-cluster-access-kubeconfig/",
        unknown="deferred",
    ),
    # deliveries
    Rule(
        "CN-171",
        "aws-cloudwatch-event-target-disallow-api-destination",
        "No event is sent to a URL.",
        "critical",
        ("aws:cloudwatch/eventTarget:EventTarget",),
        29,
        "An API destination is any URL of the internet, even when it is an own resource.",
        "Send the event to a queue, topic, log group or function of an own account.",
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html",
        unknown="deferred",
    ),
    Rule(
        "CN-229",
        "aws-ec2-vpc-endpoint-disallow-mail",
        "No endpoint leads to a service that sends mail or messages to people.",
        "critical",
        (_ENDPOINT,),
        29,
        "Own principals may send there from own identities, as the endpoint's policy asks, and "
        "whatever they send goes to any address outside.",
        "Take the endpoint away; have a relay inside the network send mail.",
        f"{_PRIVATELINK}/aws-services-privatelink-support.html",
    ),
    Rule(
        "CN-230",
        "aws-any-data-service-disallow-way-past-network",
        "What databases, caches and brokers hold leaves by no way of AWS's own.",
        "critical",
        (
            _DATABASE,
            _DATABASE_CLUSTER,
            _DOCUMENTS,
            _GRAPHS,
            "aws:rds/optionGroup:OptionGroup",
            *_CACHES,
            _BROKERS,
            _QUEUEING,
            _MEMORY,
            _WAREHOUSE,
            _SERVERLESS_WAREHOUSE,
            "aws:redshift/clusterIamRoles:ClusterIamRoles",
            "aws:redshift/snapshotCopy:SnapshotCopy",
            "aws:redshiftserverless/namespace:Namespace",
            _SEARCH,
            _COPYING,
            _SERVERLESS_COPYING,
        ),
        27,
        "The Data API is called from anywhere. Copies in other regions, streams of logs, roles of "
        "options and of warehouses, what a search domain sends and connections from other accounts "
        "are AWS's own to carry: no route, security group or endpoint policy is asked.",
        "Leave enableHttpEndpoint, global clusters, sources in other regions, Firehose, "
        "vpcConnectivity, roles of warehouses and options that reach outward out, set "
        "enhancedVpcRouting of warehouses to true and engineVersion of DMS to 3.4.7 or newer, or "
        "name the resource under boundary.exceptions after judging where its data goes. Egress of "
        "a search domain through its VPC is enabled by AWS's API, and the provider has no input "
        "for it.",
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.html",
    ),
    Rule(
        "CN-242",
        "aws-dms-endpoint-disallow-outside-host",
        "What databases are copied from and to, and whom file systems ask, are hosts inside.",
        "high",
        (
            "aws:dms/endpoint:Endpoint",
            "aws:fsx/ontapStorageVirtualMachine:OntapStorageVirtualMachine",
            _FILE_SYSTEMS[-1],
        ),
        42,
        "Whoever runs DMS sends what it reads in one database to the other one.",
        "Name servers inside; list names inside under boundary.hosts.",
        "https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Endpoints.html",
        unknown="deferred",
    ),
    # functions, tables and access points beside a cluster
    Rule(
        "CN-250",
        "aws-ecs-service-disallow-machines-outside",
        "Tasks and jobs run on machines of AWS, and reach it by their interface in the VPC alone.",
        "critical",
        (*_TASKS, _TASK_DEFINITION, _JOB, "aws:cloudwatch/eventTarget:EventTarget"),
        29,
        "A machine of ECS Anywhere stands in whatever network it is in. Before version 1.4.0 of "
        "Fargate's platform images and secrets were fetched by an interface of AWS's own.",
        "Leave EXTERNAL out of launchType and requiresCompatibilities, eksProperties out of jobs, "
        "and platformVersion at LATEST or 1.4.0.",
        f"{_ECS}/platform-version-migration.html",
    ),
    Rule(
        "CN-251",
        "aws-ecs-task-definition-disallow-outside-host",
        "Tasks, jobs and builds are told of hosts inside only, and send their logs there.",
        "high",
        (_TASK_DEFINITION, _JOB, _TASKS[0], _BUILD),
        42,
        "What a variable, a command, a log driver or a volume's option names, the task or its "
        "machine calls.",
        "Name servers inside; list names inside under boundary.hosts.",
        f"{_ECS}/task_definition_parameters.html",
        unknown="deferred",
    ),
    Rule(
        "CN-254",
        "aws-codebuild-project-require-vpc",
        "Builds run in a VPC, fetch inside, and are nobody's to look at.",
        "critical",
        (_BUILD,),
        29,
        "Without a VPC a build runs in AWS's own network, with the internet before it: no route, "
        "group or endpoint policy of this network holds it.",
        "Write vpcConfig with subnets of the closed network, take the source from S3, CodeCommit "
        "or a pipeline, and leave projectVisibility and badgeEnabled out.",
        "https://docs.aws.amazon.com/codebuild/latest/userguide/vpc-support.html",
    ),
    Rule(
        "CN-252",
        "aws-kinesis-firehose-disallow-outside-destination",
        "Streams of Firehose send to buckets, or into a VPC.",
        "critical",
        (_FIREHOSE,),
        27,
        "Firehose stands in AWS's own network: what is no bucket and has no interface in a VPC it "
        "reaches at public addresses, and a URL of the internet as well as any.",
        "Send to extended_s3 or iceberg, or to a search domain with vpcConfig; have something "
        "inside fetch it from there.",
        "https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html",
    ),
    Rule(
        "CN-253",
        "aws-sfn-state-machine-disallow-call-outside",
        "State machines call what is of own accounts, by names that are written down.",
        "critical",
        (_STATE_MACHINE,),
        29,
        "A state machine calls by its role from AWS's own network, past every endpoint and its "
        "policy: any URL, and whatever a caller has written into its input.",
        "Call functions, queues, topics, tables, jobs, tasks and state machines of own accounts by "
        "name or ARN; leave http:invoke and SDK integrations to a function in the VPC.",
        "https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html",
        unknown="deferred",
    ),
    Rule(
        "CN-255",
        "aws-apigateway-disallow-call-outside",
        "APIs hand on what they are asked into the VPC, or to own functions and queues.",
        "critical",
        (
            _PRIVATE_APIS[0],
            "aws:apigateway/restApiPut:RestApiPut",
            "aws:apigateway/integration:Integration",
            "aws:apigateway/authorizer:Authorizer",
            "aws:apigateway/stage:Stage",
            "aws:apigateway/deployment:Deployment",
        ),
        29,
        "An API calls from AWS's own network, past every route, group and endpoint policy: any URL "
        "of the internet, and services of AWS by whatever a caller has written. Of what a "
        "canary calls, AWS tells nobody.",
        "Use connectionType VPC_LINK for what stands in the VPC, AWS_PROXY for functions of own "
        "accounts, and write a body as JSON with names that no stage variable fills in. Make "
        "another stage in place of a canary.",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/private-integration.html",
    ),
    Rule(
        "CN-256",
        "aws-apigateway-policy-require-own-endpoint",
        "Private APIs answer who comes by an endpoint or a VPC that they name, or own principals.",
        "critical",
        (*_PRIVATE_APIS, "aws:apigateway/restApiPolicy:RestApiPolicy"),
        25,
        "A private API is reached from every VPC of every account that has an endpoint of "
        "execute-api, as far as its policy lets it.",
        "Allow execute-api:Invoke where aws:SourceVpce or aws:SourceVpc is one of your own, or "
        "deny it unless it is, with StringNotEquals.",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
        "apigateway-resource-policies-examples.html",
        unknown="deferred",
    ),
    Rule(
        "CN-257",
        "aws-scheduler-schedule-disallow-outside-target",
        "Schedules and pipes hand on to things of own accounts that are judged by themselves.",
        "critical",
        ("aws:scheduler/schedule:Schedule", "aws:pipes/pipe:Pipe"),
        29,
        "Both act by their role from AWS's own network, past every endpoint and its policy: a "
        "schedule by any action of any service, a pipe to any URL by an API destination.",
        "Let them call functions, queues, topics, streams, buses, log groups, tasks, jobs, builds "
        "and state machines; read brokers of one's own by vpc and a name inside.",
        "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html",
        unknown="deferred",
    ),
    Rule(
        "CN-258",
        "aws-codepipeline-disallow-action-outside",
        "Pipelines fetch, build and put inside, by actions that are judged by themselves.",
        "critical",
        (
            "aws:codepipeline/pipeline:Pipeline",
            "aws:codeconnections/connection:Connection",
            "aws:codestarconnections/connection:Connection",
        ),
        29,
        "An action of Commands runs in AWS's own network, one of somebody else wherever he has it, "
        "and a connection leads to a host of the internet.",
        "Take sources of S3, CodeCommit or ECR, build and test by projects of CodeBuild with a "
        "VPC, and invoke functions and state machines; a connection goes by a host in a VPC.",
        "https://docs.aws.amazon.com/codepipeline/latest/userguide/integrations-action-type.html",
    ),
    Rule(
        "CN-259",
        "aws-sagemaker-require-vpc",
        "Notebooks, domains and models of SageMaker keep to a VPC.",
        "critical",
        _STUDIOS,
        29,
        "They run people's programs in AWS's own network, with the internet before it, unless they "
        "are told otherwise: no route, group or endpoint policy of this network holds them.",
        "Write directInternetAccess Disabled with a subnetId, appNetworkAccessType VpcOnly, of a "
        "model vpcConfig or enableNetworkIsolation, and trust own accounts alone.",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-notebooks-and-internet-access.html",
    ),
    Rule(
        "CN-231",
        "aws-lambda-function-require-vpc",
        "Functions run in a VPC, and what polls a broker for them stands in one.",
        "critical",
        (_FUNCTION, _EVENT_SOURCE),
        29,
        "Without a VPC a function runs in AWS's own network, with the internet before it: no "
        "route, group or endpoint policy of this network holds it.",
        "Write vpcConfig with subnetIds and securityGroupIds of the closed network, or VPC_SUBNET "
        "and VPC_SECURITY_GROUP into sourceAccessConfigurations.",
        f"{_LAMBDA}/configuration-vpc-internet.html",
    ),
    Rule(
        "CN-232",
        "aws-lambda-function-disallow-outside-host",
        "Functions, and what polls for them, are told of hosts inside only.",
        "high",
        (_FUNCTION, _EVENT_SOURCE),
        42,
        "What a variable, a command or a broker's address names, the function calls.",
        "Name servers inside; list names inside under boundary.hosts.",
        f"{_LAMBDA}/configuration-envvars.html",
        unknown="deferred",
    ),
    Rule(
        "CN-233",
        "aws-lambda-permission-disallow-foreign-principal",
        "Functions are called, and layers read, by own principals and AWS services.",
        "critical",
        (_PERMISSION, "aws:lambda/layerVersionPermission:LayerVersionPermission"),
        25,
        "Whoever may call a function has a program in the network that does as it is asked, and "
        "answers.",
        "Name an account of boundary.accounts or a principal of one, * with the own organization, "
        "or a service that does not answer the internet, an API or a load balancer by its ARN.",
        f"{_LAMBDA}/access-control-resource-based.html",
    ),
    Rule(
        "CN-234",
        "aws-lambda-permission-require-source",
        "Services call functions on behalf of own accounts only.",
        "critical",
        (_PERMISSION,),
        25,
        "A service acts for whoever asks it to: anybody's topic, bucket or rule could call the "
        "function.",
        "Set sourceAccount to an account of boundary.accounts, which is known in preview, or "
        "sourceArn to an own ARN.",
        f"{_LAMBDA}/access-control-resource-based.html",
    ),
    Rule(
        "CN-235",
        "aws-any-bucket-disallow-foreign-owner",
        "Access points, and tables' exports and imports, are of own buckets.",
        "critical",
        (
            _ACCESS_POINT,
            "aws:dynamodb/table:Table",
            "aws:dynamodb/tableExport:TableExport",
        ),
        27,
        "A bucket's name does not tell whose it is; AWS writes there, and reads, past the network.",
        "Name an account of boundary.accounts, or leave the account out, which means the own one.",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html",
    ),
    Rule(
        "CN-236",
        "aws-s3-access-point-require-vpc",
        "Access points of S3 answer in a VPC only.",
        "high",
        (
            _ACCESS_POINT,
            "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint",
            "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy",
        ),
        20,
        "Without a VPC an access point takes requests from the internet.",
        "Write vpcConfiguration.vpcId; it cannot be changed later. A multi-region access point has "
        "no such setting: use an access point of the region.",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-vpc.html",
    ),
    # EKS beyond the cluster's own machines
    Rule(
        "CN-175",
        "aws-eks-cluster-disallow-outside-remote-network",
        "A cluster's remote nodes and pods have addresses inside the boundary.",
        "critical",
        (_CLUSTER,),
        4,
        "The control plane opens connections to these ranges, through the VPC's routes.",
        "Write private ranges inside the boundary, or leave remoteNetworkConfig out.",
        f"{_EKS}/hybrid-nodes-networking.html",
    ),
    Rule(
        "CN-176",
        "aws-eks-cluster-disallow-auto-mode",
        "No machine, load balancer or volume is made by EKS Auto Mode.",
        "critical",
        (_CLUSTER,),
        7,
        "EKS makes them from objects in the cluster; no launch template or load balancer of them "
        "is a resource that a rule sees.",
        "Leave computeConfig, elasticLoadBalancing and storageConfig out, or set enabled to false.",
        f"{_EKS}/automode.html",
    ),
    Rule(
        "CN-178",
        "aws-lb-listener-disallow-outside-issuer",
        "A load balancer asks no issuer of tokens.",
        "high",
        ("aws:lb/listener:Listener", "aws:lb/listenerRule:ListenerRule", *_OBJECTS),
        18,
        "It sends people, their codes and its own secret to the issuer's hosts, and fetches the "
        "keys of tokens there.",
        "Use forward, redirect and fixed-response alone, and let the application ask who comes; "
        "for an issuer inside, name the listener or object under boundary.exceptions.",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html",
    ),
    Rule(
        "CN-180",
        "aws-any-store-policy-require-vpc-endpoint",
        "Objects and image layers are read through VPC endpoints only, own ones where AWS tells.",
        "high",
        _STORE_POLICIES,
        20,
        "Whoever may write into a bucket or repository from inside writes to whoever may read it "
        "from outside; stolen credentials of a node read it from anywhere.",
        "Deny s3:GetObject and s3:GetObjectVersion, or ecr:GetDownloadUrlForLayer, to everybody "
        "where aws:SourceVpce, aws:SourceVpc, aws:VpceAccount or aws:VpceOrgID is not your own "
        "(StringNotEquals), in a statement with no other condition. Where AWS does not tell the "
        "endpoint's owner (ECR, and S3 outside partition aws), aws:SourceVpce may be Null instead. "
        "A bucket for logs may deny s3:PutObject instead where aws:PrincipalIsAWSService is false "
        "(BoolIfExists). Where AWS itself has to read, name the policy under boundary.exceptions.",
        f"{_IAM}/reference_policies_condition-keys.html",
    ),
    Rule(
        "CN-182",
        "aws-ssm-parameter-require-encrypted-key",
        "A parameter that holds a private key is encrypted.",
        "high",
        ("aws:ssm/parameter:Parameter",),
        56,
        "Whoever may list parameters reads it, and every record of a call that reads it holds it.",
        "Set type to SecureString, keyId to a key of your own, and write the text as value.",
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html",
    ),
)

# Judged over the whole deployment, when every resource has been judged by itself.
ORIGIN = Rule(
    "CN-004",
    "stack-disallow-undeclared-id",
    "What the deployment did not make itself, somebody answers for.",
    "critical",
    ("*",),
    1,
    "A route table, subnet, prefix list, resolver rule, bucket or function that nobody here has "
    "judged may be open, or send on what it gets.",
    "Name the id under boundary.supplied in the policy file, with an owner and a reason, or use a "
    "resource of this program.",
    "https://www.pulumi.com/docs/iac/concepts/resources/get/",
)
BARE_STORE = Rule(
    "CN-181",
    "stack-require-store-policy",
    "Each bucket and each repository that the deployment makes has a policy.",
    "high",
    (
        *_S3_BUCKETS,
        "aws:ecr/repository:Repository",
        "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
    ),
    20,
    "Without one, whoever IAM lets reads it from anywhere: stolen credentials of a node do, and "
    "CN-180 has no policy to judge.",
    "Make a BucketPolicy or a RepositoryPolicy of it in this program, as CN-180 asks for it, or "
    "name it under boundary.exceptions.",
    f"{_IAM}/access_policies_identity-vs-resource.html",
)
WAY_OUT = Rule(
    "CN-005",
    "stack-disallow-way-out",
    "No packet leaves the network but by a named connection.",
    "critical",
    ("aws:*",),
    6,
    "Resources that are sound one by one may be a way out together: a default route, a transit "
    "gateway's table and somebody's NAT gateway.",
    "Remove the way at one of its hops, or name it under boundary.connections with the private "
    "ranges behind it, an owner and a reason.",
    f"{_EC2}/VPC_Route_Tables.html",
)
UNDECIDED_WAY = Rule(
    "CN-006",
    "stack-disallow-undecided-way",
    "Where packets may go is known of every way.",
    "critical",
    ("aws:*",),
    6,
    "What nobody has described may lead anywhere.",
    "Make what is missing in this program, or let its owner look at it and name its id under "
    "boundary.supplied with the reason why it leads nowhere outside.",
    f"{_EC2}/VPC_Route_Tables.html",
)
OPEN_POLICY = Rule(
    "CN-007",
    "stack-disallow-open-policy",
    "No policy lets anybody or anything outside the boundary pass.",
    "critical",
    ("aws:*",),
    13,
    "A policy whose statements look narrow may together admit a request from outside.",
    "Hold the statement to your own accounts or organization, on principals and resources.",
    f"{_IAM}/reference_policies_evaluation-logic.html",
)
UNDECIDED_POLICY = Rule(
    "CN-008",
    "stack-disallow-undecided-policy",
    "Of every policy it is known whom it lets pass.",
    "critical",
    ("aws:*",),
    13,
    "What is unknown in a policy, or what AWS does not document, may admit anybody.",
    "Write the policy so that its text is known in preview, with operators and keys that AWS "
    "documents.",
    f"{_IAM}/reference_policies_evaluation-logic.html",
)
NAMES_OUT = Rule(
    "CN-126",
    "stack-disallow-names-outside",
    "Machines cannot ask for names that somebody outside answers.",
    "critical",
    (_VPC, "aws:ec2/defaultVpc:DefaultVpc"),
    15,
    "A question carries what its name says to whoever keeps the name's servers; it needs no route, "
    "no gateway and no security group, and is in no flow log.",
    "Join a DNS Firewall rule group to the VPC that allows names of AWS and own names one by one "
    "and blocks * last. Name own public domains under boundary.domains, with owner and reason.",
    f"{_R53}/resolver-dns-firewall.html",
)
UNDECIDED_NAMES = Rule(
    "CN-127",
    "stack-disallow-undecided-names",
    "Which names machines can ask for is known of every VPC.",
    "critical",
    (_VPC, "aws:ec2/defaultVpc:DefaultVpc", _SUBNET),
    15,
    "A rule group, a list or a forwarding rule that nobody has described may let every name out.",
    "Make what is missing in this program, or let its owner look at it and name its id under "
    "boundary.supplied with the reason why no name leaves by it.",
    f"{_R53}/resolver-dns-firewall.html",
)
_MACHINES = (_INSTANCE, _NODE_GROUP, "aws:autoscaling/group:Group")
ENDPOINT_OF_CALL = Rule(
    "CN-190",
    "stack-require-endpoint-of-feature",
    "Every call of a feature in use finds an endpoint under its name.",
    "high",
    (_VPC, _ENDPOINT),
    35,
    "In a closed network what has no endpoint times out: nodes do not join, pods do not start.",
    "Make the endpoint with private DNS, or on the route tables of the machines; or do without the "
    "feature.",
    f"{_EKS}/private-clusters.html",
)
ZONES_OF_CALL = Rule(
    "CN-191",
    "stack-require-endpoint-in-zone",
    "An endpoint stands in every zone that it is called from.",
    "medium",
    (_ENDPOINT,),
    34,
    "Calls from another zone fail with the zone that the endpoint stands in, and cost more.",
    "Add a subnet of the zone to the endpoint.",
    f"{_PRIVATELINK}/create-interface-endpoint.html",
)
POLICY_OF_CALL = Rule(
    "CN-192",
    "stack-require-endpoint-policy-of-feature",
    "An endpoint's policy lets the calls of features in use pass.",
    "high",
    (_ENDPOINT, _ENDPOINT_POLICY),
    35,
    "A policy that forgets one action stops what needs it, and says so in a log that nobody reads.",
    "Allow the actions that the finding lists, for own principals and resources.",
    f"{_PRIVATELINK}/vpc-endpoints-access.html",
)
PACKETS_OF_CALL = Rule(
    "CN-193",
    "stack-require-way-to-endpoint",
    "Packets of machines reach the endpoints that they call, and answers come back.",
    "high",
    (*_MACHINES, _ENDPOINT, _SUBNET),
    34,
    "A security group or a network ACL on either side drops a call without a word.",
    "Let tcp/443 out at the machines and in at the endpoint, and answers back in.",
    f"{_PRIVATELINK}/interface-endpoints.html",
)
NAME_OF_CALL = Rule(
    "CN-194",
    "stack-require-name-of-feature",
    "DNS Firewall lets machines ask for the names that features in use call.",
    "high",
    (_VPC,),
    35,
    "A name that is refused is no address, whatever stands behind it.",
    "Add the names that the finding lists to a list that is allowed.",
    f"{_R53}/resolver-dns-firewall.html",
)
ROLE_OF_CALL = Rule(
    "CN-195",
    "stack-require-permission-of-feature",
    "Roles are given the calls of the features that they are for.",
    "high",
    ("aws:iam/role:Role",),
    35,
    "An endpoint's policy gives nothing; what the role is not given is denied.",
    "Allow the actions that the finding lists in a policy of the role.",
    f"{_IAM}/reference_policies_evaluation-logic.html",
)
UNDECIDED_CALL = Rule(
    "CN-196",
    "stack-disallow-undecided-call",
    "Of every call of a feature in use it is known whether it is answered.",
    "medium",
    (*_MACHINES, _ENDPOINT, _VPC),
    35,
    "What nobody has described may be missing.",
    "Make what is missing in this program, or let its owner look at it and name its id under "
    "boundary.supplied with the reason.",
    f"{_EKS}/private-clusters.html",
)
UNKNOWN_USER_DATA = Rule(
    "CN-210",
    "stack-disallow-unknown-user-data",
    "What machines and functions are told is known before they are made.",
    "critical",
    (_INSTANCE, _TEMPLATE, _FUNCTION, *_FETCHED),
    42,
    "User data that nobody can read may fetch anything from anywhere, and so may what machines run "
    "out of a bucket. In a preview user data may wait for a cluster of the same deployment, and a "
    "function's variables and objects of buckets for whatever is made there: an update judges them "
    "before they are made. Live an object is known for as long as its ETag is the recorded one.",
    "Make user data of texts and of the cluster's endpoint and certificate authority alone, leave "
    "secrets out of variables and objects (name where they are kept), or prove the recorded state "
    "when it is known. Write an object anew that somebody else has written.",
    _CLOUD_INIT,
    unknown="deferred",
    decides=False,
)
UNANSWERED_HOST = Rule(
    "CN-211",
    "stack-require-endpoint-for-host",
    "AWS's hosts that machines are told of have an endpoint.",
    "medium",
    (_INSTANCE, _TEMPLATE),
    35,
    "Without one the name leads to a public address, and the machine waits for it in vain.",
    "Make a VPC endpoint of the service, or leave the host out. Not asked where the deployment "
    "makes no VPC itself.",
    f"{_PRIVATELINK}/aws-services-privatelink-support.html",
    unknown="deferred",
)
UNKNOWN_TARGET = Rule(
    "CN-213",
    "stack-disallow-unknown-target",
    "Where targets of load balancers are is known of each.",
    "critical",
    (_TARGET,),
    18,
    "A load balancer sends what it is asked to its targets, and one that nobody knows may be "
    "anywhere that its subnets' routes lead.",
    "Register what this program makes (an instance, a network interface, an endpoint, a load "
    "balancer), or write the address.",
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
    "load-balancer-target-groups.html",
    decides=False,
)
UNREAD_PARAMETER = Rule(
    "CN-225",
    "stack-disallow-unread-parameter",
    "The text of a parameter that is not encrypted is known.",
    "high",
    ("aws:ssm/parameter:Parameter",),
    56,
    "It may be a private key. A state keeps value encrypted whatever the type, and of a live "
    "account no text is read, so what somebody has written since the last update is not known.",
    "Set type to SecureString, or write what is no secret as insecureValue, which a state tells. "
    "Where somebody else has written it, run pulumi refresh and prove again.",
    "https://www.pulumi.com/registry/packages/aws/api-docs/ssm/parameter/",
    decides=False,
)
CHANGING_WEBHOOKS = Rule(
    "CN-214",
    "stack-disallow-changing-webhooks",
    "Who may change webhooks and aggregated APIs is Kubernetes itself, or an administrator.",
    "high",
    ("kubernetes:*",),
    47,
    "Whoever writes a webhook has the API server send every object to where it says, in or out of "
    "the cluster, and may change each of them on its way.",
    "Take create, update, patch and * on these resources out of the role, or hold the rule to the "
    "configurations that it is for by resourceNames; a controller that needs more is named under "
    "boundary.exceptions, and people by a binding to cluster-admin.",
    f"{_K8S}/reference/access-authn-authz/extensible-admission-controllers/",
)
OPEN_NAMESPACE = Rule(
    "CN-215",
    "stack-require-default-deny-egress",
    "In a namespace that is made here, pods send nothing but what a NetworkPolicy lets them.",
    "medium",
    ("kubernetes:*",),
    46,
    "Without a policy a pod reaches all that its node does: other namespaces, the VPC, and what is "
    "opened later.",
    "Add a NetworkPolicy with podSelector {} and policyTypes [Egress] to the namespace, and one "
    "that lets its pods ask the cluster's DNS. Asked of a Namespace whose pods are given with it.",
    f"{_K8S}/concepts/services-networking/network-policies/#default-deny-all-egress-traffic",
)
DEAF_NAMESPACE = Rule(
    "CN-216",
    "stack-require-names-of-namespace",
    "Pods that are held to NetworkPolicies may ask the cluster for names.",
    "medium",
    ("kubernetes:*",),
    46,
    "A pod that may not ask finds nobody, also where it may send.",
    "Add a NetworkPolicy that lets pods of the namespace send to port 53, udp and tcp, of the pods "
    "with the label k8s-app: kube-dns.",
    f"{_K8S}/concepts/services-networking/network-policies/",
)
MISNAMED_NODE = Rule(
    "CN-219",
    "stack-disallow-misnamed-node",
    "Nodes are called as the access entry of their role lets them.",
    "medium",
    (_INSTANCE, _TEMPLATE),
    38,
    "The API server lets a node register by one name only: its private DNS name with an entry of "
    "type EC2_LINUX, its instance's id with one of type EC2. Called otherwise, it never joins.",
    "Leave InstanceIdNodeName out and hostname-override-source at private-dns-name, or give the "
    "role an access entry of type EC2. Asked where the deployment has entries for nodes.",
    f"{_EKS}/creating-access-entries.html",
    unknown="deferred",
)
UNJOINED_SUBNET = Rule(
    "CN-220",
    "stack-require-route-table-of-subnet",
    "Every subnet that the deployment makes is joined to a route table by name.",
    "medium",
    (_SUBNET,),
    5,
    "A subnet without one takes the main table of its VPC, and with it each route that somebody "
    "adds there for another one.",
    "Make a RouteTableAssociation of the subnet with a route table of its own kind.",
    f"{_EC2}/subnet-route-tables.html",
)
WIDE_ENDPOINT_GROUP = Rule(
    "CN-221",
    "stack-disallow-wide-endpoint-group",
    "Groups of interface endpoints let tcp/443 in, and nothing else.",
    "high",
    (
        *_SECURITY_GROUPS,
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    ),
    33,
    "An endpoint answers there alone. What more its group lets in, opens whatever else carries the "
    "group, now or later.",
    "Write protocol tcp with fromPort and toPort 443, from the groups or CIDR blocks that call, in "
    "a group that endpoints alone carry.",
    f"{_PRIVATELINK}/create-interface-endpoint.html",
)
HALVED_REGISTRY = Rule(
    "CN-222",
    "stack-require-one-policy-of-registry",
    "Both endpoints of the registry say the same of images.",
    "medium",
    (_ENDPOINT, _ENDPOINT_POLICY),
    22,
    "ECR takes calls under either name: what one policy denies, the other one lets pass, or an "
    "image is found and cannot be read.",
    "Give ecr.api and ecr.dkr of one VPC the same statements on what pulls and pushes call.",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html",
)
UNLOGGED_VPC = Rule(
    "CN-240",
    "stack-require-flow-log-of-vpc",
    "Every VPC that the deployment makes has a flow log.",
    "medium",
    (_VPC,),
    58,
    "A flow log tells afterwards who has sent what to whom, and what was refused. It closes "
    "nothing, so without one the network is as closed, and nobody can look back.",
    "Make a FlowLog with trafficType ALL or REJECT of the VPC, or of each of its subnets.",
    f"{_EC2}/flow-logs.html",
    level="advisory",
)
ADMINISTERING_NODE = Rule(
    "CN-241",
    "stack-disallow-administering-node",
    "No role of nodes may write in the cluster.",
    "high",
    (
        "aws:eks/accessEntry:AccessEntry",
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "kubernetes:*",
    ),
    44,
    "Every program that gets at a machine's credentials has them: by one pod that is on its node's "
    "network the whole cluster is lost, and with it whatever is held by roles of its pods.",
    "Leave nodes at what the type of their access entry gives them: no access policy, no group "
    "that a binding makes an administrator, and no system:masters in aws-auth. Administer by a "
    "role of people, or by that of a machine that joins no cluster.",
    f"{_EKS}/access-policy-permissions.html",
    unknown="deferred",
)
STACK_RULES: tuple[Rule, ...] = (
    ORIGIN,
    WAY_OUT,
    UNDECIDED_WAY,
    OPEN_POLICY,
    UNDECIDED_POLICY,
    BARE_STORE,
    NAMES_OUT,
    UNDECIDED_NAMES,
    ENDPOINT_OF_CALL,
    ZONES_OF_CALL,
    POLICY_OF_CALL,
    PACKETS_OF_CALL,
    NAME_OF_CALL,
    ROLE_OF_CALL,
    UNDECIDED_CALL,
    UNKNOWN_USER_DATA,
    UNANSWERED_HOST,
    UNKNOWN_TARGET,
    UNREAD_PARAMETER,
    CHANGING_WEBHOOKS,
    OPEN_NAMESPACE,
    DEAF_NAMESPACE,
    MISNAMED_NODE,
    UNJOINED_SUBNET,
    WIDE_ENDPOINT_GROUP,
    HALVED_REGISTRY,
    UNLOGGED_VPC,
    ADMINISTERING_NODE,
)

BY_ID: dict[str, Rule] = {rule.id: rule for rule in (*RULES, *STACK_RULES)}
BY_NAME: dict[str, Rule] = {rule.name: rule for rule in (*RULES, *STACK_RULES)}
