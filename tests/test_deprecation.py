"""What goes still works, and the warning points at who uses it, names what to use, and when it is gone."""

import importlib
import pkgutil
import warnings

import pytest

import offbeat
from offbeat.deprecation import DEPRECATED, deprecated, renamed_attribute, renamed_parameter, warn_deprecated
from offbeat.errors import ParameterError


@deprecated("evaluate()", gone_in="99.0")
def judge(a, b=1):
    return a + b


@renamed_parameter("noun", "kind", gone_in="99.0")
def load(data, kind="auto"):
    return data, kind


class Rule:
    cut_ = renamed_attribute("value_", gone_in="99.0")

    def __init__(self):
        self.value_ = 3


def warned(use):
    """What using it gives, and the only warning."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        found = use()
    (warning,) = seen
    assert warning.category is DeprecationWarning
    return found, warning


@pytest.mark.parametrize(
    ("use", "found", "message"),
    [
        (lambda: judge(2, b=3), 5, "judge() is deprecated and will be gone in offbeat 99.0: use evaluate()"),
        (lambda: load("x", noun="beats"), ("x", "beats"), "load(noun=) is deprecated and .* use kind="),
        (lambda: Rule().cut_, 3, "Rule.cut_ is deprecated and .* use value_"),
        (lambda: warn_deprecated("--noun", "--kind", "99.0"), None, "--noun is deprecated and .* use --kind"),
    ],
)
def test_it_works_and_says_what_to_use(use, found, message):
    got, warning = warned(use)
    assert got == found
    for part in message.split(" .* "):
        assert part in str(warning.message)
    assert warning.filename == __file__
    assert warning.lineno == use.__code__.co_firstlineno


def test_the_new_name_is_quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load("x", kind="beats") == ("x", "beats")
        assert Rule().value_ == 3


def test_an_attribute_is_set_by_its_old_name():
    rule = Rule()
    _, warning = warned(lambda: setattr(rule, "cut_", 7))
    assert rule.value_ == 7
    assert warning.filename == __file__


def test_it_points_past_lines_of_offbeat():
    # As if a method of the package used what goes on behalf of its caller.
    inner = {"judge": judge}
    exec(compile("def use(x):\n    return judge(x)\n", f"{offbeat.__path__[0]}/made_up.py", "exec"), inner)
    found, warning = warned(lambda: inner["use"](2))
    assert found == 3
    assert warning.filename == __file__


def test_both_names_at_once_are_refused():
    with pytest.raises(ParameterError, match="expected kind=, got noun= as well"):
        load("x", noun="beats", kind="beats")


def test_a_parameter_that_is_not_there_cannot_be_the_new_one():
    with pytest.raises(ValueError, match="no parameter 'sort'"):
        renamed_parameter("noun", "sort", gone_in="99.0")(load)


def test_nothing_outstays_its_time():
    for module in pkgutil.walk_packages(offbeat.__path__, "offbeat."):
        if not module.name.endswith("__main__"):
            try:
                importlib.import_module(module.name)
            except ImportError:  # of an extra that is not installed
                continue
    assert overdue(offbeat.__version__, DEPRECATED) == []


def overdue(version, listed):
    """What should be gone in a version."""
    parts = {name: tuple(map(int, gone_in.split("."))) for name, gone_in in listed.items()}
    return sorted(name for name, gone_in in parts.items() if gone_in <= tuple(map(int, version.split("."))))


def test_what_is_past_its_version_is_seen():
    assert overdue("0.4.0", {"a": "0.4", "b": "0.3", "c": "0.4.1", "d": "1.0"}) == ["a", "b"]
