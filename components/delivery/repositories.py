"""ECR repositories that images are carried in through."""

import json
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from plan.carry_in import CarriedRepository
from plan.tags import Tags


class Repositories(pulumi.ComponentResource):
    """Every planned repository with its policy; supplied ones are left as they are.

    Never     a repository that is deleted with images in it, or that drops images by itself: what
              is pulled by digest may have no tag.
    Outputs:
        repository_urls: by logical name; known only when the policy is in force.
    """

    repository_urls: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        repositories: Mapping[str, CarriedRepository],
        *,
        key_arn: pulumi.Input[str],
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:delivery:Repositories", name, None, opts)
        self.repository_urls = {}
        for repository in repositories.values():
            if repository.supplied:
                url = pulumi.Output.from_input(repository.url)
            else:
                url = self._declare(repository, key_arn, tags)
            self.repository_urls[repository.name] = url
        self.register_outputs({"repositoryUrls": self.repository_urls})

    def _declare(
        self, repository: CarriedRepository, key_arn: pulumi.Input[str], tags: Tags
    ) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        created = aws.ecr.Repository(
            repository.name,
            name=repository.repository_name,
            image_tag_mutability=repository.tag_mutability,
            image_scanning_configuration={"scan_on_push": bool(repository.scan_on_push)},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": key_arn}],
            tags=tags.named(repository.name),
            # With another key it is another one, and a registry has one of a name.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        policy = aws.ecr.RepositoryPolicy(
            repository.name,
            repository=created.name,
            policy=json.dumps(repository.policy, sort_keys=True),
            opts=child,
        )
        return pulumi.Output.all(created.repository_url, policy.id).apply(
            lambda known: str(known[0])
        )
