import pytest

from hypergen.comparison.methods import ALIASES, GRIDS, parse_method
from hypergen.comparison.starts import CONTROLS, STARTS
from hypergen.errors import HypergenError

SPECS = ["seq_bn", "seq_bn_inv", "lora", "seq_bn_but_last"]
LESSONS = ["mlm", "flm", "edges"]


def parsed(name):
    return parse_method(name, generators=["mad-g", "ours"], specs=SPECS, lessons=LESSONS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("none", ("none", "", "seq_bn", None)),
        ("full", ("none", "", "seq_bn", "backbone")),
        ("mad-x", ("scratch", "", "seq_bn", "adapter")),
        ("mad-x/lora", ("scratch", "", "lora", "adapter")),
        ("mad-x-2.0", ("scratch", "", "seq_bn_but_last", "adapter")),
        ("mad-g/seq_bn_but_last", ("mad-g", "", "seq_bn_but_last", None)),
        ("mad-x-sparse/lora", ("scratch", "", "lora", "sparse")),
        ("mad-x-wider", ("scratch", "", "seq_bn", "wider")),
        ("mad-g/lora+wider", ("mad-g", "", "lora", "wider")),
        ("mad-g+sparse", ("mad-g", "", "seq_bn", "sparse")),
        ("mad-x-shared", ("shared", "", "seq_bn", "adapter")),
        ("one", ("shared", "", "seq_bn", None)),
        ("tipa+adapter", ("tipa", "", "seq_bn", "adapter")),
        ("nearest-cosine", ("nearest-cosine", "", "seq_bn", None)),
        ("ours:swapped/lora+adapter", ("ours", "swapped", "lora", "adapter")),
        ("mad-g+embedding", ("mad-g", "", "seq_bn", "embedding")),
        ("lineage+adapter", ("lineage", "", "seq_bn", "adapter")),
        ("mad-g:learned", ("mad-g", "learned", "seq_bn", None)),
    ],
)
def test_a_name_says_start_control_kind_and_what_is_tuned(name, expected):
    method = parsed(name)
    assert (method.start, method.control, method.spec, method.tuned) == expected
    assert method.name == name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mad-h", "no start 'mad-h'; did you mean mad-"),
        ("mad-g/lorra", "no adapter method 'lorra'; did you mean lora"),
        ("mad-g:swaped", "no control 'swaped'; did you mean swapped"),
        ("tipa:swapped", "tipa is no generator"),
        ("mad-g+weights", "no thing to tune 'weights'; there are adapter, wider, sparse, embedding, backbone"),
        ("mad-x+adapter", "says twice what is tuned: mad-x is scratch+adapter"),
        ("mad-x-2.0/lora", "says twice its adapter method: mad-x-2.0 is scratch/seq_bn_but_last+adapter"),
        ("none+sparse", "does not go together"),
        ("mad-g+backbone", "does not go together"),
        ("none+adapter", "does not go together"),
        ("tipa+embedding", "tunes an embedding, which tipa has not"),
        ("scratch", "changes nothing, as none does"),
        ("mad-g:learned+embedding", "tunes an embedding, which mad-g:learned has not"),
        ("zgul+adapter", "tunes a mixture of adapters; leave out +adapter"),
        ("emea/seq_bn_inv", "mixes adapters of seq_bn_inv, which emea cannot; take seq_bn"),
        ("mad-g+", "is no method; write START"),
        ("mad-x@flmm", "no lesson 'flmm'; did you mean flm"),
        ("mad-g@flm", "learns nothing of a language's text; leave out @flm"),
        ("mad-x@flm@mlm", "learns 2 things; name one, or fuse them"),
        ("fuse@flm", "fuses 1 adapters; name two lessons"),
        ("fuse", "fuses 0 adapters; name two lessons"),
    ],
)
def test_a_name_that_means_nothing_is_refused_with_a_sentence(name, words):
    with pytest.raises(HypergenError, match=words.replace("+", r"\+")):
        parsed(name)


def test_a_method_is_run_without_text_or_with_all_amounts_of_it():
    assert parsed("mad-g").amounts([0, 10, None]) == [0]
    assert parsed("mad-g+adapter").amounts([0, 10, None]) == [10, None]


def test_what_is_chosen_is_that_of_what_is_trained():
    assert parsed("none").grid == parsed("mad-x").untuned.grid == {}
    assert parsed("tipa").grid.keys() == {"source_lr", "temperature"}
    assert parsed("tipa+adapter").grid == GRIDS["adapter"]
    assert parsed("mad-g:shuffled").grid == GRIDS["source"]


@pytest.mark.parametrize("name", [name for name in (*STARTS, *ALIASES) if name not in ("scratch", "fuse")])
def test_every_start_is_a_method_and_says_what_it_is(name):
    assert parsed(name).entry.about


@pytest.mark.parametrize("control", [control for control in CONTROLS if control])
def test_every_control_is_a_method_of_every_generator(control):
    own = parsed(f"ours:{control}").entry.trained
    assert own == (f"ours:{control}" if control in ("shuffled", "random") else "ours")


@pytest.mark.parametrize(
    ("name", "expected", "fits"),
    [
        ("mad-x@flm", ("scratch", "adapter", ("flm",)), 1),
        ("mad-g:swapped/lora@edges+adapter", ("mad-g", "adapter", ("edges",)), 1),
        ("full@edges", ("none", "backbone", ("edges",)), 1),
        ("fuse@edges@mlm", ("scratch", "fusion", ("edges", "mlm")), 3),
        ("none", ("none", None, ()), 0),
    ],
)
def test_a_name_says_what_is_learnt_and_each_adapter_of_a_fusion_is_fitted_too(name, expected, fits):
    method = parsed(name)
    assert (method.start, method.tuned, method.lessons, method.fits) == (*expected, fits)
    assert method.untuned.lessons == ()
