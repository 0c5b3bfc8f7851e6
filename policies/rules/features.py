"""What the features of a cluster and its machines call at AWS: facts, each with its source.

Only calls without which the feature does not do its work: what is tried, and missed without harm,
is not here. In templates {p} is the partition, {r} the region, {s} its DNS suffix, {d} that of
dual-stack endpoints, {a} the own account and {e} that of EKS's images, {b} a bucket and {o} objects
of it; ~ is any name of one's own.
A feature's source is where AWS documents it with its endpoints or its role. Managed policies, ECR
and Systems Manager were read 2026-11-28; the actions of the others are those of the policies that
their projects publish (read 2026-11-22).
"""

from typing import Final, Literal, NamedTuple

Caller = Literal["machine", "pod", "token", "registry", "client"]
_EKS: Final = "https://docs.aws.amazon.com/eks/latest/userguide"
_SSM: Final = "https://docs.aws.amazon.com/systems-manager/latest/userguide"
_ECR: Final = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html"
_OBJECTS: Final = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html"
)
_LOGS: Final = "https://docs.aws.amazon.com/AmazonCloudWatch/latest"


class Call(NamedTuple):
    """Calls of one service. service: the suffix of its endpoint. on: what they are about.

    caller: the role of the machine or of the pod; a token, which has no principal yet; a URL that
    ECR has signed with an account of its own; or one that somebody of the own account has. names:
    that are asked for; by default <service>.<region>.<suffix>. bare: whether the request carries no
    aws:ResourceAccount.
    """

    service: str
    actions: tuple[str, ...]
    on: tuple[str, ...] = ("*",)
    caller: Caller = "machine"
    names: tuple[str, ...] = ()
    bare: bool = False

    @property
    def asked_for(self) -> tuple[str, ...]:
        """The templates of the names that are asked for."""
        return self.names or (f"{self.service}.{{r}}.{{s}}",)


class Feature(NamedTuple):
    """A feature. breaks: what no longer works without it, as the end of "then …"."""

    breaks: str
    calls: tuple[Call, ...]
    source: str


_READS = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_PUSHES = (
    "ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload", "ecr:PutImage",
)  # fmt: skip
_EKS_IMAGES = "arn:{p}:ecr:{r}:{e}:repository/~"
_OWN_IMAGES = "arn:{p}:ecr:{r}:{a}:repository/~"
_LAYERS = "prod-{r}-starport-layer-bucket"
# A name of S3 is answered with another one, which DNS Firewall inspects too.
_S3_NAMES = (f"{_LAYERS}.s3.{{r}}.{{s}}", "s3-r-w.{r}.{s}")
_REGISTRY = "{e}.dkr.ecr.{r}.{s}"


def _ec2(*names: str, on: str = "*", caller: Caller = "machine", bare: bool = False) -> Call:
    return Call("ec2", tuple(f"ec2:{name}" for name in names), (on,), caller, bare=bare)


def _s3(name: str, on: str = "{o}") -> Call:
    names = ("{b}.s3.{r}.{s}", "s3-r-w.{r}.{s}")
    return Call("s3", (f"s3:{name}",), (f"arn:{{p}}:s3:::{on}",), "pod", names)


_IMAGES = (
    Call("ecr.api", ("ecr:GetAuthorizationToken",), names=("api.ecr.{r}.{s}",)),
    Call("ecr.api", _READS, (_EKS_IMAGES,), names=("api.ecr.{r}.{s}",)),
    Call("ecr.dkr", _READS, (_EKS_IMAGES,), names=(_REGISTRY,)),
    Call("s3", ("s3:GetObject",), (f"arn:{{p}}:s3:::{_LAYERS}/~",), "registry", _S3_NAMES),
)
_OWN = "arn:{p}:ec2:{r}:{a}:"

FEATURES: Final[dict[str, Feature]] = {
    "node name": Feature(
        "nodes do not learn their own name, and do not join",
        (_ec2("DescribeInstances"),),
        f"{_EKS}/private-clusters.html",
    ),
    "cluster lookup": Feature(
        "nodes do not learn where their cluster is, since their user data does not say it",
        (Call("eks", ("eks:DescribeCluster",), ("arn:{p}:eks:{r}:{a}:cluster/~",)),),
        f"{_EKS}/private-clusters.html",
    ),
    "image pulls": Feature("images of EKS are not pulled, so no pod starts", _IMAGES, _ECR),
    "own images": Feature(
        "images of the own registry are not pulled",
        (
            Call("ecr.api", _READS, (_OWN_IMAGES,), names=("api.ecr.{r}.{s}",)),
            Call("ecr.dkr", _READS, (_OWN_IMAGES,), names=("{a}.dkr.ecr.{r}.{s}",)),
        ),
        _ECR,
    ),
    "carried images": Feature(
        "images of the own registry are not pulled, so no pod starts",
        (
            Call("ecr.api", ("ecr:GetAuthorizationToken",), names=("api.ecr.{r}.{s}",)),
            Call("ecr.api", _READS, (_OWN_IMAGES,), names=("api.ecr.{r}.{s}",)),
            Call("ecr.dkr", _READS, (_OWN_IMAGES,), names=("{a}.dkr.ecr.{r}.{s}",)),
            Call("s3", ("s3:GetObject",), (f"arn:{{p}}:s3:::{_LAYERS}/~",), "registry", _S3_NAMES),
        ),
        _ECR,
    ),
    "image pushes": Feature(
        "images are not pushed to the own registry",
        (
            Call("ecr.api", ("ecr:GetAuthorizationToken",), names=("api.ecr.{r}.{s}",)),
            Call("ecr.api", _PUSHES, (_OWN_IMAGES,), names=("api.ecr.{r}.{s}",)),
            Call("ecr.dkr", _PUSHES, (_OWN_IMAGES,), names=("{a}.dkr.ecr.{r}.{s}",)),
        ),
        _ECR,
    ),
    "lifecycle hook": Feature(
        "machines do not tell their Auto Scaling group that they are ready, and are replaced",
        (Call("autoscaling", ("autoscaling:CompleteLifecycleAction",),
              ("arn:{p}:autoscaling:{r}:{a}:autoScalingGroup:~",)),),
        "https://docs.aws.amazon.com/autoscaling/ec2/userguide/completing-lifecycle-hooks.html",
    ),
    "VPC CNI": Feature(
        "pods get no addresses",
        (
            _ec2("DescribeInstances", "DescribeNetworkInterfaces", "DescribeTags", caller="pod"),
            _ec2("AssignPrivateIpAddresses", "AttachNetworkInterface", "CreateNetworkInterface",
                 "DeleteNetworkInterface", "DetachNetworkInterface",
                 "ModifyNetworkInterfaceAttribute", "UnassignPrivateIpAddresses", "CreateTags",
                 on=f"{_OWN}network-interface/~", caller="pod"),
        ),
        f"{_EKS}/cni-iam-role.html",
    ),
    "Pod Identity": Feature(
        "pods get no credentials of their roles",
        (Call("eks-auth", ("eks-auth:AssumeRoleForPodIdentity",),
              ("arn:{p}:eks:{r}:{a}:cluster/~",), names=("eks-auth.{r}.{d}",)),),
        f"{_EKS}/pod-id-how-it-works.html",
    ),
    "roles for service accounts": Feature(
        "pods cannot trade their tokens for credentials of their roles",
        (Call("sts", ("sts:AssumeRoleWithWebIdentity",), ("arn:{p}:iam::{a}:role/~",), "token"),),
        f"{_EKS}/iam-roles-for-service-accounts.html",
    ),
    "EBS CSI driver": Feature(
        "volumes are not made or attached",
        (
            _ec2("DescribeAvailabilityZones", "DescribeInstances", "DescribeVolumes",
                 "DescribeVolumesModifications", caller="pod"),
            _ec2("AttachVolume", "DetachVolume", "DeleteVolume", "ModifyVolume",
                 on=f"{_OWN}volume/~", caller="pod"),
            _ec2("CreateVolume", on=f"{_OWN}volume/~", caller="pod", bare=True),
        ),
        f"{_EKS}/ebs-csi.html",
    ),
    "EFS CSI driver": Feature(
        "file systems are not mounted",
        (Call("elasticfilesystem", ("elasticfilesystem:DescribeMountTargets",
                                    "elasticfilesystem:DescribeAccessPoints"), caller="pod"),),
        f"{_EKS}/efs-csi.html",
    ),
    "cluster autoscaler": Feature(
        "the number of nodes does not follow the pods",
        (
            Call("autoscaling", ("autoscaling:DescribeAutoScalingGroups",
                                 "autoscaling:DescribeAutoScalingInstances"), caller="pod"),
            Call("autoscaling", ("autoscaling:SetDesiredCapacity",
                                 "autoscaling:TerminateInstanceInAutoScalingGroup"),
                 ("arn:{p}:autoscaling:{r}:{a}:autoScalingGroup:~",), "pod"),
            _ec2("DescribeLaunchTemplateVersions", caller="pod"),
        ),
        f"{_EKS}/autoscaling.html",
    ),
    "Karpenter": Feature(
        "the number of nodes does not follow the pods",
        (
            _ec2("DescribeInstances", "DescribeInstanceTypes", "DescribeLaunchTemplates",
                 "DescribeSubnets", "DescribeSecurityGroups", caller="pod"),
            _ec2("CreateFleet", on=f"{_OWN}fleet/~", caller="pod"),
            _ec2("TerminateInstances", on=f"{_OWN}instance/~", caller="pod"),
        ),
        "https://karpenter.sh/docs/getting-started/getting-started-with-karpenter/#private-clusters",
    ),
    "load balancer controller": Feature(
        "load balancers are not made for services",
        (
            Call("elasticloadbalancing", ("elasticloadbalancing:DescribeLoadBalancers",
                                          "elasticloadbalancing:DescribeTargetGroups"),
                 caller="pod"),
            Call("elasticloadbalancing", ("elasticloadbalancing:CreateLoadBalancer",),
                 ("arn:{p}:elasticloadbalancing:{r}:{a}:loadbalancer/~",), "pod"),
            _ec2("DescribeSubnets", "DescribeSecurityGroups", caller="pod"),
        ),
        f"{_EKS}/aws-load-balancer-controller.html",
    ),
    "Session Manager": Feature(
        "nobody reaches the machine through Session Manager",
        (
            Call("ssm", ("ssm:UpdateInstanceInformation",)),
            Call("ssmmessages", ("ssmmessages:CreateControlChannel",
                                 "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel",
                                 "ssmmessages:OpenDataChannel")),
        ),
        f"{_SSM}/setup-create-vpc.html",
    ),
    "logs": Feature(
        "logs are not shipped to CloudWatch",
        (Call("logs", ("logs:CreateLogStream", "logs:PutLogEvents"),
              ("arn:{p}:logs:{r}:{a}:log-group:~",), "pod"),),
        f"{_LOGS}/logs/cloudwatch-logs-and-interface-VPC.html",
    ),
    "metrics": Feature(
        "metrics are not shipped to CloudWatch",
        (Call("monitoring", ("cloudwatch:PutMetricData",), caller="pod"),),
        f"{_LOGS}/monitoring/cloudwatch-and-interface-VPC.html",
    ),
    "secrets": Feature(
        "secrets are not read",
        (Call("secretsmanager", ("secretsmanager:GetSecretValue",),
              ("arn:{p}:secretsmanager:{r}:{a}:secret:~",), "pod"),),
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/vpc-endpoint-overview.html",
    ),
    "GuardDuty agent": Feature(
        "nothing is told to GuardDuty",
        (Call("guardduty-data", ()),),
        "https://docs.aws.amazon.com/guardduty/latest/ug/runtime-monitoring-prerequisites.html",
    ),
    "own objects": Feature(
        "objects of the bucket are not read", (_s3("GetObject"),), _OBJECTS
    ),
    "written objects": Feature(
        "objects of the bucket are not written", (_s3("PutObject"),), _OBJECTS
    ),
    "listed objects": Feature(
        "objects of the bucket are not found", (_s3("ListBucket", "{b}"),), _OBJECTS
    ),
    "parameters": Feature(
        "parameters with the machine's own files are not read",
        (Call("ssm", ("ssm:GetParametersByPath",), ("arn:{p}:ssm:{r}:{a}:parameter/~",), "pod"),),
        f"{_SSM}/setup-create-vpc.html",
    ),
    "kept volume": Feature(
        "machines do not get the volume that is kept for them",
        (
            _ec2("DescribeVolumes"),
            Call("ec2", ("ec2:AttachVolume",), (f"{_OWN}volume/~", f"{_OWN}instance/~")),
        ),
        "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-attaching-volume.html",
    ),
    "kept address": Feature(
        "machines do not get the network interface that is kept for them",
        (
            _ec2("DescribeNetworkInterfaces"),
            Call("ec2", ("ec2:AttachNetworkInterface",),
                 (f"{_OWN}network-interface/~", f"{_OWN}instance/~")),
        ),
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/network-interface-attachments.html",
    ),
    "IAM authentication": Feature(
        "the API server knows nobody by IAM, so nodes do not join",
        (
            Call("sts", ("sts:GetCallerIdentity",), caller="client"),
            _ec2("DescribeInstances"),  # for the name of a machine, which its node has
        ),
        "https://github.com/kubernetes-sigs/aws-iam-authenticator#how-does-it-work",
    ),
    "cloud controller": Feature(
        "nodes do not learn where they lie, so pods stay away from them",
        (_ec2("DescribeInstances"),),
        "https://kubernetes.github.io/cloud-provider-aws/prerequisites",
    ),
    "KMS plugin": Feature(
        "the API server neither encrypts Secrets nor reads them",
        (Call("kms", ("kms:Encrypt", "kms:Decrypt"), ("arn:{p}:kms:{r}:{a}:key/~",)),),
        "https://github.com/kubernetes-sigs/aws-encryption-provider",
    ),
    # By which names the agent asks besides, DiscoverPollEndpoint tells it when it asks.
    "ECS agent": Feature(
        "machines do not join their cluster of ECS, and run no tasks",
        (
            Call("ecs", ("ecs:DiscoverPollEndpoint", "ecs:RegisterContainerInstance")),
            Call("ecs-agent", ("ecs:Poll",), names=("ecs.{r}.{s}",)),
            Call("ecs-telemetry", ("ecs:StartTelemetrySession",), names=("ecs.{r}.{s}",)),
        ),
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html",
    ),
    "load balancer targets": Feature(
        "nodes and pods are not put behind the load balancers of services",
        (
            Call("elasticloadbalancing", ("elasticloadbalancing:RegisterTargets",),
                 ("arn:{p}:elasticloadbalancing:{r}:{a}:targetgroup/~",), "pod"),
        ),
        "https://kubernetes.github.io/cloud-provider-aws/prerequisites",
    ),
}  # fmt: skip

# Add-ons of EKS by what they are, and features that a role's grant shows: an action that a
# feature alone needs, or an AWS managed policy. Sources: those of the features.
ADD_ONS: Final = {
    "vpc-cni": ("VPC CNI",),
    "aws-ebs-csi-driver": ("EBS CSI driver",),
    "aws-efs-csi-driver": ("EFS CSI driver",),
    "amazon-cloudwatch-observability": ("logs", "metrics"),
    "aws-guardduty-agent": ("GuardDuty agent",),
}
# Under which service account of kube-system their pods call AWS.
# Source: https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html
SERVICE_ACCOUNTS: Final = {
    "vpc-cni": "aws-node",
    "aws-ebs-csi-driver": "ebs-csi-controller-sa",
    "aws-efs-csi-driver": "efs-csi-controller-sa",
    "amazon-cloudwatch-observability": "cloudwatch-agent",
}
GRANTS: Final = {
    "autoscaling:completelifecycleaction": "lifecycle hook",
    "autoscaling:setdesiredcapacity": "cluster autoscaler",
    "ec2:createfleet": "Karpenter",
    "ecr:putimage": "image pushes",
    "ecs:registercontainerinstance": "ECS agent",
    "elasticloadbalancing:createloadbalancer": "load balancer controller",
    "elasticloadbalancing:registertargets": "load balancer targets",
    "logs:putlogevents": "logs",
    "cloudwatch:putmetricdata": "metrics",
    "s3:getobject": "own objects",
    "s3:listbucket": "listed objects",
    "s3:putobject": "written objects",
    "secretsmanager:getsecretvalue": "secrets",
    "ssm:getparametersbypath": "parameters",
    "ssmmessages:createcontrolchannel": "Session Manager",
}
# Grants about objects of a bucket, or (False) about the bucket itself.
OBJECT_GRANTS: Final = {"s3:getobject": True, "s3:listbucket": False, "s3:putobject": True}
# Of machines that are no nodes: of those they serve pods too.
MACHINE_GRANTS: Final = {
    "ec2:attachnetworkinterface": "kept address",
    "ec2:attachvolume": "kept volume",
}
# Of machines on which API servers run, unless a service calls for them.
API_GRANTS: Final = {
    "ec2:describeavailabilityzones": "cloud controller",
    "kms:encrypt": "KMS plugin",
}
# Of AWS managed policies the actions that features call. AWS managed policy reference.
MANAGED: Final[dict[str, tuple[str, ...]]] = {
    "AmazonEKSWorkerNodePolicy": (
        "ec2:DescribeInstances", "ec2:DescribeInstanceTypes", "ec2:DescribeSubnets",
        "ec2:DescribeSecurityGroups", "ec2:DescribeVolumes", "ec2:DescribeVolumesModifications",
        "eks:DescribeCluster", "eks-auth:AssumeRoleForPodIdentity",
    ),
    "AmazonEKSWorkerNodeMinimalPolicy": ("eks-auth:AssumeRoleForPodIdentity",),
    "AmazonEC2ContainerRegistryPullOnly": ("ecr:GetAuthorizationToken", *_READS),
    "AmazonEC2ContainerRegistryReadOnly": (
        "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", *_READS,
    ),
    "AmazonEC2ContainerServiceforEC2Role": (
        "ecs:DiscoverPollEndpoint", "ecs:Poll", "ecs:RegisterContainerInstance",
        "ecs:StartTelemetrySession", "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability", *_READS, "logs:CreateLogStream", "logs:PutLogEvents",
    ),
    "AmazonEKS_CNI_Policy": (
        "ec2:AssignPrivateIpAddresses", "ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface", "ec2:DescribeInstances", "ec2:DescribeTags",
        "ec2:DescribeNetworkInterfaces", "ec2:DescribeInstanceTypes", "ec2:DescribeSubnets",
        "ec2:DetachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute",
        "ec2:UnassignPrivateIpAddresses", "ec2:CreateTags",
    ),
    "AmazonSSMManagedInstanceCore": (
        "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ),
}  # fmt: skip
NODE_POLICIES: Final = ("AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy")
