-- Retention as a right of its own: who may call this needs neither the ownership that dropping chunks asks for nor DELETE
-- on the observations. What is younger than a day nobody removes by it (CITYHUB_RAW_RETENTION_DAYS is at least 1).
-- Chunks dropped (TimescaleDB), or rows deleted, `portion` at most, so that no transaction grows huge.
CREATE FUNCTION remove_raw(before timestamptz, portion int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    removed bigint;
BEGIN
    IF before IS NULL OR before > now() - INTERVAL '1 day' THEN
        RAISE EXCEPTION 'raw observations of the last day are not removed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        SELECT count(*) INTO removed FROM drop_chunks('public.observation', older_than => before);
    ELSE
        DELETE FROM public.observation WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM public.observation WHERE time < before LIMIT portion
        ));
        GET DIAGNOSTICS removed = ROW_COUNT;
    END IF;
    RETURN removed;
END
$$;
REVOKE ALL ON FUNCTION remove_raw FROM PUBLIC;
