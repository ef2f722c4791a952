"""The web server: its socket, its signals, and its end."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from offbeat.errors import MissingExtraError, OutputError, ParameterError

__all__ = ["Address", "check_extra", "serve"]

_GRACE = 30  # seconds that requests in progress may take at the end
_IDLE = 75  # seconds that a connection may rest; more than those between the pushes of most senders
_HERE = ("127.0.0.1", "localhost", "::1")
_logger = logging.getLogger("offbeat.service")


@dataclass(frozen=True)
class Address:
    """Where the service listens.

    Parameters
    ----------
    host : str
        A name or address of this machine.
    port : int
        Any free one for 0.
    certificate, private_key : Path, optional
        Of TLS, both in PEM; without them the service speaks plain HTTP.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    certificate: Path | None = None
    private_key: Path | None = None

    def __post_init__(self) -> None:
        if self.private_key is not None and self.certificate is None:
            raise ParameterError("expected a certificate with the private key, got none: give --tls-certificate")

    @property
    def here_only(self) -> bool:
        """Whether only this machine reaches it."""
        return self.host in _HERE

    def url(self, port: int) -> str:
        """Return how it is reached."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self.certificate is None else 'https'}://{host}:{port}"


def check_extra() -> None:
    """Make sure that there is what a service needs.

    Raises
    ------
    MissingExtraError
        If FastAPI, uvicorn or prometheus-client is not installed.
    """
    try:
        import fastapi  # noqa: F401 (only whether it is there)
        import prometheus_client  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(f"offbeat serve needs {error.name}: pip install 'offbeat[serve]'") from error


def serve(app: Any, address: Address, ready: Callable[[str], None], reload: Callable[[], object]) -> None:
    """Serve an application until a signal ends it; requests in progress are answered first.

    Parameters
    ----------
    app : ASGIApp
        The application.
    address : Address
        Where.
    ready : callable
        Gets the address once requests are taken.
    reload : callable
        Called on SIGHUP, where there is that signal.

    Raises
    ------
    OutputError
        If the address cannot be used.
    """
    import uvicorn

    with closing(_listening(address)) as listening:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=_GRACE,
            timeout_keep_alive=_IDLE,
            ssl_certfile=address.certificate,
            ssl_keyfile=address.private_key,
        )
        _load(config)
        _reload_on_signal(reload)
        ready(address.url(listening.getsockname()[1]))
        uvicorn.Server(config).run([listening])


def _load(config: Any) -> None:
    """Read certificates before anything is served."""
    try:
        config.load()
    except OSError as error:
        raise OutputError(
            f"the certificate cannot be used ({error}): give files in PEM that belong together"
        ) from error


def _reload_on_signal(reload: Callable[[], object]) -> None:
    if not hasattr(signal, "SIGHUP") or threading.current_thread() is not threading.main_thread():
        return

    def heard(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=_reloaded, args=(reload,), name="reload", daemon=True).start()

    signal.signal(signal.SIGHUP, heard)


def _reloaded(reload: Callable[[], object]) -> None:
    _logger.info("reloaded on SIGHUP: %s", reload())


def _listening(address: Address) -> socket.socket:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise OutputError(f"{address.host} cannot be used ({error.strerror}): choose another --host") from error
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(place)
        listening.listen(1024)
    except OSError as error:
        listening.close()
        raise OutputError(f"port {address.port} cannot be used ({error.strerror}): choose another --port") from error
    return listening
