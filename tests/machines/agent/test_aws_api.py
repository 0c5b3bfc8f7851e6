"""Retries, errors and addresses of the agent's AWS; credentials and their renewal."""

import json
from contextlib import contextmanager

import pytest

from machines.agent import aws_api, metadata, transport
from machines.agent.aws_api import ATTEMPTS, Aws, Region
from machines.agent.clock import Clock, pause
from machines.agent.errors import AgentError, AwsError, Unreachable
from machines.agent.metadata import Metadata
from tests.machines.agent.imds import Imds, serving_imds
from tests.machines.agent.world import Answer, FakeClock


@pytest.fixture
def answers(monkeypatch):
    """What the next requests to AWS are answered with, the last for ever; asked: what was sent."""
    queue, asked = [], []

    @contextmanager
    def exchange(method, url, headers, body=b"", **_):
        asked.append((method, url, headers, body))
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(answer, Exception):
            raise answer
        yield Answer(*answer)

    monkeypatch.setattr(aws_api, "exchange", exchange)
    return queue, asked


@pytest.fixture
def aws(monkeypatch):
    with serving_imds() as imds:
        clock = FakeClock()
        made = Aws(
            Region("ap-northeast-1", "amazonaws.com", {}), Metadata(clock, imds.address), clock
        )
        made.imds, made.clock = imds, clock
        yield made


GOOD = (200, b'<A xmlns="urn:x"><requestId>r</requestId></A>')
RETRIED = [
    (500, b""), (503, b"<E><Code>SlowDown</Code></E>"), (502, b"<html>no XML"), (429, b""),
    (400, b"<E><Code>RequestLimitExceeded</Code></E>"), (400, b"<E><Code>Throttling</Code></E>"),
    Unreachable("no answer"),
]  # fmt: skip


@pytest.mark.parametrize("trouble", RETRIED, ids=str)
def test_what_passes_is_waited_out(aws, answers, trouble):
    queue, asked = answers
    queue += [trouble, trouble, GOOD]
    assert aws.ec2("DescribeVolumes", {}).findtext("requestId") == "r"
    assert len(asked) == 3 and len(aws.clock.slept) == 2


@pytest.mark.parametrize("trouble", RETRIED, ids=str)
def test_what_does_not_pass_is_given_up_after_a_bounded_number_of_tries(aws, answers, trouble):
    queue, asked = answers
    queue.append(trouble)
    with pytest.raises(AgentError):
        aws.ec2("DescribeVolumes", {})
    assert len(asked) == ATTEMPTS and len(aws.clock.slept) == ATTEMPTS - 1
    assert sum(aws.clock.slept) < 60


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((400, b"<R><Errors><Error><Code>A.B</Code><Message>why</Message></Error></Errors></R>"),
         "ec2 X: A.B (400): why"),
        ((403, b'{"__type": "com.amazonaws#AccessDenied", "Message": "why"}'),
         "ec2 X: AccessDenied (403): why"),
        ((403, b'{"__type": "AccessDenied", "message": "why"}'), "ec2 X: AccessDenied (403): why"),
        ((404, b"no form at all"), "ec2 X: Not Found (404): "),
        ((404, b"[]"), "ec2 X: Not Found (404): "),
        ((499, b""), "ec2 X: no reason (499): "),
        ((400, b"<E><Code>C</Code><Message>" + b"long " * 200 + b"</Message></E>"),
         "ec2 X: C (400): " + "long " * 59 + "long …"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_at_once(aws, answers, answer, words):
    queue, asked = answers
    queue.append(answer)
    with pytest.raises(AwsError) as refused:
        aws.ec2("X", {})
    assert str(refused.value) == words and len(asked) == 1


def test_a_clock_that_is_wrong_is_told_beside_aws_s(aws, answers):
    """S3 tells neither in its words. The step is tried again, and the image sets its clock."""
    queue, asked = answers
    said = b"<Error><Code>RequestTimeTooSkewed</Code><Message>too large</Message></Error>"
    queue.append((403, said, {"Date": "Sun, 29 Nov 2026 07:00:00 GMT"}))
    with pytest.raises(AwsError) as refused:
        aws.put_new("b", "k", b"")
    assert str(refused.value) == (
        "s3 PutObject k: RequestTimeTooSkewed (403): this machine's clock has 2026-11-28 00:01:40 "
        "UTC, AWS's Sun, 29 Nov 2026 07:00:00 GMT"
    )
    assert len(asked) == 1


def test_no_error_quotes_a_credential(aws, answers):
    """AWS quotes the canonical request when a signature is wrong, with the token in it."""
    queue, _ = answers
    canonical = b"x-amz-security-token:token-of-the-role secret-of-the-role ASIAEXAMPLE/2026"
    queue.append(
        (403, b"<E><Code>SignatureDoesNotMatch</Code><Message>" + canonical + b"</Message></E>")
    )
    with pytest.raises(AwsError) as refused:
        aws.ec2("X", {})
    assert str(refused.value).endswith("x-amz-security-token:*** *** ***/2026")


@pytest.mark.parametrize("code", sorted(aws_api.EXPIRED))
def test_credentials_that_aws_calls_expired_are_read_anew(aws, answers, code):
    queue, _ = answers
    queue += [(400, f"<E><Code>{code}</Code></E>".encode()), GOOD]
    aws.ec2("X", {})
    assert len([p for _, p in aws.imds.asked if p.endswith("security-credentials/etcd-1a")]) == 2


def test_a_call_is_a_form_that_is_signed(aws, answers):
    queue, asked = answers
    queue.append(GOOD)
    aws.autoscaling("CompleteLifecycleAction", {"A": "a b&c"})
    ((method, url, headers, body),) = asked
    assert (method, url) == ("POST", "https://autoscaling.ap-northeast-1.amazonaws.com/")
    assert body == b"A=a%20b%26c&Action=CompleteLifecycleAction&Version=2011-01-01"
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/")


@pytest.mark.parametrize("body", [b"no json", b"[]"])
def test_an_answer_that_is_not_json_is_told_without_it(aws, answers, body):
    answers[0].append((200, body))
    with pytest.raises(Unreachable, match="ssm X: the answer is not JSON") as told:
        aws.ssm("X", {})
    assert told.value.__context__ is None or "no json" not in str(told.value)


def test_an_answer_that_is_not_xml_is_told(aws, answers):
    answers[0].append((200, b"{}"))
    with pytest.raises(Unreachable, match="ec2 X: the answer is not XML"):
        aws.ec2("X", {})


def test_whether_there_is_an_object_is_signed_with_what_is_asked_and_never_guessed(aws, answers):
    """A refusal is not taken for an object that is not there."""
    queue, asked = answers
    queue.append((200, b"<R><Contents><Key>a/b</Key></Contents></R>"))
    assert aws.has_object("bucket", "a/b") and not aws.has_object("bucket", "a")
    assert asked[0][:2] == (
        "GET", "https://bucket.s3.ap-northeast-1.amazonaws.com/?list-type=2&prefix=a%2Fb"
    )  # fmt: skip
    queue[:] = [(403, b"<E><Code>AccessDenied</Code></E>")]
    with pytest.raises(AwsError, match="s3 ListObjectsV2 a: AccessDenied"):
        aws.has_object("bucket", "a")
    queue[:] = [(200, b"{}")]
    with pytest.raises(Unreachable, match="the answer is not XML"):
        aws.has_object("bucket", "a")


def test_an_answer_that_comes_drop_by_drop_ends_with_the_boot_s_time(aws, monkeypatch):
    """A time limit of the connection is about each drop, and none of them is late."""
    asked = []

    class Dripping(Answer):
        def read1(self, size):
            aws.clock.seconds += 10
            return super().read1(1)

    @contextmanager
    def exchange(*given, **_):
        asked.append(given)
        yield Dripping(200, b"x" * 1000)

    monkeypatch.setattr(aws_api, "exchange", exchange)
    aws.clock.until = aws.clock.seconds + 300
    with pytest.raises(AgentError, match=r"^AWS answers too slowly: .* not whole in time$"):
        aws.download("b", "k", b"".join)
    assert len(asked) == 1 and aws.clock.seconds < aws.clock.until + 30


def test_nothing_is_tried_again_when_the_boot_s_time_is_over(aws, answers):
    queue, asked = answers
    queue.append(Unreachable("no answer"))
    aws.clock.until = aws.clock.seconds
    with pytest.raises(Unreachable, match="no answer"):
        aws.ec2("X", {})
    assert len(asked) == 1 and aws.clock.slept == []


def test_an_object_that_breaks_off_is_begun_anew(aws, answers):
    queue, asked = answers
    queue.append((200, b"whole"))
    seen = []

    def take(pieces):
        content = b"".join(pieces)
        seen.append(content)
        if len(seen) == 1:
            raise Unreachable("the answer broke off")
        return content

    assert aws.download("b", "k", take) == b"whole" and len(asked) == 2


def test_a_conflict_of_two_writers_is_tried_again(aws, answers):
    queue, asked = answers
    queue += [(409, b"<E><Code>ConditionalRequestConflict</Code></E>"), (412, b"")]
    assert not aws.put_new("b", "k", b"x") and len(asked) == 2
    assert asked[0][2]["If-None-Match"] == "*"


def test_an_error_that_breaks_off_is_still_one(aws, monkeypatch):
    class Broken(Answer):
        def read1(self, size):
            raise OSError("reset")

    @contextmanager
    def exchange(*_, **__):
        yield Broken(404, b"x")

    monkeypatch.setattr(aws_api, "exchange", exchange)
    with pytest.raises(AwsError, match=r"ec2 X: Not Found \(404\)"):
        aws.ec2("X", {})


@pytest.mark.parametrize(
    ("region", "bucket", "url"),
    [
        (Region("cn-north-1", "amazonaws.com.cn", {}), "b", "https://b.s3.cn-north-1.amazonaws.com.cn"),
        (Region("r-1", "x", {}), "a.b", "https://s3.r-1.x/a.b"),
        (Region("r-1", "x", {}, True), "b", "https://s3.r-1.x/b"),
        (Region("r-1", "x", {"s3": "http://127.0.0.1:5"}, True), "b", "http://127.0.0.1:5/b"),
        (Region("r-1", "x", {"s3": "https://vpce.s3.x"}), "b", "https://b.vpce.s3.x"),
        (Region("r-1", "x", {}), "", "https://s3.r-1.x"),
    ],
)  # fmt: skip
def test_an_address_follows_from_partition_region_and_bucket(region, bucket, url):
    assert region.url("s3", bucket) == url


def test_pauses_grow_and_are_bounded_and_differ():
    most = [max(pause(n, base=0.2, most=10) for _ in range(200)) for n in (1, 4, 30, 3000)]
    assert most[0] <= 0.4 and most[1] <= 3.2 and most[3] <= 10 and most[2] > most[0]
    assert len({pause(5, base=1, most=10) for _ in range(20)}) == 20
    clock = Clock()
    before = clock.uptime()
    clock.sleep(0.001)
    assert clock.uptime() > before and clock.now().tzinfo is not None


def test_credentials_are_kept_until_they_are_about_to_expire():
    with serving_imds() as imds:
        clock = Clock()
        found = Metadata(clock, imds.address)
        assert found.credentials().token == found.credentials().token == "token-of-the-role"
        asked = len(imds.asked)
        assert asked == 3  # token, role, credentials
        imds.minutes = 4
        found.forget_credentials()
        found.credentials()
        found.credentials()
        assert len(imds.asked) == asked + 4


def test_a_token_that_metadata_no_longer_takes_is_asked_for_anew():
    with serving_imds() as imds:
        found = Metadata(FakeClock(), imds.address)
        assert found.instance_id() == "i-0123456789abcdef0"
        imds.tokens += 1
        assert found.availability_zone() == "ap-northeast-1a"
        imds.refusals = [503, 500]
        assert found.instance_id() == "i-0123456789abcdef0"


def test_metadata_that_is_not_there_is_told():
    with serving_imds() as imds:
        found = Metadata(FakeClock(), imds.address)
        with pytest.raises(AgentError, match=r"instance metadata has no meta-data/none \(404\)"):
            found.get("meta-data/none")
        imds.refusals = [503] * 20
        with pytest.raises(Unreachable, match="instance metadata answers 503 for api/token"):
            found.instance_id()
        imds.refusals = [401] * 20
        with pytest.raises(AgentError, match="takes no token"):
            found.instance_id()
    clock = FakeClock()
    with pytest.raises(Unreachable, match="does not answer"):
        Metadata(clock, "http://127.0.0.1:1").instance_id()
    assert len(clock.slept) == metadata.ATTEMPTS - 1


@pytest.mark.parametrize("said", ["{", "[]", '{"Code": "Failed"}', '{"AccessKeyId": "secret"}'])
def test_credentials_that_cannot_be_read_are_not_shown(said):
    with serving_imds(Imds(credentials=said)) as imds:
        with pytest.raises(AgentError, match="no credentials of the role yet") as told:
            Metadata(FakeClock(), imds.address).credentials()
        assert "secret" not in str(told.value)


def test_a_machine_without_a_role_is_told_so():
    with (
        serving_imds(Imds(role="")) as imds,
        pytest.raises(AgentError, match="the machine has no role"),
    ):
        Metadata(FakeClock(), imds.address).credentials()


def test_a_body_that_ends_early_is_no_body():
    answer = Answer(200, b"x")
    answer.__class__ = type("Long", (Answer,), {"length": property(lambda self: 5)})
    with pytest.raises(Unreachable, match="4 bytes are missing"):
        list(transport.chunks(answer))
    kept_open = Answer(200, b"next")  # by a server that waits for the next question
    kept_open.__class__ = type("Short", (Answer,), {"length": property(lambda self: 1)})
    assert list(transport.chunks(kept_open)) == [b"n"], "no more is asked of it"
    unsaid = Answer(200, b"x")
    unsaid.__class__ = type("Unsaid", (Answer,), {"length": None})
    assert list(transport.chunks(unsaid)) == [b"x"]


def test_an_error_without_words_has_its_kind():
    assert transport.words(TimeoutError()) == "TimeoutError"
    assert json.loads("{}") == {}
