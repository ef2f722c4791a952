"""A server that runs until the person is done or stops the command."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

from offbeat.app.review.session import ReviewSession
from offbeat.errors import MissingExtraError, OutputError

__all__ = ["Serving", "check_extra", "serving"]

_HOST = "127.0.0.1"
_TICK = 0.2  # seconds within which a signal is noticed
_GRACE = 5  # seconds that requests in progress may take at the end


class Serving:
    """A server in a thread of its own.

    Parameters
    ----------
    address : str
        What to open in a browser.
    ended : Event
        Set when the server has ended.
    """

    def __init__(self, address: str, ended: threading.Event) -> None:
        self.address, self._ended = address, ended

    def wait(self) -> None:
        """Return when the person is done; signals interrupt it as usual."""
        while not self._ended.wait(_TICK):
            pass


def check_extra() -> None:
    """Make sure that there is what serves the page.

    Raises
    ------
    MissingExtraError
        If starlette or uvicorn is not installed.
    """
    try:
        import starlette  # noqa: F401 (only whether it is there)
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(f"offbeat review needs {error.name}: pip install 'offbeat[review]'") from error


@contextmanager
def serving(session: ReviewSession, port: int = 0) -> Iterator[Serving]:
    """Serve a review on this machine alone, until the block ends.

    Parameters
    ----------
    session : ReviewSession
        What is reviewed.
    port : int
        Where; any free one for 0.

    Raises
    ------
    MissingExtraError
        If starlette or uvicorn is not installed.
    OutputError
        If the port is taken.
    """
    check_extra()
    import uvicorn

    from offbeat.app.review.server import review_app

    token = secrets.token_urlsafe(24)
    with closing(_listening(port)) as listening:

        def finish() -> None:
            server.should_exit = True

        config = uvicorn.Config(
            review_app(session, token, finish),
            log_config=None,  # addresses hold the token
            access_log=False,
            lifespan="off",
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=_GRACE,
        )
        server, ended = uvicorn.Server(config), threading.Event()

        def run() -> None:
            try:
                server.run([listening])
            finally:
                ended.set()  # Thread.join, once interrupted by a signal, takes a thread for ended that is not

        # Apart from the main thread the server leaves signals to the command.
        threading.Thread(target=run, name="review", daemon=True).start()
        try:
            yield Serving(f"http://{_HOST}:{listening.getsockname()[1]}/{token}/", ended)
        finally:
            finish()
            ended.wait(2 * _GRACE)


def _listening(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((_HOST, port))
    except OSError as error:
        listening.close()
        raise OutputError(f"port {port} cannot be used ({error.strerror}): choose another with --port") from error
    listening.listen()
    return listening
