"""ECG records and heartbeats: the page of a classified record, and how well classes are told, by two protocols."""
