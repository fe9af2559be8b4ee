"""What of a comparison can be checked before it is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from hypergen.comparison.amounts import amount_name, checked_amount
from hypergen.comparison.arguments import FitArgs
from hypergen.errors import HypergenError
from hypergen.recipes.arguments import GeneratorArgs
from hypergen.recipes.checks import check_counts, check_seed

if TYPE_CHECKING:
    from hypergen.comparison.amounts import Amount
    from hypergen.comparison.bench import Bench
    from hypergen.comparison.methods import Method
    from hypergen.comparison.running import Job

__all__ = ["check", "check_amounts", "check_text"]


def check(
    methods: Sequence[str],
    *,
    amounts: Sequence[int | str],
    seeds: Sequence[int],
    trials: int,
    fit: FitArgs,
    generators: Mapping[str, GeneratorArgs],
) -> None:
    """Check what can be said of a comparison before anything is loaded.

    Raises:
        HypergenError: A list is empty or says something twice, a number is too small, a generator's name is no word.
    """
    for name, several in (("methods", methods), ("amounts", amounts), ("seeds", seeds)):
        if not several or len(set(several)) < len(several):
            raise HypergenError(f"{name} is {list(several)}; expected one or more, each once.")
    for amount in amounts:
        checked_amount(amount)
    for seed in seeds:
        check_seed(seed, name="one of the seeds")
    counted = {f"fit.{name}": value for name, value in asdict(fit).items() if isinstance(value, int)}
    check_counts({"trials": trials, **counted})
    for name, share in (("flat", fit.flat), ("mask_rate", fit.mask_rate)):
        if not 0 < share < 1:
            raise HypergenError(f"fit.{name} is {share}; expected a share above 0 and below 1.")
    if fit.power <= 0:
        raise HypergenError(f"fit.power is {fit.power}; expected a number above 0.")
    from hypergen.comparison.methods import ALIASES
    from hypergen.comparison.starts import STARTS

    usual = GeneratorArgs()
    for name, args in generators.items():
        if set(name) & set(":/+@") or name in (*STARTS, *ALIASES):
            raise HypergenError(f"a generator is called {name!r}; take a name without : / + @ that no other start has.")
        if args.name == "static":
            raise HypergenError(f"the generator {name!r} is static, which generates nothing; that is the method mad-x.")
        if told := [each for each in ("method", "reduction", "rank", "leave_out")
                    if getattr(args, each) != getattr(usual, each)]:  # fmt: skip
            raise HypergenError(
                f"the generator {name!r} has {told[0]}, which a method's name says ({name}/lora) or, for all methods, "
                "spec, reduction and rank of the comparison; leave it out."
            )


def check_amounts(methods: Sequence[Method], amounts: Sequence[Amount]) -> None:
    """Check that every method is run at one of the amounts of text.

    Raises:
        HypergenError: One is not.
    """
    if idle := [method.name for method in methods if not method.amounts(amounts)]:
        raise HypergenError(
            f"the method {idle[0]!r} is never run at amounts {', '.join(map(amount_name, amounts))}: what is tuned "
            "needs text, what is not is run at 0; add such an amount, or leave the method out."
        )


def check_text(jobs: Sequence[Job], *, bench_of: Callable[[int], Bench], first: int) -> None:
    """Pack what jobs train on of each language, so that too little is found out before anything is trained.

    Args:
        jobs: What is to be done.
        bench_of: The bench of a seed.
        first: The seed of jobs that are trials.

    Raises:
        CorpusError: A language has not enough text for one block.
    """
    from hypergen.comparison.fitting import text_of

    tuned = [job for job in jobs if job.method.tuned is not None]
    asked = [(job.seed, code, job.amount, lesson) for job in tuned for code in job.codes
             for lesson in job.method.lessons or ("",)]  # fmt: skip
    for seed, code, amount, lesson in dict.fromkeys(asked):
        text_of(bench_of(first if seed is None else seed), [code], amount=amount, rows=1, lessons=[lesson])
