"""Whatever stands in the files, the answer is a configuration or a list of mistakes, never a crash."""

import copy
import shutil

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.config import ConfigurationError, load_configuration
from include.config.load import YAML_FILES
from tests.unit.config.conftest import DOMPU

SOUND = {name: yaml.safe_load((DOMPU / name).read_text(encoding="utf-8")) for name in YAML_FILES}
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), st.text(max_size=20), st.dates(),
    st.sampled_from([[], {}, [[]], [None], [{}], {"a": {}}, {1: 2}, ["2024-01"], "2024-02-30", "../x", "x@y", "0001-01-01"]),
)  # fmt: skip


def places(node, path=()):
    """Every place in a tree of lists and dictionaries."""
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


PLACES = [(name, path) for name, data in SOUND.items() for path in places(data)]


def put(node, path, value):
    if not path:
        return value
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(change=st.sampled_from(PLACES), value=ODD)
def test_one_odd_value_anywhere(tmp_path, change, value):
    folder = tmp_path / "regency"
    shutil.copytree(DOMPU, folder, dirs_exist_ok=True)
    file, path = change
    data = copy.deepcopy(SOUND[file])
    whole = put(data, path, value)
    (folder / file).write_text(
        yaml.safe_dump(whole if not path else data, allow_unicode=True), encoding="utf-8"
    )
    _loads_or_complains(folder)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file=st.sampled_from([*YAML_FILES, "villages.csv", "village_aliases.csv"]),
    content=st.binary(max_size=200),
    at=st.integers(0, 3000),
)
def test_odd_bytes_anywhere(tmp_path, file, content, at):
    folder = tmp_path / "regency"
    shutil.copytree(DOMPU, folder, dirs_exist_ok=True)
    sound = (DOMPU / file).read_bytes()
    (folder / file).write_bytes(sound[:at] + content + sound[at:])
    _loads_or_complains(folder)


def _loads_or_complains(folder):
    try:
        load_configuration(folder)
    except ConfigurationError as error:
        for problem in error.problems:
            assert problem.allowed
            assert str(problem).isprintable()
