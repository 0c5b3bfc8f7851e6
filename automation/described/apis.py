"""Private REST APIs of API Gateway: what lets whom ask them, and what they ask for those.

Of an API that is recorded all of its methods and authorizers are read, whoever has made them, and
what each of its stages serves of an older deployment; of a name, to which APIs it leads. Of a
canary AWS exports nothing, and a rule refuses it.

Shapes are those of boto3's own models; ids are those of the provider (internal/service/apigateway
of terraform-provider-aws). API Gateway API reference: GetRestApis, GetResources (embed), GetStages,
GetExport, GetBasePathMappings; developer guide: canary-release, apigateway-private-custom-domains.
Read 2026-11-30.
"""

from typing import Final

from automation.described.api_parts import AUTHORIZER, INTEGRATION
from automation.described.bodies import API, PUT
from automation.described.calls import Call, From, Kind, named

_POLICY: Final = "aws:apigateway/restApiPolicy:RestApiPolicy"
_DOMAIN: Final = "aws:apigateway/domainName:DomainName"
_MAPPING: Final = "aws:apigateway/basePathMapping:BasePathMapping"
_STAGE: Final = "aws:apigateway/stage:Stage"
_DEPLOYMENT: Final = "aws:apigateway/deployment:Deployment"
_TYPES: Final = (API, PUT, _POLICY, INTEGRATION, AUTHORIZER, _STAGE, _DEPLOYMENT)
_SERVICE: Final = "apigateway"
_MOST: Final = {"limit": 500}
_OF: Final = {"restApiId": From("id")}

APIS: Final = Call(
    _SERVICE, "get_rest_apis", "items[]", _MOST, ids="[id]", owned=True, recorded=_TYPES,
    more={
        "_resources": Call(_SERVICE, "get_resources", "items[]",
                           {**_OF, **_MOST, "embed": ["methods"]}),
        "_authorizers": Call(_SERVICE, "get_authorizers", "items[]", {**_OF, **_MOST}),
    },
)  # fmt: skip
# AWS refuses to export some APIs, such as one whose models are no JSON.
_EXPORT: Final = Call(
    _SERVICE, "get_export", "[exported(body)]",
    {
        "restApiId": From("_of.id"), "stageName": From("stageName"), "exportType": "oas30",
        "parameters": {"extensions": "integrations,authorizers,apigateway"},
        "accepts": "application/json",
    },
    none=("BadRequestException", "NotFoundException"),
)  # fmt: skip
STAGES: Final = Call(
    _SERVICE, "get_stages", "item[]", _OF, of=APIS, more={"_export": _EXPORT}, recorded=_TYPES,
)  # fmt: skip
DEPLOYMENTS: Final = Call(_SERVICE, "get_deployments", "items[]", {**_OF, **_MOST}, of=APIS)
# One that is private may be called as another one is.
_DOMAIN_ID: Final = "join('/', [domainName, domainNameId][?@])"
DOMAINS: Final = Call(
    _SERVICE, "get_domain_names", "items[]", _MOST,
    ids=f"[{named(_DOMAIN, _DOMAIN_ID)}, {named(_DOMAIN, 'domainName')}]",
    owned=True, recorded=(_DOMAIN, _MAPPING),
)  # fmt: skip


def _mappings(when: str, **which: From) -> Call:
    """To which APIs a name leads."""
    of_one = {"domainName": From("domainName"), **which, **_MOST}
    return Call(_SERVICE, "get_base_path_mappings", "items[]", of_one, of=DOMAINS, when=when,
                recorded=(_DOMAIN, _MAPPING))  # fmt: skip


MAPPINGS: Final = _mappings("!domainNameId")
PRIVATE_MAPPINGS: Final = _mappings("domainNameId", domainNameId=From("domainNameId"))

_ENDPOINTS: Final = "{types: types[1] && types || types[0], vpcEndpointIds: vpcEndpointIds}"
_WRITTEN: Final = "unescaped(policy)"
_SERVED: Final = "join('/', [_of.id, stageName])"
_BASE: Final = "unless(basePath, '(none)')"
_MAPPING_ID: Final = f"join('/', [_of.domainName, {_BASE} || '', _of.domainNameId][?present(@)])"
_OF_STAGE: Final = {"restApiId": "_of.id"}

KINDS: Final = (
    Kind(
        API, APIS, "id",
        {
            "name": "name", "endpointConfiguration": f"endpointConfiguration.{_ENDPOINTS}",
            "policy": _WRITTEN, "disableExecuteApiEndpoint": "disableExecuteApiEndpoint",
        },
        apart={"policy": (_POLICY, "id")},
        # What is in a body is told in what is recorded so.
        silent=(
            "apiKeySource", "binaryMediaTypes", "body", "description", "endpointAccessMode",
            "failOnWarnings", "minimumCompressionSize", "parameters", "putRestApiMode",
            "securityPolicy", "tags",
        ),
    ),
    Kind(
        PUT, APIS, "id", {"restApiId": "id"}, key=("restApiId",), restates=True,
        fixed=("parameters",), silent=("body", "failOnWarnings", "triggers"),
    ),
    Kind(_POLICY, APIS, "id", {"restApiId": "id", "policy": _WRITTEN}, restates=True,
         where=_WRITTEN),
    Kind(
        INTEGRATION, APIS, "join('-', ['agi', _of.id, resourceId, httpMethod])",
        {
            "restApi": "_of.id", "resourceId": "resourceId", "httpMethod": "httpMethod",
            "integrationHttpMethod": "integrationHttpMethod", "type": "type", "uri": "uri",
            "connectionType": "connectionType", "connectionId": "connectionId",
            "credentials": "credentials", "integrationTarget": "integrationTarget",
            "requestParameters": "requestParameters", "requestTemplates": "requestTemplates",
        },
        each="integrations(_resources)", silent=(
            "cacheKeyParameters", "cacheNamespace", "contentHandling", "passthroughBehavior",
            "responseTransferMode", "timeoutMilliseconds", "tlsConfig",
        ),
    ),
    Kind(
        AUTHORIZER, APIS, "id",
        {
            "restApi": "_of.id", "name": "name", "type": "type", "authorizerUri": "authorizerUri",
            "authorizerCredentials": "authorizerCredentials", "identitySource": "identitySource",
            "providerArns": "providerArns",
        },
        each="authorizers(_authorizers)",
        silent=("authorizerResultTtlInSeconds", "identityValidationExpression"),
    ),
    Kind(
        _STAGE, STAGES, "join('-', ['ags', _of.id, stageName])",
        {
            "restApi": "_of.id", "stageName": "stageName", "deployment": "deploymentId",
            "accessLogSettings":
                "accessLogSettings.{destinationArn: destinationArn, format: format}",
            "canarySettings": "canarySettings && canarySettings.{deploymentId: deploymentId, "
            "percentTraffic: percentTraffic, stageVariableOverrides: stageVariableOverrides, "
            "useStageCache: useStageCache}",
        },
        silent=(
            "cacheClusterEnabled", "cacheClusterSize", "clientCertificateId", "description",
            "documentationVersion", "tags", "variables", "xrayTracingEnabled",
        ),
    ),
    # What a stage serves is told with the stage.
    Kind(_DEPLOYMENT, DEPLOYMENTS, "id", {"restApi": "_of.id"}, restates=True,
         silent=("description", "triggers", "variables")),
    Kind(PUT, STAGES, _SERVED, {**_OF_STAGE, "body": "served_body(@)"}, where="served_body(@)"),
    Kind(_POLICY, STAGES, _SERVED, {**_OF_STAGE, "policy": "served_policy(@)"},
         where="served_policy(@)"),
    Kind(
        _DOMAIN, DOMAINS, _DOMAIN_ID,
        {
            "domainName": "domainName", "policy": _WRITTEN,
            "endpointConfiguration": f"endpointConfiguration.{_ENDPOINTS}",
            "certificateArn": "certificateArn", "regionalCertificateArn": "regionalCertificateArn",
            "ownershipVerificationCertificateArn": "ownershipVerificationCertificateArn",
            "mutualTlsAuthentication": "mutualTlsAuthentication.{truststoreUri: truststoreUri, "
            "truststoreVersion: truststoreVersion}",
        },
        {"arn": "domainNameArn", "domainName": "domainName"}, silent=(
            "certificateBody", "certificateChain", "certificateName", "certificatePrivateKey",
            "endpointAccessMode", "regionalCertificateName", "routingMode", "securityPolicy",
            "tags",
        ),
    ),
    *(
        Kind(
            _MAPPING, call, _MAPPING_ID,
            {
                "domainName": "_of.domainName", "domainNameId": "_of.domainNameId",
                "restApi": "restApiId", "basePath": _BASE, "stageName": "stage",
            },
        )
        for call in (MAPPINGS, PRIVATE_MAPPINGS)
    ),
)  # fmt: skip
