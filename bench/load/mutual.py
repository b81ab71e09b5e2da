"""What the table of mutual TLS needs: two sidecars with an authority of their own, and two HAProxies that do the same with certificates by openssl."""
import os
import shutil
import subprocess

from stage import BIN, HTTP1, OUTBOUND, UPSTREAM, cpu_seconds, wait_for

HAPROXY_CLIENT, HAPROXY_SERVER, CLIENT, SERVER, AUTHORITY = (f"127.9.1.{i}" for i in (11, 12, 13, 14, 19))
KEPT, ANEW, ENCRYPTED = 8080, 8081, 8443

HAPROXY = f"""
global
  nbthread 1
  maxconn 5000
defaults
  mode http
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  http-reuse always
"""
HAPROXY_FIRST = HAPROXY + f"""
frontend kept
  bind {HAPROXY_CLIENT}:{KEPT}
  default_backend kept
backend kept
  server one {HAPROXY_SERVER}:{ENCRYPTED} ssl crt {{dir}}/pki/client.pem ca-file {{dir}}/pki/ca.pem verify required sni str(server.bench)
frontend anew
  bind {HAPROXY_CLIENT}:{ANEW}
  default_backend anew
backend anew
  option http-server-close
  http-reuse never
  server one {HAPROXY_SERVER}:{ENCRYPTED} ssl crt {{dir}}/pki/client.pem ca-file {{dir}}/pki/ca.pem verify required sni str(server.bench)
"""
HAPROXY_SECOND = HAPROXY + f"""
frontend encrypted
  bind {HAPROXY_SERVER}:{ENCRYPTED} ssl crt {{dir}}/pki/server.pem ca-file {{dir}}/pki/ca.pem verify required
  default_backend echo
backend echo
  server one {UPSTREAM}:{HTTP1}
"""
# Two names of one pod; over the second every request has a connection of its own.
MESH = f"""
apiVersion: v1
kind: Pod
metadata: {{ name: client-1, namespace: default, labels: {{ app: client, security.istio.io/tlsMode: istio }} }}
spec: {{ serviceAccountName: client, containers: [ {{ name: app, image: app }} ] }}
status: {{ phase: Running, podIP: {CLIENT} }}
---
apiVersion: v1
kind: Pod
metadata: {{ name: server-1, namespace: default, labels: {{ app: server, security.istio.io/tlsMode: istio }} }}
spec: {{ serviceAccountName: server, containers: [ {{ name: app, image: app }} ] }}
status: {{ phase: Running, podIP: {SERVER} }}
---
apiVersion: v1
kind: Service
metadata: {{ name: kept, namespace: default }}
spec: {{ selector: {{ app: server }}, ports: [ {{ name: http, port: 80, targetPort: {HTTP1} }} ] }}
---
apiVersion: v1
kind: Service
metadata: {{ name: anew, namespace: default }}
spec: {{ selector: {{ app: server }}, ports: [ {{ name: http, port: 80, targetPort: {HTTP1} }} ] }}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{ name: anew, namespace: default }}
spec: {{ host: anew, trafficPolicy: {{ connectionPool: {{ http: {{ maxRequestsPerConnection: 1 }} }} }} }}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {{ name: default, namespace: istio-system }}
spec: {{ mtls: {{ mode: STRICT }} }}
"""
TOKENS = {"client": "bench-token-of-the-client-0001", "server": "bench-token-of-the-server-0001"}


def certify(directory):
    """An authority and two certificates, all on P-256."""
    os.makedirs(directory)

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=bench")
    for name in ("client", "server"):
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}.bench")
        with open(os.path.join(directory, "names"), "w") as names:
            names.write(f"subjectAltName=DNS:{name}.bench\n")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                "-extfile", "names", "-out", f"{name}.crt")
        with open(os.path.join(directory, f"{name}.pem"), "w") as both:
            for part in ("crt", "key"):
                with open(os.path.join(directory, f"{name}.{part}")) as file:
                    both.write(file.read())


def open_pairs(stage):
    """Starts both pairs; gives the processes of each, the client's side first."""
    certify(os.path.join(stage.directory, "pki"))
    first = stage.start(0, "haproxy", "-f", stage.file("first.cfg", HAPROXY_FIRST.format(dir=stage.directory)))
    second = stage.start(0, "haproxy", "-f", stage.file("second.cfg", HAPROXY_SECOND.format(dir=stage.directory)))

    dotnet = shutil.which("dotnet")
    authority = os.path.join(stage.directory, "ca")
    stage.file("mutual/mesh.yaml", MESH)
    tokens = stage.file("tokens", "".join(f"{token} default/{name}\n" for name, token in TOKENS.items()))
    stage.start(1, dotnet, f"{BIN}/ControlPlane/release/Mesh.ControlPlane.dll", "--config", f"{stage.directory}/mutual",
                "--ads", f"{AUTHORITY}:15010", "--monitoring", f"{AUTHORITY}:15014", "--ca-dir", authority,
                "--secure-ads", f"{AUTHORITY}:15012", "--join-tokens", tokens)
    wait_for(f"http://{AUTHORITY}:15014/ready")

    def sidecar(name, address):
        return stage.start(0, dotnet, f"{BIN}/Proxy/release/Mesh.Proxy.dll",
                           "--node", f"sidecar~{address}~{name}-1.default~default.svc.cluster.local", "--service-account", name,
                           "--secure-ads", f"{AUTHORITY}:15012", "--mesh-root", f"{authority}/root-cert.pem",
                           "--token", stage.file(f"token-{name}", TOKENS[name]), "--app", UPSTREAM,
                           "--outbound", f"{address}:{OUTBOUND}", "--inbound", f"{address}:15006", "--admin", f"{address}:15000",
                           "--ready", f"{address}:15021", "--metrics", f"{address}:15090", "--merged", f"{address}:15020",
                           "--access-log", f"{stage.directory}/{name}.access.log")

    client, server = sidecar("client", CLIENT), sidecar("server", SERVER)
    for url, host in ((f"http://{HAPROXY_CLIENT}:{KEPT}/", None), (f"http://{CLIENT}:{OUTBOUND}/", "kept"), (f"http://{CLIENT}:{OUTBOUND}/", "anew")):
        wait_for(url, host)
    return {"haproxy": (first.pid, second.pid), "sidecar": (client.pid, server.pid)}


def cpu(pids):
    return [cpu_seconds(pid) for pid in pids]
