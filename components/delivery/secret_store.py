"""The store that machines take their files from, each role from its own path."""

from __future__ import annotations  # else a type in a signature loads the SDK's module

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import pulumi
import pulumi_aws as aws

from plan.pki.files import StoredFile, files_mark, parameter_path
from plan.tags import Tags


class SecretStore(pulumi.ComponentResource):
    """A parameter of Systems Manager for each file of each role.

    Creates   SecureString parameters under the cluster's key, and String ones of what is public.
    Never     a file that no role reads, a secret in a parameter that is not encrypted.
    Args:
        contents: by file name; more than the files need is left where it is.
        marks: of secret files without a public half beside them, by file name, what changes
            whenever they do.
    Outputs:
        ready: the path of each role, known only when all of its files are there.
        marks: by role what changes whenever a file of it does; no secret.
    """

    ready: dict[str, pulumi.Output[str]]
    marks: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        files: Iterable[StoredFile],
        contents: Mapping[str, pulumi.Input[str]],
        *,
        marks: Mapping[str, str] = MappingProxyType({}),
        key_arn: pulumi.Input[str],
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:delivery:SecretStore", name, None, opts)
        made: dict[str, list[pulumi.Output[str]]] = {}
        told: dict[str, dict[str, pulumi.Input[str]]] = {}
        for file in files:
            parameter = self._declare(file, contents[file.name], key_arn, tags)
            made.setdefault(file.role, []).append(parameter.name)
            if file.name in marks or not file.secret:
                told.setdefault(file.role, {})[file.name] = marks.get(
                    file.name, contents[file.name]
                )
        self.ready = {
            role: _after(parameter_path(tags.cluster, role), names) for role, names in made.items()
        }
        self.marks = {
            role: pulumi.Output.all(**texts).apply(files_mark) for role, texts in told.items()
        }
        self.register_outputs({"ready": self.ready})

    def _declare(
        self, file: StoredFile, content: pulumi.Input[str], key_arn: pulumi.Input[str], tags: Tags
    ) -> aws.ssm.Parameter:
        child = pulumi.ResourceOptions(parent=self)
        logical = f"{file.role}-{file.name}"
        path = f"{parameter_path(tags.cluster, file.role)}/{file.name}"
        if file.secret:
            return aws.ssm.Parameter(
                logical,
                name=path,
                type="SecureString",
                key_id=key_arn,
                value=content,  # which the SDK marks as secret
                tier=file.tier,
                tags=tags.named(logical),
                opts=child,
            )
        return aws.ssm.Parameter(
            logical,
            name=path,
            type="String",
            insecure_value=content,
            tier=file.tier,
            tags=tags.named(logical),
            opts=child,
        )


def _after(path: str, names: list[pulumi.Output[str]]) -> pulumi.Output[str]:
    """The path, known only when every name in it is."""
    return pulumi.Output.all(*names).apply(lambda _: path)
