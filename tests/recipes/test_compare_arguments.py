from pathlib import Path

from hypergen.recipes.compare_arguments import ArtificialArgs, ComparedTextArgs


def test_nobody_is_chosen_on_who_is_reported_by_default():
    args = ArtificialArgs()
    assert args.development_languages > 0
    assert args.report_languages > 0


def test_text_names_its_own_held_back_domains():
    args = ComparedTextArgs(train=Path("a"), target=Path("b"), held_back={"bible": Path("c")})
    assert args.splits == Path("configs/languages/splits.yaml")
