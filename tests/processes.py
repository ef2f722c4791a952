"""Run something in a process of its own that has imported what this one has, and see how it ends."""

import os
import signal
import time
import warnings


def start_apart(act):
    """Start ``act`` in a process of its own; return the number of the process."""
    with warnings.catch_warnings():
        # Newer Pythons warn of threads; the child uses none of its parent's.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    code = 1
    try:
        code = act() or 0
    finally:
        os._exit(code)


def run_apart(act):
    """Run ``act`` in a process of its own; return its exit code, which is what ``act`` returned, or 0 for nothing."""
    return os.waitstatus_to_exitcode(os.waitpid(start_apart(act), 0)[1])


def kill_apart(act, after):
    """Run ``act`` in a process of its own, and kill it after so many seconds; return its exit code, -9 if killed."""
    child = start_apart(act)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
