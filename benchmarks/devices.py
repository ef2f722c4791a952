"""What networks gain on another device, and whether it gives the same scores: for a machine that has one.

::

    PYTHONPATH=src python benchmarks/devices.py              # cpu beside cuda or mps; two to three minutes
    PYTHONPATH=src python benchmarks/devices.py --quick      # a few seconds, on the processor where there is no other

Everything is built in: no data, no network. Each detector with a network and the classifier are trained on the
processor and on the device, the trained model is saved and loaded on both, and scores, times and a stream are compared.
Then the tests that need a device run. The exit code is 1 where scores differ by more than ``TOLERANCE``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

import offbeat
from offbeat import DeepAnT, DenseAutoencoder, ECGFormer, LSTMAutoencoder, OnlineDetector, TrainConfig
from offbeat.data.synthetic import server_metrics, voltage_curves
from offbeat.networks.devices import devices

TOLERANCE = 1e-3
"""The largest difference between scores of one model on two devices, relative to their spread."""


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """Return the wall-clock seconds of one call, the least of several."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Return the largest difference, relative to the spread of ``other``."""
    return float(np.nanmax(np.abs(one - other)) / np.nanstd(other))


def compare(make: Callable[[str], Any], normal: Any, many: Any, device: str) -> dict[str, float]:
    """Return the times on the processor and on the device, and how much scores differ."""
    score = "predict_proba" if make(device).name == "ecgformer" else "decision_function"
    found: dict[str, float] = {}
    outputs = {}
    for place in ("cpu", device):
        model = make(place)
        found[f"fit {place}"] = seconds(lambda model=model: model.fit(normal))
        outputs[place] = getattr(model, score)(many)
        with tempfile.TemporaryDirectory() as folder:
            model.save(folder)
            elsewhere = offbeat.load(folder, device="cpu")
            there = offbeat.load(folder, device=place)
        found["load"] = max(found.get("load", 0.0), difference(getattr(elsewhere, score)(many), outputs[place]))
        found[f"score {place}"] = seconds(lambda there=there: getattr(there, score)(many), 3)
        if score == "decision_function":
            found[f"one {place}"] = one_by_one(there, many)
    found["trainings"] = difference(outputs[device], outputs["cpu"])
    return found


def one_by_one(detector: Any, many: Any) -> float:
    """Return the seconds that a single series, or time step of a stream, takes."""
    if detector.kind == "collections":
        rows = [many[i : i + 1] for i in range(20)]
        for row in rows[:3]:
            detector.decision_function(row)
        return seconds(lambda: [detector.decision_function(row) for row in rows], 3) / len(rows)
    stream, values = OnlineDetector(detector), np.asarray(many.values)[:200]
    start = time.perf_counter()
    online = [stream.score_one(value) for value in values]
    took = (time.perf_counter() - start) / len(values)
    apart = difference(np.array(online), detector.live().decision_function(values))
    if not apart <= TOLERANCE:
        raise SystemExit(f"a stream on {detector.device} is {apart:.1e} off the scores of the whole")
    return took


def material(quick: bool) -> list[tuple[str, Callable[[str], Any], Any, Any]]:
    """Return the name, the maker, the normal and the other data of each estimator."""
    n, epochs = (100, 1) if quick else (2000, 4)
    curves = voltage_curves(n, n // 20, n // 20)
    normal = curves.where("normal")
    recording = server_metrics()
    start = recording.split()[0]

    def settings(config: TrainConfig) -> TrainConfig:
        return replace(config, epochs=epochs, progress=False)

    def detector(cls: Any, **more: Any) -> Callable[[str], Any]:
        train = settings(cls.default_train)
        return lambda device: cls(train=train, device=device, calibration="held-out", **more)

    config = settings(TrainConfig(batch_size=64, learning_rate=1e-3, weight_decay=1e-4))
    return [
        ("dense-autoencoder", detector(DenseAutoencoder), normal, curves),
        ("lstm-autoencoder", detector(LSTMAutoencoder), normal, curves),
        ("lstm-autoencoder, 1 value a step", detector(LSTMAutoencoder, values_per_step=1), normal, curves),
        ("deepant", detector(DeepAnT), start, recording),
        ("ecgformer", lambda device: ECGFormer(train=config, device=device), curves, curves),
    ]


def compiled_steps(device: str) -> None:
    """Print what ``torch.compile`` makes of a training step of each network, and how long it takes to compile."""
    from offbeat.networks.architecture import ECGFormerArchitecture
    from offbeat.networks.deepant import DeepAnTNetwork
    from offbeat.networks.dense_autoencoder import DenseAutoencoderNetwork
    from offbeat.networks.ecgformer import ECGFormerNetwork

    small = ECGFormerArchitecture(width=64, depth=4, heads=4, mlp_ratio=2.0, patch=8, patch_stride=4)
    networks = {
        "dense-autoencoder": (DenseAutoencoderNetwork(1, 140), (64, 1, 140)),
        "deepant": (DeepAnTNetwork(1, 10), (32, 1, 10)),
        "ecgformer": (ECGFormerNetwork(1, 187, 5, architecture=small), (64, 1, 187)),
    }
    for name, (network, shape) in networks.items():
        print(f"  a step of {name} on {device}: {compiled_step(network.to(device), torch.randn(shape, device=device))}")


def compiled_step(network: torch.nn.Module, x: torch.Tensor) -> str:
    """Return the times of a step as it is and compiled."""

    def step(run: Any) -> None:
        run(x).square().mean().backward()
        if x.is_cuda:
            torch.cuda.synchronize()

    step(network)
    plain = seconds(lambda: [step(network) for _ in range(50)], 5) / 50
    try:
        compiled = torch.compile(network)
        took = seconds(lambda: step(compiled))
        quick = seconds(lambda: [step(compiled) for _ in range(50)], 5) / 50
    except Exception as error:  # whatever the compiler lacks on this machine
        return f"{1e6 * plain:,.0f} µs; it cannot be compiled here ({type(error).__name__})"
    return (
        f"{1e6 * plain:,.0f} µs, compiled {1e6 * quick:,.0f} µs ({plain / quick:.2f} times as fast), "
        f"{took:.0f} s to compile"
    )


def main() -> None:
    """Print the comparison, run the tests, and leave with 1 where scores differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default=devices()[0], help="the device to compare with the processor")
    parser.add_argument("--quick", action="store_true", help="less data, one epoch, nothing compiled")
    parser.add_argument("--no-tests", action="store_true", help="leave the tests out")
    given = parser.parse_args()
    device, worst = given.device, 0.0
    name = torch.cuda.get_device_name() if device == "cuda" else device
    print(f"torch {torch.__version__}, {name}, {torch.get_num_threads()} threads of the processor")
    warnings.simplefilter("ignore")
    for what, make, normal, many in material(given.quick):
        found = compare(make, normal, many, device)
        worst = max(worst, found["load"])
        print(f"{what}: the same model on both differs by {found['load']:.1e}, trained apart {found['trainings']:.1e}")
        for kind, unit, factor in (("fit", "s", 1.0), ("score", "ms", 1e3), ("one", "µs", 1e6)):
            if f"{kind} cpu" in found:
                cpu, other = found[f"{kind} cpu"], found[f"{kind} {device}"]
                print(
                    f"  {kind:<5} cpu {factor * cpu:,.1f} {unit}, {device} {factor * other:,.1f} {unit}: "
                    f"{cpu / other:.2f} times as fast"
                )
    if not given.quick:
        compiled_steps(device)
    if not given.no_tests:
        tests = str(Path(__file__).parents[1] / "tests" / "detectors" / "test_devices.py")
        # Without conftest.py, which needs packages that measuring does not.
        options = ["-q", "-rs", "--noconftest", "-p", "no:cacheprovider", "-k", "device"]
        done = subprocess.run([sys.executable, "-m", "pytest", *options, tests], check=False)
        worst = max(worst, float(done.returncode))
    sys.exit(int(not worst <= TOLERANCE))


if __name__ == "__main__":
    main()
