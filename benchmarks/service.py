"""The service as a stranger meets it: under load for minutes, killed again and again, and asked nonsense.

Run ``python benchmarks/service.py load``, ``kill`` or ``hostile``; each prints a line of JSON. The service runs in a
process of its own, by ``offbeat serve``; what sends is in this one, so that both share the processors.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np

import offbeat

START = 1_772_000_000
WINDOW = 30
PAGE = os.sysconf("SC_PAGE_SIZE")


def wave(n: int, seed: int) -> np.ndarray:
    """A daily rhythm with noise and some spikes, rounded as JSON will carry it."""
    rng = np.random.default_rng(seed)
    values = np.sin((np.arange(n) + seed) / 9) + rng.normal(0, 0.1, n)
    values[rng.choice(n, n // 400, replace=False)] += 2
    return np.round(values, 4)


def model(folder: Path) -> offbeat.Detector:
    """A PCA that learned from such a rhythm without spikes."""
    rng = np.random.default_rng(0)
    times = (START - 86_400 + np.arange(20_000)).astype("datetime64[s]")
    normal = np.sin(np.arange(20_000) / 9) + rng.normal(0, 0.1, 20_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        detector = offbeat.PCADetector(window=WINDOW, threshold=offbeat.Quantile(0.001))
        detector.fit(offbeat.Recording(normal, timestamps=times, channels=["load"])).save(folder)
    return detector


class Server:
    """``offbeat serve`` in a process of its own, on the same port each time."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.options = folder, options
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> float:
        """Start it, and return how many seconds it took until it answered."""
        begun = time.perf_counter()
        command = [sys.executable, "-W", "ignore", "-m", "offbeat", "serve", str(self.folder / "model")]
        command += ["--data", str(self.folder / "data.db"), "--port", str(self.port), *self.options]
        log = (self.folder / "log.txt").open("a")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=one_thread())
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise SystemExit((self.folder / "log.txt").read_text())
        self.port = int(self.url.rpartition(":")[2])
        return time.perf_counter() - begun

    def end(self, number: int) -> None:
        """End it by a signal."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait()

    def megabytes(self) -> float:
        """Return its resident memory."""
        assert self.process is not None
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE / 1e6

    def cpu_seconds(self) -> float:
        """Return the processor time that it has used."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def one_thread() -> dict[str, str]:
    """Return the environment of the service: one thread for linear algebra."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@contextmanager
def serving(*options: str) -> Iterator[tuple[Server, offbeat.Detector]]:
    """A service of one model in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="offbeat-service-") as place:
        folder = Path(place)
        detector = model(folder / "model")
        server = Server(folder, *options)
        try:
            yield server, detector
        except httpx.TransportError:
            print((folder / "log.txt").read_text()[-4000:], server.process and server.process.poll(), file=sys.stderr)
            raise
        finally:
            if server.process is not None and server.process.poll() is None:
                server.end(signal.SIGKILL)


def body(keys: range, values: np.ndarray, second: int) -> bytes:
    """A push of one point of each of some streams; ``values`` has a row a stream."""
    at = START + second
    parts = (f'{{"key":"host{key}","time":{at},"values":{values[key, second]}}}' for key in keys)
    return f'{{"points":[{",".join(parts)}]}}'.encode()


def n_new(answer: dict[str, int]) -> int:
    """Return how many points of a push were stored."""
    return answer["scored"] + answer["unscored"]


async def load(args: argparse.Namespace) -> dict[str, object]:
    """All streams send a point each second, in pushes of some streams each that are spread over the second."""
    seconds = max(2 * WINDOW, round(60 * args.minutes))
    values = np.stack([np.resize(wave(2000, seed), seconds) for seed in range(args.streams)])
    groups = [range(start, min(start + args.push, args.streams)) for start in range(0, args.streams, args.push)]
    latencies: list[float] = []
    failed: dict[int, int] = {}
    memory: list[tuple[float, float]] = []
    with serving() as (server, detector):
        started = server.start()
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
        async with httpx.AsyncClient(base_url=server.url, limits=limits, timeout=60) as client:

            async def send(number: int, keys: range) -> None:
                """Send the pushes of some streams in order; how long one takes counts from when it was due."""
                for second in range(seconds):
                    due = begun + second + number / len(groups)
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                    answer = await client.post("/v1/points", content=body(keys, values, second), headers=JSON)
                    latencies.append(time.perf_counter() - due)
                    if answer.status_code != 200 or n_new(answer.json()) != len(keys):
                        failed[answer.status_code] = failed.get(answer.status_code, 0) + 1

            async def look() -> None:
                while True:
                    memory.append((time.perf_counter() - begun, server.megabytes()))
                    await asyncio.sleep(10)

            begun, looking = time.perf_counter(), asyncio.create_task(look())
            await asyncio.gather(*(send(number, keys) for number, keys in enumerate(groups)))
            looking.cancel()
            took = time.perf_counter() - begun
            memory.append((seconds, server.megabytes()))
            cpu = server.cpu_seconds()
            worst = await differences(client, detector, values, random.Random(0).sample(range(args.streams), 20))
        size = sum(file.stat().st_size for file in server.folder.glob("data.db*")) / 1e6
        server.end(signal.SIGTERM)
        again = server.start()
    ms = np.percentile(latencies, [50, 99, 99.9, 100]) * 1000
    settled = [megabytes for second, megabytes in memory if second >= min(180, seconds / 3)]
    return {
        "run": "load",
        "streams": args.streams,
        "points_per_push": args.push,
        "seconds": round(took, 1),
        "points_per_second": round(len(latencies) * args.push / took),
        "failed": failed,
        "latency_ms": dict(zip(("p50", "p99", "p99.9", "max"), ms.round(1).tolist(), strict=True)),
        "cores_used": round(cpu / took, 3),
        "rss_mb": {"start": round(memory[0][1]), "settled": round(settled[0]), "end": round(settled[-1])},
        "disk_mb": round(size),
        "start_s": round(started, 1),
        "start_again_s": round(again, 1),
        "largest_difference_from_batch": worst,
    }


async def differences(
    client: httpx.AsyncClient, detector: offbeat.Detector, values: np.ndarray, keys: list[int]
) -> float:
    """Return the largest relative difference between kept scores and those of whole recordings."""
    worst, live = 0.0, detector.live()
    for key in keys:
        found = (await client.get("/v1/series", params={"key": f"host{key}", "n": 20_000})).json()
        assert found["n_points"] == values.shape[1], (key, found["n_points"], values.shape[1])
        recording = offbeat.Recording(values[key][:20_000], channels=["load"])
        expected = live.decision_function(recording)
        scores = np.array(found["score"], dtype=float)
        assert (np.isnan(scores) == np.isnan(expected)).all()
        worst = max(worst, float(np.nanmax(np.abs(scores - expected) / (np.abs(expected) + 1e-9))))
    return worst


async def comparison(
    client: httpx.AsyncClient,
    detector: offbeat.Detector,
    values: np.ndarray,
    answered: list[tuple[range, dict[int, list[float | None]]]],
) -> dict[str, int]:
    """Compare what was answered with what is kept, and with the scores of whole recordings."""
    counts = {"points_answered": 0, "lost": 0, "twice": 0, "scores_different_from_batch": 0}
    live = detector.live()
    for keys, by_step in answered:
        steps = len(by_step)
        given = np.array([by_step[step] for step in range(steps)], dtype=float)
        for column, key in enumerate(keys):
            found = (await client.get("/v1/series", params={"key": f"host{key}", "n": 20_000})).json()
            expected = live.decision_function(offbeat.Recording(values[key][:steps], channels=["load"]))
            same = np.isclose(given[:, column], expected, rtol=1e-5, atol=1e-9, equal_nan=True)
            counts["points_answered"] += steps
            counts["lost"] += max(0, steps - found["n_points"])
            counts["twice"] += max(0, found["n_points"] - steps)
            counts["scores_different_from_batch"] += int(np.sum(~same))
    return counts


async def kill(args: argparse.Namespace) -> dict[str, object]:
    """Kill the service every so many seconds while streams send as fast as it answers, and compare all in the end."""
    seconds = round(60 * args.minutes)
    n = 200 * seconds
    streams = min(args.streams, 200)
    values = np.stack([np.resize(wave(2000, seed), n) for seed in range(streams)])
    groups = [range(start, min(start + 20, streams)) for start in range(0, streams, 20)]
    answered: dict[int, dict[int, list[float | None]]] = {number: {} for number in range(len(groups))}
    repeated = kills = unanswered = 0
    starts: list[float] = []
    with serving() as (server, detector):
        server.start()
        ends = time.perf_counter() + seconds
        async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:

            async def send(number: int) -> None:
                """Send the points of a group in order, each again until it is answered."""
                nonlocal repeated, unanswered
                for step in range(n):
                    if time.perf_counter() > ends:
                        return
                    while True:
                        try:
                            answer = await client.post(
                                "/v1/points", content=body(groups[number], values, step), headers=JSON
                            )
                        except httpx.TransportError:
                            unanswered += 1
                            await asyncio.sleep(0.1)
                            continue
                        if answer.status_code == 200:
                            break
                        await asyncio.sleep(0.1)
                    found = answer.json()
                    repeated += found["repeated"]
                    assert n_new(found) + found["repeated"] == len(groups[number]), found
                    answered[number][step] = found["score"]

            async def killer() -> None:
                nonlocal kills
                while time.perf_counter() + args.every < ends:
                    await asyncio.sleep(args.every)
                    server.end(signal.SIGKILL)
                    kills += 1
                    starts.append(await asyncio.to_thread(server.start))

            await asyncio.gather(killer(), *(send(number) for number in range(len(groups))))
            compared = await comparison(client, detector, values, list(zip(groups, answered.values(), strict=True)))
        log = (server.folder / "log.txt").read_text()
    return {
        "run": "kill",
        "seconds": seconds,
        "kills": kills,
        "streams": streams,
        "requests_unanswered": unanswered,
        "points_repeated": repeated,
        **compared,
        "start_again_s": round(max(starts, default=0.0), 1),
        "tracebacks": log.count("Traceback"),
    }


JSON = {"content-type": "application/json"}
KINDS = ("application/json", "application/x-ndjson", "text/csv", "text/plain", "")
PATHS = ("/v1/points", "/v1/points", "/v1/points", "/v1/score", "/v1/events/1/acknowledge", "/v1/reload", "/v1/none")


def nonsense(chance: random.Random, depth: int = 3) -> object:
    """Return a value of any kind."""
    plain = [
        None,
        True,
        0,
        -1,
        10**400,
        1e308,
        -0.0,
        float("nan"),
        float("inf"),
        "",
        "x" * 300,
        "\ud800",
        "2026-01-01",
        [],
        {},
    ]
    if depth == 0 or chance.random() < 0.5:
        return chance.choice(plain)
    if chance.random() < 0.5:
        return [nonsense(chance, depth - 1) for _ in range(chance.randrange(4))]
    names = ("key", "values", "time", "seq", "model", "points", "a" * 50, "")
    return {chance.choice(names): nonsense(chance, depth - 1) for _ in range(chance.randrange(4))}


def bad_body(chance: random.Random) -> bytes:
    """Return a body that hardly anybody meant."""
    good = b'{"points":[{"key":"host1","time":1772000000,"values":0.5},{"key":"host2","values":[0.5]}]}'
    broken = bytearray(good)
    for _ in range(chance.randrange(1, 6)):
        broken[chance.randrange(len(broken))] = chance.randrange(256)
    point = {"key": f"host{chance.randrange(5)}", "values": nonsense(chance, 2), "time": nonsense(chance, 1)}
    csv = b"key,time,load\n" + chance.randbytes(40) + b"\nhost1," + str(chance.random()).encode() + b",x"
    return chance.choice(
        [
            chance.randbytes(chance.randrange(200)),
            b"[" * chance.randrange(100_000),
            b'{"points":' * chance.randrange(10_000),
            bytes(broken),
            json.dumps({"points": [point]}).encode(),
            json.dumps({"points": [nonsense(chance) for _ in range(3)]}).encode(),
            csv,
            good[: chance.randrange(len(good))] + b" " * (9 << 20 if chance.random() < 0.01 else 0),
        ]
    )


async def hostile(args: argparse.Namespace) -> dict[str, object]:
    """Ask so many times in ways that nobody should, and see that the service still scores as before."""
    chance, statuses, broken = random.Random(args.seed), {}, 0
    with serving() as (server, _):
        server.start()
        before = server.megabytes()
        async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
            for _ in range(args.requests):
                content, kind = bad_body(chance), chance.choice(KINDS)
                path, method = chance.choice(PATHS), chance.choice((*["POST"] * 8, "GET", "PUT"))
                try:
                    answer = await client.request(method, path, content=content, headers={"content-type": kind})
                except httpx.TransportError:
                    broken += 1  # a body that is too large is answered before it is read
                    continue
                statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            good = await client.post("/v1/points", content=body(range(3), np.ones((3, 1)), 0), headers=JSON)
        after = server.megabytes()
        log = (server.folder / "log.txt").read_text()
    return {
        "run": "hostile",
        "requests": args.requests,
        "statuses": dict(sorted(statuses.items())),
        "connections_closed": broken,
        "status_500": sum(n for status, n in statuses.items() if status >= 500),
        "still_scores": good.status_code == 200,
        "rss_mb": [round(before), round(after)],
        "tracebacks": log.count("Traceback"),
    }


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", choices=("load", "kill", "hostile"))
    parser.add_argument("--streams", type=int, default=2000)
    parser.add_argument("--push", type=int, default=200, help="points of a push")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--every", type=float, default=20.0, help="seconds between kills")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    runs = {"load": load, "kill": kill, "hostile": hostile}
    found = asyncio.run(runs[args.run](args))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({**found, "cores": os.cpu_count(), "sender_cpu_s": round(used.ru_utime + used.ru_stime, 1)}))


if __name__ == "__main__":
    main()
