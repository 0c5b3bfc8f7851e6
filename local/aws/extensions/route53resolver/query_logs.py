"""What moto's resolver lacks beside the firewall: rules, query logging taken apart, most tags."""

import json
from collections.abc import Iterator
from typing import Any

from local.aws.extensions.registry import Call, Refused, extends
from local.aws.extensions.route53resolver.kept import Record, firewall, not_found, resolver

TAGS = "moto tags resolver endpoints and rules only"


@extends("route53resolver", "CreateResolverRule", "moto adds a final dot where there is one")
def create_resolver_rule(call: Call) -> Record:
    if not call.params.get("DomainName"):
        raise Refused("InvalidParameterException", "DomainName must be given")
    answer: Record = json.loads(call.moto())
    rule = resolver(call).resolver_rules[answer["ResolverRule"]["Id"]]
    rule.domain_name = rule.domain_name.rstrip(".") + "."
    return {"ResolverRule": answer["ResolverRule"] | {"DomainName": rule.domain_name}}


@extends("route53resolver", "UpdateResolverRule", "absent from moto")
def update_resolver_rule(call: Call) -> Record:
    rule_id, config = call.params["ResolverRuleId"], call.params["Config"]
    rule: Any = resolver(call).resolver_rules.get(rule_id)
    if rule is None:
        raise not_found("resolver rule", rule_id)
    endpoint_id = config.get("ResolverEndpointId")
    if endpoint_id and endpoint_id not in resolver(call).resolver_endpoints:
        raise not_found("resolver endpoint", endpoint_id)
    rule.name = config.get("Name") or rule.name
    rule.target_ips = config.get("TargetIps") or rule.target_ips
    rule.resolver_endpoint_id = endpoint_id or rule.resolver_endpoint_id
    return {"ResolverRule": rule.description()}


@extends("route53resolver", "DisassociateResolverQueryLogConfig", "absent from moto")
def disassociate_resolver_query_log_config(call: Call) -> Record:
    backend, params = resolver(call), call.params
    wanted = (params["ResolverQueryLogConfigId"], params["ResourceId"])
    for association_id, association in backend.resolver_query_log_config_associations.items():
        if (association.resolver_query_log_config_id, association.resource_id) == wanted:
            backend.resolver_query_log_configs[wanted[0]].association_count -= 1
            del backend.resolver_query_log_config_associations[association_id]
            gone = association.description() | {"Status": "DELETING"}
            return {"ResolverQueryLogConfigAssociation": gone}
    raise not_found("query logging association of", params["ResourceId"])


@extends("route53resolver", "DeleteResolverQueryLogConfig", "absent from moto")
def delete_resolver_query_log_config(call: Call) -> Record:
    """Takes the associations with it, as AWS does."""
    backend, config_id = resolver(call), call.params["ResolverQueryLogConfigId"]
    config = backend.resolver_query_log_configs.get(config_id)
    if config is None:
        raise not_found("query logging configuration", config_id)
    associations = backend.resolver_query_log_config_associations
    for association_id, association in list(associations.items()):
        if association.resolver_query_log_config_id == config_id:
            del associations[association_id]
    del backend.resolver_query_log_configs[config_id]
    backend.tagger.delete_all_tags_for_resource(config.arn)
    return {"ResolverQueryLogConfig": config.description() | {"Status": "DELETING"}}


def _arns(call: Call) -> Iterator[str]:
    backend, kept = resolver(call), firewall(call)
    for models in (
        backend.resolver_endpoints,
        backend.resolver_rules,
        backend.resolver_query_log_configs,
    ):
        yield from (model.arn for model in models.values())
    for table in (kept.domain_lists, kept.rule_groups, kept.associations):
        yield from (entry["Arn"] for entry in table.values())


def _tagged(call: Call) -> str:
    arn = str(call.params["ResourceArn"])
    if arn not in set(_arns(call)):
        raise not_found("resource", arn)
    return arn


@extends("route53resolver", "TagResource", TAGS)
def tag_resource(call: Call) -> Record:
    resolver(call).tagger.tag_resource(_tagged(call), call.params["Tags"])
    return {}


@extends("route53resolver", "UntagResource", TAGS)
def untag_resource(call: Call) -> Record:
    resolver(call).tagger.untag_resource_using_names(_tagged(call), call.params["TagKeys"])
    return {}


@extends("route53resolver", "ListTagsForResource", TAGS)
def list_tags_for_resource(call: Call) -> Record:
    return {"Tags": resolver(call).tagger.list_tags_for_resource(_tagged(call))["Tags"]}
