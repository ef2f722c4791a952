"""Score lines of text as they arrive, and resume after any stop."""

from offbeat.app.lines.event_file import EventFile, check_event_lines
from offbeat.app.lines.keeping import Keeper
from offbeat.app.lines.scored import ScoredLines
from offbeat.app.lines.splitting import LONGEST
from offbeat.app.lines.stream import EventSink, LineStream
from offbeat.app.lines.streams import Streams, models_of
from offbeat.files.lock import holding

__all__ = [
    "LONGEST",
    "EventFile",
    "EventSink",
    "Keeper",
    "LineStream",
    "ScoredLines",
    "Streams",
    "check_event_lines",
    "holding",
    "models_of",
]
