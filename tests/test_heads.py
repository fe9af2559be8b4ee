import pytest
import torch
from torch import nn

from hypergen.heads import HEADS, NO_LABEL, ArcHead, Head, SequenceHead, TokenHead, head_of

PLACES = torch.tensor([[1, 3, 4], [1, 2, -1]])


@pytest.fixture
def hidden():
    return torch.randn(2, 6, 8)


@pytest.fixture(params=[TokenHead, SequenceHead, ArcHead])
def head(request):
    return request.param(8, 5).eval()


def columns_of(head):
    return torch.tensor([[[2, 1], [0, 2], [2, 3]], [[2, 4], [0, 0], [NO_LABEL, NO_LABEL]]])[..., -_width(head) :]


def _width(head):
    return 2 if isinstance(head, ArcHead) else 1


def test_every_head_predicts_what_its_loss_takes(head, hidden):
    assert isinstance(head, Head)
    predicted = head.predict(hidden, PLACES)
    assert predicted.shape == columns_of(head).shape
    assert head.loss(hidden, PLACES, predicted).isfinite()


def test_what_stands_where_no_word_is_changes_no_loss(head, hidden):
    loss = head.loss(hidden, PLACES, columns_of(head))
    cut = [
        head.loss(hidden[row : row + 1], PLACES[row : row + 1, :length], columns_of(head)[row : row + 1, :length])
        for row, length in ((0, 3), (1, 2))
    ]
    torch.testing.assert_close(loss, (3 * cut[0] + 2 * cut[1]) / 5)


def test_padding_changes_no_prediction(head, hidden):
    alone = head.predict(hidden[1:, :4], PLACES[1:, :2])
    assert torch.equal(head.predict(hidden, PLACES)[1:, :2], alone)


def test_every_head_learns_what_it_is_shown(head, hidden):
    labels = columns_of(head)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(80):
        optimizer.zero_grad()
        head.loss(hidden, PLACES, labels).backward()
        optimizer.step()
    learned = head.predict(hidden, PLACES)
    assert torch.equal(learned[PLACES >= 0], labels[PLACES >= 0])


def test_a_token_head_is_linear_in_the_state_of_the_first_piece(hidden):
    head = TokenHead(8, 5).eval()
    torch.testing.assert_close(head(hidden, PLACES)[0, 1], head.linear.weight @ hidden[0, 3] + head.linear.bias)


def test_a_text_is_labelled_by_a_pooled_state(hidden):
    head = SequenceHead(8, 5).eval()
    pooled = torch.tanh(head.pool.weight @ hidden[1, 0] + head.pool.bias)
    expected = head.linear.weight @ pooled + head.linear.bias
    torch.testing.assert_close(head(hidden, torch.zeros(2, 1, dtype=torch.long))[1, 0], expected)


def test_a_weight_counts_a_label_so_many_times(hidden):
    head = TokenHead(8, 3, class_weights=[1.0, 2.0, 1.0]).eval()
    labels = torch.tensor([[[0], [1], [2]], [[1], [0], [NO_LABEL]]])
    logits, flat = head(hidden, PLACES).flatten(0, 1), labels.flatten()
    each = nn.functional.cross_entropy(logits[:5], flat[:5], reduction="none")
    times = torch.tensor([1.0, 2.0, 1.0, 2.0, 1.0])
    torch.testing.assert_close(head.loss(hidden, PLACES, labels), (each * times).sum() / times.sum())


@pytest.mark.parametrize("kind", list(HEADS))
def test_a_head_is_built_again_from_its_weights(kind, hidden):
    sizes = {"arc_size": 7, "relation_size": 3} if kind == "arc" else {}
    head = HEADS[kind](8, 5, **sizes).eval()
    again = head_of(kind, head.state_dict())
    assert torch.equal(head.predict(hidden, PLACES), again.predict(hidden, PLACES))
    assert type(again) is type(head)


def test_arcs_and_relations_are_biaffine(hidden):
    head = ArcHead(8, 5, arc_size=7, relation_size=3).eval()
    nn.init.normal_(head.arc)
    arcs, relations = head(hidden, PLACES)
    one = torch.ones(1)
    word, other = hidden[0, 4], hidden[0, 1]
    of, to = torch.relu(head.arc_of(word)), torch.relu(head.arc_to(other))
    torch.testing.assert_close(arcs[0, 2, 1], torch.cat([of, one]) @ head.arc @ to / 7**0.5)
    of, to = torch.relu(head.relation_of(word)), torch.relu(head.relation_to(hidden[0, 0]))
    expected = torch.cat([of, one]) @ head.relation[4] @ torch.cat([to, one]) / 3**0.5
    torch.testing.assert_close(relations[0, 2, 0, 4], expected)


def test_no_word_is_its_own_head_nor_has_one_that_is_not_there(hidden):
    arcs, _ = ArcHead(8, 5)(hidden, PLACES)
    impossible = torch.zeros(2, 3, 4, dtype=torch.bool)
    impossible[:, range(3), range(1, 4)] = True
    impossible[1, :, 3] = True
    assert torch.equal(arcs == -torch.inf, impossible)
