"""Ids of hosted zones in AWS's own form, Z and what follows; moto's begin with anything. And where
Route 53 is asked for whom a zone admits, of which moto knows nothing (never_made.py)."""

from typing import Any

from moto.route53 import models, urls
from moto.route53.responses import Route53

from local.aws.extensions.registry import patch

_ADMITS = "{0}/(?P<api_version>[\\d_-]+)/hostedzone/(?P<zone_id>[^/]+)/authorizevpcassociation$"


def install() -> None:
    urls.url_paths[_ADMITS] = Route53.dispatch
    moto = models.create_route53_zone_id

    def create(*given: Any, **named: Any) -> str:
        return f"Z{moto(*given, **named)[1:]}"

    patch(models, create_route53_zone_id=create)
