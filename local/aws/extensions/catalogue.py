"""All extensions, and the services of moto that they are installed into."""

from functools import cache

from moto.eks import urls as eks_urls
from moto.eks.models import eks_backends
from moto.eks.responses import EKSResponse
from moto.route53resolver.models import route53resolver_backends
from moto.route53resolver.responses import Route53ResolverResponse

from local.aws.extensions import eks, iam, route53resolver
from local.aws.extensions.registry import EXTENSIONS, Service, install

SERVICES = {
    "eks": Service(EKSResponse, eks_backends, "InvalidParameterException"),
    "route53resolver": Service(
        Route53ResolverResponse, route53resolver_backends, "ValidationException"
    ),
}
ROOMS = (eks, route53resolver)  # importing them fills EXTENSIONS

__all__ = ["EXTENSIONS", "install_all"]


@cache
def install_all() -> None:
    """Once per process: a second installation would wrap the first."""
    # moto's own patterns stop where its operations do; its router tells the paths apart.
    eks_urls.url_paths["{0}/(?P<any_path>.+)$"] = eks_urls.response.dispatch
    iam.install()
    for extension in EXTENSIONS:
        install(extension, SERVICES[extension.service])
