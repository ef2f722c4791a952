import json
import math
import shutil

import numpy as np
import pytest
from safetensors import SafetensorError

from offbeat.errors import ModelError, OutputError
from offbeat.estimators.folder import FORMAT, read_model, write_model

CONFIG = {"detector": "pca", "settings": {"held_out": 0.15, "scaling": None, "sizes": [1, 2]}}
ARRAYS = {
    "weights": np.arange(6, dtype=np.float32).reshape(2, 3),
    "upside down": np.arange(6.0).reshape(2, 3).T[::-1],
    "seen": np.array([0, 2**64 - 1], dtype=np.uint64),
    "nothing": np.empty((0, 4)),
}


@pytest.fixture
def model(tmp_path):
    return write_model(tmp_path / "model", CONFIG, ARRAYS)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def tensors_and_buffer(path):
    """Take a safetensors file apart by its specification: a length, a header in JSON, and numbers."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def test_what_is_written_is_read(model):
    config, arrays = read_model(model)
    assert config.items() >= {"format": FORMAT, **CONFIG}.items()
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


def test_a_model_is_json_and_plain_numbers_and_nothing_else(model):
    assert names(model) == ["config.json", "weights.safetensors"]
    assert json.loads((model / "config.json").read_text(encoding="utf-8"))["format"] == FORMAT
    tensors, buffer = tensors_and_buffer(model / "weights.safetensors")
    tensors.pop("__metadata__", None)
    assert {tensor["dtype"] for tensor in tensors.values()} == {"F32", "F64", "U64"}
    spans = sorted(tensor["data_offsets"] for tensor in tensors.values())
    # The numbers lie end to end, so that there is no room for anything else.
    assert [0, *(end for _, end in spans)] == [*(start for start, _ in spans), len(buffer)]


def test_an_older_model_is_replaced_whole(model):
    write_model(model, {"detector": "knn"}, {"other": np.zeros(1)})
    config, arrays = read_model(model)
    assert config["detector"] == "knn"
    assert "settings" not in config
    assert list(arrays) == ["other"]


def test_an_empty_folder_will_do(tmp_path):
    assert read_model(write_model(tmp_path, CONFIG, ARRAYS))[0]["detector"] == "pca"


@pytest.mark.parametrize("among", [(), ("config.json",), ("config.json", "weights.safetensors")])
def test_a_folder_with_other_files_is_left_alone(tmp_path, among):
    for name in (*among, "thesis.tex"):
        (tmp_path / name).write_text("years of work")
    with pytest.raises(OutputError, match="holds other files than a model"):
        write_model(tmp_path, CONFIG, ARRAYS)
    assert names(tmp_path) == sorted([*among, "thesis.tex"])
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "model").write_text("mine")
    with pytest.raises(OutputError, match=f"{tmp_path / 'model'} "):
        write_model(tmp_path / "model", CONFIG, ARRAYS)
    assert (tmp_path / "model").read_text() == "mine"


@pytest.mark.parametrize(
    ("config", "arrays", "error"),
    [
        ({"setting": object()}, ARRAYS, TypeError),
        ({"setting": math.nan}, ARRAYS, ValueError),
        (CONFIG, {"text": np.array(["a"])}, SafetensorError),
    ],
)
def test_what_cannot_be_written_leaves_the_older_model(model, config, arrays, error):
    with pytest.raises(error):
        write_model(model, config, arrays)
    assert read_model(model)[0]["detector"] == "pca"
    assert names(model.parent) == ["model"]


def test_no_model_there(tmp_path):
    with pytest.raises(ModelError, match="expected a folder with config"):
        read_model(tmp_path / "model")
    (tmp_path / "model").write_text("a file")
    with pytest.raises(ModelError, match=f"no model at {tmp_path / 'model'}"):
        read_model(tmp_path / "model")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'"format"', b"{}", b'{"format": null}', b'{"format": "new"}', b"\xff\xfe", b'{"format": []}'],
)
def test_a_damaged_configuration(model, content):
    (model / "config.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"is damaged: config\.json cannot be read"):
        read_model(model)


def test_a_configuration_without_its_format_says_so(model):
    (model / "config.json").write_text(json.dumps(CONFIG))
    with pytest.raises(ModelError, match="no 'format' in it"):
        read_model(model)


def test_a_newer_format_asks_for_a_newer_offbeat(model):
    (model / "config.json").write_text(json.dumps({**CONFIG, "format": FORMAT + 1}))
    with pytest.raises(ModelError, match=rf"has the format {FORMAT + 1}, .* up to {FORMAT}: upgrade offbeat"):
        read_model(model)


@pytest.mark.parametrize("name", ["config.json", "weights.safetensors"])
@pytest.mark.parametrize("instead", ["nothing", "a folder"])
def test_a_part_is_missing(model, name, instead):
    (model / name).unlink()
    if instead == "a folder":
        (model / name).mkdir()
    with pytest.raises(ModelError, match=f"is damaged: {name} cannot be read"):
        read_model(model)


@pytest.mark.parametrize("keep", [0, 4, 8, 100, -1])
def test_truncated_weights(model, keep):
    weights = model / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:keep])
    with pytest.raises(ModelError, match=r"is damaged: weights\.safetensors cannot be read"):
        read_model(model)


def test_a_model_can_be_moved(model, tmp_path):
    moved = shutil.move(model, tmp_path / "elsewhere")
    assert read_model(moved)[0]["detector"] == "pca"
