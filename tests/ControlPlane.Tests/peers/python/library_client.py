"""A proxyless gRPC client and its two servers, driven line by line.

Prints the servers' ports, then answers each line on stdin with a line of JSON:
  bootstrap PORT                        where the control plane is
  call TARGET METHOD COUNT [KEY=VALUE]  how often which answer came: a server's name, or a status code
"""
import json
import os
import sys
from collections import Counter
from concurrent import futures

import grpc


class Answer(grpc.GenericRpcHandler):
    def __init__(self, name):
        self.name = name

    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(lambda request, context: self.name)


def serve(name):
    server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[Answer(name)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def bootstrap(port):
    os.environ["GRPC_XDS_BOOTSTRAP_CONFIG"] = json.dumps({
        "xds_servers": [{
            "server_uri": f"127.0.0.1:{port}",
            "channel_creds": [{"type": "insecure"}],
            "server_features": ["xds_v3"],
        }],
        "node": {"id": "sidecar~127.0.0.1~client.default~default.svc.cluster.local"},
    })
    return "ok"


channels = {}


def call(target, method, count, *metadata):
    channel = channels.setdefault(target, grpc.insecure_channel(target))
    invoke = channel.unary_unary(method)
    pairs = [tuple(pair.split("=", 1)) for pair in metadata]
    answers = Counter()
    for _ in range(int(count)):
        try:
            answers[invoke(b"", timeout=20, metadata=pairs).decode()] += 1
        except grpc.RpcError as error:
            answers[error.code().name] += 1
    return answers


servers = [serve(name) for name in (b"v1", b"v2")]
print(json.dumps([port for _, port in servers]), flush=True)
for line in sys.stdin:
    command, *arguments = line.split()
    print(json.dumps({"bootstrap": bootstrap, "call": call}[command](*arguments)), flush=True)
