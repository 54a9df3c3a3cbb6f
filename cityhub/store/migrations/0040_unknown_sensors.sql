-- The console counts devices that nobody registered at each look, of a quarantine that may hold a hundred thousand messages.
CREATE INDEX quarantine_unknown_sensor_idx ON quarantine (sensor_id, first_received_at, last_received_at)
    WHERE reason = 'unknown_sensor';
