"""A service that scores streams day and night: points come in, scores, events and alerts go out.

How its parts fit together::

    HTTP (api/) ─┐                         ┌─ Store (database.py, blocks.py): points, scores, states, events
    Source ──────┼─> Engine (engine.py) ───┤
                 │   one writing thread    └─ Feed (feed.py): event changes, in order  ──> whoever sends alerts
    page, API <── Reader (reading.py): streams, points, events

- :class:`~offbeat.service.engine.Engine` takes a :class:`~offbeat.service.points.Push` (points of many streams), waits
  in a bounded queue (:class:`~offbeat.service.engine.QueueFullError` where there is no room), and answers with an
  :class:`~offbeat.service.points.Answer` after points, scores and event changes are committed in one transaction. All
  pushes that wait share a transaction.
- **Event changes**: each commit appends :class:`~offbeat.service.feed.Change` rows (``opened``, ``worsened``,
  ``grew``, ``closed``, ``acknowledged``) to a table in the same transaction. Alerts
  (:class:`~offbeat.service.alerts.Following`) read ``feed.after(position)`` in a thread of their own, and store how far
  they came in the transaction of what they make of it: each change counts once, whatever stops the process.
- **Sources** (:class:`~offbeat.service.sources.source.Source`) yield pushes with a ``position`` of their own, which is
  stored in the transaction of their points, so that none is lost or counted twice, and are acknowledged after it.
- :class:`~offbeat.service.reading.Reader` has what a page needs: ``streams()``, ``series(model, key, start, stop, n)``
  downsampled, ``events(...)`` with what was said of them, ``acknowledge(id, verdict, note)``.
  The API serves the same under ``/v1``; the live page (:mod:`~offbeat.service.page_routes`) adds all streams at a
  glance, thresholds by alarms a week with a preview, and what was said of events as data to fit on.
- :class:`~offbeat.service.service.Service` opens and closes all of it, and :func:`~offbeat.service.app.service_app`
  is its web application.

A stream is a model and a key. A point has a place in its stream: its time, or a ``seq`` number of its sender. Places
rise; a place that was there before is a repeat and gets the answer of the first time, one in between is late and is
named so. Times are integers, microseconds from 1970 in UTC, inside; text of ISO 8601 outside.
"""
