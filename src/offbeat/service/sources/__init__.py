"""Where points come from besides requests: standard input, Prometheus, Kafka, tables and folders that grow.

A source is opened by its settings (``settings.open()``), which are checked before anything is read, and yields pushes
with the position after each, which the service stores in the transaction of their points: after a stop of any kind it
goes on there, and nothing is lost or doubled.
"""

from offbeat.service.sources.errors import SourceError
from offbeat.service.sources.kinds import KINDS, Settings, read_sources
from offbeat.service.sources.running import Running

__all__ = ["KINDS", "Running", "Settings", "SourceError", "read_sources"]
