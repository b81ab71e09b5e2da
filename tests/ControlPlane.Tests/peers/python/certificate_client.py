"""Gets a certificate with gRPC's own library: by token, then again by that certificate.

usage: certificate_client.py PORT ROOTS TOKEN KEY CSR OUT
"""

import sys

import grpc

port, roots, token, key, csr, out = sys.argv[1:]
METHOD = "/istio.v1.auth.IstioCertificateService/CreateCertificate"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def varint(number):
    data = bytearray()
    while number > 0x7F:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return bytes(data)


def texts(message):
    """The values of field 1, of which there is nothing else in the answer."""
    found, at = [], 0
    while at < len(message):
        assert message[at] == 0x0A
        length, shift, at = 0, 0, at + 1
        while True:
            byte = message[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        found.append(message[at : at + length])
        at += length
    return found


def ask(credentials, metadata):
    with grpc.secure_channel(f"127.0.0.1:{port}", credentials) as channel:
        call = channel.unary_unary(METHOD, request_serializer=None, response_deserializer=None)
        request = read(csr)
        return texts(call(b"\x0a" + varint(len(request)) + request, metadata=metadata, timeout=30))


def refused(credentials, metadata):
    try:
        ask(credentials, metadata)
    except grpc.RpcError as error:
        return error.code().name
    return "OK"


anonymous = grpc.ssl_channel_credentials(root_certificates=read(roots))
chain = ask(anonymous, [("authorization", "Bearer " + read(token).decode().strip())])
certified = grpc.ssl_channel_credentials(read(roots), read(key), b"".join(chain[:-1]))
again = ask(certified, [])
with open(out, "wb") as file:
    file.write(again[0])
print(len(chain), chain[-1] == read(roots), chain[0] != again[0], refused(anonymous, []))
