import lzma

import pytest

from hypergen.data.tasks.files import read_conll, read_conllu, read_labelled, read_tsv
from hypergen.data.tasks.task import NER, PARSING, POS, SENTIMENT
from hypergen.errors import CorpusError, TaskError

CONLLU = """\
# sent_id = 1
# text = Anakula vitabu.
1-2\tAnakula\t_\t_\t_\t_\t_\t_\t_\t_
1\tana\t_\tAUX\t_\t_\t2\taux:tense\t_\t_
2\tkula\t_\tVERB\t_\t_\t0\troot\t_\t_
2.1\t_\t_\tPRON\t_\t_\t_\t_\t2:nsubj\t_
3\t# vitabu\t_\tNOUN\t_\t_\t2\tobj\t_\t_

1\tNdiyo\t_\tINTJ\t_\t_\t0\troot\t_\t_
"""


@pytest.fixture
def file(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_bytes(lzma.compress(text.encode()) if name.endswith(".xz") else text.encode())
        return path

    return write


def pairs(sentences):
    return [list(zip(sentence.words, sentence.labels, strict=True)) for sentence in sentences]


@pytest.mark.parametrize("gap", ["\t", " "])
@pytest.mark.parametrize("name", ["a.conll", "a.conll.xz"])
def test_a_word_and_its_label_stand_on_a_line_and_a_blank_line_ends_a_sentence(file, name, gap):
    text = "# a comment\nJuma B-PER\nalikuja O\n\n\n-DOCSTART- O\n\nLeo B-DATE".replace(" B", gap + "B").replace(
        " O", gap + "O"
    )
    path = file(name, text)
    found = read_labelled(path, task=NER)
    assert pairs(found) == [[("Juma", "B-PER"), ("alikuja", "O")], [("Leo", "B-DATE")]]
    assert found[1].place == f"{path}, line 8"


def test_a_hash_may_be_a_word_and_a_word_may_have_spaces(file):
    assert pairs(read_conll(file("a.conll", "#\tO\nHà Nội\tB-LOC\n"))) == [[("#", "O"), ("Hà Nội", "B-LOC")]]
    assert pairs(read_conll(file("b.conll", "a O\n# O\n"))) == [[("a", "O"), ("#", "O")]]


def test_uner_has_numbers_before_its_words(file):
    path = file("en_ewt-ud-dev.iob2", "# sent_id = x\n1\tJuma\tB-PER\t-\t-\n2\talikuja\tO\t-\t-\n")
    assert pairs(read_labelled(path, task=NER)) == [[("Juma", "B-PER"), ("alikuja", "O")]]


def test_conllu_gives_parts_of_speech_of_syntactic_words(file):
    first, second = read_labelled(file("a.conllu", CONLLU), task=POS)
    assert list(zip(first.words, first.labels, strict=True)) == [("ana", "AUX"), ("kula", "VERB"), ("# vitabu", "NOUN")]
    assert first.heads == ()
    assert second.words == ("Ndiyo",)


def test_or_trees_with_relations_without_subtypes(file):
    first, _ = read_labelled(file("a.conllu", CONLLU), task=PARSING)
    assert first.heads == (2, 0, 2)
    assert first.labels == ("aux", "root", "obj")


def test_columns_of_texts_are_named_by_the_first_line_and_quotes_mean_nothing(file):
    found = read_labelled(file("a.tsv", 'id\tlabel\ttext\n1\tpositive\t"Safi\n'), task=SENTIMENT)
    assert [(sentence.words, sentence.labels) for sentence in found] == [(('"Safi',), ("positive",))]


def test_other_columns_can_be_named(file):
    (found,) = read_tsv(file("a.tsv", "tweet\tmood\nSafi\tpositive\n"), text="tweet", label="mood")
    assert found.words == ("Safi",)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.conll", "Juma\tB-PER\nalikuja\n", r"line 2 has 1 columns \('alikuja'\); expected 2 as in the lines before"),
        ("a.conll", "Juma\nalikuja\n", "line 1 has 1 columns .*a word and a label"),
        ("a.conll", "\n\n", "holds no sentence"),
        ("a.conll", "\tO\n", "line 1 has 1 words.*none empty"),
        ("a.conllu", "1\tJuma\tO\n", "line 1 has 3 columns and the number '1'; expected ten"),
        ("a.conllu", CONLLU.replace("3\t#", "4\t#"), "line 7 has 10 columns and the number '4'.* the number 3"),
        ("a.tsv", "a\tb\n", "line 1 names the columns a, b; expected text and label among them"),
        ("a.tsv", "text\tlabel\nSafi\n", "line 2 has 1 columns; expected 2 as in line 1"),
        ("a.tsv", "text\tlabel\n", "holds no sentence"),
        ("a.tsv", "text\tlabel\ttext\na\tpositive\tb\n", "line 1 names the column 'text' twice; rename or remove"),
        ("a.tsv", "text\tlabel\nSafi\tpositive\n \u3000\tpositive\n", "line 3 has no text; write one, or remove"),
        ("a.tsv", "text\tlabel\na\tpositive\n\tpositive\n", "line 3 has no text"),
        ("a.tsv", "text\tlabel\na\tpositive\rb\tpositive\n", "line 2 has a carriage return inside; .*convert the file"),
        ("a.conll", "Juma\tB-PER\n\nLeo B\rLeo B\n", "line 3 has a carriage return inside; .*remove the character"),
        ("a.csv", "", r"ends in \.csv; .* is read from"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(file, name, text, said):
    task = SENTIMENT if name.endswith("sv") else POS
    with pytest.raises(TaskError, match=rf"{name}.*{said}"):
        read_labelled(file(name, text), task=task)


@pytest.mark.parametrize("heads", ["2 0 9", "2 2 2", "0 0 2", "_ 0 2", "0 2 1", "² 0 2", "٢ 0 2", f"{'1' * 5000} 0 2"])
def test_a_tree_has_one_root_and_heads_that_are_words(file, heads):
    rows = [f"{n}\tw\t_\tX\t_\t_\t{head}\tdep\t_\t_" for n, head in enumerate(heads.split(), start=1)]
    path = file("a.conllu", "\n".join(rows))
    with pytest.raises(TaskError, match=r"line 1 has the heads .*0 once for its root"):
        read_conllu(path, label="deprel")
    assert len(read_conllu(path, label="upos")) == 1


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.conll", "# no word\nJuma\tPROPN\nalikuja\tV\n", 3),
        ("a.conll", "Juma\tPROPN\nalikuja\t\n", 2),
        ("a.conllu", CONLLU.replace("NOUN", "N"), 7),
        ("a.conllu", CONLLU.replace("INTJ", "I"), 9),
    ],
)
def test_a_label_that_is_not_known_is_told_with_the_line_of_its_word(file, name, text, line):
    found = read_labelled(file(name, text), task=POS)
    with pytest.raises(TaskError, match=rf"{name}, line {line} has the label '[VNI]?', which pos does not know"):
        POS.scores(found, found)


def test_words_may_be_a_tsv_too(file):
    assert pairs(read_labelled(file("a.tsv", "Juma\tPROPN\n"), task=POS)) == [[("Juma", "PROPN")]]


def test_a_byte_order_mark_and_blank_lines_are_no_text(file):
    found = read_labelled(file("a.tsv", "\ufefftext\tlabel\r\nSafi\tpositive\r\n\r\n"), task=SENTIMENT)
    assert [sentence.words for sentence in found] == [("Safi",)]
    assert pairs(read_labelled(file("a.conll", "\ufeffJuma\tPROPN\n\n"), task=POS)) == [[("Juma", "PROPN")]]


def test_a_damaged_file_is_refused(tmp_path):
    path = tmp_path / "a.conll.xz"
    path.write_bytes(lzma.compress(b"Juma\tB-PER\n" * 99)[:40])
    with pytest.raises(CorpusError, match="cut short or damaged"):
        read_labelled(path, task=NER)


@pytest.mark.parametrize(("heads", "circle"), [("2 1 0", "1, 2"), ("0 1 4 5 3", "3, 4, 5"), ("0 3 4 3", "3, 4")])
def test_heads_that_go_round_in_a_circle_are_no_tree(file, heads, circle):
    rows = [f"{n}\tw\t_\tX\t_\t_\t{head}\tdep\t_\t_" for n, head in enumerate(heads.split(), start=1)]
    with pytest.raises(TaskError, match=rf"a.conllu, line 1 is no tree, .* words {circle} go round in a circle"):
        read_conllu(file("a.conllu", "\n".join(rows)), label="deprel")


def test_lines_may_end_as_windows_ends_them_but_not_as_old_macs_did(file):
    assert len(read_conll(file("a.conll", "Juma\tB-PER\r\n\r\nLeo\tO\r\n"))) == 2
    with pytest.raises(CorpusError, match=r"b.conll ends its lines in carriage returns alone"):
        read_conll(file("b.conll", "Juma\tB-PER\r\rLeo\tO\r"))
