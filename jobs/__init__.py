"""Work that nobody waits for and that must not be lost or done twice: reviews, retention, replays of the quarantine.

A task is one file here with a function `run(settings, **arguments)`, and one row of the table in `tasks.py`, which also
says how often it is due. Everybody else adds a job in the transaction that makes it necessary:

    cityhub.store.jobs.add(conn, "quarantine_replay", {"reason": "unknown_sensor"})

`./hub jobs` does them; any number of these processes share the work.
"""
