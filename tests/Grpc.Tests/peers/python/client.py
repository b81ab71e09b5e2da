"""The Python client of peers/README.md, on grpcio: client.py PORT."""

import os
import sys
import threading

import grpc

from wire import LIMIT, OPTIONS, SERVICE, pack, unpack

BOUND = 60


class Echo:
    def __init__(self, channel):
        path = f"/{SERVICE}/"
        self.unary = channel.unary_unary(path + "Unary")
        self.server_stream = channel.unary_stream(path + "ServerStream")
        self.client_stream = channel.stream_unary(path + "ClientStream")
        self.bidi = channel.stream_stream(path + "Bidi")
        self.metadata = channel.unary_unary(path + "Metadata")
        self.fail = channel.unary_unary(path + "Fail")
        self.wait = channel.stream_stream(path + "Wait")
        self.waits = channel.unary_unary(path + "Waits")
        self.missing = channel.unary_unary(path + "Missing")
        self.health = channel.unary_unary("/grpc.health.v1.Health/Check")


def expect(expected, actual):
    assert expected == actual, f"expected {expected!r}, got {actual!r}"


def expect_error(code, call):
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == code, f"expected {code}, got {error.code()}: {error.details()}"
        return error
    raise AssertionError(f"expected {code}, got an answer")


def unary(echo):
    expect(b"hello", unpack(echo.unary(pack("hello"), timeout=BOUND)))


def empty_message(echo):
    expect(b"", echo.unary(b"", timeout=BOUND))


def many_unary_calls(echo):
    calls = [echo.unary.future(pack(str(i)), timeout=BOUND) for i in range(200)]
    expect([str(i).encode() for i in range(200)], [unpack(call.result()) for call in calls])


def server_stream(echo):
    answers = [unpack(m) for m in echo.server_stream(pack("500"), timeout=BOUND)]
    expect([str(i).encode() for i in range(500)], answers)


def empty_server_stream(echo):
    expect([], list(echo.server_stream(pack("0"), timeout=BOUND)))


def client_stream(echo):
    expect(b"a,b,,d", unpack(echo.client_stream(iter([pack("a"), pack("b"), b"", pack("d")]), timeout=BOUND)))


def bidirectional_stream(echo):
    turn, sent = threading.Semaphore(1), 0

    def requests():
        for i in range(50):
            turn.acquire()
            yield pack(str(i))

    for i, answer in enumerate(echo.bidi(requests(), timeout=BOUND)):
        expect(str(i).encode(), unpack(answer))
        sent += 1
        turn.release()
    expect(50, sent)


def flow_control(echo):
    chunk = pack(os.urandom(64 * 1024))
    expect(200, sum(1 for answer in echo.bidi(iter([chunk] * 200), timeout=BOUND) if answer == chunk))


def metadata(echo):
    raw = bytes(range(256))
    sent = [("x-text", "a value; with, signs="), ("x-data-bin", raw), ("x-two-bin", b"\x01"), ("x-two-bin", b"\x02\x03")]
    answer, call = echo.metadata.with_call(pack("m"), metadata=sent, timeout=BOUND)
    headers, trailers = list(call.initial_metadata()), list(call.trailing_metadata())
    for name, value in sent:
        assert (name, value) in headers, f"{name} missing in {headers}"
        assert ("t" + name, value) in trailers, f"t{name} missing in {trailers}"


def every_status_code(echo):
    for code in grpc.StatusCode:
        if code != grpc.StatusCode.OK:
            error = expect_error(code, lambda: echo.fail(pack(f"{code.value[0]}|because"), timeout=BOUND))
            expect("because", error.details())
            assert ("x-why", "asked-to") in list(error.trailing_metadata())


def unicode_status_message(echo):
    error = expect_error(grpc.StatusCode.ABORTED, lambda: echo.fail(pack("10|größer als 100%, 漢 🙂\r\n"), timeout=BOUND))
    expect("größer als 100%, 漢 🙂\r\n", error.details())


def deadline(echo):
    call = echo.wait(iter([pack("x")]), timeout=0.5)
    expect(b"waiting", unpack(next(call)))
    expect_error(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: next(call))
    expect(b"cancelled", unpack(echo.waits(b"", timeout=BOUND)))


def cancellation(echo):
    call = echo.wait(iter([pack("x")]), timeout=BOUND)
    expect(b"waiting", unpack(next(call)))
    call.cancel()
    expect_error(grpc.StatusCode.CANCELLED, lambda: next(call))
    expect(b"cancelled", unpack(echo.waits(b"", timeout=BOUND)))


def large_message(echo):
    message = pack(os.urandom(16 * 1024 * 1024))
    assert echo.unary(message, timeout=BOUND) == message


def message_over_the_limit(echo):
    expect_error(grpc.StatusCode.RESOURCE_EXHAUSTED, lambda: echo.unary(pack(bytes(LIMIT + 1)), timeout=BOUND))


def unknown_method(echo):
    expect_error(grpc.StatusCode.UNIMPLEMENTED, lambda: echo.missing(b"", timeout=BOUND))


def unknown_compression(echo):
    call = lambda: echo.unary(pack("x" * 1000), timeout=BOUND, compression=grpc.Compression.Gzip)
    expect_error(grpc.StatusCode.UNIMPLEMENTED, call)


def health_check(echo):
    expect(b"\x08\x01", echo.health(b"", timeout=BOUND))
    expect_error(grpc.StatusCode.NOT_FOUND, lambda: echo.health(b"\x0a\x01x", timeout=BOUND))


SCENARIOS = [
    unary,
    empty_message,
    many_unary_calls,
    server_stream,
    empty_server_stream,
    client_stream,
    bidirectional_stream,
    flow_control,
    metadata,
    every_status_code,
    unicode_status_message,
    deadline,
    cancellation,
    large_message,
    message_over_the_limit,
    unknown_method,
    unknown_compression,
    health_check,
]


def main():
    with grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}", options=OPTIONS) as channel:
        echo = Echo(channel)
        for scenario in SCENARIOS:
            name = scenario.__name__.replace("_", " ")
            try:
                scenario(echo)
                print(f"ok {name}", flush=True)
            except Exception as error:  # every scenario reports
                reason = " ".join(f"{type(error).__name__} {error}".split())
                print(f"fail {name}: {reason}", flush=True)


main()
