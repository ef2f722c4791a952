"""From a mask of anomalous time steps to events, back, and to files.

>>> import numpy as np
>>> from offbeat.events import events_to_frame, hysteresis, mask_to_events
>>> scores = np.array([0.1, 0.9, 0.6, 0.2, 0.1, 0.8])
>>> events_to_frame(mask_to_events(hysteresis(scores, high=0.7, low=0.5), scores))[["start", "end", "score"]]
   start  end  score
0      1    3    0.9
1      5    6    0.8
"""

from offbeat.events.event import Event
from offbeat.events.event_list import Events
from offbeat.events.files import events_to_frame, read_events, write_events
from offbeat.events.masks import events_to_mask, hysteresis, mask_to_events

__all__ = [
    "Event",
    "Events",
    "events_to_frame",
    "events_to_mask",
    "hysteresis",
    "mask_to_events",
    "read_events",
    "write_events",
]
