-- name: save
INSERT INTO sensor (id, kind, name_vi, name_en, lon, lat, basis, basis_note, interval_s, place_id, capacity,
                    illustrative, listed, attributes, observed_since)
VALUES (%(id)s, %(kind)s, %(name_vi)s, %(name_en)s, %(lon)s, %(lat)s, %(basis)s, %(basis_note)s, %(interval_s)s,
        %(place_id)s, %(capacity)s, %(illustrative)s, %(listed)s, %(attributes)s, %(observed_since)s)
ON CONFLICT (id) DO UPDATE SET
    kind = excluded.kind, name_vi = excluded.name_vi, name_en = excluded.name_en, lon = excluded.lon,
    lat = excluded.lat, basis = excluded.basis, basis_note = excluded.basis_note,
    interval_s = excluded.interval_s, place_id = excluded.place_id, capacity = excluded.capacity,
    illustrative = excluded.illustrative, listed = excluded.listed, attributes = excluded.attributes,
    observed_since = excluded.observed_since, registered_by = NULL
-- Also one that a person registered since the caller looked.
WHERE (%(takes_over)s OR sensor.registered_by IS NULL) AND
      (sensor.kind, sensor.name_vi, sensor.name_en, sensor.lon, sensor.lat, sensor.basis, sensor.basis_note,
       sensor.interval_s, sensor.place_id, sensor.capacity, sensor.illustrative, sensor.listed, sensor.attributes,
       sensor.observed_since, sensor.registered_by)
   IS DISTINCT FROM
      (excluded.kind, excluded.name_vi, excluded.name_en, excluded.lon, excluded.lat, excluded.basis,
       excluded.basis_note, excluded.interval_s, excluded.place_id, excluded.capacity, excluded.illustrative,
       excluded.listed, excluded.attributes, excluded.observed_since, NULL)

-- name: save_datastreams
-- Who remembers sensors (newest_sensors.sql) looks for new datastreams and for sensors that were written: with another unit
-- the sensor is. By a column that the API's role may write too.
WITH saved AS (
    INSERT INTO datastream (sensor_id, property, unit)
    VALUES (%(sensor_id)s, %(property)s, %(unit)s)
    ON CONFLICT (sensor_id, property) DO UPDATE SET unit = excluded.unit WHERE datastream.unit <> excluded.unit
    RETURNING sensor_id, xmax <> 0 AS was_known
), written AS (
    UPDATE sensor SET name_vi = name_vi FROM saved WHERE sensor.id = saved.sensor_id AND saved.was_known
)
SELECT sensor_id FROM saved

-- name: ensure_datastream
-- The first report of a property that the catalogue did not list for this sensor. The update returns the id when
-- another ingestor was first.
INSERT INTO datastream (sensor_id, property, unit)
VALUES (%(sensor_id)s, %(property)s, %(unit)s)
ON CONFLICT (sensor_id, property) DO UPDATE SET unit = excluded.unit
RETURNING id

-- name: known
-- `earliest`: a device is often out in the field, and measures, before somebody registers it. What is older than raw
-- readings are kept is not taken either: each week of it would be a chunk of its own, removed again the next night.
-- Where replays are taken, the past of a sensor that is known to be older may come as well.
-- What people wrote of its fields goes before what the catalogue's files say.
SELECT id, kind, capacity, interval_s, coalesce(own.fields, attributes ->> 'mapping') AS mapping,
       greatest(
           coalesce(observed_since, registered_at - INTERVAL '400 days'),
           CASE WHEN observed_since IS NULL OR NOT %(replays)s THEN now() - make_interval(days => %(keep_days)s) END
       ) AS earliest
FROM sensor
LEFT JOIN (
    SELECT DISTINCT ON (sensor_id) sensor_id, fields FROM sensor_mapping ORDER BY sensor_id, id DESC
) AS own ON own.sensor_id = sensor.id
WHERE %(only)s::text IS NULL OR id = %(only)s

-- name: datastream_ids
SELECT sensor_id, property, id FROM datastream

-- name: search
-- Great-circle distance by the haversine formula on a sphere of 6,371,008.8 m (IUGG mean radius).
WITH candidate AS (
    SELECT s.*,
           CASE WHEN %(near_lat)s::float8 IS NOT NULL THEN
               2 * 6371008.8 * asin(least(1, sqrt(
                   power(sin(radians(s.lat - %(near_lat)s) / 2), 2)
                   + cos(radians(%(near_lat)s)) * cos(radians(s.lat))
                     * power(sin(radians(s.lon - %(near_lon)s) / 2), 2))))
           END AS distance_m
    FROM sensor s
    WHERE s.listed
      AND (%(kind)s::text IS NULL OR s.kind = %(kind)s)
      AND (%(min_lon)s::float8 IS NULL OR (s.lon BETWEEN %(min_lon)s AND %(max_lon)s
                                           AND s.lat BETWEEN %(min_lat)s AND %(max_lat)s))
)
SELECT c.id, c.kind, c.name_vi, c.name_en, c.lon, c.lat, c.basis, c.basis_note, coalesce(g.areas, '{}') AS areas,
       c.interval_s, c.place_id, c.capacity, c.illustrative, c.listed, c.attributes, c.distance_m,
       (SELECT max(l.time) FROM datastream ds JOIN latest l ON l.datastream_id = ds.id
        WHERE ds.sensor_id = c.id) AS last_seen,
       t.online AS status_online, t.told_at AS status_time
FROM candidate c
LEFT JOIN sensor_areas g ON g.sensor_id = c.id
LEFT JOIN sensor_status t ON t.sensor_id = c.id
WHERE (%(radius_m)s::float8 IS NULL OR c.distance_m <= %(radius_m)s)
  AND (%(after_id)s::text IS NULL
       OR (coalesce(c.distance_m, 0), c.id) > (coalesce(%(after_distance_m)s::float8, 0), %(after_id)s))
ORDER BY coalesce(c.distance_m, 0), c.id
LIMIT %(limit)s

-- name: get
SELECT s.id, s.kind, s.name_vi, s.name_en, s.lon, s.lat, s.basis, s.basis_note,
       coalesce(g.areas, '{}') AS areas, s.interval_s, s.place_id, s.capacity, s.illustrative, s.listed, s.attributes,
       NULL::float8 AS distance_m,
       (SELECT max(l.time) FROM datastream ds JOIN latest l ON l.datastream_id = ds.id
        WHERE ds.sensor_id = s.id) AS last_seen,
       t.online AS status_online, t.told_at AS status_time
FROM sensor s
LEFT JOIN sensor_areas g ON g.sensor_id = s.id
LEFT JOIN sensor_status t ON t.sensor_id = s.id
WHERE s.id = %(id)s

-- name: of_kind
SELECT s.id, s.kind, s.name_vi, s.name_en, s.lon, s.lat, s.basis, s.basis_note,
       coalesce(g.areas, '{}') AS areas, s.interval_s, s.place_id, s.capacity, s.illustrative, s.listed, s.attributes,
       NULL::float8 AS distance_m,
       (SELECT max(l.time) FROM datastream ds JOIN latest l ON l.datastream_id = ds.id
        WHERE ds.sensor_id = s.id) AS last_seen,
       t.online AS status_online, t.told_at AS status_time
FROM sensor s
LEFT JOIN sensor_areas g ON g.sensor_id = s.id
LEFT JOIN sensor_status t ON t.sensor_id = s.id
WHERE s.kind = %(kind)s AND s.listed
ORDER BY s.id

-- name: datastreams
SELECT ds.sensor_id, ds.id, ds.property, ds.unit, l.time, l.value, l.quality
FROM datastream ds LEFT JOIN latest l ON l.datastream_id = ds.id
WHERE ds.sensor_id = ANY(%(sensor_ids)s)
ORDER BY ds.sensor_id, ds.id
