"""ECR: recorded repositories with their policies, and what is set for the registry they are in."""

from typing import Final

from automation.described.calls import Call, From, Kind, named

_REPOSITORY: Final = "aws:ecr/repository:Repository"
_REGISTRY_POLICY: Final = "aws:ecr/registryPolicy:RegistryPolicy"
_REPLICATION: Final = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
_CACHE: Final = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
_TEMPLATE: Final = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
# What is set for a registry holds for each of its repositories, whoever has set it.
_REGISTRY_ID: Final = "join(' ', ['registry', registryId])"

REPOSITORIES: Final = Call(
    "ecr", "describe_repositories", "repositories[]",
    ids=f"[repositoryName, repositoryArn, {_REGISTRY_ID}]", owned=True,
)  # fmt: skip
REPOSITORY_POLICY: Final = Call(
    "ecr", "get_repository_policy", "[@]", {"repositoryName": From("repositoryName")},
    of=REPOSITORIES, none=("RepositoryPolicyNotFoundException",),
)  # fmt: skip
REGISTRY: Final = Call(
    "ecr", "describe_registry", "[@]", recorded=(_REPOSITORY, _REPLICATION),
    ids=f"['{_REPLICATION}']", within=f"[{_REGISTRY_ID}]",
)  # fmt: skip
REGISTRY_POLICY: Final = Call(
    "ecr", "get_registry_policy", "[@]", none=("RegistryPolicyNotFoundException",),
    recorded=(_REPOSITORY, _REGISTRY_POLICY), ids=f"['{_REGISTRY_POLICY}']",
    within=f"[{_REGISTRY_ID}]",
)  # fmt: skip
CACHES: Final = Call(
    "ecr", "describe_pull_through_cache_rules", "pullThroughCacheRules[]",
    ids=f"[{named(_CACHE, 'ecrRepositoryPrefix')}]", owned=True, recorded=(_CACHE,),
)  # fmt: skip
TEMPLATES: Final = Call(
    "ecr", "describe_repository_creation_templates", "repositoryCreationTemplates[]",
    ids=f"[{named(_TEMPLATE, 'prefix')}]", owned=True, recorded=(_TEMPLATE,),
)  # fmt: skip

_ENCRYPTED: Final = "[encryptionConfiguration][].{encryptionType: encryptionType, kmsKey: kmsKey}"

KINDS: Final = (
    Kind(
        _REPOSITORY, REPOSITORIES, "repositoryName",
        {
            "name": "repositoryName", "imageTagMutability": "imageTagMutability",
            "imageScanningConfiguration": "imageScanningConfiguration",
            "encryptionConfigurations": _ENCRYPTED,
        },
        {"arn": "repositoryArn"},
        silent=("forceDelete", "imageTagMutabilityExclusionFilters", "tags"),
    ),
    Kind(
        "aws:ecr/repositoryPolicy:RepositoryPolicy", REPOSITORY_POLICY, "repositoryName",
        {"repository": "repositoryName", "policy": "policyText"},
    ),
    Kind(
        _REGISTRY_POLICY, REGISTRY_POLICY, "registryId", {"policy": "policyText"}, single=True
    ),
    Kind(
        _REPLICATION, REGISTRY, "registryId",
        {
            "replicationConfiguration": "{rules: replicationConfiguration.rules[].{"
            "destinations: destinations[].{region: region, registryId: registryId}}}",
        },
        where="replicationConfiguration.rules", single=True,
    ),
    Kind(
        _CACHE, CACHES, "ecrRepositoryPrefix",
        {
            "ecrRepositoryPrefix": "ecrRepositoryPrefix",
            "upstreamRegistryUrl": "upstreamRegistryUrl",
            "upstreamRepositoryPrefix": "upstreamRepositoryPrefix",
            "credentialArn": "credentialArn", "customRoleArn": "customRoleArn",
        },
    ),
    Kind(
        _TEMPLATE, TEMPLATES, "prefix",
        {
            "prefix": "prefix", "repositoryPolicy": "repositoryPolicy",
            "appliedFors": "appliedFor", "customRoleArn": "customRoleArn",
            "encryptionConfigurations": _ENCRYPTED, "description": "description",
        },
        silent=(
            "imageTagMutability", "imageTagMutabilityExclusionFilters", "lifecyclePolicy",
            "resourceTags",
        ),
    ),
)  # fmt: skip
