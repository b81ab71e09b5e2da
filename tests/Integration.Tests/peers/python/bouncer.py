"""A service that says who may pass, over HTTP and gRPC with libraries that nobody here wrote and messages put together by hand.

  bouncer.py ADDRESS HTTP_PORT GRPC_PORT

HTTP: the request's x-ticket decides: "good" 200 with x-guest and x-stamp, "broken" 500, "slow" never, "endless" 200 with a body that never ends,
"flood" 200 with a megabyte of headers, "cut" closes without an answer, else 401 with x-reason and a body.
gRPC: envoy.service.auth.v3.Authorization/Check by the same header; "odd" gives headers that would break a message. Of connections that are not HTTP
the last line read decides, "good", "broken" or "slow", else no. Prints "ready", then one line for each request: what it was asked about.
"""
import concurrent.futures
import http.server
import json
import sys
import threading
import time

import grpc


def varint(value):
    out = b""
    while True:
        out += bytes([(value & 127) | (128 if value > 127 else 0)])
        value >>= 7
        if not value:
            return out


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(data):
    at, found = 0, {}

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = number()
        if tag & 7 == 2:
            length = number()
            found.setdefault(tag >> 3, []).append(data[at:at + length])
            at += length
        else:
            found.setdefault(tag >> 3, []).append(number())
    return found


def header(name, value):
    return field(1, field(1, name) + field(2, value))


def say(**seen):
    print(json.dumps(seen), flush=True)


class OverHttp(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        say(
            over="http",
            method=self.command,
            path=self.path,
            host=self.headers.get("host"),
            body=body.decode(),
            headers={name.lower(): value for name, value in self.headers.items()},
        )
        ticket = self.headers.get("x-ticket")
        if ticket == "slow":
            time.sleep(60)
        if ticket == "cut":
            self.close_connection = True
            return
        if ticket == "flood":
            self.send_response(200)
            for i in range(1024):
                self.send_header(f"x-{i}", "x" * 1024)
            self.send_header("content-length", "0")
            self.end_headers()
            return
        if ticket == "endless":
            self.send_response(200)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            while True:
                self.wfile.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
        status, headers, text = {
            "good": (200, {"x-guest": "ada", "x-stamp": "seen", "x-secret": "kept"}, b""),
            "broken": (500, {}, b"no idea"),
        }.get(ticket, (401, {"x-reason": "no ticket", "x-secret": "kept"}, b"show a ticket"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *_):
        pass


connections = "good"


def check_connection(attributes, context):
    source, destination = (fields(attributes[side][0]) for side in (1, 2))
    say(over="connection", principal=source.get(4, [b""])[0].decode(), asked_by=destination.get(4, [b""])[0].decode())
    verdict = connections
    if verdict == "slow":
        time.sleep(60)
    if verdict == "broken":
        context.abort(grpc.StatusCode.UNAVAILABLE, "no idea")
    return field(1, b"" if verdict == "good" else field(1, 7))


def check(request, context):
    attributes = fields(fields(request)[1][0])
    if 4 not in attributes or 2 not in fields(attributes[4][0]):
        return check_connection(attributes, context)
    asked = fields(fields(attributes[4][0])[2][0])
    headers = {}
    for entry in asked.get(3, []):
        pair = fields(entry)
        headers[pair[1][0].decode()] = pair.get(2, [b""])[0].decode()
    source = fields(attributes[1][0])
    say(
        over="grpc",
        method=asked[2][0].decode(),
        path=asked[4][0].decode(),
        host=asked[5][0].decode(),
        body=asked.get(11, [b""])[0].decode(),
        principal=source.get(4, [b""])[0].decode(),
        headers=headers,
    )
    ticket = headers.get("x-ticket")
    if ticket == "slow":
        time.sleep(60)
    if ticket == "cut":
        context.cancel()
        return b""
    if ticket == "endless":
        return field(1, field(1, 16)) + field(2, field(3, "x" * (8 << 20)))
    if ticket == "odd":
        odd = [("content-length", "3"), ("transfer-encoding", "chunked"), ("host", "evil"), ("bad name", "x"), ("x:y", "x"), ("x\r\ny", "x"),
               ("x-fine", "a\r\nx-evil: 1"), ("connection", "close"), ("x-guest", "eve")]
        return field(1, b"") + field(3, b"".join(field(2, header(n, v)) + field(6, header(n, v)) for n, v in odd) + field(5, "content-length"))
    if ticket == "odd-refusal":
        odd = [("content-length", "3"), ("transfer-encoding", "chunked"), ("bad name", "x"), ("x\r\ny", "x"), ("x-reason", "odd")]
        denied = field(1, field(1, 401)) + b"".join(field(2, header(n, v)) for n, v in odd) + field(3, "show a ticket")
        return field(1, field(1, 16)) + field(2, denied)
    if ticket == "broken":
        context.abort(grpc.StatusCode.INTERNAL, "no idea")
    if ticket == "good":
        ok = field(2, header("x-guest", "ada")) + field(5, "x-ticket") + field(6, header("x-stamp", "seen"))
        return field(1, b"") + field(3, ok)
    denied = field(1, field(1, 401)) + field(2, header("x-reason", "no ticket")) + field(3, "show a ticket")
    return field(1, field(1, 16)) + field(2, denied)


class OverGrpc(grpc.GenericRpcHandler):
    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(check) if details.method.endswith(".Authorization/Check") else None


if __name__ == "__main__":
    address, http_port, grpc_port = sys.argv[1:]
    web = http.server.ThreadingHTTPServer((address, int(http_port)), OverHttp)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(8), handlers=[OverGrpc()])
    server.add_insecure_port(f"{address}:{grpc_port}")
    server.start()
    print("ready", flush=True)
    for line in sys.stdin:
        connections = line.strip()
        print("heard", flush=True)
