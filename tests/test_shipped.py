from pathlib import Path

import pytest

from hypergen.shipped import BACKBONE, GENERATOR, located


@pytest.mark.parametrize(("name", "file"), [(BACKBONE, "config.json"), (GENERATOR, "bundle.json")])
def test_what_is_shipped_is_there_under_its_name(name, file):
    assert Path(located(name), file).is_file()


@pytest.mark.parametrize("name", ["bert-base-multilingual-cased", "nobody/has-this", "./hypergen-mini"])
def test_any_other_name_stays_as_it_is(name):
    assert located(name) == name
