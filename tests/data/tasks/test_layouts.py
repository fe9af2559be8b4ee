import os
from pathlib import Path

import pytest

from hypergen.data.tasks.layouts import read_split
from hypergen.data.tasks.task import NER, PARSING, POS, SENTIMENT, TASKS, TOPICS
from hypergen.errors import TaskError

TREE = "1\t{}\t_\tVERB\t_\t_\t0\troot\t_\t_\n"


@pytest.fixture
def root(tmp_path):
    def write(**files):
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("DOT", ".").replace("DASH", "-")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def words(found):
    return {language: [sentence.words[0] for sentence in several] for language, several in found.items()}


def test_a_folder_is_a_language_and_a_file_a_split(root):
    found = read_split(
        root(swh__trainDOTconll="a\tX\n", swh__devDOTconll="b\tX\n", eus__devDOTtxt="c X"), task=POS, split="dev"
    )
    assert words(found) == {"eus": ["c"], "swh": ["b"]}


def test_the_sets_of_a_language_are_joined_and_can_be_told_apart(root):
    several = root(eng_A__testDOTconllu=TREE.format("a"), eng_B__testDOTconllu=TREE.format("b"))
    assert words(read_split(several, task=PARSING, split="test")) == {"eng": ["a", "b"]}
    assert words(read_split(several, task=PARSING, split="test", languages=["eng_B"])) == {"eng": ["b"]}
    assert words(read_split(several, task=PARSING, split="test", languages=["eng"])) == {"eng": ["a", "b"]}


def test_treebanks_are_read_as_they_are_released(root):
    released = root(UD_EnglishDASHEWT__en_ewtDASHudDASHtrainDOTconllu=TREE.format("a"))
    assert words(read_split(released, task=POS, split="train")) == {"eng": ["a"]}
    with pytest.raises(TaskError, match="holds no pos to read as dev"):
        read_split(released, task=POS, split="dev")


def test_the_treebanks_of_one_folder_are_all_read_and_can_be_told_apart(root):
    several = root(
        UD_English__en_ewtDASHudDASHtrainDOTconllu=TREE.format("a"),
        UD_English__en_gumDASHudDASHtrainDOTconllu=TREE.format("b"),
    )
    assert words(read_split(several, task=POS, split="train")) == {"eng": ["a", "b"]}
    for asked, there in (("UD_English", ["a", "b"]), ("en_gum", ["b"]), ("UD_English/en_ewt", ["a"])):
        assert words(read_split(several, task=POS, split="train", languages=[asked])) == {"eng": there}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("eng__trainDOTconll", "eng__trainDOTconllu"),
        ("eng__trainDOTconllu", "eng__trainDOTconlluDOTxz"),
        ("eng__trainDOTtsv", "eng__trainDOTtsvDOTgz"),
        ("eng__en_ewtDASHudDASHtrainDOTconllu", "eng__en_ewtDASHudDASHtrainDOTiob2"),
        ("eng__en_ewtDASHudDASHtrainDOTconllu", "eng__trainDOTconllu"),
    ],
)
def test_a_set_that_is_there_twice_is_refused(root, one, other):
    one_name, other_name = (name.split("__")[1].replace("DOT", ".").replace("DASH", "-") for name in (one, other))
    with pytest.raises(TaskError, match=rf"eng holds train of eng twice, {one_name} and {other_name}; keep one"):
        read_split(root(**{one: "a", other: "b"}), task=POS, split="train")


def test_a_table_of_all_languages_that_is_there_twice_is_refused(root):
    text = "iso3\tscript\tlabel\ttext\nswh\tLatn\tsports\ta\n"
    with pytest.raises(TaskError, match=r"holds train of all languages twice, train.tsv and train.tsv.gz; keep one"):
        read_split(root(trainDOTtsv=text, trainDOTtsvDOTgz="a"), task=TOPICS, split="train")
    (root() / "train.tsv.gz").unlink()
    (root(trainDOTtsvDOTbak="a") / "train.tsv.bak").touch()
    assert words(read_split(root(), task=TOPICS, split="train")) == {"swh": ["a"]}
    both = root(swh_Latn__trainDOTtsv="text\tlabel\nb\tsports\n")
    with pytest.raises(TaskError, match=r"swh_Latn holds train of swh_Latn twice, train.tsv and .*/train.tsv; keep"):
        read_split(both, task=TOPICS, split="train")


def test_languages_of_a_table_are_read_as_those_of_folders_are(root):
    text = "iso3\tlabel\ttext\nen\tsports\ta\nENG\tsports\tb\n"
    assert words(read_split(root(trainDOTtsv=text), task=TOPICS, split="train", languages=["eng"])) == {
        "eng": ["a", "b"]
    }


@pytest.mark.parametrize("code", ["", "klingonese"])
def test_a_line_of_a_table_without_a_language_is_refused(root, code):
    text = f"iso3\tlabel\ttext\nswh\tsports\ta\n{code}\tsports\tb\n"
    with pytest.raises(TaskError, match=rf"train.tsv, line 3 has no language in its column iso3 \('{code}' is"):
        read_split(root(trainDOTtsv=text), task=TOPICS, split="train")


def test_the_plain_text_beside_a_treebank_is_not_read(root):
    released = root(
        UD_EnglishDASHEWT__en_ewtDASHudDASHtestDOTconllu=TREE.format("a"),
        UD_EnglishDASHEWT__en_ewtDASHudDASHtestDOTtxt="One text.\n",
        swh__testDOTconllu=TREE.format("b"),
        swh__testDOTtsv="text\tlabel\nc\tpositive\n",
        swh__testDOTtxt="One text.\n",
    )
    assert words(read_split(released, task=POS, split="test")) == {"eng": ["a"], "swh": ["b"]}


def test_one_file_may_hold_all_languages(root):
    text = "iso3\tscript\tcategory\ttext\nknc\tArab\tsports\ta\nknc\tLatn\thealth\tb\nswh\tLatn\tsports\tc\n"
    one = root(trainDOTtsv=text)
    assert words(read_split(one, task=TOPICS, split="train")) == {"knc": ["a", "b"], "swh": ["c"]}
    assert words(read_split(one, task=TOPICS, split="train", languages=["knc_Latn"])) == {"knc": ["b"]}


@pytest.mark.parametrize(
    ("files", "options", "said"),
    [
        ({}, {}, "holds no sentiment to read as train; expected files such as swh/train.tsv"),
        (
            {"swh__trainDOTtsv": "text\tlabel\na\tpositive\n"},
            {"languages": ["yor"]},
            "no train split of yor; it has one of swh",
        ),
        ({"nowhere__trainDOTtsv": "text\tlabel\na\tpositive\n"}, {}, "folder nowhere is named by no language"),
        ({"trainDOTtsv": "text\tlabel\na\tpositive\n"}, {}, "names no column iso3"),
    ],
)
def test_what_is_not_there_is_said(root, files, options, said):
    with pytest.raises(TaskError, match=said):
        read_split(root(**files), task=SENTIMENT, split="train", **options)


def test_a_directory_that_is_not_there_is_refused():
    with pytest.raises(TaskError, match="there is no directory nowhere"):
        read_split(Path("nowhere"), task=POS, split="train")


@pytest.mark.skipif("HYPERGEN_DATA" not in os.environ, reason="needs HYPERGEN_DATA")
@pytest.mark.parametrize(
    ("folder", "task", "languages", "sizes"),
    [
        ("pos", POS, ["swh"], {"swh": 138}),
        ("ud", PARSING, ["tam_TTB"], {"tam": 80}),
        ("ner", NER, ["amh"], {"amh": 250}),
        ("sib200", TOPICS, ["knc"], {"knc": 198}),
        ("sentiment", SENTIMENT, ["ace", "twi"], {"ace": 100, "twi": 388}),
    ],
)
def test_real_data_have_the_sizes_and_labels_they_are_said_to_have(folder, task, languages, sizes):
    found = read_split(Path(os.environ["HYPERGEN_DATA"]) / folder, task=task, split="dev", languages=languages)
    assert {language: len(several) for language, several in found.items()} == sizes
    assert all(TASKS[task.name].columns(sentence) for several in found.values() for sentence in several)
