"""Keys that whoever knows EKS from elsewhere would try: why there is none, or what it is here."""

_PUBLIC_API = (
    "the Kubernetes API answers inside the network only, since a public endpoint would be a way "
    "in from the internet; reach it from access.operator or through network.connections"
)
_PUBLIC_ADDRESS = (
    "only nodes in subnets of exposure public have public addresses, and those need network.egress"
)
_POOLS = "pools of nodes are nodePools, by name, each with kind selfManaged or managed"
_IDENTITIES = "whoever may use the cluster is named in access.principals, by access entry"
_SIZES = "sizes are minSize, desiredSize and maxSize, of each pool"
_INTERNAL = (
    "load balancers of the API are internal; leave it out, and let people in by "
    "network.connections and allowedCidrs, or, in a network with public subnets, write "
    "endpoints.<name>.loadBalancer.internal: false"
)
_STATIC = (
    "a static token or password ends never; people come in by access.principals, machines by their "
    "roles or by apiServer.bootstrapTokens. Where nothing else will do, tokens are "
    "controlPlane.apiServer.staticTokens"
)
_CERTIFICATES = (
    "components and nodes know each other by certificates, and people are given none: they come "
    "in by access.principals, through IAM"
)
_FLAGS = (
    "flags are heiiki's own, since one could undo what the others keep closed; what may be chosen "
    "is in controlPlane.apiServer"
)
_AUDIT = (
    "EKS's audit log is one of controlPlane.logTypes; with a control plane of your own it is "
    "always written, to files on the controllers' disk, turned over by size"
)
_ETCD = (
    "how etcd runs is heiiki's own, since its flags go with each other; what may be chosen is in "
    "controlPlane.etcd, such as dataVolume and snapshots"
)
_WEBHOOK = (
    "an API server asks one webhook, which is IAM's authenticator beside it; who may come in is "
    "in access.principals"
)
_ISSUERS = (
    "people come in by access.principals, and with a control plane of your own by tokens of an "
    "issuer inside the network too, which is in controlPlane.apiServer.issuers"
)
_PODS_NETWORK = (
    "pods of EKS have addresses of the VPC, by addOns.vpcCni; with a control plane of your own "
    "they have those of controlPlane.podCidr, in an overlay, and there is no other"
)
_IMAGE = (
    "what machines boot is image: family al2023 or bottlerocket, from the lock file, or kind "
    "custom with imageId"
)
_ON_DEMAND = "machines of pools are on demand, so that none is taken away at any time"
_KEYS = {  # of the EKS API, eksctl, Terraform's and Pulumi's EKS modules, in their spellings
    "endpointPublicAccess": _PUBLIC_API,
    "endpointPrivateAccess": _PUBLIC_API,
    "clusterEndpointPublicAccess": _PUBLIC_API,
    "clusterEndpointPrivateAccess": _PUBLIC_API,
    "publicAccess": _PUBLIC_API,
    "privateAccess": _PUBLIC_API,
    "publicAccessCidrs": _PUBLIC_API,
    "endpointPublicAccessCidrs": _PUBLIC_API,
    "clusterEndpointPublicAccessCidrs": _PUBLIC_API,
    "clusterEndpoints": _PUBLIC_API,
    "mapPublicIpOnLaunch": _PUBLIC_ADDRESS,
    "associatePublicIpAddress": _PUBLIC_ADDRESS,
    "nodeAssociatePublicIpAddress": _PUBLIC_ADDRESS,
    "nodeGroups": _POOLS,
    "managedNodeGroups": _POOLS,
    "eksManagedNodeGroups": _POOLS,
    "selfManagedNodeGroups": _POOLS,
    "fargateProfiles": "Fargate's machines are AWS's own, which no readiness gate or node role "
    "reaches; use nodePools",
    "desiredCapacity": _SIZES,
    "scalingConfig": _SIZES,
    "instanceTypes": "a pool has one instanceType, since its capacity is part of the plan; make "
    "a pool for each",
    "mapRoles": _IDENTITIES,
    "mapUsers": _IDENTITIES,
    "roleMappings": _IDENTITIES,
    "userMappings": _IDENTITIES,
    "accessEntries": _IDENTITIES,
    "bootstrapClusterCreatorAdminPermissions": "the creator gets no rights by accident; "
    "access.administrator and access.principals say who has them",
    "clusterName": "the cluster's name is the key name, at the top",
    "clusterVersion": "the Kubernetes version is controlPlane.version",
    "kubernetesVersion": "the Kubernetes version is controlPlane.version; only an image of your "
    "own has another",
    "vpcId": "a supplied VPC is network.vpc, with kind existing",
    "subnetIds": "supplied subnets are network.subnets, by name, each with kind existing",
    "natGateway": "ways out are network.egress, with kind nat and natGateways by name",
    "natGateways": "ways out are network.egress, with kind nat and natGateways by name",
    "internetGateway": "ways out are network.egress, which is none unless the file names one",
    "dnsFirewall": "names that may be asked for are network.dns.allowedDomains, beside those of "
    "AWS that the cluster calls",
    "amiId": _IMAGE,
    "ami": _IMAGE,
    "amiType": _IMAGE,
    "spot": _ON_DEMAND,
    "spotPrice": _ON_DEMAND,
    "capacityType": _ON_DEMAND,
    "diskSize": "the root volume is rootVolume, with sizeGib",
    "volumeSize": "the root volume is rootVolume, with sizeGib",
    "enabledClusterLogTypes": "the control plane's logs are controlPlane.logTypes",
    "encryptionConfig": "Secrets are always encrypted; the key is controlPlane.encryptionKey",
    # Of kube-aws, kubeadm and kops, for a control plane of one's own.
    "internal": _INTERNAL,
    "private": _INTERNAL,
    "scheme": _INTERNAL,
    "staticTokens": _STATIC,
    "authTokenFile": _STATIC,
    "tokenAuthFile": _STATIC,
    "basicAuthFile": _STATIC,
    "clientCertificates": _CERTIFICATES,
    "clientCaFile": _CERTIFICATES,
    "anonymousAuth": "nobody without a name is answered, but on the paths of health",
    "insecurePort": "there is no port in clear",
    "auditLog": _AUDIT,
    "audit": _AUDIT,
    "auditLogPath": _AUDIT,
    "quotaGib": _ETCD,
    "quotaBackendBytes": _ETCD,
    "autoCompactionRetention": _ETCD,
    "heartbeatInterval": _ETCD,
    "electionTimeout": _ETCD,
    "extraArgs": _FLAGS,
    "apiServerExtraArgs": _FLAGS,
    "extraFlags": _FLAGS,
    "flags": _FLAGS,
    "disableAdmissionPlugins": _FLAGS,
    "authorizationMode": _FLAGS,
    "runtimeConfig": _FLAGS,
    "authenticationWebhook": _WEBHOOK,
    "authenticationTokenWebhook": _WEBHOOK,
    "authorizationWebhook": "who may do what is in Roles of the cluster; a webhook would decide "
    "over every request, and stop the API with it",
    "role": "machines have roles of heiiki's own, so that each reads what is its own and no more; "
    "supplied ones are access.administrator, and controlPlane.role where that is EKS's",
    "oidc": _ISSUERS,
    "oidcIssuerUrl": _ISSUERS,
    "identityProviderConfig": _ISSUERS,
    "cni": _PODS_NETWORK,
    "cniPlugin": _PODS_NETWORK,
    "networkPlugin": _PODS_NETWORK,
    "networking": _PODS_NETWORK,
    "ipFamily": "the network is IPv4 only: addresses of IPv6 are public",
    "userData": "what nodes boot with follows from the file; an image of kind custom and family "
    "script brings its own",
}
_BY_FLAT_NAME = {key.lower(): answer for key, answer in _KEYS.items()}


def answer_to(key: str) -> str | None:
    """What to tell whoever wrote the key, in any spelling; None where it is known from nowhere."""
    return _BY_FLAT_NAME.get(key.replace("_", "").replace("-", "").lower())
