"""Recordings, collections and windows; the frames, grids and times that they are made from."""
