"""A bare HTTPS connection to the API server of a kubeconfig, for load that no client library paces."""

import base64
import http.client
import json
import os
import ssl
import subprocess
import tempfile
import urllib.parse


def configuration(kubeconfig, kubectl):
    """Server address and TLS context of the current context."""
    view = subprocess.run(
        [kubectl, "--kubeconfig", kubeconfig, "config", "view", "--raw", "--minify", "-o", "json"],
        check=True, capture_output=True)
    config = json.loads(view.stdout)
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    context = ssl.create_default_context(
        cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name in ("client-certificate-data", "client-key-data"):
            paths.append(os.path.join(folder, name))
            with open(paths[-1], "wb") as file:
                file.write(base64.b64decode(user[name]))
        context.load_cert_chain(*paths)
    return urllib.parse.urlsplit(cluster["server"]), context


def connect(address, context):
    return http.client.HTTPSConnection(
        address.hostname, address.port, context=context, timeout=10)


def request(connection, method, path, body=None):
    """Status and decoded body."""
    connection.request(
        method, path, body=json.dumps(body) if body is not None else None,
        headers={"Content-Type": "application/json"})
    response = connection.getresponse()
    return response.status, json.loads(response.read())
