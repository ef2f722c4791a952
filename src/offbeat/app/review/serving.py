"""A server that runs until the person is done or stops the command."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from offbeat.app.review.session import ReviewSession
from offbeat.errors import MissingExtraError, OutputError

if TYPE_CHECKING:
    import uvicorn

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
    """

    def __init__(self, address: str, server: uvicorn.Server, thread: threading.Thread) -> None:
        self.address, self._server, self._thread = address, server, thread

    def wait(self) -> None:
        """Return when the person is done; signals interrupt it as usual."""
        while self._thread.is_alive():
            self._thread.join(_TICK)


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
        server = uvicorn.Server(config)
        # Apart from the main thread it leaves signals to the command.
        thread = threading.Thread(target=server.run, args=([listening],), name="review", daemon=True)
        thread.start()
        try:
            yield Serving(f"http://{_HOST}:{listening.getsockname()[1]}/{token}/", server, thread)
        finally:
            finish()
            thread.join(2 * _GRACE)


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
