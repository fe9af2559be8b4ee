import math
from dataclasses import asdict
from pathlib import Path

import pytest

from hypergen.errors import BundleError, HypergenError
from hypergen.recipes.arguments import OptimizerArgs, TaskOptimizerArgs
from hypergen.recipes.checks import (
    check_counts,
    check_new_directory,
    check_optimizer,
    check_seed,
    check_writable_directory,
    check_writable_file,
)


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1])
def test_every_seed_that_all_libraries_take_passes(seed):
    check_seed(seed)


@pytest.mark.parametrize("seed", [-1, 2**32, 10**22])
def test_any_other_seed_is_refused_with_those_that_pass(seed):
    with pytest.raises(HypergenError, match=f"seed is {seed}; expected a whole number from 0 to 4294967295"):
        check_seed(seed)


def test_a_count_is_refused_below_its_least_and_none_is_no_limit():
    check_counts({"steps": 1, "max_tokens": None})
    check_counts({"seen": 0}, least=0)
    with pytest.raises(HypergenError, match="steps is 0; it counts from 1"):
        check_counts({"steps": 0})
    with pytest.raises(HypergenError, match="seen is -1; it counts from 0"):
        check_counts({"seen": -1}, least=0)


@pytest.mark.parametrize("usual", [OptimizerArgs(), TaskOptimizerArgs()])
@pytest.mark.parametrize(
    "wrong",
    [{"lr": -1.0}, {"languages_lr": -1.0}, {"lr": math.nan}, {"lr": math.inf}, {"warmup_steps": -1},
     {"weight_decay": -1.0}, {"max_grad_norm": -1.0}, {"dropout": 2.0}, {"dropout": -1.0}, {"dropout": 1.0},
     {"patience": 0}],
    ids=str,
)  # fmt: skip
def test_an_optimizer_that_cannot_step_is_refused_by_name(usual, wrong):
    check_optimizer(asdict(usual))
    ((name, value),) = wrong.items()
    with pytest.raises(HypergenError, match=f"optimizer.{name} is {value}"):
        check_optimizer({**asdict(usual), **wrong})


@pytest.fixture
def file(tmp_path):
    (tmp_path / "file").write_text("")
    return tmp_path / "file"


def test_a_directory_is_new_if_nothing_is_there_and_it_can_be_made(tmp_path, file):
    check_new_directory(tmp_path / "a" / "b")
    for path, words in (
        (tmp_path, "exists already"),
        (file / "b" / "c", f"is to lie below {file}, which is a file"),
        (Path(), "out is empty"),
    ):
        with pytest.raises((BundleError, HypergenError), match=words):
            check_new_directory(path)
    assert not (tmp_path / "a").exists()


def test_files_go_into_a_directory_and_not_below_a_file(tmp_path, file):
    check_writable_directory(None)
    check_writable_directory(tmp_path)
    check_writable_directory(tmp_path / "a" / "b")
    with pytest.raises(HypergenError, match=r"predictions is .*file, a file, where a directory was expected"):
        check_writable_directory(file, name="predictions")
    with pytest.raises(HypergenError, match=r"predictions is to lie below .*file, which is a file"):
        check_writable_directory(file / "a", name="predictions")


def test_a_file_may_take_the_place_of_a_file_and_not_of_a_directory(tmp_path, file):
    check_writable_file(None)
    check_writable_file(file)
    check_writable_file(tmp_path / "a" / "b")
    with pytest.raises(HypergenError, match="a directory, where a file was expected"):
        check_writable_file(tmp_path)
    with pytest.raises(HypergenError, match="which is a file; choose another path"):
        check_writable_file(file / "x")


def test_what_must_not_be_written_to_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("hypergen.recipes.checks.os.access", lambda path, mode: False)
    with pytest.raises(HypergenError, match="which must not be written to"):
        check_writable_file(tmp_path / "a")
