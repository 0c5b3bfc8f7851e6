"""What AWS calls a part of a block is what the provider calls it, wherever the provider has it."""

import importlib
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import botocore.session
import pytest

from automation.described.spelling import as_in_programs

# By service and operation: the member of the answer, and the room and the class of the provider.
BLOCKS = (
    ("sagemaker", "DescribeDomain", "DefaultUserSettings", "DomainDefaultUserSettings"),
    ("sagemaker", "DescribeDomain", "DefaultSpaceSettings", "DomainDefaultSpaceSettings"),
    ("sagemaker", "DescribeDomain", "DomainSettings", "DomainDomainSettings"),
    ("sagemaker", "DescribeModel", "PrimaryContainer", "ModelPrimaryContainer"),
    ("sagemaker", "DescribeModel", "Containers", "ModelContainer"),
    ("sagemaker", "DescribeModel", "InferenceExecutionConfig", "ModelInferenceExecutionConfig"),
    ("sagemaker", "DescribeNotebookInstance", "InstanceMetadataServiceConfiguration",
     "NotebookInstanceInstanceMetadataServiceConfiguration"),
    ("scheduler", "GetSchedule", "Target", "ScheduleTarget"),
    ("pipes", "DescribePipe", "SourceParameters", "PipeSourceParameters"),
    ("pipes", "DescribePipe", "EnrichmentParameters", "PipeEnrichmentParameters"),
    ("pipes", "DescribePipe", "TargetParameters", "PipeTargetParameters"),
    ("pipes", "DescribePipe", "LogConfiguration", "PipeLogConfiguration"),
)  # fmt: skip
# What the provider has no word for, and what it has without the block around it.
NO_WORD = {
    "AmazonQSettings", "ContainerMetricsConfig", "ETag", "EventBridgePutEventsV2Parameters",
    "EventBridgePutRawEventsParameters", "ExecutionRoleSessionNameMode",
    "FSxLustreFileSystemConfig", "HiddenSageMakerImageVersionAliases", "HubAccessConfig",
    "IpAddressType", "ManifestEtag", "ManifestS3Uri", "RootlessDocker", "S3FileSystemConfig",
    "TimestreamParameters", "TrainingPlanArn", "UnifiedStudioSettings",
}  # fmt: skip
FLAT = {"awsvpcConfiguration"}


def words_of(block: Any, arguments: type, room: ModuleType) -> Iterator[tuple[str, str, set[str]]]:
    """Of each part of a block of botocore's: AWS's word, ours, and those of the provider."""
    while block.type_name == "list":
        block = block.member
    known = {_in_programs(name): str(of) for name, of in arguments.__annotations__.items()}
    for word, part in block.members.items():
        ((ours, _),) = as_in_programs({word: [] if part.type_name == "list" else {}}).items()
        yield word, ours, {*known}
        while part.type_name == "list":
            part = part.member
        below = re.search(r"\w+ArgsDict", known.get(ours, ""))
        if part.type_name == "structure" and below:
            yield from words_of(part, getattr(room, below[0]), room)


def _in_programs(name: str) -> str:
    return re.sub("_([a-z0-9])", lambda found: found[1].upper(), name)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block[3])
def test_parts_are_called_as_the_provider_calls_them(block):
    service, operation, member, name = block
    room = importlib.import_module(f"pulumi_aws.{service}._inputs")
    model = botocore.session.get_session().get_service_model(service)
    answer = model.operation_model(operation).output_shape.members[member]
    words = list(words_of(answer, getattr(room, f"{name}ArgsDict"), room))
    assert words
    unlike = {word for word, ours, known in words if ours not in known}
    assert unlike <= NO_WORD | FLAT


def test_nothing_of_a_block_is_left_out():
    """Nor is a name changed that people have chosen, by which two of them may differ."""
    said = {
        "Environment": {"Token": "a", "token": "b"},
        "Containers": [{"Image": "x", "Environment": [{"Name": "N", "Value": "v"}]}],
        "S3DataSource": {"S3Uri": "s3://x"}, "NewestOfAWS": None,
    }  # fmt: skip
    assert as_in_programs(said) == {
        "environment": {"Token": "a", "token": "b"},
        "containers": [{"image": "x", "environments": [{"name": "N", "value": "v"}]}],
        "s3DataSources": [{"s3Uri": "s3://x"}], "newestOfAws": None,
    }  # fmt: skip
