"""Ids of hosted zones in AWS's own form, Z and what follows; moto's begin with anything."""

from typing import Any

from moto.route53 import models

from local.aws.extensions.registry import patch


def install() -> None:
    moto = models.create_route53_zone_id

    def create(*given: Any, **named: Any) -> str:
        return f"Z{moto(*given, **named)[1:]}"

    patch(models, create_route53_zone_id=create)
