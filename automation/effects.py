"""What a change does to what is running, said before it is done."""

from typing import Literal

from plan.upgrades import misstep

Risk = Literal["none", "machines", "outage", "dataLoss"]

_REPLACED = ("replace", "create-replacement", "delete-replaced")
# Type, operation, properties that make the difference (none: any), risk, what happens.
# The first that fits decides.
_TABLE: tuple[tuple[str, tuple[str, ...], tuple[str, ...], Risk, str], ...] = (
    ("aws:eks/cluster:Cluster", ("replace", "delete"), (), "dataLoss",
     "the cluster and everything that runs in it is gone"),
    ("aws:eks/cluster:Cluster", ("update",), ("accessConfig",), "none",
     "EKS goes from API_AND_CONFIG_MAP to API alone and never back; aws-auth counts no more then"),
    ("aws:eks/cluster:Cluster", ("update",), ("version",), "none",
     "the control plane moves {moved}; the API stays up, nodes follow by their image"),
    ("aws:kms/key:Key", ("replace", "delete"), (), "dataLoss",
     "what the key encrypts cannot be read any more after its deletion window"),
    ("aws:cloudwatch/logGroup:LogGroup", ("replace", "delete"), (), "dataLoss",
     "the logs in it are gone"),
    ("aws:s3/bucket:Bucket", ("replace", "delete"), (), "dataLoss",
     "what was carried in is gone with it; AWS deletes only an empty one"),
    ("aws:ecr/repository:Repository", ("replace", "delete"), (), "dataLoss",
     "the images in it are gone with it; AWS deletes only an empty one"),
    ("aws:s3/bucketPolicy:BucketPolicy", ("delete",), (), "none",
     "who may read and write is left to IAM at once"),
    ("aws:ecr/repositoryPolicy:RepositoryPolicy", ("delete",), (), "none",
     "who may pull and push is left to IAM at once"),
    ("aws:ec2/vpc:Vpc", ("replace", "delete"), (), "outage",
     "the whole network goes, and a cluster in it cannot move to another"),
    ("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation", ("create",), (), "none",
     "nodes may join from there at once; EKS knows the addresses within an hour, and until then "
     "kubectl logs and exec, and webhooks, do not reach them"),
    ("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation", ("replace", "delete"), (),
     "outage", "every subnet in it goes first"),
    ("aws:ec2/subnet:Subnet", ("replace", "delete"), (), "outage",
     "every machine with an address in it goes first"),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", ("replace", "delete"), (), "outage",
     "the service cannot be reached meanwhile"),
    ("aws:ec2/launchTemplate:LaunchTemplate", ("update", "replace"),
     ("imageId", "userData", "instanceType", "blockDeviceMappings", "iamInstanceProfile",
      "networkInterfaces", "vpcSecurityGroupIds", "metadataOptions", "keyName",
      "placement", "tagSpecifications"), "machines",
     "the pool's machines are replaced, maxUnavailablePercentage of them at a time"),
    ("aws:autoscaling/group:Group", ("replace", "delete"), (), "outage",
     "all machines of the pool go at once"),
    ("aws:autoscaling/group:Group", ("update",), ("launchTemplate",), "machines",
     "the pool's machines are replaced, maxUnavailablePercentage of them at a time"),
    ("aws:eks/nodeGroup:NodeGroup", ("replace",), ("subnetIds",), "machines",
     "EKS never changes the subnets of a managed node group: a new one is made in the new ones, "
     "then all machines of the old one are drained and go; to keep it, name its subnets of now in "
     "nodePools.<name>.subnets, and give a new zone a pool of its own"),
    ("aws:eks/nodeGroup:NodeGroup", ("replace", "delete"), (), "outage",
     "all machines of the pool go"),
    ("aws:eks/nodeGroup:NodeGroup", ("update",), ("version", "launchTemplate", "releaseVersion"),
     "machines", "the pool's machines are replaced, maxUnavailablePercentage of them at a time"),
    ("aws:ec2/instance:Instance", ("replace", "delete"), (), "machines",
     "the machine and its disk go"),
    ("aws:eks/addon:Addon", ("update",), (), "none", "the add-on's pods are rolled"),
    ("aws:eks/addon:Addon", ("replace", "delete"), (), "machines", "the add-on's pods go"),
    ("aws:eks/accessEntry:AccessEntry", ("replace", "delete"), (), "none",
     "who is named loses access"),
    ("aws:ec2/route:Route", ("update", "replace", "delete"), (), "outage",
     "packets go elsewhere at once"),
    ("aws:route53/record:Record", ("update",), ("aliases", "records"), "none",
     "the name leads elsewhere for who asks anew, at the latest when its TTL has ended; open "
     "connections stay"),
    ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
     ("update", "replace", "delete"), (), "none", "who may connect changes at once"),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
     ("update", "replace", "delete"), (), "none", "who may connect changes at once"),
)  # fmt: skip
_MOVED = "{moved}"
# Of a group that replaces none by itself: members of etcd go one by one (plan/etcd.py, refreshed).
WAITS: tuple[Risk, str] = (
    "none", "its machine stays as it is, with the certificates that it has, until `heiiki roll` "
    "replaces it",
)  # fmt: skip
_OTHERWISE: dict[str, str] = {
    "create": "new",
    "update": "in place; no machine is touched",
    "replace": "made anew",
    "delete": "removed",
    "import": "taken over as it is",
}
_DRIFT: dict[str, str] = {  # by what a refresh has found
    "update": "AWS has it otherwise than was recorded",
    "delete": "AWS has none; it is no longer recorded",
}


def effect_of(
    type_token: str,
    operation: str,
    properties: tuple[str, ...],
    versions: tuple[str, str] | None = None,
) -> tuple[Risk, str]:
    """How much it risks, and one phrase of what happens. properties: paths that differ. versions:
    of Kubernetes, before and after, where they are known."""
    operation = "replace" if operation in _REPLACED else operation
    changed = {path.split(".")[0].split("[")[0] for path in properties}
    for token, operations, deciding, risk, effect in _TABLE:
        if token == type_token and operation in operations and (
            not deciding or changed & set(deciding)
        ):  # fmt: skip
            return risk, effect.replace(_MOVED, _moved(versions)) if _MOVED in effect else effect
    return "none", _OTHERWISE.get(operation, "")


def _moved(versions: tuple[str, str] | None) -> str:
    if versions is None:
        return "to another minor and never back"
    before, after = versions
    if misstep(before, after) is not None:
        return f"from {before} to {after}, which EKS refuses"
    return f"from {before} to {after} and never back"


def drift_of(found: str) -> tuple[Risk, str]:
    """The same for what a refresh has found: it changes the record alone."""
    return "none", _DRIFT.get(found, "")
