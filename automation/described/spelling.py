"""Blocks of AWS's answers, with their parts called as programs call them.

For blocks of which all may name something, so that none of it is left out: what the provider has no
word for yet is told as well.
"""

import re
from typing import Any, Final

# Of several capitals in a row all but the first one of a word.
_ABBREVIATED: Final = re.compile(r"(?<=[A-Z])[A-Z]+(?![a-z])|(?<=[A-Z])[A-Z]+(?=[A-Z][a-z])")
_WORDS: Final = {
    "ActiveMQ": "Activemq", "CloudWatch": "Cloudwatch", "DynamoDB": "Dynamodb",
    "EventBridge": "Eventbridge", "GiB": "Gib", "OAuth": "Oauth", "RabbitMQ": "Rabbitmq",
    "SageMaker": "Sagemaker", "awsvpc": "awsVpc",
}  # fmt: skip
# Lists that only the provider calls so.
_SEVERAL: Final = {
    "CapacityProviderStrategy": "capacityProviderStrategies", "Command": "commands",
    "DependsOn": "dependsOns", "IncludeExecutionData": "includeExecutionDatas",
    "PipelineParameterList": "pipelineParameters",
    "PlacementStrategy": "placementStrategies", "SecurityGroup": "securityGroups",
}  # fmt: skip
# One in an answer, and in a program a list of one.
_LISTED: Final = {"S3DataSource": "s3DataSources"}
# Whose parts are called as people have chosen.
_CHOSEN: Final = (
    "Environment", "HeaderParameters", "Metadata", "Parameters", "QueryStringParameters",
)  # fmt: skip


def as_in_programs(value: Any) -> Any:
    """A value with all blocks in it called so, at any depth."""
    if isinstance(value, list):
        return [as_in_programs(item) for item in value]
    if not isinstance(value, dict):
        return value
    return dict(_called(key, item) for key, item in value.items())


def _called(key: str, item: Any) -> tuple[str, Any]:
    if isinstance(item, list):
        name = "environments" if key == "Environment" else _SEVERAL.get(key) or _camel(key)
        return name, as_in_programs(item)
    if key in _LISTED:
        return _LISTED[key], [as_in_programs(item)]
    return _camel(key), item if key in _CHOSEN else as_in_programs(item)


def _camel(key: str) -> str:
    for word, as_one in _WORDS.items():
        key = key.replace(word, as_one)
    key = _ABBREVIATED.sub(lambda found: found[0].lower(), key)
    return key[:1].lower() + key[1:]
