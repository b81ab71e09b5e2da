#!/usr/bin/env python3
"""CPU per request and latency of the sidecar, beside nginx, HAProxy and no proxy at all, measured in one run.

The proxy under test is alone on core 0; load generator and upstream share core 1. Rounds are interleaved, medians are
printed, and only ratios within one run mean anything: the machine's speed drifts. Loads are bounded and stay on loopback.
"""
import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(ROOT, "artifacts", "bin")
UPSTREAM, NGINX, HAPROXY, SIDECAR = "127.9.1.1", "127.9.1.2", "127.9.1.3", "127.9.1.4"
TICKS = os.sysconf("SC_CLK_TCK")
BODY = "x" * 50

NGINX_UPSTREAM = f"""
worker_processes 1; daemon off; pid {{dir}}/up.pid; error_log {{dir}}/up.err;
events {{{{ worker_connections 4096; }}}}
http {{{{ access_log off; keepalive_requests 1000000000; client_body_temp_path {{dir}}; proxy_temp_path {{dir}}; fastcgi_temp_path {{dir}};
  uwsgi_temp_path {{dir}}; scgi_temp_path {{dir}};
  server {{{{ listen {UPSTREAM}:8080; location / {{{{ return 200 "{BODY}"; }}}} }}}} }}}}
"""
NGINX_PROXY = f"""
worker_processes 1; daemon off; pid {{dir}}/nginx.pid; error_log {{dir}}/nginx.err;
events {{{{ worker_connections 4096; }}}}
http {{{{ access_log {{dir}}/nginx.access.log combined buffer=64k; keepalive_requests 1000000000; client_body_temp_path {{dir}};
  proxy_temp_path {{dir}}; fastcgi_temp_path {{dir}}; uwsgi_temp_path {{dir}}; scgi_temp_path {{dir}};
  upstream echo {{{{ server {UPSTREAM}:8080; keepalive 128; keepalive_requests 1000000000; }}}}
  server {{{{ listen {NGINX}:8080; location / {{{{ proxy_pass http://echo; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }}}} }}}} }}}}
"""
HAPROXY_PROXY = f"""
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend in
  bind {HAPROXY}:8080
  default_backend echo
backend echo
  server one {UPSTREAM}:8080
"""
MESH = f"""
apiVersion: v1
kind: Service
metadata: {{ name: echo, namespace: default }}
spec: {{ ports: [ {{ name: http, port: 80, targetPort: 8080 }} ] }}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{ name: echo-1, namespace: default, labels: {{ kubernetes.io/service-name: echo }} }}
addressType: IPv4
ports: [ {{ name: http, port: 8080 }} ]
endpoints: [ {{ addresses: [ {UPSTREAM} ] }} ]
"""


def cpu_seconds(pid):
    """User and system time of one process, its threads included."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


class Programs:
    """What this run started; all of it ends with the run."""

    def __init__(self, directory):
        self.directory = directory
        self.started = []

    def start(self, core, *command):
        log = open(os.path.join(self.directory, f"{len(self.started)}.log"), "w")
        process = subprocess.Popen(["taskset", "-c", str(core), *command], stdout=log, stderr=subprocess.STDOUT)
        self.started.append(process)
        return process

    def file(self, name, text):
        path = os.path.join(self.directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as out:
            out.write(text)
        return path

    def stop(self):
        for process in reversed(self.started):
            process.send_signal(signal.SIGTERM)
        for process in self.started:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for(url, host=None, limit=60):
    deadline = time.monotonic() + limit
    while True:
        try:
            request = urllib.request.Request(url, headers={"Host": host} if host else {})
            with urllib.request.urlopen(request, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        if time.monotonic() > deadline:
            sys.exit(f"{url} did not answer within {limit} s")
        time.sleep(0.1)


def worker_of(process):
    """nginx serves from a child of the process that was started."""
    children = open(f"/proc/{process.pid}/task/{process.pid}/children").read().split()
    return int(children[0]) if children else process.pid


def load(url, host, connections, seconds):
    """One bounded wrk run; returns requests, p50 and p99 in milliseconds."""
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url]
    if host:
        command[4:4] = ["-H", f"Host: {host}"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        print(out, file=sys.stderr)

    def quantile(name):
        number, unit = re.search(rf"{name}%\s+([\d.]+)(us|ms|s)", out).groups()
        return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]

    return int(re.search(r"(\d+) requests in", out).group(1)), quantile("50"), quantile("99")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("what", nargs="?", choices=["load"], help="accepted from bench/run.sh")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=4)
    options.add_argument("--connections", type=int, default=64)
    options = options.parse_args()
    missing = [tool for tool in ("wrk", "nginx", "haproxy", "taskset") if not shutil.which(tool)]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}; tests/install-peers.sh installs them")

    directory = tempfile.mkdtemp(prefix="mesh-load-")
    programs = Programs(directory)
    try:
        measure(programs, directory, options)
    finally:
        programs.stop()
        shutil.rmtree(directory)


def measure(programs, directory, options):
    programs.start(1, "nginx", "-c", programs.file("up.conf", NGINX_UPSTREAM.format(dir=directory)))
    nginx = programs.start(0, "nginx", "-c", programs.file("nginx.conf", NGINX_PROXY.format(dir=directory)))
    haproxy = programs.start(0, "haproxy", "-f", programs.file("haproxy.cfg", HAPROXY_PROXY))
    programs.file("config/echo.yaml", MESH)
    dotnet = shutil.which("dotnet")
    programs.start(1, dotnet, f"{BIN}/ControlPlane/release/Mesh.ControlPlane.dll", "--config", f"{directory}/config",
                   "--ads", "127.9.1.9:15010", "--monitoring", "127.9.1.9:15014")
    sidecar = programs.start(0, dotnet, f"{BIN}/Proxy/release/Mesh.Proxy.dll",
                             "--node", f"sidecar~{SIDECAR}~bench-1.default~default.svc.cluster.local", "--ads", "127.9.1.9:15010",
                             "--outbound", f"{SIDECAR}:15001", "--inbound", f"{SIDECAR}:15006", "--admin", f"{SIDECAR}:15000",
                             "--ready", f"{SIDECAR}:15021", "--metrics", f"{SIDECAR}:15090", "--merged", f"{SIDECAR}:15020",
                             "--access-log", f"{directory}/sidecar.access.log")
    wait_for(f"http://{UPSTREAM}:8080/")
    wait_for(f"http://{NGINX}:8080/")
    wait_for(f"http://{HAPROXY}:8080/")
    wait_for(f"http://{SIDECAR}:15021/healthz/ready")
    wait_for(f"http://{SIDECAR}:15001/", host="echo")

    subjects = {
        "direct": (f"http://{UPSTREAM}:8080/", None, None),
        "haproxy": (f"http://{HAPROXY}:8080/", None, haproxy.pid),
        "nginx": (f"http://{NGINX}:8080/", None, worker_of(nginx)),
        "sidecar": (f"http://{SIDECAR}:15001/", "echo", sidecar.pid),
    }
    results = {name: [] for name in subjects}
    cold = None
    for round_number in range(options.rounds + 1):
        for name, (url, host, pid) in subjects.items():
            before = cpu_seconds(pid) if pid else 0
            requests, p50, p99 = load(url, host, options.connections, options.seconds)
            cpu = (cpu_seconds(pid) - before) * 1e6 / requests if pid else 0
            if round_number > 0:
                results[name].append((cpu, p50, p99, requests / options.seconds))
            elif name == "sidecar":
                cold = cpu

    def median(name, index):
        return statistics.median(sample[index] for sample in results[name])

    reference = median("haproxy", 0)
    print(f"HTTP/1.1, {options.connections} keep-alive connections, {len(BODY)}-byte body, proxy on one core, "
          f"median of {options.rounds} interleaved rounds of {options.seconds} s")
    print(f"{'':10}{'CPU us/request':>16}{'to haproxy':>12}{'p50 ms':>9}{'p99 ms':>9}{'requests/s':>12}{'RSS MB':>9}")
    for name, (_, _, pid) in subjects.items():
        cpu = f"{median(name, 0):.1f}" if pid else "-"
        ratio = f"{median(name, 0) / reference:.2f}" if pid else "-"
        rss = f"{resident_mb(pid):.0f}" if pid else "-"
        print(f"{name:10}{cpu:>16}{ratio:>12}{median(name, 1):>9.2f}{median(name, 2):>9.2f}{median(name, 3):>12.0f}{rss:>9}")
    print(f"sidecar, first {options.seconds} s after start: {cold:.1f} us/request")


if __name__ == "__main__":
    main()
