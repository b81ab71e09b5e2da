"""The tables, one function each. All of them interleave the subjects round by round: the machine's speed drifts, so only ratios mean anything."""
import re
import shutil
import statistics
import subprocess
import time

import mutual
from stage import (BIN, BODY, HAPROXY, HTTP1, HTTP2, NGINX, OUTBOUND, PAIRS, SIDECAR, TCP, UPSTREAM, YARP, cpu_seconds, resident_kb, tcp_peer,
                   wait_for_port)


def median(samples, index):
    return statistics.median(sample[index] for sample in samples)


def rounds(options, subjects, measure):
    """One unrecorded round to warm up, then the recorded ones; gives each subject's samples and the first, cold one."""
    samples, cold = {name: [] for name in subjects}, {}
    for number in range(options.rounds + 1):
        for name, subject in subjects.items():
            sample = measure(name, subject, options.warmup if number == 0 else options.seconds)
            if number == 0:
                cold[name] = sample
            else:
                samples[name].append(sample)
    return samples, cold


def wrk(url, host, connections, seconds):
    """Requests, p50 and p99 in milliseconds."""
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url]
    if host:
        command[4:4] = ["-H", f"Host: {host}"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        print(out)

    def quantile(name):
        number, unit = re.search(rf"{name}%\s+([\d.]+)(us|ms|s)", out).groups()
        return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]

    return int(re.search(r"(\d+) requests in", out).group(1)), quantile("50"), quantile("99")


def http1(stage, options):
    subjects = {
        "direct": (f"http://{UPSTREAM}:{HTTP1}/", None),
        "haproxy": (f"http://{HAPROXY}:{HTTP1}/", None),
        "nginx": (f"http://{NGINX}:{HTTP1}/", None),
        "yarp": (f"http://{YARP}:{HTTP1}/", None),
        "sidecar": (f"http://{SIDECAR}:{OUTBOUND}/", "echo"),
    }

    def measure(name, subject, seconds):
        pid = stage.pids.get(name)
        before = cpu_seconds(pid) if pid else 0
        requests, p50, p99 = wrk(*subject, options.connections, seconds)
        cpu = (cpu_seconds(pid) - before) * 1e6 / requests if pid else 0
        return cpu, p50, p99, requests / seconds

    samples, cold = rounds(options, subjects, measure)
    print(f"\nHTTP/1.1, {options.connections} keep-alive connections, {len(BODY)}-byte body, proxy on one core, "
          f"median of {options.rounds} interleaved rounds of {options.seconds} s")
    print(f"{'':10}{'CPU us/request':>16}{'to haproxy':>12}{'to nginx':>10}{'to yarp':>9}{'p50 ms':>9}{'p99 ms':>9}{'requests/s':>12}{'RSS MB':>9}")
    for name in subjects:
        cpu = median(samples[name], 0)
        ratios = [f"{cpu / median(samples[other], 0):.2f}" if cpu else "-" for other in ("haproxy", "nginx", "yarp")]
        rss = f"{resident_kb(stage.pids[name]) / 1024:.0f}" if cpu else "-"
        print(f"{name:10}{f'{cpu:.1f}' if cpu else '-':>16}{ratios[0]:>12}{ratios[1]:>10}{ratios[2]:>9}"
              f"{median(samples[name], 1):>9.2f}{median(samples[name], 2):>9.2f}{median(samples[name], 3):>12.0f}{rss:>9}")
    print(f"first {options.warmup} s after start, CPU us/request: yarp {cold['yarp'][0]:.1f}, sidecar {cold['sidecar'][0]:.1f}")


def allocations(stage, options):
    name = "dotnet_gc_heap_total_allocated_bytes_total"
    wrk(f"http://{SIDECAR}:{OUTBOUND}/", "echo", options.connections, options.seconds)
    before, requests = stage.sidecar_metric(name), 0
    while requests < options.requests:
        requests += wrk(f"http://{SIDECAR}:{OUTBOUND}/", "echo", options.connections, 5)[0]
    print(f"\nsidecar: {(stage.sidecar_metric(name) - before) / requests:.0f} bytes allocated per request, over {requests} requests")


def tcp(stage, options):
    subjects = {"haproxy": (HAPROXY, TCP), "sidecar": (SIDECAR, TCP)}
    print(f"\nTCP, proxy on one core, median of {options.rounds} interleaved rounds of {options.seconds} s")
    print(f"{'':34}{'haproxy':>10}{'sidecar':>10}{'ratio':>8}{'haproxy/s':>11}{'sidecar/s':>11}")
    kinds = (
        ("U", 4, 1e9, "to the server, GB per CPU second"),
        ("D", 4, 1e9, "to the client, GB per CPU second"),
        ("P", 32, 1e3, "100 B to and fro, 1000/CPU second"),
    )
    for kind, connections, unit, title in kinds:

        def measure(name, subject, seconds):
            before = cpu_seconds(stage.pids[name])
            out = subprocess.run(tcp_peer("load", *subject, kind, connections, seconds), capture_output=True, text=True, check=True).stdout
            # What is still under way belongs to this measurement, not to the next.
            time.sleep(0.2)
            return int(out) / unit / (cpu_seconds(stage.pids[name]) - before), int(out) / unit / seconds

        samples, _ = rounds(options, subjects, measure)
        haproxy, sidecar = (median(samples[name], 0) for name in subjects)
        print(f"{title:34}{haproxy:>10.2f}{sidecar:>10.2f}{sidecar / haproxy:>8.2f}"
              f"{median(samples['haproxy'], 1):>11.2f}{median(samples['sidecar'], 1):>11.2f}")


def idle(stage, options):
    subjects = {
        "haproxy http": ("haproxy", HAPROXY, HTTP1, "http", ""),
        "sidecar http": ("sidecar", SIDECAR, OUTBOUND, "http", "echo"),
        "haproxy tcp": ("haproxy", HAPROXY, TCP, "tcp", ""),
        "sidecar tcp": ("sidecar", SIDECAR, TCP, "tcp", ""),
    }
    print("\nIdle connections, each used once: resident KB of the proxy per connection")
    for title, (name, address, port, kind, host) in subjects.items():
        # A process may have 20,000 descriptors here; a TCP connection takes two, and HAProxy sets two apart for each it may have.
        count = options.idle if title == "sidecar http" else min(options.idle, 9900)
        peer = subprocess.Popen(tcp_peer("idle", address, port, count, kind, host), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            # The first half fills memory that the process had before.
            peer.stdout.readline()
            before = resident_kb(stage.pids[name])
            peer.stdin.write("\n")
            peer.stdin.flush()
            opened = peer.stdout.readline().strip() == "open"
            each = (resident_kb(stage.pids[name]) - before) / (count - count // 2)
            print(f"{title:14}{each:>8.1f}  ({count} connections)" if opened else f"{title}: failed")
        finally:
            peer.communicate("")


def http2(stage, options):
    for (client, upstream), port in PAIRS.items():
        address = f"http://{UPSTREAM}:{HTTP2 if upstream == 2 else HTTP1}"
        yarp = stage.start(0, shutil.which("dotnet"), f"{BIN}/Yarp/release/Mesh.Yarp.dll", f"http://{YARP}:{port}", address, str(client), str(upstream))
        stage.pids[f"yarp {port}"] = yarp.pid
        wait_for_port(YARP, port)
        pair(stage, options, client, upstream, port)


def pair(stage, options, client, upstream, port):
    # The service's port says what its endpoints speak.
    authority = "echo:81" if upstream == 2 else "echo:80"
    subjects = {
        "haproxy": ("haproxy", f"http://{HAPROXY}:{port}/"),
        "yarp": (f"yarp {port}", f"http://{YARP}:{port}/"),
        "sidecar": ("sidecar", f"http://{SIDECAR}:{OUTBOUND}/"),
    }

    def load(url, seconds):
        if client == 1:
            return wrk(url, authority, options.connections, seconds)[0]
        command = ["taskset", "-c", "1", "h2load", "-t1", "-c8", "-m16", "-D", str(seconds), "-H", f":authority: {authority}", url]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return int(re.search(r"status codes: (\d+) 2xx", out).group(1))

    def measure(_, subject, seconds):
        process, url = subject
        before = cpu_seconds(stage.pids[process])
        requests = load(url, seconds)
        return (cpu_seconds(stage.pids[process]) - before) * 1e6 / requests, requests

    # Compiling goes by calls and not by time: on a busy core, seconds of warming up would measure the compiler.
    for _, url in subjects.values():
        requests = 0
        while requests < options.first:
            requests += load(url, options.seconds)

    name = "dotnet_gc_heap_total_allocated_bytes_total"
    before = stage.sidecar_metric(name)
    samples, cold = rounds(options, subjects, measure)
    requests = sum(sample[1] for sample in [*samples["sidecar"], cold["sidecar"]])
    load_is = f"{options.connections} connections" if client == 1 else "8 connections x 16 streams"
    print(f"\nHTTP/{client} to HTTP/{upstream}, cleartext, {load_is}, median of {options.rounds} interleaved rounds of {options.seconds} s "
          f"after {options.first} requests each; the sidecar allocates {(stage.sidecar_metric(name) - before) / requests:.0f} bytes a request")
    print(f"{'':10}{'CPU us/request':>16}{'to haproxy':>12}{'to yarp':>9}{'requests/s':>12}")
    for name in subjects:
        cpu = median(samples[name], 0)
        ratios = [f"{cpu / median(samples[other], 0):.2f}" for other in ("haproxy", "yarp")]
        print(f"{name:10}{cpu:>16.1f}{ratios[0]:>12}{ratios[1]:>9}{median(samples[name], 1) / options.seconds:>12.0f}")


def mtls(stage, options):
    """Two hops with mutual TLS between them."""
    pids = mutual.open_pairs(stage)
    kinds = {
        "connections are kept": {
            "haproxy": (f"http://{mutual.HAPROXY_CLIENT}:{mutual.KEPT}/", None),
            "sidecar": (f"http://{mutual.CLIENT}:{OUTBOUND}/", "kept"),
        },
        "one for each request": {
            "haproxy": (f"http://{mutual.HAPROXY_CLIENT}:{mutual.ANEW}/", None),
            "sidecar": (f"http://{mutual.CLIENT}:{OUTBOUND}/", "anew"),
        },
    }
    print(f"\nMutual TLS 1.3 (P-256) between two proxies on one core, {options.connections} keep-alive connections to the first, {len(BODY)}-byte body, "
          f"median of {options.rounds} interleaved rounds of {options.seconds} s")
    print(f"{'':32}{'first us/request':>18}{'second':>10}{'both':>10}{'to haproxy':>12}{'requests/s':>12}")
    for kind, subjects in kinds.items():

        def measure(name, subject, seconds):
            before = mutual.cpu(pids[name])
            requests, _, _ = wrk(*subject, options.connections, seconds)
            first, second = ((now - then) * 1e6 / requests for now, then in zip(mutual.cpu(pids[name]), before))
            return first, second, first + second, requests / seconds

        samples, _ = rounds(options, subjects, measure)
        for name in subjects:
            both = median(samples[name], 2)
            print(f"{kind + ', ' + name:32}{median(samples[name], 0):>18.1f}{median(samples[name], 1):>10.1f}{both:>10.1f}"
                  f"{both / median(samples['haproxy'], 2):>12.2f}{median(samples[name], 3):>12.0f}")


ALL = {"http1": http1, "alloc": allocations, "tcp": tcp, "idle": idle, "http2": http2, "mtls": mtls}
