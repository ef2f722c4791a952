import pytest


@pytest.fixture(scope="package")
def detector():
    from live_streams import learned

    return learned()


@pytest.fixture
def folder(detector, tmp_path):
    """A folder of one model, called web, for a single test: some write to it."""
    return detector.save(tmp_path / "models" / "web").parent


@pytest.fixture
def service(folder, tmp_path):
    from offbeat.service.service import Service

    with Service(folder, tmp_path / "data.db").running() as running:
        yield running


@pytest.fixture
def streams(service):
    from live_streams import Streams

    return Streams(service)


@pytest.fixture
def client(service):
    from live_streams import asking

    return asking(service)
