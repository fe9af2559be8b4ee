import numpy as np
import torch

from hypergen.generators.anchors import Anchors
from hypergen.generators.relatives import Relatives

N, E, GROUPS = 6, 3, [4, 2]
X = torch.randn(N, 6, generator=torch.Generator().manual_seed(1))
ANCHORS = X - X.mean(0)
KIN = torch.tensor([0.0, 0.0, 1.0, 2.0, 2.0, 3.0])


def made(leave_out=0.0):
    relatives = Relatives(N, E, groups=GROUPS, leave_out=leave_out)
    relatives.remember(ANCHORS)
    torch.nn.init.normal_(relatives.residual.values)
    with torch.no_grad():
        relatives.relevance.copy_(torch.tensor([0.02, -0.03]))
        relatives.pseudo.fill_(-0.05)
    return relatives.eval()


def called(relatives, x):
    known = Anchors(N, 6)
    known.remember(ANCHORS, kin=KIN)
    own = known.own(x)
    return relatives(x, ANCHORS, own=own, related=known.related(own))


def test_a_training_language_has_its_own_residual():
    relatives = made()
    torch.testing.assert_close(called(relatives, ANCHORS), relatives.residual(torch.eye(N)))


def test_a_training_language_that_is_left_out_is_predicted_without_its_family():
    relatives = made(leave_out=1.0).train()
    before = called(relatives, ANCHORS[:1])
    with torch.no_grad():
        relatives.residual.values[KIN == 0] += 100.0
    torch.testing.assert_close(called(relatives, ANCHORS[:1]), before)
    with torch.no_grad():
        relatives.residual.values[2] += 100.0
    assert not torch.allclose(called(relatives, ANCHORS[:1]), before, rtol=0.01)


def test_leaving_out_equals_never_having_seen_them():
    relatives = made()
    without = (KIN == 0).float().unsqueeze(0)
    some = KIN != 0
    left = relatives.weights(ANCHORS[:1], ANCHORS, without=without)
    never = relatives.weights(ANCHORS[:1], ANCHORS[some], without=torch.zeros(1, int(some.sum())))
    assert not left[:, ~some].any()
    torch.testing.assert_close(left[:, some], never)


def test_a_language_far_from_all_has_no_residual():
    assert called(made(), torch.full((1, 6), 100.0)).abs().max() < 1e-6


def test_attention_is_a_mean_with_pseudo_languages_written_out():
    relatives, x = made(), torch.rand(1, 6)
    a, q = ANCHORS.double().numpy(), np.exp(10 * -0.05)
    v = 2 * np.exp(10 * np.array([0.02, -0.03]))
    k = np.zeros(N)
    for i in range(N):
        for g, columns in enumerate((slice(0, 4), slice(4, 6))):
            apart = 2 * (a[:, columns] ** 2).sum(1).mean()
            k[i] -= v[g] * ((x[0].double().numpy()[columns] - a[i, columns]) ** 2).sum() / apart
    k = np.exp(k)
    got = relatives.weights(x, ANCHORS, without=torch.zeros(1, N))[0].detach().double().numpy()
    np.testing.assert_allclose(got, k / (k.sum() + q), rtol=1e-4)


def test_relevance_and_shrinkage_are_learned_from_languages_that_are_left_out():
    relatives = made(leave_out=1.0).train()
    called(relatives, ANCHORS).square().sum().backward()
    assert relatives.relevance.grad.all()
    assert relatives.pseudo.grad.all()
    kept = made().train()
    called(kept, ANCHORS).square().sum().backward()
    assert not kept.relevance.grad.any()
