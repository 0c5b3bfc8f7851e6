"""What other catalogues call a rule's claim: every id exists there, and is shown to people."""

import gzip
import json
import re
from importlib.resources import files
from pathlib import Path

from bench.peers.judges import versions
from evidence.document import document
from evidence.page import page
from proof.findings import Proof
from proof.prove import prove
from rules.boundary_reader import parse_boundary
from rules.docs import render
from rules.mappings import MAPPINGS, Elsewhere, elsewhere
from rules.pack import policies
from rules.table import BY_ID
from tests.policies.evidence.test_page import DAY
from tests.policies.model.deployments import example

CATALOGUES = Path(__file__).parent / "catalogues"
# Of the two oldest rules of Config name and identifier differ (Developer Guide, list of rules).
IDENTIFIERS = {
    "restricted-ssh": "INCOMING_SSH_DISABLED",
    "restricted-common-ports": "RESTRICTED_INCOMING_TRAFFIC",
}


def test_every_id_of_checkov_exists_in_the_version_that_the_peers_table_asks():
    known = set()
    for name, least in (("checkov.txt", 400), ("checkov-kubernetes.txt", 80)):
        heading, *ids = (CATALOGUES / name).read_text(encoding="utf-8").splitlines()
        assert heading.startswith(f"# Ids of Checkov {versions()['checkov']} ")
        assert len(ids) > least
        known |= set(ids)
    mapped = [id_ for found in MAPPINGS.values() for id_ in found.checkov]
    assert len(mapped) > 25 and any("_K8S_" in id_ for id_ in mapped)
    assert set(mapped) <= known


def test_every_rule_of_config_exists():
    """The list of AWS's rules that moto carries; it is made from the Developer Guide."""
    packed = files("moto").joinpath("config/resources/aws_managed_rules.json.gz").read_bytes()
    known = json.loads(gzip.decompress(packed))["ManagedRules"]
    mapped = [name for found in MAPPINGS.values() for name in found.config]
    assert len(known) > 500 and len(mapped) > 25
    assert [
        name
        for name in mapped
        if IDENTIFIERS.get(name, name.upper().replace("-", "_")) not in known
    ] == []


def test_every_control_of_security_hub_and_of_cis_exists():
    listed = json.loads((CATALOGUES / "controls.json").read_text(encoding="utf-8"))
    for catalogue, ids in (
        ("securityHub", [id_ for found in MAPPINGS.values() for id_ in found.security_hub]),
        ("cisAwsFoundations", [id_ for found in MAPPINGS.values() for id_ in found.cis]),
        ("cisEks", [id_ for found in MAPPINGS.values() for id_ in found.cis_eks]),
    ):
        assert ids and set(ids) <= set(listed[catalogue]), catalogue


def test_every_mapping_is_of_a_rule_and_none_is_empty():
    assert set(MAPPINGS) <= set(BY_ID)
    assert all(found.ids() and len(set(found.ids())) == len(found.ids())
               for found in MAPPINGS.values())  # fmt: skip
    assert elsewhere("CN-062") == Elsewhere(), "AWS's newest settings are in no catalogue yet"


def test_mappings_are_shown_on_the_page_of_the_rules_and_in_the_tags_of_the_policies():
    shown = dict(re.findall(r'id="(cn-\d+)".*?\nElsewhere: ([^\n]+)\n', _sections(), re.S))
    assert set(shown) == {rule.lower() for rule in MAPPINGS}
    for rule, found in MAPPINGS.items():
        every = [id_ for ids in found.by_catalogue().values() for id_ in ids]
        assert all(id_ in shown[rule.lower()] for id_ in every)
    tags = {policy.name: policy.tags for policy in policies()}
    assert "CIS-EKS 5.4.2" in tags[BY_ID["CN-060"].name]


def _sections() -> str:
    """The page's rules that say something of others; a rule ends where the next begins."""
    return "\n".join(part for part in re.split(r"(?m)^(?=### )", render()) if "\nElsewhere" in part)


def test_mappings_are_shown_on_the_evidence_page_and_in_json():
    deployment, boundary = example("dev", True), parse_boundary({}, DAY)
    proof = prove(deployment, boundary)
    text = page("dev", deployment, boundary, proof, DAY)
    assert "AWS Security Hub: EKS.1<br>AWS Config: eks-endpoint-no-public-access" in text
    assert isinstance(proof, Proof)
    told = json.loads(json.dumps(document(proof, deployment, boundary)))["elsewhere"]
    assert told["CN-040"] == {
        "Checkov": ["CKV_AWS_130"],
        "AWS Security Hub": ["EC2.15"],
        "AWS Config": ["subnet-auto-assign-public-ip-disabled"],
    }
    assert set(told) == set(MAPPINGS)
