from dataclasses import replace

import pytest

import hypergen as hg
from hypergen.backbones import load_tokenizer
from hypergen.data.blocks import document_hash
from hypergen.data.lines import Lines
from hypergen.recipes.arguments import TextArgs
from hypergen.recipes.parts import corpora_of
from hypergen.recipes.tuned_on import TUNED_ON, hashes_of, told_tuned_on

from .conftest import LINES


@pytest.fixture(scope="module")
def tokenizer(backbone):
    return load_tokenizer(backbone)


def test_hashes_are_of_the_cleaned_lines_that_are_trained_on(tokenizer):
    untidy = [*(f"  {line} " for line in LINES), "12"]
    few = Lines.of(untidy, tokenizer=tokenizer)
    kept = hashes_of(untidy, few.train, tokenizer=tokenizer)
    assert len(kept) == len(few.train)
    assert set(kept) <= {f"{document_hash(line):016x}" for line in LINES}
    assert hashes_of(untidy, few.train, tokenizer=tokenizer, before=["aa"]) == sorted([*kept, "aa"])


def test_too_many_lines_leave_a_note(tokenizer, monkeypatch):
    few = Lines.of(LINES, tokenizer=tokenizer)
    monkeypatch.setattr("hypergen.recipes.tuned_on.MOST", 3)
    note = hashes_of(LINES, few.train, tokenizer=tokenizer)
    assert note == "more than 3 lines, too many to keep their hashes"
    assert hashes_of(LINES, few.train[:1], tokenizer=tokenizer, before=note) == note


def test_lines_that_are_scored_and_were_tuned_on_are_counted(trained, tmp_path):
    (tmp_path / "swh_Latn.txt").write_text("\n\n".join(LINES))
    text = TextArgs(directory=tmp_path, validation_share=0.99)
    corpora, bundle = corpora_of(text), hg.Bundle.load(trained / "bundle")
    assert told_tuned_on(bundle, corpora, text=text) == ""
    known = [f"{document_hash(line):016x}" for line in LINES[:3]]
    told = told_tuned_on(replace(bundle, metrics={TUNED_ON: known}), corpora, text=text)
    assert told.startswith("3 of the ")
    assert told.endswith("lines scored were tuned on: its loss is too low; score other text.")
    noted = replace(bundle, metrics={TUNED_ON: "more than 5000 lines"})
    assert "if the text that is scored has any of them" in told_tuned_on(noted, corpora, text=text)
