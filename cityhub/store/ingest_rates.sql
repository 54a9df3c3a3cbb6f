-- name: add
INSERT INTO ingest_minute AS known (minute, kind, messages, refused, lags)
VALUES (%(minute)s, %(kind)s, %(messages)s, %(refused)s, %(lags)s::int[])
ON CONFLICT (minute, kind) DO UPDATE
SET messages = known.messages + EXCLUDED.messages, refused = known.refused + EXCLUDED.refused,
    lags = (SELECT array_agg(a + b ORDER BY n) FROM unnest(known.lags, EXCLUDED.lags) WITH ORDINALITY AS both_of (a, b, n))

-- name: steps
-- Of a few hours some thousand rows at most, whatever comes: one a minute and kind.
SELECT kind, floor(extract(epoch FROM minute - %(since)s) / extract(epoch FROM %(step)s::interval))::int AS step,
       sum(messages)::int, sum(refused)::int,
       coalesce(sum(messages) FILTER (WHERE minute >= %(rated_since)s), 0)::int,
       coalesce(sum(refused) FILTER (WHERE minute >= %(rated_since)s), 0)::int
FROM ingest_minute
WHERE minute >= %(since)s AND minute < %(until)s
GROUP BY kind, step

-- name: lags
SELECT kind, n::int, sum(count)::int
FROM ingest_minute, unnest(lags) WITH ORDINALITY AS class (count, n)
WHERE minute >= %(since)s AND minute <= %(until)s
GROUP BY kind, n

-- name: forget
-- Those too that a clock counted that was ahead.
DELETE FROM ingest_minute WHERE minute < %(before)s OR minute > %(after)s
