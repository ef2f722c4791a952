import pytest

from labelled_series import material, quick
from offbeat import Collection, ECGFormer, TrainConfig


@pytest.fixture(scope="module")
def beats() -> Collection:
    return material()


@pytest.fixture(scope="module")
def model(beats: Collection) -> ECGFormer:
    return quick(train=TrainConfig(epochs=25, batch_size=16, learning_rate=1e-2, progress=False)).fit(beats)
