"""What holds for all tests."""

import gc

gc.set_threshold(20_000, 20, 20)  # looking for circular garbage took a tenth of the time that tests take


def pytest_collection_finish() -> None:
    """All that is loaded by now stays: nobody need look through it again."""
    gc.collect()
    gc.freeze()
