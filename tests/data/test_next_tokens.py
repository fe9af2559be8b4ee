import torch

from hypergen.data.next_tokens import predict_next


def test_each_ordinary_token_but_the_first_of_a_row_is_predicted_from_the_one_before():
    ids = torch.tensor([[1, 7, 8, 9, 2], [5, 6, 0, 7, 8]])
    result = predict_next(ids, special_ids=[0, 1, 2])
    assert result.positions.tolist() == [0, 1, 2, 5, 7, 8]
    assert result.labels.tolist() == [7, 8, 9, 6, 7, 8]
    assert torch.equal(result.input_ids, ids)


def test_the_labels_are_those_of_a_causal_model(llama):
    ids = torch.randint(5, 50, (3, 7))
    result = predict_next(ids, special_ids=[0])
    with torch.no_grad():
        output = llama(input_ids=ids, labels=ids)
    loss = torch.nn.functional.cross_entropy(output.logits.flatten(0, 1)[result.positions], result.labels)
    torch.testing.assert_close(loss, output.loss)
