"""A policy's text that is none of IAM's is refused in a sentence, whatever it is made of."""

import pytest

from iam.perimeter import endpoint_reaches_outside
from iam.requests import Undecided
from rules.boundary import Boundary
from rules.documents import DocumentError, parse_document

DEEP = '{"Version":"2008-10-17","Statement":%s}'
ONE = '{"Effect":"Allow","Principal":"*","Action":"s3:%s","Resource":"*"}'
FORMS = {
    "lists within lists": (DEEP % ("[" * 900 + "]" * 900), "is nested too deeply"),
    "deeper than JSON is read": ("[" * 100_000, "is nested too deeply"),
    "objects within objects": ('{"a":' * 480 + "1" + "}" * 480, "is nested too deeply"),
    "a number of many digits": ('{"Version":%s}' % ("9" * 5000), "is not JSON"),
    "half a character": (DEEP % (ONE % r"\ud800"), "has a text that is no Unicode"),
    "half a character in a key": (r'{"Statement":{"\udfff":1}}', "has a text that is no Unicode"),
    "a key that is a number": (
        {"Statement": [{"Condition": {5: {}}}]},
        "has a key that is no text",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_no_policy_is_said_and_never_breaks_down(form):
    given, what = FORMS[form]
    with pytest.raises(DocumentError, match=f"^{what}$"):
        parse_document(given)
    assert endpoint_reaches_outside(given, Boundary()) == Undecided((what,))


def test_a_policy_as_deep_as_any_is_read():
    held = '"Condition":{"ForAnyValue:StringLike":{"aws:TagKeys":["a"]}},'
    (statement,) = parse_document(DEEP % f"[{(ONE % '*').replace('{', '{' + held, 1)}]")
    assert statement.conditions[0].values == ("a",)
