"""The records of the MIT-BIH arrhythmia database, and the split of them that keeps people apart.

Half of the 44 records that are not paced train a classifier (:data:`DS1`), the other half tests it (:data:`DS2`).
Records 201 and 202 come from one man, and stand on either side: tables that show the split note it.

References
----------
G. B. Moody, R. G. Mark, "The impact of the MIT-BIH arrhythmia database", IEEE Engineering in Medicine and Biology
20(3), 2001. P. de Chazal et al., "Automatic classification of heartbeats using ECG morphology and heartbeat interval
features", IEEE Transactions on Biomedical Engineering 51(7), 2004.

Examples
--------
>>> len(DS1), len(DS2), len(RECORDS)
(22, 22, 48)
"""

from __future__ import annotations

__all__ = ["DS1", "DS2", "PACED", "RECORDS", "SAME_PERSON"]

DS1 = (
    "101", "106", "108", "109", "112", "114", "115", "116", "118", "119", "122",
    "124", "201", "203", "205", "207", "208", "209", "215", "220", "223", "230",
)  # fmt: skip
"""The records to train on."""

DS2 = (
    "100", "103", "105", "111", "113", "117", "121", "123", "200", "202", "210",
    "212", "213", "214", "219", "221", "222", "228", "231", "232", "233", "234",
)  # fmt: skip
"""The records to test on: other people than those of :data:`DS1`, but for :data:`SAME_PERSON`."""

PACED = ("102", "104", "107", "217")
"""Records of people with a pacemaker, in neither half."""

SAME_PERSON = (("201", "202"),)
"""Records that come from one person."""

RECORDS = tuple(sorted((*DS1, *DS2, *PACED)))
"""All 48."""
