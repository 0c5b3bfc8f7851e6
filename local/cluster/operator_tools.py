"""What people bring along to the operator's machine: kubectl, both kubeconfigs that the stack puts
out, and what the one by IAM runs for a token."""

from collections.abc import Mapping
from pathlib import Path

from local.carry_in.programs import Program

FOLDER = "/usr/local/bin"
KUBECTL, AUTHENTICATOR = "kubectl", "aws-iam-authenticator"
# The stack's output, and where it lies. The first has the administrator's short-lived certificate;
# the second no key, but asks for a token as who the machine is.
KUBECONFIGS = {
    "administratorKubeconfig": "/root/kubeconfig",
    "kubeconfig": "/root/iam.kubeconfig",
}
# In the form that the kubeconfig has it and no other (machines/kubeconfig.py). The token is of the
# same kind, a signed question to STS that bears the cluster's name: aws-iam-authenticator v0.6.13,
# pkg/token/token.go, and the AWS CLI's awscli/customizations/eks/get_token.py.
AWS = f"""\
#!/bin/sh
# In place of the AWS CLI, which is not carried in: the one command that a kubeconfig by IAM runs.
set -eu
asked="$*"
refuse() {{
  echo "in place of the AWS CLI is a program that knows eks get-token alone, not: $asked" >&2
  exit 252
}}
[ $# -eq 8 ] || refuse
[ "$1 $3 $4 $5 $7 $8" = "--region eks get-token --cluster-name --output json" ] || refuse
exec {FOLDER}/{AUTHENTICATOR} token --cluster-id "$6" --region "$2"
"""


def bring_programs(root: Path, programs: Mapping[str, Program]) -> None:
    """root: of the machine."""
    bring = {name: programs[name].path.read_bytes() for name in (KUBECTL, AUTHENTICATOR)}
    for name, content in {**bring, "aws": AWS.encode()}.items():
        _replace(root / FOLDER.lstrip("/") / name, content, 0o755)


def bring_kubeconfigs(root: Path, kubeconfigs: Mapping[str, str]) -> None:
    """root: of the machine. kubeconfigs: by the output's name; they are root's alone to read."""
    for output, text in kubeconfigs.items():
        _replace(root / KUBECONFIGS[output].lstrip("/"), text.encode(), 0o600)


def _replace(file: Path, content: bytes, mode: int) -> None:
    """Whole, beside whoever uses the one of before: a program that runs cannot be written to."""
    beside = file.with_name(f".{file.name}.new")
    beside.unlink(missing_ok=True)
    beside.touch(mode)
    beside.write_bytes(content)
    beside.chmod(mode)
    beside.replace(file)
