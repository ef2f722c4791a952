"""Built-in data: curves, heartbeats and server metrics made from formulas, the same ones for the same seed."""

from offbeat.data.synthetic.servers import server_metrics
from offbeat.data.synthetic.short_series import HEARTBEAT_COUNTS, heartbeats, voltage_curves

__all__ = ["HEARTBEAT_COUNTS", "heartbeats", "server_metrics", "voltage_curves"]
