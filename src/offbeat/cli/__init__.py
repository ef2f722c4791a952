"""The command ``offbeat``: a thin file per command, no logic."""
