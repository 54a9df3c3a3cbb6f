-- name: weaken
-- A battery that is low all of a sudden.
UPDATE latest SET value = 5 FROM datastream d
WHERE d.id = latest.datastream_id AND d.sensor_id = %(sensor_id)s AND d.property = 'battery'
