"""The yardstick: COUNT plain resources of one type, with no component, plan or policy.

READS are names of stacks that it reads, separated by spaces: as many as what it is compared with.
"""

import os

import pulumi
import pulumi_aws as aws

provider = aws.Provider("aws", region="us-east-1")
for number in range(int(os.environ["COUNT"])):
    aws.cloudwatch.LogGroup(
        f"plain-{number}",
        name=f"/{pulumi.get_stack()}/{number}",
        retention_in_days=30,
        opts=pulumi.ResourceOptions(provider=provider),
    )
for read in os.environ.get("READS", "").split():
    pulumi.StackReference(read)
