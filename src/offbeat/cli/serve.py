"""``offbeat serve``: score streams over HTTP, day and night."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from offbeat.cli.output import print_data, print_note, print_progress
from offbeat.cli.serve_options import (
    AddKey,
    Config,
    Data,
    Host,
    KeepDays,
    KeepGb,
    Keys,
    MaxBody,
    MaxQueue,
    MaxStreams,
    Models,
    Port,
    SilentAfter,
    Sync,
    TlsCertificate,
    TlsKey,
    Webhook,
    WithoutKeys,
)

if TYPE_CHECKING:
    from offbeat.service.connections import Connections


def serve(
    models: Models,
    data: Data = Path("offbeat.db"),
    host: Host = "127.0.0.1",
    port: Port = 8000,
    keys: Keys = None,
    add_key: AddKey = None,
    without_keys: WithoutKeys = False,
    tls_certificate: TlsCertificate = None,
    tls_key: TlsKey = None,
    config: Config = None,
    webhook: Webhook = None,
    keep_days: KeepDays = 35.0,
    keep_gb: KeepGb = 20.0,
    max_queue: MaxQueue = 50_000,
    max_body: MaxBody = 8 << 20,
    max_streams: MaxStreams = 100_000,
    silent_after: SilentAfter = None,
    sync: Sync = "normal",
) -> None:
    """Serve models over HTTP: push points of many streams, read scores and events, score batches.

    A push is answered when its points, scores and events are on disk: nothing that was answered is lost when the
    process is killed, and points that are sent again are recognised by their key and time, and not scored twice.

    With --webhook or --config, alerts reach people, grouped, and through failures of whoever receives them; points come
    from Prometheus, Kafka, standard input, tables and folders as well. What waits to be told lies beside the data, in
    a file that ends in .alerts.db.

    The API is described at /docs, metrics for Prometheus are at /metrics. SIGTERM and Ctrl-C end it after what came is
    answered; SIGHUP, or POST /v1/reload, loads models and thresholds that have changed on disk.
    """
    from offbeat.service.serving import check_extra

    if add_key is not None:
        _add_key(keys, add_key)
        return
    check_extra()
    print_progress(f"loading {models}")
    from offbeat.errors import ParameterError
    from offbeat.service.access import Access
    from offbeat.service.app import service_app
    from offbeat.service.connections import Connected
    from offbeat.service.database import SYNC
    from offbeat.service.pruning import Keep
    from offbeat.service.service import Service, ServiceOptions
    from offbeat.service.serving import Address
    from offbeat.service.serving import serve as serve_app

    address, access = Address(host, port, tls_certificate, tls_key), Access(keys)
    if sync not in SYNC:
        raise ParameterError(f"expected one of {', '.join(SYNC)} as --sync, got {sync!r}")
    if access.is_open and not address.here_only and not without_keys:
        raise ParameterError(f"expected --keys on {host}, which others reach, got none: give keys, or --without-keys")
    connections = _connections(config, webhook)
    keep = Keep(days=keep_days, n_bytes=int(keep_gb * (1 << 30)))
    options = ServiceOptions(max_queue, max_body, max_streams, sync, keep, silent_after, connections.watched)
    service = Service(models, data, options)
    for served in service.models.values():
        print_progress(f"serving {served.name}")
    with service.running(), Connected(service, connections) as connected:
        app = service_app(service, access, here_only=address.here_only, connected=connected)
        serve_app(app, address, print_data, service.reload)


def _connections(config: Path | None, webhook: str | None) -> Connections:
    from offbeat.service.alerts import webhook_receiver
    from offbeat.service.connections import Connections, read_connections

    found = Connections() if config is None else read_connections(config)
    if webhook is None:
        return found
    return Connections([*found.receivers, webhook_receiver(webhook)], found.sources)


def _add_key(keys: Path | None, wanted: str) -> None:
    from offbeat.errors import ParameterError
    from offbeat.service.access import add_key

    if keys is None:
        raise ParameterError("--add-key adds to a file: give --keys FILE, too")
    name, colon, role = wanted.rpartition(":")
    token = add_key(keys, *((name, role) if colon else (wanted, "")))
    print_data(token)
    print_note(f"this key is shown once: {keys} holds only its hash, for offbeat serve … --keys {keys}")
