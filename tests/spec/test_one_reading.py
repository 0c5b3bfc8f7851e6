"""`heiiki validate` reads the file, `pulumi preview` what Pulumi made of it: both read the same."""

import json

import pytest
import yaml

from spec.errors import SpecError
from spec.lock import parse_lock
from spec.part import part_in_file
from spec.stack_file import asked_in_file, parse_pulumi_config, parse_stack_file
from spec.yaml_text import StackFileDumper, load_stack_yaml, load_yaml
from tests.spec.stack_files import SMALLEST, faults, message, stack, text_of

POOLS = json.dumps(SMALLEST["nodePools"])
BASE = text_of(SMALLEST)
NUMBER = "is one number to some readers of YAML and another one, or text, to others; "
BOOLEAN = "is true or false to some readers of YAML and text to others; "


def read(text):
    """Each fault of the file: path, message, value."""
    with pytest.raises(SpecError) as caught:
        parse_stack_file(text, where="x")
    return [(fault.path, fault.message, fault.value) for fault in caught.value.faults]


def test_json_as_pulumi_config_set_writes_it_is_read_from_the_file_as_the_program_does():
    zones = json.dumps(SMALLEST["availabilityZones"])
    text = text_of({**SMALLEST, "nodePools": POOLS, "availabilityZones": zones})
    assert parse_stack_file(text, where="x") == stack()
    config = {key: str(value) for key, value in yaml.safe_load(text)["config"].items()}
    assert parse_pulumi_config(config, where="x") == stack()
    part = part_in_file("""config: {"heiiki:part": '{"of":"dev","name":"pools"}'}""", where="x")
    assert part is not None and part.name == "pools"


def test_keys_have_the_order_of_the_engine_whatever_that_of_the_file():
    """Go passes mappings on with their keys sorted by code point; of JSON in quotes, as written."""
    labels = {"z1": "a", "a1": "b", "B": "c"}
    asked = {**SMALLEST, "network": {"vpc": {"kind": "existing", "vpcId": "vpc-1"}},
             "nodePools": {"z": {"labels": labels}, "a": [{"b": 1, "a": 2}]}}  # fmt: skip
    text = text_of({**asked, "tags": json.dumps({"b": "1", "a": "2"})})
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spec.stack_file.parse", lambda _, got, **__: seen.append(json.dumps(got)))
        parse_stack_file(text, where="x")
        parse_pulumi_config(
            {f"heiiki:{key}": value if isinstance(value, str) else json.dumps(value, sort_keys=True)
             for key, value in {**asked, "tags": '{"b": "1", "a": "2"}'}.items()}, where="x"
        )  # fmt: skip
    assert seen[0] == seen[1]
    pools = json.loads(seen[0])["nodePools"]
    assert list(pools) == ["a", "z"] and list(pools["a"][0]) == ["a", "b"]
    assert list(pools["z"]["labels"]) == ["B", "a1", "z1"]
    assert list(json.loads(seen[0])["tags"]) == ["a", "b"]


def test_json_below_a_key_is_refused_by_both_with_what_to_write():
    pool = json.dumps(SMALLEST["nodePools"]["workers"])
    told = ("nodePools.workers", "must be a mapping of keys to values, and not JSON in quotes")
    assert faults({"nodePools.workers": pool})[0][:2] == told
    config = {
        f"heiiki:{k}": v if isinstance(v, str) else json.dumps(v) for k, v in SMALLEST.items()
    }
    with pytest.raises(SpecError) as caught:
        parse_pulumi_config(
            {**config, "heiiki:nodePools": json.dumps({"workers": pool})}, where="x"
        )
    assert [(fault.path, fault.message) for fault in caught.value.faults] == [told]


def test_json_with_a_key_twice_is_no_json():
    twice = '{"workers":{"instanceType":"m7i.large","maxSize":3},"workers":{}}'
    (fault,) = faults({"nodePools": twice})
    assert fault[:2] == ("nodePools", "must be a mapping of keys to values")


def test_text_keys_are_text_in_both():
    assert parse_stack_file(BASE.replace("name: test", "name: true"), where="x").name == "true"
    assert asked_in_file('config: {"heiiki:name": "[1]"}', where="x") == {"name": "[1]"}


@pytest.mark.parametrize(
    "number",
    ["1:30", "1:30:00", "1:30.5", "010", "-010", "08", "0o10", "0b11", "1_000", "1_0.5", "1.0_1",
     "0x1_F", "1e3", "12e03", "1e+3", "1.5e3", ".5e3", "-.5"],
)  # fmt: skip
def test_numbers_that_readers_of_yaml_understand_differently_are_refused_by_name(number):
    ((path, told, value),) = read(BASE.replace("maxSize: 3", f"maxSize: {number}"))
    assert path == "nodePools.workers.maxSize" and told.startswith(NUMBER) and value == number
    ((path, told, value),) = read(f"{BASE}  heiiki:boundary: {{accountId: {number}}}\n")
    assert path == "boundary.accountId" and told.endswith("or put it in quotes")
    quoted = load_stack_yaml(f"a: '{number}'", where="x")
    assert quoted == {"a": number} and isinstance(quoted["a"], str)
    assert load_stack_yaml(yaml.dump([number], Dumper=StackFileDumper), where="x") == [number]
    assert isinstance(load_stack_yaml(f"[{number}]", where="x")[0].text, str)


@pytest.mark.parametrize("word", ["yes", "No", "ON", "off"])
def test_words_that_are_true_or_false_to_some_are_refused_by_name(word):
    ((path, told, value),) = read(f"{BASE}  heiiki:addOns: {{irsa: {word}}}\n")
    assert (path, value) == ("addOns.irsa", word) and told.startswith(BOOLEAN)
    ((path, told, _),) = read(BASE.replace("name: test", f"name: {word}"))
    assert path == "name" and told.startswith(BOOLEAN)
    ((path, told, _),) = read(f"{BASE}  heiiki:network: {{vpc: {{kind: {word}}}}}\n")
    assert path == "network.vpc.kind" and told.startswith(BOOLEAN)


def test_dates_are_refused_by_name_as_they_are_written():
    assert read(f"{BASE}  heiiki:tags: {{since: 2026-01-31}}\n") == [
        ("tags.since", "is a date to YAML; put it in quotes", "2026-01-31")
    ]


@pytest.mark.parametrize(
    ("plain", "value"),
    [("0x1F", 31), ("+3", 3), ("0", 0), ("true", True), ("~", None), ("y", "y"), ("1a", "1a"),
     ("1_a", "1_a"), ("e1", "e1"), ("10.0.0.0/16", "10.0.0.0/16"), ("-", None), (".5", 0.5)],
)  # fmt: skip
def test_what_all_readers_understand_alike_is_read(plain, value):
    read_value = load_stack_yaml(f"a: {plain}" if plain != "-" else "a:", where="x")["a"]
    assert read_value == value


def test_other_projects_and_lock_files_are_left_alone():
    text = f"{BASE}  other:key: 010\n  aws:skip: yes\n"
    assert parse_stack_file(text, where="x") == stack()
    assert load_yaml("accountId: 089012345678", where="x") == {"accountId": "089012345678"}


def test_a_number_is_shown_as_it_is_written():
    assert read(f"{BASE}  heiiki:controlPlane: {{version: 1.30}}\n") == [
        (
            "controlPlane.version",
            "must be a minor version in quotes, such as '1.35' (unquoted, YAML reads a number)",
            "1.30",
        )
    ]


UNTAGGED = "is no list and no mapping to other readers of YAML; write one of these, without a tag"


@pytest.mark.parametrize(
    ("before", "tagged", "path", "sentence", "shown"),
    [
        ("[ap-northeast-1a, ap-northeast-1c]", "!!set {ap-northeast-1a, ap-northeast-1c}",
         "availabilityZones", UNTAGGED, "!!set"),
        ("[ap-northeast-1a, ap-northeast-1c]", "!!pairs [a: b]",
         "availabilityZones", UNTAGGED, "!!pairs"),
        ("{a: b}", "!!omap [a: b]", "tags", UNTAGGED, "!!omap"),
        ("name: test", "name: !!binary dGVzdA==", "name",
         "is bytes and no text to YAML; write the text in quotes", "!!binary"),
    ],
)  # fmt: skip
def test_what_has_no_order_or_no_text_is_refused(before, tagged, path, sentence, shown):
    """A set of zones was a list in another order each time, and their order gives addresses."""
    text = f"""config:
  heiiki:name: test
  heiiki:region: ap-northeast-1
  heiiki:availabilityZones: [ap-northeast-1a, ap-northeast-1c]
  heiiki:tags: {{a: b}}
  heiiki:nodePools: {POOLS}
"""
    assert before in text
    assert parse_stack_file(text, where="x").name == "test"
    assert read(text.replace(before, tagged)) == [(path, sentence, shown)]


def test_keys_that_only_python_takes_for_equal_are_two_keys():
    told = "must be text as a key; put it in quotes"
    text = BASE.replace("    workers:\n", "    workers:\n      1: a\n      true: b\n      010: c\n")
    assert [row[:2] for row in read(text)] == [
        (f"nodePools.workers.{key}", told) for key in ("1", "true", "010")
    ]
    for key in ("1", "true"):
        twice = f"config: {{{key}: a, {key}: b}}"
        assert f"the key {key} stands here a second time" in message(twice)
    assert "a second time" in message("config: {1: a, '1': b}")
    with pytest.raises(SpecError) as caught:
        parse_lock("{1: a, true: b}", where="x")
    assert "a second time" not in str(caught.value) and "1: must be text" in str(caught.value)


UNSPACED = (
    "stands there without heiiki: before it, and Pulumi takes it for the project's all the same; "
    "write it with heiiki: before it"
)
NESTED = (
    "is no key by itself; write heiiki: before each key, on one line with it, such as heiiki:region"
)
MISSPELT = "is of a namespace that nothing reads; write heiiki: before the key"


@pytest.mark.parametrize(
    ("line", "path", "sentence"),
    [
        ("network: {vpc: {kind: create, cidr: 10.1.0.0/16}}", "network", UNSPACED),
        ("tags: {a: b}", "tags", UNSPACED),
        ("nothing-we-know: 1", "nothing-we-know", UNSPACED),
        ("heiiki: {tags: {a: b}}", "heiiki", NESTED),
        ("heiki:tags: {a: b}", "heiki:tags", MISSPELT),
        ("Heiiki:tags: {a: b}", "Heiiki:tags", MISSPELT),
        ("heiiki :tags: {a: b}", "heiiki :tags", MISSPELT),
        ("heiiki_pki:ca.pem: x", "heiiki_pki:ca.pem", MISSPELT.replace("heiiki:", "heiiki-pki:")),
    ],
)  # fmt: skip
def test_what_the_engine_reads_and_we_would_not_is_refused(line, path, sentence):
    """A door that only the engine sees would be made and not proved."""
    assert read(f"{BASE}  {line}\n") == [(path, sentence, None)]
    with pytest.raises(SpecError):
        asked_in_file(f"{BASE}  {line}\n", where="x")
    part = f"config:\n  heiiki:part: {{of: dev, name: pools}}\n  {line}\n"
    with pytest.raises(SpecError):
        part_in_file(part, where="x")


BESIDE = "stands beside config:, where nobody reads it; "


@pytest.mark.parametrize(
    ("line", "path", "sentence"),
    [
        ("heiiki:tags: {a: b}", "tags", f"{BESIDE}indent it below config:"),
        ("heiki:tags: {a: b}", "tags", f"{BESIDE}indent it below config:"),
        ("heiiki-pki:ca.pem: {secure: x}", "ca.pem", f"{BESIDE}indent it below config:"),
        ("network: {vpc: {}}", "network", f"{BESIDE}write heiiki:network: below config:"),
        ("part: {}", "part", f"{BESIDE}write heiiki:part: below config:"),
    ],
)
def test_what_stands_beside_the_configuration_is_read_by_nobody_and_refused(line, path, sentence):
    """Two spaces too few: a network that was meant to be another, and tags that are on nothing."""
    for text in (f"{BASE}{line}\n", f"{line}\n{BASE}"):
        assert read(text) == [(path, sentence, None)]
        with pytest.raises(SpecError):
            asked_in_file(text, where="x")
    part = f"config:\n  heiiki:part: {{of: dev, name: pools}}\n{line}\n"
    with pytest.raises(SpecError):
        part_in_file(part, where="x")


def test_what_is_wrong_below_a_key_astray_is_told_and_what_it_holds_is_not_missing():
    text = BASE.replace("  heiiki:nodePools:", "heiiki:nodePools:")
    assert [path for path, _, _ in read(text)] == ["nodePools"]
    both = f"{BASE}  heiiki:tags: {{a: 1}}\nheiiki:tags: {{}}\n"
    assert [path for path, _, _ in read(both)] == ["tags", "tags.a"]


@pytest.mark.parametrize(
    "line",
    ["secretsprovider: x", "encryptionsalt: v1:x:y", "encryptedkey: x", "x-pool: &p {}", "1: a"],
)
def test_what_the_engine_keeps_there_and_what_holds_anchors_is_left_alone(line):
    assert parse_stack_file(f"{line}\n{BASE}", where="x") == stack()


@pytest.mark.parametrize("line", ["aws:region: eu-west-1", "pulumi:tags: {a: b}", "kiki:a: 1"])
def test_other_namespaces_are_theirs(line):
    assert parse_stack_file(f"{BASE}  {line}\n", where="x") == stack()
    assert asked_in_file(f"{BASE}  {line}\n", where="x")["name"] == SMALLEST["name"]


def test_a_key_without_its_namespace_is_not_missing_too_and_hides_no_other():
    text = BASE.replace("heiiki:name:", "name:")
    assert read(text) == [("name", UNSPACED, None)]
    both = f"{BASE}  tags: {{}}\n  heiiki:tags: {{a: 1}}\n"
    assert [path for path, _, _ in read(both)] == ["tags", "tags.a"]
