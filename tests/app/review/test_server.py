import json
import sys
import urllib.error
import urllib.request

import pytest

from offbeat.app.review.serving import check_extra, serving
from offbeat.app.review.session import ReviewSession
from offbeat.errors import MissingExtraError, OutputError
from offbeat.records import Annotations, read_annotations, write_annotations

pytest.importorskip("uvicorn")
pytest.importorskip("starlette")


class Client:
    """Asks a running server, by its whole address."""

    def __init__(self, address):
        self.address = address

    def send(self, path, body=None, address=None, **headers):
        """Return the status, the body and the headers of an answer."""
        url = (address or self.address) + path
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(url, data=body, headers=named)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read(), error.headers

    def ask(self, path, expected=200):
        status, body, _ = self.send(path)
        assert status == expected, body
        return json.loads(body)

    def tell(self, path, expected=200, **said):
        status, body, _ = self.send(path, json.dumps(said).encode(), content_type="application/json")
        assert status == expected, body
        return json.loads(body)


@pytest.fixture
def client(session):
    with serving(session) as server:
        yield Client(server.address)


def test_the_page_gets_the_record_its_beats_and_its_signal(client, session, record):
    facts = client.ask("record")
    assert facts["notice"].startswith("Research software")
    assert (facts["name"], facts["leads"], facts["samples"]) == ("strip", ["II"], record.n_times)
    assert facts["beats"]["sample"] == [beat.sample for beat in session.beats.values()]
    assert [tuple(each) for each in facts["worth"]] == session.worth
    assert facts["rhythms"] == [[int(session.others.samples[0]), record.n_times, "N", "sinus rhythm"]]
    piece = client.ask("signal?start=0&stop=500&points=2000")
    assert len(piece["leads"][0]["values"]) == 500
    assert client.ask(f"peak?near={session.beats[3].sample + 9}")["sample"] == pytest.approx(
        session.beats[3].sample, abs=2
    )


def test_unreadable_stretches_are_told(record, tmp_path):
    noisy = Annotations([10, 50, 90, 800], ["~", "~", "N", "~"], 250.0, ["noise", "", "", ""], [-1, 0, 0, 2])
    with serving(ReviewSession(record, noisy, tmp_path / "strip.rev")) as server:
        told = Client(server.address).ask("record")["unreadable"]
    assert told == [[10, 50, "noise"], [800, record.n_times, "noise"]]


def test_steps_are_taken_undone_and_saved(client, session):
    answer = client.tell("name", number=0, name="V")
    assert (answer["beats"]["symbol"], answer["beats"]["was"], answer["state"]["unsaved"]) == (["V"], ["N"], 1)
    assert client.tell("confirm", numbers=[1, 2])["beats"]["reviewed"] == [1, 1]
    added = client.tell("add", sample=session.beats[4].sample + 50, name="S")
    assert client.tell("undo")["removed"] == added["beats"]["number"]
    saved = client.tell("save")
    assert (saved["saved"], saved["state"]["unsaved"]) == (str(session.place), 0)
    found = read_annotations(session.place)
    assert found.symbols[found.samples == session.beats[0].sample].tolist() == ["V"]


def test_a_conflict_is_told_apart_and_a_copy_is_the_way_out(client, session):
    client.tell("name", number=0, name="V")
    write_annotations(Annotations([5], ["N"]), session.place)
    assert "another program" in client.tell("save", expected=409)["error"]
    assert client.tell("save", copy=True)["state"]["file"] == "strip.rev2"


def test_done_saves_and_ends_the_server(session):
    with serving(session) as server:
        client = Client(server.address)
        client.tell("name", number=0, name="V")
        client.tell("done")
        server.wait()
        with pytest.raises(urllib.error.URLError):
            client.send("record")
    assert len(read_annotations(session.place))


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("name", {}),
        ("name", {"number": "0", "name": "V"}),
        ("name", {"number": True, "name": "V"}),
        ("name", {"number": 0, "name": ["V"]}),
        ("name", {"number": 0, "name": "W"}),
        ("name", {"number": 10**9, "name": "V"}),
        ("confirm", {"numbers": 3}),
        ("confirm", {"numbers": [0.5]}),
        ("add", {"sample": 10**30, "name": "V"}),
        ("add", {"sample": -5, "name": "V"}),
    ],
)
def test_nonsense_is_refused_with_a_reason_and_changes_nothing(client, session, path, said):
    assert client.tell(path, expected=400, **said)["error"]
    assert session.version == 0


@pytest.mark.parametrize(
    "path", ["signal", "signal?start=0&stop=1e9&points=9", "signal?start=0&stop=99999999&points=9", "peak?near=-1"]
)
def test_questions_out_of_bounds_are_refused(client, path):
    assert client.ask(path, expected=400)["error"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 100_000, b" " * (2 << 20)])
def test_bodies_that_are_no_object_are_refused(client, session, body):
    assert client.send("undo", body, content_type="application/json")[0] == 400
    assert session.version == 0


# Who may ask


@pytest.mark.parametrize("path", ["", "record", "page/main.js", "signal?start=0&stop=9&points=9"])
@pytest.mark.parametrize("token", ["", "wrong/", "../", "%2e%2e/"])
def test_nothing_is_told_without_the_token(client, path, token):
    base = client.address.rsplit("/", 2)[0]
    status, body, _ = client.send(token + path, address=f"{base}/")
    assert status == 403
    assert b"whole address" in body


def test_nothing_is_saved_without_the_token(client, session):
    session.name(0, "V")
    base = client.address.rsplit("/", 2)[0]
    assert client.send("save", b"{}", address=f"{base}/", content_type="application/json")[0] == 403
    assert not session.place.exists()


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example:80", "localhost.evil.example:1", ""]
)
def test_names_of_other_sites_that_point_here_are_refused(client, host):
    assert client.send("record", host=host)[0] in (400, 403)


def test_pages_of_other_sites_are_refused(client, session):
    said = b'{"number": 0, "name": "V"}'
    for origin in ("http://evil.example", "null", "https://127.0.0.1"):
        assert client.send("name", said, content_type="application/json", origin=origin)[0] == 403
    assert client.send("name", said, content_type="text/plain")[0] == 400  # what a form of another page could send
    assert session.version == 0
    own = client.address.rsplit("/", 2)[0]
    assert client.send("name", said, content_type="application/json", origin=own)[0] == 200


@pytest.mark.parametrize(
    "path", ["page/../server.py", "page/%2e%2e%2fserver.py", "page/nothing.js", "page//etc/passwd"]
)
def test_only_files_of_the_page_are_served(client, path):
    assert client.send(path)[0] == 404


@pytest.mark.parametrize("path", ["", "record", "page/review.css", "page/nothing"])
def test_every_answer_keeps_the_browser_to_this_page(client, path):
    _, _, headers = client.send(path)
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_page_needs_nothing_from_elsewhere(client):
    page = client.send("")[1].decode()
    assert "http" not in page.replace("http-equiv", "")
    assert "onclick" not in page
    assert "<style" not in page
    for name in ("main", "model", "paper", "overview", "choices", "signal", "server", "colours"):
        status, body, headers = client.send(f"page/{name}.js")
        assert status == 200
        assert headers.get_content_type() == "text/javascript"
        assert b"http" not in body
        assert b"innerHTML" not in body


def test_it_listens_on_this_machine_alone_at_an_address_nobody_can_guess(session):
    with serving(session) as first, serving(session) as second:
        assert first.address.startswith("http://127.0.0.1:")
        tokens = {server.address.split("/")[3] for server in (first, second)}
        assert len(tokens) == 2
        assert min(map(len, tokens)) >= 32
        port = int(first.address.split(":")[2].split("/")[0])
        with pytest.raises(OutputError, match="--port"), serving(session, port):
            pass


def test_without_the_extra_the_error_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(MissingExtraError, match=r"uvicorn.*offbeat\[review\]"):
        check_extra()
