"""Alerts that reach people: changes of events become messages, grouped, and delivered through any failure."""

from offbeat.service.alerts.alerts import Alerts
from offbeat.service.alerts.change import Change
from offbeat.service.alerts.following import Following
from offbeat.service.alerts.receiver import Receiver, webhook_receiver
from offbeat.service.alerts.silence import Heard, Silence, Unscored

__all__ = ["Alerts", "Change", "Following", "Heard", "Receiver", "Silence", "Unscored", "webhook_receiver"]
