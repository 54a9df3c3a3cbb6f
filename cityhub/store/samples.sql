-- name: add
INSERT INTO water_sample (id, station_id, sampled_at, laboratory, reference, told_by, request_digest, received_at)
VALUES (%(id)s, %(station_id)s, %(sampled_at)s, %(laboratory)s, %(reference)s, %(told_by)s, %(digest)s, %(now)s)
ON CONFLICT ON CONSTRAINT water_sample_once DO NOTHING
RETURNING id

-- name: add_result
INSERT INTO water_result (sample_id, parameter, revision, value, bound, method, made_by, reason, made_at)
VALUES (%(sample_id)s, %(parameter)s, %(revision)s, %(value)s, %(bound)s, %(method)s, %(made_by)s, %(reason)s, %(now)s)

-- name: told
SELECT id, request_digest FROM water_sample WHERE laboratory = %(laboratory)s AND reference = %(reference)s

-- name: by_id
SELECT id, station_id, sampled_at, laboratory, reference, told_by, received_at FROM water_sample WHERE id = %(id)s

-- name: of_stations
-- Of all stations without station_ids. The newest first.
SELECT id, station_id, sampled_at, laboratory, reference, told_by, received_at
FROM water_sample
WHERE (%(station_ids)s::text[] IS NULL OR station_id = ANY (%(station_ids)s))
  AND sampled_at > %(start)s AND sampled_at <= %(end)s
ORDER BY sampled_at DESC, id DESC
LIMIT %(limit)s

-- name: results
-- As they stand: the last revision of each.
SELECT DISTINCT ON (sample_id, parameter) sample_id, parameter, revision, value, bound, method
FROM water_result
WHERE sample_id = ANY (%(ids)s)
ORDER BY sample_id, parameter, revision DESC

-- name: revisions
SELECT parameter, revision, value, bound, method, reason, made_at
FROM water_result
WHERE sample_id = %(id)s
ORDER BY made_at, parameter, revision

-- name: is_station
SELECT EXISTS (SELECT FROM sensor WHERE id = %(station_id)s AND kind = 'water')
