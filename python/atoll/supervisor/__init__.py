"""The supervisor: one app in one process, or in a process per core under one that watches them.

Both serve until SIGINT or SIGTERM, then drain; a second signal ends at once. SIGHUP reloads the app without a failed
request. What happens is told as `events`.

Its modules are imported one by one: a worker needs few of them, and starts the sooner.
"""
