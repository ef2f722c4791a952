"""Detectors of other packages: found by their entry points, and named where they fail or are missing."""

import json
import re
import sys
import textwrap
import tomllib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import offbeat
from offbeat.detectors.registry import detector_class, detector_classes
from offbeat.errors import MissingModuleError, ModelError, ParameterError, PluginError, PluginWarning
from offbeat.testing import check_detector, long_wave

SOURCE = """
    import numpy as np
    from offbeat import Detector

    class Range(Detector):
        '''How far the values of a window lie apart, beside what is usual.'''

        name = "{name}"

        def _fit(self, train, held_out):
            self.usual_ = np.ptp(train, axis=2).mean()

        def _score(self, values):
            return np.abs(np.ptp(values, axis=2) - self.usual_).sum(axis=1)

        def _explain(self, values):
            shares = np.ones(values.shape) / values[0].size * self._score(values)[:, None, None]
            return np.full(values.shape, np.nan), shares

        def _arrays(self):
            return {{"usual": np.array([self.usual_])}}

        def _restore(self, arrays):
            self.usual_ = float(arrays["usual"][0])

        @classmethod
        def example(cls):
            return cls(window=8)
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Return a function that makes a package as pip leaves it, in a folder of its own on the path."""
    made = []

    def make(package, entries, source=SOURCE, **values):
        folder, module = tmp_path / package, package.replace("-", "_")
        facts = folder / f"{module}-1.0.dist-info"
        facts.mkdir(parents=True)
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {module}:{cls}" for name, cls in entries.items()]
        (facts / "entry_points.txt").write_text("\n".join(["[offbeat.detectors]", *lines, ""]))
        (folder / f"{module}.py").write_text(textwrap.dedent(source).format(**{"name": next(iter(entries))} | values))
        monkeypatch.syspath_prepend(str(folder))
        made.append(module)

    yield make
    for module in made:
        sys.modules.pop(module, None)


@pytest.fixture
def model(install, tmp_path):
    """A saved model of a plug-in."""
    install("acme-range", {"acme-range": "Range"})
    return detector_class("acme-range")(window=8).fit(long_wave(200)).save(tmp_path / "model")


def uninstall(monkeypatch):
    monkeypatch.setattr(sys, "path", [place for place in sys.path if "acme-range" not in place])
    own = sys.modules.pop("acme_range")
    own.Range.name = ""  # as if it had never been imported


def test_a_plug_in_is_a_detector_like_any_other(install, tmp_path):
    install("acme-range", {"acme-range": "Range"})
    cls = detector_class("acme-range")
    assert detector_classes()["acme-range"] is cls
    detector = cls(window=8).fit(long_wave(200))
    loaded = offbeat.load(detector.save(tmp_path / "model"))
    assert type(loaded) is cls
    assert np.array_equal(loaded.decision_function(long_wave(50)), detector.decision_function(long_wave(50)), True)


def test_names_of_offbeat_are_found_without_a_look_at_plug_ins(install):
    install("acme-broken", {"pca": "Range"}, source="raise RuntimeError")
    assert detector_class("pca") is offbeat.PCADetector


@pytest.mark.parametrize(
    ("entries", "source", "reason"),
    [
        ({"bad": "Range"}, "raise RuntimeError('no licence')", "no licence"),
        ({"bad": "Range"}, "raise SystemExit('gone')", "gone"),
        ({"bad": "Missing"}, SOURCE, "Missing"),
        ({"bad": "np"}, SOURCE, "is no Detector"),
        ({"bad": "Detector"}, SOURCE, "is no Detector"),
        ({"bad": "Range"}, SOURCE.replace("{name}", "other-{name}"), "expected Range.name to be 'bad'"),
        ({"pca": "Range"}, SOURCE, "offbeat has a detector of that name"),
    ],
)
def test_a_plug_in_that_fails_is_named_and_stops_nothing_else(install, entries, source, reason):
    install("acme-bad", entries, source)
    install("acme-good", {"acme-good": "Range"})
    with pytest.warns(PluginWarning, match=f"acme-bad.*{reason}"):
        classes = detector_classes()
    assert classes["acme-good"].__module__ == "acme_good"
    assert classes["pca"] is offbeat.PCADetector
    if "bad" in entries:
        assert "bad" not in classes
        with pytest.raises(PluginError, match=f"acme-bad.*{reason}"):
            detector_class("bad")


def test_two_packages_with_one_name_are_refused(install):
    install("acme-one", {"twice": "Range"})
    install("acme-two", {"twice": "Range"})
    with pytest.raises(PluginError, match="acme-one and acme-two"):
        detector_class("twice")
    with pytest.warns(PluginWarning, match="acme-one and acme-two"):
        assert "twice" not in detector_classes()


def test_an_unknown_name_lists_plug_ins_too(install):
    install("acme-range", {"acme-range": "Range"})
    with pytest.raises(ParameterError, match="did you mean 'acme-range'"):
        detector_class("acme-rang")


def test_a_model_of_a_plug_in_says_what_it_needs(model, monkeypatch):
    uninstall(monkeypatch)
    with pytest.raises(MissingModuleError, match=r"'acme-range' \(acme_range:Range\) of the package acme-range.*not"):
        offbeat.load(model)


def test_a_mixture_says_so_of_its_parts(install, tmp_path, monkeypatch):
    install("acme-range", {"acme-range": "Range"})
    parts = (detector_class("acme-range")(), offbeat.NaiveForecast())
    folder = offbeat.MixedDetector(parts=parts, window=8).fit(long_wave(200)).save(tmp_path / "mixed")
    assert isinstance(offbeat.load(folder), offbeat.MixedDetector)
    uninstall(monkeypatch)
    with pytest.raises(MissingModuleError, match="acme-range"):
        offbeat.load(folder)


def test_a_model_of_a_class_of_ones_own_names_its_module(tmp_path):
    own = ModuleType("my_detectors")
    exec(textwrap.dedent(SOURCE).format(name="mine"), vars(own))
    own.Range.__module__ = "my_detectors"
    folder = own.Range(window=8).fit(long_wave(200)).save(tmp_path / "model")
    assert type(offbeat.load(folder)) is own.Range
    own.Range.name = ""
    with pytest.raises(MissingModuleError, match=r"my_detectors:Range.*import its module"):
        offbeat.load(folder)


@pytest.mark.parametrize("needs", [3, "text", [3], [{"detector": 3}], {"detector": "pca"}, [[]]])
def test_whatever_a_model_claims_to_need_is_refused_in_one_sentence(model, needs):
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"needs": needs}))
    with pytest.raises(ModelError, match="damaged"):
        offbeat.load(model)


def test_no_module_is_imported_because_a_model_names_it(model, tmp_path, monkeypatch):
    (tmp_path / "acme_trap.py").write_text("raise SystemExit('it was run')")
    monkeypatch.syspath_prepend(str(tmp_path))
    config = json.loads((model / "config.json").read_text())
    config["needs"] = [{"detector": "nothing", "class": "acme_trap:Range", "package": "acme-trap"}]
    (model / "config.json").write_text(json.dumps(config))
    with pytest.raises(MissingModuleError, match=r"acme_trap:Range"):
        offbeat.load(model)


def test_the_package_that_the_page_on_plug_ins_shows_works(install):
    page = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")
    source, *_ = re.findall(r"^```python\n(.*?)^```$", page, flags=re.S | re.M)
    (facts,) = re.findall(r"^```toml\n(.*?)^```$", page, flags=re.S | re.M)
    project = tomllib.loads(facts)["project"]
    ((name, place),) = project["entry-points"]["offbeat.detectors"].items()
    source = source.replace("{", "{{").replace("}", "}}")
    install(project["name"], {name: place.partition(":")[2]}, source)
    check_detector(detector_class(name)())
