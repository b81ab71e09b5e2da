"""A gRPC peer for the scenarios, with Google's own library and bytes as messages.

  grpc_peer.py serve ADDRESS:PORT=NAME ...      every unary method answers NAME; /x.Echo/Fail answers with the code in its request,
                                                /x.Echo/Flaky ("UNAVAILABLE 2 KEY") only the first two times, whichever server is asked
  grpc_peer.py client TARGET [AUTHORITY]        reads one JSON command a line, answers one JSON line:
     {"method": "/shop.Cart/Get", "count": 30, "metadata": {"x-user": "ada"}, "body": "", "timeout": 5}
     -> {"answers": {"v1": 10, "OK"...}}        names of servers, or status codes of calls that failed
"""
import collections
import concurrent.futures
import json
import sys

import grpc


flaky_calls = collections.Counter()


class AnyMethod(grpc.GenericRpcHandler):
    def __init__(self, name):
        self._name = name.encode()

    def service(self, details):
        if details.method.endswith("/Fail"):
            return grpc.unary_unary_rpc_method_handler(self._fail)
        if details.method.endswith("/Flaky"):
            return grpc.unary_unary_rpc_method_handler(self._flaky)
        if details.method.endswith("/Chat"):
            return grpc.stream_stream_rpc_method_handler(self._chat)
        return grpc.unary_unary_rpc_method_handler(lambda request, context: self._name)

    @staticmethod
    def _fail(request, context):
        code = next(code for code in grpc.StatusCode if code.name == request.decode())
        context.abort(code, "as asked: ünïcode & 100 %")

    def _flaky(self, request, context):
        code, times, key = request.decode().split()
        flaky_calls[key] += 1
        if flaky_calls[key] <= int(times):
            self._fail(code.encode(), context)
        return self._name

    def _chat(self, requests, context):
        for request in requests:
            yield self._name + b":" + request


def serve(addresses):
    servers = []
    for address in addresses:
        where, name = address.split("=")
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(8), handlers=[AnyMethod(name)], options=[("grpc.so_reuseport", 0)])
        if server.add_insecure_port(where) == 0:
            sys.exit(f"cannot listen on {where}")
        server.start()
        servers.append(server)
    print("ready", flush=True)
    sys.stdin.read()
    for server in servers:
        server.stop(None)


def call(channel, command):
    answers = collections.Counter()
    method = command["method"]
    metadata = list(command.get("metadata", {}).items())
    body = command.get("body", "").encode()
    timeout = command.get("timeout", 10)
    if method.endswith("/Chat"):
        stream = channel.stream_stream(method)
        requests = (str(i).encode() for i in range(command.get("count", 1)))
        for answer in stream(requests, metadata=metadata, timeout=timeout):
            answers[answer.decode().split(":")[0]] += 1
        return answers
    unary = channel.unary_unary(method)
    for _ in range(command.get("count", 1)):
        try:
            answers[unary(body, metadata=metadata, timeout=timeout).decode()] += 1
        except grpc.RpcError as error:
            answers[error.code().name] += 1
            answers["details: " + (error.details() or "")] += 1
    return answers


def client(target, authority=None):
    options = [("grpc.default_authority", authority)] if authority else []
    with grpc.insecure_channel(target, options=options) as channel:
        print("ready", flush=True)
        for line in sys.stdin:
            print(json.dumps({"answers": call(channel, json.loads(line))}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2:])
    else:
        client(*sys.argv[2:])
