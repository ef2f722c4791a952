import pytest


@pytest.fixture(scope="package")
def detector():
    from pushing import fitted

    return fitted()


@pytest.fixture(scope="package")
def model_folder(detector, tmp_path_factory):
    return detector.save(tmp_path_factory.mktemp("models") / "pca")


@pytest.fixture
def service(model_folder, tmp_path):
    from offbeat.service.service import Service

    with Service(model_folder, tmp_path / "data.db").running() as running:
        yield running
