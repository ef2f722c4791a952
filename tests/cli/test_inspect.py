"""``offbeat inspect``: what a model folder says of itself."""

import json


def test_a_model_is_shown_and_written(offbeat, work):
    ended = offbeat("inspect", "both-model", "--json", "told.json")
    assert ended.code == 0
    for word in ("detector", "pca", "nothing but itself", "n_components", "learned.scale", "F64"):
        assert word in ended.out
    told = json.loads((work / "told.json").read_text())
    assert (told["name"], told["n_times"], told["settings"]["n_components"]) == ("pca", 20, 8)


def test_what_loading_refuses_is_shown_all_the_same(offbeat, work):
    config = json.loads((work / "both-model" / "config.json").read_text())
    config["settings"]["threshold"] = {"class": "os.system", "settings": {"command": "\x1b[31mrm"}}
    (work / "both-model" / "config.json").write_text(json.dumps(config))
    shown = offbeat("inspect", "both-model")
    assert shown.code == 0
    assert "os.system" in shown.out
    refused = offbeat("score", "new.csv", "--model", "both-model", "--out", "scores.csv")
    assert refused.code == 1
    assert "os.system is not among" in refused.err
    assert not (work / "scores.csv").exists()


def test_no_model(offbeat):
    for place in ("nowhere", "garbage", "cut-short", "both.csv"):
        ended = offbeat("inspect", place)
        assert ended.code == 1
        assert ended.err.count("\n") == 1
