-- To have the quarantine read once more as a right of its own: who may call this can add no other work. As jobs.sql adds it:
-- one at a time runs, and whoever asks for the same while it waits is given none (NULL).
CREATE FUNCTION replay_quarantine(asked_reason text, asked_sensor text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    job bigint;
BEGIN
    INSERT INTO public.procrastinate_jobs (queue_name, task_name, args, lock, queueing_lock)
    VALUES (
        'quarantine_replay', 'quarantine_replay',
        jsonb_build_object('reason', asked_reason, 'sensor_id', asked_sensor), 'quarantine_replay',
        'quarantine_replay:' || coalesce(asked_reason, '*') || ':' || coalesce(asked_sensor, '*')
    )
    ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
    RETURNING id INTO job;
    RETURN job;
END
$$;
REVOKE ALL ON FUNCTION replay_quarantine FROM PUBLIC;
