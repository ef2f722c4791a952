"""The workflows run what is pinned, may do what they need, and hold no secret."""

import re

import pytest

from pages import ROOT, read

yaml = pytest.importorskip("yaml", reason="PyYAML reads the workflows")
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request):
    return request.param.read_text(encoding="utf-8")


def test_actions_are_pinned_by_commit_and_named(workflow):
    uses = re.findall(r"uses: (.+)", workflow)
    assert uses
    for each in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each), each


def test_an_action_is_pinned_to_one_commit_everywhere():
    pins = {tuple(each.split("@")) for path in WORKFLOWS for each in re.findall(r"uses: (.+)", path.read_text("utf-8"))}
    assert len({action for action, _ in pins}) == len(pins)


def test_nothing_is_allowed_but_by_the_job(workflow):
    settings = yaml.safe_load(workflow)
    assert settings["permissions"] in ({}, {"contents": "read"})
    assert "secrets." not in workflow
    for job in settings["jobs"].values():
        assert "write-all" not in str(job.get("permissions", ""))


def test_what_is_run_is_there(workflow):
    known = set(re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.M))
    for words in re.findall(r"run: make (.+)", workflow):
        assert {word for word in words.split() if "=" not in word} <= known, words


def test_only_the_job_that_publishes_may_speak_for_the_project():
    jobs = yaml.safe_load(read(".github/workflows/release.yml"))["jobs"]
    assert jobs["build"]["permissions"] == {"contents": "read"}
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["needs"] == ["build", "attest"]


def test_tools_of_a_release_are_pinned_by_hash():
    lock = read("scripts/release/requirements.txt").replace("\\\n", " ")
    pins = [line for line in lock.splitlines() if line and not line.lstrip().startswith("#")]
    assert len(pins) > 20
    for pin in pins:
        assert re.match(r"[\w.-]+==\S+", pin), pin
        assert "--hash=sha256:" in pin, pin
    wanted = [line for line in read("scripts/release/requirements.in").splitlines() if not line.startswith("#")]
    assert {line.partition("==")[0] for line in pins} >= set(wanted)
