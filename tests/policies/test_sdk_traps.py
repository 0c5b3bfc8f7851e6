"""What pulumi-policy 1.21.0 does that silently switches a rule off, and that ours are not caught.

The first half pins the SDK: red after an upgrade means reread the rules. The second half holds
the pack against each trap. tests/TRACK_RECORD.md has a table of all traps, what guards against each
and the tests that are red without the guard, here and elsewhere.
"""

import ast
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy, StackValidationPolicy
from pulumi_policy.policy import _PolicyAnalyzerServicer as SdkAnalyzer
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_ID
from pulumi_policy.proxy import UnknownValueError, unknown_checking_proxy

from analyzer import GuardedAnalyzer, RuleFaultError
from rules.pack import policies
from rules.policy_names import BOUNDARY, EXCEPTIONS_IN_FORCE
from rules.table import RULES, STACK_RULES
from rules.unknowns import UNKNOWN, at, each, plain, read
from tests.policies.analyzer import (
    ADVISORY,
    CONFIG,
    MANDATORY,
    broken,
    configured,
    judge,
    proto,
    struct,
)
from tests.policies.cases import CASES, changed

ROUTE, GATEWAY = "aws:ec2/route:Route", "aws:ec2/internetGateway:InternetGateway"
LEVEL = EnforcementLevel.MANDATORY
ROOT = Path(__file__).parents[2]
# How the engine marks a secret (sdk/go/common/resource/sig of github.com/pulumi/pulumi).
SIGNATURE_KEY, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"


def _naive(args, report):
    if args.props.get("natGatewayId"):
        report("route to a NAT gateway", args.urn)


def _naive_stack(args, report):
    for item in args.resources:
        if item.resource_type == GATEWAY:
            report("internet gateway", item.urn)
        if item.props.get("natGatewayId"):
            report("route to a NAT gateway", item.urn)


def _faulty(args, report):
    raise KeyError("a fault of the rule")


def _makes_a_pack(statement):
    called = (n.func for n in ast.walk(statement) if isinstance(n, ast.Call))
    return any(getattr(f, "id", getattr(f, "attr", "")) == "PolicyPack" for f in called)


def _sdk(policy):
    servicer = SdkAnalyzer("pack", "1.0.0", [policy], LEVEL, {})
    servicer._configure_runtime_settings = lambda: None
    return servicer


def _analyze(policy, props):
    request = proto.AnalyzeRequest(type=ROUTE, name="r", urn="r", properties=struct(props))
    return list(_sdk(policy).Analyze(request, None).diagnostics)


class TestWhatTheSdkDoes:
    def test_a_mandatory_rule_that_meets_an_unknown_becomes_one_advisory_line(self):
        naive = ResourceValidationPolicy("naive", "d", _naive, enforcement_level=LEVEL)
        (known,) = _analyze(naive, {"natGatewayId": "nat-1"})
        (unknown,) = _analyze(naive, {"natGatewayId": UNKNOWN_ID})
        assert (known.enforcementLevel, unknown.enforcementLevel) == (MANDATORY, ADVISORY)

    def test_a_stack_rule_stops_at_the_first_unknown_and_misses_what_lies_behind(self):
        naive = StackValidationPolicy("naive-stack", "d", _naive_stack, enforcement_level=LEVEL)
        resources = [
            proto.AnalyzerResource(
                type=ROUTE, name="a", urn="a", properties=struct({"natGatewayId": UNKNOWN_ID})
            ),
            proto.AnalyzerResource(type=GATEWAY, name="b", urn="b", properties=struct({})),
        ]
        request = proto.AnalyzeStackRequest(resources=resources)
        (found,) = _sdk(naive).AnalyzeStack(request, None).diagnostics
        assert found.enforcementLevel == ADVISORY and "internet gateway" not in found.message

    @pytest.mark.parametrize(
        "probe",
        [
            lambda p: p["a"],
            lambda p: p.get("a"),
            lambda p: "a" in p,
            lambda p: "a" in p.keys(),  # noqa: SIM118
            lambda p: dict(p),
            lambda p: list(p.items()),
        ],
        ids=["getitem", "get", "in", "in keys", "dict", "items"],
    )
    def test_every_way_to_ask_for_an_unknown_raises(self, probe):
        with pytest.raises(UnknownValueError):
            probe(unknown_checking_proxy({"a": UNKNOWN_ID, "b": 1}))

    def test_only_iterating_the_keys_is_safe(self):
        props = unknown_checking_proxy({"a": UNKNOWN_ID, "b": 1})
        assert sorted(props) == sorted(props.keys()) == ["a", "b"] and len(props) == 2

    def test_proxies_are_neither_lists_nor_dicts_and_a_slice_leaks_the_sentinel(self):
        props = unknown_checking_proxy({"cidrs": ["0.0.0.0/0"], "mixed": ["a", UNKNOWN_ID]})
        assert not isinstance(props["cidrs"], list) and not isinstance(props, dict)
        assert props["cidrs"] != ["0.0.0.0/0"] and "0.0.0.0/0" in props["cidrs"]
        assert props["mixed"][0:2] == ["a", UNKNOWN_ID]
        assert sorted(props["cidrs"]) == ["0.0.0.0/0"] and set(props["cidrs"]) == {"0.0.0.0/0"}
        of_items = unknown_checking_proxy({"items": [{"cidrs": ["10.0.0.0/8"]}]})
        assert dict(of_items["items"][0]) != {"cidrs": ["10.0.0.0/8"]}
        with pytest.raises(TypeError):
            json.dumps(props["cidrs"])

    def test_a_fault_in_a_rule_goes_up_and_fails_the_preview(self):
        faulty = ResourceValidationPolicy("faulty", "d", _faulty, enforcement_level=LEVEL)
        with pytest.raises(KeyError):
            _analyze(faulty, {})

    def test_a_policy_without_a_level_is_advisory(self):
        from pulumi_policy.policy import _PolicyAnalyzerServicer

        silent = ResourceValidationPolicy("silent", "d", _naive)
        servicer = _PolicyAnalyzerServicer("p", "1", [silent], EnforcementLevel.ADVISORY)
        assert servicer._get_enforcement_level(silent) is EnforcementLevel.ADVISORY

    def test_a_level_from_the_configuration_wins_over_the_policys_own(self):
        from pulumi_policy.policy import _PolicyAnalyzerServicer

        naive = ResourceValidationPolicy("naive", "d", _naive, enforcement_level=LEVEL)
        servicer = _PolicyAnalyzerServicer("p", "1", [naive], LEVEL)
        request = proto.ConfigureAnalyzerRequest()
        request.policyConfig["naive"].enforcementLevel = proto.DISABLED
        servicer.Configure(request, None)
        assert servicer._get_enforcement_level(naive) is EnforcementLevel.DISABLED


class TestThatOursAreNotCaught:
    def test_plain_gives_real_dicts_and_lists_with_unknowns_marked(self):
        props = {"cidrs": ["0.0.0.0/0"], "nested": [{"id": UNKNOWN_ID, "port": 22}, UNKNOWN_ID]}
        copy = plain(unknown_checking_proxy(props))
        assert copy == {"cidrs": ["0.0.0.0/0"], "nested": [{"id": UNKNOWN, "port": 22}, UNKNOWN]}
        assert isinstance(copy, dict) and isinstance(copy["cidrs"], list)
        assert copy["nested"][1:2] == [UNKNOWN], "a slice keeps the mark"
        assert json.dumps(copy["cidrs"]) == '["0.0.0.0/0"]'

    def test_read_tells_absent_from_unknown(self):
        props = unknown_checking_proxy({"a": UNKNOWN_ID, "b": None})
        assert read(props, "a") is UNKNOWN and read(props, "b") is read(props, "c") is None

    def test_a_step_through_an_unknown_stays_unknown(self):
        assert at({"a": UNKNOWN}, "a", "b", "c") is UNKNOWN
        assert at({"a": [{"b": 1}]}, "a", "b") == 1 and at({"a": "text"}, "a", "b") is None
        assert list(each(UNKNOWN)) == [("", UNKNOWN)] and list(each([])) == []

    @pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
    def test_no_rule_is_dropped_when_every_other_value_is_unknown(self, case):
        """One unknown neighbour must not hide a door that is known."""
        props = changed(case, case.bad)
        kept = {case.path[0], "type", "vpcEndpointType"} if case.path else set()
        if case.type.endswith(("Route", "RouteTable")):
            kept |= {"gatewayId", "routes"}
        fogged = {key: value if key in kept else UNKNOWN_ID for key, value in props.items()}
        fogged["neighbour"] = UNKNOWN_ID
        found = judge(case.type, fogged, case.name)
        assert ADVISORY not in {d.enforcementLevel for d in found}
        assert case.rule in broken(case.type, fogged, case.name)

    def test_a_resource_of_which_nothing_is_known_never_drops_a_rule(self):
        for case in CASES:
            props = {str(key): UNKNOWN_ID for key in (*changed(case, case.bad), "neighbour")}
            levels = {d.enforcementLevel for d in judge(case.type, props, case.name)}
            assert levels <= {MANDATORY}, case.id

    def test_every_policy_is_mandatory_but_the_two_that_close_nothing(self):
        levels = {policy.name: policy.enforcement_level for policy in policies()}
        assert levels.pop(EXCEPTIONS_IN_FORCE) is EnforcementLevel.ADVISORY
        assert levels.pop("stack-require-flow-log-of-vpc") is EnforcementLevel.ADVISORY
        assert BOUNDARY in levels and set(levels.values()) == {EnforcementLevel.MANDATORY}

    def test_only_what_no_single_resource_shows_is_a_stack_rule(self):
        """Stack policies run after everything is created: on their own no gate for `up`."""
        others = [p for p in policies() if not isinstance(p, ResourceValidationPolicy)]
        assert [p.name for p in others] == [rule.name for rule in STACK_RULES]

    def test_a_stack_rule_without_the_guard_is_no_pass(self):
        (origin,) = (p for p in policies() if p.name == STACK_RULES[0].name)
        (found,) = _sdk(origin).AnalyzeStack(proto.AnalyzeStackRequest(), None).diagnostics
        assert found.enforcementLevel == MANDATORY
        assert found.message.endswith("CN-004 was not judged: the pack runs without its guard.")

    def test_no_rule_passes_without_the_guard(self):
        """The SDK's own analyzer asks the policies; they judge nothing and say so."""
        ids = {rule.name: rule.id for rule in RULES} | {BOUNDARY: "CN-000"}
        rules = [p for p in policies() if p.name in ids]
        assert len(rules) == len(RULES) + 1
        for policy in rules:
            (found,) = _analyze(policy, {})
            assert found.enforcementLevel == MANDATORY
            assert found.message.endswith(
                f"{ids[policy.name]} was not judged: the pack runs without its guard."
            )

    def test_a_fault_in_a_rule_of_ours_fails_closed(self, monkeypatch):
        from rules import judge as judging

        monkeypatch.setitem(judging.CHECKS, "CN-010", _faulty)
        with pytest.raises(RuleFaultError, match="KeyError in test_sdk_traps") as told:
            judge(GATEWAY, {})
        assert "fault of the rule" not in str(told.value), "a rule's words may quote a value"
        assert told.value.__context__ is None, "what is logged of it, too"

    def test_nothing_stands_behind_the_pack_that_serves(self):
        """It never returns. And nobody else makes one: who imports a rule would serve."""
        made = {
            str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")).body
            for path in (ROOT / "policies").rglob("*.py")
        }
        main = made.pop("policies/__main__.py")
        assert _makes_a_pack(main[-1]) and not any(map(_makes_a_pack, main[:-1]))
        assert len(made) > 50
        assert [path for path, body in made.items() if any(map(_makes_a_pack, body))] == []

    def test_the_pack_answers_all_that_the_engine_asks(self):
        """What it would not, the engine waited for (pulumi/pulumi, issue 21887)."""
        asked = {"Analyze", "AnalyzeStack", "Remediate", "Configure", "ConfigureStack",
                 "GetAnalyzerInfo", "GetPluginInfo"}  # fmt: skip
        ours = {name for kind in GuardedAnalyzer.__mro__[:-1] for name in vars(kind)
                if kind.__module__ in ("analyzer", "pulumi_policy.policy")}  # fmt: skip
        assert asked <= ours

    def test_many_resources_at_once_are_judged_alike(self):
        """The SDK serves four requests at a time, each about a resource of its own."""
        servicer = configured(CONFIG)
        work = [case for case in CASES for _ in range(4)]

        def found(numbered):
            number, case = numbered
            urn = f"urn:pulumi:s::p::{case.type}::{case.name}-{number}"
            return broken(case.type, changed(case, case.bad), case.name, servicer, urn=urn)

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(found, enumerate(work))) == [{case.rule} for case in work]

    @pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
    def test_a_secret_is_judged_like_the_value_it_hides(self, case):
        props = changed(case, case.bad)
        hidden = {key: {SIGNATURE_KEY: SECRET, "value": value} for key, value in props.items()}
        assert broken(case.type, hidden, case.name) == {case.rule}


def test_every_trap_of_the_table_has_tests_that_are_there():
    text = (ROOT / "tests" / "TRACK_RECORD.md").read_text(encoding="utf-8")
    rows = [r for r in text.partition("## Traps of the policy SDK")[2].splitlines() if "::" in r]
    assert len(rows) >= 14
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert named, row
        for path, test in named:
            assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), (path, test)
