"""The Python server of peers/README.md, on grpcio."""

import sys
import threading
from concurrent import futures

import grpc

from wire import OPTIONS, SERVICE, pack, unpack

CODES = {code.value[0]: code for code in grpc.StatusCode}
cancelled = threading.Semaphore(0)


def unary(request, context):
    return request


def server_stream(request, context):
    for i in range(int(unpack(request))):
        yield pack(str(i))


def client_stream(requests, context):
    return pack(b",".join(unpack(request) for request in requests))


def bidi(requests, context):
    yield from requests


def metadata(request, context):
    mine = [(key, value) for key, value in context.invocation_metadata() if key.startswith("x-")]
    context.send_initial_metadata(mine)
    context.set_trailing_metadata([("t" + key, value) for key, value in mine])
    return request


def fail(request, context):
    code, message = unpack(request).decode().split("|", 1)
    context.set_trailing_metadata([("x-why", "asked-to")])
    context.abort(CODES[int(code)], message)


def wait(requests, context):
    over = threading.Event()

    # Not after the wait below: a call that ends while its answer is being sent never comes back from the yield.
    def end():
        cancelled.release()
        over.set()

    context.add_callback(end)
    next(requests)
    yield pack("waiting")
    over.wait()


def waits(request, context):
    cancelled.acquire()
    return pack("cancelled")


def main():
    server = grpc.server(futures.ThreadPoolExecutor(32), options=OPTIONS)
    handlers = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary),
        "ServerStream": grpc.unary_stream_rpc_method_handler(server_stream),
        "ClientStream": grpc.stream_unary_rpc_method_handler(client_stream),
        "Bidi": grpc.stream_stream_rpc_method_handler(bidi),
        "Metadata": grpc.unary_unary_rpc_method_handler(metadata),
        "Fail": grpc.unary_unary_rpc_method_handler(fail),
        "Wait": grpc.stream_stream_rpc_method_handler(wait),
        "Waits": grpc.unary_unary_rpc_method_handler(waits),
    }
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"port {port}", flush=True)
    sys.stdin.read()
    server.stop(None)


main()
