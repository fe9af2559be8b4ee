r"""Pretrain ``hypergen-mini``: a small BERT, plain masked-language modelling, on the backbone languages' open text.

    python scripts/pretrain_backbone.py --text runs/text/open --splits configs/languages/splits.yaml --tokenizer \
        runs/tokenizer --out runs/hypergen-mini

Interrupted or stopped by ``--minutes`` it goes on where it was when called again, bit for bit (a checkpoint every 200
steps; batches and masks are functions of the step). What differs from BERT's recipe, as two cores are all there is:

- word embeddings start from a truncated SVD of the PPMI co-occurrence matrix of the pieces (window 3) over the text
  of all training languages, the generator's included: embeddings of pieces that the backbone's languages never use are
  then not noise (Levy and Goldberg, 2014, Neural word embedding as implicit matrix factorization);
- position embeddings start as sinusoids in the last 64 dimensions, and the heads of the first two layers start as heads
  that look one or two positions back or ahead (their query rotates the sinusoids by the offset), which saves the long
  plateau in which a small BERT learns to find its neighbours; a start, not a constraint: all of it is trained;
- half of the batches start at a random position, so that blocks of 128 train all 256;
- matrices of the layers are trained by Muon (Jordan et al., 2024), everything else by AdamW; no dropout; bfloat16
  autocast;
- logits are computed at the masked positions only.

Held-back loss and the loss of each language's own unigram model (add-one smoothing) stand in ``log.jsonl`` and
``card.json``.
"""

import argparse
import json
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from rich.console import Console
from torch import Tensor, nn
from transformers import AutoTokenizer, BertConfig, BertForMaskedLM

from hypergen.data.blocks import blocks
from hypergen.data.corpora import Corpus, text_corpora
from hypergen.data.masking import Masked, mask_tokens
from hypergen.data.sampling import sampling_weights
from hypergen.evaluation.groups import read_splits
from hypergen.evaluation.perplexity import unigram_loss
from hypergen.training.backbone import start_at_neighbours

BLOCK = 128
POSITIONS = 256
ROWS = 32
MAX_BYTES = 1_500_000
EXPONENT = 0.7
CHECKPOINT_EVERY = 200
VALIDATION_BLOCKS = 48


def main(arguments: Sequence[str] | None = None) -> None:
    """Read, initialise or resume, train, evaluate, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, required=True, help="open/ of what scripts/prepare_text.py wrote")
    parser.add_argument("--splits", type=Path, required=True, help="configs/languages/splits.yaml")
    parser.add_argument("--tokenizer", type=Path, required=True, help="what scripts/train_vocabulary.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="directory of checkpoint, log and finished model")
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"), help="tokenised text")
    parser.add_argument("--steps", type=int, default=2000, help="steps of the whole schedule")
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after so long, to be resumed")
    parser.add_argument("--lr", type=float, default=1.5e-3, help="peak learning rate")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(arguments)
    args.out.mkdir(parents=True, exist_ok=True)
    console = Console(width=120)
    splits = read_splits(args.splits)
    tokenizer = AutoTokenizer.from_pretrained(args.tokenizer)
    training, held_back = {}, {}
    for corpus in text_corpora(args.text, only=splits.backbone, max_bytes=MAX_BYTES):
        training[corpus.name] = ids_of(corpus, tokenizer, "train", args.cache)
        held_back[corpus.name] = ids_of(corpus, tokenizer, "validation", args.cache)[:VALIDATION_BLOCKS]
    console.print({name: len(ids) for name, ids in training.items()})
    special = sorted(tokenizer.all_special_ids)
    mask = {"mask_id": tokenizer.mask_token_id, "vocab_size": len(tokenizer), "special_ids": special}
    test = {n: mask_tokens(ids, rng=torch.Generator().manual_seed(0), **mask) for n, ids in held_back.items()}
    unigram = {
        name: unigram_loss(training[name], masked.labels, vocab_size=len(tokenizer), special_ids=special)
        for name, masked in test.items()
    }

    torch.manual_seed(args.seed)
    model = BertForMaskedLM(
        BertConfig(
            vocab_size=len(tokenizer), hidden_size=256, num_hidden_layers=4, num_attention_heads=4,
            intermediate_size=1024,
            max_position_embeddings=POSITIONS, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        )
    )  # fmt: skip
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "encoder.layer" in name]
    others = [p for p in model.parameters() if not any(p is matrix for matrix in matrices)]
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.Muon(matrices, lr=args.lr, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=args.lr, weight_decay=0.01, betas=(0.9, 0.98)),
    ]
    step, checkpoint = 0, args.out / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        step = state["step"]
        model.load_state_dict(state["model"])
        for optimizer, saved in zip(optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        console.print(f"resumed at step {step}")
    else:
        everything = text_corpora(args.text, only=[*splits.backbone, *splits.generator], max_bytes=MAX_BYTES)
        sequences = [ids_of(corpus, tokenizer, "train", args.cache) for corpus in everything]
        embeddings = svd_embeddings(sequences, vocab_size=len(tokenizer), size=256, special=special)
        with torch.no_grad():
            model.bert.embeddings.word_embeddings.weight.copy_(embeddings)
        start_at_neighbours(model, offsets={0: (-1, 1, -2, 2), 1: (-1, 1)})
        console.print("word embeddings initialised from PPMI")

    names = sorted(training)
    weights = sampling_weights({name: len(training[name]) for name in names}, exponent=EXPONENT)
    probabilities = torch.tensor([weights[name] for name in names], dtype=torch.float64)
    start, since = time.monotonic(), step
    deadline = start + 60 * args.minutes
    while step < args.steps and time.monotonic() < deadline:
        rng = torch.Generator().manual_seed(args.seed * 1_000_003 + step)
        drawn = torch.multinomial(probabilities, ROWS, replacement=True, generator=rng).tolist()
        rows = [training[names[i]][int(torch.randint(len(training[names[i]]), (), generator=rng))] for i in drawn]
        batch = mask_tokens(torch.stack(rows), rng=rng, **mask)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = args.lr * schedule(step, args.steps)
        offset = int(torch.randint(POSITIONS - BLOCK + 1, (), generator=rng)) if step % 2 else 0
        loss = masked_loss(model, batch, offset=offset)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        step += 1
        if step % 50 == 0:
            speed = (step - since) * ROWS * BLOCK / (time.monotonic() - start)
            console.print(f"step {step} loss {float(loss.detach()):.3f} {speed:.0f} tokens/s")
        if step % CHECKPOINT_EVERY == 0 or step == args.steps or time.monotonic() >= deadline:
            row = {"step": step, "tokens": step * ROWS * BLOCK, **evaluate(model, test, unigram)}
            console.print(row)
            with (args.out / "log.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            beside = checkpoint.with_suffix(".partial")
            optimizer_states = [optimizer.state_dict() for optimizer in optimizers]
            torch.save({"step": step, "model": model.state_dict(), "optimizers": optimizer_states}, beside)
            beside.replace(checkpoint)
    if step == args.steps:
        model.half().save_pretrained(args.out / "model")
        tokenizer.save_pretrained(args.out / "model")
        per_language = {name: {"unigram": unigram[name], "loss": loss_of(model.float(), test[name])} for name in test}
        (args.out / "card.json").write_text(json.dumps(per_language, indent=1), encoding="utf-8")


def ids_of(corpus: Corpus, tokenizer: Any, split: Literal["train", "validation"], cache: Path) -> Tensor:
    """The blocks of a corpus, in memory: (blocks, tokens)."""
    rows = blocks(corpus, tokenizer=tokenizer, split=split, block_size=BLOCK, validation_share=0.05, cache_dir=cache)
    return torch.from_numpy(np.asarray(rows.with_format("numpy")["input_ids"][:])).long()


def schedule(step: int, steps: int) -> float:
    """Warm-up over 100 steps, then linearly to zero."""
    return min((step + 1) / 100, (steps - step) / (steps - 100))


def masked_loss(model: BertForMaskedLM, batch: Masked, *, offset: int = 0) -> Tensor:
    """Mean cross-entropy, nats, over the masked positions; the first token stands at position ``offset``."""
    positions = torch.arange(offset, offset + batch.input_ids.shape[1]).unsqueeze(0)
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model.bert(input_ids=batch.input_ids, position_ids=positions).last_hidden_state
        logits = model.cls(hidden.flatten(0, 1)[batch.positions])
    return nn.functional.cross_entropy(logits.float(), batch.labels)


@torch.no_grad()
def loss_of(model: BertForMaskedLM, batch: Masked) -> float:
    """Held-back loss of one language, nats a masked piece."""
    return float(masked_loss(model, batch))


def evaluate(model: BertForMaskedLM, test: Mapping[str, Masked], unigram: Mapping[str, float]) -> dict[str, float]:
    """Means over languages: held-back loss, unigram loss, and how far the first is below the second."""
    losses = {name: loss_of(model, batch) for name, batch in test.items()}
    mean, base = float(np.mean(list(losses.values()))), float(np.mean([unigram[name] for name in losses]))
    return {"loss": round(mean, 4), "unigram": round(base, 4), "below": round(base - mean, 4)}


def svd_embeddings(sequences: Sequence[Tensor], *, vocab_size: int, size: int, special: Sequence[int]) -> Tensor:
    """``U sqrt(S)`` of the positive pointwise mutual information of pieces at most 3 apart, scaled to 0.02."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import svds

    counts = coo_matrix((vocab_size, vocab_size)).tocsr()
    for ids in sequences:
        flat = ids[:, 1:-1].flatten().numpy()
        for distance in (1, 2, 3):
            pairs = coo_matrix((np.ones(len(flat) - distance), (flat[:-distance], flat[distance:])), shape=counts.shape)
            counts = counts + pairs.tocsr() + pairs.T.tocsr()
    cell = counts.tocoo()
    row, column = np.asarray(counts.sum(1)).ravel(), np.asarray(counts.sum(0)).ravel() ** 0.75
    pmi = np.log(cell.data * column.sum() / (row[cell.row] * column[cell.col]))
    positive = coo_matrix((np.maximum(pmi, 0), (cell.row, cell.col)), shape=counts.shape).tocsr()
    u, s, _ = svds(positive.astype(np.float32), k=size, random_state=0)
    vectors = torch.from_numpy((u * np.sqrt(s)).astype(np.float32))
    vectors = vectors * (0.02 / vectors.std())
    missing = vectors.abs().sum(1) == 0
    missing[list(special)] = True
    noise = 0.02 * torch.randn(vocab_size, size, generator=torch.Generator().manual_seed(0))
    return torch.where(missing[:, None], noise, vectors)


if __name__ == "__main__":
    main()
