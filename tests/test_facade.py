import ast
import doctest
import inspect
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import offbeat
from offbeat import Detector, Threshold, thresholds
from offbeat.detectors.registry import detector_classes

HEAVY = {"torch", "lightning", "matplotlib"}


def loaded_by(code):
    """The top-level modules that a fresh interpreter has loaded after running ``code``."""
    code += "\nimport json, sys; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def imports_of_the_stub():
    """What editors and type checkers read, as (module, name, the name that it is imported as)."""
    _, *imports = ast.parse(Path(offbeat.__file__).with_suffix(".pyi").read_text()).body
    assert all(isinstance(node, ast.ImportFrom) for node in imports)
    of_names = (node for node in imports if node.module != "offbeat")  # whole modules
    return [(node.module, alias.name, alias.asname) for node in of_names for alias in node.names]


def by_case(name):
    """Constants, then classes, then functions: the order that ruff keeps."""
    return (not name.isupper(), not name[0].isupper(), name)


def test_all_is_sorted_and_says_each_name_once():
    assert offbeat.__all__ == sorted(set(offbeat.__all__), key=by_case)


def test_all_is_what_can_be_had_and_what_type_checkers_see():
    modules, names, visible_as = zip(*imports_of_the_stub(), strict=True)
    assert names == visible_as, "a stub hands on what is imported as itself, and nothing else"
    assert len(set(names)) == len(names)
    assert set(names) == set(offbeat.__all__) <= set(dir(offbeat))
    assert all(module.startswith("offbeat.") for module in modules)


@pytest.mark.parametrize(("module", "name"), [found[:2] for found in imports_of_the_stub()])
def test_each_name_is_the_one_of_its_module(module, name):
    found = getattr(offbeat, name)
    if name == "__version__":
        assert found == version("offbeat")
        return
    assert found.__module__.startswith(module)
    assert found.__name__ == name


@pytest.mark.parametrize("name", sorted(set(offbeat.__all__) - {"__version__"}))
def test_each_name_has_an_example_that_runs(name):
    found = getattr(offbeat, name)
    examples = doctest.DocTestParser().get_examples(inspect.getdoc(found))
    # The base classes of detectors are there to be written on; their subclasses have examples.
    assert inspect.isabstract(found) or any(not example.options.get(doctest.SKIP) for example in examples)


def test_every_detector_and_threshold_of_offbeat_is_public():
    found = [*detector_classes().values(), *(getattr(thresholds, name) for name in thresholds.__all__)]
    ours = {cls for cls in found if inspect.isclass(cls) and cls.__module__.startswith("offbeat.")}
    kinds = {cls for cls in ours if issubclass(cls, Detector | Threshold) and not inspect.isabstract(cls)}
    assert len(kinds) > 12
    assert {cls.__name__ for cls in kinds} <= set(offbeat.__all__)


def test_the_two_loads_differ():
    assert offbeat.load is not offbeat.load_data
    assert offbeat.load_data("synthetic-curves").name == "synthetic-curves"


@pytest.mark.parametrize("name", ["Lstm", "torch", "LSTMautoencoder", "_nothing"])
def test_an_unknown_name_is_an_attribute_error(name):
    with pytest.raises(AttributeError, match=f"module 'offbeat' has no attribute {name!r}"):
        getattr(offbeat, name)


def test_import_loads_nothing_heavy():
    loaded = loaded_by("import offbeat")
    assert "offbeat" in loaded
    assert not (HEAVY | {"sklearn", "scipy", "pandas", "numpy"}) & loaded


def test_light_rooms_load_nothing_heavy():
    rooms = ["atomic", "data", "errors", "events", "files", "metrics", "records", "series", "tables"]
    loaded = loaded_by("import " + ", ".join(f"offbeat.{room}" for room in [*rooms, "thresholds"]))
    assert not HEAVY & loaded


def test_light_names_load_nothing_heavy():
    light = "Recording, Collection, Windows, Event, Severity, Tiers, Quantile, Threshold, load_data, normal_split"
    code = f"from offbeat import {light}\nnormal_split(load_data('synthetic-heartbeats'), '1')"
    assert not HEAVY & loaded_by(code)


def test_loading_data_needs_no_signal_processing():
    assert "scipy" not in loaded_by("import offbeat; offbeat.load_data; offbeat.open_record")


def test_star_gives_what_all_says():
    given = {}
    exec("from offbeat import *", given)
    assert set(given) - {"__builtins__"} == set(offbeat.__all__)


@pytest.mark.parametrize("name", ["metrics", "testing", "thresholds"])
def test_public_modules_can_be_had_without_an_import_of_their_own(name):
    assert f"offbeat.{name}" not in offbeat.__all__
    code = f"import offbeat, sys\nassert not 'torch' in sys.modules\nassert offbeat.{name}.__all__"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert name in dir(offbeat)
