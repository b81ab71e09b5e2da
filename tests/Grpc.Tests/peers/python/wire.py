"""The few bytes of protobuf and gRPC that server.py and client.py share."""

SERVICE = "mesh.test.Echo"
LIMIT = 20 * 1024 * 1024
OPTIONS = [
    ("grpc.max_receive_message_length", LIMIT),
    ("grpc.max_send_message_length", -1),
    ("grpc.so_reuseport", 0),
]


def pack(data):
    """BytesValue with this value."""
    if isinstance(data, str):
        data = data.encode()
    if not data:
        return b""
    length, head = len(data), b"\x0a"
    while length > 127:
        head += bytes([length & 127 | 128])
        length >>= 7
    return head + bytes([length]) + data


def unpack(message):
    """The value of a BytesValue."""
    if not message:
        return b""
    assert message[0] == 0x0A, message[:8]
    length, shift, at = 0, 0, 1
    while True:
        byte = message[at]
        length |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            break
    assert len(message) == at + length
    return message[at:]
