"""What machines and people would read is tried out before anything is made."""

import pytest

from machines.rendered import (
    CERTIFICATE_AUTHORITY_CHARACTERS,
    ENDPOINT_CHARACTERS,
    check_rendered,
)
from plan.errors import PlanError
from tests.machines.values import CA_BASE64, ENDPOINT
from tests.plan.samples import plan
from tests.scenarios import SCENARIOS, planned

IMAGE = {"kind": "custom", "imageId": "ami-0123456789abcdef0", "family": "script"}
KEPT = (
    "whoever is on the machine can read user data; keep it in Secrets Manager and let the "
    "machine's own role read it (value not shown)"
)
KEY = "AKIAABCDEFGHIJKLMNOP"  # of the form of one


def pool(**keys):
    return {"instanceType": "m7i.large", "maxSize": 3, **keys}


def faults(changes):
    with pytest.raises(PlanError) as caught:
        check_rendered(plan(changes), where="Pulumi.test.yaml")
    assert str(caught.value).startswith("Pulumi.test.yaml is not valid (")
    return [(fault.path, fault.message, fault.value) for fault in caught.value.faults]


def of_script(script: str):
    ((path, message, value),) = faults({"nodePools.workers.image": {**IMAGE, "script": script}})
    assert (path, value) == ("nodePools.workers.image.script", None)
    return message


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_example_can_be_read(scenario):
    decided = planned(scenario)
    assert check_rendered(decided, where=scenario) is decided


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("join my-password\n",
         "the script must begin with #! and a program, such as #!/bin/bash"),
        ("#!/bin/sh\r\njoin\r\n",
         "the script has a carriage return (a Windows line end); write it with Unix line ends and "
         "as text"),
        (f"#!/bin/sh\nexport AWS_ACCESS_KEY_ID={KEY}\n",
         f"the script holds an AWS access key, and {KEPT}"),
        (f"#!/bin/sh\n# 閉\nexport AWS_ACCESS_KEY_ID={KEY}\n",
         f"the script holds an AWS access key, and {KEPT}"),
    ],
    ids=["no program", "windows", "secret", "secret that base64 would hide"],
)  # fmt: skip
def test_a_script_that_would_fail_on_the_machine_is_refused_and_not_echoed(script, message):
    assert of_script(script) == message


def test_the_size_is_that_of_the_bytes_which_are_sent():
    """8,000 characters are few enough for the stack file, and 閉 is four bytes of base64 each."""
    message = of_script("#!/bin/sh\n# " + "閉" * 8000 + "\n")
    assert "bytes and EC2 takes 16384 (files.yaml " in message
    assert ", 01-join.sh 32" in message
    assert message.endswith("; shorten it, or let a script fetch what is long from the cluster's "
                            "bucket")  # fmt: skip
    ascii_only = {**IMAGE, "script": "#!/bin/sh\n# " + "x" * 8000 + "\n"}
    check_rendered(plan({"nodePools.workers.image": ascii_only}), where="x")


def test_what_eks_tells_later_is_no_longer_than_what_stands_in():
    assert len(ENDPOINT) < ENDPOINT_CHARACTERS
    assert len(CA_BASE64) < CERTIFICATE_AUTHORITY_CHARACTERS


def test_the_stand_ins_are_as_long_as_they_say(monkeypatch):
    seen = {}
    monkeypatch.setattr("machines.rendered.render_node_user_data",
                        lambda *_, **values: seen.update(values))  # fmt: skip
    check_rendered(plan(), where="x")
    assert len(seen["api_server_endpoint"]) == ENDPOINT_CHARACTERS
    assert len(seen["certificate_authority_base64"]) == CERTIFICATE_AUTHORITY_CHARACTERS
    assert seen["api_server_endpoint"].endswith("A.gr7.ap-northeast-1.eks.amazonaws.com")


def test_labels_that_fill_the_user_data_are_a_fault_of_the_pool():
    labels = {f"example.com/{'a' * 55}{i:03}": "b" * 60 for i in range(130)}
    ((path, message, _),) = faults({"nodePools.workers.labels": labels})
    assert path == "nodePools.workers"
    assert "bytes and EC2 takes 16384" in message


def test_every_fault_of_every_pool_is_told_at_once():
    bad = {**IMAGE, "script": "join\n"}
    found = faults({"nodePools": {
        "a": pool(image=bad),
        "b": pool(image={**IMAGE, "script": "#!/bin/sh\n"}),
        "c": pool(image=bad),
    }})  # fmt: skip
    assert [path for path, _, _ in found] == [
        "nodePools.a.image.script", "nodePools.c.image.script",
    ]  # fmt: skip


def role(name, **keys):
    return {"principalArn": f"arn:aws:iam::123456789012:role/{name}", **keys}


def test_people_of_one_name_are_a_fault_where_aws_auth_is_rendered():
    """EKS itself takes two entries of one username, so only the ConfigMap forbids them."""
    twins = {"a": role("a", username="anna", groups=["dev"]),
             "b": role("b", username="anna", groups=["dev"])}  # fmt: skip
    asked = {"access.principals": twins, "access.authenticationMode": "API_AND_CONFIG_MAP"}
    ((path, message, _),) = faults(asked)
    assert path == "access.principals"
    assert "username stands for both arn:aws:iam::123456789012:role/a and" in message
    check_rendered(plan({"access.principals": twins}), where="x")


def test_who_has_a_policy_and_no_group_is_left_to_the_access_entry():
    viewer = {"viewer": role("v", policy="AmazonEKSViewPolicy")}
    asked = {"access.principals": viewer, "access.authenticationMode": "API_AND_CONFIG_MAP"}
    check_rendered(plan(asked), where="x")
