"""What is closed by its state is not undecided for being told live: of every type that no table
reads.

One of each type stands beside a closed cluster, with everything that its program may say of it in a
form that opens nothing, and somebody answers for what a rule refuses by its type. By either reading
nothing is found of it.
"""

import importlib
import inspect
import json
import keyword
import pathlib
import re
from datetime import timedelta
from functools import cache
from typing import Any

import botocore.session
import pulumi_aws
import pytest

from automation.described.live import as_text
from automation.described.records import OTHER_NAMES, Records
from automation.described.resources import resources_of
from automation.described.tables import FIXED, KINDS, is_unread
from automation.state import Resource
from model.deployment import Deployment, Node
from proof.findings import Proof
from proof.prove import prove
from rules.boundary import RuleException
from sources.recorded import read_recorded
from tests.automation.described.parity import said
from tests.policies.mutations.parts import GROUP, cluster_subnets, cluster_vpc, connection, supply
from tests.policies.mutations.stacks import ACCOUNT, REGION, TODAY, Of, Stack, stack

BEFORE = stack("dev", True)
TOKENS = {kind.token for kind in KINDS}
_TOKEN = re.compile(r'"(aws:[a-z0-9]+/[A-Za-z0-9]+:[A-Za-z0-9]+)":')
PROVIDED = frozenset(
    _TOKEN.findall(pathlib.Path(str(pulumi_aws.__file__)).read_text(encoding="utf-8"))
)
# Told as what of them is there (test_spread.py), or as what they are another name of (below); and
# AWS's own default VPC, which is open by whatever tells of it.
OTHERWISE = {
    "aws:ec2/securityGroupRule:SecurityGroupRule", "aws:ec2/defaultVpc:DefaultVpc",
    "aws:ec2/defaultSubnet:DefaultSubnet", *OTHER_NAMES,
}  # fmt: skip
UNTOLD = sorted(t for t in PROVIDED - TOKENS - OTHERWISE if is_unread(t))
# Rules that refuse one of these types for being there, and so are answered for.
BY_TYPE = ("CN-001", "CN-012", "CN-013", "CN-014", "CN-015", "CN-236")
# What AWS tells of: the roles of an attachment.
TOLD = {"roles"}


def class_of(token: str) -> Any:
    _, module, noun = token.split(":")
    room = module.split("/")[0]
    package = importlib.import_module(f"pulumi_aws.{room}{'_' * keyword.iskeyword(room)}")
    return getattr(package, noun)


def given(token: str) -> dict[str, Any]:
    """Every property of a type with a value of its form that names own things alone."""
    known = inspect.signature(class_of(token)._internal_init).parameters
    names = {
        re.sub("_([a-z0-9])", lambda found: found[1].upper(), name): str(parameter.annotation)
        for name, parameter in known.items()
        if name not in ("__self__", "resource_name", "opts", "__props__", "region", "tags")
    }
    service = token.split(":")[1].split("/")[0]
    return {n: _value(n, form, service) for n, form in names.items() if n not in TOLD}


# By what a property is called, the first that fits.
FORMS: tuple[tuple[str, Any], ...] = (
    (r"vpcid", Of(cluster_vpc(BEFORE))),
    (r"vpcarn", Of(cluster_vpc(BEFORE), "arn")),
    (r"subnetarns?", Of(cluster_subnets(BEFORE)[0], "arn")),
    (r"subnet.*|.*subnetid", Of(cluster_subnets(BEFORE)[0])),
    (r"securitygroup.*", Of(BEFORE.first(GROUP))),
    (r".*accountid", ACCOUNT),
    (r".*rolearn", f"arn:aws:iam::{ACCOUNT}:role/x"),
    (r".*arns?", f"arn:aws:%s:{REGION}:{ACCOUNT}:x/y"),
    (r".*cidr.*", "10.99.0.0/24"),
    (r".*(policy|document).*", '{"Version": "2012-10-17", "Statement": []}'),
)


def _value(name: str, form: str, service: str) -> Any:
    if "bool" in form:
        return False
    value = next((value for like, value in FORMS if re.fullmatch(like, name.lower())), "own")
    value = value % service if isinstance(value, str) and "%s" in value else value
    return [value] if "Sequence" in form else value


def recorded(node: Node) -> Resource:
    of, sources = node.resource, {k: sorted(s) for k, s in node.sources.items()}
    outputs = dict(node.outputs())
    return Resource(of.urn, of.type, of.name, str(outputs["id"]), of.props, outputs, sources)


def called(token: str) -> str:
    return f"gap-{token.replace(':', '-').replace('/', '-')}"


@cache
def beside() -> Stack:
    """The cluster, and one of each type. What it names is supplied; ways are answered for."""
    made = [BEFORE.makes(t, called(t), given(t)) for t in UNTOLD]
    expires = TODAY + timedelta(days=20)
    answers = (RuleException(r, "gap-*", None, "net", "agreed", expires) for r in BY_TYPE)
    of = BEFORE.boundary
    supplied = {value for node in made for value in texts(node.resource.props)}
    return BEFORE.having(*made).declaring(
        connections=(*of.connections, connection("gap-*", "10.99.0.0/24")),
        exceptions=(*of.exceptions, *answers),
        supplied=(*of.supplied, *map(supply, sorted(supplied))),
    )


def texts(props: Any) -> set[str]:
    values = [v for held in props.values() for v in (held if isinstance(held, list) else [held])]
    return {v for v in values if isinstance(v, str) and (v.startswith("arn:") or v == "own")}


def live(of: Stack) -> Deployment:
    """The same as a reading tells it in which no table reads any of it."""
    nodes = [n for n in of.deployment.nodes.values() if n.resource.name.startswith("gap-")]
    told = resources_of({}, Records(map(recorded, nodes)))
    assert told.missing == [] and len(told.resources) == len(nodes)
    read = read_recorded(json.loads(as_text(told.resources))).nodes
    return Deployment({**of.deployment.nodes, **read})


def found_of(proof: Proof) -> dict[str, set[str]]:
    """The rules by which something counts, by whose finding it is."""
    found: dict[str, set[str]] = {}
    for rule, name in said(proof):
        if name.startswith("gap-"):
            found.setdefault(name, set()).add(rule)
    return found


@cache
def never_closed() -> frozenset[str]:
    """Those that are open by their state, whoever answers for it: a rule refuses their type, and
    whatever else is said of them, the network has a way out."""
    found = prove(beside().deployment, beside().boundary).findings
    return frozenset(f.resource for f in found if f.answered and f.opens)


def test_there_is_one_of_every_type_that_can_be_closed():
    closed = {t.split("/")[0] for t in UNTOLD if called(t) not in never_closed()}
    assert len(UNTOLD) - len(never_closed()) > 45 and closed >= {
        "aws:directconnect", "aws:ec2clientvpn", "aws:iam", "aws:networkmanager", "aws:ram",
        "aws:s3control", "aws:vpclattice",
    }  # fmt: skip
    assert found_of(prove(beside().deployment, beside().boundary)) == {}


def test_none_of_them_is_undecided_for_being_told_live():
    """With all that it may say, each is as closed as by its state."""
    assert found_of(prove(live(beside()), beside().boundary)).keys() <= never_closed()


# Operations of AWS that take what is fixed, and neither make another thing of the type nor end one:
# they say by it which thing is meant, or are about something else.
MEANT = {
    "aws:iam/policyAttachment:PolicyAttachment": {"SetDefaultPolicyVersion"},
    "aws:ram/resourceShareAccepter:ResourceShareAccepter": {
        "PromoteResourceShareCreatedFromPolicy", "UpdateResourceShare",
    },
    "aws:vpclattice/listener:Listener": {
        "BatchUpdateRule", "UpdateListener", "UpdateRule", "UpdateService",
    },
    "aws:vpclattice/serviceNetworkResourceAssociation:ServiceNetworkResourceAssociation": {
        "UpdateResourceConfiguration",
    },
}  # fmt: skip
ENDS = re.compile(
    r"(Create|Associate|Attach|Register|Delete|Disassociate|Detach|Deregister|Describe|Get|List|Tag"
    r"|Untag)\w+"
)
# What is fixed as boto3 calls it, where that is not what the provider does.
MEMBERS = {
    ("directconnect", "secretArn"): "secretARN",
    ("ram", "shareArn"): "resourceShareArn",
    ("vpc-lattice", "serviceArn"): "serviceIdentifier",
}
SERVICES = {"vpclattice": "vpc-lattice"}


@pytest.mark.parametrize("token", sorted(FIXED))
def test_no_operation_of_aws_turns_elsewhere_what_is_taken_as_recorded(token):
    service = token.split(":")[1].split("/")[0]
    service = SERVICES.get(service, service)
    client = botocore.session.Session().create_client(
        service, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x"
    )
    model, taking = client.meta.service_model, set()
    for name in FIXED[token]:
        pascal = name[0].upper() + name[1:]
        wanted = {MEMBERS.get((service, name), name), pascal}
        for operation in model.operation_names:
            shape = model.operation_model(operation).input_shape
            if shape is not None and wanted & shape.members.keys():
                taking.add(operation)
    assert taking and {op for op in taking if not ENDS.fullmatch(op)} == MEANT.get(token, set())
