"""Sends requests on one HTTP/1.1 connection, each as soon as the answer to the one before is there."""

import base64
import http.client
import re
import ssl
import sys
import tempfile

text = open(sys.argv[1]).read()
context = ssl.create_default_context(cadata=base64.b64decode(
    re.search(r"certificate-authority-data: *\"?([^\"\s]+)", text).group(1)).decode())
with tempfile.NamedTemporaryFile() as file:
    for name in ("client-certificate-data", "client-key-data"):
        file.write(base64.b64decode(re.search(name + r": *\"?([^\"\s]+)", text).group(1)))
    file.flush()
    context.load_cert_chain(file.name)
host, port = re.search(r"https://([^:/]+):(\d+)", text).groups()
connection = http.client.HTTPSConnection(host, int(port), timeout=10, context=context)
for _ in range(int(sys.argv[2])):
    connection.request("GET", "/api/v1/namespaces/default")
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        sys.exit(f"status {response.status}")
print("all answered")
