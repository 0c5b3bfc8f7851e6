"""Functions and what stands beside them: what each rule passes, and what it stops at."""

import pytest

from rules.functions import unknown_variables
from rules.unknowns import UNKNOWN
from tests.policies.analyzer import ACCOUNT, ORGANIZATION, REGION, broken
from tests.policies.cases import (
    COMPLIANT,
    FUNCTION,
    LAYER_PERMISSION,
    PERMISSION,
    TABLE,
    document,
)
from tests.policies.model.deployments import node
from tests.policies.mutations.functions import INVOKED, placed
from tests.policies.mutations.parts import cluster_subnets
from tests.policies.mutations.runs import proved
from tests.policies.mutations.stacks import Of, stack

APIS = f"arn:aws:execute-api:{REGION}:{ACCOUNT}"
GROUP_ARN = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/x/0a1b2c3d4e5f6071"


@pytest.mark.parametrize(
    ("name", "value", "outside"),
    [
        ("API", "https://x.example/v1", True),
        ("API", f"https://sqs.{REGION}.amazonaws.com/1/q", False),
        ("API", "https://sqs.us-east-1.amazonaws.com/1/q", True),
        ("DB_HOST", "db.example", True),
        ("DB_HOST", "db", False),
        ("DB_HOST", "10.0.0.9:5432", False),
        ("DB_HOST", "8.8.8.8:5432", True),
        ("BOOTSTRAP_SERVERS", "b1.corp.internal:9092,b2.example:9092", True),
        ("GREETING", "db.example", False),  # a text: nothing says that it is called
        ("HTTPS_PROXY", "http://proxy.corp.internal:3128", False),
        ("HTTPS_PROXY", "http://proxy.example:3128", True),
        ("NO_PROXY", "x.example", False),  # what is asked past a proxy
    ],
)
def test_a_variable_names_hosts_as_it_is_called(name, value, outside):
    told = {**COMPLIANT[FUNCTION], "environment": {"variables": {name: value}}}
    assert broken(FUNCTION, told) == ({"CN-232"} if outside else set())


def test_a_variable_s_name_that_is_none_is_not_echoed():
    told = {**COMPLIANT[FUNCTION], "environment": {"variables": {"a secret": "https://x.example"}}}
    assert broken(FUNCTION, told) == {"CN-232"}


@pytest.mark.parametrize("key", ["amazonManagedKafkaEventSourceConfig",
                                 "selfManagedKafkaEventSourceConfig"])  # fmt: skip
def test_a_registry_of_schemas_is_asked_as_well(key):
    def said(uri: str) -> set[str]:
        source = {key: {"schemaRegistryConfig": {"schemaRegistryUri": uri}}}
        return broken("aws:lambda/eventSourceMapping:EventSourceMapping", source)

    assert said("https://registry.example") == {"CN-232"}
    assert said("https://registry.corp.internal") == set()
    assert said(f"arn:aws:glue:{REGION}:{ACCOUNT}:registry/x") == set()


@pytest.mark.parametrize(
    ("props", "found"),
    [
        ({"principal": ACCOUNT}, set()),
        ({"principal": f"arn:aws:iam::{ACCOUNT}:role/x"}, set()),
        ({"principal": "*", "principalOrgId": ORGANIZATION}, set()),
        ({"principal": "*", "principalOrgId": "o-zzzzzzzzzz"}, {"CN-233"}),
        ({"principal": "*", "functionUrlAuthType": "NONE"}, {"CN-233"}),
        ({"principal": ""}, {"CN-233"}),
        ({"principal": "alexa-appkit.amazon.com"}, {"CN-233"}),  # of Amazon, and none of AWS
        ({"principal": "*.amazonaws.com", "sourceAccount": ACCOUNT}, {"CN-233"}),
        *(
            ({"principal": f"{edge}.amazonaws.com", "sourceAccount": ACCOUNT}, {"CN-233"})
            for edge in (
                "cloudfront",
                "edgelambda",
                "replicator.lambda",
                "cognito-idp",
                "connect",
                "lex",
                "lexv2",
                "ses",
            )
        ),
        *(
            ({"principal": f"{front}.amazonaws.com", "sourceAccount": ACCOUNT}, {"CN-233"})
            for front in ("apigateway", "elasticloadbalancing")
        ),
        (
            {"principal": "apigateway.amazonaws.com", "sourceArn": f"{APIS}:*/*/GET/x"},
            {"CN-233"},
        ),
        ({"principal": "apigateway.amazonaws.com", "sourceArn": f"{APIS}:a1b2c3d4e5/*/*"}, set()),
        ({"principal": "elasticloadbalancing.amazonaws.com", "sourceArn": GROUP_ARN}, set()),
        ({"principal": "sns.amazonaws.com"}, {"CN-234"}),
        ({"principal": "sns.amazonaws.com", "sourceAccount": ACCOUNT}, set()),
        (
            {"principal": "sns.amazonaws.com", "sourceArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:x"},
            set(),
        ),
        ({"principal": "sns.amazonaws.com", "sourceArn": "arn:aws:sns:*:*:x"}, {"CN-234"}),
        ({"principal": "s3.amazonaws.com", "sourceArn": "arn:aws:s3:::own-logs"}, set()),
        ({"principal": "s3.amazonaws.com", "sourceArn": "arn:aws:s3:::others"}, {"CN-234"}),
    ],
)
def test_who_may_call_a_function(props, found):
    assert broken(PERMISSION, props) - {"CN-136"} == found


OF_FUNCTION = "aws:lambda/resourcePolicy:ResourcePolicy"


@pytest.mark.parametrize(
    ("service", "condition", "found"),
    [
        ("sns", {"StringEquals": {"aws:SourceAccount": ACCOUNT}}, set()),
        ("ses", {"StringEquals": {"aws:SourceAccount": ACCOUNT}}, {"CN-131"}),
        ("apigateway", {"StringEquals": {"aws:SourceAccount": ACCOUNT}}, {"CN-131"}),
        ("apigateway", {"ArnLike": {"aws:SourceArn": f"{APIS}:a1b2c3d4e5/*"}}, set()),
    ],
)
def test_who_may_call_a_function_by_its_policy(service, condition, found):
    told = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "lambda:InvokeFunction", "Resource": "*", "Condition": condition}  # fmt: skip
    assert broken(OF_FUNCTION, {"policy": document(told)}) == found


def test_a_layer_is_for_own_accounts():
    assert broken(LAYER_PERMISSION, {"principal": ACCOUNT}) == set()
    assert broken(LAYER_PERMISSION, {"principal": "*"}) == {"CN-233"}
    # Whoever names the own organization of a function's permission, has not bounded a layer.
    of_a_function = {"principal": "*", "principalOrgId": ORGANIZATION}
    assert broken(LAYER_PERMISSION, of_a_function) == {"CN-233"}


def test_regions_of_replicas_stand_under_the_name_that_each_service_has_for_them():
    assert broken(TABLE, {"replicas": [{"regionName": "us-east-1"}]}) == {"CN-003"}
    assert broken("aws:secretsmanager/secret:Secret", {"replicas": [{"region": "us-east-1"}]}) == {
        "CN-003"
    }


@pytest.mark.parametrize("known", [True, False])
def test_events_go_to_things_of_the_same_program(known):
    whole = stack("dev", known)
    topic = whole.makes("aws:sns/topic:Topic", "own")
    own = {"destination": Of(topic, "arn")}
    nodes = placed(whole, cluster_subnets(whole)[0], deadLetterConfig={
        "targetArn": Of(topic, "arn"),
    })  # fmt: skip
    config = whole.makes(INVOKED, "own", {"functionName": "x", "destinationConfig": {
        "onFailure": own, "onSuccess": own,
    }})  # fmt: skip
    made = whole.having(topic, *nodes, config)
    assert proved("dev", made).counted == []
    lacking = proved("dev", made.lacking(topic)).counted
    found = {(f.rule, f.resource) for f in lacking}
    assert found >= {("CN-004", "own"), ("CN-004", "function")}


def test_variables_wait_for_what_is_made_with_the_function_and_for_nothing_else():
    """Later, they are judged again before the function is made."""
    variables = {"environment": {"variables": {"HOST": UNKNOWN, "TABLE": "orders"}}}
    made = node("aws:sns/topic:Topic", "topic")

    def said(props: object, *sources: str) -> tuple[bool, bool]:
        told = node(FUNCTION, "it", props, {"environment": sources} if sources else {})
        nodes = {n.resource.urn: n for n in (made, told)}
        return bool([*unknown_variables(nodes, False)]), bool([*unknown_variables(nodes, True)])

    assert said(variables) == (True, True)  # a constant of the SDK, or a secret of a state
    assert said(variables, "topic") == (True, False)
    assert said(variables, "elsewhere") == (False, False)  # CN-004 says so
    assert said({"environment": UNKNOWN}, "topic") == (True, False)
    assert said({"environment": {"variables": {"TABLE": "orders"}}}) == (False, False)
    other = node("aws:sns/topic:Topic", "it", variables)
    assert list(unknown_variables({"it": other}, False)) == []
