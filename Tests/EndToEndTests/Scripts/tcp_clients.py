"""Asks one name over TCP, each time on a new connection, by four clients at once, until SIGINT.

Usage: tcp_clients.py PORT NAME. Prints how often it asked, and how often there was no answer.
"""

import signal
import socket
import struct
import sys
import threading

port, name = int(sys.argv[1]), sys.argv[2]
question = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
query = struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + question + b"\0" + struct.pack(">2H", 1, 1)
enough = threading.Event()
asked, lost = [0] * 4, [0] * 4


def receive(connection, count):
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise ConnectionError("ended")
        data += more
    return data


def ask():
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(struct.pack(">H", len(query)) + query)
        (length,) = struct.unpack(">H", receive(connection, 2))
        response = receive(connection, length)
        identifier, flags, _, answers = struct.unpack(">4H", response[:8])
        if identifier != 7 or flags & 0xF or answers != 1:
            raise ConnectionError("another answer")


def work(number):
    while not enough.is_set():
        asked[number] += 1
        try:
            ask()
        except OSError as error:
            lost[number] += 1
            print(error, file=sys.stderr)
        enough.wait(0.01)


signal.signal(signal.SIGINT, lambda *_: enough.set())
threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sum(asked), sum(lost))
