"""A proxyless gRPC client and the two servers it may reach, driven by lines on stdin.

First line out: the two servers' ports. Then for each line "N" in: N calls through the xds: channel, and one line out with
how many went to each server and how many failed.
"""

import sys
from concurrent import futures

import grpc

TARGET = sys.argv[1]


class Named(grpc.GenericRpcHandler):
    def __init__(self, name):
        self._name = name

    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(lambda request, context: self._name)


def serve(name):
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    server.add_generic_rpc_handlers((Named(name),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


servers = [serve(b"a"), serve(b"b")]
print(servers[0][1], servers[1][1], flush=True)
call = None

for line in sys.stdin:
    if call is None:
        call = grpc.insecure_channel("xds:///" + TARGET).unary_unary("/shop.Shop/Buy")
    count = {b"a": 0, b"b": 0, b"failed": 0}
    for _ in range(int(line)):
        try:
            count[call(b"", timeout=20, wait_for_ready=True)] += 1
        except grpc.RpcError as error:
            print(error, file=sys.stderr, flush=True)
            count[b"failed"] += 1
    print(count[b"a"], count[b"b"], count[b"failed"], flush=True)
