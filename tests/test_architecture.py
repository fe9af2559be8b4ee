"""What keeps the package small, layered and quick to open."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import hypergen

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "hypergen"
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
HEAVY = ("torch", "lightning", "transformers", "datasets", "numpy", "pyarrow")


def in_a_new_process(*args: str) -> str:
    """The output of a fresh interpreter that opened the package from where it is under test."""
    done = subprocess.run(
        [sys.executable, *args],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return done.stdout


def num_lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_the_core_can_be_read_in_half_an_hour():
    core = ["adapters/core.py", "adapters/bottleneck.py", "generators/madg.py", "sources/core.py", "model.py"]
    assert sum(num_lines(PACKAGE / name) for name in core) <= 800


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_has_at_most_250_lines(module):
    assert num_lines(module) <= 250


def test_every_module_has_a_test_file_in_the_same_place():
    missing = [
        module.relative_to(PACKAGE).as_posix()
        for module in MODULES
        if module.name != "__init__.py"
        and not (ROOT / "tests" / module.relative_to(PACKAGE)).with_name(f"test_{module.name}").exists()
    ]
    assert missing == []


def test_the_map_in_contributing_names_every_module():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [name for path in MODULES if f"`{(name := path.relative_to(ROOT).as_posix())}`" not in text] == []


def test_nothing_that_reads_text_is_called_a_source():
    of_data = re.compile(r"^\s*(class|def) \w*[sS]ource|\bsources: (list|Iterable)", re.MULTILINE)
    assert [path.name for path in (PACKAGE / "data").rglob("*.py") if of_data.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("name", hypergen.__all__)
def test_every_public_name_resolves_and_says_what_it_is(name):
    value = getattr(hypergen, name)
    assert name == "__version__" or (value.__doc__ or "").strip()


def test_the_public_names_are_listed_once_for_people_and_once_for_python():
    assert sorted(hypergen.__all__) == sorted({*hypergen._HOMES, "__version__"})
    assert set(hypergen.__all__) <= set(dir(hypergen))


def test_an_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(AttributeError, match=r"Adapters.*AdaptedModel"):
        hypergen.Adapters  # noqa: B018


@pytest.mark.parametrize("module", ["hypergen", "hypergen.cli"])
def test_importing_the_package_opens_no_heavy_library(module):
    loaded = in_a_new_process("-c", f"import sys, {module}; print(*sys.modules)").split()
    assert not set(HEAVY) & set(loaded)


def test_importing_the_package_opens_no_file_but_its_own_code():
    probe = (
        "import sys, typing, importlib\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == 'open' else None)\n"
        "import hypergen\n"
        "print(*[name for name in opened if not name.endswith(('.py', '.pyc')) and '.pyc.' not in name])"
    )
    assert in_a_new_process("-c", probe).split() == []


def test_importing_the_package_takes_less_than_a_twentieth_of_a_second():
    probe = "import time; start = time.perf_counter(); import hypergen; print(time.perf_counter() - start)"
    assert min(float(in_a_new_process("-c", probe)) for _ in range(5)) < 0.05


def test_help_is_there_in_half_a_second():
    def seconds() -> float:
        start = time.perf_counter()
        assert "commands:" in in_a_new_process("-c", "import sys; from hypergen.cli import main; main(['--help'])")
        return time.perf_counter() - start

    assert min(seconds() for _ in range(3)) < 0.5
