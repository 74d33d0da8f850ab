"""The frame: the one proof that the collector ran. Whatever is cut, mixed in or made up must be seen, and named rightly."""

from __future__ import annotations

import contextlib
import hashlib
import json
import zlib

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vmready.probes.frame import END, START, FrameError, FrameFault, read_frame, read_json

DOCUMENT = {
    "version": 1,
    "round": 1,
    "nonce": "n-1",
    "mode": "FullLanguage",
    "answers": [{"id": "0", "state": "absent"}],
}


def frame(text: str, algorithm: str = "sha256", *, length: int | None = None, digest: str | None = None) -> bytes:
    body = text.encode()
    actual = hashlib.sha256(body).hexdigest() if algorithm == "sha256" else f"{zlib.adler32(body):08x}"
    size = len(body) if length is None else length
    return f"<<<vmready:1:{size}:{algorithm}:{digest or actual}:{text}:vmready>>>".encode()


def dumped(**changes: object) -> str:
    return json.dumps({**DOCUMENT, **changes}, separators=(",", ":"))


def read(stdout: bytes, round_number: int = 1) -> dict:
    return read_frame(stdout, nonce="n-1", round_number=round_number)


def fault(stdout: bytes) -> FrameFault:
    with pytest.raises(FrameError) as caught:
        read(stdout)
    return caught.value.code


@pytest.mark.parametrize("algorithm", ["sha256", "adler32"])
def test_a_frame_is_read_among_banners_and_a_byte_order_mark(algorithm):
    noise = b"\xef\xbb\xbfWelcome to web-01\r\nWARNING: \xe9\xff <<<vmready: is a marker\r\n"
    assert read(noise + frame(dumped(), algorithm) + b"\r\nbye <<<vmready: or so\r\n") == DOCUMENT


def test_lines_wrapped_at_any_width_are_joined():
    whole = frame(dumped())
    for width in (1, 2, 7, 80):
        wrapped = b"\r\n".join(whole[at : at + width] for at in range(0, len(whole), width))
        assert read(b"noise\r\n" + wrapped) == DOCUMENT


def test_every_truncation_is_seen():
    whole = frame(dumped())
    for size in range(len(whole)):
        assert fault(whole[:size]) in {FrameFault.MISSING, FrameFault.TRUNCATED}
        # Once the header has begun there is no doubt that something was cut off.
        if size >= len(START):
            assert fault(whole[:size]) is FrameFault.TRUNCATED


def test_every_removed_byte_is_seen():
    whole = frame(dumped())
    for at in range(len(whole)):
        fault(whole[:at] + whole[at + 1 :])


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_noise_inside_a_frame_is_seen(data):
    whole = frame(dumped())
    at = data.draw(st.integers(1, len(whole) - 1))
    noise = data.draw(st.binary(min_size=1, max_size=40).filter(lambda text: text.strip(b"\r\n")))
    mixed = whole[:at] + noise + whole[at:]
    # Digits or letters can complete a header to another one, but never to a document that differs.
    try:
        assert read(mixed) == DOCUMENT
    except FrameError:
        return
    assume(False)


@given(st.integers(0, 400), st.integers(1, 255))
@settings(max_examples=200, deadline=None)
def test_a_changed_byte_is_seen(at, change):
    whole = bytearray(frame(dumped()))
    at %= len(whole)
    whole[at] ^= change
    fault(bytes(whole))


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_noise_alone_is_no_frame(noise):
    assert fault(noise) in {FrameFault.MISSING, FrameFault.TRUNCATED}


@given(st.binary(max_size=100), st.binary(max_size=100))
@settings(max_examples=200, deadline=None)
def test_noise_around_a_frame_does_not_matter(before, after):
    assume(START not in before.translate(None, b"\r\n") + after.translate(None, b"\r\n"))
    assume(not any(START.startswith(before.translate(None, b"\r\n")[-n:]) for n in range(1, len(START))))
    assert read(before + frame(dumped()) + after) == DOCUMENT


@pytest.mark.parametrize(
    ("stdout", "code"),
    [
        (b"", FrameFault.MISSING),
        (frame(dumped()) * 2, FrameFault.DOUBLED),
        (frame(dumped()) + frame(dumped())[:-20], FrameFault.DOUBLED),
        (frame(dumped())[:-20] + frame(dumped()), FrameFault.DOUBLED),
        (frame(dumped(), digest="0" * 64), FrameFault.DAMAGED),
        (frame(dumped(), "adler32", digest="00000000"), FrameFault.DAMAGED),
        (frame(dumped(), length=10), FrameFault.DAMAGED),
        (frame(dumped(), length=10_000), FrameFault.TRUNCATED),
        (frame(dumped(), length=999_999_999), FrameFault.TOO_LARGE),
        (frame(dumped()).replace(b"vmready:1:", b"vmready:2:"), FrameFault.VERSION),
        (frame(dumped(version=2)), FrameFault.VERSION),
        (frame(dumped(version=True)), FrameFault.VERSION),
        (frame(dumped(nonce="n-2")), FrameFault.NONCE),
        (frame(dumped(nonce=None)), FrameFault.NONCE),
        (frame(dumped(round=2)), FrameFault.ROUND),
        (frame(dumped(round=True)), FrameFault.ROUND),
        (frame("[1]"), FrameFault.NOT_JSON),
        (frame("{"), FrameFault.NOT_JSON),
        (frame('{"a":NaN}'), FrameFault.NOT_JSON),
        (frame('{"a":-Infinity}'), FrameFault.NOT_JSON),
        (frame('{"a":1,"a":1}'), FrameFault.NOT_JSON),
        (frame('{"a":"caf\u00e9"}'), FrameFault.NOT_ASCII),
        (frame('{"a":' + "9" * 10_000 + "}"), FrameFault.TOO_LARGE),
        (frame('{"a":1e999}'), FrameFault.TOO_LARGE),
        (frame('{"a":0.' + "1" * 10_000 + "}"), FrameFault.TOO_LARGE),
        (frame('{"a":' + "[" * 100 + "]" * 100 + "}"), FrameFault.TOO_DEEP),
        (frame('{"a":' + "[" * 200_000), FrameFault.TOO_DEEP),
        (frame('{"a":"\x01"}'), FrameFault.NOT_JSON),
    ],
)
def test_each_fault_has_its_name(stdout, code):
    assert fault(stdout) is code


def test_another_round_wants_another_frame():
    with pytest.raises(FrameError) as caught:
        read(frame(dumped()), round_number=2)
    assert caught.value.code is FrameFault.ROUND


def test_a_frame_told_of_inside_a_string_is_no_second_one():
    """A log of the collector's own text, read by the collector, names markers and whole frames."""
    inner = frame(dumped()).decode()
    told = dumped(answers=[{"id": "0", "state": "observed", "value": {"text": inner}}])
    assert read(frame(told))["answers"][0]["value"]["text"] == inner


def test_depth_is_counted_outside_strings_only():
    text = dumped(mode="[" * 500 + '\\"' + "{" * 500)
    assert read(frame(text))["mode"] == "[" * 500 + '\\"' + "{" * 500


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)


@given(_JSON)
@settings(max_examples=300, deadline=None)
def test_json_comes_back_as_it_was_written(value):
    assert read_json(json.dumps(value)) == value


@given(st.text(alphabet='[]{}",:\\0123456789eE.+-aNtrufls', max_size=60))
@settings(max_examples=500, deadline=None)
def test_text_that_is_nearly_json_never_escapes(text):
    with contextlib.suppress(FrameError):
        read_json(text)


def test_the_end_marker_is_what_a_reader_waits_for():
    assert frame(dumped()).endswith(END)
