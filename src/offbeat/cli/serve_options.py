"""The options of ``offbeat serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AddKey",
    "Config",
    "Data",
    "Host",
    "KeepDays",
    "KeepGb",
    "Keys",
    "MaxBody",
    "MaxQueue",
    "MaxStreams",
    "Models",
    "Port",
    "SilentAfter",
    "Sync",
    "TlsCertificate",
    "TlsKey",
    "Webhook",
    "WithoutKeys",
]

Models = Annotated[
    Path,
    typer.Argument(
        metavar="MODELS", help="A model, a folder of models by key (fit --each), or a folder of several of these."
    ),
]
Data = Annotated[
    Path,
    typer.Option(metavar="FILE", help="The SQLite file of points, scores, states and events; made if not there."),
]
Host = Annotated[str, typer.Option(metavar="NAME", help="Where to listen; 0.0.0.0 for all networks.")]
Port = Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="Any free port for 0.")]
Keys = Annotated[Path | None, typer.Option(metavar="FILE", help="The API keys that may ask; see --add-key.")]
AddKey = Annotated[
    str | None,
    typer.Option(metavar="NAME:ROLE", help="Add a key to --keys, print it once and end; ROLE is read or write."),
]
WithoutKeys = Annotated[bool, typer.Option("--without-keys", help="Let anybody on the network push and read.")]
TlsCertificate = Annotated[Path | None, typer.Option(metavar="FILE", help="Speak HTTPS; in PEM.")]
TlsKey = Annotated[Path | None, typer.Option(metavar="FILE", help="The private key of the certificate.")]
Config = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Who is told of events, and what points are read from: [[receivers]] and [[sources]], TOML or JSON.",
    ),
]
Webhook = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Post events there, as JSON or, to hooks.slack.com, as Slack takes them."),
]
KeepDays = Annotated[float, typer.Option(min=0.01, metavar="N", help="How long points and scores are kept.")]
KeepGb = Annotated[
    float, typer.Option(min=0.001, metavar="N", help="The oldest points go first where the file has more.")
]
MaxQueue = Annotated[
    int, typer.Option(min=1, metavar="N", help="Points that may wait; beyond that pushes are answered 429.")
]
MaxBody = Annotated[
    int, typer.Option(min=1024, metavar="BYTES", help="The largest request; beyond that it is answered 413.")
]
MaxStreams = Annotated[int, typer.Option(min=1, metavar="N", help="How many streams there may be.")]
SilentAfter = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help="When a stream that sends nothing is silent; else after five times the longest of its recent waits.",
    ),
]
Sync = Annotated[
    str, typer.Option(metavar="HOW", help='"normal": what is answered survives a kill; "full": a power cut, too.')
]
