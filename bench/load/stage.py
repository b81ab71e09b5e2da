"""Everything one run needs: the upstreams, the proxies to compare, and the means to start, watch and stop them.

Each proxy is alone at work on core 0 while it is measured; load generators and upstreams share core 1.
"""
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BIN = os.path.join(ROOT, "artifacts", "bin")
UPSTREAM, NGINX, HAPROXY, SIDECAR, YARP, CONTROL = (f"127.9.1.{i}" for i in (1, 2, 3, 4, 5, 9))
HTTP1, HTTP2, TCP, OUTBOUND = 8080, 8081, 7000, 15001
# Of HAProxy and YARP, from versions of HTTP to versions of HTTP.
PAIRS = {(2, 2): 8091, (2, 1): 8092, (1, 2): 8093}
TICKS = os.sysconf("SC_CLK_TCK")
BODY = "x" * 50

NGINX_HTTP = "client_body_temp_path {dir}; proxy_temp_path {dir}; fastcgi_temp_path {dir}; uwsgi_temp_path {dir}; scgi_temp_path {dir};"
NGINX_UPSTREAM = f"""
worker_processes 1; daemon off; pid {{dir}}/up.pid; error_log {{dir}}/up.err; worker_rlimit_nofile 20000;
events {{{{ worker_connections 16384; }}}}
http {{{{ access_log off; keepalive_requests 1000000000; http2_max_concurrent_streams 1024; {NGINX_HTTP}
  server {{{{ listen {UPSTREAM}:{HTTP1}; listen {UPSTREAM}:{HTTP2} http2; location / {{{{ return 200 "{BODY}"; }}}} }}}} }}}}
"""
NGINX_PROXY = f"""
worker_processes 1; daemon off; pid {{dir}}/nginx.pid; error_log {{dir}}/nginx.err; worker_rlimit_nofile 20000;
events {{{{ worker_connections 16384; }}}}
http {{{{ access_log {{dir}}/nginx.access.log combined buffer=64k; keepalive_requests 1000000000; {NGINX_HTTP}
  upstream echo {{{{ server {UPSTREAM}:{HTTP1}; keepalive 128; keepalive_requests 1000000000; }}}}
  server {{{{ listen {NGINX}:{HTTP1}; location / {{{{ proxy_pass http://echo; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }}}} }}}} }}}}
"""
HAPROXY_PROXY = f"""
global
  nbthread 1
  maxconn 9980
  ulimit-n 20000
defaults
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  http-reuse always
frontend http1
  mode http
  bind {HAPROXY}:{HTTP1}
  default_backend echo
backend echo
  mode http
  server one {UPSTREAM}:{HTTP1}
frontend http2to2
  mode http
  bind {HAPROXY}:{PAIRS[2, 2]} proto h2
  default_backend echo2
frontend http2to1
  mode http
  bind {HAPROXY}:{PAIRS[2, 1]} proto h2
  default_backend echo
frontend http1to2
  mode http
  bind {HAPROXY}:{PAIRS[1, 2]}
  default_backend echo2
backend echo2
  mode http
  server one {UPSTREAM}:{HTTP2} proto h2
listen tcp
  mode tcp
  bind {HAPROXY}:{TCP}
  server one {UPSTREAM}:{TCP}
"""
# Outbound HTTP is routed by authority; the TCP port is one of the sidecar's own pod, so it listens there and passes on to the application.
MESH = f"""
apiVersion: v1
kind: Service
metadata: {{ name: echo, namespace: default }}
spec: {{ ports: [ {{ name: http, port: 80, targetPort: {HTTP1} }}, {{ name: http2, port: 81, targetPort: {HTTP2} }} ] }}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{ name: echo-1, namespace: default, labels: {{ kubernetes.io/service-name: echo }} }}
addressType: IPv4
ports: [ {{ name: http, port: {HTTP1} }}, {{ name: http2, port: {HTTP2} }} ]
endpoints: [ {{ addresses: [ {UPSTREAM} ] }} ]
---
apiVersion: v1
kind: Pod
metadata: {{ name: bench-1, namespace: default, labels: {{ app: bench }} }}
spec: {{ containers: [ {{ name: app, image: app }} ] }}
status: {{ phase: Running, podIP: {SIDECAR} }}
---
apiVersion: v1
kind: Service
metadata: {{ name: bulk, namespace: default }}
spec: {{ selector: {{ app: bench }}, ports: [ {{ name: tcp-bulk, port: {TCP}, targetPort: {TCP} }} ] }}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{ name: bulk-1, namespace: default, labels: {{ kubernetes.io/service-name: bulk }} }}
addressType: IPv4
ports: [ {{ name: tcp-bulk, port: {TCP} }} ]
endpoints: [ {{ addresses: [ {SIDECAR} ], targetRef: {{ kind: Pod, name: bench-1, namespace: default }} }} ]
"""


def cpu_seconds(pid):
    """User and system time of one process, its threads included."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_kb(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))


def tcp_peer(*arguments, **options):
    """The command of our own load generator, on the load's core."""
    return ["taskset", "-c", "1", sys.executable, os.path.join(HERE, "tcp_peer.py"), *map(str, arguments)]


class Stage:
    """What this run started; all of it ends with the run."""

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="mesh-load-")
        self.started = []
        self.pids = {}
        # Ten thousand idle connections have two ends, in two processes.
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        try:
            self.open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.started):
            process.send_signal(signal.SIGTERM)
        for process in self.started:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(self.directory)

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

    def open(self):
        dotnet = shutil.which("dotnet")
        self.start(1, "nginx", "-c", self.file("up.conf", NGINX_UPSTREAM.format(dir=self.directory)))
        self.started.append(subprocess.Popen(tcp_peer("serve", UPSTREAM, TCP)))
        nginx = self.start(0, "nginx", "-c", self.file("nginx.conf", NGINX_PROXY.format(dir=self.directory)))
        haproxy = self.start(0, "haproxy", "-f", self.file("haproxy.cfg", HAPROXY_PROXY))
        yarp = self.start(0, dotnet, f"{BIN}/Yarp/release/Mesh.Yarp.dll", f"http://{YARP}:{HTTP1}", f"http://{UPSTREAM}:{HTTP1}")
        self.file("config/mesh.yaml", MESH)
        self.start(1, dotnet, f"{BIN}/ControlPlane/release/Mesh.ControlPlane.dll", "--config", f"{self.directory}/config",
                   "--ads", f"{CONTROL}:15010", "--monitoring", f"{CONTROL}:15014")
        sidecar = self.start(0, dotnet, f"{BIN}/Proxy/release/Mesh.Proxy.dll",
                             "--node", f"sidecar~{SIDECAR}~bench-1.default~default.svc.cluster.local", "--ads", f"{CONTROL}:15010",
                             "--app", UPSTREAM, "--outbound", f"{SIDECAR}:{OUTBOUND}", "--inbound", f"{SIDECAR}:15006",
                             "--admin", f"{SIDECAR}:15000", "--ready", f"{SIDECAR}:15021", "--metrics", f"{SIDECAR}:15090",
                             "--merged", f"{SIDECAR}:15020", "--access-log", f"{self.directory}/sidecar.access.log")
        wait_for(f"http://{UPSTREAM}:{HTTP1}/")
        wait_for(f"http://{NGINX}:{HTTP1}/")
        wait_for(f"http://{HAPROXY}:{HTTP1}/")
        wait_for(f"http://{YARP}:{HTTP1}/")
        wait_for(f"http://{SIDECAR}:15021/healthz/ready")
        wait_for(f"http://{SIDECAR}:{OUTBOUND}/", host="echo")
        self.pids = {"haproxy": haproxy.pid, "nginx": worker_of(nginx), "yarp": yarp.pid, "sidecar": sidecar.pid}

    def sidecar_metric(self, name):
        """One metric without labels, from the sidecar's own page."""
        with urllib.request.urlopen(f"http://{SIDECAR}:15090/stats/prometheus", timeout=10) as page:
            return float(re.search(rf"^{name} (\S+)", page.read().decode(), re.MULTILINE).group(1))


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


def wait_for_port(address, port, limit=60):
    """For a server that would not understand HTTP/1.1."""
    deadline = time.monotonic() + limit
    while True:
        try:
            socket.create_connection((address, port), timeout=2).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                sys.exit(f"{address}:{port} takes no connection within {limit} s")
            time.sleep(0.1)


def worker_of(process):
    """nginx serves from a child of the process that was started."""
    children = open(f"/proc/{process.pid}/task/{process.pid}/children").read().split()
    return int(children[0]) if children else process.pid
