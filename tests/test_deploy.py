"""The files of a deployment agree with each other, with the command and with the metrics of the service."""

import asyncio
import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from offbeat import PCADetector

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
yaml = pytest.importorskip("yaml", reason="PyYAML reads the files of a deployment")
httpx = pytest.importorskip("httpx", reason="a service needs the extra serve")
pytest.importorskip("fastapi", reason="a service needs the extra serve")

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
UNIT = (DEPLOY / "systemd" / "offbeat.service").read_text(encoding="utf-8").replace("\\\n", " ")


def read_yaml(*parts):
    return yaml.safe_load(DEPLOY.joinpath(*parts).read_text(encoding="utf-8"))


COMPOSE = read_yaml("compose.yaml")["services"]
SCRAPE = read_yaml("prometheus", "prometheus.yml")
RULES = [rule for group in read_yaml("prometheus", "rules.yml")["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "offbeat.json").read_text(encoding="utf-8"))


def in_image(instruction):
    """The JSON array behind an instruction of the Dockerfile."""
    (words,) = re.findall(rf"^{instruction} (\[.*\])$", DOCKERFILE, flags=re.M)
    return json.loads(words)


def in_unit(setting):
    (value,) = re.findall(rf"^{setting}=(.*)$", UNIT, flags=re.M)
    return value


def expressions():
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [*panels, *(rule["expr"] for rule in RULES)]


def metrics_after(app, points):
    """What Prometheus reads of a service that has scored points."""

    async def ask():
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            assert (await client.post("/v1/points", json={"points": points})).status_code == 200
            return (await client.get("/metrics")).text

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def exposed(tmp_path_factory):
    """Label names by metric, of a service with a stream, an event, a receiver and a source."""
    from prometheus_client.parser import text_string_to_metric_families

    from offbeat.service.app import service_app
    from offbeat.service.connections import Connected, Connections, Receiver
    from offbeat.service.service import Service
    from offbeat.service.sources.prometheus import PrometheusSettings

    folder, nowhere = tmp_path_factory.mktemp("service"), "http://127.0.0.1:9"
    calm = np.sin(np.arange(600) / 5) + 0.1 * np.random.default_rng(0).normal(size=600)
    PCADetector(window=20).fit(calm).save(folder / "pump")
    asked = Connections([Receiver("ops", nowhere)], [PrometheusSettings(name="up", url=nowhere, query="up", step=60)])
    points = [{"key": "a", "seq": i, "values": [9.0 if i > 40 else calm[i]]} for i in range(60)]
    service = Service(folder / "pump", folder / "service.db")
    with service.running(), Connected(service, asked) as connected:
        text = metrics_after(service_app(service, connected=connected), points)
    scraped = {"job", "instance"}  # Prometheus gives them to all that it reads
    found = {"up": scraped}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set(scraped)).update(sample.labels)
    return found


@pytest.mark.parametrize("expression", expressions())
def test_every_query_asks_for_metrics_and_labels_that_there_are(expression, exposed):
    asked = re.findall(r"\b((?:offbeat|process)_\w+|up)\b(?:\{([^}]*)\})?", expression)
    assert asked
    for metric, selector in asked:
        assert metric in exposed, metric
        assert set(re.findall(r"(\w+)=", selector)) <= exposed[metric], (metric, selector)
    labels = set().union(*(exposed[metric] for metric, _ in asked))
    for names in re.findall(r"\b(?:by|ignoring) \(([^)]*)\)", expression):
        assert set(re.split(r",\s*", names)) <= labels, names


def test_what_a_dashboard_of_grafana_needs_is_there():
    provisioned = read_yaml("grafana", "provisioning", "datasources", "prometheus.yaml")
    sources = {each["uid"]: each for each in provisioned["datasources"]}
    assert {panel["datasource"]["uid"] for panel in DASHBOARD["panels"]} == set(sources)
    assert sources["prometheus"]["url"] == "http://prometheus:9090"
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken = {}
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert taken.setdefault((x, y), panel["id"]) == panel["id"]
                assert x < 24
    (provider,) = read_yaml("grafana", "provisioning", "dashboards", "offbeat.yaml")["providers"]
    mounts = dict(volume.split(":")[:2] for volume in COMPOSE["grafana"]["volumes"])
    assert mounts["./grafana/dashboards"] == provider["options"]["path"]


def test_rules_say_what_is_wrong_and_how_bad_it_is():
    for rule in RULES:
        assert rule["annotations"]["summary"], rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning", "info"), rule["alert"]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool of Prometheus")
@pytest.mark.parametrize("check", [("rules", "rules.yml"), ("config", "--syntax-only", "prometheus.yml")])
def test_prometheus_takes_its_files(check):
    done = subprocess.run(["promtool", "check", *check], cwd=DEPLOY / "prometheus", capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "words",
    [in_image("CMD"), shlex.split(COMPOSE["offbeat"]["command"]), shlex.split(in_unit("ExecStart"))[1:]],
    ids=["image", "compose", "unit"],
)
def test_the_service_is_started_by_options_that_it_has(words):
    import typer

    from offbeat.cli.app import app

    command = typer.main.get_command(app).commands["serve"]
    known = {flag: option for option in command.params for flag in option.opts}
    words = [word for word in words if not word.startswith("$OFFBEAT_OPTIONS")]
    assert words[0] == "serve"
    assert not words[1].startswith("-")
    assert all(flag in known for flag in words[2::2]), words
    given = dict(zip(words[2::2], words[3::2], strict=True))
    assert {"--data", "--keys", "--host"} <= given.keys()
    assert given.get("--port", "8000") == str(known["--port"].default)


def test_ports_agree():
    (port,) = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, flags=re.M)
    assert f"http://127.0.0.1:{port}/ready" in DOCKERFILE
    assert COMPOSE["offbeat"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    (job,) = SCRAPE["scrape_configs"]
    assert job["static_configs"] == [{"targets": [f"offbeat:{port}"]}]
    assert f"--port {port}" in in_unit("ExecStart")
    assert f'up{{job="{job["job_name"]}"}}' in RULES[0]["expr"]


def test_nothing_is_reached_from_outside_or_taken_in_another_version():
    for name, service in COMPOSE.items():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"]), name
        tag = service["image"].rpartition(":")[2]
        assert tag == "local" or re.fullmatch(r"v?\d+\.\d+\.\d+", tag), name


def test_the_image_runs_as_nobody_and_writes_where_there_is_a_volume():
    (user,) = re.findall(r"^USER (\d+):\d+$", DOCKERFILE, flags=re.M)
    assert f"--uid {user}" in DOCKERFILE
    service = COMPOSE["offbeat"]
    assert service["read_only"]
    mounts = [volume.rpartition("}")[2] for volume in service["volumes"]]
    assert mounts == [":/models:ro", "./offbeat.toml:/etc/offbeat/offbeat.toml:ro", "data:/data"]
    for command in (in_image("CMD"), shlex.split(service["command"])):
        assert command[1] == "/models"
        assert all(command[command.index(option) + 1].startswith("/data/") for option in ("--data", "--keys"))
    assert "--config /etc/offbeat/offbeat.toml" in service["command"]


def test_the_unit_writes_to_its_own_folder_alone():
    start = in_unit("ExecStart")
    assert f"--data /var/lib/{in_unit('StateDirectory')}/" in start
    name, _, _ = in_unit("LoadCredential").partition(":")
    assert f"--keys ${{CREDENTIALS_DIRECTORY}}/{name}" in start
    assert (in_unit("DynamicUser"), in_unit("ProtectSystem"), in_unit("Restart")) == ("yes", "strict", "on-failure")


def test_files_that_are_mounted_or_copied_are_there():
    for service in COMPOSE.values():
        for volume in service.get("volumes", ()):
            if volume.startswith("./"):
                assert (DEPLOY / volume.partition(":")[0]).exists(), volume
        for file in (service[key] for key in ("env_file",) if key in service):
            assert (DEPLOY / f"{file}.example").is_file()
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for copied in re.findall(r"^COPY (?!--)(.*) \S+$", DOCKERFILE, flags=re.M):
        for name in copied.split():
            assert (ROOT / name).exists(), name
            assert f"!{name}" in sent


def test_the_receivers_and_sources_of_the_example_can_be_had(tmp_path, monkeypatch):
    from offbeat.service.connections import Connections, read_connections

    example = (DEPLOY / "offbeat.toml").read_text(encoding="utf-8")
    assert read_connections(DEPLOY / "offbeat.toml") == Connections([], [])
    # Settings are commented out; remarks have no equals sign.
    shown = re.sub(r"^# (?=\[\[|\w+ = )", "", example, flags=re.M)
    (tmp_path / "all.toml").write_text(shown, encoding="utf-8")
    for variable in re.findall(r'_env = "(\w+)"', shown):
        monkeypatch.setenv(variable, "https://hooks.slack.com/services/x")
    found = read_connections(tmp_path / "all.toml")
    names = [each.name for each in (*found.receivers, *found.sources)]
    assert names == re.findall(r'^name = "(\w+)"', shown, flags=re.M)


def test_the_pinned_versions_are_those_that_the_project_allows():
    pinned = {
        canonicalize_name(Requirement(line).name): Requirement(line)
        for line in (DEPLOY / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    }
    (extras,) = re.findall(r"^ARG EXTRAS=(.*)$", DOCKERFILE, flags=re.M)
    needed = [*PROJECT["dependencies"]]
    for extra in (*extras.split(","), "deep"):
        needed += PROJECT["optional-dependencies"][extra]
    for requirement in map(Requirement, needed):
        (version,) = pinned[canonicalize_name(requirement.name)].specifier
        assert Version(version.version) in requirement.specifier, requirement
    (python,) = re.findall(r"^ARG PYTHON=python:(\d+\.\d+)-slim", DOCKERFILE, flags=re.M)
    assert Version(python) in SpecifierSet(PROJECT["requires-python"])
