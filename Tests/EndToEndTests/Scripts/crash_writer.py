"""Creates ConfigMaps from many connections until the server dies.

usage: crash_writer.py KUBECONFIG KUBECTL CONNECTIONS ROUND

Prints `try NAME` before each request and `ack NAME RESOURCEVERSION` after each acknowledged one.
"""

import os
import sys
import threading

import api


def write(line):
    os.write(1, (line + "\n").encode())  # One system call, so that lines do not mix.


def work(address, context, prefix):
    try:
        connection = api.connect(address, context)
        for number in range(1_000_000):
            name = f"{prefix}-{number}"
            write(f"try {name}")
            status, answer = api.request(
                connection, "POST", "/api/v1/namespaces/default/configmaps",
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
                 "data": {"payload": "x" * 512}})
            if status != 201:
                sys.exit(f"unexpected answer {status}: {answer}")
            write(f"ack {name} {answer['metadata']['resourceVersion']}")
    except (OSError, api.http.client.HTTPException, ValueError):
        return  # The server is gone.


def main():
    kubeconfig, kubectl, connections, number = sys.argv[1:]
    address, context = api.configuration(kubeconfig, kubectl)
    threads = [
        threading.Thread(target=work, args=(address, context, f"round{number}-writer{index}"))
        for index in range(int(connections))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
