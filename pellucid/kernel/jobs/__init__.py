"""Work outside of requests: `@job`, `@every`, `start(name, actor, **args)`, a worker process.

Import from the modules: declare (job, every, drain), queue (start), context (Context), selectors (tray),
actions (job_cancel, job_retry), checks (check).
"""
