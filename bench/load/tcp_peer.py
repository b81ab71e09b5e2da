#!/usr/bin/env python3
"""Both ends of a TCP load. A connection's first byte says what it is for: U, the client sends; D, the server does; P, each message comes back.

  tcp_peer.py serve ADDRESS PORT
  tcp_peer.py load ADDRESS PORT U|D|P CONNECTIONS SECONDS     prints bytes moved (U, D) or messages answered (P)
  tcp_peer.py idle ADDRESS PORT CONNECTIONS http|tcp [HOST]   uses each once, keeps them until its input
                                                              ends; prints "half" and waits for a line when half are open, then "open"
"""
import resource
import select
import socket
import sys
import time

WRITE = bytes(64 * 1024)
READ = bytearray(256 * 1024)
MESSAGE = b"x" * 100


def dial(address, port):
    connection = socket.create_connection((address, port), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def send(connection):
    try:
        return connection.send(WRITE)
    except BlockingIOError:
        return 0


def serve(address, port):
    listener = socket.create_server((address, int(port)), backlog=4096)
    events = select.epoll()
    events.register(listener, select.EPOLLIN)
    open_ones, kinds = {}, {}

    def close(number):
        events.unregister(number)
        kinds.pop(number, None)
        open_ones.pop(number).close()

    while True:
        for number, event in events.poll():
            if number == listener.fileno():
                connection, _ = listener.accept()
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                open_ones[connection.fileno()] = connection
                events.register(connection, select.EPOLLIN)
                continue
            connection = open_ones[number]
            try:
                if event & select.EPOLLOUT:
                    send(connection)
                elif number not in kinds:
                    kinds[number] = connection.recv(1)
                    if kinds[number] == b"D":
                        events.modify(number, select.EPOLLIN | select.EPOLLOUT)
                    elif not kinds[number]:
                        close(number)
                else:
                    count = connection.recv_into(READ)
                    if count == 0:
                        close(number)
                    elif kinds[number] == b"P":
                        connection.send(READ[:count])
            except OSError:
                close(number)


def load(address, port, kind, connections, seconds):
    events = select.epoll()
    open_ones = {}
    for _ in range(int(connections)):
        connection = dial(address, int(port))
        connection.sendall(kind.encode() + (MESSAGE if kind == "P" else b""))
        connection.setblocking(False)
        open_ones[connection.fileno()] = connection
        events.register(connection, select.EPOLLOUT if kind == "U" else select.EPOLLIN)
    total = 0
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        for number, _ in events.poll(1):
            connection = open_ones[number]
            if kind == "U":
                total += send(connection)
            elif kind == "D":
                total += connection.recv_into(READ)
            else:
                # A hundred bytes come in one piece over loopback.
                total += connection.recv_into(READ) // len(MESSAGE)
                connection.send(MESSAGE)
    print(total)


def idle(address, port, connections, kind, host=""):
    request = f"GET / HTTP/1.1\r\nHost: {host or address}\r\n\r\n".encode() if kind == "http" else b"Px"
    held = []
    for number in range(int(connections)):
        if number == int(connections) // 2:
            print("half", flush=True)
            sys.stdin.readline()
        connection = dial(address, int(port))
        connection.sendall(request)
        if not connection.recv_into(READ):
            sys.exit("closed before it was used")
        held.append(connection)
    print("open", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    {"serve": serve, "load": load, "idle": idle}[sys.argv[1]](*sys.argv[2:])
