"""All extensions, and the services of moto that they are installed into."""

from functools import cache

from moto.autoscaling.models import autoscaling_backends
from moto.autoscaling.responses import AutoScalingResponse
from moto.awslambda.models import lambda_backends
from moto.awslambda.responses import LambdaResponse
from moto.directconnect.models import directconnect_backends
from moto.directconnect.responses import DirectConnectResponse
from moto.ec2.models import ec2_backends
from moto.ec2.responses import EC2Response
from moto.ecr.models import ecr_backends
from moto.ecr.responses import ECRResponse
from moto.ecs.models import ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.eks import urls as eks_urls
from moto.eks.models import eks_backends
from moto.eks.responses import EKSResponse
from moto.elasticache.models import elasticache_backends
from moto.elasticache.responses import ElastiCacheResponse
from moto.elbv2.models import elbv2_backends
from moto.elbv2.responses import ELBV2Response
from moto.iam.models import iam_backends
from moto.iam.responses import IamResponse
from moto.kms.models import kms_backends
from moto.kms.responses import KmsResponse
from moto.logs.models import logs_backends
from moto.logs.responses import LogsResponse
from moto.rds.models import rds_backends
from moto.rds.responses import RDSResponse
from moto.route53.models import route53_backends
from moto.route53.responses import Route53
from moto.route53resolver.models import route53resolver_backends
from moto.route53resolver.responses import Route53ResolverResponse
from moto.sts.models import sts_backends
from moto.sts.responses import TokenResponse

from local.aws.extensions import (
    account_wide,
    autoscaling,
    bucket_policies,
    defects,
    ec2,
    eks,
    elbv2,
    guards,
    hosted_zones,
    iam,
    never_made,
    others,
    route53profiles,
    route53resolver,
    upkeep,
)
from local.aws.extensions.registry import EXTENSIONS, Service, install

SERVICES = {
    "autoscaling": Service(AutoScalingResponse, autoscaling_backends, "ValidationError"),
    "directconnect": Service(
        DirectConnectResponse, directconnect_backends, "DirectConnectClientException"
    ),
    "ec2": Service(EC2Response, ec2_backends, "InvalidParameterValue"),
    "ecr": Service(ECRResponse, ecr_backends, "InvalidParameterException"),
    "ecs": Service(EC2ContainerServiceResponse, ecs_backends, "InvalidParameterException"),
    "eks": Service(EKSResponse, eks_backends, "InvalidParameterException"),
    "elasticache": Service(ElastiCacheResponse, elasticache_backends, "InvalidParameterValue"),
    "elbv2": Service(ELBV2Response, elbv2_backends, "ValidationError"),
    "iam": Service(IamResponse, iam_backends, "ValidationError", is_global=True),
    "kms": Service(KmsResponse, kms_backends, "ValidationException"),
    "lambda": Service(LambdaResponse, lambda_backends, "InvalidParameterValueException"),
    "logs": Service(LogsResponse, logs_backends, "InvalidParameterException"),
    "rds": Service(RDSResponse, rds_backends, "InvalidParameterValue"),
    "route53": Service(Route53, route53_backends, "InvalidInput", is_global=True),
    "route53profiles": Service(
        route53profiles.ProfilesResponse, route53profiles.profiles_backends, "ValidationException"
    ),
    "route53resolver": Service(
        Route53ResolverResponse, route53resolver_backends, "ValidationException"
    ),
    "sts": Service(TokenResponse, sts_backends, "ValidationError", is_global=True),
}
# Importing them fills EXTENSIONS.
ROOMS = (
    autoscaling, account_wide, ec2, eks, elbv2, guards, never_made, others, route53profiles,
    route53resolver,
)  # fmt: skip

__all__ = ["EXTENSIONS", "install_all"]


@cache
def install_all() -> None:
    """Once per process: a second installation would wrap the first."""
    # moto's own patterns stop where its operations do; its router tells the paths apart.
    eks_urls.url_paths["{0}/(?P<any_path>.+)$"] = eks_urls.response.dispatch
    for module in (
        account_wide,
        bucket_policies,
        defects,
        hosted_zones,
        iam,
        route53profiles,
        autoscaling,
        ec2.addresses,
        ec2.attachments,
        ec2.gateways,
        ec2.images,
        ec2.instances,
        ec2.launch_templates,
        ec2.security_groups,
    ):
        module.install()
    for extension in EXTENSIONS:
        install(extension, SERVICES[extension.service])
    upkeep.install()
