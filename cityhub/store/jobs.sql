-- name: add
-- The table's triggers record it and wake the workers at the commit.
INSERT INTO procrastinate_jobs (queue_name, task_name, args, lock, queueing_lock, scheduled_at)
VALUES (%(task)s, %(task)s, %(arguments)s, %(lock)s, %(queueing_lock)s, %(not_before)s)
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
RETURNING id

-- name: beat
UPDATE procrastinate_workers SET last_heartbeat = now() WHERE id = ANY(%(workers)s) RETURNING id

-- name: stalled
-- Jobs of workers that are gone or silent; those that another process looks after right now are left to it.
SELECT job.id, job.task_name, job.attempts
FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
WHERE job.status = 'doing'
  AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => %(silence_s)s))
FOR UPDATE OF job SKIP LOCKED

-- name: wait_again
SELECT procrastinate_retry_job_v2(%(id)s, now(), NULL, NULL, NULL)

-- name: fail
SELECT procrastinate_finish_job_v1(%(id)s, 'failed', false)

-- name: forget_silent
DELETE FROM procrastinate_workers worker
WHERE worker.last_heartbeat < now() - make_interval(secs => %(silence_s)s)
  AND NOT EXISTS (SELECT FROM procrastinate_jobs job WHERE job.worker_id = worker.id AND job.status = 'doing')

-- name: has_tables
SELECT to_regclass('procrastinate_workers') IS NOT NULL

-- name: last_seen
-- A worker that stops takes its heartbeat along; when it last added what was due by the clock remains.
SELECT greatest(
    (SELECT max(last_heartbeat) FROM procrastinate_workers),
    (SELECT to_timestamp(max(defer_timestamp)) FROM procrastinate_periodic_defers)
)

-- name: purge
-- The last event of a finished job is its end.
DELETE FROM procrastinate_jobs WHERE id = ANY(ARRAY(
    SELECT job.id FROM procrastinate_jobs job
    WHERE job.status IN ('succeeded', 'failed', 'cancelled', 'aborted')
      AND NOT EXISTS (SELECT FROM procrastinate_events event WHERE event.job_id = job.id AND event.at >= %(before)s)
    LIMIT %(portion)s
))

-- name: by_task
SELECT j.task_name AS task, count(*) FILTER (WHERE j.status = 'todo') AS waiting,
       count(*) FILTER (WHERE j.status = 'doing') AS running, count(*) FILTER (WHERE j.status = 'failed') AS failed,
       max(e.at) FILTER (WHERE e.type = 'succeeded') AS done_at, max(e.at) FILTER (WHERE e.type = 'failed') AS failed_at
FROM procrastinate_jobs j
LEFT JOIN procrastinate_events e ON e.job_id = j.id AND e.type IN ('succeeded', 'failed')
GROUP BY j.task_name ORDER BY j.task_name

-- name: given_up
SELECT j.id, j.task_name AS task, j.attempts, max(e.at) AS at
FROM procrastinate_jobs j JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'failed'
WHERE j.status = 'failed'
GROUP BY j.id ORDER BY at DESC LIMIT %(limit)s
