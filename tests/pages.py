"""The pages of the project as text: their blocks of code, and the commands in them."""

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AT_THE_ROOT = ("README.md", "README.es.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md")
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / name for name in AT_THE_ROOT)])
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]

_FENCED = re.compile(r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^ *```$", flags=re.S | re.M)


def read(name):
    """The text of a page, by its path in the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name, language):
    """The blocks of code of a page in a language; "" for those without one."""
    found = [block for block in _FENCED.finditer(read(name)) if block["language"] == language]
    return [re.sub(rf"^{block['indent']}", "", block["text"], flags=re.M) for block in found]


def prose(name):
    """The text of a page without its blocks of code."""
    return _FENCED.sub("", read(name))


def shell_lines(name):
    """The lines of a page's shell blocks, without remarks, each command on one line."""
    text = "".join(block for language in ("", "sh", "bash") for block in blocks(name, language))
    return [line.partition(" #")[0].strip() for line in text.replace("\\\n", " ").splitlines()]


def commands(name):
    """The words of each offbeat command of a page, wherever it stands in its line."""
    found = []
    for line in shell_lines(name):
        for part in re.split(r"\||&&|;|>|<", line) if "offbeat " in line else ():
            words = shlex.split(part)
            begins = [i for i, word in enumerate(words[:2]) if word == "offbeat" or word.endswith("/offbeat")]
            found += [words[begin + 1 :] for begin in begins]
    return found
