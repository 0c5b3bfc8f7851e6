"""Requests are answered one after another, and a slow sender stops nobody."""

import concurrent.futures
import io
import threading
import time

import pytest

from local.aws.api import OneAtATime


class Counting:
    """An application that knows how many of its answers overlap."""

    def __init__(self):
        self.now = self.most = 0
        self.closed = 0

    def __call__(self, environ, start_response):
        self.now += 1
        self.most = max(self.most, self.now)
        time.sleep(0.005)
        return self._body(environ["wsgi.input"].read())

    def _body(self, body):
        try:
            yield body
            self.now -= 1
        finally:
            self.closed += 1


def request(body=b"x", stream=None):
    return {"CONTENT_LENGTH": str(len(body)), "wsgi.input": stream or io.BytesIO(body)}


def test_no_two_answers_overlap_and_each_is_closed():
    app = Counting()
    guarded = OneAtATime(app)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: guarded(request(), None), range(32)))
    assert answers == [[b"x"]] * 32
    assert (app.most, app.closed) == (1, 32)


def test_a_request_that_is_still_being_sent_holds_nobody_up():
    arrived, release = threading.Event(), threading.Event()

    class Slow(io.BytesIO):
        def read(self, size=-1):
            arrived.set()
            assert release.wait(60)
            return super().read(size)

    guarded = OneAtATime(Counting())
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        slow = pool.submit(guarded, request(b"slow", Slow(b"slow")), None)
        assert arrived.wait(60)
        assert pool.submit(guarded, request(), None).result(60) == [b"x"]
        release.set()
        assert slow.result(60) == [b"slow"]


def test_a_request_that_was_cut_off_is_asked_of_nobody():
    """Without its parameters it would be another: of no key, or of all."""
    app = Counting()
    guarded = OneAtATime(app)
    for came in (b"who", b""):
        with pytest.raises(ConnectionError):  # of which werkzeug's server makes no answer
            guarded({**request(b"whole"), "wsgi.input": io.BytesIO(came)}, None)
    assert app.most == 0
    assert guarded(request(b"whole"), None) == [b"whole"]
