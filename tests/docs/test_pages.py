"""What the pages say can be done: their commands, code, links and words."""

import re
import shutil
import subprocess

import pytest

from pages import NAMES, ROOT, blocks, commands, prose
from website.command_pages import commands as known_commands
from website.public_names import reference_pages

GENERATED = {f"docs/{page.place}" for page in reference_pages()} | {"docs/reference/commands.md"}
COMMANDS = known_commands()


def parameters(words):
    """The command that words name, and its options."""
    typed = ["offbeat"]
    for word in words:
        if " ".join([*typed, word]) not in COMMANDS:
            break
        typed.append(word)
    command = COMMANDS[" ".join(typed)]
    options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    return " ".join(typed), options | {"--help", "-h"}


def unknown_of(words):
    typed, options = parameters(words)
    if typed == "offbeat" and words and not words[0].startswith("-"):
        return [words[0]]
    given = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    return [name for name in given if name not in options]


def links(name):
    """Targets in the project, with what stands behind #."""
    found = re.findall(r"\]\(([^)\s]+)\)", prose(name))
    return [target.partition("#")[::2] for target in found if not re.match(r"\w+:", target)]


def anchors(path):
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.M)
    plain = [re.sub(r"[^\w\s-]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)) for heading in headings]
    return {re.sub(r"\s+", "-", heading.strip().lower()) for heading in plain}


def test_the_pages_have_commands():
    assert sum(len(commands(name)) for name in NAMES) > 80


@pytest.mark.parametrize("name", NAMES)
def test_commands_and_their_options_exist(name):
    assert {" ".join(words): unknown_of(words) for words in commands(name) if unknown_of(words)} == {}


@pytest.mark.parametrize(
    ("words", "unknown"),
    [
        (["fit", "x.csv", "--out", "m"], []),
        (["fit", "x.csv", "--outt", "m"], ["--outt"]),
        (["train", "x.csv"], ["train"]),
        (["data", "list", "--nope"], ["--nope"]),
        (["--version"], []),
    ],
)
def test_an_unknown_option_is_seen(words, unknown):
    assert unknown_of(words) == unknown


@pytest.mark.parametrize("name", NAMES)
def test_commands_in_sentences_have_options_that_exist(name):
    for code in re.findall(r"`offbeat ([^`]+)`", prose(name)):
        words = code.replace("…", "").split()
        if parameters(words)[0] != "offbeat":
            assert unknown_of([word for word in words if "[" not in word]) == [], code


@pytest.mark.parametrize("name", [name for name in NAMES if blocks(name, "python")])
def test_python_compiles(name):
    for block in blocks(name, "python"):
        compile(block, name, "exec")


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name):
    for target, anchor in links(name):
        path = (ROOT / name).parent.joinpath(target).resolve() if target else ROOT / name
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).as_posix() in GENERATED:
            continue
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path), f"{target}#{anchor}"


def test_every_page_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = [name.removeprefix("docs/") for name in NAMES if name.startswith("docs/")]
    assert [page for page in pages if f" {page}" not in navigation and not page.startswith("notebooks/")] == []


def test_names_in_sentences_are_public():
    # Classes and calls of the façade; modules are looked at by the test of the glossary.
    import offbeat

    for name in NAMES:
        for found in re.findall(r"`offbeat\.([A-Z]\w+|[a-z]\w*(?=\())", prose(name)):
            assert found in offbeat.__all__, f"{name}: offbeat.{found}"


def test_words_are_spelled():
    codespell = shutil.which("codespell") or shutil.which("codespell", path=str(ROOT / ".venv/bin"))
    if not codespell:
        pytest.skip("codespell is not installed")
    paths = [name for name in NAMES if name != "README.es.md"] + ["src", "mkdocs.yml"]
    done = subprocess.run([codespell, *paths], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_nothing_is_loaded_from_elsewhere():
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "font: false" in settings
    # With a repo_url the theme asks the host of the source for its stars.
    assert "repo_url" not in settings
    assert not re.search(r"extra_(css|javascript):.*https?:", settings)
