"""A deployment as a CloudFormation template: what cfn-lint reads.

CloudFormation's own schema of each type, as cfn-lint carries it, says what a property is called and
of which form it is; what it has no property for is left out. Ids of what the template makes are
references. Values that are not known yet come from a parameter.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from bench.peers.cloudformation_names import (
    OF_A_BUCKET,
    PROPERTIES,
    SERVICES,
    TYPES,
    UNSAID_HERE,
)
from model.deployment import Deployment, Node
from rules.unknowns import UNKNOWN

REGION: Final = "ap-northeast-1"
UNSAID: Final = "NotKnownYet"
_TEMPLATE: Final = "AWS::EC2::LaunchTemplate"
_GATEWAY: Final = "AWS::EC2::InternetGateway"
_BUCKET: Final = "AWS::S3::Bucket"

Schema = Mapping[str, Any]


def type_of(token: str) -> str | None:
    """CloudFormation's type; None where there is none."""
    if token in TYPES:
        return TYPES[token]
    if not token.startswith("aws:"):
        return None
    _, module, noun = token.split(":")
    module = module.split("/")[0].lower()
    return _known().get((SERVICES.get(module, module), noun.lower()))


@cache
def _schemas() -> Any:
    """cfn-lint's. To read it takes half a second, of every process that collects the tests."""
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    return PROVIDER_SCHEMA_MANAGER


@cache
def _known() -> Mapping[tuple[str, str], str]:
    found = {}
    for name in _schemas().get_resource_types(REGION):
        if name.startswith("AWS::"):
            _, service, noun = name.split("::")[:3]
            found[service.lower(), noun.lower()] = name
    return found


@cache
def schema_of(type_: str) -> Schema:
    """The schema of a type."""
    return dict(_schemas().get_resource_schema(REGION, type_).schema)


def template(deployment: Deployment) -> dict[str, Any]:
    """The whole template."""
    return _Writer(deployment).template()


def names(deployment: Deployment) -> dict[str, str]:
    """What the template calls each resource, by URN."""
    return dict(_Writer(deployment).names)


class _Writer:
    """One template: what each resource is called in it, and which texts are ids of them."""

    def __init__(self, deployment: Deployment) -> None:
        self._nodes = [n for n in deployment.nodes.values() if type_of(n.resource.type)]
        self._parts = list(deployment.of_type(*OF_A_BUCKET))
        self.names: dict[str, str] = {}
        self._taken: set[str] = set()
        self._ids: dict[str, Any] = {}
        for node in self._nodes:
            name = self._name(node)
            self.names[node.resource.urn] = name
            for output, value in node.outputs().items():
                known = isinstance(value, str) and value and value != node.resource.name
                if known and value != node.resource.props.get(output):
                    self._ids.setdefault(value, self._output(node, name, output))

    def _name(self, node: Node) -> str:
        words = re.findall(r"[A-Za-z0-9]+", f"{node.resource.name} {node.resource.noun}")
        base = "".join(word[:1].upper() + word[1:] for word in words)
        name, count = base, 2
        while name in self._taken:
            name, count = f"{base}{count}", count + 1
        self._taken.add(name)
        return name

    def _output(self, node: Node, name: str, output: str) -> Any:
        """Ref is the id of most things; other outputs are asked for, where there are any."""
        schema = schema_of(type_of(node.resource.type) or "")
        given = {p.removeprefix("/properties/") for p in schema.get("readOnlyProperties", ())}
        found = next((g for g in given if g.lower() == output.lower()), None)
        return {"Ref": name} if found is None or output == "id" else {"Fn::GetAtt": [name, found]}

    def template(self) -> dict[str, Any]:
        resources = {self.names[n.resource.urn]: self._resource(n) for n in self._nodes}
        for node in self._parts:
            self._into_its_bucket(node, resources)
        for node in self._nodes:
            resources.update(self._beside(node))
        return {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Parameters": {UNSAID: {"Type": "String"}},
            "Resources": resources,
        }

    def _resource(self, node: Node) -> dict[str, Any]:
        type_ = type_of(node.resource.type) or ""
        schema = schema_of(type_)
        props = dict(node.resource.props)
        if type_ == _TEMPLATE:
            return {"Type": type_, "Properties": self._of_a_template(props, schema)}
        if type_ == "AWS::EKS::Cluster" and "enabledClusterLogTypes" in props:
            kinds = [{"type": kind} for kind in props.pop("enabledClusterLogTypes")]
            props["logging"] = {"clusterLogging": {"enabledTypes": kinds}}
        told = self._object(type_, props, schema, schema)
        return {"Type": type_, "Properties": {**UNSAID_HERE.get(type_, {}), **told}}

    def _of_a_template(self, props: dict[str, Any], schema: Schema) -> dict[str, Any]:
        data = _resolved(schema["properties"]["LaunchTemplateData"], schema)
        own = {key: props.pop(key) for key in ("name", "tags") if key in props}
        name = {"LaunchTemplateName": own["name"]} if "name" in own else {}
        inside = {key: value for key, value in props.items() if key != "description"}
        return {**name, "LaunchTemplateData": self._object(_TEMPLATE, inside, data, schema)}

    def _into_its_bucket(self, node: Node, resources: dict[str, Any]) -> None:
        bucket = next((self.names[u] for u in sorted(node.sources.get("bucket", ()))
                       if u in self.names), None)  # fmt: skip
        if bucket is None:
            return
        whole = schema_of(_BUCKET)
        key = OF_A_BUCKET[node.resource.type]
        form = _resolved(whole["properties"][key], whole)
        inner = {k: v for k, v in node.resource.props.items() if k != "bucket"}
        inner |= inner.pop("versioningConfiguration", {})
        if "rule" in inner or "rules" in inner:
            rules = inner.get("rules") or [inner["rule"]]
            encrypted = "serverSideEncryptionConfiguration"
            inner = {"rules": rules} if key == "OwnershipControls" else {encrypted: rules}
        resources[bucket]["Properties"][key] = self._object(_BUCKET, inner, form, whole)

    def _beside(self, node: Node) -> Iterator[tuple[str, Any]]:
        """What is a resource of its own here: a gateway's attachment, routes of a table."""
        name, props = self.names[node.resource.urn], node.resource.props
        if type_of(node.resource.type) in (_GATEWAY, "AWS::EC2::VPNGateway") and "vpcId" in props:
            kind = "InternetGatewayId" if "Internet" in node.resource.noun else "VpnGatewayId"
            joined = {"VpcId": self._plain(props["vpcId"]), kind: {"Ref": name}}
            yield f"{name}Joint", {"Type": "AWS::EC2::VPCGatewayAttachment", "Properties": joined}
        if node.resource.noun == "RouteTable":
            schema = schema_of("AWS::EC2::Route")
            for number, route in enumerate(props.get("routes") or ()):
                named = {"destinationCidrBlock": route.get("cidrBlock"), **route}
                told = self._object("AWS::EC2::Route", named, schema, schema)
                told["RouteTableId"] = {"Ref": name}
                yield f"{name}Route{number}", {"Type": "AWS::EC2::Route", "Properties": told}

    def _object(
        self, type_: str, props: Mapping[str, Any], form: Schema, whole: Schema
    ) -> dict[str, Any]:
        found = {}
        for key, value in props.items():
            name = _property(type_, key, form)
            if name is not None and value is not None:
                found[name] = self._fitted(type_, value, form["properties"][name], whole)
        return found

    def _fitted(self, type_: str, value: Any, form: Schema, whole: Schema) -> Any:
        """A value in the form that the schema asks for."""
        form = _resolved(form, whole)
        kinds = form.get("type", ())
        kinds = (kinds,) if isinstance(kinds, str) else tuple(kinds)
        if "array" in kinds:
            items = _resolved(form.get("items", {}), whole)
            if isinstance(value, Mapping) and {"Key", "Value"} <= set(items.get("properties", ())):
                return [{"Key": k, "Value": self._plain(v)} for k, v in value.items()]
            listed = value if isinstance(value, list) else [value]
            return [self._fitted(type_, item, items, whole) for item in listed]
        if isinstance(value, list) and len(value) == 1:
            return self._fitted(type_, value[0], form, whole)
        if isinstance(value, Mapping):
            if "properties" in form:
                return self._object(type_, value, form, whole)
            return {key: self._plain(item) for key, item in value.items()}
        if "object" in kinds and isinstance(value, str):
            return _document(value)
        return self._scalar(value, kinds)

    def _scalar(self, value: Any, kinds: tuple[str, ...]) -> Any:
        if "boolean" in kinds and value in ("true", "false"):
            return value == "true"
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if "string" in kinds and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self._plain(value)

    def _plain(self, value: Any) -> Any:
        if value is UNKNOWN:
            return {"Ref": UNSAID}
        return self._ids.get(value, value) if isinstance(value, str) else value


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _resolved(form: Schema, whole: Schema) -> Schema:
    while "$ref" in form:
        found: Any = whole
        for step in form["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        form = found
    return form


def _property(type_: str, key: str, form: Schema) -> str | None:
    """The property of a name; none where there is none."""
    named = PROPERTIES.get(type_, {}).get(key) or PROPERTIES[""].get(key)
    properties = form.get("properties", {})
    if named in properties:
        return named
    wanted = {key.lower(), f"{key}s".lower(), key.lower().removesuffix("s")}
    return next((name for name in properties if name.lower() in wanted), None)
