import pytest

from offbeat.ecg.classify import shipped_model


@pytest.fixture(scope="session")
def base():
    return shipped_model()
