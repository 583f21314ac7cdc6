import shutil
from pathlib import Path

import pytest

from include.config import ConfigurationError, load_configuration

DOMPU = Path(__file__).resolve().parents[3] / "include" / "config" / "dompu"


class Folder:
    """A copy of Dompu's configuration to make mistakes in."""

    def __init__(self, path):
        self.path = path
        shutil.copytree(DOMPU, path)

    def text(self, file):
        return (self.path / file).read_text(encoding="utf-8")

    def write(self, file, content):
        target = self.path / file
        if isinstance(content, bytes):
            target.write_bytes(content)
        else:
            target.write_text(content, encoding="utf-8")

    def edit(self, file, old, new):
        text = self.text(file)
        assert old in text, f"{old!r} is not in {file}"
        self.write(file, text.replace(old, new, 1))

    def load(self):
        return load_configuration(self.path)

    def problems(self):
        """(file, key) -> problem of every mistake found."""
        with pytest.raises(ConfigurationError) as caught:
            self.load()
        found = {(problem.file, problem.key): problem for problem in caught.value.problems}
        assert len(found) == len(caught.value.problems), "one place complained about twice"
        return found


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "regency")
