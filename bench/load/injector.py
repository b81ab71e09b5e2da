#!/usr/bin/env python3
"""How long the injector takes for a review, and what one costs: over TLS that stays open, as an API server calls it. Bounded, on loopback."""
import argparse
import json
import math
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(os.path.dirname(os.path.dirname(HERE)), "artifacts", "bin", "Injector", "release", "Mesh.Injector.dll")
TICKS = os.sysconf("SC_CLK_TCK")


def review():
    """8 KB, as bench/micro's: three containers with probes of all kinds, 90 variables, annotations."""
    containers = [
        {
            "name": f"container-{number}",
            "image": f"registry.example/container:{number}",
            "ports": [{"name": "http", "containerPort": 8080 + number}],
            "env": [{"name": f"VARIABLE_{index}", "value": "x" * 40} for index in range(30)],
            "livenessProbe": {"httpGet": {"path": "/live", "port": "http"}},
            "readinessProbe": {"grpc": {"port": 9090}},
            "startupProbe": {"tcpSocket": {"port": 6379}},
        }
        for number in range(3)
    ]
    annotations = {
        "traffic.sidecar.istio.io/excludeOutboundPorts": "5432,9000-9100",
        "proxy.istio.io/config": "concurrency: 2\nterminationDrainDuration: 20s\n",
    }
    pod = {
        "metadata": {"generateName": "web-5d4f8c7b9-", "labels": {"app": "web"}, "annotations": annotations},
        "spec": {"containers": containers},
    }
    request = {"uid": "1", "kind": {"kind": "Pod"}, "operation": "CREATE", "namespace": "shop", "object": pod}
    return json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request})


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(process):
    with open(f"/proc/{process.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def until_ready(process, monitoring):
    for _ in range(600):
        if process.poll() is not None:
            sys.exit(f"the injector ended with {process.returncode}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{monitoring}/ready", timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("the injector did not get ready in 60 s")


def send(directory, url, count, clients, extra):
    """Milliseconds of each review, and how long all took. HTTP/2, as API servers speak it to webhooks."""
    log = os.path.join(directory, "times")
    if os.path.exists(log):
        os.remove(log)
    command = ["h2load", "-n", str(count), "-c", str(clients), "-m", "1", f"--log-file={log}", "-d", os.path.join(directory, "review")]
    started = time.monotonic()
    done = subprocess.run([*command, *extra, "-H", "content-type: application/json", url], capture_output=True, text=True, timeout=600)
    took = time.monotonic() - started
    with open(log) as lines:
        fields = [line.split() for line in lines]
    good = [int(micros) / 1000 for _, status, micros in fields if status == "200"]
    if done.returncode != 0 or len(good) != count:
        sys.exit(f"{len(good)} of {count} reviews were answered 200\n{done.stdout}{done.stderr}")
    return sorted(good), took


def share(times, part):
    return times[min(len(times) - 1, math.ceil(len(times) * part) - 1)]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reviews", type=int, default=6000, help="of each table (default 6000)")
    options.add_argument("--rate", type=int, default=100, help="reviews a second of the first two tables (default 100)")
    options.add_argument("--clients", type=int, default=2, help="connections, each with one review at a time (default 2)")
    options.add_argument("--injector", default=PROGRAM, help="program to measure, as built or as published (default %(default)s)")
    options = options.parse_args()
    missing = [tool for tool in ("h2load", "openssl") if not shutil.which(tool)]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}; tests/install-peers.sh installs them")

    with tempfile.TemporaryDirectory() as directory:
        key, certificate = os.path.join(directory, "key"), os.path.join(directory, "certificate")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
             "-subj", "/CN=webhook", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
            check=True, capture_output=True,
        )
        with open(os.path.join(directory, "review"), "w") as file:
            file.write(review())
        port, monitoring = free_port(), free_port()
        program = ["dotnet", options.injector] if options.injector.endswith(".dll") else [options.injector]
        started = time.monotonic()
        with open(os.path.join(directory, "log"), "w") as log:
            process = subprocess.Popen(
                [*program, "--listen", f"127.0.0.1:{port}", "--monitoring", f"127.0.0.1:{monitoring}", "--tls-cert", certificate, "--tls-key", key],
                stderr=log,
            )
        try:
            until_ready(process, monitoring)
            print(f"ready after {time.monotonic() - started:.1f} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
            print("| reviews | a second | p50 ms | p99 ms | p99.9 ms | max ms | CPU ms each |")
            print("|---|---|---|---|---|---|---|")
            url = f"https://127.0.0.1:{port}/inject"
            paced = [f"--rps={max(1, options.rate // options.clients)}"]
            for name, count, extra in (
                ("the first 100", 100, paced),
                (f"{options.rate}/s", options.reviews, paced),
                ("as many as it takes", options.reviews, []),
            ):
                before = cpu_seconds(process)
                times, took = send(directory, url, count, options.clients, extra)
                cost = (cpu_seconds(process) - before) / count * 1000
                numbers = " | ".join(f"{value:.2f}" for value in (share(times, 0.5), share(times, 0.99), share(times, 0.999), times[-1], cost))
                print(f"| {name} | {count / took:.0f} | {numbers} |")
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
