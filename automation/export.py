"""A stack as files to share, audit and keep: what was asked, what follows, what the pack says.

Nothing in it is secret: the plan holds no secret, and of the record only user data is taken, which
machines read and which by design carries none.
"""

import base64
import hashlib
from collections.abc import Mapping

from automation.rendering import json_text, rendered_files
from automation.results import Output, Preview, as_json
from automation.stack_files import StackFiles, named_files
from automation.state import State
from plan.cluster import ClusterPlan
from spec.text_file import is_there, read_text_file

# Outputs that are files. The kubeconfig is a secret output for the address in it; it takes a token
# from the AWS CLI, and holds none.
_HANDED_OVER = {
    "awsAuthConfigMap": "aws-auth.yaml",
    "sshConfig": "ssh_config",
    "kubeconfig": "kubeconfig",
}
_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"


def export_files(
    files: StackFiles,
    plan: ClusterPlan,
    preview: Preview,
    state: State,
    outputs: Mapping[str, Output],
) -> dict[str, str]:
    """The files by name, the index with their digests last.

    state: gives the user data that machines have got; of a pool that has none yet it is rendered
    from the plan. outputs: give the files to hand over, once they are there.
    """
    found = {
        files.stack_file.name: files.stack_file.read_text(encoding="utf-8"),
        files.spec_file.name: files.spec_file.read_text(encoding="utf-8"),
        files.lock_file.name: files.lock_file.read_text(encoding="utf-8"),
        **rendered_files(plan),
        "preview.json": json_text(as_json(preview)),
        "policy.json": json_text(as_json(preview)["verdict"]),
    }
    for name in named_files(files):
        found[name] = read_text_file(files.spec_file.parent / name)
    if is_there(files.policy_file):
        found[files.policy_file.name] = read_text_file(files.policy_file)
    for template in state.of_type(_TEMPLATE):
        user_data = template.outputs.get("userData")
        if isinstance(user_data, str):
            found[f"user-data/{template.name}.txt"] = base64.b64decode(user_data).decode()
            found.pop(f"user-data/{template.name}.planned.txt", None)
    for output, name in _HANDED_OVER.items():
        if output in outputs and isinstance(text := outputs[output].value, str):
            found[name] = text
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in found.items()}
    return found | {"index.json": json_text({"stack": files.stack, "sha256": digests})}
