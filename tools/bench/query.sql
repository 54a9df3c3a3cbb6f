-- name: bare_raw
SELECT time, value, quality FROM observation WHERE datastream_id = %(id)s AND time >= %(start)s AND time < %(end)s

-- name: bare_hourly
SELECT * FROM observation_hourly WHERE datastream_id = %(id)s AND hour >= %(start)s AND hour < %(end)s

-- name: bare_daily
SELECT * FROM observation_daily WHERE datastream_id = %(id)s AND day >= %(start)s AND day < %(end)s

-- name: bare_air_days
SELECT * FROM air_day WHERE datastream_id = ANY(%(ids)s) AND day >= %(first)s AND day <= %(last)s

-- name: bare_air_hours
SELECT * FROM observation_hourly WHERE datastream_id = ANY(%(ids)s) AND hour >= %(start)s AND hour < %(end)s

-- name: bare_latest
SELECT * FROM latest WHERE datastream_id = ANY(%(ids)s)

-- name: analyze
ANALYZE

-- name: vacuum_days
VACUUM (ANALYZE) observation_daily, air_day
