"""Watches ConfigMaps of a namespace as an informer does, with the Python client: one list, then
watches that resume at the last resourceVersion, through failures of the server.

usage: informer.py KUBECONFIG NAMESPACE

Prints `synced`, then one line for each event: `TYPE NAME RESOURCEVERSION`; and `relist` if the
server made it list again.
"""

import sys
import time

import urllib3
from kubernetes import client, config, watch


def write(line):
    print(line, flush=True)


def main():
    kubeconfig, namespace = sys.argv[1:]
    config.load_kube_config(kubeconfig)
    core = client.CoreV1Api()
    version = None
    while True:
        try:
            if version is None:
                listed = core.list_namespaced_config_map(namespace)
                version = listed.metadata.resource_version
                write("synced")
            stream = watch.Watch().stream(
                core.list_namespaced_config_map, namespace, resource_version=version,
                allow_watch_bookmarks=True, timeout_seconds=60)
            for event in stream:
                meta = event["raw_object"]["metadata"]
                version = meta["resourceVersion"]
                if event["type"] != "BOOKMARK":
                    write(f"{event['type']} {meta['name']} {version}")
        except client.ApiException as error:
            if error.status == 410:
                write("relist")
                version = None
        except (urllib3.exceptions.HTTPError, OSError):
            pass  # Down for now: resume where we were.
        time.sleep(0.05)


main()
