"""A reader a file format, and the one function that finds the right one."""
